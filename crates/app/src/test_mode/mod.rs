//! Test mode: the same API for the tests of other programs, at next to no cost.
//!
//! A test key belongs to a workspace of its own, so test and real things never meet. Requests are checked as ever, jobs
//! go through the same queue, states, events and links; only the work itself is replaced: no networks, no voices, no
//! renderer. Pictures are those that were uploaded, standing still; each word is a tone. The same request makes the same
//! bytes. [`Triggers`] in names and titles make things fail.

mod clip;
mod triggers;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use likeness_blobs::keys;
use likeness_domain::avatar::{Failure, Gender, Look, LookType};
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{
    Background, Fit, LookPicture, OutputFormat, Picture, Video, VideoRequest,
};
use likeness_domain::voice::{PrivateVoice, Similarity};
use likeness_domain::webhook::Event;
use likeness_jobs::JobContext;
use likeness_media::encode::Container;
use likeness_media::still::StillSpec;
use likeness_store::{ClonedVoice, RenderedVideo, StoreError};

use crate::files::bytes_of;
use crate::presenters::Plan;
use crate::rendering::FPS;
use crate::rendering::job::RenderJobError;
use crate::speech::spoken;
use crate::training::{PREVIEW_IMAGE_SIDE, PREVIEW_SCRIPT, TrainError, Trained, preview_request};
use crate::voices::CloneJobError;
use crate::{App, Caller, Error, twin};

pub use triggers::{BrokenDownload, BrokenWebhook, Triggers, UnknownTrigger};

/// Refuses a name or title of a test workspace that holds what looks like a trigger and is none.
pub(crate) fn check(caller: &Caller, text: &str, param: &str) -> Result<(), Error> {
    if caller.workspace_id.is_test() {
        Triggers::read(text).map_err(|error| Error::invalid(param, format!("{error}.")))?;
    }
    Ok(())
}

/// The triggers of a stored name, which was checked when it came; one that was not has none.
fn stored(text: &str) -> Triggers {
    Triggers::read(text).unwrap_or_default()
}

/// Waits as long as asked for, unless the job is stopped.
async fn wait(job: &JobContext, delay: Duration) -> Result<(), ()> {
    tokio::select! {
        () = tokio::time::sleep(delay) => Ok(()),
        () = job.stopped() => Err(()),
    }
}

fn asked_for(code: String) -> Failure {
    Failure {
        code,
        message: "This failure was asked for by a trigger of test mode.".to_owned(),
    }
}

/// "Trains" a look: its photo must be one, its footage must be a film of the length that twins take; either becomes its previews.
pub(crate) async fn train(app: &App, job: &JobContext, look: &Look) -> Result<Trained, TrainError> {
    let triggers = stored(&look.name);
    wait(job, triggers.delay)
        .await
        .map_err(|()| TrainError::Cancelled)?;
    let mut gender = Gender::Female;
    let image = match look.look_type {
        LookType::DigitalTwin => twin::training::first_frame(app, &look.source_key).await?,
        LookType::PhotoAvatar | LookType::StudioAvatar => {
            let source = app.blobs().get(&look.source_key).await;
            let source = source.context("the photo cannot be read")?;
            match Plan::from_bytes(&source) {
                Some(plan) => {
                    gender = plan.gender();
                    plan.swatch()
                }
                None => crate::training::decode(app, source).await?,
            }
        }
    };
    if let Some(code) = triggers.fail {
        return Err(TrainError::Unusable(asked_for(code)));
    }
    let voice = app.engines().voices().default_for(Some(gender)).id.clone();
    let (image_width, image_height) = (image.width(), image.height());
    let request = preview_request(&look.id, &voice, image.dimensions());
    let preview = likeness_media::thumbnail(&image, PREVIEW_IMAGE_SIDE);
    let jpeg = likeness_media::encode_jpeg(&preview, 90).context("preview picture")?;
    let scratch = scratch(app)?;
    let timing = clip::timing(PREVIEW_SCRIPT, 1.0);
    let picture = Bytes::from(jpeg);
    let film = film(app, scratch.path(), &picture, &request, &timing).await?;

    let trained = Trained {
        // Nothing is drawn from it: the preview stands in for the puppet.
        puppet_key: keys::preview_image(&look.id),
        preview_image_key: keys::preview_image(&look.id),
        preview_video_key: keys::preview_video(&look.id),
        gender,
        default_voice_id: voice,
        image_width,
        image_height,
        stored_bytes: bytes_of(&[&film])
            .saturating_add(i64::try_from(picture.len()).unwrap_or(i64::MAX)),
        notes: None,
        own_mouths: look.look_type == LookType::DigitalTwin,
    };
    // Videos are made from the picture, so it is never broken.
    let stored = app.blobs().put_bytes(&trained.preview_image_key, picture);
    stored.await.context("the preview cannot be stored")?;
    keep(app, &trained.preview_video_key, &film, triggers.download).await?;
    Ok(trained)
}

