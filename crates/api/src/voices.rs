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
