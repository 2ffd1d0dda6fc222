//! What all handlers share.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use likeness_app::App;
use likeness_app::oidc::Oidc;
use likeness_domain::id::KeyId;

use crate::known_keys::KnownKeys;
use crate::page::Tokens;

/// How the server treats its callers.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Requests a key may make in a second, on average.
    pub requests_per_second: NonZeroU32,
    /// Requests a key may make at once after a pause.
    pub burst: NonZeroU32,
    /// How long a request may take before it is answered with 408.
    pub request_timeout: Duration,
    /// Origins whose pages may call this server from a browser; `*` is any.
    pub cors_origins: Vec<HeaderValue>,
    /// Bytes that `GET /bare` answers, for measuring; 0 for no such route.
    pub bare_body_bytes: usize,
    /// Folder for uploads while they arrive.
    pub scratch_dir: std::path::PathBuf,
}

/// One pointer, as every layer and handler of every request has a copy.
#[derive(Clone)]
pub struct ServerState {
    shared: Arc<Shared>,
}

/// What a [`ServerState`] leads to; of use in this crate only.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Shared {
    pub(crate) app: App,
    pub(crate) settings: ServerSettings,
    pub(crate) keys: KnownKeys,
    pub(crate) limiter: DefaultKeyedRateLimiter<KeyId>,
    pub(crate) tokens: Tokens,
    pub(crate) oidc: Option<Oidc>,
}

impl std::ops::Deref for ServerState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl std::fmt::Debug for ServerState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerState")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl ServerState {
    /// `secret` signs page tokens; `oidc` checks tokens that are no keys.
    pub fn new(app: App, settings: ServerSettings, secret: [u8; 32], oidc: Option<Oidc>) -> Self {
        let quota = Quota::per_second(settings.requests_per_second).allow_burst(settings.burst);
        let shared = Shared {
            app,
            settings,
            keys: KnownKeys::default(),
            limiter: RateLimiter::keyed(quota),
            tokens: Tokens::new(secret),
            oidc,
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}
