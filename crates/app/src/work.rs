//! The kinds of background work: how each is enqueued and how it is carried out.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use likeness_blobs::BlobError;
use likeness_domain::avatar::{Failure, Look, LookType};
use likeness_domain::consent::ConsentRecording;
use likeness_domain::id::{JobId, KeyId, LookId, VideoId, VoiceId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use likeness_domain::video::Video;
use likeness_domain::voice::PrivateVoice;
use likeness_jobs::{Done, Handler, JobContext, JobError, Stopped};
use likeness_store::{
    DELIVER_EVENT, FileLinks, Lane, NewJob, RenderedVideo, StoreError, TrainedLook,
};
use serde::{Deserialize, Serialize};

use crate::rendering::FramesError;
use crate::rendering::job::{self as render_job, RenderJobError};
use crate::test_mode;
use crate::training::{self, TrainError};
use crate::voices::{self, CloneJobError};
use crate::webhooks::DeliverEvent;
use crate::{App, Caller, Error, consent, twin};

const TRAIN_LOOK: &str = "train_look";
const RENDER_VIDEO: &str = "render_video";
const CLONE_VOICE: &str = "clone_voice";
const VERIFY_CONSENT: &str = "verify_consent";

/// Tries that a job has, counting those that end with the server's death.
const MAX_ATTEMPTS: i64 = 3;

/// Tries of a recording of consent, which may have to wait for the footage's training.
const CONSENT_ATTEMPTS: i64 = 30;

/// Pause before a job is tried again, times its attempt.
const RETRY_PAUSE: Duration = Duration::from_secs(2);
/// Pause before it is looked again whether the same video has been made by another job.
const IN_MAKING_PAUSE: Duration = Duration::from_secs(1);

/// Payload of either kind: the resource itself has everything else.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    /// Version of this shape.
    v: u32,
}

/// The handlers of [`Lane::Work`] and [`Lane::Test`].
pub fn handlers(app: &App) -> HashMap<&'static str, Arc<dyn Handler>> {
    let train: Arc<dyn Handler> = Arc::new(TrainLook { app: app.clone() });
    let render: Arc<dyn Handler> = Arc::new(RenderVideo { app: app.clone() });
    let clone: Arc<dyn Handler> = Arc::new(CloneVoice { app: app.clone() });
    let verify: Arc<dyn Handler> = Arc::new(consent::VerifyConsent { app: app.clone() });
    HashMap::from([
        (TRAIN_LOOK, train),
        (RENDER_VIDEO, render),
        (CLONE_VOICE, clone),
        (VERIFY_CONSENT, verify),
    ])
}

/// The handlers of [`Lane::Delivery`].
pub fn delivery_handlers(app: &App) -> HashMap<&'static str, Arc<dyn Handler>> {
    let deliver: Arc<dyn Handler> = Arc::new(DeliverEvent { app: app.clone() });
    HashMap::from([(DELIVER_EVENT, deliver)])
}

pub(crate) fn train_look(app: &App, caller: &Caller, look: &Look) -> Result<NewJob, Error> {
    new_job(app, caller, TRAIN_LOOK, look.id.as_str())
}

pub(crate) fn render_video(app: &App, caller: &Caller, video: &Video) -> Result<NewJob, Error> {
    new_job(app, caller, RENDER_VIDEO, video.id.as_str())
}

pub(crate) fn clone_voice(
    app: &App,
    caller: &Caller,
    voice: &PrivateVoice,
) -> Result<NewJob, Error> {
    new_job(app, caller, CLONE_VOICE, voice.id.as_str())
}

/// A recording comes from a page, where nobody shows a key, or with one.
pub(crate) fn verify_consent(
    recording: &ConsentRecording,
    key: Option<&KeyId>,
    now: UnixMillis,
) -> Result<NewJob, Error> {
    let payload =
        serde_json::to_string(&Payload { v: 1 }).map_err(|e| Error::Internal(e.into()))?;
    Ok(NewJob {
        id: JobId::new(),
        kind: VERIFY_CONSENT,
        lane: lane_of(&recording.workspace_id),
        payload,
        workspace_id: recording.workspace_id.clone(),
        key_id: key.cloned(),
        subject_id: recording.id.as_str().to_owned(),
        max_attempts: CONSENT_ATTEMPTS,
        run_at: now,
        // A person who has spoken is not sent away because of what others render.
        limit: None,
    })
}

