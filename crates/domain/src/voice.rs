//! Voices of a workspace's own: designed from a description, or cloned from a recording.

use crate::avatar::{Failure, Gender, text_enum};
use crate::id::{KeyId, VoiceId, WorkspaceId};
use crate::time::UnixMillis;

/// How a private voice came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceKind {
    Design,
    Clone,
}

text_enum!(VoiceKind {
    Design = "design",
    Clone = "clone",
});

/// How far a private voice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceStatus {
    Processing,
    /// Not `completed`, unlike everything else.
    Complete,
    Failed,
}

text_enum!(VoiceStatus {
    Processing = "processing",
    Complete = "complete",
    Failed = "failed",
});

/// How alike a clone is to its recording: the cosine of two voice prints, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Of the installed voice that comes closest.
    pub before: f64,
    /// Of the clone.
    pub after: f64,
}

/// Who said that the person behind a recording agrees to be cloned, and when: asking for a clone says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    pub key_id: KeyId,
    pub at: UnixMillis,
}

/// A voice that belongs to a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivateVoice {
    pub id: VoiceId,
    pub workspace_id: WorkspaceId,
    pub kind: VoiceKind,
    pub name: String,
    /// BCP 47 tag.
    pub locale: String,
    pub gender: Option<Gender>,
    pub status: VoiceStatus,
    pub failure: Option<Failure>,
    /// JSON of the mixture that it is; absent until a clone is made.
    pub recipe: Option<String>,
    /// The recording, until the clone is made of it.
    pub source_key: Option<String>,
    /// Whether noise is to be removed from the recording.
    pub remove_noise: bool,
    /// Clones only.
    pub similarity: Option<Similarity>,
    /// Clones only.
    pub attestation: Option<Attestation>,
    pub created_at: UnixMillis,
}
