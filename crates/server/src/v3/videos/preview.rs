//! `GET /v3/videos/{video_id}/preview`, beyond the contract

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::videos::VideoPreview;
use likeness_app::videos;
use likeness_domain::video::VideoStatus;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// A link at which a player shows the video while it is still being made. Beyond the contract.
#[utoipa::path(
    get,
    path = "/v3/videos/{video_id}/preview",
    operation_id = "getVideoPreview",
    tag = "Videos",
    params(("video_id" = String, Path, description = "Video id")),
    responses(
        (status = 200, description = "Successful response", body = Data<VideoPreview>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_video_preview(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<VideoPreview>>, ApiError> {
    let id = path.id("video_id")?;
    let app = &state.app;
    let video = videos::get(app, &caller, &id).await?;
    let preview_url = match video.status {
        VideoStatus::Failed => None,
        _ => Some(app.links().live_url(&id, app.now())),
    };
    Ok(Json(Data {
        data: VideoPreview {
            id: id.into(),
            status: convert::state_of_video(video.status),
            preview_url,
        },
    }))
}
