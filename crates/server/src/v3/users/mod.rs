//! The account.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod me;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new().routes(routes!(me::get_current_user))
}
