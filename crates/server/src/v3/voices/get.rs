//! `GET /v3/voices/{voice_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::voices::VoiceDetailV3;
use likeness_app::voices;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// One voice, with clone progress when it is a clone.
#[utoipa::path(
    get,
    path = "/v3/voices/{voice_id}",
    operation_id = "getVoice",
    tag = "Voices",
    params(("voice_id" = String, Path, description = "Voice or voice clone id")),
    responses(
        (status = 200, description = "Successful response", body = Data<VoiceDetailV3>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_voice(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<VoiceDetailV3>>, ApiError> {
    let voice = voices::get(&state.app, &caller, &path.id("voice_id")?).await?;
    Ok(Json(Data {
        data: convert::voice_detail(&state.app, voice),
    }))
}
