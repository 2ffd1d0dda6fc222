//! An endpoint that remembers what it was told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// How long an event may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Bytes,
    pub(crate) body: Value,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Whether both signature headers are those of the body under the secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(&self.raw);
        let expected = hex::encode(mac.finalize().into_bytes());
        ["heygen-signature", "signature"]
            .iter()
            .all(|name| self.header(name) == Some(&expected))
    }
}

#[derive(Clone, Default)]
struct Memory {
    calls: Arc<Mutex<Vec<Call>>>,
    /// Calls to refuse before the first is taken.
    refusals: Arc<Mutex<usize>>,
}

pub(crate) struct Receiver {
    memory: Memory,
    base_url: String,
}

impl Receiver {
    /// Refuses the first `refusals` calls.
    pub(crate) async fn start(refusals: usize) -> Self {
        let memory = Memory::default();
        *memory.refusals.lock().unwrap() = refusals;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(receive).with_state(memory.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { memory, base_url }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// All calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.memory.calls.lock().unwrap().clone()
    }

    /// The first call that `wanted` accepts, waiting for it.
    pub(crate) async fn call(&self, wanted: impl Fn(&Call) -> bool) -> Call {
        let started = Instant::now();
        loop {
            if let Some(call) = self.calls().into_iter().find(&wanted) {
                return call;
            }
            assert!(started.elapsed() < PATIENCE, "not told: {:?}", self.calls());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

async fn receive(
    State(memory): State<Memory>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    raw: Bytes,
) -> StatusCode {
    let body = serde_json::from_slice(&raw).unwrap_or_default();
    let path = uri.path().to_owned();
    let call = Call {
        path,
        headers,
        raw,
        body,
    };
    memory.calls.lock().unwrap().push(call);
    let mut refusals = memory.refusals.lock().unwrap();
    if *refusals > 0 {
        *refusals -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::NO_CONTENT
}
