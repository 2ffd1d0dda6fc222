//! What can go wrong while networks are loaded and run.

use std::path::PathBuf;

/// A fault of the face networks, never of the picture: a picture without a face is an empty answer.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The file is absent or is not a network that can be run.
    #[error("load {}; `cargo xtask setup` installs the models", path.display())]
    Load {
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The network has other inputs or outputs than the one this crate is written for.
    #[error("{network} network: {what}")]
    Shape { network: &'static str, what: String },
    /// The network stopped.
    #[error("run the {network} network")]
    Run {
        network: &'static str,
        #[source]
        source: Box<rten::RunError>,
    },
    /// The picture has no pixels or sides beyond [`crate::MAX_SIDE`].
    #[error("picture of {width}x{height} pixels")]
    PictureSize { width: u32, height: u32 },
}
