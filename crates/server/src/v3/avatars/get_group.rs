//! `GET /v3/avatars/{group_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::AvatarGroupItem;
use likeness_api::error::ErrorBody;
use likeness_app::avatars;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Returns details for a specific avatar group including name, gender, preview URLs, looks count, and training status.
#[utoipa::path(
    get,
    path = "/v3/avatars/{group_id}",
    operation_id = "getAvatarGroup",
    tag = "Avatars",
    params(("group_id" = String, Path, description = "Unique avatar group identifier")),
    responses(
        (status = 200, description = "Successful response", body = Data<AvatarGroupItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_avatar_group(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<AvatarGroupItem>>, ApiError> {
    let id = path.id("group_id")?;
    let group = avatars::get_group(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: convert::group(&state.app, group),
    }))
}
