//! `PATCH /v3/avatars/{group_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::{AvatarGroupItem, UpdateAvatarGroupRequest};
use likeness_api::error::ErrorBody;
use likeness_app::avatars;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam, parse_id};
use crate::state::ServerState;

/// Sets the default voice.
#[utoipa::path(
    patch,
    path = "/v3/avatars/{group_id}",
    operation_id = "updateAvatarGroup",
    tag = "Avatars",
    params(("group_id" = String, Path, description = "Avatar group id")),
    request_body = UpdateAvatarGroupRequest,
    responses(
        (status = 200, description = "Successful response", body = Data<AvatarGroupItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 403, description = "Forbidden", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn update_avatar_group(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    body: JsonBody,
) -> Result<Json<Data<AvatarGroupItem>>, ApiError> {
    let id = path.id("group_id")?;
    let request: UpdateAvatarGroupRequest = body.typed()?;
    let group = match request.default_voice_id {
        Some(voice) => {
            let voice = parse_id(&voice, "default_voice_id")?;
            avatars::set_default_voice(&state.app, &caller, &id, &voice).await?
        }
        None => avatars::get_group(&state.app, &caller, &id).await?,
    };
    Ok(Json(Data {
        data: convert::group(&state.app, group),
    }))
}
