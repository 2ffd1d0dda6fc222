//! Who calls, and whether too often. Runs before anything of the request is read.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use likeness_api::error::ErrorCode;
use likeness_app::{Caller, keys};
use likeness_domain::account::ApiKey;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;
use crate::scopes;
use crate::state::ServerState;

/// Finds the caller by `x-api-key` or, without one, by `Authorization: Bearer`, and takes a token from its limit.
pub(crate) async fn authenticate(
    State(state): State<ServerState>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let text = presented_key(request.headers())
        .ok_or_else(|| ApiError::new(ErrorCode::AuthenticationFailed))?;
    let key = find_key(&state, text).await?;
    check_rate(&state, &key)?;
    scopes::check(key.scopes.as_deref(), &request)?;
    let caller = Caller {
        workspace_id: key.workspace_id,
        key_id: key.id,
    };
    tracing::Span::current().record("workspace.id", caller.workspace_id.as_str());
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn presented_key(headers: &HeaderMap) -> Option<&str> {
    if let Some(key) = headers.get("x-api-key") {
        return key.to_str().ok().map(str::trim);
    }
    let bearer = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = bearer.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn find_key(state: &ServerState, text: &str) -> Result<ApiKey, ApiError> {
    let now = state.app.now();
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut found = state.keys.get(&hash).await;
    if found.is_none() {
        found = keys::authenticate(state.app.store(), text, now)
            .await
            .map_err(likeness_app::Error::from)?;
        if let Some(key) = &found {
            state.keys.insert(hash, key.clone()).await;
        }
    }
    found
        .filter(|key| key.is_usable(now))
        .ok_or_else(|| ApiError::new(ErrorCode::AuthenticationFailed))
}

fn check_rate(state: &ServerState, key: &ApiKey) -> Result<(), ApiError> {
    state.limiter.check_key(&key.id).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        // Rounded up, so that a client that waits as told is let in.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        ApiError {
            retry_after: Some(seconds.max(1)),
            ..ApiError::new(ErrorCode::RateLimitExceeded)
        }
    })
}
