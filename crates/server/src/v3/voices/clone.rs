//! `POST /v3/voices/clone`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::voices::{CreateVoiceCloneV3Request, VoiceCloneCreateV3Response};
use likeness_app::voices::{self, NewClone};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Starts cloning a voice from audio.
#[utoipa::path(
    post,
    path = "/v3/voices/clone",
    operation_id = "cloneVoice",
    tag = "Voices",
    request_body = CreateVoiceCloneV3Request,
    responses(
        (status = 200, description = "Successful response", body = Data<VoiceCloneCreateV3Response>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn clone_voice(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<VoiceCloneCreateV3Response>>, ApiError> {
    let request: CreateVoiceCloneV3Request = body.typed()?;
    let chars = request.voice_name.chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&chars) || request.voice_name.trim().is_empty() {
        let message = format!("voice_name has 1 to {MAX_NAME_CHARS} characters.");
        return Err(ApiError::invalid("voice_name", message));
    }
    let new = NewClone {
        name: request.voice_name,
        audio: convert::file_source(request.audio, "audio")?,
        language: request.language,
        remove_noise: request.remove_background_noise,
    };
    let id = voices::clone(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: VoiceCloneCreateV3Response {
            voice_clone_id: id.into(),
        },
    }))
}
