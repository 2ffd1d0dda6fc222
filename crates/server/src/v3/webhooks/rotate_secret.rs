//! `POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::webhooks::RotateSecretResponseData;
use likeness_app::webhooks;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathParam};
use crate::state::ServerState;

/// Ends the endpoint's secret at once and shows the new one.
#[utoipa::path(
    post,
    path = "/v3/webhooks/endpoints/{endpoint_id}/rotate-secret",
    operation_id = "rotateWebhookEndpointSecret",
    tag = "Webhooks",
    params(("endpoint_id" = String, Path, description = "Webhook endpoint id")),
    responses(
        (status = 200, description = "Successful response", body = Data<RotateSecretResponseData>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn rotate_webhook_endpoint_secret(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
) -> Result<Json<Data<RotateSecretResponseData>>, ApiError> {
    let id = path.id("endpoint_id")?;
    let secret = webhooks::rotate_secret(&state.app, &caller, &id).await?;
    Ok(Json(Data {
        data: RotateSecretResponseData {
            endpoint_id: id.into(),
            secret,
        },
    }))
}
