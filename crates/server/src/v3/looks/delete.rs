//! `DELETE /v3/avatars/looks/{look_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::{Data, DeletedId};
use likeness_app::looks;
use likeness_domain::id::LookId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Deletes a look; the last one takes its group with it.
#[utoipa::path(
    delete,
    path = "/v3/avatars/looks/{look_id}",
    operation_id = "deleteAvatarLook",
    tag = "Avatars",
    params(("look_id" = String, Path, description = "Avatar look id")),
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
pub(super) async fn delete_avatar_look(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<DeletedId>>, ApiError> {
    let id: LookId = path.id("look_id")?;
    looks::delete(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: DeletedId::new(id),
    }))
}
