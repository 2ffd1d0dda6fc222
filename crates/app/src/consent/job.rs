//! The `verify_consent` job: a recording → what is seen and heard → a verdict.

use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use likeness_domain::avatar::{AvatarStatus, Failure};
use likeness_domain::consent::{Act, ConsentRecording, LedgerEntry, Verdict};
use likeness_domain::id::RecordingId;
use likeness_domain::time::UnixMillis;
use likeness_jobs::{Done, Handler, JobContext, JobError, Stopped};
use likeness_store::{Lease, Settled, StoreError};

use super::footage::group_faces;
use super::sight::{Against, SightError, measure};
use super::verdict::{Measures, judge, reason};
use crate::App;

/// Pause before a recording is looked at whose group's footage is not trained yet.
const UNTRAINED_PAUSE: Duration = Duration::from_secs(20);

/// How the work ended, if it did.
enum Looked {
    Judged(Measures, Verdict, Vec<String>),
    Later(Duration, anyhow::Error),
    Stopped,
}

#[derive(Debug)]
pub(crate) struct VerifyConsent {
    pub(crate) app: App,
}

impl VerifyConsent {
    async fn work(&self, job: &JobContext) -> Result<Done, JobError> {
        let id: RecordingId = job.subject_id().parse().map_err(|_| Stopped)?;
        let store = self.app.store();
        let recording = match store.get_consent_recording(job.workspace_id(), &id).await {
            Ok(recording) if recording.verdict == Verdict::Verifying => recording,
            // Decided, revoked or deleted meanwhile.
            Ok(_) | Err(StoreError::NotFound) => return Err(JobError::Stopped),
            Err(error) => return Err(later(error.into())),
        };
        let looked = if recording.workspace_id.is_test() {
            // Nothing is real on the test side.
            Looked::Judged(Measures::default(), Verdict::Approved, Vec::new())
        } else {
            self.look(job, &recording).await.map_err(later)?
        };
        let (measures, verdict, reasons) = match looked {
            Looked::Judged(measures, verdict, reasons) => (measures, verdict, reasons),
            Looked::Later(after, cause) => return Err(JobError::Retry { after, cause }),
            Looked::Stopped => return Err(JobError::Stopped),
        };
        let measures = serde_json::to_string(&measures).map_err(|e| later(e.into()))?;
        let found = (verdict, &reasons[..], &measures[..]);
        match settle(&self.app, Some(job.lease()), &recording, found).await {
            Ok(()) => Ok(Done),
            Err(StoreError::LeaseLost | StoreError::NotFound) => Err(JobError::Stopped),
            Err(error) => Err(later(error.into())),
        }
    }

    async fn look(&self, job: &JobContext, recording: &ConsentRecording) -> anyhow::Result<Looked> {
        let app = &self.app;
        let (workspace, group) = (&recording.workspace_id, &recording.group_id);
        let footage = group_faces(app, workspace, group).await?;
        if footage.is_empty() {
            let group = app.store().get_group(workspace, group).await?;
            if group.status == AvatarStatus::Processing {
                let cause = anyhow::anyhow!("the footage is not trained yet");
                return Ok(Looked::Later(UNTRAINED_PAUSE, cause));
            }
        }
        let dir = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
        let file = dir.path().join("recording");
        let downloaded = app.blobs().download(&recording.object_key, &file).await;
        downloaded.context("the recording cannot be fetched")?;
        let (app, watch, recording) = (app.clone(), job.clone(), recording.clone());
        let thresholds = app.settings().consent.thresholds;
        let looking = tokio::task::spawn_blocking(move || {
            let _dir = dir;
            let against = Against {
                footage: &footage,
                statement: &recording.statement,
                passphrase: recording.passphrase.as_deref(),
                other_face: thresholds.other_face,
            };
            let ffmpeg = &app.settings().encoding.ffmpeg;
            measure(app.engines(), ffmpeg, &file, &against, &|| {
                watch.is_stopped()
            })
            .map(|measures| (measures, recording.passphrase.is_some()))
        });
        match looking.await.context("looking stopped")? {
            Ok((measures, with_passphrase)) => {
                let (verdict, reasons) = judge(&measures, &thresholds, with_passphrase);
                Ok(Looked::Judged(measures, verdict, reasons))
            }
            Err(SightError::Unreadable(_)) => {
                let reasons = vec![reason::NOT_READABLE.to_owned()];
                Ok(Looked::Judged(
                    Measures::default(),
                    Verdict::Rejected,
                    reasons,
                ))
            }
            Err(SightError::Cancelled) => Ok(Looked::Stopped),
            Err(SightError::Other(error)) => Err(error),
        }
    }
}

fn later(cause: anyhow::Error) -> JobError {
    JobError::Retry {
        after: Duration::from_secs(5),
        cause,
    }
}

/// Writes what was found: the check, and what follows from it.
async fn settle(
    app: &App,
    lease: Option<&Lease>,
    recording: &ConsentRecording,
    (verdict, reasons, measures): (Verdict, &[String], &str),
) -> Result<(), StoreError> {
    let now = app.now();
    let entry = |act| entry_of(recording, act, "server", verdict, reasons, now);
    let mut entries = vec![entry(Act::Checked)];
    match verdict {
        Verdict::Approved => entries.push(entry(Act::Granted)),
        Verdict::Rejected => entries.push(entry(Act::Rejected)),
        Verdict::NeedsReview | Verdict::Verifying => {}
    }
    let settled = Settled {
        verdict,
        reasons,
        measures,
        entries: &entries,
        words: None,
    };
    let store = app.store();
    store.settle_consent(lease, recording, settled, now).await
}

/// What the ledger is told of a recording.
pub(super) fn entry_of(
    recording: &ConsentRecording,
    act: Act,
    actor: &str,
    verdict: Verdict,
    reasons: &[String],
    at: UnixMillis,
) -> LedgerEntry {
    LedgerEntry {
        at,
        workspace_id: recording.workspace_id.clone(),
        group_id: recording.group_id.clone(),
        act,
        actor: actor.to_owned(),
        recording_sha256: Some(recording.sha256.clone()),
        detail: serde_json::json!({
            "recording_id": recording.id.as_str(),
            "verdict": verdict.as_str(),
            "reasons": reasons,
        })
        .to_string(),
    }
}

impl Handler for VerifyConsent {
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>> {
        async move { self.work(&job).await }.boxed()
    }

    /// What the server could not look at, an operator does.
    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()> {
        async move {
            let Ok(id) = job.subject_id().parse::<RecordingId>() else {
                return;
            };
            let store = self.app.store();
            let Ok(recording) = store.get_consent_recording(job.workspace_id(), &id).await else {
                return;
            };
            let reasons = [reason::NOT_CHECKED.to_owned()];
            let measures = serde_json::json!({ "failure": failure.message }).to_string();
            let found = (Verdict::NeedsReview, &reasons[..], &measures[..]);
            if let Err(error) = settle(&self.app, Some(job.lease()), &recording, found).await {
                let error: &dyn std::error::Error = &error;
                tracing::error!(job.id = %job.lease().job_id, error, "the verdict could not be written");
            }
        }
        .boxed()
    }
}
