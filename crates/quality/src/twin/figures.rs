//! A twin's video held against its footage.

use std::path::Path;

use anyhow::{Context as _, Result};
use image::RgbImage;
use likeness_app::rendering::{Clip, FPS};
use likeness_app::twin::Twin;
use likeness_infer::FaceModels;
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::{MotionOptions, TwinScene, plan};

use crate::clip::Studio;
use crate::lips::{self, CLOSED};
use crate::measures::{Aim, Row, Rows};
use crate::patches::{self, Patches, Places};
use crate::picture::Luma;
use crate::signal::{bends, best_lag, jitter, quantile};
use crate::trace::{self, Sight, Trace};

/// Points that no speech moves: forehead, bridge of the nose, outer corners of the eyes, temples. Cheeks and the tip of the
/// Frames after which patches are cut anew, as a face that turns and laughs comes to look different.
const AGAIN: usize = 25;
/// nose go with the mouth: in footage whose person is silent they would count what is said as trembling.
const FIRM: [usize; 8] = [10, 151, 168, 6, 33, 263, 127, 356];

/// Half sides of what belongs to the face, in eye distances about the nose: all outside is background, hair and body.
const FACE: [f32; 2] = [1.7, 2.6];

/// Longest shift, in frames, at which the best correlation is sought.
const MOST_LAG: usize = 5;

/// Figures of one video of a twin.
#[derive(Debug, Clone)]
pub struct Figures {
    /// How trembling the firm points of the face are, against the same frames of the footage.
    pub jitter: f32,
    /// The same of the forehead against the bridge of the nose, by their pixels.
    pub pixel_jitter: f32,
    /// Greatest change from frame to frame outside of the face: of the video, at loop points of it, and of the frames of the
    /// footage that it shows; means of 0 to 255.
    pub change: f32,
    pub loop_change: f32,
    pub source_change: f32,
    /// Frames that were part of a loop point.
    pub loop_frames: usize,
    /// Correlation of the mouth's opening with what was planned, at the best shift, and that shift in frames.
    pub opening: f32,
    pub lag: f32,
    /// The same with the opening of the mouth in the footage: what of it was left would show here.
    pub left_over: f32,
    /// Share of closures in which the lips meet, and how many there are.
    pub closed: f32,
    pub closures: usize,
}

impl Figures {
    /// The figures with their aims, for a table.
    pub fn rows(&self, name: &str) -> Vec<Row> {
        let mut rows = Rows::new(name);
        let mut row = |name, aim, digits, unit, value| rows.add(name, aim, digits, unit, value);
        let source = self.source_change.max(1e-3);
        row(
            "jitter of the firm points / the footage's",
            Aim::AtMost(1.2),
            2,
            "",
            self.jitter,
        );
        row(
            "jitter of forehead against nose, pixels / the footage's",
            Aim::AtMost(1.2),
            2,
            "",
            self.pixel_jitter,
        );
        row(
            "greatest change outside the face / the footage's",
            Aim::AtMost(1.0),
            2,
            "",
            self.change / source,
        );
        if self.loop_frames > 0 {
            let change = self.loop_change / source;
            row(
                "greatest change at loop points / the footage's",
                Aim::AtMost(1.0),
                2,
                "",
                change,
            );
        }
        row(
            "mouth opening, r at the best lag",
            Aim::AtLeast(0.95),
            3,
            "",
            self.opening,
        );
        let ms = self.lag * 1000.0 / FPS as f32;
        row(
            "lag behind the intended opening",
            Aim::Between(-20.0, 20.0),
            1,
            " ms",
            ms,
        );
        row(
            "opening against that of the footage, r",
            Aim::Between(-0.3, 0.3),
            2,
            "",
            self.left_over,
        );
        if self.closures > 0 {
            row(
                "bilabials that close the lips",
                Aim::AtLeast(97.0),
                0,
                " %",
                100.0 * self.closed,
            );
        }
        rows.rows
    }

