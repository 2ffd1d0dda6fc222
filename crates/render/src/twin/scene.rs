//! One frame of footage with another mouth.

use crate::frame::Frame;
use crate::geometry::{Vec2, smoothstep, vec2};
use crate::mesh::{INNER_LOWER, INNER_UPPER, OVAL, POINTS, TRIANGLES};
use crate::mouth::Mouth;
use crate::plan::Pose;
use crate::raster::{ONE, Raster};
use crate::rig::{Rig, Shape, Skull};
use crate::twin::crossing;
use crate::twin::fit::Similarity;
use crate::twin::light::{Matching, Shift};
use crate::twin::placing::TwinPlacing;
use crate::twin::track::Face;
use crate::warp::{Area, Canvas, FAR, Field, half};

/// Rings around the outline, as for photos, but close: only the chin's movement has to end somewhere.
const RINGS: [(f32, f32); 4] = [(1.1, 0.85), (1.25, 0.5), (1.45, 0.18), (1.7, 0.0)];

/// From where to where, in eye distances above the lips, a face begins to follow the mouth that is put on; and the same
/// for the distance to the side, where it follows less.
const FOLLOWS: [f32; 2] = [0.52, 0.24];
const ASIDE: [f32; 2] = [0.55, 1.05];
const LEAST_ASIDE: f32 = 0.35;

/// Half sides of the ellipse that is laid over from the reference, in eye distances: to the sides, above the lips, and
/// below them, where it ends on the chin.
const PATCH: [f32; 3] = [0.66, 0.33, 0.52];
/// Where, from its middle to its edge, it begins to fade.
const FADES: f32 = 0.62;

/// The reference and what is known of it before any frame.
#[derive(Debug)]
pub struct TwinScene {
    landmarks: Face,
    rig: Rig,
    mouth: Mouth,
    /// How much each point follows the mouth that is put on.
    follows: Vec<f32>,
    /// The reference's pixels about the mouth.
    luma: Raster<1>,
    chroma: Raster<2>,
    part: Area,
    covered: Area,
}

/// The face of a frame with the mouth that is put on.
struct Form {
    /// Points as in [`Rig`], without rings.
    shape: Shape,
    unit: f32,
}

impl TwinScene {
    /// `reference` is the frame in which the mouth rests, placed, and `landmarks` its face in pixels of it.
    pub fn new(reference: &Frame, landmarks: &[[f32; 3]], placing: &TwinPlacing) -> Self {
        let rig = Rig::new(landmarks);
        let mouth = Mouth::new(&reference.to_rgb(), &rig);
        let covered = placing.covered();
        let lips = rig.lips();
        let corner = |x: f32, y: f32| rig.to_frame(vec2(lips.x + x, lips.y + y));
        let [side, above, below] = PATCH;
        let corners = [
            corner(-side, -above),
            corner(side, -above),
            corner(-side, below),
            corner(side, below),
        ];
        let part = Area::around(&corners, reference.width(), reference.height()).meet(covered);
        let (luma, blue, red) = reference.planes();
        Self {
            follows: rig.rest[..POINTS]
                .iter()
                .map(|&p| follows(rig.to_local(p), lips))
                .collect(),
            luma: Raster::new([luma], reference.width(), covered, part),
            chroma: Raster::new(
                [blue, red],
                reference.width() / 2,
                covered.half(),
                part.half(),
            ),
            landmarks: landmarks.to_vec(),
            rig,
            mouth,
            part,
            covered,
        }
    }

    /// Gives the person in `frame`, whose face is `face`, the mouth of the pose. Of the pose only the mouth is taken.
    pub fn draw(&self, face: &[[f32; 3]], pose: &Pose, frame: &mut Frame) {
        let form = self.form(face, pose);
        self.warp(frame, face, &form, Reach::Jaw);
        self.replace_mouth(frame, &form, pose);
    }

    /// The same for a frame that is passing into another, with both faces; `other` is used up.
    pub fn draw_crossing(
        &self,
        faces: [&[[f32; 3]]; 2],
        share: f32,
        pose: &Pose,
        frame: &mut Frame,
        other: &mut Frame,
    ) {
        let form = self.form(&crossing::between(faces[0], faces[1], share), pose);
        self.warp(frame, faces[0], &form, Reach::Head);
        self.warp(other, faces[1], &form, Reach::Head);
        crossing::mix(frame, other, share);
        self.replace_mouth(frame, &form, pose);
    }

