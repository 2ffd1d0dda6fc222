//! Who calls, and whether too often. Runs before anything of the request is read.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use likeness_api::error::ErrorCode;
use likeness_app::{Caller, keys};
use likeness_domain::account::ApiKey;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;
use crate::state::ServerState;
use crate::{idempotency, scopes, test_header};

/// The one way in to every operation: who calls, what a test caller wishes, and whether it was answered before. One layer,
/// as each costs every request.
pub(crate) async fn admit(
    State(state): State<ServerState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    authenticate(&state, &mut parts).await?;
    test_header::grant(&parts).await?;
    idempotency::replay(&state, Request::from_parts(parts, body), next).await
}

/// Finds the caller by `x-api-key` or, without one, by `Authorization: Bearer` (a key, or a token of the operator's
/// issuer), and takes a token from its limit.
async fn authenticate(state: &ServerState, request: &mut Parts) -> Result<(), ApiError> {
    let presented = presented(&request.headers)
        .ok_or_else(|| ApiError::new(ErrorCode::AuthenticationFailed))?;
    let key = find_caller(state, presented).await?;
    check_rate(state, &key)?;
    scopes::check(key.scopes.as_deref(), request)?;
    let caller = Caller {
        workspace_id: key.workspace_id.clone(),
        key_id: key.id.clone(),
    };
    tracing::Span::current().record("workspace.id", caller.workspace_id.as_str());
    request.extensions.insert(caller);
    Ok(())
}

/// What a request shows of its caller.
#[derive(Clone, Copy)]
enum Presented<'a> {
    Key(&'a str),
    /// A key, or a token of the issuer.
    Bearer(&'a str),
}

fn presented(headers: &HeaderMap) -> Option<Presented<'_>> {
    if let Some(key) = headers.get("x-api-key") {
        return key.to_str().ok().map(|key| Presented::Key(key.trim()));
    }
    let bearer = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = bearer.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| Presented::Bearer(token.trim()))
}

async fn find_caller(
    state: &ServerState,
    presented: Presented<'_>,
) -> Result<Arc<ApiKey>, ApiError> {
    let now = state.app.now();
    let (Presented::Key(text) | Presented::Bearer(text)) = presented;
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let asked_at = Instant::now();
    let mut found = state.keys.get(&hash, asked_at);
    if found.is_none() {
        let asked = match (&state.oidc, presented) {
            (Some(oidc), Presented::Bearer(token)) if !keys::is_like_a_key(token) => {
                oidc.authenticate(&state.app, token).await
            }
            _ => keys::authenticate(state.app.store(), text, now)
                .await
                .map_err(likeness_app::Error::from)?,
        };
        found = asked.map(Arc::new);
        if let Some(key) = &found {
            state.keys.remember(hash, key, asked_at);
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
