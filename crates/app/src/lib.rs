//! What an operation or a job means: the use cases, over the store, the blobs and the engines.
//!
//! **Invariant:** nothing here knows HTTP (that is `server`) or SQL (that is `store`). A use case checks what the
//! wire types cannot, writes the resource and its job in one transaction, and returns domain records.
//! Heavy work happens in jobs only ([`training`], [`rendering`]), on blocking threads.
//!
//! To add an operation: a function in the module of its resource; if it starts work, a job kind in [`work`].

#![forbid(unsafe_code)]

mod app;
pub mod assets;
pub mod avatars;
pub mod consent;
mod digest;
pub mod dressing;
mod engines;
mod error;
pub mod files;
mod following;
pub mod housekeeping;
pub mod idempotency;
pub mod keys;
pub mod links;
pub mod looks;
pub mod oidc;
pub mod presenters;
pub mod preview;
pub mod rendering;
pub mod search;
mod shelf;
pub mod sounds;
pub mod speech;
pub mod test_mode;
pub mod training;
pub mod twin;
pub mod uploads;
pub mod usage;
pub mod videos;
pub mod voices;
pub mod webhooks;
pub mod work;

pub use app::{App, Caller, Settings};
pub use engines::Engines;
pub use error::{Error, Missing, NotUsable};
