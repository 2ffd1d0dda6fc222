//! The issuer's public keys: fetched when they are needed, kept, and fetched again when a new one shows up.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use likeness_net::Guarded;
use serde::Deserialize;
use tokio::sync::Mutex;

/// How long keys are used before they are fetched again.
const FRESH: Duration = Duration::from_mins(10);

/// Shortest time between two fetches, so that tokens with made-up key ids do not become calls to the issuer.
const PAUSE: Duration = Duration::from_secs(5);

/// The same while there are no keys at all.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Largest document that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Where the keys are, and those that were found there.
pub(super) struct IssuerKeys {
    net: Guarded,
    issuer: String,
    /// Empty: named by the issuer's discovery document.
    jwks_url: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Option<JwkSet>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

impl Kept {
    /// The key with the id, or the only key for a token that names none.
    fn find(&self, kid: Option<&str>) -> Option<Jwk> {
        let keys = self.keys.as_ref()?;
        match kid {
            Some(kid) => keys.find(kid).cloned(),
            None => match keys.keys.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
        }
    }

    fn is_fresh(&self) -> bool {
        self.fetched.is_some_and(|at| at.elapsed() < FRESH)
    }

    fn may_fetch(&self) -> bool {
        let pause = if self.keys.is_some() {
            PAUSE
        } else {
            FIRST_PAUSE
        };
        self.tried.is_none_or(|at| at.elapsed() >= pause)
    }
}

impl IssuerKeys {
    pub(super) fn new(net: Guarded, issuer: String, jwks_url: String) -> Self {
        Self {
            net,
            issuer,
            jwks_url,
            kept: Mutex::default(),
        }
    }

    /// The key that a token says it is signed with. Waiting for the lock is waiting for the one fetch under way. While
    /// the issuer does not answer, the keys that are there go on being used.
    pub(super) async fn find(&self, kid: Option<&str>) -> Option<Jwk> {
        let mut kept = self.kept.lock().await;
        let found = kept.find(kid);
        if (found.is_some() && kept.is_fresh()) || !kept.may_fetch() {
            return found;
        }
        kept.tried = Some(Instant::now());
        match self.fetch().await {
            Ok(keys) => {
                kept.keys = Some(keys);
                kept.fetched = Some(Instant::now());
                kept.find(kid)
            }
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the issuer's keys cannot be read"
                );
                found
            }
        }
    }

    async fn fetch(&self) -> anyhow::Result<JwkSet> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: String,
        }
        let url = if self.jwks_url.is_empty() {
            let base = self.issuer.trim_end_matches('/');
            let path = format!("{base}/.well-known/openid-configuration");
            let found: Discovery = self.read(&path).await?;
            if found.issuer != self.issuer {
                bail!("{path} is of the issuer {}", found.issuer);
            }
            found.jwks_uri
        } else {
            self.jwks_url.clone()
        };
        self.read(&url).await
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, url: &str) -> anyhow::Result<T> {
        let fetched = self.net.fetch(url, MAX_BYTES).await;
        let bytes = fetched.with_context(|| url.to_owned())?.bytes;
        serde_json::from_slice(&bytes).with_context(|| url.to_owned())
    }
}