    /// Opening and width of the mouth, in eye distances, that poses intend on a face whose mouth rests: for measures of
    /// the result.
    pub fn mouths(resting: &[[f32; 3]], poses: &[Pose]) -> Vec<[f32; 2]> {
        let rig = Rig::new(resting);
        let of = |pose: &Pose| {
            let face = rig.expression(&mouth_only(pose));
            [
                (face[14] - face[13]).length(),
                (face[308] - face[78]).length(),
            ]
        };
        poses.iter().map(of).collect()
    }

    fn form(&self, face: &[[f32; 3]], pose: &Pose) -> Form {
        let fit = Similarity::between(&self.landmarks, face);
        let expression = self.rig.expression(&mouth_only(pose));
        let points: Vec<Vec2> = (0..POINTS)
            .map(|k| {
                let p = self.rig.to_frame(expression[k]);
                let [x, y, _] = fit.apply([p.x, p.y, self.landmarks[k][2]]);
                vec2(face[k][0], face[k][1]).lerp(vec2(x, y), self.follows[k])
            })
            .collect();
        Form {
            shape: Shape {
                upper: INNER_UPPER.map(|k| points[k]),
                lower: INNER_LOWER.map(|k| points[k]),
                skull_at_mouth: self.skull(&fit),
                skull_at_eyes: [Vec2::default(); 2],
                points,
            },
            unit: self.rig.unit * fit.scale,
        }
    }

    /// The inverse of the fit near the mouth.
    fn skull(&self, fit: &Similarity) -> Skull {
        let [x, y, z] = self.landmarks[0];
        let [at_x, at_y, _] = fit.apply([x, y, z]);
        let [[a, b], [c, d]] = fit.steps();
        let det = a * d - b * c;
        let det = if det.abs() < 1e-6 { 1.0 } else { det };
        Skull {
            at: vec2(at_x, at_y),
            rest: vec2(x, y),
            steps: [vec2(d / det, -b / det), vec2(-c / det, a / det)],
        }
    }

    /// Moves the frame's own face to the form, and what is around it less and less.
    fn warp(&self, frame: &mut Frame, face: &[[f32; 3]], form: &Form, reach: Reach) {
        let rest: Vec<Vec2> = face[..POINTS].iter().map(|p| vec2(p[0], p[1])).collect();
        let (rest, moved) = with_rings(rest, &form.shape.points);
        let mut outline = rest[rest.len() - OVAL.len()..].to_vec();
        if reach == Reach::Jaw {
            let eyes = rest[33].y.min(rest[263].y);
            for p in &mut outline {
                p.y = p.y.max(eyes);
            }
        }
        let still = |k: &usize| {
            let by = moved[*k] - rest[*k];
            by.dot(by) < 1e-3
        };
        let rings = ring_triangles();
        let mesh = TRIANGLES.iter().map(|t| t.map(usize::from));
        let triangles: Vec<_> = rings
            .into_iter()
            .chain(mesh)
            .filter(|triangle| !triangle.iter().all(still))
            .map(|t| (t.map(|k| moved[k]), t.map(|k| rest[k])))
            .collect();
        if triangles.is_empty() {
            return;
        }
        let canvas = Canvas::new(frame, &outline, self.covered);
        let pieces = canvas.pieces(&triangles);
        let mut field = std::mem::take(&mut frame.field);
        for band in canvas.bands() {
            canvas.reset(&mut field, band);
            canvas.mesh(&mut field, &pieces);
            canvas.draw(&mut field, frame);
        }
        frame.field = field;
    }

    /// Lays the reference's mouth over, in the frame's light, with what is inside.
    fn replace_mouth(&self, frame: &mut Frame, form: &Form, pose: &Pose) {
        let shape = &form.shape;
        let mut triangles = self.rig.underlay(shape);
        let lips = self.rig.lips();
        for triangle in &TRIANGLES {
            let triangle = triangle.map(usize::from);
            let seen = |k: &usize| opacity(self.rig.to_local(self.rig.source[*k]) - lips) > 0.0;
            if triangle.iter().any(seen) {
                let to = triangle.map(|k| shape.points[k]);
                triangles.push((to, triangle.map(|k| self.rig.source[k])));
            }
        }
        let corners = bounds(triangles.iter().flat_map(|(to, _)| to));
        let canvas = Canvas::new(frame, &corners, self.covered);
        let pieces = canvas.pieces(&triangles);
        let mut patch = Patch {
            over: frame.clone(),
            area: canvas.area(),
            alpha: vec![0.0; canvas.area().width * canvas.area().height],
        };
        let mut field = Field::default();
        for band in canvas.bands() {
            canvas.clear(&mut field, band);
            canvas.mesh(&mut field, &pieces);
            for (pair, start, rows) in canvas.rows(&field) {
                self.show(&mut patch, pair, start, rows);
            }
        }
        let middle = (shape.upper[5] + shape.lower[5]) * 0.5;
        let light = patch.light(frame, middle, form.unit);
        self.mouth
            .paint(&mut patch.over, form.unit, shape, &mouth_only(pose));
        patch.lay(frame, &light, middle, form.unit);
    }

