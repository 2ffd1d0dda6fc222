//! `POST /v3/videos`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::videos::{
    AvatarFit, CreateAvatarVideoResponse, CreateVideoFromAvatar, CreateVideoV3RequestBody,
    EngineConfig, Expressiveness, VideoAspectRatio, VideoOutputFormat, VideoResolution,
    VoiceSettingsInput,
};
use likeness_app::videos::{self, AspectRatio, NewAvatarVideo, Resolution};
use likeness_domain::video::{self, Fit, OutputFormat};

use super::dressing;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, parse_id, typed};
use crate::state::ServerState;

/// Longest title, folder or callback id, in characters.
const MAX_TEXT_CHARS: usize = 255;

/// Queues one render: a look speaks a script.
#[utoipa::path(
    post,
    path = "/v3/videos",
    operation_id = "createVideo",
    tag = "Videos",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = CreateVideoV3RequestBody,
    responses(
        (status = 200, description = "Successful response", body = Data<CreateAvatarVideoResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 413, description = "Request too large", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_video(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<CreateAvatarVideoResponse>>, ApiError> {
    let new = read(body)?;
    let video = videos::create(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: CreateAvatarVideoResponse {
            video_id: video.id.into(),
            // Reads say `pending`; the contract's clients know both.
            status: "waiting".to_owned(),
            output_format: match video.request.output {
                OutputFormat::Mp4 => VideoOutputFormat::Mp4,
                OutputFormat::TransparentWebm => VideoOutputFormat::Webm,
            },
        },
    }))
}

/// What a payload asks for.
pub(super) fn read(body: JsonBody) -> Result<NewAvatarVideo, ApiError> {
    let (_, fields) = body.variant(&["avatar"], &["image", "studio", "cinematic_avatar"])?;
    let request: CreateVideoFromAvatar = typed(fields)?;
    refuse_unsupported(&request)?;
    check_engine(&request)?;
    new_video(request)
}

/// Parts of the contract that this server does not do yet are refused by name, so that nothing is silently ignored.
fn refuse_unsupported(request: &CreateVideoFromAvatar) -> Result<(), ApiError> {
    let voice = request.voice_settings.as_ref();
    let unsupported = [
        ("audio_url", request.audio_url.is_some()),
        ("audio_asset_id", request.audio_asset_id.is_some()),
        (
            "resolution",
            request.resolution == Some(VideoResolution::P2160),
        ),
        (
            "engine",
            matches!(request.engine, Some(EngineConfig::AvatarV { .. })),
        ),
        ("brand_glossary_id", request.brand_glossary_id.is_some()),
        (
            "voice_settings.pitch",
            voice.is_some_and(|v| v.pitch != 0.0),
        ),
        (
            "voice_settings.locale",
            voice.is_some_and(|v| v.locale.is_some()),
        ),
        (
            "voice_settings.engine_settings",
            voice.is_some_and(|v| v.engine_settings.is_some()),
        ),
    ];
    match unsupported.iter().find(|(_, given)| *given) {
        Some((param, _)) => Err(ApiError::unsupported(param)),
        None => Ok(()),
    }
}

/// The oldest engine speaks, but does not act.
fn check_engine(request: &CreateVideoFromAvatar) -> Result<(), ApiError> {
    if !matches!(request.engine, Some(EngineConfig::AvatarIii {})) {
        return Ok(());
    }
    let acting = [
        ("motion_prompt", request.motion_prompt.is_some()),
        ("expressiveness", request.expressiveness.is_some()),
    ];
    match acting.into_iter().find(|(_, given)| *given) {
        Some((param, _)) => Err(ApiError::invalid(
            param,
            "The engine avatar_iii does not take this; leave it out or take avatar_iv.",
        )),
        None => Ok(()),
    }
}

fn new_video(request: CreateVideoFromAvatar) -> Result<NewAvatarVideo, ApiError> {
    let voice = request.voice_settings.as_ref();
    Ok(NewAvatarVideo {
        look_id: parse_id(&request.avatar_id, "avatar_id")?,
        speed: within(voice, |v| v.speed, 0.5..=1.5, "voice_settings.speed")?,
        volume: within(voice, |v| v.volume, 0.0..=1.0, "voice_settings.volume")?,
        script: request
            .script
            .ok_or_else(|| ApiError::invalid("script", "A script is required."))?,
        voice_id: request
            .voice_id
            .map(|id| parse_id(&id, "voice_id"))
            .transpose()?,
        resolution: match request.resolution {
            Some(VideoResolution::P720) => Resolution::P720,
            // 4k was refused before.
            None | Some(VideoResolution::P1080 | VideoResolution::P2160) => Resolution::P1080,
        },
        aspect_ratio: match request.aspect_ratio {
            None | Some(VideoAspectRatio::Landscape16x9) => AspectRatio::Landscape16x9,
            Some(VideoAspectRatio::Portrait9x16) => AspectRatio::Portrait9x16,
            Some(VideoAspectRatio::Portrait4x5) => AspectRatio::Portrait4x5,
            Some(VideoAspectRatio::Landscape5x4) => AspectRatio::Landscape5x4,
            Some(VideoAspectRatio::Square) => AspectRatio::Square,
            Some(VideoAspectRatio::Auto) => AspectRatio::Auto,
        },
        fit: request.fit.map(|fit| match fit {
            AvatarFit::Contain => Fit::Contain,
            AvatarFit::Cover => Fit::Cover,
        }),
        expressiveness: request.expressiveness.map(|how| match how {
            Expressiveness::High => video::Expressiveness::High,
            Expressiveness::Medium => video::Expressiveness::Medium,
            Expressiveness::Low => video::Expressiveness::Low,
        }),
        motion_prompt: request.motion_prompt,
        dressing: dressing::read(dressing::Fields {
            background: request.background,
            remove_background: request.remove_background,
            output_format: request.output_format,
            caption: request.caption,
            watermark: request.watermark,
        })?,
        title: short(request.title, "title")?,
        folder_id: short(request.folder_id, "folder_id")?,
        callback_id: short(request.callback_id, "callback_id")?,
        callback_url: request.callback_url,
    })
}

fn within(
    settings: Option<&VoiceSettingsInput>,
    value: impl Fn(&VoiceSettingsInput) -> f32,
    range: std::ops::RangeInclusive<f32>,
    param: &str,
) -> Result<f32, ApiError> {
    let value = settings.map_or(1.0, value);
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (range.start(), range.end());
    Err(ApiError::invalid(
        param,
        format!("Must be from {least} to {most}."),
    ))
}

pub(super) fn short(text: Option<String>, param: &str) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if text.chars().count() > MAX_TEXT_CHARS => Err(ApiError::invalid(
            param,
            format!("Must have at most {MAX_TEXT_CHARS} characters."),
        )),
        other => Ok(other),
    }
}
