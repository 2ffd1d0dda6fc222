//! `POST /v3/webhooks/endpoints`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::webhooks::{
    CreateWebhookEndpointRequest, WebhookEndpointResponse, WebhookEventType,
};
use likeness_app::webhooks::{self, NewEndpoint};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Registers an endpoint; only this answer and a rotation show its secret.
#[utoipa::path(
    post,
    path = "/v3/webhooks/endpoints",
    operation_id = "createWebhookEndpoint",
    tag = "Webhooks",
    request_body = CreateWebhookEndpointRequest,
    responses(
        (status = 200, description = "Successful response", body = Data<WebhookEndpointResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_webhook_endpoint(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<WebhookEndpointResponse>>, ApiError> {
    let request: CreateWebhookEndpointRequest = body.typed()?;
    let new = NewEndpoint {
        url: request.url,
        events: request.events.map(names),
        entity_id: request.entity_id,
    };
    let (endpoint, secret) = webhooks::create(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: WebhookEndpointResponse {
            secret: Some(secret),
            ..convert::endpoint(endpoint)
        },
    }))
}

pub(super) fn names(events: Vec<WebhookEventType>) -> Vec<String> {
    let names = events.into_iter().map(|event| event.as_str().to_owned());
    names.collect()
}
