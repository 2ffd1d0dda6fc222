//! `PATCH /v3/avatars/looks/{look_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::{AvatarLookItem, UpdateAvatarLookRequest};
use likeness_api::error::ErrorBody;
use likeness_app::looks;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam};
use crate::state::ServerState;

/// Renames a photo avatar or digital twin look.
#[utoipa::path(
    patch,
    path = "/v3/avatars/looks/{look_id}",
    operation_id = "updateAvatarLook",
    tag = "Avatars",
    params(("look_id" = String, Path, description = "Avatar look id")),
    request_body = Option<UpdateAvatarLookRequest>,
    responses(
        (status = 200, description = "Successful response", body = Data<AvatarLookItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 403, description = "Forbidden", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn update_avatar_look(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    body: JsonBody,
) -> Result<Json<Data<AvatarLookItem>>, ApiError> {
    let id = path.id("look_id")?;
    let request: UpdateAvatarLookRequest = body.typed()?;
    let look = match request.name {
        Some(name) => looks::rename(&state.app, &caller, &id, &name).await?,
        None => looks::get(&state.app, &caller, &id).await?,
    };
    Ok(Json(Data {
        data: convert::look(&state.app, look),
    }))
}
