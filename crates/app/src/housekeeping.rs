//! What is forgotten by itself, so that a server that runs for years does not grow with what nobody reads any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{App, Error};

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Events, for reading and for telling them again.
    pub events: Duration,
    /// Jobs that have ended, which only an operator looks at.
    pub jobs: Duration,
    /// Results that are used again, after their last use.
    pub results: Duration,
    /// Bytes of all such results together.
    pub results_bytes: u64,
}

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_mins(10);

/// What one round has forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub events: u64,
    pub jobs: u64,
    /// What could be watched of videos.
    pub previews: u64,
    /// Results that might have been used again.
    pub results: u64,
    /// Slots for uploads that were not completed in time.
    pub uploads: u64,
}

/// Sweeps now and every ten minutes, until `shutdown`. Several servers on one database may do so at once.
pub async fn run(app: &App, shutdown: CancellationToken) {
    loop {
        match sweep(app).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(
                events = swept.events,
                jobs = swept.jobs,
                previews = swept.previews,
                results = swept.results,
                uploads = swept.uploads,
                "old things forgotten"
            ),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "old things could not be forgotten");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

/// One round.
pub async fn sweep(app: &App) -> Result<Swept, Error> {
    let keep = app.settings().keep;
    let before = |kept: Duration| {
        let millis = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        app.now().plus_millis(-millis)
    };
    let store = app.store();
    Ok(Swept {
        events: store.delete_old_events(before(keep.events)).await?,
        jobs: store.delete_ended_jobs(before(keep.jobs)).await?,
        previews: crate::preview::sweep(app).await?,
        results: crate::shelf::sweep(app, keep.results, keep.results_bytes).await?,
        uploads: crate::uploads::sweep(app).await?,
    })
}
