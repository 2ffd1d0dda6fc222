//! The audio library.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod sounds;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new().routes(routes!(sounds::search_sounds))
}