    /// Draws two rows of the reference, whose places these are, and notes how opaque they are.
    fn show(&self, patch: &mut Patch, pair: usize, start: usize, rows: [[&[i32]; 2]; 2]) {
        let area = patch.area;
        let stride = patch.over.width();
        let off = [
            (area.left as i32 - self.part.left as i32) * ONE,
            (area.top as i32 - self.part.top as i32) * ONE,
        ];
        let lips = self.rig.lips();
        let corner = vec2(area.left as f32, area.top as f32);
        let (luma, blue, red) = patch.over.planes_mut();
        for (row, [xs, ys]) in rows.iter().enumerate() {
            let y = 2 * pair + row;
            for (k, (&px, &py)) in xs.iter().zip(*ys).enumerate() {
                if px == FAR {
                    continue;
                }
                let x = start + k;
                let at = corner + vec2(px as f32, py as f32) * (1.0 / ONE as f32);
                patch.alpha[y * area.width + x] = opacity(self.rig.to_local(at) - lips);
                let [value] = self.luma.sample([px + off[0], py + off[1]]);
                luma[(area.top + y) * stride + area.left + x] = value;
            }
        }
        let [[above_x, above_y], [below_x, below_y]] = rows;
        for k in 0..above_x.len() / 2 {
            let four = [
                (above_x[2 * k], above_y[2 * k]),
                (above_x[2 * k + 1], above_y[2 * k + 1]),
                (below_x[2 * k], below_y[2 * k]),
                (below_x[2 * k + 1], below_y[2 * k + 1]),
            ];
            if four.iter().any(|(x, _)| *x == FAR) {
                continue;
            }
            let place = mean_place(four);
            let [u, v] = self
                .chroma
                .sample([half(place[0] + off[0]), half(place[1] + off[1])]);
            let at = (area.top / 2 + pair) * (stride / 2) + area.left / 2 + start / 2 + k;
            (blue[at], red[at]) = (u, v);
        }
    }
}

/// How far from the mouth a frame has to be drawn anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Below the eyes: the rest stays as it is.
    Jaw,
    Head,
}

/// What is laid over a frame.
struct Patch {
    over: Frame,
    area: Area,
    alpha: Vec<f32>,
}

impl Patch {
    /// The frame's light against the patch's, where the patch fades: there both show the same skin.
    fn light(&self, frame: &Frame, middle: Vec2, unit: f32) -> Shift {
        let mut matching = Matching::default();
        let (own, over) = (frame.planes(), self.over.planes());
        self.each(frame.width(), |place| {
            let Place {
                p,
                luma,
                chroma,
                alpha,
            } = place;
            if alpha <= 0.02 || alpha >= 0.75 {
                return;
            }
            let q = (p - middle) * (1.0 / unit.max(1.0));
            let apart = |a: &[u8], b: &[u8], at: usize| f32::from(a[at]) - f32::from(b[at]);
            matching.add(0, q.x, q.y, apart(own.0, over.0, luma), 1.0);
            if let Some(at) = chroma {
                matching.add(1, q.x, q.y, apart(own.1, over.1, at), 1.0);
                matching.add(2, q.x, q.y, apart(own.2, over.2, at), 1.0);
            }
        });
        matching.solve()
    }

    fn lay(&self, frame: &mut Frame, light: &Shift, middle: Vec2, unit: f32) {
        let width = frame.width();
        let over = self.over.planes();
        let (luma, blue, red) = frame.planes_mut();
        let mix = |below: &mut u8, above: u8, shift: f32, alpha: f32| {
            let above = (f32::from(above) + shift).clamp(16.0, 240.0);
            let own = f32::from(*below);
            *below = (own + (above - own) * alpha + 0.5) as u8;
        };
        self.each(width, |place| {
            let Place {
                p,
                luma: at,
                chroma,
                alpha,
            } = place;
            if alpha <= 0.0 {
                return;
            }
            let q = (p - middle) * (1.0 / unit.max(1.0));
            mix(&mut luma[at], over.0[at], light.at(0, q.x, q.y), alpha);
            if let Some(at) = chroma {
                mix(&mut blue[at], over.1[at], light.at(1, q.x, q.y), alpha);
                mix(&mut red[at], over.2[at], light.at(2, q.x, q.y), alpha);
            }
        });
    }

