//! The person's own mouths: which of them the footage offers, and their pictures.
//!
//! What is said in the footage is heard as any recording is, and planned as any speech is: so each frame has the pose
//! that its sound asks for. Frames that stand for all poses are cut out and kept.

use std::path::Path;

use anyhow::Context as _;
use image::RgbImage;
use likeness_hearing::{HearingError, Wanted};
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::{
    Face, FrameLook, MotionOptions, MouthCandidate, MouthShape, OwnMouth, Pose, TwinScene,
    choose_mouths, mouths_suffice, plan,
};
use rayon::prelude::*;

use super::file::{Mouth, Twin};
use super::judging::median;
use super::playing::pictures;
use super::survey::Note;
use super::unit;
use crate::Engines;
use crate::following::follow;
use crate::rendering::{FPS, Progress, SpeakError, ear};

/// Correlation of the lips with the sound from which they are its speaker's, as for recordings of consent.
const FOLLOWS: f32 = 0.4;
/// Least time in which something is said, in seconds.
const MIN_SPOKEN_S: f64 = 6.0;
/// What is cut out about the lips, in eye distances: to the sides, above and below. More than is ever laid over a frame.
const REACH: [f32; 3] = [1.05, 0.65, 0.8];
const JPEG_QUALITY: u8 = 95;
/// Frames that are decoded in the time that it takes to begin elsewhere in a film.
const READ_ON: usize = 60;
/// A picture that is shown smaller than this is made smaller before.
const SHRINKS: f32 = 0.85;

/// What the footage's sound is heard from.
pub(super) struct Sound<'a> {
    pub engines: &'a Engines,
    pub ffmpeg: &'a Ffmpeg,
    pub source: &'a Path,
    pub duration_s: f64,
    /// A folder for what is heard.
    pub dir: &'a Path,
}

/// The frames whose mouths stand for all that the person does in speaking; none if the footage does not offer enough
/// speech.
pub(super) fn find(
    sound: &Sound<'_>,
    notes: &[Note],
    looks: &[FrameLook],
    resting: (usize, &Face),
    progress: &Progress<'_>,
) -> Result<Vec<MouthCandidate>, SpeakError> {
    let asked = hear(sound, progress)?;
    let openings: Vec<Option<f32>> = notes
        .iter()
        .map(|note| (note.has_face && note.mouth_seen).then_some(note.gap))
        .collect();
    let jaws: Vec<f32> = asked.iter().map(|pose| pose.jaw).collect();
    let followed = follow(&openings, &jaws);
    let speaks = followed.near >= Some(FOLLOWS) && followed.near > followed.by_chance;
    let spoken = jaws.iter().filter(|jaw| **jaw > 0.0).count();
    if !speaks || (spoken as f64) < MIN_SPOKEN_S * f64::from(FPS) {
        tracing::info!(?followed, spoken, "the footage offers no speech");
        return Ok(Vec::new());
    }
    let of_frame = |frame: usize| {
        let heard = i64::try_from(frame).ok()? - followed.lag;
        asked.get(usize::try_from(heard).ok()?)
    };
    let chosen = choose_mouths(&candidates(notes, looks, resting, of_frame));
    let shapes: Vec<MouthShape> = chosen.iter().map(|mouth| mouth.shape).collect();
    if mouths_suffice(&shapes) {
        Ok(chosen)
    } else {
        tracing::info!(mouths = shapes.len(), "the footage lacks kinds of mouths");
        Ok(Vec::new())
    }
}

/// The pose that the sound asks for in each frame.
fn hear(sound: &Sound<'_>, progress: &Progress<'_>) -> Result<Vec<Pose>, SpeakError> {
    let out = sound.dir.join("footage.pcm");
    let mut recording = ear(sound.ffmpeg, sound.source, sound.duration_s, &out, progress)?;
    let mut report = |_| {
        if progress.is_cancelled() {
            Err(HearingError::Cancelled)
        } else {
            Ok(())
        }
    };
    let hearing = sound.engines.hearing();
    let heard = hearing.listen(&mut recording, Wanted::Sounds, &|_, _| None, &mut report);
    let timing = match heard {
        Err(HearingError::Cancelled) => return Err(SpeakError::Cancelled),
        other => other?,
    };
    let options = MotionOptions {
        fps: FPS,
        ..MotionOptions::default()
    };
    Ok(plan(&timing, &options).rows().to_vec())
}

