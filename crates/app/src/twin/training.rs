//! The training of a twin: footage → track, loops and references → one object and previews.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use image::RgbImage;
use likeness_blobs::keys;
use likeness_domain::avatar::{Gender, Look};
use likeness_infer::FaceEmbedding;
use likeness_jobs::JobContext;
use likeness_media::encode::{Container, EncodeSpec, Encoder};
use likeness_media::ffmpeg::{Ffmpeg, FfmpegError};
use likeness_render::{FrameLook, Track, find_loops};
use likeness_store::StoreError;

use super::file::{Head, Mouth, Twin};
use super::judging::{self, Unfit, check_duration, judge, median};
use super::mouths;
use super::playing::{filling, from, pictures, reader};
use super::survey::{self, Note, Order, Survey, SurveyError};
use crate::rendering::{FPS, Progress, SpeakError};
use crate::training::{PREVIEW_IMAGE_SIDE, TrainError, Trained};
use crate::{App, Engines, consent};

/// Longest side of footage as it is sent, in pixels.
const MAX_SOURCE_SIDE: u32 = 4096;
/// Length of the preview film, in frames: the footage itself, as nobody has agreed to anything else yet.
const PREVIEW_FRAMES: usize = 5 * FPS as usize;
const PREVIEW_SHORT_SIDE: f64 = 480.0;
/// References that are kept.
const REFERENCES: usize = 4;
/// Open mouths that are searched for teeth.
const OPEN_MOUTHS: usize = 3;
/// How often a running job shows how far it is.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Share of the work that going through the footage is.
const SURVEY_SHARE: f64 = 0.95;

impl From<Unfit> for TrainError {
    fn from(unfit: Unfit) -> Self {
        // The contract's example of a duration has no full stop, and clients compare texts.
        if unfit == Unfit::Duration {
            return Self::Unusable(likeness_domain::avatar::Failure {
                code: unfit.code().to_owned(),
                message: unfit.to_string(),
            });
        }
        Self::unusable(unfit.code(), &unfit)
    }
}

/// What training made, as files.
#[derive(Debug)]
pub struct TwinFiles {
    /// The object.
    pub twin: PathBuf,
    pub preview: PathBuf,
    pub poster: RgbImage,
    pub gender: Gender,
    pub size: (u32, u32),
    pub faces: Vec<FaceEmbedding>,
    /// How many mouths of the person's own it has; none if the footage did not offer enough speech.
    pub own_mouths: usize,
    /// Seconds of footage.
    pub duration_s: f64,
}

/// Trains the look of a digital twin.
pub(crate) async fn train(app: &App, job: &JobContext, look: &Look) -> Result<Trained, TrainError> {
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let source = scratch.path().join("footage");
    app.blobs()
        .download(&look.source_key, &source)
        .await
        .context("the footage cannot be read")?;
    let done = Arc::new(AtomicU32::new(0));
    let (engines, watch, shown) = (app.engines().clone(), job.clone(), done.clone());
    let (encoding, dir) = (app.settings().encoding.clone(), scratch.path().to_owned());
    let work = tokio::task::spawn_blocking(move || {
        let report = |share: f64| {
            shown.store((share * 1e6) as u32, Ordering::Relaxed);
        };
        let stopped = || watch.is_stopped();
        let progress = Progress::new(&report, &stopped);
        make(&engines, &encoding, &source, &dir, &progress)
    });
    let files = tokio::select! {
        files = work => files.context("training stopped")??,
        stopped = report(app, job, look, &done) => return Err(stopped),
    };
    keep_faces(app, look, &files.faces).await?;
    store(app, look, files).await
}

/// Keeps what the person looks like, for comparing with a recording of consent. New footage of a group must show the same
/// person.
async fn keep_faces(app: &App, look: &Look, faces: &[FaceEmbedding]) -> Result<(), TrainError> {
    let (workspace, group) = (&look.workspace_id, &look.group_id);
    let failed = |error: crate::Error| match error {
        // Deleted meanwhile.
        crate::Error::NotFound(_) => TrainError::Cancelled,
        other => TrainError::Other(other.into()),
    };
    let same = consent::shows_the_same_person(app, workspace, group, faces).await;
    if !same.map_err(failed)? {
        let message = "the footage shows somebody else than the group's earlier footage; make a group of its own";
        return Err(TrainError::unusable("another_person", &message));
    }
    let kept = consent::after_training(app, workspace, group, faces).await;
    kept.map_err(failed)
}

