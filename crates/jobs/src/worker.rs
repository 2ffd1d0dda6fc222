//! The loop itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use likeness_domain::avatar::Failure;
use likeness_domain::time::Clock;
use likeness_store::{ClaimedJob, Lane, Store, StoreError};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{Handler, JobContext, JobError};

/// How a worker behaves.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Which jobs it takes.
    pub lane: Lane,
    /// Jobs worked on at once.
    pub slots: usize,
    /// How long a claim holds without a heartbeat. A third of it is the heartbeat.
    pub lease: Duration,
    /// How often the queue is looked at when nothing wakes the worker.
    pub poll: Duration,
    /// How long handlers may take to stop on shutdown.
    pub grace: Duration,
}

/// How often a running job is asked after.
const CANCEL_CHECK: Duration = Duration::from_millis(500);

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            lane: Lane::Work,
            slots: 1,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}

/// Works on jobs until told to stop.
#[derive(Clone)]
pub struct Worker {
    store: Store,
    handlers: Arc<HashMap<&'static str, Arc<dyn Handler>>>,
    config: WorkerConfig,
    clock: Clock,
    wake: Arc<Notify>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// `wake` is notified where jobs are enqueued in this process, so that they start without waiting for the poll.
    pub fn new(
        store: Store,
        handlers: HashMap<&'static str, Arc<dyn Handler>>,
        config: WorkerConfig,
        clock: Clock,
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            store,
            handlers: Arc::new(handlers),
            config,
            clock,
            wake,
        }
    }

    /// Runs until `shutdown`; then stops its handlers and puts unfinished jobs back.
    pub async fn run(&self, shutdown: CancellationToken) {
        let slots = Arc::new(Semaphore::new(self.config.slots));
        let mut running = JoinSet::new();
        while !shutdown.is_cancelled() {
            // Registered before the look at the table, so that a job enqueued in between is not missed.
            let woken = self.wake.notified();
            self.sweep().await;
            while let Ok(slot) = slots.clone().try_acquire_owned() {
                let Some(job) = self.claim().await else { break };
                let worker = self.clone();
                let stop = shutdown.child_token();
                running.spawn(async move {
                    worker.work(job, stop).await;
                    drop(slot);
                    worker.wake.notify_one();
                });
            }
            while running.try_join_next().is_some() {}
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(self.config.poll) => {}
                () = shutdown.cancelled() => {}
            }
        }
        let finished = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.config.grace, finished)
            .await
            .is_err()
        {
            warn!("jobs did not stop in time; their leases will run out");
        }
    }

    async fn sweep(&self) {
        match self.store.sweep_expired_leases(self.clock.now()).await {
            Ok(0) => {}
            Ok(returned) => warn!(job.count = returned, "jobs of a lost worker returned"),
            Err(error) => error!(error = &error as &dyn std::error::Error, "sweep failed"),
        }
    }

    async fn claim(&self) -> Option<ClaimedJob> {
        let now = self.clock.now();
        match self
            .store
            .claim_job(self.config.lane, now, self.lease_end())
            .await
        {
            Ok(job) => job,
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, "claim failed");
                None
            }
        }
    }

    fn lease_end(&self) -> likeness_domain::time::UnixMillis {
        self.after(self.config.lease)
    }

    fn after(&self, pause: Duration) -> likeness_domain::time::UnixMillis {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        self.clock.now().plus_millis(pause)
    }

    async fn work(&self, job: ClaimedJob, stop: CancellationToken) {
        let id = job.lease.job_id.clone();
        info!(job.id = %id, job.kind = job.kind, job.attempt = job.attempt, "job started");
        let context = JobContext::new(job, stop.clone());
        let Some(handler) = self.handlers.get(context.kind()).cloned() else {
            error!(job.id = %id, job.kind = context.kind(), "no handler for this kind of job");
            self.put_back(&context, Duration::from_mins(1), "no handler")
                .await;
            return;
        };
        let task = {
            let (handler, context) = (handler.clone(), context.clone());
            tokio::spawn(async move { handler.run(context).await })
        };
        let heartbeat = self.keep_lease(&context, &stop);
        let outcome = tokio::select! {
            biased;
            outcome = task => outcome,
            // The heartbeat only ends by losing the lease, and has stopped the handler then.
            () = heartbeat => {
                warn!(job.id = %id, "lease lost or job cancelled");
                self.let_go(&context).await;
                return;
            }
        };
        match outcome {
            Ok(Ok(_)) => info!(job.id = %id, "job done"),
            Ok(Err(JobError::Stopped)) => self.let_go(&context).await,
            Ok(Err(JobError::NotYet { after })) => {
                let run_at = self.after(after);
                let now = self.clock.now();
                if let Err(error) = self.store.postpone_job(context.lease(), run_at, now).await {
                    log_unwritten(&error);
                }
            }
            Ok(Err(JobError::Retry { after, cause })) => {
                warn!(job.id = %id, error = format!("{cause:#}"), "attempt failed");
                // What lies deeper is for the log: it may name files of the server.
                self.after_failure(&*handler, context, after, cause.to_string())
                    .await;
            }
            Err(panic) => {
                error!(job.id = %id, error = %panic, "handler panicked");
                let after = Duration::from_secs(1);
                self.after_failure(
                    &*handler,
                    context,
                    after,
                    "it met a fault of its own".to_owned(),
                )
                .await;
            }
        }
    }

    /// Renews the lease until it is lost; then stops the handler. Looks more often whether the owner has cancelled, as
    /// nobody wants to wait for what was deleted.
    async fn keep_lease(&self, context: &JobContext, stop: &CancellationToken) {
        let pause = CANCEL_CHECK.min(self.config.lease / 3);
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(pause).await;
            let lease = context.lease();
            let kept = if renewed.elapsed() + pause < self.config.lease / 3 {
                self.store.is_wanted(lease).await
            } else {
                renewed = Instant::now();
                match self.store.renew_lease(lease, self.lease_end()).await {
                    Ok(()) => Ok(true),
                    Err(StoreError::LeaseLost) => Ok(false),
                    Err(error) => Err(error),
                }
            };
            match kept {
                Ok(true) => {}
                Ok(false) => {
                    stop.cancel();
                    return;
                }
                // The lease outlives a short absence of the database.
                Err(error) => error!(error = &error as &dyn std::error::Error, "heartbeat failed"),
            }
        }
    }

    async fn after_failure(
        &self,
        handler: &dyn Handler,
        context: JobContext,
        after: Duration,
        cause: String,
    ) {
        if context.is_last_attempt() {
            let message = format!(
                "The server tried this {} times and could not do it: {cause}. If it goes on, ask the \
                 server's operator about job {}.",
                context.attempt(),
                context.lease().job_id
            );
            let failure = Failure {
                code: "internal_error".to_owned(),
                message,
            };
            handler.give_up(context, failure).await;
        } else {
            self.put_back(&context, after, &cause).await;
        }
    }

    async fn put_back(&self, context: &JobContext, after: Duration, cause: &str) {
        let failure = Failure {
            code: "retry".to_owned(),
            message: cause.to_owned(),
        };
        let run_at = self.after(after);
        if let Err(error) = self
            .store
            .retry_job(context.lease(), run_at, &failure, self.clock.now())
            .await
        {
            log_unwritten(&error);
        }
    }

    /// A stopped job: back to the queue, or ended when its owner has cancelled it.
    async fn let_go(&self, context: &JobContext) {
        let ended = self
            .store
            .end_cancelled_job(context.lease(), self.clock.now())
            .await;
        let released = self
            .store
            .release_job(context.lease(), self.clock.now())
            .await;
        for error in [ended.err(), released.err()].into_iter().flatten() {
            log_unwritten(&error);
        }
    }
}

/// A lost lease is what a stopped job expects; anything else is told.
fn log_unwritten(error: &StoreError) {
    if !matches!(error, StoreError::LeaseLost) {
        error!(
            error = error as &dyn std::error::Error,
            "the job's state could not be written"
        );
    }
}
