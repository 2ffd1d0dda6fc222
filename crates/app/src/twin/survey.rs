//! Going through footage once: where the face is in every frame, and what speaks for and against the frame.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::Context as _;
use image::RgbImage;
use likeness_infer::{Face, FaceEmbedding, FaceModels, HeadPose, LANDMARKS};
use likeness_media::footage::{Conform, ConformSpec};
use likeness_render::{THUMB, Track};
use rayon::prelude::*;

use super::{LOOK_SIDE, MAX_SIDE, unit};
use crate::Engines;
use crate::rendering::{FPS, Progress};

/// Frames from one look for all faces to the next.
const LOOK_EVERY: usize = 50;
/// The same while the face is lost.
const SEARCH_EVERY: usize = 5;
/// Frames that the face is followed in at once, in each from where it was before all of them: the network does not keep
/// two cores busy with one. In 80 ms no face leaves its neighbourhood.
const ABREAST: usize = 2;
/// A second face counts from this share of the first one's size.
const SECOND_FACE_SHARE: f32 = 1.0 / 3.0;
/// Frames that the decoder may be ahead.
const AHEAD: usize = 8;
/// Turned further to a side than this, a face is not embedded.
const MAX_EMBEDDED_YAW: f32 = 0.4;
/// Most samples along the square of a face in which its sharpness is measured.
const SHARP_SIDE: usize = 128;

/// What is known of one frame.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub has_face: bool,
    /// Whether lips were made out.
    pub mouth_seen: bool,
    /// Longer side of the face, in pixels of the footage as it was sent.
    pub face_size: f32,
    /// Turn of the head in radians.
    pub yaw: f32,
    pub pitch: f32,
    /// Mean luma of the face, 0 to 255.
    pub luma: f32,
    /// How much of the detail of the face is fine: 1/16 for a smooth ramp, more for what is sharp.
    pub sharpness: f32,
    /// Gap of the lips and width of the mouth, in eye distances.
    pub gap: f32,
    pub width: f32,
    /// How far the firm points moved since the frame before, in eye distances.
    pub moved: f32,
    /// Mean luma of the picture's cells.
    pub thumb: [u8; THUMB.0 * THUMB.1],
}

impl Default for Note {
    fn default() -> Self {
        Self {
            has_face: false,
            mouth_seen: false,
            face_size: 0.0,
            yaw: 0.0,
            pitch: 0.0,
            luma: 0.0,
            sharpness: 0.0,
            gap: 0.0,
            width: 0.0,
            moved: 0.0,
            thumb: [0; THUMB.0 * THUMB.1],
        }
    }
}

/// What going through the footage found.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Faces in pixels of the conformed film, as they were found.
    pub track: Track,
    pub notes: Vec<Note>,
    /// Sides of the conformed film.
    pub size: (u32, u32),
    /// How often all faces were looked for, and how often there were several.
    pub looks: usize,
    pub crowds: usize,
    /// Mean certainty that the person is a woman.
    pub female: Option<f32>,
    /// The face at several moments.
    pub embeddings: Vec<FaceEmbedding>,
}

/// What is gone through.
#[derive(Debug)]
pub(crate) struct Order {
    pub source: PathBuf,
    pub out: PathBuf,
    /// Longer side of the footage as it was sent.
    pub source_side: u32,
    /// Frames that are expected, for the progress.
    pub expected: u64,
    /// Frames after which it is too long.
    pub max_frames: u64,
}

/// Why it was not finished.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SurveyError {
    #[error(transparent)]
    Film(#[from] likeness_media::ffmpeg::FfmpegError),
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Conforms the footage and follows the face. Blocks. Memory grows by 3 KB a frame.
pub(crate) fn survey(
    engines: &Engines,
    ffmpeg: &likeness_media::ffmpeg::Ffmpeg,
    order: &Order,
    progress: &Progress<'_>,
) -> Result<Survey, SurveyError> {
    let mut conform = Conform::start(
        ffmpeg,
        &ConformSpec {
            source: order.source.clone(),
            out: order.out.clone(),
            fps: FPS,
            max_side: MAX_SIDE,
            quantiser: quantiser(order.source_side.min(MAX_SIDE)),
            look_side: LOOK_SIDE,
            max_frames: order.max_frames,
        },
    )?;
    let mut follower = Follower {
        faces: engines.faces()?,
        engines,
        last: None,
        females: Vec::new(),
        survey: Survey::default(),
        source_side: order.source_side,
    };
    // Read by a thread of its own: the decoder would wait while a face is followed, and the other way round.
    let (given, frames) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || -> Result<(), SurveyError> {
            while let Some(frame) = conform.next_frame()? {
                if given.send(frame).is_err() {
                    // Following has ended early, and says why.
                    break;
                }
            }
            Ok(())
        });
        let followed = follower.follow_all(&frames, order, progress);
        // Whoever reads notices that nobody wants more.
        drop(frames);
        let read = reading
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        followed.and(read)
    })?;
    let Follower {
        females,
        mut survey,
        ..
    } = follower;
    survey.female =
        (!females.is_empty()).then(|| females.iter().sum::<f32>() / females.len() as f32);
    Ok(survey)
}

