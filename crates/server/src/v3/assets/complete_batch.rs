//! `POST /v3/assets/complete/batches`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use likeness_api::Data;
use likeness_api::assets::CompleteAssetBatchRequest;
use likeness_api::batches::BatchAccepted;
use likeness_api::error::ErrorBody;
use likeness_app::uploads;
use likeness_domain::id::BatchId;

use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, parse_id};
use crate::state::ServerState;

/// Finishes every uploaded file of a batch; safe to repeat.
#[utoipa::path(
    post,
    path = "/v3/assets/complete/batches",
    operation_id = "completeAssetBatchV3",
    tag = "Asset Batches",
    request_body = CompleteAssetBatchRequest,
    responses(
        (status = 202, description = "Accepted", body = Data<BatchAccepted>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn complete_asset_batch(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<(StatusCode, Json<Data<BatchAccepted>>), ApiError> {
    let request: CompleteAssetBatchRequest = body.typed()?;
    let id: BatchId = parse_id(&request.batch_id, "batch_id")?;
    uploads::complete_batch(&state.app, &caller, &id).await?;
    let data = BatchAccepted {
        batch_id: id.into(),
    };
    Ok((StatusCode::ACCEPTED, Json(Data { data })))
}
