//! Why a use case could not be carried out, in words for the caller, with the cause kept for the log.

use likeness_blobs::BlobError;
use likeness_store::StoreError;

use crate::links::LinkError;

/// Which kind of thing was not found. Somebody else's private thing is as absent as an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Group,
    Look,
    /// A look named as a video's `avatar_id`; also one that is still training.
    Avatar,
    Asset,
    Voice,
    Video,
    /// A webhook endpoint.
    Endpoint,
    /// Things submitted together.
    Batch,
    /// An event that a webhook endpoint was told of.
    Event,
    /// A signed link's object.
    Object,
}

/// Outcome of a use case that did not succeed. Messages are sentences for the caller.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field's value cannot be accepted; `param` is its path in the request.
    #[error("{param}: {message}")]
    Invalid { param: String, message: String },
    /// The named thing exists, but not in a state that allows this; `code` is the contract's.
    #[error("{message}")]
    NotUsable {
        code: NotUsable,
        param: String,
        message: String,
    },
    #[error("{0:?} not found")]
    NotFound(Missing),
    /// The thing is visible, but not the caller's to change.
    #[error("{0}")]
    Forbidden(String),
    /// The caller has as many of these as it may.
    #[error("{0}")]
    LimitReached(String),
    /// The thing belongs to the server.
    #[error("{0}")]
    AccessDenied(String),
    /// The thing is in a state that does not allow this.
    #[error("{0}")]
    Conflict(String),
    /// A signed link opens nothing.
    #[error("the link does not open")]
    Link(#[source] LinkError),
    /// A file is larger than the operation takes.
    #[error("{0}")]
    TooLarge(String),
    /// The server could not fetch a URL that the caller gave.
    #[error("{param}: {message}")]
    DownloadFailed { param: String, message: String },
    /// Too many jobs of this workspace are waiting or running.
    #[error("{active} jobs are active, {limit} are allowed at once")]
    TooManyJobs { active: u64, limit: u64 },
    /// A part the server depends on does not answer; the call may be tried again.
    #[error("a part of the server is unavailable")]
    Unavailable(#[source] anyhow::Error),
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

/// The contract's codes for things that exist but cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotUsable {
    Avatar,
    ConsentRequired,
    Voice,
    ScriptTooShort,
    /// A voice that may not become an avatar's default.
    VoiceForAvatar,
    /// An avatar that has not been trained.
    NotReady,
    /// Text that no voice can speak.
    Text,
}

impl Error {
    pub fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            param: param.into(),
            message: message.into(),
        }
    }

    /// Turns a store error into "not found" of the given kind where the row was absent.
    pub(crate) fn or_missing(missing: Missing) -> impl FnOnce(StoreError) -> Self {
        move |error| match error {
            StoreError::NotFound => Self::NotFound(missing),
            other => other.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::TooManyJobs { active, limit } => Self::TooManyJobs { active, limit },
            StoreError::ConsentRequired => crate::consent::required("avatar_id"),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound { .. } => Self::NotFound(Missing::Object),
            other => Self::Unavailable(other.into()),
        }
    }
}

/// A cause as a sentence for the caller: errors are written without capital and full stop, so that they can be chained.
pub(crate) fn sentence(cause: &impl ToString) -> String {
    let text = cause.to_string();
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return text;
    };
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn causes_become_sentences() {
        assert_eq!(sentence(&"no face was found"), "No face was found.");
        assert_eq!(sentence(&"Stop!"), "Stop!");
        assert_eq!(sentence(&""), "");
    }
}
