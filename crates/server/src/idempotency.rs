//! `Idempotency-Key`: operations that make something make it once, however often the request comes.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use likeness_api::error::ErrorCode;
use likeness_app::idempotency::{self, Begun, Claim};
use likeness_app::{App, Caller};

use crate::error::ApiError;
use crate::state::ServerState;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Where the contract honours the header, of what is built. Rotating a secret is left out: its answer would have to be
/// kept readable.
const PATHS: &[&str] = &[
    "/v3/videos",
    "/v3/videos/batches",
    "/v3/avatars",
    "/v3/assets",
    "/v3/assets/direct-uploads",
    "/v3/assets/direct-uploads/batches",
];

/// Largest answer that is kept. Those of the operations above are a few hundred bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Answers a repeated request with the first one's answer. Runs once the caller is known.
pub(crate) async fn replay(
    state: &ServerState,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let honoured = request.method() == Method::POST && PATHS.contains(&path);
    let key = request.headers().get(&HEADER).filter(|_| honoured);
    let caller = request.extensions().get::<Caller>();
    let (Some(key), Some(caller)) = (key, caller) else {
        return Ok(next.run(request).await);
    };
    let key = String::from_utf8_lossy(key.as_bytes()).into_owned();
    let operation = format!("POST {path}");
    let patience = state.settings.request_timeout;
    match idempotency::begin(&state.app, caller, &operation, &key, patience).await? {
        Begun::Answered { status, body } => Ok(answer(status, body)),
        Begun::UnderWay => Err(ApiError {
            retry_after: Some(1),
            ..ApiError::new(ErrorCode::RequestInProgress)
        }),
        Begun::First(claim) => keep(&state.app, &claim, next.run(request).await).await,
    }
}

fn answer(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

/// Keeps the answer, unless the server was at fault or the caller was too quick: those may be tried again.
async fn keep(app: &App, claim: &Claim, response: Response) -> Result<Response, ApiError> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        idempotency::forget(app, claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes: Bytes = axum::body::to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|error| ApiError::from(likeness_app::Error::Internal(error.into())))?;
    let text = String::from_utf8_lossy(&bytes);
    idempotency::keep(app, claim, status.as_u16(), &text).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
