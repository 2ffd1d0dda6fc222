//! What a handler knows of its job.

use likeness_domain::id::WorkspaceId;
use likeness_store::{ClaimedJob, Lease};
use tokio_util::sync::CancellationToken;

/// The handler must stop: its result is no longer wanted, or not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job was stopped")]
pub struct Stopped;

/// One claimed job, handed to its handler. Cheap to clone.
#[derive(Debug, Clone)]
pub struct JobContext {
    job: ClaimedJob,
    stop: CancellationToken,
}

impl JobContext {
    pub(crate) fn new(job: ClaimedJob, stop: CancellationToken) -> Self {
        Self { job, stop }
    }

    /// Names the claim in every write of the job's result.
    pub fn lease(&self) -> &Lease {
        &self.job.lease
    }

    pub fn kind(&self) -> &str {
        &self.job.kind
    }

    /// The payload as it was enqueued: JSON.
    pub fn payload(&self) -> &str {
        &self.job.payload
    }

    pub fn workspace_id(&self) -> &WorkspaceId {
        &self.job.workspace_id
    }

    /// Id of the look or video that the job works on.
    pub fn subject_id(&self) -> &str {
        &self.job.subject_id
    }

    /// 1 on the first try.
    pub fn attempt(&self) -> i64 {
        self.job.attempt
    }

    pub(crate) fn is_last_attempt(&self) -> bool {
        self.job.attempt >= self.job.max_attempts
    }

    /// Whether the handler must stop at once: lease lost, cancelled, or shutting down.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Fails when the handler must stop.
    pub fn checkpoint(&self) -> Result<(), Stopped> {
        if self.is_stopped() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    /// Resolves when the handler must stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}
