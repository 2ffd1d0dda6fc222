//! Avatar groups and looks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assets::AssetInput;

/// Training/creation status of an avatar group or look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvatarStatus {
    Processing,
    PendingConsent,
    Failed,
    Completed,
}

/// What a look was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvatarLookType {
    StudioAvatar,
    DigitalTwin,
    PhotoAvatar,
}

/// Shape of a look's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookOrientation {
    Portrait,
    Landscape,
    Square,
}

/// What can render a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiEngine {
    AvatarV,
    AvatarIv,
    AvatarIii,
}

/// Error details for a failed avatar creation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvatarError {
    /// Machine-readable error code.
    pub code: String,
    /// Human-readable error description.
    pub message: String,
}

/// A single avatar group. Groups are containers for looks (outfits/styles).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvatarGroupItem {
    /// Unique avatar group identifier.
    pub id: String,
    /// Display name of the avatar.
    pub name: String,
    /// URL to the avatar preview image.
    #[schema(required = false)]
    pub preview_image_url: Option<String>,
    /// URL to the avatar preview video.
    #[schema(required = false)]
    pub preview_video_url: Option<String>,
    /// Gender of the avatar.
    #[schema(required = false)]
    pub gender: Option<String>,
    /// Unix timestamp (seconds) when the avatar was created.
    pub created_at: i64,
    /// Number of looks (outfits/styles) available for this avatar.
    pub looks_count: i64,
    /// Default voice ID for this avatar.
    #[schema(required = false)]
    pub default_voice_id: Option<String>,
    /// The status of consent for the group. None means consent is not required.
    #[schema(required = false)]
    pub consent_status: Option<String>,
    /// Training status of the avatar group. Only present for private avatars.
    #[schema(required = false)]
    pub status: Option<AvatarStatus>,
    /// Error details. Only present when status is 'failed'.
    #[schema(required = false)]
    pub error: Option<AvatarError>,
}

/// One look; its id is the `avatar_id` of a video.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvatarLookItem {
    /// Look id, used as `avatar_id`.
    pub id: String,
    pub name: String,
    pub avatar_type: AvatarLookType,
    /// Group of the look.
    #[schema(required = false)]
    pub group_id: Option<String>,
    #[schema(required = false)]
    pub gender: Option<String>,
    #[schema(required = false)]
    pub default_voice_id: Option<String>,
    #[schema(required = false)]
    pub preview_image_url: Option<String>,
    #[schema(required = false)]
    pub preview_video_url: Option<String>,
    /// Native width in pixels.
    #[schema(required = false)]
    pub image_width: Option<i64>,
    /// Native height in pixels.
    #[schema(required = false)]
    pub image_height: Option<i64>,
    #[schema(required = false)]
    pub preferred_orientation: Option<LookOrientation>,
    /// Engines this look can be rendered with.
    #[schema(required = false)]
    pub supported_api_engines: Vec<ApiEngine>,
    #[schema(required = false)]
    pub tags: Vec<String>,
    /// Set only for private avatars.
    #[schema(required = false)]
    pub status: Option<AvatarStatus>,
    /// Set only when status is failed.
    #[schema(required = false)]
    pub error: Option<AvatarError>,
    /// Beyond the contract: the share of the training that is done, 0 to 1.
    #[schema(required = false)]
    pub progress: f64,
    /// What of the prompt could not be done as asked, one sentence each. Not part of the original API.
    #[schema(required = false)]
    pub prompt_notes: Vec<String>,
}

/// Chosen by `type`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CreateAvatarRequestBody {
    Photo(CreatePhotoAvatarRequest),
    DigitalTwin(CreateDigitalTwinRequest),
    Prompt(CreatePromptAvatarRequest),
}

/// An avatar from a photo.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePhotoAvatarRequest {
    pub name: String,
    /// The photo.
    pub file: AssetInput,
    /// Group to add the look to; a new group otherwise.
    #[serde(default)]
    pub avatar_group_id: Option<String>,
}

/// An avatar from footage of a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDigitalTwinRequest {
    pub name: String,
    /// The footage.
    pub file: AssetInput,
    /// Group to add the look to; a new group otherwise.
    #[serde(default)]
    pub avatar_group_id: Option<String>,
}

/// Shape of a look that is made from a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum PromptAspectRatio {
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "16:9")]
    Landscape,
    #[serde(rename = "9:16")]
    Portrait,
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "4:5")]
    FourToFive,
    #[serde(rename = "5:4")]
    FiveToFour,
}

/// An avatar from words.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePromptAvatarRequest {
    pub name: String,
    /// What the presenter looks like.
    #[schema(max_length = 1000)]
    pub prompt: String,
    /// Pictures whose colours are taken over.
    #[schema(max_items = 3)]
    #[serde(default)]
    pub reference_images: Option<Vec<AssetInput>>,
    /// Look used as visual reference; must have an image and belong to `avatar_group_id` if both are set.
    #[serde(default)]
    pub avatar_id: Option<String>,
    /// Group to add the look to; a new group otherwise.
    #[serde(default)]
    pub avatar_group_id: Option<String>,
    #[serde(default)]
    pub aspect_ratio: Option<PromptAspectRatio>,
}

/// What the creation of an avatar answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreateAvatarResponse {
    #[schema(required = false)]
    pub avatar_item: Option<AvatarLookItem>,
    #[schema(required = false)]
    pub avatar_group: Option<AvatarGroupItem>,
}

/// Consent for a group with a digital twin: by a page, or by a recording.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAvatarConsentRequest {
    /// Own wording; plain text without < or >.
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub consent_text: Option<String>,
    /// Recorded consent; excludes the other two fields.
    #[serde(default)]
    pub consent_video: Option<AssetInput>,
    /// Where the browser goes after consent.
    #[serde(default)]
    pub reroute_url: Option<String>,
}

/// What the start of consent answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreateAvatarConsentResponse {
    pub avatar_group: AvatarGroupItem,
    /// Consent page; null when a video was submitted.
    #[schema(required = false)]
    pub url: Option<String>,
    /// What the person is to say; null when a video was submitted. Beyond the contract.
    #[schema(required = false)]
    pub statement: Option<String>,
}

/// Changes of a look; what is left out or null stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateAvatarLookRequest {
    /// New display name.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub name: Option<String>,
}

/// Changes of a group; what is left out or null stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAvatarGroupRequest {
    /// Voice of videos that name none.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub default_voice_id: Option<String>,
}
