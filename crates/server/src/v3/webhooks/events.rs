//! `GET /v3/webhooks/events`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_api::webhooks::{WebhookEventResponse, WebhookEventType};
use likeness_app::webhooks;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "webhook_events";

/// What has happened, newest first, whether or not an endpoint was told.
#[utoipa::path(
    get,
    path = "/v3/webhooks/events",
    operation_id = "listWebhookEvents",
    tag = "Webhooks",
    params(
        ("event_type" = Option<WebhookEventType>, Query, description = "Only events of this type."),
        ("entity_id" = Option<String>, Query, description = "Only events of this entity."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<WebhookEventResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_webhook_events(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<WebhookEventResponse>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=100, 10)?;
    let kind = match query.text("event_type") {
        Some(name) if WebhookEventType::from_name(name).is_none() => {
            return Err(ApiError::invalid(
                "event_type",
                "There is no such event type.",
            ));
        }
        kind => kind,
    };
    let entity = query.text("entity_id");
    let found = webhooks::events(&state.app, &caller, kind, entity, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        convert::event,
    )))
}
