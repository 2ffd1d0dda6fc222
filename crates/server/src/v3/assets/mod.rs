//! Uploaded files.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod delete;
mod get;
mod list;
mod upload;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_assets, upload::upload_asset))
        .routes(routes!(get::get_asset, delete::delete_asset))
}