/// Usable frames with the poses that they were made for. The one in which the mouth rests comes first.
fn candidates<'a>(
    notes: &[Note],
    looks: &[FrameLook],
    (resting, face): (usize, &Face),
    of_frame: impl Fn(usize) -> Option<&'a Pose>,
) -> Vec<MouthCandidate> {
    let frames: Vec<(usize, &Pose)> = (0..notes.len())
        .filter(|&frame| looks[frame].usable && notes[frame].mouth_seen)
        .filter_map(|frame| Some((frame, of_frame(frame)?)))
        .collect();
    let poses: Vec<Pose> = frames.iter().map(|(_, pose)| **pose).collect();
    let expected: Vec<f32> = TwinScene::mouths(face, &poses)
        .into_iter()
        .map(|[opening, _]| opening)
        .collect();
    let gaps: Vec<f32> = frames.iter().map(|(frame, _)| notes[*frame].gap).collect();
    let line = Line::through(&expected, &gaps);
    let of = |value: fn(&Note) -> f32| -> f32 {
        median(
            frames
                .iter()
                .map(|(frame, _)| value(&notes[*frame]))
                .collect(),
        )
    };
    let (yaw, sharpness) = (of(|note| note.yaw), of(|note| note.sharpness).max(1e-3));
    let candidate = |((frame, pose), (expected, gap)): ((usize, &Pose), (&f32, &f32))| {
        let note = &notes[frame];
        let fault = (gap - line.at(*expected)).abs() / 0.08
            + (note.yaw - yaw).abs() / 0.3
            + note.moved / 0.08
            + (1.0 - note.sharpness / sharpness).max(0.0);
        MouthCandidate {
            frame,
            shape: MouthShape::of(pose),
            fault: fault.min(1.0),
        }
    };
    let rest = MouthCandidate {
        frame: resting,
        shape: MouthShape::of(&Pose::default()),
        fault: -1.0,
    };
    let others = frames
        .into_iter()
        .zip(expected.iter().zip(&gaps))
        .map(candidate);
    std::iter::once(rest).chain(others).collect()
}

/// A straight line, by least squares: people open their mouths more or less than the plan does.
struct Line {
    offset: f32,
    slope: f32,
}

impl Line {
    fn through(xs: &[f32], ys: &[f32]) -> Self {
        let count = xs.len().max(1) as f32;
        let (x, y) = (
            xs.iter().sum::<f32>() / count,
            ys.iter().sum::<f32>() / count,
        );
        let (mut both, mut own) = (0.0, 0.0);
        for (a, b) in xs.iter().zip(ys) {
            both += (a - x) * (b - y);
            own += (a - x).powi(2);
        }
        let slope = both / own.max(1e-6);
        Self {
            offset: y - slope * x,
            slope,
        }
    }

    fn at(&self, x: f32) -> f32 {
        self.offset + self.slope * x
    }
}

/// Cuts the mouths of these frames out of a twin's film.
pub(super) fn cut(
    ffmpeg: &Ffmpeg,
    twin: &Twin,
    chosen: &[MouthCandidate],
) -> anyhow::Result<Vec<Mouth>> {
    let mut frames: Vec<usize> = chosen.iter().map(|mouth| mouth.frame).collect();
    frames.sort_unstable();
    frames.dedup();
    let runs: Vec<&[usize]> = frames.chunk_by(|a, b| b - a <= READ_ON).collect();
    let cut = |run: &&[usize]| -> anyhow::Result<Vec<Mouth>> {
        let mut mouths = Vec::with_capacity(run.len());
        pictures(ffmpeg, twin, run, |frame, picture| {
            let size = (twin.head.width, twin.head.height);
            let [left, top, right, bottom] = about_lips(&twin.face(frame)?, size);
            let part = image::imageops::crop_imm(&picture, left, top, right - left, bottom - top);
            let jpeg = likeness_media::encode_jpeg(&part.to_image(), JPEG_QUALITY)?;
            let those = chosen.iter().filter(|mouth| mouth.frame == frame);
            mouths.extend(those.map(|mouth| Mouth {
                frame,
                shape: mouth.shape.numbers(),
                corner: [left, top],
                jpeg: jpeg.clone(),
            }));
            Ok(())
        })?;
        Ok(mouths)
    };
    let cut: Vec<Vec<Mouth>> = runs.par_iter().map(cut).collect::<anyhow::Result<_>>()?;
    Ok(cut.into_iter().flatten().collect())
}

