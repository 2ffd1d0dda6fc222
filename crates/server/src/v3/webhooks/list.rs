//! `GET /v3/webhooks/endpoints`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_api::webhooks::WebhookEndpointResponse;
use likeness_app::webhooks;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "webhook_endpoints";

/// Registered endpoints, newest first, without their secrets.
#[utoipa::path(
    get,
    path = "/v3/webhooks/endpoints",
    operation_id = "listWebhookEndpoints",
    tag = "Webhooks",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<WebhookEndpointResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_webhook_endpoints(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<WebhookEndpointResponse>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=100, 10)?;
    let found = webhooks::list(&state.app, &caller, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        convert::endpoint,
    )))
}