/// "Renders" a video: its look's picture, standing still while tones stand for the words.
pub(crate) async fn render(
    app: &App,
    job: &JobContext,
    video: &Video,
) -> Result<RenderedVideo, RenderJobError> {
    let triggers = stored(video.title.as_deref().unwrap_or(""));
    let begun = app
        .store()
        .report_video_progress(job.lease(), &video.id, 0.5);
    begun.await.context("progress cannot be written")?;
    wait(job, triggers.delay)
        .await
        .map_err(|()| RenderJobError::Cancelled)?;
    if let Some(code) = triggers.fail {
        return Err(RenderJobError::Unusable(asked_for(code)));
    }
    let picture = picture_of(app, video).await?;
    let timing = clip::timing_of(&video.request);
    let scratch = scratch(app)?;
    let film = film(app, scratch.path(), &picture, &video.request, &timing).await?;
    let subtitles = Bytes::from(likeness_voice::srt(&timing.words));
    let small = i64::try_from(picture.len() + subtitles.len()).unwrap_or(i64::MAX);
    let rendered = RenderedVideo {
        duration_s: seconds(&timing),
        video_key: crate::rendering::job::video_key(video),
        thumbnail_key: keys::thumbnail(&video.id),
        subtitle_key: keys::subtitles(&video.id),
        stored_bytes: bytes_of(&[&film]).saturating_add(small),
        spoken_characters: spoken(&video.request),
        film_digest: None,
    };
    keep(app, &rendered.video_key, &film, triggers.download).await?;
    if let Some(key) = crate::videos::captioned_key(video) {
        keep(app, &key, &film, None).await?;
    }
    let blobs = app.blobs();
    let files = async {
        blobs.put_bytes(&rendered.thumbnail_key, picture).await?;
        blobs.put_bytes(&rendered.subtitle_key, subtitles).await
    };
    files.await.context("the video cannot be stored")?;
    Ok(rendered)
}

/// "Clones" a voice: whatever was recorded, it becomes the first installed voice of Kokoro.
pub(crate) async fn clone_voice(
    job: &JobContext,
    voice: &PrivateVoice,
) -> Result<ClonedVoice, CloneJobError> {
    let triggers = stored(&voice.name);
    wait(job, triggers.delay)
        .await
        .map_err(|()| CloneJobError::Cancelled)?;
    if let Some(code) = triggers.fail {
        return Err(CloneJobError::Unusable(asked_for(code)));
    }
    Ok(ClonedVoice {
        recipe: r#"{"parts":[["af_heart",1.0]]}"#.to_owned(),
        gender: Some(Gender::Female),
        similarity: Similarity {
            before: 0.5,
            after: 0.75,
        },
    })
}

/// The picture of the first scene: the preview of its look.
async fn picture_of(app: &App, video: &Video) -> Result<Bytes, RenderJobError> {
    let scene = video.request.scenes.first();
    let look_id = match &scene.context("the video has no scene")?.picture {
        Picture::Look(LookPicture { look_id, .. }) => look_id,
        Picture::Face { key } | Picture::Still { key } => return sent_picture(app, key).await,
        Picture::Film(film) => return first_frame(app, &film.key).await,
    };
    let look = app
        .store()
        .get_look(&video.workspace_id, look_id)
        .await
        .map_err(|error| match error {
            StoreError::NotFound => crate::rendering::job::gone(),
            other => RenderJobError::Other(other.into()),
        })?;
    let key = look
        .preview_image_key
        .ok_or_else(crate::rendering::job::gone)?;
    let bytes = app.blobs().get(&key).await;
    Ok(bytes.context("the look's picture cannot be read")?)
}

/// A picture that was sent for a video, as a JPEG.
async fn sent_picture(app: &App, key: &str) -> Result<Bytes, RenderJobError> {
    let bytes = app.blobs().get(key).await;
    let bytes = bytes.context("a picture of the video cannot be read")?;
    let image = crate::training::decode(app, bytes)
        .await
        .map_err(anyhow::Error::from)?;
    let preview = likeness_media::thumbnail(&image, PREVIEW_IMAGE_SIDE);
    let jpeg = likeness_media::encode_jpeg(&preview, 90).context("preview picture")?;
    Ok(Bytes::from(jpeg))
}

