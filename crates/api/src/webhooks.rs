//! Webhook endpoints and events.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

macro_rules! event_types {
    ($($variant:ident = $name:literal, $description:literal;)*) => {
        /// Every kind of event in the contract; this server emits those of what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum WebhookEventType {
            $(#[doc = $description] #[serde(rename = $name)] $variant,)*
        }

        impl WebhookEventType {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

event_types! {
    AvatarVideoSuccess = "avatar_video.success", "A video has succeeded.";
    AvatarVideoFail = "avatar_video.fail", "A video has failed.";
    AvatarVideoGifSuccess = "avatar_video_gif.success", "A video's animated preview has succeeded.";
    AvatarVideoGifFail = "avatar_video_gif.fail", "A video's animated preview has failed.";
    VideoTranslateSuccess = "video_translate.success", "A translated video has succeeded.";
    VideoTranslateFail = "video_translate.fail", "A translated video has failed.";
    VideoTranslatePreflightValidationFailed = "video_translate.preflight.validation_failed", "A video to translate was refused.";
    VideoTranslatePreflightDownloadFailed = "video_translate.preflight.download_failed", "A video to translate could not be fetched.";
    PersonalizedVideo = "personalized_video", "A personalised video was made.";
    InstantAvatarSuccess = "instant_avatar.success", "The training of a digital twin has succeeded.";
    InstantAvatarFail = "instant_avatar.fail", "The training of a digital twin has failed.";
    PhotoAvatarGenerationSuccess = "photo_avatar_generation.success", "Making a photo avatar from words has succeeded.";
    PhotoAvatarGenerationFail = "photo_avatar_generation.fail", "Making a photo avatar from words has failed.";
    PhotoAvatarTrainSuccess = "photo_avatar_train.success", "The training of a photo avatar has succeeded.";
    PhotoAvatarTrainFail = "photo_avatar_train.fail", "The training of a photo avatar has failed.";
    PhotoAvatarAddMotionSuccess = "photo_avatar_add_motion.success", "Adding motion to a photo avatar has succeeded.";
    PhotoAvatarAddMotionFail = "photo_avatar_add_motion.fail", "Adding motion to a photo avatar has failed.";
    ProofreadCreationSuccess = "proofread_creation.success", "Making a proofread has succeeded.";
    ProofreadCreationFail = "proofread_creation.fail", "Making a proofread has failed.";
    LiveAvatarSuccess = "live_avatar.success", "A live avatar has succeeded.";
    LiveAvatarFail = "live_avatar.fail", "A live avatar has failed.";
    AvatarVideoCaptionSuccess = "avatar_video_caption.success", "A video with captions has succeeded.";
    AvatarVideoCaptionFail = "avatar_video_caption.fail", "A video with captions has failed.";
    VideoAgentSuccess = "video_agent.success", "A session of the video agent has succeeded.";
    VideoAgentFail = "video_agent.fail", "A session of the video agent has failed.";
    HyperframesVideoSuccess = "hyperframes_video.success", "A composed video has succeeded.";
    HyperframesVideoFail = "hyperframes_video.fail", "A composed video has failed.";
    AiClippingSuccess = "ai_clipping.success", "Cutting clips has succeeded.";
    AiClippingFail = "ai_clipping.fail", "Cutting clips has failed.";
    BatchFinished = "batch.finished", "Every item of a batch has ended.";
    FillerWordRemovalSuccess = "filler_word_removal.success", "Removing filler words has succeeded.";
    FillerWordRemovalFail = "filler_word_removal.fail", "Removing filler words has failed.";
    PodcastSuccess = "podcast.success", "A podcast has succeeded.";
    PodcastFail = "podcast.fail", "A podcast has failed.";
}

/// A new endpoint.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhookEndpointRequest {
    /// Public HTTPS URL.
    pub url: String,
    /// Omitted or null means every event.
    #[serde(default)]
    pub events: Option<Vec<WebhookEventType>>,
    /// Limits the endpoint to one resource.
    #[serde(default)]
    pub entity_id: Option<String>,
}

/// Changes of an endpoint; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWebhookEndpointRequest {
    /// Public HTTPS URL.
    #[serde(default)]
    pub url: Option<String>,
    /// Replaces the whole list; null means every event.
    #[serde(default)]
    #[schema(value_type = Option<Vec<WebhookEventType>>)]
    pub events: EventsChange,
}

/// What becomes of an endpoint's list of events: a field that is null is not one that is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EventsChange {
    #[default]
    Keep,
    All,
    Only(Vec<WebhookEventType>),
}

impl<'de> Deserialize<'de> for EventsChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let events = Option::<Vec<WebhookEventType>>::deserialize(deserializer)?;
        Ok(events.map_or(Self::All, Self::Only))
    }
}

/// Whether an endpoint is told of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEndpointStatus {
    Enabled,
    Disabled,
}

/// A registered endpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEndpointResponse {
    pub endpoint_id: String,
    pub url: String,
    /// Null means every event.
    #[schema(required = false)]
    pub events: Option<Vec<String>>,
    pub status: WebhookEndpointStatus,
    /// Beyond the contract: since when no call has succeeded, ISO 8601; null while calls succeed.
    #[schema(required = false)]
    pub failing_since: Option<String>,
    /// Beyond the contract: why the last call failed, and what that means for the endpoint.
    #[schema(required = false)]
    pub failure_message: Option<String>,
    /// ISO 8601.
    pub created_at: String,
    /// Set only on create.
    #[schema(required = false)]
    pub secret: Option<String>,
}

/// A new secret; the one before has ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RotateSecretResponseData {
    pub endpoint_id: String,
    pub secret: String,
}

/// A kind of event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEventTypeItem {
    pub event_type: String,
    pub description: String,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEventResponse {
    pub event_id: String,
    pub event_type: String,
    /// Same object as delivered.
    #[schema(value_type = Object)]
    pub event_data: serde_json::Value,
    /// ISO 8601.
    pub created_at: String,
}

/// What deleting an endpoint answers, unlike every other deletion.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DeletedEndpoint {
    pub data: NoData,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    pub error: Option<()>,
}

/// An empty object.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NoData {}

/// Beyond the contract: an event is to be told once more.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeliverEventRequest {
    /// The one endpoint to tell; all that want the event otherwise.
    #[schema(required = false)]
    pub endpoint_id: Option<String>,
}

/// Beyond the contract: what a redelivery began.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedeliverEventResponse {
    pub event_id: String,
    /// Endpoints that are told.
    pub deliveries: usize,
}
