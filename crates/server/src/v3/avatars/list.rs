//! `GET /v3/avatars`

use axum::Json;
use axum::extract::State;
use likeness_api::avatars::AvatarGroupItem;
use likeness_api::error::ErrorBody;
use likeness_api::page::{List, Ownership};
use likeness_app::avatars;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "avatars";

/// Groups the caller can see, newest first.
#[utoipa::path(
    get,
    path = "/v3/avatars",
    operation_id = "listAvatarGroups",
    tag = "Avatars",
    params(
        ("ownership" = inline(Option<Ownership>), Query,
            description = "public: shared avatars; private: the caller's own; omitted: both."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<AvatarGroupItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_avatar_groups(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<AvatarGroupItem>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=50, 20)?;
    let groups = avatars::list_groups(&state.app, &caller, query.ownership()?, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        groups,
        |group| convert::group(&state.app, group),
    )))
}