/// What is cut out: left, top, right, bottom, all even and within the frame.
fn about_lips(face: &Face, (width, height): (u32, u32)) -> [u32; 4] {
    let unit = unit(face);
    let middle = [0, 1].map(|axis| f32::midpoint(face[13][axis], face[14][axis]));
    let even = |v: f32, most: u32| (v.max(0.0) as u32).min(most) / 2 * 2;
    let [aside, above, below] = REACH.map(|reach| reach * unit);
    let left = even(middle[0] - aside, width - 2);
    let top = even(middle[1] - above, height - 2);
    [
        left,
        top,
        even(middle[0] + aside + 2.0, width).max(left + 2),
        even(middle[1] + below + 2.0, height).max(top + 2),
    ]
}

/// The mouths of a twin as a scene shows them in which eyes are `drawn` pixels apart, no larger than they are drawn.
pub(super) fn own(twin: &Twin, drawn: f32) -> anyhow::Result<Vec<OwnMouth>> {
    let one = |mouth: &Mouth| -> anyhow::Result<OwnMouth> {
        let picture = image::load_from_memory_with_format(&mouth.jpeg, image::ImageFormat::Jpeg)
            .context("a mouth of the twin")?
            .into_rgb8();
        let face = twin.face(mouth.frame)?;
        let scale = drawn / unit(&face);
        let (picture, scale) = if scale < SHRINKS {
            shrunk(&picture, scale)
        } else {
            (picture, [1.0; 2])
        };
        let [left, top] = mouth.corner.map(|corner| corner as f32);
        // Middles of pixels are at whole numbers.
        let placed = |&[x, y, z]: &[f32; 3]| {
            [
                (x - left) * scale[0] - 0.5,
                (y - top) * scale[1] - 0.5,
                z * scale[0],
            ]
        };
        Ok(OwnMouth {
            picture,
            face: face.iter().map(placed).collect(),
            shape: MouthShape::from_numbers(mouth.shape),
        })
    };
    twin.mouths.iter().map(one).collect()
}

/// A smaller picture with even sides, and by how much it is smaller.
fn shrunk(picture: &RgbImage, scale: f32) -> (RgbImage, [f32; 2]) {
    let side = |pixels: u32| ((pixels as f32 * scale / 2.0).round() as u32 * 2).max(2);
    let (width, height) = (side(picture.width()), side(picture.height()));
    let small = image::imageops::resize(
        picture,
        width,
        height,
        image::imageops::FilterType::Triangle,
    );
    let by = [
        width as f32 / picture.width() as f32,
        height as f32 / picture.height() as f32,
    ];
    (small, by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_through_points() {
        let xs: Vec<f32> = (0..10).map(|k| k as f32).collect();
        let ys: Vec<f32> = xs.iter().map(|x| 0.5 * x + 2.0).collect();
        let line = Line::through(&xs, &ys);
        assert!((line.at(20.0) - 12.0).abs() < 1e-4);
        assert!(Line::through(&[], &[]).at(1.0).is_finite());
    }

    #[test]
    fn what_is_cut_out_stays_within_the_frame() {
        let mut face: Face = vec![[300.0, 400.0, 0.0]; 478];
        for (k, x) in [(33, 240.0), (133, 260.0), (362, 340.0), (263, 360.0)] {
            face[k] = [x, 300.0, 0.0];
        }
        let [left, top, right, bottom] = about_lips(&face, (640, 440));
        assert!(right <= 640 && bottom <= 440 && left < right && top < bottom);
        assert!([left, top, right, bottom].iter().all(|side| side % 2 == 0));
        assert!(left < 205 && right > 395, "{left} {right}");
    }

    #[test]
    fn shrunk_pictures_have_even_sides() {
        let (small, by) = shrunk(&RgbImage::new(300, 200), 0.33);
        assert_eq!(small.dimensions(), (100, 66));
        assert!((by[0] - 1.0 / 3.0).abs() < 1e-6 && (by[1] - 0.33).abs() < 1e-6);
    }
}