/// The first frame of footage of a length that twins take: all that test mode looks at.
pub(crate) async fn first_frame(app: &App, key: &str) -> Result<RgbImage, TrainError> {
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let file = scratch.path().join("footage");
    let downloaded = app.blobs().download(key, &file).await;
    downloaded.context("the footage cannot be read")?;
    let ffmpeg = app.settings().encoding.ffmpeg.clone();
    let work = tokio::task::spawn_blocking(move || {
        if let Some(seconds) = probe(&ffmpeg, &file)?.duration_s {
            check_duration(seconds)?;
        }
        let frame = ffmpeg.extract_frame(&file, 0.0);
        frame.map_err(|error| unread(error.into()))
    });
    work.await.context("decoding stopped")?
}

async fn store(app: &App, look: &Look, files: TwinFiles) -> Result<Trained, TrainError> {
    let poster = likeness_media::thumbnail(&files.poster, PREVIEW_IMAGE_SIDE);
    let jpeg = likeness_media::encode_jpeg(&poster, 90).context("preview picture")?;
    let trained = Trained {
        notes: None,
        own_mouths: files.own_mouths > 0,
        puppet_key: keys::puppet(&look.id),
        preview_image_key: keys::preview_image(&look.id),
        preview_video_key: keys::preview_video(&look.id),
        gender: files.gender,
        default_voice_id: app
            .engines()
            .voices()
            .default_for(Some(files.gender))
            .id
            .clone(),
        image_width: files.size.0,
        image_height: files.size.1,
        stored_bytes: crate::files::bytes_of(&[&files.twin, &files.preview])
            .saturating_add(i64::try_from(jpeg.len()).unwrap_or(i64::MAX)),
    };
    let blobs = app.blobs();
    let put = async {
        blobs.put_file(&trained.puppet_key, &files.twin).await?;
        blobs
            .put_bytes(&trained.preview_image_key, Bytes::from(jpeg))
            .await?;
        blobs
            .put_file(&trained.preview_video_key, &files.preview)
            .await
    };
    put.await.context("the trained look cannot be stored")?;
    Ok(trained)
}

/// Writes the progress until the job must stop.
async fn report(app: &App, job: &JobContext, look: &Look, done: &AtomicU32) -> TrainError {
    loop {
        let share = f64::from(done.load(Ordering::Relaxed)) / 1e6;
        let written = app
            .store()
            .report_look_progress(job.lease(), &look.id, share)
            .await;
        match written {
            Err(StoreError::LeaseLost) => return TrainError::Cancelled,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(look.id = %look.id, error, "progress could not be written");
            }
            Ok(()) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(REPORT_EVERY) => {}
            () = job.stopped() => return TrainError::Cancelled,
        }
    }
}

/// Makes a twin of the footage in `source`; its files are in `dir`. Blocks, and uses all cores.
pub fn make(
    engines: &Engines,
    encoding: &likeness_media::encode::EncodeSettings,
    source: &Path,
    dir: &Path,
    progress: &Progress<'_>,
) -> Result<TwinFiles, TrainError> {
    let ffmpeg = &encoding.ffmpeg;
    let Probed {
        duration_s,
        side,
        has_sound,
    } = probe(ffmpeg, source)?;
    if let Some(seconds) = duration_s {
        check_duration(seconds)?;
    }
    let film = dir.join("film.mp4");
    let frames = |seconds: f64| (seconds * f64::from(FPS)).ceil() as u64;
    let order = Order {
        source: source.to_owned(),
        out: film.clone(),
        source_side: side,
        expected: frames(duration_s.unwrap_or(60.0)),
        max_frames: frames(judging::MAX_S) + 3,
    };
    let going = |share: f64| progress.report(share * SURVEY_SHARE);
    let stopped = || progress.is_cancelled();
    let within = Progress::new(&going, &stopped);
    let mut survey = survey::survey(engines, ffmpeg, &order, &within).map_err(unread)?;
    let looks = judge(&survey)?;
    let track = std::mem::take(&mut survey.track).smoothed();
    let head = head(&survey, &looks, &track)?;
    let twin = Twin::new(head, track, film).context("the trained twin")?;
    let own_mouths = || -> Result<Vec<Mouth>, TrainError> {
        if !has_sound {
            return Ok(Vec::new());
        }
        let sound = mouths::Sound {
            engines,
            ffmpeg,
            source,
            duration_s: survey.notes.len() as f64 / f64::from(FPS),
            dir,
        };
        mouths_of(&sound, &twin, (&survey.notes, &looks), progress)
    };
    // Neither keeps two cores busy.
    let others = || -> anyhow::Result<_> {
        let enamel = enamel(ffmpeg, &twin, &survey.notes, &looks);
        let enamel = enamel.context("the colour of the teeth")?;
        Ok((enamel, previews(encoding, &twin, dir)?))
    };
    let (mouths, others) = rayon::join(own_mouths, others);
    let (mouths, (enamel, (poster, preview))) = (mouths?, others?);
    let mut twin = twin.with_mouths(mouths).context("the trained twin")?;
    twin.head.enamel = enamel;
    let file = dir.join("twin");
    twin.write(&file).context("the trained twin")?;
    progress.report(1.0);
    Ok(TwinFiles {
        twin: file,
        preview,
        poster,
        gender: gender(&survey),
        size: (twin.head.width, twin.head.height),
        own_mouths: twin.mouths.len(),
        duration_s: twin.head.frames as f64 / f64::from(FPS),
        faces: spread(std::mem::take(&mut survey.embeddings)),
    })
}

