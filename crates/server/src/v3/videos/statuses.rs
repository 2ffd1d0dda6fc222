//! `GET /v3/videos/statuses`

use axum::Json;
use axum::extract::State;
use likeness_api::batches::BulkStatusEntry;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_app::{Caller, Error, videos};
use likeness_domain::id::{BatchId, VideoId};

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
    let mut data: Vec<BulkStatusEntry> = entries.collect();
    for text in batches {
        data.extend(of_batch(&state, &caller, text).await?);
    }
    Ok(Json(List {
        data,
        has_more: false,
        next_token: None,
    }))
}

/// An entry for each item of the batch, or one that says that there is no such batch.
async fn of_batch(
    state: &ServerState,
    caller: &Caller,
    text: &str,
) -> Result<Vec<BulkStatusEntry>, ApiError> {
    let Ok(id) = text.parse::<BatchId>() else {
        return Ok(vec![convert::batch_not_found(text)]);
    };
    let (_, videos) = match videos::find_batch(&state.app, caller, &id).await {
        Ok(found) => found,
        Err(Error::NotFound(_)) => return Ok(vec![convert::batch_not_found(text)]),
        Err(error) => return Err(error.into()),
    };
    let entries = videos.into_iter().map(|video| {
        let (id, place) = (video.id.clone(), video.batch.clone());
        BulkStatusEntry {
            batch_id: Some(text.to_owned()),
            item_index: place.map(|(_, index)| index),
            ..convert::video_status(id.as_str(), Some(video))
        }
    });
    Ok(entries.collect())
}