    /// Calls `f` with every pixel of the patch. One in four has chroma.
    fn each(&self, width: usize, mut f: impl FnMut(Place)) {
        let Area { left, top, .. } = self.area;
        for (k, &alpha) in self.alpha.iter().enumerate() {
            let (x, y) = (left + k % self.area.width, top + k / self.area.width);
            let with_chroma = x.is_multiple_of(2) && y.is_multiple_of(2);
            f(Place {
                p: vec2(x as f32, y as f32),
                luma: y * width + x,
                chroma: with_chroma.then_some(y / 2 * (width / 2) + x / 2),
                alpha,
            });
        }
    }
}

/// A pixel of a patch: its indices in the planes and how opaque it is.
struct Place {
    p: Vec2,
    luma: usize,
    chroma: Option<usize>,
    alpha: f32,
}

/// The mouth alone: head, eyes and brows are the footage's.
fn mouth_only(pose: &Pose) -> Pose {
    Pose {
        jaw: pose.jaw,
        pucker: pose.pucker,
        wide: pose.wide,
        upper: pose.upper,
        lower: pose.lower,
        press: pose.press,
        tongue: pose.tongue,
        smile: pose.smile,
        ..Pose::default()
    }
}

/// How much a place of the face, in its own frame, follows the mouth that is put on.
fn follows(p: Vec2, lips: Vec2) -> f32 {
    let down = smoothstep(-FOLLOWS[0], -FOLLOWS[1], p.y - lips.y);
    let aside = smoothstep(ASIDE[0], ASIDE[1], (p.x - lips.x).abs());
    down * (1.0 - (1.0 - LEAST_ASIDE) * aside)
}

/// How opaque the reference is at a distance from the middle of its lips, in eye distances.
fn opacity(d: Vec2) -> f32 {
    let [side, above, below] = PATCH;
    let high = if d.y < 0.0 { above } else { below };
    let away = (d.x / side).hypot(d.y / high);
    1.0 - smoothstep(FADES, 1.0, away)
}

/// The middle of four places; where they lie apart, as at lips that meet, the first.
fn mean_place(four: [(i32, i32); 4]) -> [i32; 2] {
    let (x, y) = four[0];
    let apart = four
        .iter()
        .any(|p| p.0.abs_diff(x).max(p.1.abs_diff(y)) > 4 * ONE as u32);
    if apart {
        return [x, y];
    }
    let mean = |of: fn(&(i32, i32)) -> i32| {
        let sum: i64 = four.iter().map(|p| i64::from(of(p))).sum();
        (sum / 4) as i32
    };
    [mean(|p| p.0), mean(|p| p.1)]
}

fn bounds<'a>(points: impl Iterator<Item = &'a Vec2>) -> [Vec2; 4] {
    let [left, top, right, bottom] = points.fold(
        [f32::MAX, f32::MAX, f32::MIN, f32::MIN],
        |[left, top, right, bottom], p| {
            [left.min(p.x), top.min(p.y), right.max(p.x), bottom.max(p.y)]
        },
    );
    [
        vec2(left, top),
        vec2(right, top),
        vec2(right, bottom),
        vec2(left, bottom),
    ]
}

/// Both forms of a face with their rings; the outermost stands.
fn with_rings(mut rest: Vec<Vec2>, moved: &[Vec2]) -> (Vec<Vec2>, Vec<Vec2>) {
    let count = OVAL.len();
    let middle = OVAL.iter().fold(Vec2::default(), |sum, &k| sum + rest[k]) * (1.0 / count as f32);
    let by: Vec<Vec2> = OVAL.iter().map(|&k| moved[k] - rest[k]).collect();
    let smooth: Vec<Vec2> = (0..count)
        .map(|k| {
            let near = (0..5).map(|j| by[(k + j + count - 2) % count]);
            near.fold(Vec2::default(), |sum, v| sum + v) * 0.2
        })
        .collect();
    let mut moved = moved.to_vec();
    for (scale, weight) in RINGS {
        for (k, &by) in smooth.iter().enumerate() {
            let p = middle + (rest[OVAL[k]] - middle) * scale;
            rest.push(p);
            moved.push(p + by * weight);
        }
    }
    (rest, moved)
}

fn ring_triangles() -> Vec<[usize; 3]> {
    let count = OVAL.len();
    let at = |ring: usize, k: usize| match ring {
        0 => OVAL[k % count],
        ring => POINTS + (ring - 1) * count + k % count,
    };
    (0..RINGS.len())
        .flat_map(|ring| {
            (0..count).flat_map(move |k| {
                [
                    [at(ring, k), at(ring, k + 1), at(ring + 1, k)],
                    [at(ring, k + 1), at(ring + 1, k + 1), at(ring + 1, k)],
                ]
            })
        })
        .collect()
}
