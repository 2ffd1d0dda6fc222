//! The program as its users meet it: the real binary, real HTTP, both databases and both object stores.
//!
//! Every answer of a documented operation is held against the contract by the client itself.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share fails the test by panicking, too"
)]

mod acting;
mod again;
mod assets;
mod authentication;
mod avatars;
mod batches;
mod browsers;
mod cinematic;
mod clients;
mod commands;
mod comparison;
mod consent;
mod consent_page;
mod document;
mod dressing;
mod errors;
mod group;
mod health;
mod idempotency;
mod links;
mod looks;
mod music;
mod oidc;
mod presenters;
mod previews;
mod recordings;
mod scenes;
mod sounds;
mod support;
mod survival;
mod test_mode;
mod twins;
mod uploads;
mod users;
mod videos;
mod voices;
mod webhooks;
