//! `POST /v3/assets/direct-uploads/batches`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::assets::{CreateAssetUploadBatchRequest, CreateAssetUploadBatchResponse};
use likeness_api::error::ErrorBody;
use likeness_app::uploads;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Up to 100 upload slots at once.
#[utoipa::path(
    post,
    path = "/v3/assets/direct-uploads/batches",
    operation_id = "createAssetUploadBatchV3",
    tag = "Asset Batches",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = CreateAssetUploadBatchRequest,
    responses(
        (status = 200, description = "Successful response",
            body = Data<CreateAssetUploadBatchResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_asset_upload_batch(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<CreateAssetUploadBatchResponse>>, ApiError> {
    let request: CreateAssetUploadBatchRequest = body.typed()?;
    let files = request.files.into_iter().map(convert::new_upload).collect();
    let (batch_id, slots) =
        uploads::create_batch(&state.app, &caller, request.title, files).await?;
    Ok(Json(Data {
        data: CreateAssetUploadBatchResponse {
            batch_id: batch_id.into(),
            items: slots.into_iter().map(convert::slot).collect(),
        },
    }))
}
