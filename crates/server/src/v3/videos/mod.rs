//! Videos.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod body;
mod create;
mod create_batch;
mod delete;
mod dressing;
mod get;
mod get_batch;
mod list;
mod preview;
mod statuses;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_videos, create::create_video))
        .routes(routes!(statuses::bulk_video_statuses))
        .routes(routes!(create_batch::create_video_batch))
        .routes(routes!(get_batch::get_video_batch))
        .routes(routes!(get::get_video, delete::delete_video))
        .routes(routes!(preview::get_video_preview))
}