/// What is known of footage that can be used.
fn head(survey: &Survey, looks: &[FrameLook], track: &Track) -> Result<Head, TrainError> {
    let loops = find_loops(track, looks);
    if loops.is_empty() {
        return Err(Unfit::NoStretch.into());
    }
    let of = |value: fn(&Note) -> f32| median(seen(survey).map(value).collect());
    Ok(Head {
        fps: FPS,
        width: survey.size.0,
        height: survey.size.1,
        frames: track.len(),
        references: references(&survey.notes, looks),
        enamel: None,
        loops: loops.into_iter().map(Into::into).collect(),
        skin_luma: of(|note| note.luma),
        sharpness: of(|note| note.sharpness),
    })
}

fn gender(survey: &Survey) -> Gender {
    match survey.female {
        Some(female) if female < 0.5 => Gender::Male,
        _ => Gender::Female,
    }
}

/// The person's own mouths, if the footage offers enough speech. A twin of footage whose sound cannot be read speaks
/// without them.
fn mouths_of(
    sound: &mouths::Sound<'_>,
    twin: &Twin,
    (notes, looks): (&[Note], &[FrameLook]),
    progress: &Progress<'_>,
) -> Result<Vec<Mouth>, TrainError> {
    let resting = *twin.head.references.first().context("no resting mouth")?;
    let face = twin.face(resting).context("no resting mouth")?;
    let found = match mouths::find(sound, notes, looks, (resting, &face), progress) {
        Ok(found) => found,
        Err(SpeakError::Cancelled) => return Err(TrainError::Cancelled),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the footage's sound cannot be heard");
            Vec::new()
        }
    };
    Ok(mouths::cut(sound.ffmpeg, twin, &found)?)
}

fn seen(survey: &Survey) -> impl Iterator<Item = &Note> {
    survey.notes.iter().filter(|note| note.has_face)
}

/// What the container says of footage.
struct Probed {
    /// Length, if it is known.
    duration_s: Option<f64>,
    /// Longer side.
    side: u32,
    has_sound: bool,
}

fn probe(ffmpeg: &Ffmpeg, source: &Path) -> Result<Probed, TrainError> {
    let info = ffmpeg.probe(source).map_err(|error| unread(error.into()))?;
    let Some(video) = info.video else {
        return Err(TrainError::unusable(
            "footage_damaged",
            &"the file has no picture",
        ));
    };
    let side = video.width.max(video.height);
    if side > MAX_SOURCE_SIDE || video.width.min(video.height) < 2 {
        let message = format!(
            "the footage is {} by {}; its sides may have {MAX_SOURCE_SIDE} pixels",
            video.width, video.height
        );
        return Err(TrainError::unusable("footage_too_large", &message));
    }
    Ok(Probed {
        duration_s: video.duration_s.or(info.duration_s),
        side,
        has_sound: info.audio.is_some(),
    })
}

/// A file that ffmpeg does not take is the caller's fault.
fn unread(error: SurveyError) -> TrainError {
    match error {
        SurveyError::Film(FfmpegError::Failed { .. } | FfmpegError::Answer { .. }) => {
            let message = "the footage could not be decoded to its end";
            TrainError::unusable("footage_damaged", &message)
        }
        SurveyError::Film(other) => TrainError::Other(other.into()),
        SurveyError::Cancelled => TrainError::Cancelled,
        SurveyError::Other(other) => TrainError::Other(other),
    }
}