/// How much is lost of a film whose longer side has so many pixels: see [`ConformSpec::quantiser`].
///
/// Small films are enlarged, and then blocks that change are seen: of a woman's at 360p, the greatest change from frame to
/// frame outside of the face is 1.02 times the footage's with 3, and 0.99 times with 2. At 1080p it is the camera's noise that
/// is lost: of 39 s of it, 3 keeps SSIM 0.978 in 10 MB and takes 5.0 CPU seconds, 2 keeps 0.981 in 38 MB and takes 7.7.
fn quantiser(side: u32) -> u8 {
    if side > 1280 { 3 } else { 2 }
}

struct Follower<'a> {
    faces: &'a FaceModels,
    engines: &'a Engines,
    /// The face in the frame before, in pixels of the frames that are looked at.
    last: Option<Box<[[f32; 3]]>>,
    females: Vec<f32>,
    survey: Survey,
    source_side: u32,
}

/// Where a face is, and how the head is turned.
type Sight = (Box<[[f32; 3]]>, HeadPose);

impl Follower<'_> {
    /// Follows the face through all frames that are given.
    fn follow_all(
        &mut self,
        given: &Receiver<RgbImage>,
        order: &Order,
        progress: &Progress<'_>,
    ) -> Result<(), SurveyError> {
        loop {
            let frames: Vec<RgbImage> = given.iter().take(ABREAST).collect();
            if frames.is_empty() {
                return Ok(());
            }
            if progress.is_cancelled() {
                return Err(SurveyError::Cancelled);
            }
            self.take(&frames)?;
            let done = self.survey.notes.len() as f64 / order.expected.max(1) as f64;
            progress.report(done.min(1.0));
        }
    }

    fn take(&mut self, frames: &[RgbImage]) -> anyhow::Result<()> {
        let Some(before) = &self.last else {
            for frame in frames {
                let found = match &self.last {
                    Some(before) => self.follow(frame, before)?,
                    None => None,
                };
                self.note(frame, found)?;
            }
            return Ok(());
        };
        let found: Vec<Option<Sight>> = frames
            .par_iter()
            .map(|frame| self.follow(frame, before))
            .collect::<anyhow::Result<_>>()?;
        for (frame, found) in frames.iter().zip(found) {
            self.note(frame, found)?;
        }
        Ok(())
    }

    fn follow(&self, frame: &RgbImage, before: &[[f32; 3]]) -> anyhow::Result<Option<Sight>> {
        let followed = self.faces.follow(frame, before);
        let followed = followed.context("following a face")?;
        Ok(followed.map(|followed| (followed.landmarks, followed.pose)))
    }

    /// Notes the next frame, in which the face was found by following it, if it was.
    fn note(&mut self, frame: &RgbImage, mut found: Option<Sight>) -> anyhow::Result<()> {
        let index = self.survey.notes.len();
        let looking = index.is_multiple_of(LOOK_EVERY);
        let searching = self.last.is_none() && index.is_multiple_of(SEARCH_EVERY);
        let before = self.last.take();
        if looking || searching {
            let all = self.faces.analyse(frame).context("looking for faces")?;
            if looking {
                self.look(&all, frame, index)?;
            }
            if found.is_none() {
                found = all
                    .into_iter()
                    .next()
                    .map(|face| (face.landmarks, face.pose));
            }
        }
        let mut note = Note {
            thumb: thumb(frame),
            ..Note::default()
        };
        // Landmarks are in the frames that are looked at; what is kept is in the film.
        let side = frame.width().max(frame.height());
        let film_side = self.source_side.min(MAX_SIDE);
        if index == 0 {
            let scaled = |v: u32| f64::from(v) * f64::from(film_side) / f64::from(side);
            let even = |v: f64| ((v / 2.0).round() as u32 * 2).max(2);
            self.survey.size = (even(scaled(frame.width())), even(scaled(frame.height())));
        }
        if let Some((landmarks, pose)) = &found {
            describe(&mut note, frame, landmarks, before.as_deref());
            note.face_size *= self.source_side as f32 / side as f32;
            (note.yaw, note.pitch) = (pose.yaw, pose.pitch);
            let scale = [
                self.survey.size.0 as f32 / frame.width() as f32,
                self.survey.size.1 as f32 / frame.height() as f32,
            ];
            let placed: Vec<[f32; 3]> = landmarks
                .iter()
                .map(|&[x, y, z]| [x * scale[0], y * scale[1], z * scale[0]])
                .collect();
            self.survey.track.push(Some(&placed));
        } else {
            self.survey.track.push(None);
        }
        self.survey.notes.push(note);
        self.last = found.map(|(landmarks, _)| landmarks);
        Ok(())
    }

    /// Looks at all faces of a frame.
    fn look(&mut self, all: &[Face], frame: &RgbImage, index: usize) -> anyhow::Result<()> {
        self.survey.looks += 1;
        let Some(largest) = all.first() else {
            return Ok(());
        };
        let others = all[1..]
            .iter()
            .any(|face| face.size() >= largest.size() * SECOND_FACE_SHARE);
        if others {
            self.survey.crowds += 1;
        }
        self.females.push(largest.gender.female);
        if largest.pose.yaw.abs() < MAX_EMBEDDED_YAW && !others {
            let embedding = self
                .engines
                .embedder()?
                .embed(frame, &largest.landmarks)
                .with_context(|| format!("the face of frame {index}"))?;
            self.survey.embeddings.push(embedding);
        }
        Ok(())
    }
}

