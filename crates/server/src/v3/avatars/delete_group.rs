//! `DELETE /v3/avatars/{group_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::{Data, DeletedId};
use likeness_app::avatars;
use likeness_domain::id::GroupId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Deletes a private group and its looks.
#[utoipa::path(
    delete,
    path = "/v3/avatars/{group_id}",
    operation_id = "deleteAvatarGroup",
    tag = "Avatars",
    params(("group_id" = String, Path, description = "Avatar group id")),
    responses(
        (status = 200, description = "Successful response", body = Data<DeletedId>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 403, description = "Forbidden", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn delete_avatar_group(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<DeletedId>>, ApiError> {
    let id: GroupId = path.id("group_id")?;
    avatars::delete_group(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: DeletedId::new(id),
    }))
}
