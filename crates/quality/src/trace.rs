//! What the landmark network sees in each frame of a file.

use std::io;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use image::RgbImage;
use likeness_infer::{FaceModels, HeadPose};
use likeness_media::ffmpeg::Ffmpeg;

/// Frames between two detections from nothing, which keep the tracker honest.
const DETECT_EVERY: usize = 50;

/// Points of both brows' lower edges, and of the eyes that their height is measured from.
const BROWS: [usize; 10] = [46, 53, 52, 65, 55, 276, 283, 282, 295, 285];

/// The face in one frame.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The 478 landmarks in pixels of the frame.
    pub landmarks: Box<[[f32; 3]]>,
    pub pose: HeadPose,
}

impl Sight {
    /// A landmark in the picture.
    pub fn at(&self, index: usize) -> [f32; 2] {
        let p = self.landmarks[index];
        [p[0], p[1]]
    }

    fn apart(&self, a: usize, b: usize) -> f32 {
        let (p, q) = (self.at(a), self.at(b));
        (p[0] - q[0]).hypot(p[1] - q[1])
    }

    /// Middles of both eyes between their corners, the picture's left one first.
    pub fn eyes(&self) -> [[f32; 2]; 2] {
        [[33, 133], [362, 263]].map(|[a, b]| {
            let (p, q) = (self.at(a), self.at(b));
            [0, 1].map(|k| f32::midpoint(p[k], q[k]))
        })
    }

    /// Distance of the eye centres in pixels, the unit of all that follows.
    pub fn unit(&self) -> f32 {
        let [a, b] = self.eyes();
        (a[0] - b[0]).hypot(a[1] - b[1]).max(1e-3)
    }

    /// Gap of the inner lips at the middle.
    pub fn opening(&self) -> f32 {
        self.apart(13, 14) / self.unit()
    }

    /// Distance of the mouth's inner corners.
    pub fn width(&self) -> f32 {
        self.apart(78, 308) / self.unit()
    }

    /// Height of an eye's opening against its width, the mean of both.
    pub fn eye_opening(&self) -> f32 {
        let left = self.apart(159, 145) / self.apart(33, 133).max(1e-3);
        let right = self.apart(386, 374) / self.apart(362, 263).max(1e-3);
        f32::midpoint(left, right)
    }

    /// Height of the brows above the line of the eyes.
    pub fn brows(&self) -> f32 {
        let sum: f32 = BROWS.iter().map(|&k| -self.in_face(k)[1]).sum();
        sum / BROWS.len() as f32
    }

    /// A landmark in the frame of the eyes: origin between them, x along their line, in eye distances. What a rigid
    /// movement of the head in the picture's plane does is gone.
    pub fn in_face(&self, index: usize) -> [f32; 2] {
        let [a, b] = self.eyes();
        let unit = self.unit();
        let along = [(b[0] - a[0]) / unit, (b[1] - a[1]) / unit];
        let p = self.at(index);
        let d = [
            p[0] - f32::midpoint(a[0], b[0]),
            p[1] - f32::midpoint(a[1], b[1]),
        ];
        [
            (d[0] * along[0] + d[1] * along[1]) / unit,
            (d[1] * along[0] - d[0] * along[1]) / unit,
        ]
    }
}

/// A face followed through a file.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub sights: Vec<Sight>,
    /// Greatest distance between a followed landmark (mean of all) and one found from nothing, in eye distances.
    pub drift: f32,
}

impl Trace {
    /// One figure of each frame.
    pub fn curve(&self, of: impl Fn(&Sight) -> f32) -> Vec<f32> {
        self.sights.iter().map(of).collect()
    }
}

/// Follows the face through `max_s` seconds of a file from `from_s` on; `also` gets every frame with what was seen.
pub fn follow(
    models: &FaceModels,
    ffmpeg: &Ffmpeg,
    file: &Path,
    (from_s, max_s): (f64, f64),
    mut also: impl FnMut(usize, &RgbImage, &Sight) -> Result<()> + Send,
) -> Result<Trace> {
    let mut trace = Trace::default();
    let mut fault = None;
    let decoded = ffmpeg.decode_frames(file, from_s, max_s, |frame| {
        let index = trace.sights.len();
        let seen = see(models, &frame, &mut trace).and_then(|()| {
            let sight = trace.sights.last().context("nothing was seen")?;
            also(index, &frame, sight)
        });
        seen.map_err(|error| {
            fault = Some(error);
            io::Error::other("stopped")
        })
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    decoded.with_context(|| format!("decode {}", file.display()))?;
    if trace.sights.is_empty() {
        bail!("{} has no frames", file.display());
    }
    Ok(trace)
}

/// Looks at the next frame: near the face of the one before, and now and then from nothing.
fn see(models: &FaceModels, frame: &RgbImage, trace: &mut Trace) -> Result<()> {
    let index = trace.sights.len();
    let tracked = match trace.sights.last() {
        Some(before) => models.track(frame, &before.landmarks)?,
        None => None,
    };
    let found = if tracked.is_none() || index.is_multiple_of(DETECT_EVERY) {
        let face = models.analyse(frame)?.into_iter().next();
        let face = face.with_context(|| format!("no face in frame {index}"))?;
        Some(Sight {
            landmarks: face.landmarks,
            pose: face.pose,
        })
    } else {
        None
    };
    let sight = match (tracked, found) {
        (Some(tracked), found) => {
            let sight = Sight {
                landmarks: tracked.landmarks,
                pose: tracked.pose,
            };
            if let Some(found) = found {
                trace.drift = trace.drift.max(mean_distance(&sight, &found));
            }
            sight
        }
        (None, Some(found)) => found,
        (None, None) => bail!("no face in frame {index}"),
    };
    trace.sights.push(sight);
    Ok(())
}

/// Mean distance of the landmarks, in eye distances.
fn mean_distance(a: &Sight, b: &Sight) -> f32 {
    let count = a.landmarks.len();
    let sum: f32 = (0..count)
        .map(|k| (a.at(k)[0] - b.at(k)[0]).hypot(a.at(k)[1] - b.at(k)[1]))
        .sum();
    sum / count.max(1) as f32 / a.unit()
}
