//! A real OpenID Connect issuer on this machine: discovery, keys, and tokens of its own.

use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// A key pair of the issuer.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
    /// The public half as the key set shows it.
    pub(crate) public: Value,
}

impl SigningKey {
    pub(crate) fn elliptic(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let document = pair.to_pkcs8v1().unwrap();
        let public = pair.public_key().as_ref();
        let (x, y) = public[1..].split_at(32);
        let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::ES256,
            private: EncodingKey::from_ec_der(document.as_ref()),
            public: json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y}),
        }
    }

    pub(crate) fn rsa(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let document = pair.as_der().unwrap();
        let public = pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let modulus = number(public.modulus().big_endian_without_leading_zero());
        let exponent = number(public.exponent().big_endian_without_leading_zero());
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(&rsa_inside(document.as_ref())),
            public: json!({"kty": "RSA", "kid": kid, "n": modulus, "e": exponent}),
        }
    }

    /// Signs the claims, naming this key.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
}

/// The RSA key inside a PKCS #8 document: it is the last field, an octet string, and it begins with a sequence.
fn rsa_inside(pkcs8: &[u8]) -> Vec<u8> {
    // After the algorithm's `05 00` comes `04 82 hh ll`, then the key.
    let at = pkcs8
        .windows(4)
        .position(|four| four[..4] == [0x05, 0x00, 0x04, 0x82])
        .unwrap();
    pkcs8[at + 6..].to_vec()
}

#[derive(Clone, Default)]
struct Memory {
    base_url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    is_down: Arc<Mutex<bool>>,
    /// How often the keys were read.
    reads: Arc<Mutex<usize>>,
}

pub(crate) struct Issuer {
    memory: Memory,
}

impl Issuer {
    pub(crate) async fn start(keys: &[&SigningKey]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let memory = Memory {
            base_url: format!("http://{}", listener.local_addr().unwrap()),
            ..Memory::default()
        };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(key_set))
            .with_state(memory.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let issuer = Self { memory };
        issuer.publish(keys);
        issuer
    }

    pub(crate) fn url(&self) -> &str {
        &self.memory.base_url
    }

    /// Shows these keys and no others from now on.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        *self.memory.keys.lock().unwrap() = keys.iter().map(|key| key.public.clone()).collect();
    }

    /// Answers nothing but faults from now on.
    pub(crate) fn break_down(&self) {
        *self.memory.is_down.lock().unwrap() = true;
    }

    pub(crate) fn reads(&self) -> usize {
        *self.memory.reads.lock().unwrap()
    }

    /// Claims of a token that is good for an hour.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({
            "iss": self.url(), "aud": "likeness", "sub": subject,
            "iat": now, "nbf": now, "exp": now + 3600,
        })
    }
}

async fn discovery(State(memory): State<Memory>) -> Result<Json<Value>, StatusCode> {
    up(&memory)?;
    let keys = format!("{}/keys", memory.base_url);
    Ok(Json(json!({"issuer": memory.base_url, "jwks_uri": keys})))
}

async fn key_set(State(memory): State<Memory>) -> Result<Json<Value>, StatusCode> {
    up(&memory)?;
    *memory.reads.lock().unwrap() += 1;
    Ok(Json(json!({"keys": *memory.keys.lock().unwrap()})))
}

fn up(memory: &Memory) -> Result<(), StatusCode> {
    if *memory.is_down.lock().unwrap() {
        Err(StatusCode::INTERNAL_SERVER_ERROR)
    } else {
        Ok(())
    }
}
