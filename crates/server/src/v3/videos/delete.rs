//! `DELETE /v3/videos/{video_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::{Data, DeletedId};
use likeness_app::videos;
use likeness_domain::id::VideoId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Deletes a video and its files for good.
#[utoipa::path(
    delete,
    path = "/v3/videos/{video_id}",
    operation_id = "deleteVideoV3",
    tag = "Videos",
    params(("video_id" = String, Path, description = "Video id")),
    responses(
        (status = 200, description = "Successful response", body = Data<DeletedId>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
        (status = 500, description = "Internal error", body = ErrorBody),
    )
)]
pub(super) async fn delete_video(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<DeletedId>>, ApiError> {
    let id: VideoId = path.id("video_id")?;
    videos::delete(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: DeletedId::new(id),
    }))
}
