//! What wraps every request: its id, its line in the log, its time limit, and the catch for panics.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use likeness_api::error::ErrorCode;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::error::ApiError;
use crate::state::ServerState;

/// The header that names a request, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a caller.
const MAX_REQUEST_ID_LEN: usize = 128;

/// Outermost: whatever happens inside, the answer is named and logged.
pub(crate) async fn identify(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|given| is_sane(given))
        .cloned()
        .unwrap_or_else(fresh_id);
    // Only the path is logged: queries of signed links must not be.
    let span = tracing::info_span!(
        "request",
        request.id = id.to_str().unwrap_or(""),
        method = %request.method(),
        path = request.uri().path(),
        workspace.id = tracing::field::Empty,
    );
    let started = std::time::Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), duration_ms, "answered"));
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn is_sane(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=MAX_REQUEST_ID_LEN).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

/// A UUID of version 4. Its bits come from the thread's generator, as asking the system costs a call each time.
fn fresh_id() -> HeaderValue {
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
        .unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

pub(crate) async fn limit_time(
    State(state): State<ServerState>,
    request: Request,
    next: Next,
) -> Response {
    match tokio::time::timeout(state.settings.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(ErrorCode::RequestTimeout).into_response(),
    }
}

/// Most that is read of a body after its request was answered.
const MAX_DRAINED: usize = 64 << 20;

/// Reads what an answer left of its request's body, as a refusal does. A client that is still sending would otherwise
/// meet a broken connection instead of the answer.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    if axum::body::HttpBody::is_end_stream(request.body()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let rest = Arc::new(Mutex::new(body.into_data_stream()));
    let shared = rest.clone();
    let body = Body::from_stream(futures::stream::poll_fn(move |context| {
        lock(&shared).poll_next_unpin(context)
    }));
    let response = next.run(Request::from_parts(parts, body)).await;
    let mut left = MAX_DRAINED;
    while let Some(Ok(piece)) = futures::future::poll_fn(|c| lock(&rest).poll_next_unpin(c)).await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            break;
        }
    }
    response
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handler that panicked answers 500 and takes nothing else with it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer calls it with the box"
)]
pub(crate) fn caught(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = text, "a handler panicked");
    ApiError::new(ErrorCode::InternalError).into_response()
}