    /// Measures a video.
    pub fn of(studio: &Studio, twin: &Twin, clip: &Clip) -> Result<Self> {
        let faces = studio.engines.faces()?;
        let ffmpeg = &studio.encoding.ffmpeg;
        let first = twin.shown(0, 0).0;
        let Watched {
            trace: source,
            changes: source_changes,
            places: source_places,
        } = Watched::of(faces, ffmpeg, twin.film(), first)?;
        let Watched {
            trace: video,
            changes,
            places,
        } = Watched::of(faces, ffmpeg, &clip.video, 0)?;
        let shown: Vec<(usize, bool)> = (0..video.sights.len()).map(|k| twin.shown(0, k)).collect();
        // Both are encoded once more than the footage was, so its film stands for it; changes are those into a frame.
        let played: Vec<f32> = shown
            .iter()
            .filter_map(|(frame, _)| frame.checked_sub(1).and_then(|k| source_changes.get(k)))
            .copied()
            .collect();
        let loops: Vec<f32> = (1..shown.len())
            .filter(|&k| shown[k].1 || shown[k - 1].1)
            .filter_map(|k| changes.get(k - 1).copied())
            .collect();
        let opening = video.curve(Sight::opening);
        let (r, lag) = best_lag(&intended(twin, clip)?, &opening, MOST_LAG);
        let source_opening: Vec<f32> = shown
            .iter()
            .map(|(frame, _)| source.sights.get(*frame).map_or(0.0, Sight::opening))
            .collect();
        let (left_over, _) = best_lag(&source_opening, &opening, 1);
        let rest = quantile(&opening, 0.05);
        let closures = lips::closures(&clip.timing, &opening, f64::from(FPS), rest);
        let closed = closures.iter().filter(|gap| **gap < CLOSED).count();
        Ok(Self {
            jitter: trembling(&source, &video, &shown),
            pixel_jitter: shaking(&source_places, &places, &shown),
            change: quantile(&changes, 1.0),
            loop_change: quantile(&loops, 1.0),
            source_change: quantile(&played, 1.0),
            loop_frames: loops.len(),
            opening: r,
            lag,
            left_over,
            closed: closed as f32 / closures.len().max(1) as f32,
            closures: closures.len(),
        })
    }
}

/// Jitter of the firm points in the video over that in the footage, up to the first loop point: until there, both show the
/// same frames.
fn trembling(source: &Trace, video: &Trace, shown: &[(usize, bool)]) -> f32 {
    let before = before_crossing(shown);
    let first = shown.first().map_or(0, |s| s.0);
    let of = |trace: &Trace, first: usize| -> f32 {
        let end = (first + before).min(trace.sights.len());
        let sights = trace.sights.get(first..end).unwrap_or_default();
        let one = |axis: usize, point: usize| {
            let curve: Vec<f32> = sights
                .iter()
                .map(|sight| sight.at(point)[axis] / sight.unit())
                .collect();
            jitter(&curve).powi(2)
        };
        FIRM.iter()
            .map(|&p| one(0, p) + one(1, p))
            .sum::<f32>()
            .sqrt()
    };
    of(video, 0) / of(source, first).max(1e-6)
}

/// The same of the pixels of the forehead against those of the nose; both begin with the first frame that is shown.
fn shaking(source: &[Places], video: &[Places], shown: &[(usize, bool)]) -> f32 {
    let before = before_crossing(shown);
    // Of most frames: a face that laughs and turns away is not found in all.
    let of = |places: &[Places]| {
        let within = &places[..before.min(places.len())];
        let trembles = within.chunks(AGAIN).flat_map(|part| {
            let [x, y] = patches::forehead(part).map(|curve| bends(&curve));
            x.into_iter().zip(y).map(|(x, y)| x.hypot(y))
        });
        quantile(&trembles.collect::<Vec<f32>>(), 0.5)
    };
    // A footage's pixel may be as large as four of the video's, or a quarter of one: each in its own eye distances.
    let unit = |places: &[Places]| {
        places.first().map_or(1.0, |p| {
            (p[0][0] - p[1][0]).hypot(p[0][1] - p[1][1]).max(1.0)
        })
    };
    (of(video) / unit(video)) / (of(source) / unit(source)).max(1e-6)
}

/// Frames before the first loop point.
fn before_crossing(shown: &[(usize, bool)]) -> usize {
    shown.iter().take_while(|(_, crossing)| !crossing).count()
}

/// Opening of the mouth that each frame was to have.
fn intended(twin: &Twin, clip: &Clip) -> Result<Vec<f32>> {
    let face = twin.resting_face().context("no resting face")?;
    let motion = plan(&clip.timing, &MotionOptions::default());
    Ok(TwinScene::mouths(&face, motion.rows())
        .into_iter()
        .map(|[opening, _]| opening)
        .collect())
}

/// What was seen of a file.
struct Watched {
    /// The face in every frame.
    trace: Trace,
    /// How much each frame differs from the one before outside of the face.
    changes: Vec<f32>,
    /// Where patches of a frame's face are in it and in those after it: of each [`AGAIN`]th frame from the first that is shown.
    places: Vec<Places>,
}

