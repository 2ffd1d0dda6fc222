//! `POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use likeness_api::Data;
use likeness_api::error::{ErrorBody, ErrorCode};
use likeness_api::webhooks::RotateSecretResponseData;
use likeness_app::webhooks;
use likeness_domain::id::EndpointId;

use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam};
use crate::idempotency::Kept;
use crate::state::ServerState;

/// Ends the endpoint's secret at once and shows the new one.
#[utoipa::path(
    post,
    path = "/v3/webhooks/endpoints/{endpoint_id}/rotate-secret",
    operation_id = "rotateWebhookEndpointSecret",
    tag = "Webhooks",
    params(
        ("endpoint_id" = String, Path, description = "Webhook endpoint id"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    responses(
        (status = 200, description = "Successful response", body = Data<RotateSecretResponseData>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn rotate_webhook_endpoint_secret(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    // Read to its end first: a request that breaks off must not end a secret whose successor nobody receives.
    _body: JsonBody,
) -> Result<Response, ApiError> {
    let id: EndpointId = path.id("endpoint_id")?;
    let rotated = webhooks::rotate_secret(&state.app, &caller, &id).await?;
    let kept = Kept(rotated.generation.to_string());
    Ok((Extension(kept), answer(id, rotated.secret)).into_response())
}

fn answer(id: EndpointId, secret: String) -> Json<Data<RotateSecretResponseData>> {
    Json(Data {
        data: RotateSecretResponseData {
            endpoint_id: id.into(),
            secret,
        },
    })
}

/// The endpoint that a path of this operation names.
pub(crate) fn endpoint_of(path: &str) -> Option<EndpointId> {
    let rest = path.strip_prefix("/v3/webhooks/endpoints/")?;
    rest.strip_suffix("/rotate-secret")?.parse().ok()
}

/// The answer once more, from what was kept of it: the secret itself is not.
pub(crate) fn again(state: &ServerState, id: EndpointId, kept: &str) -> Result<Response, ApiError> {
    let generation: i64 = kept
        .parse()
        .map_err(|_| ApiError::new(ErrorCode::InternalError))?;
    let secret = webhooks::secret_of(&state.app, &id, generation);
    Ok(answer(id, secret).into_response())
}
