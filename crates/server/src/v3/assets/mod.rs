//! Uploaded files.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod complete;
mod complete_batch;
mod create_upload;
mod create_upload_batch;
mod delete;
mod get;
mod get_batch;
mod list;
mod search;
mod statuses;
mod upload;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_assets, upload::upload_asset))
        .routes(routes!(search::search_assets))
        .routes(routes!(statuses::bulk_asset_statuses))
        .routes(routes!(create_upload::create_asset_upload))
        .routes(routes!(create_upload_batch::create_asset_upload_batch))
        .routes(routes!(complete_batch::complete_asset_batch))
        .routes(routes!(get_batch::get_asset_batch))
        .routes(routes!(complete::complete_asset_upload))
        .routes(routes!(get::get_asset, delete::delete_asset))
}
