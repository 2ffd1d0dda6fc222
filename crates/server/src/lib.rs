//! HTTP: keys, limits, request ids, the error envelope, and one file an operation.
//!
//! **Invariant:** a handler extracts, calls one use case of `app` and converts; it holds no rule and no query. Every
//! answer, whatever went wrong, carries `X-Request-Id`, and every error the standard envelope.
//!
//! To add an operation: a file under `v3/<resource>/`, listed in that folder's `mod.rs`.

#![forbid(unsafe_code)]

mod auth;
mod consent;
mod convert;
mod error;
mod extract;
mod health;
mod idempotency;
mod known_keys;
mod layers;
mod live;
mod media;
mod openapi;
mod page;
mod receive;
mod router;
mod scopes;
mod state;
mod test_header;
mod unbuilt;
mod uploads;
mod v3;

pub use openapi::document;
pub use router::router;
pub use scopes::known_scopes;
pub use state::{ServerSettings, ServerState};
