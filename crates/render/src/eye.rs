//! Eyes: the ball behind the lids, which looks about, and the upper lid that slides over it.
//!
//! The lid is the photo's own skin from above the eye. Its outer corner sinks as it closes, as real ones do, and takes
//! the lashes beyond it along; its edge is laid over the ball with a soft border and a line of lashes.

use crate::frame::{Frame, darken};
use crate::geometry::{Vec2, curve_at, smoothstep, vec2};
use crate::mesh::Lids;
use crate::plan::Pose;
use crate::rig::Rig;
use crate::warp::{Canvas, Field};

/// Height of the lashes above the lid's edge, in the middle of the eye and at its outer corner, in eye distances, and
/// how many times lower they are seen on a closed lid: they point at the camera then.
const LASHES: [f32; 2] = [0.05, 0.12];
const FORESHORTENED: [f32; 2] = [1.4, 3.5];

/// How far above the lid's crease skin gives way, in eye distances.
const GIVES: f32 = 0.07;

/// A closed lid's edge lies this far down the eye.
const CLOSED: f32 = 0.97;

/// How far the outer corner sinks in a blink, as a share of the open eye's height.
const SAG: f32 = 0.36;
/// How far beyond the corner and below the eye skin follows it, in eye distances.
const BESIDE: f32 = 0.22;
const BELOW: f32 = 0.16;

/// The line of lashes on a closing lid: half its thickness in eye distances, and what of the light it takes.
const LASH_LINE: f32 = 0.011;
const LASH_DARK: f32 = 0.5;

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
    /// The height above which nothing moves.
    from: f32,
    /// Whether the eye's outer corner is the first one.
    outer_first: bool,
    /// Greatest height of the open eye, in pixels.
    open: f32,
    /// The lids and the skin that a blink moves, as corners of a box.
    bounds: [Vec2; 4],
}