/// Work that the caller asked for; it counts towards the limit of jobs at once.
fn new_job(app: &App, caller: &Caller, kind: &'static str, subject: &str) -> Result<NewJob, Error> {
    let payload =
        serde_json::to_string(&Payload { v: 1 }).map_err(|e| Error::Internal(e.into()))?;
    Ok(NewJob {
        id: JobId::new(),
        kind,
        lane: lane_of(&caller.workspace_id),
        payload,
        workspace_id: caller.workspace_id.clone(),
        key_id: Some(caller.key_id.clone()),
        subject_id: subject.to_owned(),
        max_attempts: MAX_ATTEMPTS,
        run_at: app.now(),
        limit: Some(app.settings().max_active_jobs),
    })
}

/// The workers that work for a workspace.
pub(crate) fn lane_of(workspace: &WorkspaceId) -> Lane {
    if workspace.is_test() {
        Lane::Test
    } else {
        Lane::Work
    }
}

/// Trying again later may help. The owner is told in plain words should it not; the rest of the cause is for the log.
fn retry(job: &JobContext, cause: anyhow::Error) -> JobError {
    let attempt = u32::try_from(job.attempt()).unwrap_or(1).max(1);
    let words = words(&cause);
    JobError::Retry {
        after: RETRY_PAUSE * attempt,
        cause: cause.context(words),
    }
}

/// What a cause means for the owner of the video or avatar.
fn words(cause: &anyhow::Error) -> &'static str {
    let full = |e: &std::io::Error| {
        matches!(
            e.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
        )
    };
    for cause in cause.chain() {
        if cause.downcast_ref::<std::io::Error>().is_some_and(full) {
            return "its disk is full";
        }
        if matches!(cause.downcast_ref(), Some(StoreError::Unavailable(_))) {
            return "its database did not answer";
        }
        if matches!(cause.downcast_ref(), Some(BlobError::Store(_))) {
            return "its store of files did not answer";
        }
        if cause.downcast_ref::<FramesError>().is_some() {
            return "the encoder stopped";
        }
    }
    "a part of it failed"
}

/// The job's end was written, or the job is no longer this worker's.
fn ended(app: &App, job: &JobContext, written: Result<(), StoreError>) -> Result<Done, JobError> {
    match written {
        Ok(()) => {
            // It may have told an event.
            app.wake(Lane::Delivery).notify_one();
            Ok(Done)
        }
        Err(StoreError::LeaseLost) => Err(JobError::Stopped),
        Err(error) => Err(retry(job, error.into())),
    }
}

/// Deletes what a job stored for a resource that was deleted meanwhile: nobody would ever find it again.
async fn discard(app: &App, job: &JobContext, keys: &[String]) {
    if let Err(error) = app.blobs().delete(keys).await {
        let error: &dyn std::error::Error = &error;
        tracing::error!(job.id = %job.lease().job_id, error, "files of a deleted resource are left");
    }
}

/// Deletes what was sent for a video that has ended; it is of no more use.
async fn drop_inputs(app: &App, job: &JobContext, video: &Video) {
    let keys = video.request.sent_keys();
    if !keys.is_empty() {
        discard(app, job, &keys).await;
    }
}

/// What a job works on. It may have been deleted meanwhile: then its jobs are cancelled.
fn subject<T>(job: &JobContext, found: Result<T, StoreError>) -> Result<T, JobError> {
    found.map_err(|error| match error {
        StoreError::NotFound => JobError::Stopped,
        error => retry(job, error.into()),
    })
}

/// Keys of the objects that a render has stored.
fn made_keys(video: &Video, made: RenderedVideo) -> Vec<String> {
    let mut keys = vec![made.video_key, made.thumbnail_key, made.subtitle_key];
    keys.extend(crate::videos::captioned_key(video));
    keys
}

fn log_unwritten(job: &JobContext, written: Result<(), StoreError>) {
    if let Err(error) = written {
        let error: &dyn std::error::Error = &error;
        tracing::error!(job.id = %job.lease().job_id, error, "the failure could not be written");
    }
}

#[derive(Debug)]
struct TrainLook {
    app: App,
}

