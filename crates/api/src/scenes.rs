//! Videos that are not made from one look: from a picture, from scenes, or from a prompt.

use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use crate::assets::AssetInput;
use crate::videos::{
    AvatarFit, BackgroundMusicInput, BackgroundSetting, CaptionSetting, EngineConfig,
    Expressiveness, VideoAspectRatio, VideoOutputFormat, VideoResolution, VoiceSettingsInput,
    WatermarkInput,
};

/// A picture of a face speaks, without an avatar being made of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVideoFromImage {
    /// One clear face from the front, at least 512 by 512 pixels.
    #[schema(required = true, nullable = false)]
    pub image: Option<AssetInput>,
    /// Sent by one known client in place of `image`.
    #[schema(ignore)]
    pub image_url: Option<String>,
    /// Sent by one known client in place of `image`.
    #[schema(ignore)]
    pub image_asset_id: Option<String>,
    /// Text to speak; excludes `audio_url` and `audio_asset_id`.
    #[schema(min_length = 1)]
    pub script: Option<String>,
    /// Audio to speak with; excludes `script`.
    pub audio_url: Option<String>,
    /// Uploaded audio to speak with; excludes `script`.
    pub audio_asset_id: Option<String>,
    /// Voice for `script`.
    pub voice_id: Option<String>,
    pub voice_settings: Option<VoiceSettingsInput>,
    pub resolution: Option<VideoResolution>,
    pub aspect_ratio: Option<VideoAspectRatio>,
    /// contain keeps the whole subject; cover fills the frame.
    pub fit: Option<AvatarFit>,
    pub background: Option<BackgroundSetting>,
    pub remove_background: Option<bool>,
    pub expressiveness: Option<Expressiveness>,
    pub motion_prompt: Option<String>,
    pub caption: Option<CaptionSetting>,
    pub watermark: Option<WatermarkInput>,
    /// Music under the speech; an addition to the contract.
    pub background_music: Option<BackgroundMusicInput>,
    /// webm has a transparent background.
    #[serde(default)]
    #[schema(required = false)]
    pub output_format: VideoOutputFormat,
    pub title: Option<String>,
    pub folder_id: Option<String>,
    /// URL called when the work ends.
    pub callback_url: Option<String>,
    /// Caller's own id, echoed in callbacks and events.
    pub callback_id: Option<String>,
    /// Glossary applied to spoken terms.
    pub brand_glossary_id: Option<String>,
    /// Sent by one known client; has no effect.
    #[serde(default, rename = "test")]
    #[schema(ignore)]
    pub tolerated_test: IgnoredAny,
    /// Sent by one known client; has no effect.
    #[serde(default, rename = "enable_caption")]
    #[schema(ignore)]
    pub tolerated_enable_caption: IgnoredAny,
}

/// Scenes, cut one after another. Each fills the frame.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVideoFromStudio {
    /// Read one by one, so that a fault can name its place.
    #[schema(min_items = 1, max_items = 50, value_type = Vec<StudioScene>)]
    pub scenes: Vec<serde_json::Value>,
    pub resolution: Option<VideoResolution>,
    pub aspect_ratio: Option<VideoAspectRatio>,
    pub caption: Option<CaptionSetting>,
    pub watermark: Option<WatermarkInput>,
    /// Music under the speech; an addition to the contract.
    pub background_music: Option<BackgroundMusicInput>,
    pub title: Option<String>,
    pub folder_id: Option<String>,
    /// URL called when the work ends.
    pub callback_url: Option<String>,
    /// Caller's own id, echoed in callbacks and events.
    pub callback_id: Option<String>,
    /// Glossary applied to spoken terms.
    pub brand_glossary_id: Option<String>,
}

/// Chosen by `type`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StudioScene {
    AvatarVideo(Box<AvatarVideoScene>),
    Image(Box<ImageScene>),
    Video(Box<VideoScene>),
}

