//! Videos.

use serde::{Deserialize, Serialize};

use crate::avatar::{Failure, text_enum};
use crate::id::{BatchId, LookId, VideoId, VoiceId, WorkspaceId};
use crate::time::UnixMillis;

/// State of a video's job as the API shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatus {
    Pending,
    Processing,
    Completed,
    Failed,
}

text_enum!(VideoStatus {
    Pending = "pending",
    Processing = "processing",
    Completed = "completed",
    Failed = "failed",
});

/// What a video is made from, checked when it was accepted; the payload of its render job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoRequest {
    pub look_id: LookId,
    pub script: String,
    pub voice_id: VoiceId,
    /// Speaking rate; 1 is the voice's own. 0.5 to 1.5.
    pub speed: f32,
    /// Loudness factor, 0 to 1.
    pub volume: f32,
    /// Output size in pixels; both even.
    pub width: u32,
    pub height: u32,
    pub fit: Fit,
    /// Colour behind the picture where it does not fill the frame, as red, green, blue.
    pub background: Option<[u8; 3]>,
}

/// How a source of another shape is put into the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The whole source is visible; the rest of the frame is background.
    Contain,
    /// The source fills the frame; what lies outside is cut.
    Cover,
}

/// A video, finished or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    pub id: VideoId,
    pub workspace_id: WorkspaceId,
    pub title: Option<String>,
    pub folder_id: Option<String>,
    pub callback_id: Option<String>,
    /// Where the end of this one video is told.
    pub callback_url: Option<String>,
    /// The batch that it was submitted in, and its place there from 0.
    pub batch: Option<(BatchId, i64)>,
    pub request: VideoRequest,
    pub status: VideoStatus,
    /// Share of the work done, 0 to 1.
    pub progress: f64,
    pub failure: Option<Failure>,
    pub duration_s: Option<f64>,
    pub video_key: Option<String>,
    pub thumbnail_key: Option<String>,
    pub subtitle_key: Option<String>,
    pub created_at: UnixMillis,
    pub completed_at: Option<UnixMillis>,
}