impl TrainLook {
    async fn work(&self, job: &JobContext) -> Result<Done, JobError> {
        let store = self.app.store();
        let id: LookId = job.subject_id().parse().map_err(|_| Stopped)?;
        let look = subject(job, store.get_look(job.workspace_id(), &id).await)?;
        let trained = if look.workspace_id.is_test() {
            test_mode::train(&self.app, job, &look).await
        } else {
            let watch = job.clone();
            match look.look_type {
                LookType::DigitalTwin => twin::training::train(&self.app, job, &look).await,
                LookType::PhotoAvatar | LookType::StudioAvatar => {
                    training::train(&self.app, &look, move || watch.is_stopped()).await
                }
            }
        };
        match trained {
            Ok(trained) => {
                let row = TrainedLook {
                    puppet_key: trained.puppet_key,
                    preview_image_key: trained.preview_image_key,
                    preview_video_key: trained.preview_video_key,
                    gender: Some(trained.gender),
                    default_voice_id: Some(trained.default_voice_id),
                    image_width: trained.image_width,
                    image_height: trained.image_height,
                    stored_bytes: trained.stored_bytes,
                    notes: trained.notes,
                    own_mouths: trained.own_mouths,
                };
                let now = self.app.now();
                let written = store.complete_training(job.lease(), &id, &row, now).await;
                let read_again = store.get_look(job.workspace_id(), &id).await;
                if written.is_err() && matches!(read_again, Err(StoreError::NotFound)) {
                    let keys = [row.puppet_key, row.preview_image_key, row.preview_video_key];
                    discard(&self.app, job, &keys).await;
                }
                ended(&self.app, job, written)
            }
            Err(TrainError::Unusable(failure)) => {
                let now = self.app.now();
                ended(
                    &self.app,
                    job,
                    store.fail_training(job.lease(), &id, &failure, now).await,
                )
            }
            Err(TrainError::Cancelled) => Err(JobError::Stopped),
            Err(TrainError::Other(cause)) => Err(retry(job, cause)),
        }
    }

    async fn fail(&self, job: &JobContext, failure: Failure) {
        let Ok(id) = job.subject_id().parse::<LookId>() else {
            return;
        };
        let now = self.app.now();
        let written = self
            .app
            .store()
            .fail_training(job.lease(), &id, &failure, now)
            .await;
        log_unwritten(job, written);
    }
}

impl Handler for TrainLook {
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>> {
        async move { self.work(&job).await }.boxed()
    }

    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()> {
        let failure = Failure {
            code: "training_failed".to_owned(),
            ..failure
        };
        async move { self.fail(&job, failure).await }.boxed()
    }
}

#[derive(Debug)]
struct RenderVideo {
    app: App,
}

impl RenderVideo {
    async fn work(&self, job: &JobContext) -> Result<Done, JobError> {
        let store = self.app.store();
        let id: VideoId = job.subject_id().parse().map_err(|_| Stopped)?;
        let video = subject(job, store.get_video(job.workspace_id(), &id).await)?;
        if let Some(ended) = self.stopped_without_consent(job, &video).await? {
            return Ok(ended);
        }
        let rendered = if video.workspace_id.is_test() {
            test_mode::render(&self.app, job, &video).await
        } else {
            render_job::render(&self.app, job, &video).await
        };
        // It may have been taken back while the video was made.
        if let Ok(made) = &rendered
            && let Some(ended) = self.stopped_without_consent(job, &video).await?
        {
            discard(&self.app, job, &made_keys(&video, made.clone())).await;
            if let Err(error) = crate::preview::forget(&self.app, &video.id).await {
                let error: &dyn std::error::Error = &error;
                tracing::error!(video.id = %video.id, error, "the preview of a stopped video is left");
            }
            return Ok(ended);
        }
        let ended = self.end(job, &video, rendered).await;
        if ended.is_ok() {
            drop_inputs(&self.app, job, &video).await;
        }
        ended
    }

    /// Fails the video if somebody whom it shows does not agree.
    async fn stopped_without_consent(
        &self,
        job: &JobContext,
        video: &Video,
    ) -> Result<Option<Done>, JobError> {
        match consent::stands(&self.app, video).await {
            Ok(true) => Ok(None),
            Ok(false) => {
                let failure = Failure {
                    code: "avatar_consent_required".to_owned(),
                    message: consent::REQUIRED.to_owned(),
                };
                let ended = self.end(job, video, Err(RenderJobError::Unusable(failure)));
                let ended = ended.await?;
                drop_inputs(&self.app, job, video).await;
                Ok(Some(ended))
            }
            Err(error) => Err(retry(job, error.into())),
        }
    }

