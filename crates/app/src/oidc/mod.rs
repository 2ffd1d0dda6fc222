//! `Bearer` tokens of an OpenID Connect issuer that the operator names.
//!
//! A token is a JWT that the issuer signed for this server: signature, issuer, audience and times are checked, and
//! nothing else in it is believed. Why one is refused is logged, never answered.

mod keys;

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use likeness_domain::account::ApiKey;
use likeness_domain::id::WorkspaceId;
use likeness_domain::time::UnixMillis;
use likeness_net::{Guarded, NetConfig};
use likeness_store::{DEFAULT_WORKSPACE, PUBLIC_WORKSPACE};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::App;
use keys::IssuerKeys;

/// Public-key signatures only: with a shared secret, whoever can check a token can make one.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// Longest token that is looked at.
const MAX_TOKEN_LEN: usize = 16 << 10;

/// Whose tokens are taken, and how they are read.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// As it stands in the tokens' `iss`.
    pub issuer: String,
    /// What the tokens' `aud` must have.
    pub audience: String,
    /// Where the issuer's keys are; empty for where its discovery document says.
    pub jwks_url: String,
    /// By how many seconds the clocks may differ.
    pub clock_skew_s: u64,
    /// Claim that names the caller's workspace; empty for the default workspace.
    pub workspace_claim: String,
    /// Claim that has the caller's scopes, as a list or a text with spaces.
    pub scope_claim: String,
    /// Whether a token without any of this server's scopes may do nothing, rather than everything.
    pub require_scopes: bool,
    /// Every scope that this server knows.
    pub known_scopes: Vec<String>,
}

/// Checks tokens. Cheap to clone.
#[derive(Clone)]
pub struct Oidc {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Oidc").field(&self.inner.settings).finish()
    }
}

struct Inner {
    settings: OidcSettings,
    keys: IssuerKeys,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

impl Oidc {
    /// Fails where the addresses are none, or the machine's TLS roots cannot be read.
    pub fn new(settings: OidcSettings) -> anyhow::Result<Self> {
        // The operator named these hosts, not a caller: they may be private, as an issuer in the same network is.
        let mut trusted_hosts = Vec::new();
        for url in [&settings.issuer, &settings.jwks_url] {
            if !url.is_empty() {
                let url: url::Url = url.parse().with_context(|| url.clone())?;
                trusted_hosts.extend(url.host_str().map(str::to_owned));
            }
        }
        let net = Guarded::new(NetConfig {
            trusted_hosts,
            total_timeout: std::time::Duration::from_secs(10),
            ..NetConfig::default()
        })?;
        let (issuer, jwks_url) = (settings.issuer.clone(), settings.jwks_url.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                keys: IssuerKeys::new(net, issuer, jwks_url),
            }),
        })
    }

    /// The caller that the token is of, as a key that nobody stored; `None` if it is not valid.
    pub async fn authenticate(&self, app: &App, token: &str) -> Option<ApiKey> {
        match self.check(app, token).await {
            Ok(caller) => Some(caller),
            Err(reason) => {
                tracing::info!(reason = format!("{reason:#}"), "a token was refused");
                None
            }
        }
    }

    async fn check(&self, app: &App, token: &str) -> anyhow::Result<ApiKey> {
        let settings = &self.inner.settings;
        let claims = self.verify(token).await?;
        let workspace_id = workspace(&claims, &settings.workspace_claim)?;
        let now = app.now();
        let name = workspace_id.as_str();
        app.store()
            .ensure_workspace(&workspace_id, name, now)
            .await?;
        let mut subject = Sha256::new();
        for part in [&settings.issuer, &claims.sub] {
            crate::digest::put(&mut subject, part);
        }
        let skew = i64::try_from(settings.clock_skew_s).unwrap_or(0);
        let ends = claims.exp.saturating_add(skew).saturating_mul(1000);
        Ok(ApiKey {
            id: format!("oidc_{}", &hex::encode(subject.finalize())[..32]).parse()?,
            workspace_id,
            name: String::new(),
            prefix: String::new(),
            hash: [0; 32],
            created_at: now,
            expires_at: Some(UnixMillis(ends)),
            revoked_at: None,
            scopes: scopes(&claims, settings),
        })
    }

    async fn verify(&self, token: &str) -> anyhow::Result<Claims> {
        if token.len() > MAX_TOKEN_LEN {
            bail!("the token is too long");
        }
        let settings = &self.inner.settings;
        let header = decode_header(token)?;
        if !ALGORITHMS.contains(&header.alg) {
            bail!("the algorithm is {:?}", header.alg);
        }
        let jwk = self.inner.keys.find(header.kid.as_deref()).await;
        let jwk = jwk.ok_or_else(|| anyhow!("the issuer has no key {:?}", header.kid))?;
        let mut rules = Validation::new(header.alg);
        rules.set_issuer(&[&settings.issuer]);
        rules.set_audience(&[&settings.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = settings.clock_skew_s;
        let key = DecodingKey::from_jwk(&jwk)?;
        Ok(decode::<Claims>(token, &key, &rules)?.claims)
    }
}

fn workspace(claims: &Claims, claim: &str) -> anyhow::Result<WorkspaceId> {
    if claim.is_empty() {
        return Ok(DEFAULT_WORKSPACE.parse()?);
    }
    let name = claims.rest.get(claim).and_then(Value::as_str);
    let name = name.ok_or_else(|| anyhow!("the token has no {claim}"))?;
    if name == PUBLIC_WORKSPACE {
        bail!("the public workspace is nobody's");
    }
    name.parse().with_context(|| claim.to_owned())
}

/// Those of this server's scopes that the token has; `None` is everything.
fn scopes(claims: &Claims, settings: &OidcSettings) -> Option<Vec<String>> {
    let given: Vec<&str> = match claims.rest.get(&settings.scope_claim) {
        Some(Value::String(text)) => text.split_whitespace().collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_ours = |scope: &&str| settings.known_scopes.iter().any(|known| known == scope);
    let ours: Vec<String> = given
        .into_iter()
        .filter(is_ours)
        .map(str::to_owned)
        .collect();
    (settings.require_scopes || !ours.is_empty()).then_some(ours)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    fn settings(require_scopes: bool) -> OidcSettings {
        OidcSettings {
            issuer: "https://issuer".to_owned(),
            audience: "likeness".to_owned(),
            jwks_url: String::new(),
            clock_skew_s: 60,
            workspace_claim: "team".to_owned(),
            scope_claim: "scope".to_owned(),
            require_scopes,
            known_scopes: vec!["videos:read".to_owned()],
        }
    }

    #[test]
    fn scopes_are_read_from_texts_and_lists() {
        for given in [json!("openid videos:read x"), json!(["videos:read", 7])] {
            let claims = claims(json!({"sub": "a", "exp": 1, "scope": given}));
            let found = scopes(&claims, &settings(false));
            assert_eq!(found, Some(vec!["videos:read".to_owned()]));
        }
        let none = claims(json!({"sub": "a", "exp": 1, "scope": "openid"}));
        assert_eq!(scopes(&none, &settings(false)), None);
        assert_eq!(scopes(&none, &settings(true)), Some(Vec::new()));
    }

    #[test]
    fn a_workspace_is_a_name_that_may_be_one() {
        let of =
            |team: Value| workspace(&claims(json!({"sub": "a", "exp": 1, "team": team})), "team");
        assert_eq!(of(json!("ws_red")).unwrap().as_str(), "ws_red");
        for wrong in [
            json!(null),
            json!(5),
            json!("a b"),
            json!(""),
            json!("ws_public"),
        ] {
            assert!(of(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
