//! Fields that several bodies have.

use std::ops::RangeInclusive;

use likeness_api::videos::{
    AvatarFit, EngineConfig, Expressiveness, VideoAspectRatio, VideoResolution, VoiceSettingsInput,
};
use likeness_app::files::FileSource;
use likeness_app::videos::{AspectRatio, NewActing, NewEngine, NewScript, NewSound, Resolution};
use likeness_domain::avatar::Engine;
use likeness_domain::video::{self, Fit};

use crate::error::ApiError;
use crate::extract::parse_id;

/// Longest title, folder or callback id, in characters.
const MAX_TEXT_CHARS: usize = 255;

pub(crate) fn short(text: Option<String>, param: &str) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if text.chars().count() > MAX_TEXT_CHARS => Err(ApiError::invalid(
            param,
            format!("Must have at most {MAX_TEXT_CHARS} characters."),
        )),
        other => Ok(other),
    }
}

pub(super) fn within(
    value: f32,
    range: RangeInclusive<f32>,
    param: impl Into<String>,
) -> Result<f32, ApiError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (range.start(), range.end());
    let message = format!("Must be from {least} to {most}.");
    Err(ApiError::invalid(param, message))
}

/// Parts of the contract that this server does not do yet are refused by name, so that nothing is silently ignored.
pub(super) fn refuse(given: &[(&str, bool)]) -> Result<(), ApiError> {
    match given.iter().find(|(_, given)| *given) {
        Some((param, _)) => Err(ApiError::unsupported(param)),
        None => Ok(()),
    }
}

pub(super) fn resolution(given: Option<VideoResolution>) -> Resolution {
    match given {
        Some(VideoResolution::P720) => Resolution::P720,
        None | Some(VideoResolution::P1080) => Resolution::P1080,
        Some(VideoResolution::P2160) => Resolution::P2160,
    }
}

pub(super) fn aspect_ratio(given: Option<VideoAspectRatio>) -> AspectRatio {
    match given {
        None | Some(VideoAspectRatio::Landscape16x9) => AspectRatio::Landscape16x9,
        Some(VideoAspectRatio::Portrait9x16) => AspectRatio::Portrait9x16,
        Some(VideoAspectRatio::Portrait4x5) => AspectRatio::Portrait4x5,
        Some(VideoAspectRatio::Landscape5x4) => AspectRatio::Landscape5x4,
        Some(VideoAspectRatio::Square) => AspectRatio::Square,
        Some(VideoAspectRatio::Auto) => AspectRatio::Auto,
    }
}

pub(super) fn fit(given: Option<AvatarFit>) -> Option<Fit> {
    given.map(|fit| match fit {
        AvatarFit::Contain => Fit::Contain,
        AvatarFit::Cover => Fit::Cover,
    })
}

/// The engine of a look; `path` is what the paths of its fields begin with.
pub(super) fn engine(
    given: Option<EngineConfig>,
    path: &str,
) -> Result<Option<NewEngine>, ApiError> {
    let (engine, reference) = match given {
        None => return Ok(None),
        Some(EngineConfig::AvatarIii {}) => (Engine::AvatarIii, None),
        Some(EngineConfig::AvatarIv {}) => (Engine::AvatarIv, None),
        Some(EngineConfig::AvatarV { reference_look_id }) => (Engine::AvatarV, reference_look_id),
    };
    let param = format!("{path}engine.reference_look_id");
    Ok(Some(NewEngine {
        engine,
        reference_look_id: reference.map(|id| parse_id(&id, &param)).transpose()?,
    }))
}

/// How a face is to act.
pub(super) fn acting(
    expressiveness: Option<Expressiveness>,
    motion_prompt: Option<String>,
) -> NewActing {
    NewActing {
        expressiveness: expressiveness.map(|how| match how {
            Expressiveness::High => video::Expressiveness::High,
            Expressiveness::Medium => video::Expressiveness::Medium,
            Expressiveness::Low => video::Expressiveness::Low,
        }),
        motion_prompt,
    }
}

/// The fields that say what is heard.
pub(super) struct SoundFields {
    pub(super) script: Option<String>,
    pub(super) audio_url: Option<String>,
    pub(super) audio_asset_id: Option<String>,
    pub(super) voice_id: Option<String>,
    pub(super) voice_settings: Option<VoiceSettingsInput>,
}

impl SoundFields {
    /// What is heard, if anything; `path` is what the paths of the fields begin with.
    pub(super) fn read(self, path: &str) -> Result<Option<NewSound>, ApiError> {
        let given = [
            ("script", self.script.is_some()),
            ("audio_url", self.audio_url.is_some()),
            ("audio_asset_id", self.audio_asset_id.is_some()),
        ];
        let mut named = given.iter().filter(|(_, given)| *given);
        let (first, second) = (named.next(), named.next());
        if let (Some((first, _)), Some((second, _))) = (first, second) {
            let message = format!("{first} is given already; only one of them can be.");
            return Err(ApiError::invalid(format!("{path}{second}"), message));
        }
        // What the voice would be told has no meaning for a recording.
        if let Some(url) = self.audio_url {
            return Ok(Some(NewSound::Audio(FileSource::Url(url))));
        }
        if let Some(id) = self.audio_asset_id {
            let id = parse_id(&id, &format!("{path}audio_asset_id"))?;
            return Ok(Some(NewSound::Audio(FileSource::Asset(id))));
        }
        let Some(text) = self.script else {
            return Ok(None);
        };
        script(text, self.voice_id, self.voice_settings, path)
            .map(NewSound::Script)
            .map(Some)
    }

    /// As [`Self::read`], where something must be heard.
    pub(super) fn demand(self, path: &str) -> Result<NewSound, ApiError> {
        self.read(path)?.ok_or_else(|| {
            ApiError::invalid(
                format!("{path}script"),
                "Exactly one of script, audio_url and audio_asset_id is required.",
            )
        })
    }
}

fn script(
    text: String,
    voice_id: Option<String>,
    settings: Option<VoiceSettingsInput>,
    path: &str,
) -> Result<NewScript, ApiError> {
    let param = |field: &str| format!("{path}voice_settings.{field}");
    let settings = settings.unwrap_or_default();
    if let Some(engine) = &settings.engine_settings {
        let kind = engine.get("engine_type").and_then(|kind| kind.as_str());
        if kind != Some("starfish") {
            let message =
                "The voices of this server are of the engine starfish, which has no settings.";
            return Err(ApiError::invalid(param("engine_settings"), message));
        }
    }
    Ok(NewScript {
        text,
        voice_id: voice_id
            .map(|id| parse_id(&id, &format!("{path}voice_id")))
            .transpose()?,
        speed: within(settings.speed, 0.5..=1.5, param("speed"))?,
        volume: within(settings.volume, 0.0..=1.0, param("volume"))?,
        pitch_st: within(settings.pitch, -50.0..=50.0, param("pitch"))?,
        locale: settings.locale,
    })
}
