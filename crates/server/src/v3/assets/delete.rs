//! `DELETE /v3/assets/{asset_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::{Data, DeletedId};
use likeness_app::assets;
use likeness_domain::id::AssetId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Deletes an asset of the caller's workspace.
#[utoipa::path(
    delete,
    path = "/v3/assets/{asset_id}",
    operation_id = "deleteAsset",
    tag = "Assets",
    params(("asset_id" = String, Path, description = "Asset id")),
    responses(
        (status = 200, description = "Successful response", body = Data<DeletedId>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn delete_asset(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<DeletedId>>, ApiError> {
    let id: AssetId = path.id("asset_id")?;
    assets::delete(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: DeletedId::new(id),
    }))
}
