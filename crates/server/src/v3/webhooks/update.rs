//! `PATCH /v3/webhooks/endpoints/{endpoint_id}`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::webhooks::{self as wire, UpdateWebhookEndpointRequest, WebhookEndpointResponse};
use likeness_app::webhooks::{self, EventsChange};

use super::create::names;
use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam};
use crate::state::ServerState;

/// Changes URL or events; an endpoint that was turned off for failing is on again.
#[utoipa::path(
    patch,
    path = "/v3/webhooks/endpoints/{endpoint_id}",
    operation_id = "updateWebhookEndpoint",
    tag = "Webhooks",
    params(("endpoint_id" = String, Path, description = "Webhook endpoint id")),
    request_body = Option<UpdateWebhookEndpointRequest>,
    responses(
        (status = 200, description = "Successful response", body = Data<WebhookEndpointResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn update_webhook_endpoint(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    body: JsonBody,
) -> Result<Json<Data<WebhookEndpointResponse>>, ApiError> {
    let id = path.id("endpoint_id")?;
    let request: UpdateWebhookEndpointRequest = body.typed()?;
    let events = match request.events {
        wire::EventsChange::Keep => EventsChange::Keep,
        wire::EventsChange::All => EventsChange::All,
        wire::EventsChange::Only(events) => EventsChange::Only(names(events)),
    };
    let endpoint = webhooks::update(&state.app, &caller, &id, request.url, events).await?;
    Ok(Json(Data {
        data: convert::endpoint(endpoint),
    }))
}
