//! Looks.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod delete;
mod get;
mod list;
mod update;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_avatar_looks))
        .routes(routes!(
            get::get_avatar_look,
            delete::delete_avatar_look,
            update::update_avatar_look
        ))
}