/// Somebody speaks.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvatarVideoScene {
    /// Read apart, so that a fault can name its place.
    #[schema(value_type = StudioSpeakerInput)]
    pub input: serde_json::Value,
}

/// Who speaks in the scene.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StudioSpeakerInput {
    Avatar(Box<StudioAvatarInput>),
    Image(Box<StudioImageInput>),
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudioAvatarInput {
    /// Look id.
    pub avatar_id: String,
    /// Text to speak; excludes `audio_url` and `audio_asset_id`.
    #[schema(min_length = 1)]
    pub script: Option<String>,
    /// Audio to speak with; excludes `script`.
    pub audio_url: Option<String>,
    /// Uploaded audio to speak with; excludes `script`.
    pub audio_asset_id: Option<String>,
    /// Voice for `script`.
    pub voice_id: Option<String>,
    pub voice_settings: Option<VoiceSettingsInput>,
    pub background: Option<StudioBackgroundInput>,
    pub engine: Option<EngineConfig>,
    pub expressiveness: Option<Expressiveness>,
    pub motion_prompt: Option<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum StudioBackgroundInput {
    #[schema(title = "StudioColorBackgroundInput")]
    Color {
        #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
        color: String,
    },
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct StudioImageInput {
    /// One clear face from the front.
    pub image: AssetInput,
    /// Text to speak; excludes `audio_url` and `audio_asset_id`.
    #[schema(min_length = 1)]
    pub script: Option<String>,
    /// Audio to speak with; excludes `script`.
    pub audio_url: Option<String>,
    /// Uploaded audio to speak with; excludes `script`.
    pub audio_asset_id: Option<String>,
    /// Voice for `script`.
    pub voice_id: Option<String>,
    pub voice_settings: Option<VoiceSettingsInput>,
    pub expressiveness: Option<Expressiveness>,
    pub motion_prompt: Option<String>,
}

/// A still picture, silent or with narration.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageScene {
    pub source: AssetInput,
    /// Silent scene: seconds to hold; excludes audio.
    #[schema(exclusive_minimum = 0, maximum = 300)]
    pub duration: Option<f64>,
    /// Text to speak; excludes `audio_url` and `audio_asset_id`.
    #[schema(min_length = 1)]
    pub script: Option<String>,
    /// Audio to speak with; excludes `script`.
    pub audio_url: Option<String>,
    /// Uploaded audio to speak with; excludes `script`.
    pub audio_asset_id: Option<String>,
    /// Voice for `script`.
    pub voice_id: Option<String>,
    pub voice_settings: Option<VoiceSettingsInput>,
}

/// A film, with its own sound, with narration, or both.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VideoScene {
    pub source: AssetInput,
    pub playback: Option<PlaybackInput>,
    /// Text to speak; excludes `audio_url` and `audio_asset_id`.
    #[schema(min_length = 1)]
    pub script: Option<String>,
    /// Voice for `script`.
    pub voice_id: Option<String>,
    /// Audio to speak with; excludes `script`.
    pub audio_url: Option<String>,
    /// Uploaded audio to speak with; excludes `script`.
    pub audio_asset_id: Option<String>,
    pub voice_settings: Option<VoiceSettingsInput>,
}

/// How a film is played in its scene.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybackInput {
    /// Whether the film's own sound is left out.
    #[serde(default)]
    #[schema(required = false)]
    pub mute: bool,
    /// Level of the film's own sound.
    #[serde(default = "one")]
    #[schema(required = false, minimum = 0, maximum = 1)]
    pub volume: f32,
    /// What happens when film and scene are of different length.
    pub mode: Option<PlaybackMode>,
}

impl Default for PlaybackInput {
    fn default() -> Self {
        Self {
            mute: false,
            volume: 1.0,
            mode: None,
        }
    }
}

fn one() -> f32 {
    1.0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackMode {
    Freeze,
    Loop,
    FitToScene,
}