/// What a column of the eye does in a pose: all in pixels down from the line between the corners.
struct Column {
    top: f32,
    bottom: f32,
    /// How far the corner's sinking moves this column.
    sag: f32,
    /// The lid's edge.
    edge: f32,
    /// 1 at the outer corner, 0 in the middle of the eye.
    cornered: f32,
    inside: bool,
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
        let open = upper
            .iter()
            .zip(&lower)
            .map(|(a, b)| b.y - a.y)
            .fold(0.0, f32::max);
        let high = above.iter().fold(0.0, |m: f32, p| m.min(p.y)) - GIVES * rig.unit;
        let low = lower.iter().fold(0.0, |m: f32, p| m.max(p.y)) + BELOW * rig.unit;
        let (first, last) = (-BESIDE * rig.unit, length + BESIDE * rig.unit);
        let bounds = [(first, high), (last, high), (first, low), (last, low)]
            .map(|(x, y)| corner + along * x + down * y);
        Self {
            corner,
            along,
            down,
            length,
            unit: rig.unit,
            upper,
            lower,
            from: high,
            outer_first: lids.outer_first,
            open,
            bounds,
        }
    }

    /// Moves what `field` shows about the eye; `skull` is the head's own movement there.
    pub(crate) fn draw(&self, canvas: &Canvas, field: &mut Field, skull: Vec2, pose: &Pose) {
        let area = canvas.around(&self.bounds.map(|p| p + skull));
        let glance = (self.along * pose.gaze[0] + self.down * pose.gaze[1]) * self.length;
        let blink = pose.blink.clamp(0.0, 1.0);
        canvas.change(field, area, |p, shown| {
            let rest = p - skull;
            let q = self.local(rest);
            let column = self.column(q.x, blink)?;
            if q.y < column.edge {
                let by = self.lid(q, &column)?;
                // Above the open eye the skin moves with the mesh as well.
                let place = if q.y < column.top { shown } else { rest };
                return Some(place - self.down * by);
            }
            if column.inside && q.y < column.bottom + column.sag {
                return Some(self.ball(rest, q, &column, glance));
            }
            let away = (q.y - column.bottom - column.sag) / (BELOW * self.unit);
            let by = column.sag * (1.0 - away).clamp(0.0, 1.0);
            (by > 0.0).then(|| shown - self.down * by)
        });
    }

    /// Softens the lid's edge, which the field can only place to a whole pixel, and draws the lashes on it.
    pub(crate) fn soften(&self, canvas: &Canvas, frame: &mut Frame, skull: Vec2, pose: &Pose) {
        let blink = pose.blink.clamp(0.0, 1.0);
        if blink <= 0.0 {
            return;
        }
        let glance = (self.along * pose.gaze[0] + self.down * pose.gaze[1]) * self.length;
        let thick = (LASH_LINE * self.unit).max(0.6);
        let reach = 3.0 * thick + 1.0;
        let area = canvas.around(&self.bounds.map(|p| p + skull));
        let width = frame.width();
        for y in area.top..area.top + area.height {
            for x in area.left..area.left + area.width {
                let rest = vec2(x as f32, y as f32) - skull;
                let q = self.local(rest);
                let Some(column) = self.column(q.x, blink).filter(|c| c.inside) else {
                    continue;
                };
                let above = column.edge - q.y;
                if above.abs() > reach {
                    continue;
                }
                let (luma, _, _) = frame.planes_mut();
                let pixel = &mut luma[y * width + x];
                if above.abs() < 1.0 {
                    let Some(by) = self.lid(vec2(q.x, q.y.min(column.edge)), &column) else {
                        continue;
                    };
                    let lid = canvas.luma_at(rest - self.down * by);
                    let under = self.ball(rest, q, &column, glance);
                    let share = (0.5 + 0.5 * above).clamp(0.0, 1.0);
                    let under = canvas.luma_at(under);
                    *pixel = (under + (lid - under) * share + 0.5) as u8;
                }
                // The line thins out towards the inner corner.
                let end = self.outward(q.x) / self.length;
                let taper = smoothstep(0.0, 0.06, end) * smoothstep(1.0, 0.7, end);
                let line = (-(above / thick).powi(2)).exp() * taper;
                *pixel = darken(*pixel, LASH_DARK * line * smoothstep(0.1, 0.7, blink));
            }
        }
    }

    fn local(&self, p: Vec2) -> Vec2 {
        let d = p - self.corner;
        vec2(d.dot(self.along), d.dot(self.down))
    }

    /// Distance from the outer corner towards the inner one.
    fn outward(&self, x: f32) -> f32 {
        if self.outer_first { x } else { self.length - x }
    }

    fn column(&self, x: f32, blink: f32) -> Option<Column> {
        let out = self.outward(x);
        let inside = out > 0.0 && out < self.length;
        if !inside && (out >= self.length || out < -BESIDE * self.unit || blink <= 0.0) {
            return None;
        }
        let (top, bottom) = if inside {
            (curve_at(&self.upper, x), curve_at(&self.lower, x))
        } else {
            (0.0, 0.0)
        };
        let beside = if inside {
            out / (0.45 * self.length)
        } else {
            -out / (BESIDE * self.unit)
        };
        let cornered = 1.0 - smoothstep(0.0, 1.0, beside);
        let sag = SAG * self.open * blink * cornered;
        Some(Column {
            top,
            bottom,
            sag,
            edge: top + (bottom - top).max(0.0) * blink * CLOSED + sag,
            cornered,
            inside,
        })
    }

    /// How far down the lid has come that is seen at `q`: all the way at the lashes, less and less towards the brow.
    fn lid(&self, q: Vec2, column: &Column) -> Option<f32> {
        let drop = column.edge - column.top;
        if drop <= 0.0 || q.y <= self.from {
            return None;
        }
        let skin = (column.top - self.from).max(1.0);
        let closed = (drop / self.open.max(1.0)).min(1.0);
        let pick = |[middle, corner]: [f32; 2]| middle + (corner - middle) * column.cornered;
        let lashes = (pick(LASHES) * self.unit).min(0.7 * skin);
        let steep = 1.0 + (pick(FORESHORTENED) - 1.0) * closed;
        // Height above the lid's edge, as seen and in the photo.
        let seen = (column.edge - q.y).max(0.0);
        let (near, all) = (lashes / steep, skin + drop);
        let photo = if seen < near {
            seen * steep
        } else {
            lashes + (seen - near) * (skin - lashes) / (all - near).max(1.0)
        };
        Some(q.y - column.top + photo)
    }

    /// The place of the open eye that shows through, moved by a glance that fades to the lids and corners, so that no
    /// skin is dragged in.
    fn ball(&self, rest: Vec2, q: Vec2, column: &Column, glance: Vec2) -> Vec2 {
        let side = (q.x / self.length).min(1.0 - q.x / self.length);
        let rim = (q.y - column.top).min(column.bottom - q.y) / self.length;
        rest - glance * (smoothstep(0.05, 0.3, side) * smoothstep(0.0, 0.08, rim))
    }
}
