//! `BlazeFace` (short range): boxes and six key points of all faces, near or far.

use image::RgbImage;
use rten_tensor::Tensor;

use crate::network::Network;
use crate::sample::{Region, Sampling, sample};
use crate::{InferError, area::Area};

/// Input side of the network in pixels; its answers are in the same unit.
const INPUT: u16 = 128;
const SAMPLING: Sampling = Sampling::like_mediapipe(INPUT, [-1.0, 1.0]);
/// Anchors: 16x16 cells with two, then 8x8 cells with six.
const ANCHORS: usize = 896;
/// Numbers of an answer: box centre and size, then six key points.
const ANSWER: usize = 16;
/// Least score of a face, `MediaPipe`'s own default.
const MIN_SCORE: f32 = 0.5;
/// Boxes that overlap more than this are one face, `MediaPipe`'s own default.
const MERGE_OVERLAP: f32 = 0.3;
/// Share of the window below which the network starts to miss faces (measured: boxes of 0.13 of it
/// are found, of 0.1 are not).
const RELIABLE_SHARE: f32 = 0.14;
/// A second face matters from this share of the first one's size.
const SECOND_FACE_SHARE: f32 = 1.0 / 3.0;
/// Windows are not made smaller than this: smaller faces are of no use to anyone.
const MIN_WINDOW: f32 = 240.0;
/// Nor smaller than these shares of the picture, with a face found already and without: the work
/// stays within seconds.
const MIN_WINDOW_SHARES: [f32; 2] = [1.0 / 12.0, 1.0 / 20.0];

/// How a picture can lie.
const QUARTER_TURNS: [f32; 3] = [
    std::f32::consts::FRAC_PI_2,
    -std::f32::consts::FRAC_PI_2,
    std::f32::consts::PI,
];

/// A face as the detector sees it; all in picture pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detection {
    pub(crate) score: f32,
    /// Side of the window it was seen in.
    window: f32,
    pub(crate) area: Area,
    /// The eyes, the one on the left side of the picture (the person's right) first.
    pub(crate) eyes: [[f32; 2]; 2],
}

/// All faces of a picture, the most certain first.
///
/// The whole picture is looked at first. Then, as long as a face that matters could still have
/// been missed, overlapping windows of half the size are looked at.
pub(crate) fn detect(network: &Network, picture: &RgbImage) -> Result<Vec<Detection>, InferError> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let mut side = width.max(height);
    let least_sides = MIN_WINDOW_SHARES.map(|share| MIN_WINDOW.max(side * share));
    let center = [width / 2.0, height / 2.0];
    let mut found = look(
        network,
        picture,
        Region {
            center,
            side,
            turn: 0.0,
        },
    )?;
    loop {
        let largest = found
            .iter()
            .map(|face| face.area.longer())
            .fold(0.0, f32::max);
        let least_seen = side * RELIABLE_SHARE;
        side /= 2.0;
        if largest * SECOND_FACE_SHARE >= least_seen
            || side < least_sides[usize::from(found.is_empty())]
        {
            break;
        }
        for y in centers(height, side) {
            for x in centers(width, side) {
                let window = Region {
                    center: [x, y],
                    side,
                    turn: 0.0,
                };
                let seen = look(network, picture, window)?;
                // A face cut by the window's edge is whole in the next window.
                found.extend(seen.into_iter().filter(|face| {
                    is_whole(face.area, Area::around(window), Area::of_picture(picture))
                }));
            }
        }
        found = merge(found, Merge::KeepBest);
    }
    Ok(found)
}

