//! `GET /v3/voices`

use axum::Json;
use axum::extract::State;
use likeness_api::error::ErrorBody;
use likeness_api::page::List;
use likeness_api::voices::{AudioVoiceItem, AudioVoiceType};
use likeness_app::voices::{self, VoiceFilter};
use likeness_domain::avatar::Gender;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, Query};
use crate::state::ServerState;

/// The list's name in its page tokens.
const LIST: &str = "voices";

/// Public or private voices.
#[utoipa::path(
    get,
    path = "/v3/voices",
    operation_id = "listVoicesV3",
    tag = "Voices",
    params(
        ("type" = inline(Option<AudioVoiceType>), Query,
            description = "public: shared library; private: own clones."),
        ("engine" = Option<String>, Query, description = "Only voices that work with this engine, e.g. starfish."),
        ("language" = Option<String>, Query, description = "Language name, e.g. English."),
        ("gender" = Option<String>, Query, description = "male or female."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Items per page."),
        ("token" = Option<String>, Query, description = "Cursor of the page before."),
    ),
    responses(
        (status = 200, description = "Successful response", body = List<AudioVoiceItem>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn list_voices(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Json<List<AudioVoiceItem>>, ApiError> {
    let page = query.page(&state, &caller, LIST, 1..=100, 20)?;
    let genders = [Gender::Female, Gender::Male];
    let filter = VoiceFilter {
        private: query
            .choice("type", &[("public", false), ("private", true)])?
            .unwrap_or(false),
        language: query.text("language").map(str::to_owned),
        gender: query.choice("gender", &genders.map(|g| (g.as_str(), g)))?,
        engine: query.text("engine").map(str::to_owned),
    };
    let found = voices::list(&state.app, &caller, &filter, &page).await?;
    Ok(Json(state.tokens.list(
        &caller.workspace_id,
        LIST,
        found,
        |voice| convert::voice_item(&state.app, voice),
    )))
}
