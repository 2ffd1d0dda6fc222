//! The audio library.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Catalogue of the library.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudioContentType {
    #[default]
    Music,
    SoundEffects,
}

/// A sound with its likeness to the query.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AudioSoundItem {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Signed link to an MP3; expires.
    pub audio_url: String,
    /// Length in seconds.
    #[schema(required = false)]
    pub duration: Option<f64>,
    /// Likeness to the query, 0 to 1.
    pub score: f64,
    #[serde(rename = "type")]
    pub kind: AudioContentType,
    /// Of effects: hit, riser or bed.
    #[schema(required = false)]
    pub placement: Option<String>,
    /// Of effects: seconds from the start to the loudest moment.
    #[schema(required = false)]
    pub peak_offset: Option<f64>,
}
