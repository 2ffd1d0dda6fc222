//! `POST /v3/assets/direct-uploads`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::assets::{CreateAssetUploadRequest, CreateAssetUploadResponse};
use likeness_api::error::ErrorBody;
use likeness_app::uploads;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Reserves an asset id and a signed URL for the bytes.
#[utoipa::path(
    post,
    path = "/v3/assets/direct-uploads",
    operation_id = "createAssetUpload",
    tag = "Assets",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = CreateAssetUploadRequest,
    responses(
        (status = 200, description = "Successful response", body = Data<CreateAssetUploadResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_asset_upload(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<CreateAssetUploadResponse>>, ApiError> {
    let new = convert::new_upload(body.typed()?);
    let slot = uploads::create(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: convert::slot(slot),
    }))
}
