//! Eyes: the ball behind the lids, which looks about, and the upper lid that slides over it.

use crate::geometry::{Vec2, curve_at, smoothstep, vec2};
use crate::mesh::Lids;
use crate::plan::Pose;
use crate::rig::Rig;
use crate::warp::{Canvas, Field};

/// Height of the lashes above the lid's edge, in eye distances: they move with the lid and are not stretched.
const LASHES: f32 = 0.06;

/// How far above the lid's crease skin gives way, in eye distances.
const GIVES: f32 = 0.07;

/// A closed lid's edge lies this far down the eye.
const CLOSED: f32 = 0.97;

/// One eye in the still, whose lids are curves in a frame from corner to corner.
#[derive(Debug, Clone)]
pub(crate) struct Eye {
    corner: Vec2,
    along: Vec2,
    down: Vec2,
    length: f32,
    /// Distance of both eyes, in pixels.
    unit: f32,
    upper: Vec<Vec2>,
    lower: Vec<Vec2>,
    above: Vec<Vec2>,
    /// The lids and the skin that a blink moves, as corners of a box.
    bounds: [Vec2; 4],
}

impl Eye {
    pub(crate) fn new(lids: &Lids, rig: &Rig) -> Self {
        let [corner, end] = lids.corners.map(|k| rig.rest[k]);
        let length = (end - corner).length().max(1.0);
        let along = (end - corner) * (1.0 / length);
        let down = vec2(-along.y, along.x);
        let curve = |row: &[usize; 7]| -> Vec<Vec2> {
            let local = |p: Vec2| vec2((p - corner).dot(along), (p - corner).dot(down));
            std::iter::once(vec2(0.0, 0.0))
                .chain(row.iter().map(|&k| local(rig.rest[k])))
                .chain(std::iter::once(vec2(length, 0.0)))
                .collect()
        };
        let (upper, lower, above) = (curve(&lids.upper), curve(&lids.lower), curve(&lids.above));
        let high = above.iter().fold(0.0, |m: f32, p| m.min(p.y)) - GIVES * rig.unit;
        let low = lower.iter().fold(0.0, |m: f32, p| m.max(p.y));
        let bounds = [(0.0, high), (length, high), (0.0, low), (length, low)]
            .map(|(x, y)| corner + along * x + down * y);
        Self {
            corner,
            along,
            down,
            length,
            unit: rig.unit,
            upper,
            lower,
            above,
            bounds,
        }
    }

    /// Moves what `field` shows about the eye; `skull` is the head's own movement there.
    pub(crate) fn draw(&self, canvas: &Canvas, field: &mut Field, skull: Vec2, pose: &Pose) {
        let area = canvas.around(&self.bounds.map(|p| p + skull));
        let glance = (self.along * pose.gaze[0] + self.down * pose.gaze[1]) * self.length;
        let blink = pose.blink.clamp(0.0, 1.0) * CLOSED;
        canvas.change(field, area, |p, shown| {
            let rest = p - skull;
            let d = rest - self.corner;
            let q = vec2(d.dot(self.along), d.dot(self.down));
            if q.x <= 0.0 || q.x >= self.length {
                return None;
            }
            let (top, bottom) = (curve_at(&self.upper, q.x), curve_at(&self.lower, q.x));
            let drop = (bottom - top).max(0.0) * blink;
            if q.y < top + drop {
                let by = self.lid(q, top, drop)?;
                // Above the open eye the skin moves with the mesh as well.
                let place = if q.y < top { shown } else { rest };
                return Some(place - self.down * by);
            }
            (q.y < bottom).then(|| rest - glance * self.share(q, top, bottom))
        });
    }

    /// How far down the lid has come that is seen at `q`, above an edge that dropped from `top` by `drop`: all the way
    /// at the lashes, less and less towards the brow.
    fn lid(&self, q: Vec2, top: f32, drop: f32) -> Option<f32> {
        if drop <= 0.0 {
            return None;
        }
        let crease = curve_at(&self.above, q.x).min(top);
        let from = crease - GIVES * self.unit;
        let to = (top - LASHES * self.unit).max(from) + drop;
        (q.y > from).then(|| drop * ((q.y - from) / (to - from).max(1.0)).clamp(0.0, 1.0))
    }

    /// The glance fades to the lids and corners, so that no skin is dragged in.
    fn share(&self, q: Vec2, top: f32, bottom: f32) -> f32 {
        let side = (q.x / self.length).min(1.0 - q.x / self.length);
        let rim = (q.y - top).min(bottom - q.y) / self.length;
        smoothstep(0.05, 0.3, side) * smoothstep(0.0, 0.08, rim)
    }
}
