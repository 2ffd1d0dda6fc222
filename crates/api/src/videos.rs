//! Videos.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assets::AssetInput;
use crate::cinematic::CreateVideoFromCinematicAvatar;
use crate::scenes::{CreateVideoFromImage, CreateVideoFromStudio};

/// Chosen by `type`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CreateVideoV3RequestBody {
    Avatar(Box<CreateVideoFromAvatar>),
    Image(Box<CreateVideoFromImage>),
    Studio(Box<CreateVideoFromStudio>),
    CinematicAvatar(Box<CreateVideoFromCinematicAvatar>),
}

/// A look speaks. Fields that the server cannot honour yet are refused by name, never ignored.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVideoFromAvatar {
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
    pub resolution: Option<VideoResolution>,
    pub aspect_ratio: Option<VideoAspectRatio>,
    /// contain keeps the whole subject; cover fills the frame.
    pub fit: Option<AvatarFit>,
    pub background: Option<BackgroundSetting>,
    /// Cuts the person out. Without a background, an mp4 is then white behind.
    pub remove_background: Option<bool>,
    pub engine: Option<EngineConfig>,
    /// Photo avatars on `avatar_iv` only; low when omitted.
    pub expressiveness: Option<Expressiveness>,
    /// Photo avatars; video avatars only on `avatar_v`. `motion_words_used` of the video says what was understood.
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
    pub tolerated_test: serde::de::IgnoredAny,
    /// Sent by one known client; has no effect.
    #[serde(default, rename = "enable_caption")]
    #[schema(ignore)]
    pub tolerated_enable_caption: serde::de::IgnoredAny,
}

/// How the script is spoken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoiceSettingsInput {
    /// Multiplier, 0.5 to 1.5.
    #[serde(default = "one")]
    #[schema(required = false)]
    pub speed: f32,
    /// Semitones, -50 to 50.
    #[serde(default)]
    #[schema(required = false)]
    pub pitch: f32,
    /// 0 is silent, 1 is the voice's own loudness.
    #[serde(default = "one")]
    #[schema(required = false)]
    pub volume: f32,
    pub locale: Option<String>,
    /// Settings of one vendor's engine.
    #[schema(value_type = Option<Object>)]
    pub engine_settings: Option<serde_json::Value>,
}

impl Default for VoiceSettingsInput {
    fn default() -> Self {
        Self {
            speed: 1.0,
            pitch: 0.0,
            volume: 1.0,
            locale: None,
            engine_settings: None,
        }
    }
}

fn one() -> f32 {
    1.0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum VideoResolution {
    #[serde(rename = "4k")]
    P2160,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "720p")]
    P720,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum VideoAspectRatio {
    #[serde(rename = "16:9")]
    Landscape16x9,
    #[serde(rename = "9:16")]
    Portrait9x16,
    #[serde(rename = "4:5")]
    Portrait4x5,
    #[serde(rename = "5:4")]
    Landscape5x4,
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "auto")]
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvatarFit {
    Contain,
    Cover,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VideoOutputFormat {
    #[default]
    Mp4,
    Webm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expressiveness {
    High,
    Medium,
    Low,
}

/// A colour (`value`) or an image (`url` or `asset_id`, not both), seen behind the person, who is cut out unless
/// `remove_background` is false.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackgroundSetting {
    #[serde(rename = "type")]
    pub kind: BackgroundKind,
    pub value: Option<String>,
    pub url: Option<String>,
    pub asset_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundKind {
    Color,
    Image,
}

/// A subtitle file always comes back; `style` also burns captions in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptionSetting {
    #[serde(default)]
    #[schema(required = false)]
    pub file_format: CaptionFormat,
    pub style: Option<CaptionStyle>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptionFormat {
    #[default]
    Srt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptionStyle {
    Default,
}

/// Render engine; `avatar_iv` when omitted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EngineConfig {
    AvatarIii {},
    AvatarIv {},
    AvatarV { reference_look_id: Option<String> },
}

/// A bed of music from the audio library, played in a circle under the whole video and softer still while somebody speaks.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackgroundMusicInput {
    /// `id` of a sound of the type music, as `GET /v3/audio/sounds` gives it.
    pub sound_id: String,
    /// 1 is as loud as the speech.
    #[serde(default = "soft")]
    #[schema(required = false, exclusive_minimum = 0, maximum = 1, default = 0.2)]
    pub volume: f32,
}

/// About 14 dB below the speech, as in documentaries.
fn soft() -> f32 {
    0.2
}

/// A picture laid over the video: PNG or JPEG. At scale 1 it fits into a fifth of the frame's width and height.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatermarkInput {
    pub image: AssetInput,
    /// 0 is invisible, 1 as the picture is.
    #[serde(default = "one")]
    #[schema(required = false, minimum = 0, maximum = 1, default = 1)]
    pub opacity: f32,
    pub placement: Option<WatermarkPlacement>,
    /// Above 0, up to 2.
    #[serde(default = "one")]
    #[schema(required = false, exclusive_minimum = 0, maximum = 2, default = 1)]
    pub scale: f32,
}

