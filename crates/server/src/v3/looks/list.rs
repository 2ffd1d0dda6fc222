//! `GET /v3/avatars/looks`

use axum::Json;
use axum::extract::State;
use likeness_api::avatars::{AvatarLookItem, AvatarLookType};
use likeness_api::error::ErrorBody;
use likeness_api::page::{List, Ownership};
use likeness_app::looks::{self, LookFilter};
use likeness_domain::avatar::LookType;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query, parse_id};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "looks";

/// Looks the caller can see, newest first; a look id is the `avatar_id` of a video.
#[utoipa::path(
    get,
    path = "/v3/avatars/looks",
    operation_id = "listAvatarLooks",
    tag = "Avatars",
    params(
        ("group_id" = Option<String>, Query, description = "Only looks of this group."),
        ("avatar_type" = Option<AvatarLookType>, Query, description = "Only looks of this type."),
        ("ownership" = inline(Option<Ownership>), Query,
            description = "public: shared avatars; private: the caller's own; omitted: both."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<AvatarLookItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_avatar_looks(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<AvatarLookItem>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=50, 20)?;
    let types = [
        LookType::StudioAvatar,
        LookType::DigitalTwin,
        LookType::PhotoAvatar,
    ];
    let filter = LookFilter {
        group_id: query
            .text("group_id")
            .map(|id| parse_id(id, "group_id"))
            .transpose()?,
        look_type: query.choice("avatar_type", &types.map(|t| (t.as_str(), t)))?,
        ownership: query.ownership()?,
    };
    let looks = looks::list(&state.app, &caller, &filter, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        looks,
        |look| convert::look(&state.app, look),
    )))
}
