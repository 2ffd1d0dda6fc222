//! Looks at and listens to a recording of consent.

#[cfg(test)]
mod rates;

use std::path::Path;

use anyhow::Context as _;
use image::RgbImage;
use likeness_hearing::Wanted;
use likeness_infer::{Face, FaceEmbedding};
use likeness_media::ffmpeg::{Ffmpeg, FfmpegError};
use likeness_media::recording::RecordingFrames;
use likeness_render::{MotionOptions, plan};

use super::verdict::Measures;
use super::words;
use crate::rendering::FPS;
use crate::{Engines, following};

/// Every so manieth of them is searched for all faces, and the face compared.
const SEARCH_EVERY: usize = 12;
/// Side of the pictures in pixels.
const SIDE: u32 = 640;
/// Longest part of a recording that is looked at, in seconds.
const MAX_S: u32 = 60;
/// A second face counts from this share of the first one's size.
const OTHER_FACE: f32 = 0.3;
/// Samples a second for the recognisers.
const RATE_HZ: u32 = likeness_hearing::SAMPLE_RATE_HZ;

/// What the recording is held against.
pub(crate) struct Against<'a> {
    pub(crate) footage: &'a [FaceEmbedding],
    pub(crate) statement: &'a str,
    pub(crate) passphrase: Option<&'a str>,
    /// Distance from which faces are of two people.
    pub(crate) other_face: f32,
}

