//! `GET /v3/videos/{video_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::videos::VideoDetail;
use likeness_app::videos;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// One video with fresh download links.
#[utoipa::path(
    get,
    path = "/v3/videos/{video_id}",
    operation_id = "getVideoV3",
    tag = "Videos",
    params(("video_id" = String, Path, description = "Video id")),
    responses(
        (status = 200, description = "Successful response", body = Data<VideoDetail>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_video(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<VideoDetail>>, ApiError> {
    let id = path.id("video_id")?;
    let video = videos::get(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: convert::video(&state.app, video),
    }))
}
