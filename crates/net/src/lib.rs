//! The guarded HTTP client for addresses that users give us.
//!
//! A server that fetches any URL a caller names can be made to read its own network: cloud metadata, databases,
//! admin pages. [`Guarded`] dials public addresses only, and decides at the moment of dialling, so a name that
//! changes its mind between check and use gains nothing.
//!
//! **Invariant:** nothing else in the workspace fetches a user's URL.
//! **Invariant:** every hop is checked again: scheme, credentials, literal address, resolved address.
//! **Invariant:** no proxy from the environment, no cookies, no credentials, no content decoding (a compressed
//! bomb stays as small as it came), no more than the caller's `max_bytes` held.
//!
//! To refuse another range of addresses: add it, with its RFC, to `address.rs`.

#![forbid(unsafe_code)]

mod address;
mod client;
mod error;
mod resolve;

pub use address::{Forbidden, is_public};
pub use client::{Fetched, Guarded, NetConfig};
pub use error::FetchError;
