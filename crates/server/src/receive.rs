//! Bytes from a request into a scratch file, never holding more than a piece of them.

use axum::body::Bytes;
use likeness_app::Error;
use likeness_app::assets::ReceivedFile;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use crate::error::ApiError;
use crate::state::ServerState;

/// First bytes that the type is read from.
const HEAD_BYTES: usize = 4096;

/// A file that is arriving. It is gone with the value.
pub(crate) struct Receiver {
    scratch: NamedTempFile,
    file: tokio::fs::File,
    hash: Sha256,
    head: Vec<u8>,
    size_bytes: u64,
}

/// A file that has arrived whole.
pub(crate) struct Arrived {
    scratch: NamedTempFile,
    sha256: String,
    head: Vec<u8>,
    size_bytes: u64,
}

impl Receiver {
    pub(crate) async fn new(state: &ServerState) -> Result<Self, ApiError> {
        let scratch = NamedTempFile::new_in(&state.settings.scratch_dir).map_err(internal)?;
        let file = tokio::fs::File::create(scratch.path())
            .await
            .map_err(internal)?;
        Ok(Self {
            scratch,
            file,
            hash: Sha256::new(),
            head: Vec::new(),
            size_bytes: 0,
        })
    }

    /// Takes the next piece; gives how many bytes there are now.
    pub(crate) async fn take(&mut self, piece: &Bytes) -> Result<u64, ApiError> {
        self.size_bytes += piece.len() as u64;
        let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..wanted]);
        self.hash.update(piece);
        self.file.write_all(piece).await.map_err(internal)?;
        Ok(self.size_bytes)
    }

    pub(crate) async fn finish(mut self) -> Result<Arrived, ApiError> {
        self.file.flush().await.map_err(internal)?;
        Ok(Arrived {
            scratch: self.scratch,
            sha256: hex::encode(self.hash.finalize()),
            head: self.head,
            size_bytes: self.size_bytes,
        })
    }
}

impl Arrived {
    pub(crate) fn file<'a>(&'a self, name: &'a str) -> ReceivedFile<'a> {
        ReceivedFile {
            path: self.scratch.path(),
            name,
            size_bytes: self.size_bytes,
            sha256: &self.sha256,
            head: &self.head,
        }
    }
}

fn internal(error: std::io::Error) -> ApiError {
    Error::Internal(error.into()).into()
}
