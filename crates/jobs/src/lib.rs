//! The worker loop: claims jobs by lease, keeps the lease while a handler works, and puts back what failed in passing.
//! It knows no kind of job; kinds are registered by name.
//!
//! It runs on the job table in `store`, because a resource and the end of its job are written in one transaction.
//! **Invariants:** a handler that returned [`Done`] has ended its own job through the store; a handler that
//! panicked or failed in passing has its job put back or failed here; on shutdown, unfinished jobs go back to the
//! queue without losing an attempt.

#![forbid(unsafe_code)]

mod context;
mod worker;

use std::time::Duration;

use futures::future::BoxFuture;
use likeness_domain::avatar::Failure;

pub use context::{JobContext, Stopped};
pub use worker::{Worker, WorkerConfig};

/// The handler has written its result and ended the job in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done;

/// Why a handler did not end its job.
#[derive(Debug)]
pub enum JobError {
    /// Something outside failed in passing. Tried again after `after`, unless no attempt is left.
    Retry {
        after: Duration,
        cause: anyhow::Error,
    },
    /// Another job is doing what this one needs. Looked at again after `after`; the attempt does not count.
    NotYet { after: Duration },
    /// The lease is lost, the owner cancelled, or the server is shutting down.
    Stopped,
}

impl From<Stopped> for JobError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Work of one kind.
pub trait Handler: Send + Sync + 'static {
    /// Does the work and ends the job through the store.
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>>;

    /// Ends the job and fails what it works on: its last attempt did not succeed.
    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()>;
}
