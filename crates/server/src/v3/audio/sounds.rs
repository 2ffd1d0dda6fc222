//! `GET /v3/audio/sounds`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_api::sounds::{AudioContentType, AudioSoundItem};
use likeness_app::sounds::{self, Kind};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "audio/sounds";

/// Longest query, in characters.
const MAX_QUERY_CHARS: usize = 5000;

/// What is dropped where the caller does not say.
const LEAST_SCORE: f32 = 0.7;

/// Tracks ranked by likeness to the query.
#[utoipa::path(
    get,
    path = "/v3/audio/sounds",
    operation_id = "searchAudioSounds",
    tag = "Audio",
    params(
        ("query" = String, Query, min_length = 1, max_length = 5000,
            description = "Free text; results come ranked by likeness."),
        ("type" = inline(Option<AudioContentType>), Query, description = "Catalogue to search."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "Items per page."),
        ("min_score" = Option<f32>, Query, minimum = 0, maximum = 1, description = "Drop results scoring lower."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<AudioSoundItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn search_sounds(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<AudioSoundItem>>, ApiError> {
    let text = query
        .text("query")
        .filter(|text| text.chars().count() <= MAX_QUERY_CHARS)
        .ok_or_else(|| ApiError::invalid("query", "'query' has 1 to 5000 characters."))?;
    let kinds = [("music", Kind::Music), ("sound_effects", Kind::Effect)];
    let kind = query.choice("type", &kinds)?.unwrap_or(Kind::Music);
    let least_score = least_score(&query)?;
    let page = query.page(&state, &caller, LIST, 1..=50, 10)?;
    let found = sounds::search(&state.app, text, kind, least_score, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        |sound| convert::sound_item(&state.app, &sound),
    )))
}

fn least_score(query: &Query) -> Result<f32, ApiError> {
    let Some(text) = query.filled("min_score")? else {
        return Ok(LEAST_SCORE);
    };
    let score = text.parse().ok();
    score
        .filter(|score| (0.0..=1.0).contains(score))
        .ok_or_else(|| ApiError::invalid("min_score", "Must be a number from 0 to 1."))
}
