//! `POST /v3/voices/speech`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::voices::{SpeechInputType, TextToSpeechRequest, TextToSpeechResponseData};
use likeness_app::speech::{self, NewSpeech};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, parse_id};
use crate::state::ServerState;

/// Longest text, in characters.
const MAX_TEXT_CHARS: usize = 5000;

/// Speaks text and answers with an audio link.
#[utoipa::path(
    post,
    path = "/v3/voices/speech",
    operation_id = "createSpeechV3",
    tag = "Voices",
    request_body = TextToSpeechRequest,
    responses(
        (status = 200, description = "Successful response", body = Data<TextToSpeechResponseData>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_speech(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<TextToSpeechResponseData>>, ApiError> {
    let request: TextToSpeechRequest = body.typed()?;
    if !(1..=MAX_TEXT_CHARS).contains(&request.text.chars().count()) {
        let message = format!("text has 1 to {MAX_TEXT_CHARS} characters.");
        return Err(ApiError::invalid("text", message));
    }
    if !(0.5..=2.0).contains(&request.speed) {
        return Err(ApiError::invalid("speed", "Must be from 0.5 to 2."));
    }
    let new = NewSpeech {
        voice_id: parse_id(&request.voice_id, "voice_id")?,
        ssml: request.input_type == SpeechInputType::Ssml,
        text: request.text,
        speed: request.speed,
        locale: request.locale.or(request.language),
    };
    let spoken = speech::create(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: convert::speech(&state.app, spoken),
    }))
}
