//! The contract in Rust: what goes over the wire, and the codes of errors.
//!
//! **Invariant:** types only; no handler, no rule that needs the database. Optional fields of answers are written as
//! `null`, never left out. Requests are closed: an unknown field is an error that names it.
//!
//! To add an operation's types: a module of its resource here, then the handler in `server`.

#![forbid(unsafe_code)]

pub mod assets;
pub mod avatars;
pub mod batches;
pub mod cinematic;
pub mod error;
pub mod page;
pub mod scenes;
pub mod sounds;
pub mod users;
pub mod videos;
pub mod voices;
pub mod webhooks;

use serde::Serialize;
use utoipa::ToSchema;

/// A successful answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    pub data: T,
}

/// What a deletion answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedId {
    pub id: String,
    pub deleted: bool,
}

impl DeletedId {
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            deleted: true,
        }
    }
}
