//! `GET /v3/assets/{asset_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::assets::GetAssetV3Response;
use likeness_api::error::ErrorBody;
use likeness_app::assets;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Metadata and link of an asset.
#[utoipa::path(
    get,
    path = "/v3/assets/{asset_id}",
    operation_id = "getAsset",
    tag = "Assets",
    params(("asset_id" = String, Path, description = "Asset id")),
    responses(
        (status = 200, description = "Successful response", body = Data<GetAssetV3Response>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_asset(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<GetAssetV3Response>>, ApiError> {
    let id = path.id("asset_id")?;
    let asset = assets::get(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: convert::asset(&state.app, asset),
    }))
}
