//! Videos of looks that do not speak, filmed as a prompt says.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::assets::AssetInput;

/// One to three looks, filmed with the camera moves that the prompt names, with references cut in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVideoFromCinematicAvatar {
    /// What is understood of it is told in the video's `motion_words_used`.
    #[schema(min_length = 1, max_length = 10_000)]
    pub prompt: String,
    /// One to three look ids.
    #[schema(min_items = 1, max_items = 3)]
    pub avatar_id: Vec<String>,
    /// No more than 3 videos and 9 images together.
    pub references: Option<Vec<AssetInput>>,
    #[serde(default)]
    #[schema(required = false)]
    pub aspect_ratio: CinematicAspectRatio,
    #[serde(default)]
    #[schema(required = false)]
    pub resolution: CinematicResolution,
    /// Whole seconds; 10 when omitted; excludes `auto_duration`.
    #[schema(minimum = 4, maximum = 15)]
    pub duration: Option<i64>,
    /// The length follows from how much there is to be shown.
    #[serde(default)]
    #[schema(required = false)]
    pub auto_duration: bool,
    /// Not built: refused when true.
    #[serde(default)]
    #[schema(required = false)]
    pub enhance_prompt: bool,
    pub title: Option<String>,
    /// Folder that holds the item.
    pub folder_id: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub enum CinematicAspectRatio {
    #[default]
    #[serde(rename = "16:9")]
    Landscape16x9,
    #[serde(rename = "9:16")]
    Portrait9x16,
    #[serde(rename = "1:1")]
    Square,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub enum CinematicResolution {
    #[default]
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "1080p")]
    P1080,
}
