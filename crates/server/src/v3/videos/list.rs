//! `GET /v3/videos`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_api::videos::VideoDetail;
use likeness_app::videos::{self, VideoFilter};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "videos";

/// All videos of the account, newest first.
#[utoipa::path(
    get,
    path = "/v3/videos",
    operation_id = "listVideosV3",
    tag = "Videos",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
        ("folder_id" = Option<String>, Query, description = "Only items in this folder."),
        ("title" = Option<String>, Query, min_length = 1, description = "Part of the title."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<VideoDetail>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_videos(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<VideoDetail>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=100, 10)?;
    let filter = VideoFilter {
        title: query.filled("title")?.map(str::to_owned),
        folder_id: query.text("folder_id").map(str::to_owned),
    };
    let found = videos::list(&state.app, &caller, &filter, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        |video| convert::video(&state.app, video),
    )))
}
