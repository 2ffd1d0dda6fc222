//! One frame of footage with another mouth.

use crate::frame::Frame;
use crate::geometry::{Vec2, smoothstep, vec2};
use crate::mesh::{INNER_LOWER, INNER_UPPER, OVAL, POINTS, TRIANGLES};
use crate::mouth::Mouth;
use crate::plan::Pose;
use crate::rig::{Rig, Shape, Skull};
use crate::twin::crossing;
use crate::twin::fit::Similarity;
use crate::twin::light::Shift;
use crate::twin::own::{Bearing, MouthShape, OwnMouth, OwnMouths, Shown};
use crate::twin::patch::{Patch, Source, Stand};
use crate::twin::placing::TwinPlacing;
use crate::twin::track::Face;
use crate::warp::{Area, Canvas};

/// Rings around the outline, as for photos, but close: only the chin's movement has to end somewhere.
const RINGS: [(f32, f32); 4] = [(1.1, 0.85), (1.25, 0.5), (1.45, 0.18), (1.7, 0.0)];

/// From where to where, in eye distances above the lips, a face begins to follow the mouth that is put on; and the same
/// for the distance to the side, where it follows less.
const FOLLOWS: [f32; 2] = [0.52, 0.24];
const ASIDE: [f32; 2] = [0.55, 1.05];
const LEAST_ASIDE: f32 = 0.35;

/// The reference and what is known of it before any frame.
#[derive(Debug)]
pub struct TwinScene {
    landmarks: Face,
    rig: Rig,
    mouth: Mouth,
    /// How much each point follows the mouth that is put on.
    follows: Vec<f32>,
    resting: Source,
    /// The person's own mouths, if those are shown.
    own: OwnMouths,
    covered: Area,
}

/// The face of a frame with the mouth that is put on.
struct Form {
    /// Points as in [`Rig`], without rings.
    shape: Shape,
    unit: f32,
}

impl Form {
    /// Between the lips.
    fn middle(&self) -> Vec2 {
        (self.shape.upper[5] + self.shape.lower[5]) * 0.5
    }
}

impl TwinScene {
    /// `reference` is the frame in which the mouth rests, placed, and `landmarks` its face in pixels of it. `own` are the
    /// mouths that are shown instead of it, if any. `enamel` is the colour of the person's teeth (sRGB), if it is known.
    pub fn new(
        reference: &Frame,
        landmarks: &[[f32; 3]],
        placing: &TwinPlacing,
        own: &[OwnMouth],
        enamel: Option<[u8; 3]>,
    ) -> Self {
        let rig = Rig::new(landmarks);
        let mouth = Mouth::new(&reference.to_rgb(), &rig).with_enamel(enamel);
        let covered = placing.covered();
        let lips = rig.lips();
        Self {
            follows: rig.rest[..POINTS]
                .iter()
                .map(|&p| follows(rig.to_local(p), lips))
                .collect(),
            resting: Source::new(
                reference,
                rig.source[..POINTS].to_vec(),
                Stand::of(&rig),
                covered,
            ),
            own: OwnMouths::new(own),
            landmarks: landmarks.to_vec(),
            rig,
            mouth,
            covered,
        }
    }

    /// Which of the person's own mouths fits a pose on a face, given which was shown before; `None` if the scene has none.
    pub fn choose(&self, before: Option<Shown>, face: &[[f32; 3]], pose: &Pose) -> Option<Shown> {
        if self.own.is_empty() {
            return None;
        }
        let shape = self.form(face, pose).shape;
        let gap = (shape.lower[5] - shape.upper[5]).length();
        self.own
            .choose(before, &MouthShape::of(pose), &Bearing::new(face, gap))
    }

    /// Gives the person in `frame`, whose face is `face`, the mouth of the pose: the one that was chosen, or the
    /// reference's. Of the pose only the mouth is taken.
    pub fn draw(&self, face: &[[f32; 3]], pose: &Pose, shown: Option<Shown>, frame: &mut Frame) {
        let form = self.form(face, pose);
        self.warp(frame, face, &form, Reach::Jaw);
        self.replace_mouth(frame, &form, pose, shown);
    }

    /// The same for a frame that is passing into another, with both faces; `other` is used up.
    pub fn draw_crossing(
        &self,
        faces: [&[[f32; 3]]; 2],
        share: f32,
        pose: &Pose,
        shown: Option<Shown>,
        frame: &mut Frame,
        other: &mut Frame,
    ) {
        let form = self.form(&crossing::between(faces[0], faces[1], share), pose);
        self.warp(frame, faces[0], &form, Reach::Head);
        self.warp(other, faces[1], &form, Reach::Head);
        crossing::mix(frame, other, share);
        self.replace_mouth(frame, &form, pose, shown);
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

    /// Lays a mouth over, in the frame's light, with what is inside.
    fn replace_mouth(&self, frame: &mut Frame, form: &Form, pose: &Pose, shown: Option<Shown>) {
        let own = |mouth: usize, frame: &Frame| {
            let patch = self.own_patch(self.own.source(mouth)?, frame, form);
            let light = patch.light(frame, form.middle(), form.unit);
            Some((patch, light))
        };
        let Some(shown) = shown else {
            let (patch, light) = self.resting_patch(frame, form, pose);
            return patch.lay(frame, &light, 1.0);
        };
        let leaving = shown.leaving.and_then(|mouth| own(mouth, frame));
        if let Some((patch, light)) = own(shown.mouth, frame) {
            patch.lay(frame, &light, 1.0);
        }
        if let Some((patch, light)) = leaving {
            patch.lay(frame, &light, 0.5);
        }
    }

    /// The reference's mouth with a painted inside.
    fn resting_patch(&self, frame: &Frame, form: &Form, pose: &Pose) -> (Patch, Shift) {
        let shape = &form.shape;
        let mut triangles = self.rig.underlay(shape);
        triangles.extend(self.resting.skin(&shape.points));
        let mut patch = self.resting.patch(frame, &triangles, self.covered);
        let light = patch.light(frame, form.middle(), form.unit);
        self.mouth
            .paint(&mut patch.over, form.unit, shape, &mouth_only(pose));
        (patch, light)
    }

    /// One of the person's own mouths, inside and all.
    fn own_patch(&self, source: &Source, frame: &Frame, form: &Form) -> Patch {
        let shape = &form.shape;
        let mut triangles = source.inside(&shape.upper, &shape.lower);
        triangles.extend(source.skin(&shape.points));
        source.patch(frame, &triangles, self.covered)
    }
}

/// How far from the mouth a frame has to be drawn anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Below the eyes: the rest stays as it is.
    Jaw,
    Head,
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
