//! Voices.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose voice it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudioVoiceType {
    #[default]
    Public,
    Private,
}

/// A voice that scripts can be spoken with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AudioVoiceItem {
    /// Voice for script.
    pub voice_id: String,
    pub name: String,
    /// Language name.
    pub language: String,
    pub gender: String,
    /// Short sample; may be null.
    #[schema(required = false)]
    pub preview_audio_url: Option<String>,
    /// Takes SSML breaks.
    pub support_pause: bool,
    /// Has locale variants.
    pub support_locale: bool,
    #[serde(rename = "type")]
    pub kind: AudioVoiceType,
}

/// How far a clone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoiceCloneStatus {
    Processing,
    /// Not `completed`, unlike everything else.
    Complete,
    Failed,
}

/// A voice, or a clone in progress.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoiceDetailV3 {
    /// Voice for script.
    pub voice_id: String,
    #[schema(required = false)]
    pub name: Option<String>,
    #[schema(required = false)]
    pub language: Option<String>,
    #[schema(required = false)]
    pub gender: Option<String>,
    #[schema(required = false)]
    pub preview_audio_url: Option<String>,
    pub support_pause: bool,
    #[schema(required = false)]
    pub support_interactive_avatar: bool,
    /// Clones only.
    #[schema(required = false)]
    pub status: Option<VoiceCloneStatus>,
    /// Set only when the status is failed.
    #[schema(required = false)]
    pub failure_message: Option<String>,
    /// Unix time in seconds.
    #[schema(required = false)]
    pub created_at: Option<i64>,
}

/// What `text` is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpeechInputType {
    #[default]
    #[serde(alias = "plain_text")]
    Text,
    Ssml,
}

/// Text to be spoken while the caller waits.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextToSpeechRequest {
    #[schema(min_length = 1, max_length = 5000)]
    pub text: String,
    pub voice_id: String,
    #[serde(default)]
    #[schema(required = false, inline)]
    pub input_type: SpeechInputType,
    /// Pace; 1 is the voice's own.
    #[serde(default = "usual")]
    #[schema(required = false, minimum = 0.5, maximum = 2.0, default = 1.0)]
    pub speed: f32,
    #[serde(default)]
    pub language: Option<String>,
    /// BCP-47; decides the language when set.
    #[serde(default)]
    pub locale: Option<String>,
}

fn usual() -> f32 {
    1.0
}

/// A word with its place in the sound, in seconds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WordWithTimestamp {
    pub word: String,
    pub start: f64,
    pub end: f64,
}

/// Spoken text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextToSpeechResponseData {
    pub audio_url: String,
    /// Seconds.
    pub duration: f64,
    #[schema(required = false)]
    pub request_id: Option<String>,
    /// Seconds per word.
    #[schema(required = false)]
    pub word_timestamps: Option<Vec<WordWithTimestamp>>,
}
