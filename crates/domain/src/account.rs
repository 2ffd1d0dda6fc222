//! Workspaces and API keys.

use crate::id::{KeyId, WorkspaceId};
use crate::time::UnixMillis;

/// An API key as stored: everything but the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: KeyId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    /// First characters of the key, to look it up and to recognise it in lists.
    pub prefix: String,
    /// SHA-256 of the whole key, which has 256 random bits, so a fast hash is right.
    pub hash: [u8; 32],
    pub created_at: UnixMillis,
    pub expires_at: Option<UnixMillis>,
    pub revoked_at: Option<UnixMillis>,
    /// What it may do; `None` is everything.
    pub scopes: Option<Vec<String>>,
}

impl ApiKey {
    /// Whether the key may be used at `now`.
    pub fn is_usable(&self, now: UnixMillis) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// What a workspace has had made in a time, and what it keeps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Length of the videos that were rendered.
    pub video_seconds: f64,
    /// Characters of scripts and texts that were spoken.
    pub spoken_characters: i64,
    /// Bytes of its files, now.
    pub stored_bytes: i64,
}
