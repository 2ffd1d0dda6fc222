//! Voices.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod list;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new().routes(routes!(list::list_voices))
}
