//! Uploaded files.

use crate::id::{AssetId, WorkspaceId};
use crate::time::UnixMillis;

/// An uploaded file; its bytes never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    pub id: AssetId,
    pub workspace_id: WorkspaceId,
    /// File name as given by the caller.
    pub name: String,
    /// MIME type decided from the bytes.
    pub mime_type: String,
    pub size_bytes: i64,
    pub sha256: String,
    /// Key of the object in blob storage.
    pub object_key: String,
    pub created_at: UnixMillis,
}

impl Asset {
    /// The API's coarse type: `image`, `video`, `audio` or `document`.
    pub fn kind(&self) -> &'static str {
        match self.mime_type.split('/').next() {
            Some("image") => "image",
            Some("video") => "video",
            Some("audio") => "audio",
            _ => "document",
        }
    }
}
