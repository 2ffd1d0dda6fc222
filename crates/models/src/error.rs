//! What can go wrong between a package and the installed files.

use std::io;
use std::path::PathBuf;

/// Why models could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A file or folder could not be read or written.
    #[error("{act} {}", path.display())]
    File {
        /// What was tried, as a verb.
        act: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A file is not the one that was pinned.
    #[error("{} has the sha256 {found} instead of {expected}", path.display())]
    WrongDigest {
        path: PathBuf,
        expected: String,
        found: String,
    },
    /// An archive is damaged, or a member is missing or too large.
    #[error("take {member} out of {archive}: {reason}")]
    Archive {
        archive: String,
        member: String,
        reason: String,
    },
    /// A network is not in the form that the conversion knows.
    #[error("convert {file}")]
    Convert {
        file: &'static str,
        source: ConvertError,
    },
}

/// Why a network could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The bytes are not a well-formed file of their kind.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// The network uses something that this converter does not know.
    #[error("unknown to this converter: {0}")]
    Unknown(String),
    /// The graph is not the one that the edit was written for.
    #[error("not the expected graph: {0}")]
    Unexpected(String),
}

impl ModelsError {
    /// For `map_err` on file operations.
    pub(crate) fn file(
        act: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { act, path, source }
    }
}
