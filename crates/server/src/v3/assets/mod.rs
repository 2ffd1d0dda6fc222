//! Uploaded files.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod get;
mod upload;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(upload::upload_asset))
        .routes(routes!(get::get_asset))
}
