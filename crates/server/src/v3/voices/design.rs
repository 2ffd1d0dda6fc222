//! `POST /v3/voices`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::voices::{DesignVoiceRequest, DesignVoiceResponseData};
use likeness_app::voices::{self, NewDesign};
use likeness_domain::avatar::Gender;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody};
use crate::state::ServerState;

/// Longest description, in characters.
const MAX_PROMPT_CHARS: usize = 1000;

/// Finds up to three voices that fit a description.
#[utoipa::path(
    post,
    path = "/v3/voices",
    operation_id = "designVoice",
    tag = "Voices",
    request_body = DesignVoiceRequest,
    responses(
        (status = 200, description = "Successful response", body = Data<DesignVoiceResponseData>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn design_voice(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<DesignVoiceResponseData>>, ApiError> {
    let request: DesignVoiceRequest = body.typed()?;
    let chars = request.prompt.chars().count();
    if !(1..=MAX_PROMPT_CHARS).contains(&chars) || request.prompt.trim().is_empty() {
        let message = format!("prompt has 1 to {MAX_PROMPT_CHARS} characters.");
        return Err(ApiError::invalid("prompt", message));
    }
    let gender = request.gender.as_deref().map(|name| {
        Gender::from_name(&name.trim().to_lowercase())
            .ok_or_else(|| ApiError::invalid("gender", "Must be female or male."))
    });
    // What the document means by its format: a client in another language could not read back a larger one.
    if i64::try_from(request.seed).is_err() {
        let message = format!("Must be at most {}.", i64::MAX);
        return Err(ApiError::invalid("seed", message));
    }
    let new = NewDesign {
        prompt: request.prompt,
        gender: gender.transpose()?,
        locale: request.locale,
        seed: request.seed,
    };
    let found = voices::design(&state.app, &caller, &new).await?;
    let items = found
        .into_iter()
        .map(|voice| convert::voice_item(&state.app, voice));
    Ok(Json(Data {
        data: DesignVoiceResponseData {
            voices: items.collect(),
            seed: new.seed,
        },
    }))
}