/// Frames in which the mouth rests, the best first: lips together and not drawn wide, the head as it mostly is, still
/// and sharp. They lie a second apart.
fn references(notes: &[Note], looks: &[FrameLook]) -> Vec<usize> {
    let usable = |k: &usize| looks[*k].usable;
    let of = |value: fn(&Note) -> f32| -> Vec<f32> {
        (0..notes.len())
            .filter(usable)
            .map(|k| value(&notes[k]))
            .collect()
    };
    let (yaw, pitch) = (median(of(|n| n.yaw)), median(of(|n| n.pitch)));
    let sharp = median(of(|n| n.sharpness)).max(1e-3);
    let mut widths = of(|n| n.width);
    widths.sort_by(f32::total_cmp);
    let narrow = widths.get(widths.len() / 5).copied().unwrap_or(0.0);
    let fault = |k: usize| {
        let n = &notes[k];
        let after = notes.get(k + 1).map_or(0.0, |n| n.moved);
        // A photo's mouth is closed as well, but lips that touch are better.
        8.0 * n.gap
            + 1.5 * (n.width - narrow).abs()
            + 1.5 * (n.yaw - yaw).abs()
            + (n.pitch - pitch).abs()
            + 4.0 * n.moved.max(after)
            + 0.6 * (1.0 - n.sharpness / sharp).max(0.0)
    };
    let mut order: Vec<usize> = (0..notes.len()).filter(usable).collect();
    order.sort_by(|&a, &b| fault(a).total_cmp(&fault(b)));
    apart(order)
}

/// The colour of the teeth, out of the frames that show most of them.
fn enamel(
    ffmpeg: &Ffmpeg,
    twin: &Twin,
    notes: &[Note],
    looks: &[FrameLook],
) -> anyhow::Result<Option<[u8; 3]>> {
    let mut best: Option<([u8; 3], f32)> = None;
    for frame in open_mouths(notes, looks) {
        pictures(ffmpeg, twin, &[frame], |frame, picture| {
            let seen = likeness_render::enamel(&picture, &twin.face(frame)?);
            best = best
                .into_iter()
                .chain(seen)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            Ok(())
        })?;
    }
    Ok(best.map(|(colour, _)| colour))
}

/// Frames with an open mouth that may show the teeth: still and sharp, the head as it mostly is.
fn open_mouths(notes: &[Note], looks: &[FrameLook]) -> Vec<usize> {
    let usable: Vec<usize> = (0..notes.len()).filter(|&k| looks[k].usable).collect();
    let yaw = median(usable.iter().map(|&k| notes[k].yaw).collect());
    let merit = |k: usize| {
        let n = &notes[k];
        n.gap.min(0.14) - 0.3 * (n.yaw - yaw).abs() - 1.5 * n.moved
    };
    let mut open: Vec<usize> = usable
        .into_iter()
        .filter(|&k| notes[k].gap > 0.07)
        .collect();
    open.sort_by(|&a, &b| merit(b).total_cmp(&merit(a)));
    let mut frames = apart(open);
    frames.truncate(OPEN_MOUTHS);
    frames
}

/// The first few of an order that lie a second apart.
fn apart(order: Vec<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    for frame in order {
        if kept.len() < REFERENCES && kept.iter().all(|k| k.abs_diff(frame) >= FPS as usize) {
            kept.push(frame);
        }
    }
    kept
}

/// At most a dozen, from all over the footage.
fn spread(all: Vec<FaceEmbedding>) -> Vec<FaceEmbedding> {
    const MOST: usize = 12;
    let step = all.len().div_ceil(MOST).max(1);
    all.into_iter().step_by(step).collect()
}

/// A picture of the resting face at full size, and a small silent film of the footage itself.
fn previews(
    encoding: &likeness_media::encode::EncodeSettings,
    twin: &Twin,
    dir: &Path,
) -> anyhow::Result<(RgbImage, PathBuf)> {
    let head = &twin.head;
    let resting = head.references.first().copied().unwrap_or(0);
    let mut poster = RgbImage::default();
    let still = pictures(&encoding.ffmpeg, twin, &[resting], |_, picture| {
        poster = picture;
        Ok(())
    });
    still.context("the resting face")?;

    let scale = PREVIEW_SHORT_SIDE / f64::from(head.width.min(head.height));
    let side = |pixels: u32| crate::videos::even(f64::from(pixels) * scale.min(1.0));
    let (width, height) = (side(head.width), side(head.height));
    let small = filling(twin, resting, (width, height)).context("the preview film")?;
    let out = dir.join("preview.mp4");
    let mut encoder = Encoder::start(&EncodeSpec {
        width,
        height,
        fps: FPS,
        audio: None,
        out: out.clone(),
        container: Container::Mp4,
        settings: encoding.clone(),
    })
    .context("the preview film")?;
    let first = head.loops.first().map_or(0, |stretch| stretch.start);
    let mut frames =
        reader(&encoding.ffmpeg, twin, &small, from(first)).context("the twin's film")?;
    let mut buffer = vec![0; small.bytes()];
    for _ in 0..PREVIEW_FRAMES.min(head.frames - first) {
        frames.read(&mut buffer).context("the preview film")?;
        encoder.write_frame(&buffer).context("the preview film")?;
    }
    encoder.finish().context("the preview film")?;
    Ok((poster, out))
}
