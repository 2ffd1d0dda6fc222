//! What can go wrong between a recording and its words.

use std::io;
use std::path::PathBuf;

/// Why a recording was not understood.
#[derive(Debug, thiserror::Error)]
pub enum HearingError {
    /// A file of a recogniser is missing or unreadable.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// A network file is not one that the runtime can run.
    #[error("load the network {}", path.display())]
    Load {
        /// The network's file.
        path: PathBuf,
        source: Box<rten::LoadError>,
    },
    /// A file of a recogniser has other contents than it should have.
    #[error("{} is not a usable recogniser file: {reason}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A network refused its input.
    #[error("run the network {network}")]
    Run {
        /// The network's short name.
        network: &'static str,
        source: Box<rten::RunError>,
    },
    /// A network answered with something unexpected.
    #[error("the network {network} gave an unusable answer: {reason}")]
    BadOutput {
        /// The network's short name.
        network: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The word recogniser does not know the language.
    #[error("the language {0} is not known")]
    UnknownLanguage(String),
    /// The recording could not be read.
    #[error("read the recording")]
    Recording(#[from] io::Error),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
