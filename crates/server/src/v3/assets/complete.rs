//! `POST /v3/assets/{asset_id}/complete`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::assets::{
    CompleteAssetUploadRequest, CompleteAssetUploadResponse, CompletedUpload,
};
use likeness_api::error::ErrorBody;
use likeness_app::uploads;

use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam};
use crate::state::ServerState;

/// Turns uploaded bytes into a usable asset; safe to repeat.
#[utoipa::path(
    post,
    path = "/v3/assets/{asset_id}/complete",
    operation_id = "completeAssetUpload",
    tag = "Assets",
    params(("asset_id" = String, Path, description = "Asset id")),
    request_body = Option<CompleteAssetUploadRequest>,
    responses(
        (status = 200, description = "Successful response",
            body = Data<CompleteAssetUploadResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn complete_asset_upload(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    body: JsonBody,
) -> Result<Json<Data<CompleteAssetUploadResponse>>, ApiError> {
    let id = path.id("asset_id")?;
    let request: CompleteAssetUploadRequest = body.typed()?;
    let sha256 = request.checksum_sha256.as_deref();
    let asset = uploads::complete(&state.app, &caller, &id, sha256).await?;
    Ok(Json(Data {
        data: CompleteAssetUploadResponse {
            url: state.app.link(&asset.object_key),
            asset_id: asset.id.into(),
            mime_type: asset.mime_type,
            size_bytes: asset.size_bytes,
            status: CompletedUpload::Processing,
        },
    }))
}
