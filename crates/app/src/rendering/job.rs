//! The `render_video` job around [`make_clip`]: inputs from the store, files to the blobs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use likeness_blobs::keys;
use likeness_domain::avatar::Failure;
use likeness_domain::id::VoiceId;
use likeness_domain::video::{OutputFormat, Video};
use likeness_jobs::JobContext;
use likeness_media::ffmpeg::FfmpegError;
use likeness_store::{RenderedVideo, StoreError};
use likeness_voice::VoiceError;

use super::{
    Clip, ClipInputs, Pictures, Progress, RenderError, SpeakError, again, make_clip, materials,
};
use crate::App;
use crate::files::bytes_of;
use crate::preview::{self, Parts, Publisher};
use crate::shelf::WorkspaceShelf;
use crate::speech::spoken;

/// Why a video was not made.
#[derive(Debug)]
pub(crate) enum RenderJobError {
    /// The request's own fault: trying again would end the same way.
    Unusable(Failure),
    Cancelled,
    /// The same video is being made by another job.
    InMaking,
    Other(anyhow::Error),
}

impl RenderJobError {
    /// Names the scene, counted from 1.
    pub(super) fn in_scene(self, number: usize) -> Self {
        match self {
            Self::Unusable(failure) => Self::Unusable(Failure {
                message: format!("Scene {number}: {}", failure.message),
                ..failure
            }),
            Self::Cancelled => Self::Cancelled,
            Self::InMaking => Self::InMaking,
            Self::Other(error) => Self::Other(error.context(format!("scene {number}"))),
        }
    }
}

impl From<anyhow::Error> for RenderJobError {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<RenderError> for RenderJobError {
    fn from(error: RenderError) -> Self {
        match error {
            error if error.is_cancelled() => Self::Cancelled,
            RenderError::Speak(SpeakError::Voice(
                voice @ (VoiceError::NothingToSpeak | VoiceError::UnknownVoice { .. }),
            )) => Self::Unusable(Failure {
                code: "rendering_failed".to_owned(),
                message: format!("The script could not be spoken: {voice}."),
            }),
            RenderError::Speak(error @ SpeakError::TooLong) => Self::Unusable(Failure {
                code: "rendering_failed".to_owned(),
                message: format!("The script takes too long to say: {error}."),
            }),
            RenderError::Speak(SpeakError::Decode(
                FfmpegError::Failed { .. } | FfmpegError::Answer { .. },
            )) => Self::Unusable(Failure {
                code: "rendering_failed".to_owned(),
                message: "The audio could not be decoded to its end.".to_owned(),
            }),
            RenderError::Film(FfmpegError::Failed { .. } | FfmpegError::Answer { .. }) => {
                Self::Unusable(Failure {
                    code: "rendering_failed".to_owned(),
                    message: "The film could not be decoded to its end.".to_owned(),
                })
            }
            RenderError::Scene { number, error } => Self::from(*error).in_scene(number),
            RenderError::Other(error) => Self::Other(error),
            error => Self::Other(error.into()),
        }
    }
}

/// How often a running job shows how far it is.
const REPORT_EVERY: Duration = Duration::from_millis(500);

/// Renders the video and stores its files.
pub(crate) async fn render(
    app: &App,
    job: &JobContext,
    video: &Video,
) -> Result<RenderedVideo, RenderJobError> {
    let digest = again::digest(app, video).await?;
    if let Some(digest) = &digest {
        begin(app, job, video, digest).await?;
        if let Some(made) = again::copy(app, video, digest).await? {
            tracing::info!(video.id = %video.id, "the same video was there already");
            // Of an attempt that came to nothing.
            if let Err(left) = preview::forget(app, &video.id).await {
                no_preview(video, &left);
            }
            return Ok(made);
        }
    }
    let progress = Arc::new(AtomicU32::new(0));
    let (publisher, parts) = Publisher::begin(app, job, &video.id)
        .await
        .inspect_err(|error| no_preview(video, error))
        .ok()
        .unzip();
    let clip = async {
        let clip = make(app, job, video, progress.clone(), parts);
        let published = async {
            if let Some(publisher) = publisher
                && let Err(error) = publisher.run(app, &video.id).await
            {
                no_preview(video, &error);
            }
        };
        tokio::join!(clip, published).0
    };
    let reports = report(app, job, video, &progress);
    let made = tokio::select! {
        clip = clip => clip,
        stopped = reports => Err(stopped),
    };
    let (clip, scratch) = match made {
        Ok(made) => made,
        Err(error) => {
            if let Err(left) = preview::forget(app, &video.id).await {
                no_preview(video, &left);
            }
            return Err(error);
        }
    };
    let rendered = store_files(app, video, &clip, digest).await?;
    drop(scratch);
    tracing::info!(
        video.id = %video.id,
        duration_s = clip.duration_s,
        frames = clip.frames,
        speech_ms = millis(clip.speech_time),
        drawing_ms = millis(clip.drawing_time),
        encoder_wait_ms = millis(clip.encoder_wait),
        "video rendered"
    );
    Ok(rendered)
}

/// Notes what is being made, before it is looked whether it was made before: whoever ends in between is seen.
async fn begin(
    app: &App,
    job: &JobContext,
    video: &Video,
    digest: &str,
) -> Result<(), RenderJobError> {
    match app.store().begin_film(job.lease(), video, digest).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(RenderJobError::InMaking),
        Err(StoreError::LeaseLost) => Err(RenderJobError::Cancelled),
        Err(error) => Err(RenderJobError::Other(error.into())),
    }
}

