//! `GET /v3/videos/batches/{batch_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::batches::BatchDetail;
use likeness_api::error::ErrorBody;
use likeness_app::videos;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam, Query};
use crate::state::ServerState;

/// Aggregate state and one page of items.
#[utoipa::path(
    get,
    path = "/v3/videos/batches/{batch_id}",
    operation_id = "getVideoBatchV3",
    tag = "Batches",
    params(
        ("batch_id" = String, Path, description = "Batch id"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = Data<BatchDetail>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_video_batch(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    query: Query,
) -> Result<Json<Data<BatchDetail>>, ApiError> {
    let id = path.id("batch_id")?;
    let list = format!("batches/{id}");
    let page = query.page(&state, &caller, &list, 1..=100, 100)?;
    let (batch, videos) = videos::find_batch(&state.app, &caller, &id).await?;
    let items = videos.into_iter().map(convert::video_item).collect();
    let (mut detail, next) = convert::batch(batch, items, &page);
    detail.next_token = next.map(|cursor| state.tokens.seal(&caller.workspace_id, &list, &cursor));
    Ok(Json(Data { data: detail }))
}
