//! Avatar groups and looks.

use serde::{Deserialize, Serialize};

use crate::consent::ConsentStatus;
use crate::id::{GroupId, LookId, VoiceId, WorkspaceId};
use crate::time::UnixMillis;

/// Training state of a group or look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvatarStatus {
    Processing,
    PendingConsent,
    Failed,
    Completed,
}

/// What a look was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookType {
    StudioAvatar,
    DigitalTwin,
    PhotoAvatar,
}

/// How a look is rendered. The contract's generations, newest first where they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    AvatarV,
    AvatarIv,
    AvatarIii,
}

impl Look {
    /// The engines that can render it. The fifth shows a twin's own mouths, so the footage must have offered them.
    pub fn engines(&self) -> &'static [Engine] {
        match self.look_type {
            LookType::DigitalTwin if self.own_mouths => ALL_ENGINES,
            LookType::PhotoAvatar | LookType::DigitalTwin => &[Engine::AvatarIv, Engine::AvatarIii],
            LookType::StudioAvatar => ALL_ENGINES,
        }
    }
}

const ALL_ENGINES: &[Engine] = &[Engine::AvatarV, Engine::AvatarIv, Engine::AvatarIii];

/// Apparent gender, as voices and avatars state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    Female,
    Male,
}

macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            /// The value's name in the API and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The inverse of [`Self::as_str`].
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use text_enum;

text_enum!(AvatarStatus {
    Processing = "processing",
    PendingConsent = "pending_consent",
    Failed = "failed",
    Completed = "completed",
});
text_enum!(LookType {
    StudioAvatar = "studio_avatar",
    DigitalTwin = "digital_twin",
    PhotoAvatar = "photo_avatar",
});
text_enum!(Engine {
    AvatarV = "avatar_v",
    AvatarIv = "avatar_iv",
    AvatarIii = "avatar_iii",
});
text_enum!(Gender { Female = "female", Male = "male" });

/// Why making something failed: a stable code and words that help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: String,
    pub message: String,
}

/// The character: a container of looks. `status`, `error`, previews and `gender` follow its looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarGroup {
    pub id: GroupId,
    pub workspace_id: WorkspaceId,
    /// Visible to every workspace and changed by none.
    pub is_public: bool,
    pub name: String,
    pub gender: Option<Gender>,
    pub default_voice_id: Option<VoiceId>,
    /// `None`: no consent is needed.
    pub consent_status: Option<ConsentStatus>,
    pub status: AvatarStatus,
    /// Set only while `status` is `failed`.
    pub error: Option<Failure>,
    pub preview_image_key: Option<String>,
    pub preview_video_key: Option<String>,
    pub looks_count: i64,
    pub created_at: UnixMillis,
}

/// One appearance of a character; what a video is rendered from.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub id: LookId,
    pub group_id: GroupId,
    pub workspace_id: WorkspaceId,
    pub is_public: bool,
    pub name: String,
    pub look_type: LookType,
    pub status: AvatarStatus,
    /// Set only while `status` is `failed`.
    pub error: Option<Failure>,
    pub gender: Option<Gender>,
    pub default_voice_id: Option<VoiceId>,
    /// Object with the source photo or footage.
    pub source_key: String,
    /// Object with the trained puppet; `None` until training has completed.
    pub puppet_key: Option<String>,
    pub preview_image_key: Option<String>,
    pub preview_video_key: Option<String>,
    /// Source size in pixels after orientation; `None` until training has read it.
    pub image_width: Option<i64>,
    pub image_height: Option<i64>,
    /// Bytes of its objects.
    pub stored_bytes: i64,
    /// The share of its training that is done, 0 to 1.
    pub progress: f64,
    /// What of a prompt could not be done as asked, one sentence each.
    pub notes: Vec<String>,
    /// Whether a twin's footage offered mouths of the person's own for all kinds of sounds.
    pub own_mouths: bool,
    pub created_at: UnixMillis,
}
