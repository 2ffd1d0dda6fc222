//! `POST /v3/videos/batches`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use likeness_api::Data;
use likeness_api::batches::BatchAccepted;
use likeness_api::error::ErrorBody;
use likeness_api::videos::CreateVideoBatchRequest;
use likeness_app::videos::{self, MAX_BATCH, NewBatch, NewVideo};
use serde_json::Value;

use super::body;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Up to 100 create-video payloads; items run independently.
#[utoipa::path(
    post,
    path = "/v3/videos/batches",
    operation_id = "createVideoBatchV3",
    tag = "Batches",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = CreateVideoBatchRequest,
    responses(
        (status = 202, description = "Accepted", body = Data<BatchAccepted>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_video_batch(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<(StatusCode, Json<Data<BatchAccepted>>), ApiError> {
    let request: CreateVideoBatchRequest = body.typed()?;
    if !(1..=MAX_BATCH).contains(&request.videos.len()) {
        let message = format!("A batch has 1 to {MAX_BATCH} videos.");
        return Err(ApiError::invalid("videos", message));
    }
    let mut videos = Vec::with_capacity(request.videos.len());
    for (index, payload) in request.videos.into_iter().enumerate() {
        videos.push(item(index, payload)?);
    }
    let new = NewBatch {
        title: body::short(request.title, "title")?,
        folder_id: body::short(request.folder_id, "folder_id")?,
        callback_url: request.callback_url,
        videos,
    };
    let id = videos::create_batch(&state.app, &caller, new).await?;
    let data = BatchAccepted {
        batch_id: id.into(),
    };
    Ok((StatusCode::ACCEPTED, Json(Data { data })))
}

/// One payload; a fault names the list, with the payload's place in the message.
fn item(index: usize, payload: Value) -> Result<NewVideo, ApiError> {
    let in_list = |error: ApiError| {
        let field = error.param.map(|param| format!(".{param}"));
        let message = format!(
            "Invalid payload(s) at index {index}. videos[{index}]{}: {}",
            field.unwrap_or_default(),
            error.message
        );
        ApiError::invalid("videos", message)
    };
    if payload.get("folder_id").is_some_and(|id| !id.is_null()) {
        let message = "Items cannot set their own folder; the batch does.";
        return Err(in_list(ApiError::invalid("folder_id", message)));
    }
    body::read(JsonBody::from(payload)).map_err(in_list)
}