/// Why a recording was not measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SightError {
    /// The file's own fault.
    #[error("the recording cannot be read")]
    Unreadable(#[source] FfmpegError),
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<FfmpegError> for SightError {
    fn from(error: FfmpegError) -> Self {
        match error {
            FfmpegError::Failed { .. } | FfmpegError::Answer { .. } => Self::Unreadable(error),
            other => Self::Other(other.into()),
        }
    }
}

/// What is seen, frame by frame.
#[derive(Default)]
struct Seen {
    frames: usize,
    looked: usize,
    missing: usize,
    others: usize,
    faces: Vec<FaceEmbedding>,
    /// Opening of the mouth against the distance of the eyes.
    openings: Vec<Option<f32>>,
}

/// Measures a recording. Blocking.
pub(crate) fn measure(
    engines: &Engines,
    ffmpeg: &Ffmpeg,
    file: &Path,
    against: &Against<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Measures, SightError> {
    let info = ffmpeg.probe(file)?;
    if info.video.is_none() {
        return Ok(Measures::default());
    }
    let seen = look(engines, ffmpeg, file, cancelled)?;
    let mut measures = seen.measures();
    compare(&seen.faces, against, &mut measures);
    if info.audio.is_some() {
        let (heard, asked) = hear(engines, ffmpeg, file)?;
        understand(&heard, &asked, &seen, against, &mut measures);
    }
    Ok(measures)
}

impl Seen {
    fn measures(&self) -> Measures {
        Measures {
            duration_s: count(self.frames) / f64::from(FPS),
            looked: self.looked,
            missing: self.missing,
            others: self.others,
            ..Measures::default()
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "frames of a minute")]
fn count(frames: usize) -> f64 {
    frames as f64
}

fn look(
    engines: &Engines,
    ffmpeg: &Ffmpeg,
    file: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<Seen, SightError> {
    let models = engines.faces()?;
    let mut frames = RecordingFrames::start(ffmpeg, file, SIDE, FPS, MAX_S)?;
    let mut seen = Seen::default();
    let mut last: Option<Box<[[f32; 3]]>> = None;
    while let Some(frame) = frames.next_frame()? {
        if cancelled() {
            return Err(SightError::Cancelled);
        }
        let landmarks = if seen.frames.is_multiple_of(SEARCH_EVERY) {
            search(engines, &frame, &mut seen)?
        } else {
            match &last {
                Some(last) => models
                    .track(&frame, last)
                    .context("the face networks failed")?
                    .map(|face| face.landmarks),
                None => None,
            }
        };
        seen.openings.push(landmarks.as_deref().and_then(opening));
        seen.frames += 1;
        last = landmarks;
    }
    Ok(seen)
}

/// All faces of a frame; the largest is the person's.
fn search(
    engines: &Engines,
    frame: &RgbImage,
    seen: &mut Seen,
) -> Result<Option<Box<[[f32; 3]]>>, SightError> {
    let faces = engines
        .faces()?
        .analyse(frame)
        .context("the face networks failed")?;
    seen.looked += 1;
    let Some(first) = faces.first() else {
        seen.missing += 1;
        return Ok(None);
    };
    let size = first.size();
    if faces
        .iter()
        .skip(1)
        .any(|face: &Face| face.size() > OTHER_FACE * size)
    {
        seen.others += 1;
    }
    let face = engines
        .embedder()?
        .embed(frame, &first.landmarks)
        .context("the face networks failed")?;
    seen.faces.push(face);
    Ok(Some(first.landmarks.clone()))
}

/// Distance of the inner lips' middles against that of the outer corners of the eyes.
fn opening(landmarks: &[[f32; 3]]) -> Option<f32> {
    let apart = |a: usize, b: usize| {
        let (a, b) = (landmarks.get(a)?, landmarks.get(b)?);
        Some((a[0] - b[0]).hypot(a[1] - b[1]))
    };
    let (lips, eyes) = (apart(13, 14)?, apart(33, 263)?);
    (eyes > 1.0).then(|| lips / eyes)
}

fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

fn compare(faces: &[FaceEmbedding], against: &Against<'_>, measures: &mut Measures) {
    let (Some(footage), Some(recorded)) = (
        FaceEmbedding::mean(against.footage),
        FaceEmbedding::mean(faces),
    ) else {
        return;
    };
    let far: Vec<f32> = faces.iter().map(|face| face.distance(&footage)).collect();
    let quarter = far.len().div_ceil(4).max(1);
    let quarters = far.chunks(quarter).filter_map(|part| median(part.to_vec()));
    measures.worst_quarter = quarters.reduce(f32::max);
    measures.face = median(far);
    let strange = against
        .footage
        .iter()
        .filter(|face| face.distance(&recorded) > against.other_face)
        .count();
    #[expect(clippy::cast_possible_truncation, reason = "a share")]
    let share = (count(strange) / count(against.footage.len())) as f32;
    measures.footage_of_others = Some(share);
}

/// What is said in a recording, and the opening of the mouth, frame by frame, that its sounds ask for.
fn hear(engines: &Engines, ffmpeg: &Ffmpeg, file: &Path) -> Result<(String, Vec<f32>), SightError> {
    let samples = ffmpeg.decode_audio(file, RATE_HZ, MAX_S)?;
    let hearing = engines.hearing();
    let timing = hearing
        .listen(
            &mut &samples[..],
            Wanted::SoundsAndWords,
            &|_, _| None,
            &mut |_| Ok(()),
        )
        .context("the recognisers failed")?;
    let heard: Vec<&str> = timing.words.iter().map(|word| word.text.as_str()).collect();
    let options = MotionOptions {
        fps: FPS,
        ..MotionOptions::default()
    };
    let motion = plan(&timing, &options);
    let asked = motion.rows().iter().map(|pose| pose.jaw).collect();
    Ok((heard.join(" "), asked))
}

fn understand(
    heard: &str,
    asked: &[f32],
    seen: &Seen,
    against: &Against<'_>,
    measures: &mut Measures,
) {
    heard.clone_into(&mut measures.heard);
    measures.statement_share = words::heard_share(against.statement, heard);
    if let Some(passphrase) = against.passphrase {
        measures.words = words::heard_words(passphrase, heard);
    }
    let followed = following::follow(&seen.openings, asked);
    (measures.lips, measures.lips_by_chance) = (followed.near, followed.by_chance);
}
