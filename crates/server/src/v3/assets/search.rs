//! `GET /v3/assets/search`

use axum::Json;
use axum::extract::State;
use likeness_api::assets::{AssetSearchItem, SearchKind, SearchScope};
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_app::search::{self, Picture, Scope};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "assets/search";

/// Longest query, in characters.
const MAX_QUERY_CHARS: usize = 1000;

/// Images or icons ranked by likeness to the query.
#[utoipa::path(
    get,
    path = "/v3/assets/search",
    operation_id = "searchAssets",
    tag = "Assets",
    params(
        ("query" = String, Query, min_length = 1, max_length = 1000,
            description = "Free text; results come ranked by likeness."),
        ("type" = inline(SearchKind), Query, description = "Kind of picture to search."),
        ("scope" = inline(Option<SearchScope>), Query,
            description = "public: shared catalogue; personal: own workspace."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<AssetSearchItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn search_assets(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<AssetSearchItem>>, ApiError> {
    let text = query
        .text("query")
        .filter(|text| text.chars().count() <= MAX_QUERY_CHARS)
        .ok_or_else(|| ApiError::invalid("query", "'query' has 1 to 1000 characters."))?;
    let kind = query
        .choice(
            "type",
            &[("image", Picture::Image), ("icon", Picture::Icon)],
        )?
        .ok_or_else(|| ApiError::invalid("type", "'type' is required: image or icon."))?;
    let scopes = [("public", Scope::Public), ("personal", Scope::Personal)];
    let scope = query.choice("scope", &scopes)?.unwrap_or(Scope::Public);
    let page = query.page(&state, &caller, LIST, 1..=50, 20)?;
    let found = search::assets(&state.app, &caller, text, kind, scope, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        |asset| convert::found_asset(&state.app, asset),
    )))
}