    /// Writes how the work ended.
    async fn end(
        &self,
        job: &JobContext,
        video: &Video,
        rendered: Result<RenderedVideo, RenderJobError>,
    ) -> Result<Done, JobError> {
        let (store, id) = (self.app.store(), &video.id);
        match rendered {
            Ok(rendered) => {
                let now = self.app.now();
                let link = self.app.link(&rendered.video_key);
                let captioned = crate::videos::captioned_key(video).map(|key| self.app.link(&key));
                let links = FileLinks {
                    video: &link,
                    captioned: captioned.as_deref(),
                };
                let written = store
                    .complete_video(job.lease(), id, &rendered, links, now)
                    .await;
                let read_again = store.get_video(job.workspace_id(), id).await;
                if written.is_err() && matches!(read_again, Err(StoreError::NotFound)) {
                    let mut keys = made_keys(video, rendered);
                    keys.extend(video.request.material_keys());
                    discard(&self.app, job, &keys).await;
                }
                ended(&self.app, job, written)
            }
            Err(RenderJobError::Unusable(failure)) => {
                let now = self.app.now();
                ended(
                    &self.app,
                    job,
                    store.fail_video(job.lease(), id, &failure, now).await,
                )
            }
            Err(RenderJobError::Cancelled) => Err(JobError::Stopped),
            Err(RenderJobError::InMaking) => Err(JobError::NotYet {
                after: IN_MAKING_PAUSE,
            }),
            Err(RenderJobError::Other(cause)) => Err(retry(job, cause)),
        }
    }

    async fn fail(&self, job: &JobContext, failure: Failure) {
        let Ok(id) = job.subject_id().parse::<VideoId>() else {
            return;
        };
        let now = self.app.now();
        let written = self
            .app
            .store()
            .fail_video(job.lease(), &id, &failure, now)
            .await;
        log_unwritten(job, written);
        let video = self.app.store().get_video(job.workspace_id(), &id).await;
        if let Ok(video) = video {
            drop_inputs(&self.app, job, &video).await;
        }
    }
}

impl Handler for RenderVideo {
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>> {
        async move { self.work(&job).await }.boxed()
    }

    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()> {
        let failure = Failure {
            code: "rendering_failed".to_owned(),
            ..failure
        };
        async move { self.fail(&job, failure).await }.boxed()
    }
}

#[derive(Debug)]
struct CloneVoice {
    app: App,
}

impl CloneVoice {
    async fn work(&self, job: &JobContext) -> Result<Done, JobError> {
        let store = self.app.store();
        let id: VoiceId = job.subject_id().parse().map_err(|_| Stopped)?;
        let voice = subject(job, store.get_voice(job.workspace_id(), &id).await)?;
        let now = || self.app.now();
        let written = match voices::run_clone(&self.app, job, &voice).await {
            Ok(cloned) => {
                tracing::info!(
                    voice.id = %id,
                    similarity_before = cloned.similarity.before,
                    similarity_after = cloned.similarity.after,
                    "voice cloned"
                );
                store.complete_clone(job.lease(), &id, &cloned, now()).await
            }
            Err(CloneJobError::Unusable(failure)) => {
                store.fail_clone(job.lease(), &id, &failure, now()).await
            }
            Err(CloneJobError::Cancelled) => return Err(JobError::Stopped),
            Err(CloneJobError::Other(cause)) => return Err(retry(job, cause)),
        };
        if let (Ok(()), Some(source)) = (&written, voice.source_key) {
            // Nobody's voice is kept longer than needed.
            discard(&self.app, job, &[source]).await;
        }
        ended(&self.app, job, written)
    }

    async fn fail(&self, job: &JobContext, failure: Failure) {
        let Ok(id) = job.subject_id().parse::<VoiceId>() else {
            return;
        };
        let now = self.app.now();
        let written = self
            .app
            .store()
            .fail_clone(job.lease(), &id, &failure, now)
            .await;
        log_unwritten(job, written);
    }
}

impl Handler for CloneVoice {
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>> {
        async move { self.work(&job).await }.boxed()
    }

    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()> {
        let failure = Failure {
            code: "cloning_failed".to_owned(),
            ..failure
        };
        async move { self.fail(&job, failure).await }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn owners_are_told_in_words_that_name_no_file_of_the_server() {
        let full = || std::io::Error::from(ErrorKind::StorageFull);
        let deep = Err::<(), _>(full()).context("write /srv/data/scratch/x");
        assert_eq!(words(&deep.unwrap_err()), "its disk is full");
        assert_eq!(words(&BlobError::File(full()).into()), "its disk is full");
        let other = anyhow::anyhow!("open /srv/data/secret");
        assert_eq!(words(&other), "a part of it failed");
    }
}
