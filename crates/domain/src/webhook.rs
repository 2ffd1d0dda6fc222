//! Events, and the endpoints that are told of them.

use crate::id::{EndpointId, EventId, WorkspaceId};
use crate::time::UnixMillis;

/// The kinds of events that this server has reason to emit, by their names in the contract.
pub mod kind {
    pub const VIDEO_SUCCESS: &str = "avatar_video.success";
    pub const VIDEO_CAPTION_SUCCESS: &str = "avatar_video_caption.success";
    pub const VIDEO_FAIL: &str = "avatar_video.fail";
    pub const PHOTO_SUCCESS: &str = "photo_avatar_train.success";
    pub const PHOTO_FAIL: &str = "photo_avatar_train.fail";
    pub const TWIN_SUCCESS: &str = "instant_avatar.success";
    pub const TWIN_FAIL: &str = "instant_avatar.fail";
    pub const BATCH_FINISHED: &str = "batch.finished";
}

/// A registered endpoint. Its secret is not stored: it is made from the server's own, the id and the generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub workspace_id: WorkspaceId,
    pub url: String,
    /// Names of the events it wants; `None` is all.
    pub events: Option<Vec<String>>,
    /// Limits it to one video, look or group.
    pub entity_id: Option<String>,
    /// Off after failing for days.
    pub enabled: bool,
    /// Since when no call has succeeded; `None` while calls succeed.
    pub failing: Option<Failing>,
    /// Counts the rotations of its secret.
    pub generation: i64,
    pub created_at: UnixMillis,
}

/// What an endpoint's owner should know of its failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    pub since: UnixMillis,
    /// Why the last call failed, in words.
    pub last: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub workspace_id: WorkspaceId,
    pub kind: String,
    /// JSON object, of a shape that belongs to the kind.
    pub data: String,
    /// The video or look that it happened to.
    pub entity_id: String,
    pub created_at: UnixMillis,
}