/// Faces of a picture that lies on its side or stands on its head, in the first of these positions that has any.
///
/// The network knows upright faces only; these are found so that the judgement can say what to do.
pub(crate) fn detect_turned(
    network: &Network,
    picture: &RgbImage,
) -> Result<Vec<Detection>, InferError> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (center, side) = ([width / 2.0, height / 2.0], width.max(height));
    for turn in QUARTER_TURNS {
        let found = look(network, picture, Region { center, side, turn })?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Centres of windows of `side` that cover `length` and overlap by half.
fn centers(length: f32, side: f32) -> Vec<f32> {
    if length <= side {
        return vec![length / 2.0];
    }
    let steps = ((length - side) / (side / 2.0)).ceil().max(1.0);
    (0..=steps as u16)
        .map(|n| side / 2.0 + (length - side) * f32::from(n) / steps)
        .collect()
}

/// Whether a face touches no edge of the window, other than the edges of the picture itself.
fn is_whole(face: Area, window: Area, picture: Area) -> bool {
    let margin = 0.02 * window.longer();
    (face.left > window.left + margin || window.left <= picture.left)
        && (face.top > window.top + margin || window.top <= picture.top)
        && (face.right < window.right - margin || window.right >= picture.right)
        && (face.bottom < window.bottom - margin || window.bottom >= picture.bottom)
}

fn look(
    network: &Network,
    picture: &RgbImage,
    window: Region,
) -> Result<Vec<Detection>, InferError> {
    let side = usize::from(INPUT);
    let input = Tensor::from_data(&[1, side, side, 3], sample(picture, window, SAMPLING));
    let [answers, scores] = network.run(&input, [ANCHORS * ANSWER, ANCHORS])?;
    let mut found: Vec<Detection> = answers
        .chunks_exact(ANSWER)
        .zip(&scores)
        .zip(anchors())
        .filter_map(|((answer, &score), anchor)| read(answer, score, anchor, window))
        .collect();
    found.retain(|face| face.area.longer().is_finite() && face.area.longer() > 1.0);
    Ok(merge(found, Merge::Average))
}

fn read(answer: &[f32], score: f32, anchor: [f32; 2], window: Region) -> Option<Detection> {
    let score = sigmoid(score.clamp(-100.0, 100.0));
    if score.is_nan() || score < MIN_SCORE {
        return None;
    }
    let unit = f32::from(INPUT);
    let point = |n: usize| {
        let share = [
            answer[2 * n] / unit + anchor[0],
            answer[2 * n + 1] / unit + anchor[1],
        ];
        window.to_picture()(share)
    };
    let center = point(0);
    let half = [answer[2], answer[3]].map(|size| size / unit / 2.0 * window.side);
    let area = Area {
        left: center[0] - half[0],
        top: center[1] - half[1],
        right: center[0] + half[0],
        bottom: center[1] + half[1],
    };
    Some(Detection {
        score,
        window: window.side,
        area,
        eyes: [point(2), point(3)],
    })
}

fn anchors() -> impl Iterator<Item = [f32; 2]> {
    [(16u8, 2u8), (8, 6)].into_iter().flat_map(|(cells, each)| {
        let at = move |n: u8| (f32::from(n) + 0.5) / f32::from(cells);
        (0..cells)
            .flat_map(move |y| (0..cells).flat_map(move |x| (0..each).map(move |_| [at(x), at(y)])))
    })
}

pub(crate) fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Merge {
    /// The mean of all answers for a face, weighted by score: steadier than the best one.
    Average,
    /// Windows of different sizes must not be mixed: the widest in which the face is large counts.
    KeepBest,
}

fn merge(mut faces: Vec<Detection>, how: Merge) -> Vec<Detection> {
    let rank = |face: &Detection| match how {
        Merge::KeepBest if face.area.longer() >= face.window * RELIABLE_SHARE => face.window,
        _ => 0.0,
    };
    faces.sort_by(|a, b| {
        rank(b)
            .total_cmp(&rank(a))
            .then(b.score.total_cmp(&a.score))
    });
    let mut kept = Vec::new();
    while let Some(&best) = faces.first() {
        let (same, others): (Vec<_>, Vec<_>) = faces.into_iter().partition(|face| {
            let overlap = face.area.overlap(best.area);
            // A part of a face seen as a face lies inside the whole one.
            let inside = how == Merge::KeepBest && face.area.share_inside(best.area) > 0.7;
            overlap > MERGE_OVERLAP || inside || face.area == best.area
        });
        kept.push(if how == Merge::Average {
            average(best, &same)
        } else {
            best
        });
        faces = others;
    }
    kept
}

fn average(best: Detection, same: &[Detection]) -> Detection {
    let total: f32 = same.iter().map(|face| face.score).sum();
    let mean = |get: &dyn Fn(&Detection) -> f32| -> f32 {
        same.iter().map(|face| get(face) * face.score).sum::<f32>() / total
    };
    let area = Area {
        left: mean(&|face| face.area.left),
        top: mean(&|face| face.area.top),
        right: mean(&|face| face.area.right),
        bottom: mean(&|face| face.area.bottom),
    };
    let eyes = std::array::from_fn(|eye| std::array::from_fn(|axis| mean(&|f| f.eyes[eye][axis])));
    Detection { area, eyes, ..best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_the_whole_length_and_overlap() {
        let got = centers(6000.0, 1500.0);
        assert_eq!((got.first(), got.last()), (Some(&750.0), Some(&5250.0)));
        assert!(
            got.windows(2).all(|pair| pair[1] - pair[0] <= 750.0),
            "{got:?}"
        );
        assert_eq!(centers(100.0, 500.0), [50.0]);
    }

    #[test]
    fn there_is_an_anchor_for_each_answer() {
        assert_eq!(anchors().count(), ANCHORS);
        assert_eq!(anchors().nth(512), Some([0.0625, 0.0625]));
    }
}
