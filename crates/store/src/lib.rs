//! Both databases behind one type: SQLite for a laptop, Postgres for a cluster.
//!
//! One SQL text serves both (`$1` binds, `RETURNING`, row values); where they differ, two constants stand side by
//! side. **Invariants:** every query on a workspace's things is scoped by that workspace; a resource and its job are
//! written in one transaction; a job's result is written in the transaction that ends the job, and only while its
//! lease token is the one that was claimed. Times come in as arguments.
//!
//! To add a resource: a migration of the same number in both folders, a module here, and a test in `tests/it` that
//! runs on both.

#![forbid(unsafe_code)]

mod accounts;
mod answers;
mod assets;
mod avatars;
mod batches;
mod consent;
mod db;
mod error;
mod found;
mod jobs;
mod ledger;
mod library;
mod previews;
mod requests;
mod results;
mod rows;
mod secrets;
mod uploads;
mod usage;
mod videos;
mod voices;
mod webhooks;

pub use answers::Earlier;
pub use avatars::TrainedLook;
pub use consent::{NewRecording, Settled};
pub use db::Store;
pub use error::StoreError;
pub use jobs::{ClaimedJob, Lane, Lease, NewJob};
pub use ledger::{LedgerCheck, Text};
pub use previews::Preview;
pub use results::KeptResult;
pub use videos::{FileLinks, RenderedVideo};
pub use voices::ClonedVoice;
pub use webhooks::{DELIVER_EVENT, Delivery};

/// The workspace that keys belong to unless another is named.
pub const DEFAULT_WORKSPACE: &str = "ws_default";

/// The reserved workspace that owns public avatars.
pub const PUBLIC_WORKSPACE: &str = "ws_public";