/// A corner, and how far from it, in shares of the frame's width (to the right) and height (down). The picture never
/// leaves the frame.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatermarkPlacement {
    #[serde(default)]
    #[schema(required = false)]
    pub position: WatermarkPosition,
    #[schema(minimum = -1, maximum = 1)]
    pub offset_x: Option<f32>,
    #[schema(minimum = -1, maximum = 1)]
    pub offset_y: Option<f32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatermarkPosition {
    TopLeft,
    TopRight,
    BottomLeft,
    #[default]
    BottomRight,
}

/// What the creation of a video answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreateAvatarVideoResponse {
    pub video_id: String,
    /// First status: `waiting`.
    pub status: String,
    /// Container that will be made.
    #[schema(required = false)]
    pub output_format: VideoOutputFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatus {
    Pending,
    Processing,
    Completed,
    Failed,
}

/// Beyond the contract: where a video can be watched while it is made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VideoPreview {
    pub id: String,
    pub status: VideoStatus,
    /// An MP4 that a player shows as it comes; null for a video that has failed.
    #[schema(required = false)]
    pub preview_url: Option<String>,
}

/// A video, finished or not.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VideoDetail {
    pub id: String,
    pub status: VideoStatus,
    /// Beyond the contract: share of the work done, 0 to 1.
    #[schema(required = false)]
    pub progress: f64,
    /// Beyond the contract: the words of `motion_prompt` that the face follows, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub motion_words_used: Option<Vec<String>>,
    #[schema(required = false)]
    pub title: Option<String>,
    /// Unix time in seconds.
    #[schema(required = false)]
    pub created_at: Option<i64>,
    /// Unix time in seconds.
    #[schema(required = false)]
    pub completed_at: Option<i64>,
    /// Length in seconds.
    #[schema(required = false)]
    pub duration: Option<f64>,
    /// Signed, expiring link.
    #[schema(required = false)]
    pub video_url: Option<String>,
    #[schema(required = false)]
    pub thumbnail_url: Option<String>,
    /// Signed link to the SRT file.
    #[schema(required = false)]
    pub subtitle_url: Option<String>,
    /// Signed link to the captioned file.
    #[schema(required = false)]
    pub captioned_video_url: Option<String>,
    #[schema(required = false)]
    pub gif_url: Option<String>,
    /// Page of the video in the web app.
    #[schema(required = false)]
    pub video_page_url: Option<String>,
    /// Folder that holds the item.
    #[schema(required = false)]
    pub folder_id: Option<String>,
    /// BCP-47 code; translated videos only.
    #[schema(required = false)]
    pub output_language: Option<String>,
    /// Set only when the status is failed.
    #[schema(required = false)]
    pub failure_code: Option<String>,
    /// Set only when the status is failed.
    #[schema(required = false)]
    pub failure_message: Option<String>,
}

/// Up to 100 videos at once. Each payload is what `POST /v3/videos` takes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVideoBatchRequest {
    #[schema(min_items = 1, max_items = 100, value_type = Vec<CreateVideoV3RequestBody>)]
    pub videos: Vec<serde_json::Value>,
    /// Display title.
    #[schema(required = false)]
    pub title: Option<String>,
    /// Folder that holds the videos.
    #[schema(required = false)]
    pub folder_id: Option<String>,
    /// URL called once, when all items have ended. These calls are not signed.
    #[schema(required = false)]
    pub callback_url: Option<String>,
}
