//! Webhook endpoints and events.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod create;
mod delete;
mod event_types;
mod events;
mod list;
mod redeliver;
pub(crate) mod rotate_secret;
mod update;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(
            list::list_webhook_endpoints,
            create::create_webhook_endpoint
        ))
        .routes(routes!(
            update::update_webhook_endpoint,
            delete::delete_webhook_endpoint
        ))
        .routes(routes!(rotate_secret::rotate_webhook_endpoint_secret))
        .routes(routes!(event_types::list_webhook_event_types))
        .routes(routes!(events::list_webhook_events))
        .routes(routes!(redeliver::redeliver_webhook_event))
}
