//! Files that are sent apart from the API: a slot is reserved, filled, and completed into an asset.

use crate::avatar::{Failure, text_enum};
use crate::id::{AssetId, BatchId, WorkspaceId};
use crate::time::UnixMillis;

/// How far a slot has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// Its bytes have not arrived.
    Pending,
    /// Its bytes are stored, but not looked at.
    Received,
    /// It has become an asset.
    Completed,
    /// Its bytes are not what was announced, or never came. They may be sent again until it expires.
    Failed,
}

text_enum!(UploadState {
    Pending = "pending",
    Received = "received",
    Completed = "completed",
    Failed = "failed",
});

/// A reserved place for one file; the asset that it becomes has the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: AssetId,
    pub workspace_id: WorkspaceId,
    /// The batch that it was reserved in, and its place there from 0.
    pub batch: Option<(BatchId, i64)>,
    pub name: String,
    /// Announced MIME type.
    pub mime_type: String,
    /// Announced size, which the bytes must have exactly.
    pub size_bytes: i64,
    /// Announced SHA-256 in hex.
    pub sha256: Option<String>,
    pub state: UploadState,
    /// The bytes that arrived last.
    pub received: Option<ReceivedBytes>,
    pub failure: Option<Failure>,
    pub created_at: UnixMillis,
    /// Until then bytes are taken.
    pub expires_at: UnixMillis,
}

impl Upload {
    /// The state at `now`: bytes that have not come in time never will.
    pub fn state_at(&self, now: UnixMillis) -> UploadState {
        match self.state {
            UploadState::Pending | UploadState::Received if self.expires_at <= now => {
                UploadState::Failed
            }
            state => state,
        }
    }
}

/// What arrived for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedBytes {
    pub object_key: String,
    /// MIME type that the bytes show; `application/octet-stream` for those that are of no known type.
    pub mime_type: String,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// What is submitted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    Assets,
    Videos,
}

text_enum!(BatchKind {
    Assets = "assets",
    Videos = "videos",
});

/// Things that were submitted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub id: BatchId,
    pub workspace_id: WorkspaceId,
    pub kind: BatchKind,
    pub title: Option<String>,
    /// Where the end of all its items is told.
    pub callback_url: Option<String>,
    /// Items that were submitted; those of them that were deleted count, too.
    pub total_items: i64,
    pub created_at: UnixMillis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_come_late_are_lost() {
        let mut upload = Upload {
            id: AssetId::new(),
            workspace_id: WorkspaceId::new(),
            batch: None,
            name: "a.png".to_owned(),
            mime_type: "image/png".to_owned(),
            size_bytes: 1,
            sha256: None,
            state: UploadState::Received,
            received: None,
            failure: None,
            created_at: UnixMillis(0),
            expires_at: UnixMillis(100),
        };
        assert_eq!(upload.state_at(UnixMillis(99)), UploadState::Received);
        assert_eq!(upload.state_at(UnixMillis(100)), UploadState::Failed);
        upload.state = UploadState::Completed;
        assert_eq!(upload.state_at(UnixMillis(100)), UploadState::Completed);
    }
}
