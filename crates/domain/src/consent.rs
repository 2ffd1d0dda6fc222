//! A person's agreement that a likeness of them speaks words that they did not say.

use serde::{Deserialize, Serialize};

use crate::avatar::text_enum;
use crate::id::{ConsentLinkId, GroupId, RecordingId, WorkspaceId};
use crate::time::UnixMillis;

/// Where the consent of a group stands. Only [`Self::Approved`] lets its twins be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStatus {
    /// Nobody has said anything yet.
    Pending,
    /// A recording is being checked.
    Verifying,
    /// An operator is to look at a recording.
    NeedsReview,
    Approved,
    Rejected,
    /// Was approved, and is no longer.
    Revoked,
}

text_enum!(ConsentStatus {
    Pending = "pending",
    Verifying = "verifying",
    NeedsReview = "needs_review",
    Approved = "approved",
    Rejected = "rejected",
    Revoked = "revoked",
});

/// What is thought of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Verifying,
    NeedsReview,
    Approved,
    Rejected,
}

text_enum!(Verdict {
    Verifying = "verifying",
    NeedsReview = "needs_review",
    Approved = "approved",
    Rejected = "rejected",
});

/// A page on which a person gives consent. Works until `expires_at`, and for one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentLink {
    pub id: ConsentLinkId,
    pub group_id: GroupId,
    pub workspace_id: WorkspaceId,
    /// All that is to be spoken, the passphrase included.
    pub statement: String,
    /// Random words, with spaces between.
    pub passphrase: String,
    /// Where the browser goes afterwards.
    pub reroute_url: Option<String>,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
    /// When it took its recording, or was closed.
    pub used_at: Option<UnixMillis>,
}

/// A recording of a person who gives consent, and what is thought of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentRecording {
    pub id: RecordingId,
    pub group_id: GroupId,
    pub workspace_id: WorkspaceId,
    /// The page it came from; none for one that was sent through the API.
    pub link_id: Option<ConsentLinkId>,
    pub object_key: String,
    pub mime_type: String,
    pub size_bytes: i64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// What was to be spoken.
    pub statement: String,
    /// The words that must be heard; none when the person was given none.
    pub passphrase: Option<String>,
    pub verdict: Verdict,
    /// Codes of what was found wrong or doubtful.
    pub reasons: Vec<String>,
    /// JSON object of what was measured.
    pub measures: String,
    pub created_at: UnixMillis,
    pub decided_at: Option<UnixMillis>,
}

/// What a record of the ledger tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A page was made for the person.
    LinkCreated,
    /// A recording arrived.
    RecordingReceived,
    /// A recording was checked; the verdict is in the detail.
    Checked,
    /// Consent stands from here on.
    Granted,
    Rejected,
    /// A video with the person was accepted.
    Used,
    /// A video was stopped because consent did not stand.
    UseRefused,
    Revoked,
    /// Footage was added that does not show the person who had agreed: consent no longer stands.
    FootageChanged,
    /// All that is of the person was deleted.
    Erased,
}

text_enum!(Act {
    LinkCreated = "link_created",
    RecordingReceived = "recording_received",
    Checked = "checked",
    Granted = "granted",
    Rejected = "rejected",
    Used = "used",
    UseRefused = "use_refused",
    Revoked = "revoked",
    FootageChanged = "footage_changed",
    Erased = "erased",
});

/// Something that is to be written into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub at: UnixMillis,
    pub workspace_id: WorkspaceId,
    pub group_id: GroupId,
    pub act: Act,
    /// Who did it: `key:…`, `page:…`, `operator:…` or `server`.
    pub actor: String,
    /// SHA-256 of the recording that it is about, in hex.
    pub recording_sha256: Option<String>,
    /// JSON object of what belongs to the act. Must not name or describe the person: it is never erased.
    pub detail: String,
}

/// A record as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRecord {
    /// Counts from 1.
    pub seq: i64,
    pub entry: LedgerEntry,
    /// Salted digest of the words that belong to it.
    pub text_digest: Option<String>,
    /// The words, unless they were erased.
    pub text: Option<String>,
    /// Over all fields and the hash before, in hex.
    pub hash: String,
}
