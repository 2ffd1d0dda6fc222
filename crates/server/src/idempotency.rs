//! `Idempotency-Key`: operations that make something make it once, however often the request comes.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use likeness_api::error::ErrorCode;
use likeness_app::idempotency::{self, Begun, Claim};
use likeness_app::{App, Caller};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::error::ApiError;
use crate::state::ServerState;
use crate::v3::rotate_secret;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Where the contract honours the header, of what is built; and where a secret is rotated, as that path has an id in it.
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

/// In an answer that shows a secret: what to keep instead of it, so that the secret can be made again.
#[derive(Debug, Clone)]
pub(crate) struct Kept(pub String);

/// Answers a repeated request with the first one's answer. Runs once the caller is known.
///
/// A first request is carried out to its end even if its client goes away meanwhile, as one does whose patience is over:
/// the answer is what it will ask for again.
pub(crate) async fn replay(
    state: &ServerState,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let rotated = rotate_secret::endpoint_of(path);
    let honoured = PATHS.contains(&path) || rotated.is_some() || is_consent(path);
    let key = request.headers().get(&HEADER);
    let key = key.filter(|_| honoured && request.method() == Method::POST);
    let caller = request.extensions().get::<Caller>();
    let (Some(key), Some(caller)) = (key, caller) else {
        return Ok(next.run(request).await);
    };
    let key = String::from_utf8_lossy(key.as_bytes()).into_owned();
    let operation = format!("POST {path}");
    let patience = state.settings.request_timeout;
    match idempotency::begin(&state.app, caller, &operation, &key, patience).await? {
        Begun::Answered { status, body } => match rotated {
            Some(endpoint) if status == 200 => rotate_secret::again(state, endpoint, &body),
            _ => Ok(answer(status, body)),
        },
        Begun::UnderWay => Err(ApiError {
            retry_after: Some(1),
            ..ApiError::new(ErrorCode::RequestInProgress)
        }),
        Begun::First(claim) => {
            let (app, client) = (state.app.clone(), CancellationToken::new());
            let gone = client.clone();
            let first = async move { keep(&app, &claim, next.run(request).await, &gone).await };
            // Cancelled when the client's own future is dropped.
            let _there = client.drop_guard();
            let first = tokio::spawn(first.in_current_span()).await;
            first.map_err(|error| ApiError::from(likeness_app::Error::Internal(error.into())))?
        }
    }
}

/// `/v3/avatars/{group_id}/consent`
fn is_consent(path: &str) -> bool {
    let group = path
        .strip_prefix("/v3/avatars/")
        .and_then(|rest| rest.strip_suffix("/consent"));
    group.is_some_and(|group| !group.contains('/'))
}

fn answer(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

/// Keeps the answer, unless the server was at fault or the caller was too quick: those may be tried again. So may what was
/// refused because the client went away in the middle of its body.
async fn keep(
    app: &App,
    claim: &Claim,
    response: Response,
    gone: &CancellationToken,
) -> Result<Response, ApiError> {
    let status = response.status();
    let broken_off = status.is_client_error() && gone.is_cancelled();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || broken_off {
        idempotency::forget(app, claim).await?;
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes: Bytes = axum::body::to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|error| ApiError::from(likeness_app::Error::Internal(error.into())))?;
    let kept = match parts.extensions.remove::<Kept>() {
        Some(Kept(text)) => text,
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    idempotency::keep(app, claim, status.as_u16(), &kept).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
