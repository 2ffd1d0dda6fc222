//! `DELETE /v3/webhooks/endpoints/{endpoint_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::webhooks::DeletedEndpoint;
use likeness_app::webhooks;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Removes an endpoint; it is told nothing more.
#[utoipa::path(
    delete,
    path = "/v3/webhooks/endpoints/{endpoint_id}",
    operation_id = "deleteWebhookEndpoint",
    tag = "Webhooks",
    params(("endpoint_id" = String, Path, description = "Webhook endpoint id")),
    responses(
        (status = 200, description = "Successful response", body = DeletedEndpoint),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn delete_webhook_endpoint(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<DeletedEndpoint>, ApiError> {
    let id = path.id("endpoint_id")?;
    webhooks::delete(&state.app, &caller, &id).await?;
    Ok(Json(DeletedEndpoint::default()))
}
