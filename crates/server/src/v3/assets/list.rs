//! `GET /v3/assets`

use axum::Json;
use axum::extract::State;
use likeness_api::assets::GetAssetV3Response;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_app::assets;
use likeness_domain::page::Page;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "assets";

/// A member's assets, newest first. The one member of a workspace is called like the workspace.
#[utoipa::path(
    get,
    path = "/v3/assets",
    operation_id = "listAssets",
    tag = "Assets",
    params(
        ("username" = String, Query, description = "Owner whose assets to list."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
        ("folder_id" = Option<String>, Query,
            description = "Folder id; empty value means the root; omitted means every folder."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<GetAssetV3Response>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_assets(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<GetAssetV3Response>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=100, 20)?;
    let username = query
        .text("username")
        .ok_or_else(|| ApiError::invalid("username", "'username' is required."))?;
    // Nobody else is in the workspace, and there are no folders: such a list is empty.
    let found = if username == caller.workspace_id.as_str() && query.text("folder_id").is_none() {
        assets::list(&state.app, &caller, &page).await?
    } else {
        Page {
            items: Vec::new(),
            next: None,
        }
    };
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        |asset| convert::asset(&state.app, asset),
    )))
}
