//! `GET /v3/videos/statuses`

use axum::Json;
use axum::extract::State;
use likeness_api::batches::BulkStatusEntry;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_app::videos;
use likeness_domain::id::VideoId;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// Ids that one request may ask for.
const MAX_IDS: usize = 100;

/// Statuses of up to 100 ids; unknown ids answer `not_found`.
#[utoipa::path(
    get,
    path = "/v3/videos/statuses",
    operation_id = "bulkVideoStatusesV3",
    tag = "Batches",
    params(
        ("video_ids" = Option<String>, Query, description = "Comma-separated ids."),
        ("batch_ids" = Option<String>, Query,
            description = "Comma-separated batch ids; each stands for all its items."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<BulkStatusEntry>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn bulk_video_statuses(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<BulkStatusEntry>>, ApiError> {
    let videos = query.listed("video_ids");
    // This server has no batches yet, so every batch is unknown.
    let batches = query.listed("batch_ids");
    if videos.len() + batches.len() > MAX_IDS {
        return Err(ApiError::invalid(
            "video_ids",
            "At most 100 ids per request.",
        ));
    }
    // What cannot be an id is as unknown as what is none.
    let ids: Vec<Option<VideoId>> = videos.iter().map(|text| text.parse().ok()).collect();
    let known: Vec<VideoId> = ids.iter().flatten().cloned().collect();
    let mut found = videos::get_many(&state.app, &caller, &known)
        .await?
        .into_iter();
    let entries = videos.iter().zip(&ids).map(|(text, id)| {
        let video = id.as_ref().and_then(|_| found.next()).flatten();
        convert::video_status(text, video)
    });
    let unknown = batches.iter().map(|text| convert::batch_not_found(text));
    Ok(Json(List {
        data: entries.chain(unknown).collect(),
        has_more: false,
        next_token: None,
    }))
}
