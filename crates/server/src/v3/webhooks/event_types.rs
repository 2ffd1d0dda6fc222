//! `GET /v3/webhooks/event-types`

use axum::Json;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_api::webhooks::{WebhookEventType, WebhookEventTypeItem};

use crate::error::ApiError;
use crate::extract::Authenticated;

/// Every kind of event that an endpoint can ask for.
#[utoipa::path(
    get,
    path = "/v3/webhooks/event-types",
    operation_id = "listWebhookEventTypes",
    tag = "Webhooks",
    responses(
        (status = 200, description = "Successful response", body = List<WebhookEventTypeItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_webhook_event_types(
    Authenticated(_caller): Authenticated,
) -> Result<Json<List<WebhookEventTypeItem>>, ApiError> {
    let items = WebhookEventType::ALL
        .iter()
        .map(|kind| WebhookEventTypeItem {
            event_type: kind.as_str().to_owned(),
            description: kind.description().to_owned(),
        });
    Ok(Json(List {
        data: items.collect(),
        has_more: false,
        next_token: None,
    }))
}