impl Watched {
    fn of(faces: &FaceModels, ffmpeg: &Ffmpeg, file: &Path, first: usize) -> Result<Self> {
        let mut before: Option<(Vec<u8>, [f32; 4])> = None;
        let mut changes = Vec::new();
        let (mut follower, mut places) = (None, Vec::new());
        let trace = trace::follow(faces, ffmpeg, file, (0.0, 3600.0), |k, frame, sight| {
            let now = (quarter(frame), bounds(sight));
            if let Some(before) = &before {
                changes.push(change(before, &now, frame.width() as usize / 4));
            }
            before = Some(now);
            if k >= first {
                let luma = Luma::of(frame);
                if (k - first).is_multiple_of(AGAIN) {
                    follower = None;
                }
                let search = follower.get_or_insert_with(|| Patches::new(&luma, sight).start());
                places.push(search.next(&luma));
            }
            Ok(())
        })?;
        Ok(Self {
            trace,
            changes,
            places,
        })
    }
}

/// Mean green of four by four pixels: noise of the camera is no change.
fn quarter(frame: &RgbImage) -> Vec<u8> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let bytes = frame.as_raw();
    let mut out = Vec::with_capacity(width * height / 16);
    for y in 0..height / 4 {
        for x in 0..width / 4 {
            let sum: u32 = (0..16)
                .map(|k| u32::from(bytes[((4 * y + k / 4) * width + 4 * x + k % 4) * 3 + 1]))
                .sum();
            out.push((sum / 16) as u8);
        }
    }
    out
}

/// What belongs to the face, in quarters of pixels: left, top, right, bottom.
fn bounds(sight: &Sight) -> [f32; 4] {
    let ([x, y], unit) = (sight.at(4), sight.unit());
    [
        (x - FACE[0] * unit) / 4.0,
        (y - FACE[0] * unit) / 4.0,
        (x + FACE[0] * unit) / 4.0,
        (y + FACE[1] * unit) / 4.0,
    ]
}

fn change(a: &(Vec<u8>, [f32; 4]), b: &(Vec<u8>, [f32; 4]), width: usize) -> f32 {
    let within = |[left, top, right, bottom]: [f32; 4], x: f32, y: f32| {
        x > left && x < right && y > top && y < bottom
    };
    let (mut sum, mut count) = (0.0, 0.0_f32);
    for (k, (p, q)) in a.0.iter().zip(&b.0).enumerate() {
        let (x, y) = ((k % width) as f32, (k / width) as f32);
        if !within(a.1, x, y) && !within(b.1, x, y) {
            sum += f32::from(p.abs_diff(*q));
            count += 1.0;
        }
    }
    sum / count.max(1.0)
}

#[cfg(test)]
mod tests {
    use likeness_infer::HeadPose;

    use super::*;

    /// A face that sways slowly and trembles from frame to frame by `by` pixels.
    fn trembles(by: f32) -> Trace {
        let sights = (0..100).map(|k| {
            let x = 10.0 * (k as f32 * 0.05).sin() + if k % 2 == 0 { by } else { -by };
            let landmarks: Vec<[f32; 3]> = (0..478)
                .map(|p| [300.0 + x + (p % 20) as f32 * 5.0, p as f32, 0.0])
                .collect();
            Sight {
                landmarks: landmarks.into(),
                pose: HeadPose {
                    yaw: 0.0,
                    pitch: 0.0,
                    roll: 0.0,
                },
            }
        });
        Trace {
            sights: sights.collect(),
            drift: 0.0,
        }
    }

    #[test]
    fn trembling_is_told_from_swaying() {
        let shown: Vec<(usize, bool)> = (0..90).map(|k| (k + 10, false)).collect();
        let ratio = |by: f32| trembling(&trembles(0.2), &trembles(by), &shown);
        assert!((ratio(0.2) - 1.0).abs() < 0.02, "{}", ratio(0.2));
        assert!(ratio(0.3) > 1.4, "{}", ratio(0.3));
    }

    #[test]
    fn only_what_is_outside_of_the_face_counts_as_change() {
        let bounds = [10.0, 10.0, 30.0, 30.0];
        let before = (vec![100; 40 * 40], bounds);
        let mut face = before.clone();
        face.0[20 * 40 + 20] = 255;
        assert!(change(&before, &face, 40).abs() < 1e-6);
        let mut wall = before.clone();
        wall.0[2 * 40 + 5] = 255;
        assert!(change(&before, &wall, 40) > 0.1);
    }
}
