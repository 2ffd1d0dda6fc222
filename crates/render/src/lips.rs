//! The shape of the mouth's opening.
//!
//! The opening is a curve over `s`, the place along the mouth from -1 at one corner to 1 at the other. Its form does not
//! come from single points of the mesh, so that it is smooth whatever the photo's own mouth looked like.

use crate::geometry::{Vec2, smoothstep};
use crate::mesh::{
    CORNERS, INNER_LOWER, INNER_UPPER, MIDDLE_LOWER, MIDDLE_UPPER, OUTER_LOWER, OUTER_UPPER,
};

/// What of the jaw's way the corners and the middle of the upper lip go.
const CORNER: f32 = 0.44;
const UPPER: f32 = 0.03;

/// Rounded lips touch beyond this share of the mouth's half width.
const ROUND: f32 = 0.74;

/// How far the lower lip's border with the skin becomes an arc in rounded lips, of all the way.
const ARC: f32 = 0.6;

/// How level rounded lips lie, of all the way.
const LEVEL: f32 = 0.75;

/// One lip: its rows from the skin to the opening, the last one being the edge.
struct Lip {
    outer: [usize; 11],
    middle: [[usize; 9]; 2],
    inner: [usize; 11],
}

const LIPS: [Lip; 2] = [
    Lip {
        outer: OUTER_UPPER,
        middle: MIDDLE_UPPER,
        inner: INNER_UPPER,
    },
    Lip {
        outer: OUTER_LOWER,
        middle: MIDDLE_LOWER,
        inner: INNER_LOWER,
    },
];

impl Lip {
    /// The points of a column, 1 to 9, from the skin inwards.
    fn column(&self, k: usize) -> [usize; 4] {
        let middle = self.middle.map(|row| row[k - 1]);
        [self.outer[k], middle[0], middle[1], self.inner[k]]
    }
}

/// Place of a column along the mouth, -1 to 1.
fn along(face: &[Vec2], k: usize) -> f32 {
    let (left, right) = (face[INNER_UPPER[0]].x, face[INNER_UPPER[10]].x);
    let x = (face[INNER_UPPER[k]].x + face[INNER_LOWER[k]].x) * 0.5;
    (2.0 * (x - left) / (right - left).max(1e-3) - 1.0).clamp(-1.0, 1.0)
}

/// How much of the jaw's way each point of the lips goes: the lower lip hangs as a bow from the corners, the upper one
/// rises into them, so that the opening ends in a curve and not in a step.
pub(crate) fn follow_jaw(local: &[Vec2], weights: &mut [f32]) {
    for k in 1..10 {
        let s = along(local, k).abs();
        let bow = (1.0 - s.powf(2.4)).max(0.0).powf(0.75);
        let lower = CORNER + (1.0 - CORNER) * bow;
        let upper = CORNER + (UPPER - CORNER) * (1.0 - s.powf(3.2)).max(0.0).powf(0.8);
        for (lip, weight) in LIPS.iter().zip([upper, lower]) {
            for point in lip.column(k) {
                weights[point] = weight;
            }
        }
    }
    for point in CORNERS {
        weights[point] = CORNER;
    }
}

/// Lips may touch but not cross; rounded ones lie level, leave an oval open and touch beyond it. All rows of a lip give
/// way with its edge.
pub(crate) fn meet(face: &mut [Vec2], pucker: f32) {
    let gap = |face: &[Vec2], k: usize| face[INNER_LOWER[k]].y - face[INNER_UPPER[k]].y;
    let middle = |face: &[Vec2], k: usize| (face[INNER_LOWER[k]].y + face[INNER_UPPER[k]].y) * 0.5;
    let widest = (1..10).map(|k| gap(face, k)).fold(0.0, f32::max);
    let rounded = smoothstep(0.1, 0.8, pucker);
    let level = middle(face, 5);
    for k in 1..10 {
        let s = along(face, k) / ROUND;
        let oval = widest * (1.0 - s * s).max(0.0).sqrt();
        let open = gap(face, k);
        let wanted = (open + (oval - open) * rounded).max(0.0);
        let by = (wanted - open) * 0.5;
        let settle = (level - middle(face, k)) * LEVEL * rounded;
        for (lip, by) in LIPS.iter().zip([-by, by]) {
            for (point, share) in lip.column(k).into_iter().zip([0.4, 0.6, 0.8, 1.0]) {
                face[point].y += by * share + settle;
            }
        }
    }
    for point in CORNERS {
        face[point].y += (level - face[point].y) * LEVEL * rounded;
    }
    arch(face, rounded);
}

/// Pushed together, the lower lip hangs in a point: its border becomes an arc from corner to corner.
fn arch(face: &mut [Vec2], rounded: f32) {
    let level = (face[INNER_UPPER[0]].y + face[INNER_UPPER[10]].y) * 0.5;
    let depth = face[OUTER_LOWER[5]].y - level;
    for k in 1..10 {
        let s = along(face, k);
        // Flatter than a circle at the corners, where it would fold the skin.
        let arc = level + depth * (1.0 - s * s).max(0.0).powf(0.8);
        let by = (arc - face[OUTER_LOWER[k]].y).max(0.0) * ARC * rounded;
        for (point, share) in LIPS[1].column(k).into_iter().zip([1.0, 0.6, 0.3, 0.0]) {
            face[point].y += by * share;
        }
    }
}
