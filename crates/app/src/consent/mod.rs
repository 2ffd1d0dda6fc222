//! Consent: no twin speaks before its person has agreed, and none after they took it back.
//!
//! A group with a digital twin has a `ConsentStatus` from its first moment; only `approved` lets its twins be used, and
//! whoever sets it writes the ledger in the same transaction. Where it is asked: when a video is accepted (in the
//! transaction that writes it), when its job starts, and before its result is stored.

mod footage;
mod job;
mod links;
mod operator;
mod sight;
mod verdict;
mod words;

use likeness_domain::video::Video;

use crate::{App, Caller, Error, NotUsable};

pub use footage::{after_training, shows_the_same_person};
pub(crate) use job::VerifyConsent;
pub use links::{
    MAX_RECORDING_BYTES, NewConsent, Page, check_open, create, name_of, open, receive, recording,
};
pub use operator::{Signed, attest, decide, revoke};
pub use verdict::{Measures, Thresholds, judge, reason, words_of};

/// How an operator lets people agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// By a recording that is checked.
    Verified,
    /// Also by an operator who vouches for it.
    Attested,
    /// Everybody is taken to have agreed: for development only.
    Trusted,
}

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct ConsentSettings {
    pub policy: Policy,
    pub thresholds: Thresholds,
}

/// How a caller stands in the ledger.
pub(crate) fn actor(caller: &Caller) -> String {
    format!("key:{}", caller.key_id)
}

/// The words for a twin that may not be used.
pub const REQUIRED: &str = "This avatar's consent has not been approved.";

pub(crate) fn required(param: impl Into<String>) -> Error {
    Error::NotUsable {
        code: NotUsable::ConsentRequired,
        param: param.into(),
        message: REQUIRED.to_owned(),
    }
}

/// Whether everybody in the video still agrees; if not, the ledger is told that it was stopped.
pub(crate) async fn stands(app: &App, video: &Video) -> Result<bool, likeness_store::StoreError> {
    let stands = app.store().consent_stands(video).await?;
    if !stands {
        app.store().record_refused_use(video, app.now()).await?;
    }
    Ok(stands)
}
