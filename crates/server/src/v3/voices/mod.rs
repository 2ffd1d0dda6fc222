//! Voices.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod clone;
mod delete;
mod design;
mod get;
mod list;
mod speech;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_voices))
        .routes(routes!(design::design_voice))
        .routes(routes!(clone::clone_voice))
        .routes(routes!(speech::create_speech))
        .routes(routes!(get::get_voice))
        .routes(routes!(delete::delete_voice))
}
