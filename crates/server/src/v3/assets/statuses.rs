//! `GET /v3/assets/statuses`

use axum::Json;
use axum::extract::State;
use likeness_api::batches::BulkStatusEntry;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_app::{Caller, Error, uploads};
use likeness_domain::id::{AssetId, BatchId};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// Ids that one request may ask for.
const MAX_IDS: usize = 100;

/// Statuses of up to 100 ids; unknown ids answer `not_found`.
#[utoipa::path(
    get,
    path = "/v3/assets/statuses",
    operation_id = "bulkAssetStatusesV3",
    tag = "Asset Batches",
    params(
        ("asset_ids" = Option<String>, Query, description = "Comma-separated ids."),
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
pub(super) async fn bulk_asset_statuses(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<BulkStatusEntry>>, ApiError> {
    let (assets, batches) = (query.listed("asset_ids"), query.listed("batch_ids"));
    if assets.len() + batches.len() > MAX_IDS {
        return Err(ApiError::invalid(
            "asset_ids",
            "At most 100 ids per request.",
        ));
    }
    // What cannot be an id is as unknown as what is none.
    let ids: Vec<Option<AssetId>> = assets.iter().map(|text| text.parse().ok()).collect();
    let known: Vec<AssetId> = ids.iter().flatten().cloned().collect();
    let mut found = uploads::states(&state.app, &caller, &known)
        .await?
        .into_iter();
    let mut data: Vec<BulkStatusEntry> = Vec::with_capacity(assets.len());
    for (text, id) in assets.iter().zip(&ids) {
        let status = id.as_ref().and_then(|_| found.next()).flatten();
        data.push(convert::asset_status(text, status));
    }
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
    let (_, uploads) = match uploads::find_batch(&state.app, caller, &id).await {
        Ok(found) => found,
        Err(Error::NotFound(_)) => return Ok(vec![convert::batch_not_found(text)]),
        Err(error) => return Err(error.into()),
    };
    let now = state.app.now();
    let entries = uploads.iter().zip(0_i64..).map(|(upload, index)| {
        let status = Some(uploads::file_state(upload, now));
        BulkStatusEntry {
            batch_id: Some(text.to_owned()),
            item_index: Some(index),
            ..convert::asset_status(upload.id.as_str(), status)
        }
    });
    Ok(entries.collect())
}
