//! `DELETE /v3/voices/{voice_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::voices::VoiceDeleteV3Response;
use likeness_app::voices;
use likeness_domain::id::VoiceId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Deletes a clone that the caller owns and no template uses.
#[utoipa::path(
    delete,
    path = "/v3/voices/{voice_id}",
    operation_id = "deleteVoice",
    tag = "Voices",
    params(("voice_id" = String, Path, description = "Voice or voice clone id")),
    responses(
        (status = 200, description = "Successful response", body = Data<VoiceDeleteV3Response>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 403, description = "Forbidden", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn delete_voice(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<VoiceDeleteV3Response>>, ApiError> {
    let id: VoiceId = path.id("voice_id")?;
    voices::delete(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: VoiceDeleteV3Response {
            voice_id: id.into(),
        },
    }))
}