/// A video that nobody can watch early is made all the same.
fn no_preview(video: &Video, error: &crate::Error) {
    let error: &dyn std::error::Error = error;
    tracing::warn!(video.id = %video.id, error, "the preview ends early");
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

async fn make(
    app: &App,
    job: &JobContext,
    video: &Video,
    progress: Arc<AtomicU32>,
    parts: Option<Parts>,
) -> Result<(Clip, tempfile::TempDir), RenderJobError> {
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let materials = materials::gather(app, video, scratch.path()).await?;
    let pictures = pictures(app, video, scratch.path()).await?;
    let shelf = WorkspaceShelf::new(app, &video.workspace_id, &video.id);
    for script in video.request.scripts() {
        prepare_voice(app, video, &script.voice_id).await?;
    }
    let (app, watch, request) = (app.clone(), job.clone(), video.request.clone());
    let work = tokio::task::spawn_blocking(move || {
        let inputs = ClipInputs {
            engines: app.engines(),
            request: &request,
            materials: &materials,
            pictures: &pictures,
            encoding: &app.settings().encoding,
            dir: scratch.path(),
            shelf: Some(&shelf),
            parts: parts.as_ref(),
        };
        let report = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share is 0 to 1"
            )]
            progress.store((share * 1e6) as u32, Ordering::Relaxed);
        };
        let clip = make_clip(&inputs, &Progress::new(&report, &|| watch.is_stopped()))?;
        Ok::<_, RenderJobError>((clip, scratch))
    });
    work.await.context("rendering stopped")?
}

/// Makes sure that a voice of the workspace's own can be spoken with here.
async fn prepare_voice(app: &App, video: &Video, voice: &VoiceId) -> Result<(), RenderJobError> {
    match crate::voices::find(app, &video.workspace_id, voice).await {
        Ok(_) => Ok(()),
        Err(crate::Error::NotFound(_) | crate::Error::NotUsable { .. }) => {
            Err(RenderJobError::Unusable(Failure {
                code: "rendering_failed".to_owned(),
                message: "The voice of this video is no longer there.".to_owned(),
            }))
        }
        Err(error) => Err(RenderJobError::Other(error.into())),
    }
}

/// Gets backgrounds and the watermark into `dir`.
async fn pictures(app: &App, video: &Video, dir: &Path) -> Result<Pictures, RenderJobError> {
    let mut files = HashMap::new();
    for (number, key) in video.request.material_keys().into_iter().enumerate() {
        let file = dir.join(format!("picture-{number}"));
        let got = app.blobs().download(&key, &file).await;
        got.context("a picture of the video cannot be read")?;
        files.insert(key, file);
    }
    Ok(Pictures::new(app.decoder().clone(), files))
}

/// The look was deleted between the request and its rendering.
pub(crate) fn gone() -> RenderJobError {
    RenderJobError::Unusable(Failure {
        code: "avatar_not_found".to_owned(),
        message: "The avatar was deleted before the video was rendered.".to_owned(),
    })
}

/// Writes the progress until the job must stop.
async fn report(
    app: &App,
    job: &JobContext,
    video: &Video,
    progress: &AtomicU32,
) -> RenderJobError {
    loop {
        let share = f64::from(progress.load(Ordering::Relaxed)) / 1e6;
        match app
            .store()
            .report_video_progress(job.lease(), &video.id, share)
            .await
        {
            Err(StoreError::LeaseLost) => return RenderJobError::Cancelled,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(video.id = %video.id, error, "progress could not be written");
            }
            Ok(()) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(REPORT_EVERY) => {}
            () = job.stopped() => return RenderJobError::Cancelled,
        }
    }
}

/// Where the video's file is kept.
pub(crate) fn video_key(video: &Video) -> String {
    match video.request.output {
        OutputFormat::Mp4 => keys::video(&video.id),
        OutputFormat::TransparentWebm => keys::transparent_video(&video.id),
    }
}

async fn store_files(
    app: &App,
    video: &Video,
    clip: &Clip,
    film_digest: Option<String>,
) -> anyhow::Result<RenderedVideo> {
    let thumbnail = likeness_media::encode_jpeg(&clip.thumbnail, 88)?;
    let subtitles = likeness_voice::srt(&clip.timing.words);
    let small = i64::try_from(thumbnail.len() + subtitles.len()).unwrap_or(0);
    let rendered = RenderedVideo {
        duration_s: clip.duration_s,
        video_key: video_key(video),
        thumbnail_key: keys::thumbnail(&video.id),
        subtitle_key: keys::subtitles(&video.id),
        stored_bytes: small
            .saturating_add(bytes_of(&[&clip.video]))
            .saturating_add(clip.captioned.iter().map(|file| bytes_of(&[file])).sum()),
        spoken_characters: spoken(&video.request),
        film_digest,
    };
    let blobs = app.blobs();
    blobs.put_file(&rendered.video_key, &clip.video).await?;
    if let Some(captioned) = &clip.captioned {
        let key = keys::captioned_video(&video.id, &rendered.video_key);
        blobs.put_file(&key, captioned).await?;
    }
    blobs
        .put_bytes(&rendered.thumbnail_key, Bytes::from(thumbnail))
        .await?;
    blobs
        .put_bytes(&rendered.subtitle_key, Bytes::from(subtitles))
        .await?;
    Ok(rendered)
}
