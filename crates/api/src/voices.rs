//! Voices.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assets::AssetInput;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub similarity: Option<VoiceSimilarity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub consent: Option<VoiceConsent>,
}

/// How alike a clone is to its recording, 0 to 1. Beyond the contract.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct VoiceSimilarity {
    /// Of the installed voice that comes closest.
    pub before: f64,
    /// Of the clone.
    pub after: f64,
}

/// Who said that the speaker agrees to be cloned. Beyond the contract.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoiceConsent {
    /// Id of the key that asked for the clone.
    pub attested_by: String,
    /// Unix time in seconds.
    pub attested_at: i64,
}

/// A description of voices.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DesignVoiceRequest {
    #[schema(min_length = 1, max_length = 1000)]
    pub prompt: String,
    #[serde(default)]
    pub gender: Option<String>,
    #[serde(default)]
    pub locale: Option<String>,
    /// Page of results; same prompt and seed give the same voices.
    #[serde(default)]
    #[schema(required = false, minimum = 0, default = 0)]
    pub seed: u64,
}

/// Voices that fit a description.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DesignVoiceResponseData {
    pub voices: Vec<AudioVoiceItem>,
    pub seed: u64,
}

/// A recording to be cloned.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVoiceCloneV3Request {
    pub audio: AssetInput,
    #[serde(default)]
    pub language: Option<String>,
    #[serde(default = "on")]
    #[schema(required = false, default = true)]
    pub remove_background_noise: bool,
    #[schema(min_length = 1, max_length = 100)]
    pub voice_name: String,
}

fn on() -> bool {
    true
}

/// A clone in the making.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoiceCloneCreateV3Response {
    pub voice_clone_id: String,
}

/// A voice that is gone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoiceDeleteV3Response {
    /// Voice for script.
    pub voice_id: String,
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