/// What the landmarks and the pixels under them tell.
fn describe(note: &mut Note, frame: &RgbImage, face: &[[f32; 3]], before: Option<&[[f32; 3]]>) {
    debug_assert_eq!(face.len(), LANDMARKS);
    let at = |k: usize| face.get(k).copied().unwrap_or_default();
    let apart = |a: [f32; 3], b: [f32; 3]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let unit = unit(face);
    let bounds = face.iter().fold(
        [f32::MAX, f32::MAX, f32::MIN, f32::MIN],
        |[left, top, right, bottom], &[x, y, _]| {
            [left.min(x), top.min(y), right.max(x), bottom.max(y)]
        },
    );
    note.has_face = true;
    note.face_size = (bounds[2] - bounds[0]).max(bounds[3] - bounds[1]);
    note.mouth_seen = likeness_infer::mouth_is_visible(frame, face);
    note.gap = apart(at(13), at(14)) / unit;
    note.width = apart(at(61), at(291)) / unit;
    if let Some(before) = before {
        let firm = [10, 168, 33, 263, 234, 454, 4];
        let sum: f32 = firm
            .iter()
            .filter_map(|&k| before.get(k).map(|b| apart(at(k), *b)))
            .sum();
        note.moved = sum / firm.len() as f32 / unit;
    }
    let (luma, sharpness) = look(frame, bounds);
    (note.luma, note.sharpness) = (luma, sharpness);
}

/// Mean luma of the inner face, and how much of its detail is fine: the mean difference of neighbouring pixels against
/// that of pixels four apart, in a square of at most [`SHARP_SIDE`] samples.
fn look(frame: &RgbImage, [left, top, right, bottom]: [f32; 4]) -> (f32, f32) {
    let (w, h) = ((right - left) * 0.7, (bottom - top) * 0.7);
    let (x0, y0) = ((left + right - w) / 2.0, (top + bottom - h) / 2.0);
    // Never finer than the pixels: detail between them is none.
    let side = (w.max(h) as usize).clamp(8, SHARP_SIDE);
    let luma = |column: usize, row: usize| {
        let x = x0 + w * (column as f32 + 0.5) / side as f32;
        let y = y0 + h * (row as f32 + 0.5) / side as f32;
        if x < 0.0 || y < 0.0 {
            return None;
        }
        frame.get_pixel_checked(x as u32, y as u32).map(|p| {
            0.2126 * f32::from(p.0[0]) + 0.7152 * f32::from(p.0[1]) + 0.0722 * f32::from(p.0[2])
        })
    };
    let grid: Vec<Option<f32>> = (0..side * side).map(|k| luma(k % side, k / side)).collect();
    let known: Vec<f32> = grid.iter().flatten().copied().collect();
    if known.is_empty() {
        return (0.0, 0.0);
    }
    let mean = known.iter().sum::<f32>() / known.len() as f32;
    let detail = |step: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for row in 0..side {
            for column in 0..side - step {
                let k = row * side + column;
                if let (Some(a), Some(b)) = (grid[k], grid[k + step]) {
                    sum += (a - b).powi(2);
                    count += 1.0_f32;
                }
            }
        }
        sum / count.max(1.0)
    };
    (mean, detail(1) / detail(4).max(1e-3))
}

/// Mean luma of the cells of a small picture.
fn thumb(frame: &RgbImage) -> [u8; THUMB.0 * THUMB.1] {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let bytes = frame.as_raw();
    std::array::from_fn(|cell| {
        let (column, row) = (cell % THUMB.0, cell / THUMB.0);
        let (x0, x1) = (column * width / THUMB.0, (column + 1) * width / THUMB.0);
        let (y0, y1) = (row * height / THUMB.1, (row + 1) * height / THUMB.1);
        let (mut sum, mut count) = (0_u32, 0_u32);
        // Every third pixel of every third row tells the mean as well.
        for y in (y0..y1).step_by(3) {
            for x in (x0..x1).step_by(3) {
                // Green is most of the luma.
                sum += u32::from(bytes[(y * width + x) * 3 + 1]);
                count += 1;
            }
        }
        u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)
    })
}