/// The first frame of a film that was sent, as a JPEG.
async fn first_frame(app: &App, key: &str) -> Result<Bytes, RenderJobError> {
    let scratch = scratch(app)?;
    let file = scratch.path().join("film");
    let downloaded = app.blobs().download(key, &file).await;
    downloaded.context("a film of the video cannot be read")?;
    let ffmpeg = app.settings().encoding.ffmpeg.clone();
    let work = tokio::task::spawn_blocking(move || {
        let frame = ffmpeg.extract_frame(&file, 0.0)?;
        let preview = likeness_media::thumbnail(&frame, PREVIEW_IMAGE_SIDE);
        likeness_media::encode_jpeg(&preview, 90).context("preview picture")
    });
    let jpeg = work.await.context("decoding stopped")??;
    Ok(Bytes::from(jpeg))
}

/// "Speaks" a text into an MP3 of tones.
pub(crate) async fn speak(
    app: &App,
    text: String,
    speed: f32,
    mp3: PathBuf,
) -> anyhow::Result<SpeechTiming> {
    let ffmpeg = app.settings().encoding.ffmpeg.clone();
    let work = tokio::task::spawn_blocking(move || {
        let timing = clip::timing(&text, speed);
        let wav = mp3.with_extension("wav");
        clip::write_tones(&timing, &wav)?;
        ffmpeg.encode_mp3(&wav, &mp3)?;
        Ok(timing)
    });
    work.await.context("speaking stopped")?
}

fn scratch(app: &App) -> anyhow::Result<tempfile::TempDir> {
    tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")
}

/// Length of a video, which is a whole number of frames.
fn seconds(timing: &SpeechTiming) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a video has far fewer frames than 2^52"
    )]
    let frames = clip::frames(timing, FPS) as f64;
    frames / f64::from(FPS)
}

/// Makes the file; gives where it is.
async fn film(
    app: &App,
    dir: &Path,
    picture: &Bytes,
    request: &VideoRequest,
    timing: &SpeechTiming,
) -> anyhow::Result<PathBuf> {
    let scene = request.scenes.first().context("the video has no scene")?;
    let (name, container) = match request.output {
        OutputFormat::Mp4 => ("video.mp4", Container::Mp4),
        OutputFormat::TransparentWebm => ("video.webm", Container::TransparentWebm),
    };
    let spec = StillSpec {
        picture: dir.join("picture.jpg"),
        audio: dir.join("speech.wav"),
        width: request.width,
        height: request.height,
        contain: scene.fit == Fit::Contain,
        background: match scene.background {
            Some(Background::Colour(colour)) => colour,
            Some(Background::Image { .. }) | None => [0; 3],
        },
        fps: FPS,
        frames: clip::frames(timing, FPS),
        container,
        out: dir.join(name),
    };
    let (picture, timing) = (picture.clone(), timing.clone());
    let ffmpeg = app.settings().encoding.ffmpeg.clone();
    let work = tokio::task::spawn_blocking(move || {
        std::fs::write(&spec.picture, &picture)?;
        clip::write_tones(&timing, &spec.audio)?;
        ffmpeg.encode_still(&spec)?;
        Ok::<_, anyhow::Error>(spec.out)
    });
    work.await.context("encoding stopped")?
}

/// Stores a file, or breaks it as asked for.
async fn keep(
    app: &App,
    key: &str,
    file: &Path,
    broken: Option<BrokenDownload>,
) -> anyhow::Result<()> {
    match broken {
        Some(BrokenDownload::Missing) => return Ok(()),
        Some(BrokenDownload::Truncated) => {
            let whole = std::fs::OpenOptions::new().write(true).open(file)?;
            whole.set_len(whole.metadata()?.len() / 2)?;
        }
        None => {}
    }
    let stored = app.blobs().put_file(key, file).await;
    stored.context("the file cannot be stored")
}

/// How an event of a test workspace is to be told, by the name of what it happened to.
pub(crate) async fn webhook_of(
    app: &App,
    event: &Event,
) -> Result<Option<BrokenWebhook>, StoreError> {
    let (store, workspace) = (app.store(), &event.workspace_id);
    if let Ok(id) = event.entity_id.parse() {
        match store.get_video(workspace, &id).await {
            Ok(video) => return Ok(stored(video.title.as_deref().unwrap_or("")).webhook),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let Ok(id) = event.entity_id.parse() else {
        return Ok(None);
    };
    match store.get_look(workspace, &id).await {
        Ok(look) => Ok(stored(&look.name).webhook),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
