//! `POST /v3/videos`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::videos::{
    CreateAvatarVideoResponse, CreateVideoV3RequestBody, VideoOutputFormat,
};
use likeness_app::videos;
use likeness_domain::video::OutputFormat;

use super::body;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Queues one render: a look or a picture speaks, or scenes follow each other.
#[utoipa::path(
    post,
    path = "/v3/videos",
    operation_id = "createVideo",
    tag = "Videos",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = CreateVideoV3RequestBody,
    responses(
        (status = 200, description = "Successful response", body = Data<CreateAvatarVideoResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 413, description = "Request too large", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_video(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<CreateAvatarVideoResponse>>, ApiError> {
    let new = body::read(body)?;
    let video = videos::create(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: CreateAvatarVideoResponse {
            video_id: video.id.into(),
            // Reads say `pending`; the contract's clients know both.
            status: "waiting".to_owned(),
            output_format: match video.request.output {
                OutputFormat::Mp4 => VideoOutputFormat::Mp4,
                OutputFormat::TransparentWebm => VideoOutputFormat::Webm,
            },
        },
    }))
}
