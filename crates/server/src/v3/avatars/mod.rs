//! Avatar groups.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

mod create;
mod create_consent;
mod delete_group;
mod get_group;
mod list;
mod update_group;

pub(super) fn operations() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_avatar_groups, create::create_avatar))
        .routes(routes!(create_consent::create_avatar_consent))
        .routes(routes!(
            get_group::get_avatar_group,
            delete_group::delete_avatar_group,
            update_group::update_avatar_group
        ))
}
