//! `POST /v3/webhooks/events/{event_id}/redeliver`, which the contract does not have.

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::webhooks::{RedeliverEventRequest, RedeliverEventResponse};
use likeness_app::webhooks;
use likeness_domain::id::{EndpointId, EventId};

use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam, parse_id};
use crate::state::ServerState;

/// Beyond the contract: tells an event once more, to one endpoint or to all that want it.
#[utoipa::path(
    post,
    path = "/v3/webhooks/events/{event_id}/redeliver",
    operation_id = "redeliverWebhookEvent",
    tag = "Webhooks",
    params(("event_id" = String, Path, description = "Event id")),
    request_body = Option<RedeliverEventRequest>,
    responses(
        (status = 200, description = "Successful response", body = Data<RedeliverEventResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn redeliver_webhook_event(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    body: JsonBody,
) -> Result<Json<Data<RedeliverEventResponse>>, ApiError> {
    let id: EventId = path.id("event_id")?;
    let request: RedeliverEventRequest = body.typed()?;
    let endpoint = request.endpoint_id.as_deref();
    let endpoint: Option<EndpointId> = endpoint
        .map(|text| parse_id(text, "endpoint_id"))
        .transpose()?;
    let deliveries = webhooks::redeliver(&state.app, &caller, &id, endpoint.as_ref()).await?;
    Ok(Json(Data {
        data: RedeliverEventResponse {
            event_id: id.into(),
            deliveries,
        },
    }))
}
