//! How a pose moves the points of the face.
//!
//! All displacements are sums of weighted movements in the face's own frame: origin between the eye centres, x along
//! the eyes, y down the face, and the distance of the eye centres as the unit. The photo's mouth is closed first, so
//! that every pose starts from meeting lips. Around the face, rings of the outline follow with falling weight, so that
//! hair and neck move with the head and the background stands.

use std::ops::{Add, Mul};

use crate::geometry::{Vec2, smoothstep, vec2};
use crate::lips;
use crate::mesh::{
    BROWS, CORNERS, EYES, INNER_LOWER, INNER_UPPER, MIDDLE_LOWER, MIDDLE_UPPER, OUTER_LOWER,
    OUTER_UPPER, OVAL, POINTS, TRIANGLES,
};
use crate::plan::Pose;

/// Rings around the outline: scale about its middle, and how much of the outline's movement they follow. The last one
/// stands, so nothing is torn at the border.
const RINGS: [(f32, f32); 6] = [
    (1.12, 0.85),
    (1.3, 0.6),
    (1.55, 0.3),
    (1.9, 0.12),
    (2.3, 0.03),
    (2.7, 0.0),
];

/// Full opening of the jaw, in eye distances.
pub(crate) const JAW: f32 = 0.36;

/// How far inside a lip's edge the mesh ends in a photo that shows teeth, in eye distances.
const TRIM: f32 = 0.020;

/// The point that the head turns about, below the origin.
const NECK: f32 = 1.3;

/// How much larger a head is that leans in all the way.
const NEARER: f32 = 0.05;

/// Greatest slope of depth along the mesh, and how often all edges are gone through: changes spread by one edge or
/// more each time.
const STEEPEST: f32 = 2.5;
const SWEEPS: usize = 8;

/// How often a field is relaxed.
const RELAXATIONS: usize = 6;

/// A resting mouth in eye distances: its width, and how far its corners lie above the middle of the closed lips. Of
/// what a smile adds, this share is taken back; all of it would pull at the cheeks, which stay round.
const REST_WIDTH: f32 = 0.80;
const REST_LIFT: f32 = 0.005;
const UNSMILE: f32 = 0.75;
/// Corners move no further than this: the folds beside a broad smile would be pressed to dark lines.
const MOST_UNSMILE: f32 = 0.05;

/// Points of one deformed face, in pixels of the frame.
pub(crate) struct Shape {
    /// The mesh, then the rings, outline by outline.
    pub points: Vec<Vec2>,
    /// Inner edges of the lips, corner to corner.
    pub upper: [Vec2; 11],
    pub lower: [Vec2; 11],
    /// Where the skull, without jaw and lips, shows the still near the mouth.
    pub skull_at_mouth: Skull,
    /// Movement of the skull at each eye, without that of the lids.
    pub skull_at_eyes: [Vec2; 2],
}

/// Where places of the frame lie in the still: about `at` in the frame is what `rest` is in the still.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Skull {
    pub at: Vec2,
    pub rest: Vec2,
    /// What steps along x and along y in the frame are in the still.
    pub steps: [Vec2; 2],
}

impl Skull {
    /// The skull has moved, but has neither turned nor grown.
    fn moved(rest: Vec2, by: Vec2) -> Self {
        Self {
            at: rest + by,
            rest,
            steps: [vec2(1.0, 0.0), vec2(0.0, 1.0)],
        }
    }

    /// The place in the still that is seen at `p`.
    pub(crate) fn still(&self, p: Vec2) -> Vec2 {
        let d = p - self.at;
        self.rest + self.steps[0] * d.x + self.steps[1] * d.y
    }
}

/// What of the rig does not depend on the pose.
#[derive(Debug, Clone)]
pub(crate) struct Rig {
    /// The mesh and rings as the still shows them, in pixels of the frame.
    pub rest: Vec<Vec2>,
    /// What each point shows of the still: its own place, but for the inner lips.
    pub source: Vec<Vec2>,
    /// Distance of the eye centres in pixels of the frame.
    pub unit: f32,
    origin: Vec2,
    axis: Vec2,
    /// The mesh in the face's frame, and its depth.
    local: Vec<Vec2>,
    depth: Vec<f32>,
    /// Displacement that closes the photo's mouth.
    close: Vec<Vec2>,
    /// How much each point follows the jaw.
    jaw: Vec<f32>,
    /// Fields of the lips' own movements.
    corner: [Vec<f32>; 2],
    around: Vec<f32>,
    round: Vec<f32>,
    upper_lip: Vec<f32>,
    lower_lip: Vec<f32>,
    brow: Vec<f32>,
    cheek: Vec<f32>,
    lips: Vec2,
    /// Height of the closed lips' middle.
    seam: f32,
    /// How far above it the corners stay in the closed mouth.
    lifted: f32,
    /// Gap of the photo's inner lips at the middle, in eye distances.
    pub photo_gap: f32,
}

impl Rig {
    /// `landmarks` are in pixels of the frame.
    pub(crate) fn new(landmarks: &[[f32; 3]]) -> Self {
        let flat: Vec<Vec2> = landmarks.iter().map(|p| vec2(p[0], p[1])).collect();
        let (left, right) = ((flat[33] + flat[133]) * 0.5, (flat[362] + flat[263]) * 0.5);
        let unit = (right - left).length().max(1e-3);
        let axis = (right - left) * (1.0 / unit);
        let origin = (left + right) * 0.5;
        let down = vec2(-axis.y, axis.x);
        let local: Vec<Vec2> = flat[..POINTS]
            .iter()
            .map(|&p| vec2((p - origin).dot(axis), (p - origin).dot(down)) * (1.0 / unit))
            .collect();
        let mean_depth = landmarks[..POINTS].iter().map(|p| p[2]).sum::<f32>() / POINTS as f32;
        let mut depth: Vec<f32> = landmarks[..POINTS]
            .iter()
            .map(|p| (p[2] - mean_depth) / unit)
            .collect();
        flatten(&mut depth, &local);
        let lips = (local[13] + local[14]) * 0.5;
        let near = |p: Vec2, centre: Vec2, wide: f32, high: f32| {
            let (x, y) = ((p.x - centre.x) / wide, (p.y - centre.y) / high);
            (-(x * x + y * y)).exp()
        };
        let field = |f: &dyn Fn(Vec2) -> f32| local.iter().map(|&p| f(p)).collect::<Vec<f32>>();
        let corner = [61, 291].map(|k: usize| field(&|p| near(p, local[k], 0.28, 0.28)));
        let mut rig = Self {
            rest: rest_points(&flat),
            source: Vec::new(),
            unit,
            origin,
            axis,
            depth,
            close: Vec::new(),
            lifted: 0.0,
            jaw: jaw_weights(&local, lips),
            around: field(&|p| near(p, lips, 0.42, 0.28)),
            round: field(&|p| near(p, lips, 0.60, 0.34)),
            seam: local[13].lerp(local[14], 0.3).y,
            upper_lip: field(&|p| {
                if p.y < lips.y {
                    near(p, local[0], 0.26, 0.16)
                } else {
                    0.0
                }
            }),
            lower_lip: field(&|p| {
                if p.y >= lips.y {
                    near(p, local[17], 0.26, 0.16)
                } else {
                    0.0
                }
            }),
            brow: brow_weights(&local),
            cheek: field(&|p| {
                near(p, vec2(lips.x - 0.62, 0.52), 0.3, 0.24)
                    + near(p, vec2(lips.x + 0.62, 0.52), 0.3, 0.24)
            }),
            corner,
            lips,
            photo_gap: local[14].y - local[13].y,
            local,
        };
        rig.close = rig.closing();
        let corners = [61, 291].map(|k: usize| rig.local[k].y + rig.close[k].y);
        rig.lifted = (rig.seam - (corners[0] + corners[1]) * 0.5).clamp(0.0, 0.1) * 0.7;
        rig.source = rig.sources();
        rig
    }

    /// Landmarks follow a lip's edge to within a pixel or two of the photo. Where teeth lie behind it, that would draw
    /// a light line on closed lips, so the mesh ends a little inside the lip.
    fn sources(&self) -> Vec<Vec2> {
        let down = vec2(-self.axis.y, self.axis.x) * self.unit;
        let mut source = self.rest.clone();
        for k in 1..10 {
            let (upper, lower) = (INNER_UPPER[k], INNER_LOWER[k]);
            let gap = self.local[lower].y - self.local[upper].y;
            let trim = TRIM * smoothstep(0.01, 0.05, gap);
            // The rows behind give way in turn: some are closer to the edge than it moves.
            let rows = |middle: [[usize; 9]; 2], edge| [middle[0][k - 1], middle[1][k - 1], edge];
            for (j, share) in [0.4, 0.8, 1.0].into_iter().enumerate() {
                let by = down * (trim * share);
                let (up, low) = (rows(MIDDLE_UPPER, upper)[j], rows(MIDDLE_LOWER, lower)[j]);
                source[up] = source[up] - by;
                source[low] = source[low] + by;
            }
        }
        source
    }

    /// Lip skin drawn on into the mouth's opening, as triangles of target and source: what the painted inside and the
    /// mesh are laid over, so that a soft edge, a corner or a folded triangle shows lip and not the photo's teeth.
    pub(crate) fn underlay(&self, shape: &Shape) -> Vec<([Vec2; 3], [Vec2; 3])> {
        let mut triangles = Vec::with_capacity(40);
        for k in 0..10 {
            let middle = [k, k + 1].map(|j| shape.upper[j].lerp(shape.lower[j], 0.5));
            for (outer, inner) in [(OUTER_UPPER, INNER_UPPER), (OUTER_LOWER, INNER_LOWER)] {
                let outer = [outer[k], outer[k + 1]];
                let to = outer.map(|j| shape.points[j]);
                let from = outer.map(|j| self.source[j]);
                let edge = [inner[k], inner[k + 1]].map(|j| self.source[j]);
                triangles.push(([to[0], to[1], middle[0]], [from[0], from[1], edge[0]]));
                triangles.push(([to[1], middle[1], middle[0]], [from[1], edge[1], edge[0]]));
            }
        }
        triangles
    }

    /// Closes the photo's mouth: at each column the inner lips meet, mostly by the lower one, as jaws do; and half of
    /// a smile is taken back.
    fn closing(&self) -> Vec<Vec2> {
        let mut moves = vec![Vec2::default(); POINTS];
        for (k, point) in moves.iter_mut().enumerate() {
            point.y -= self.photo_gap.max(0.0) * 0.55 * self.jaw[k];
        }
        for k in lip_points() {
            moves[k] = Vec2::default();
        }
        for k in 1..10 {
            let gap = self.local[INNER_LOWER[k]].y - self.local[INNER_UPPER[k]].y;
            moves[INNER_UPPER[k]].y = 0.30 * gap;
            moves[INNER_LOWER[k]].y = -0.70 * gap;
            moves[OUTER_UPPER[k]].y = 0.12 * gap;
            moves[OUTER_LOWER[k]].y = -0.62 * gap;
        }
        fill_between(&mut moves);
        let skin = |k: usize| !lip_points().any(|lip| lip == k);
        relax(&mut moves, &skin);
        let [inwards, down] = self.smile();
        for (k, point) in moves.iter_mut().enumerate() {
            let (left, right) = (self.corner[0][k], self.corner[1][k]);
            point.x += inwards * (left - right);
            point.y += down * (left + right);
        }
        moves
    }

    /// How far the corners move inwards and down to a mouth at rest.
    fn smile(&self) -> [f32; 2] {
        let (left, right) = (self.local[61], self.local[291]);
        let seam = self.local[13].lerp(self.local[14], 0.3).y;
        let wider = ((right.x - left.x) - REST_WIDTH).max(0.0) * 0.5;
        let higher = (seam - (left.y + right.y) * 0.5 - REST_LIFT).max(0.0);
        // Only a mouth that shows teeth smiles for certain.
        let certain = 0.4 + 0.6 * smoothstep(0.03, 0.10, self.photo_gap);
        [wider, higher].map(|d| (d * UNSMILE * certain).min(MOST_UNSMILE))
    }

    /// The outermost ring, which stands.
    pub(crate) fn outline(&self) -> &[Vec2] {
        &self.rest[self.rest.len() - OVAL.len()..]
    }

    /// The face in a pose.
    pub(crate) fn shape(&self, pose: &Pose) -> Shape {
        let face = self.expression(pose);
        let turned: Vec<Vec2> = face
            .iter()
            .zip(&self.depth)
            .map(|(&p, &z)| Self::turn(p, z, pose))
            .collect();
        let mut points: Vec<Vec2> = turned.iter().map(|&p| self.to_frame(p)).collect();
        self.add_rings(&mut points);
        let skull = |k: usize| {
            self.to_frame(Self::turn(self.local[k], self.depth[k], pose))
                - self.to_frame(self.local[k])
        };
        Shape {
            upper: INNER_UPPER.map(|k| points[k]),
            lower: INNER_LOWER.map(|k| points[k]),
            skull_at_mouth: Skull::moved(self.rest[2], skull(2)),
            skull_at_eyes: [0, 1].map(|e| {
                let [a, b] = EYES[e].corners.map(&skull);
                (a + b) * 0.5
            }),
            points,
        }
    }

    /// The mesh with mouth and brows moved, in the face's frame.
    pub(crate) fn expression(&self, pose: &Pose) -> Vec<Vec2> {
        let mut face: Vec<Vec2> = Vec::with_capacity(POINTS);
        for k in 0..POINTS {
            let p = self.local[k];
            let (left, right) = (self.corner[0][k], self.corner[1][k]);
            let from_middle = p.x - self.lips.x;
            let mut d = self.close[k];
            d.y += pose.jaw * JAW * self.jaw[k];
            d.x += pose.jaw * 0.05 * (left - right);
            // Rounded lips are narrower, fuller, and come forward, which a camera sees as larger.
            d.y += pose.pucker * self.lifted * (left + right);
            d.x -= pose.pucker * 0.55 * from_middle * self.round[k];
            d.y += pose.pucker * 0.40 * (p.y + self.close[k].y - self.seam) * self.around[k];
            // They part in the middle, but not where they are pressed.
            let parted = pose.pucker * (1.0 - pose.press.clamp(0.0, 1.0));
            d.y += parted * 0.05 * self.jaw[k] * self.round[k];
            d.x += pose.wide * 0.20 * from_middle * self.around[k];
            d.y -= pose.wide * 0.02 * (left + right);
            d.y -= pose.upper * 0.08 * self.upper_lip[k];
            d.y += pose.lower * 0.08 * self.lower_lip[k];
            d.y += pose.press * 0.025 * (self.upper_lip[k] - self.lower_lip[k]);
            d.y -= pose.brow * 0.05 * self.brow[k];
            // A smile draws the corners out and up, and the cheeks after them.
            d.x -= pose.smile * 0.055 * (left - right);
            d.y -= pose.smile * (0.05 * (left + right) + 0.02 * self.cheek[k]);
            face.push(p + d);
        }
        lips::meet(&mut face, pose.pucker.clamp(0.0, 1.0));
        face
    }

    /// Turns a point of the face about the neck.
    fn turn(p: Vec2, z: f32, pose: &Pose) -> Vec2 {
        let (x, y) = (p.x, p.y - NECK);
        let (sin, cos) = pose.yaw.sin_cos();
        let (x, z) = (x * cos - z * sin, x * sin + z * cos);
        let (sin, cos) = pose.pitch.sin_cos();
        let y = y * cos - z * sin;
        let (sin, cos) = pose.roll.sin_cos();
        let near = 1.0 + NEARER * pose.lean;
        vec2(
            (x * cos - y * sin) * near,
            (x * sin + y * cos) * near + NECK - pose.lift,
        )
    }

    /// A place of the frame in the face's own frame.
    pub(crate) fn to_local(&self, p: Vec2) -> Vec2 {
        let d = (p - self.origin) * (1.0 / self.unit);
        vec2(d.dot(self.axis), d.dot(vec2(-self.axis.y, self.axis.x)))
    }

    /// The middle of the lips in the face's own frame.
    pub(crate) fn lips(&self) -> Vec2 {
        self.lips
    }

    /// Direction along the eyes, of length 1.
    pub(crate) fn along(&self) -> Vec2 {
        self.axis
    }

    pub(crate) fn to_frame(&self, p: Vec2) -> Vec2 {
        let down = vec2(-self.axis.y, self.axis.x);
        self.origin + (self.axis * p.x + down * p.y) * self.unit
    }

    /// The rings follow the outline's movement, smoothed along it.
    fn add_rings(&self, points: &mut Vec<Vec2>) {
        let moved: Vec<Vec2> = OVAL.iter().map(|&k| points[k] - self.rest[k]).collect();
        let smooth: Vec<Vec2> = (0..OVAL.len())
            .map(|k| {
                let sum = (0..7).fold(Vec2::default(), |sum, j| {
                    sum + moved[(k + j + OVAL.len() - 3) % OVAL.len()]
                });
                sum * (1.0 / 7.0)
            })
            .collect();
        for (ring, (_, weight)) in RINGS.iter().enumerate() {
            for (k, &by) in smooth.iter().enumerate() {
                points.push(self.rest[POINTS + ring * OVAL.len() + k] + by * *weight);
            }
        }
    }
}

/// Near its outline a face falls away so steeply that the smallest turn folds the mesh, and a folded triangle leaves a
/// line of the still behind. Points that lie too deep beside their neighbours are brought forward.
fn flatten(depth: &mut [f32], local: &[Vec2]) {
    for _ in 0..SWEEPS {
        for triangle in &TRIANGLES {
            for (a, b) in [(0, 1), (1, 2), (2, 0)] {
                let (a, b) = (usize::from(triangle[a]), usize::from(triangle[b]));
                let (near, far) = if depth[a] < depth[b] { (a, b) } else { (b, a) };
                let most = depth[near] + STEEPEST * (local[a] - local[b]).length();
                depth[far] = depth[far].min(most);
            }
        }
    }
}

/// Points for which `free` holds take on the mean of their neighbours, again and again: a field without steps does not
/// tear or fold the skin that it moves.
fn relax<T>(field: &mut [T], free: &dyn Fn(usize) -> bool)
where
    T: Copy + Default + Add<Output = T> + Mul<f32, Output = T>,
{
    for _ in 0..RELAXATIONS {
        let mut sums = vec![(T::default(), 0.0f32); field.len()];
        for triangle in &TRIANGLES {
            let [a, b, c] = triangle.map(usize::from);
            for (k, others) in [(a, [b, c]), (b, [c, a]), (c, [a, b])] {
                let sum = others.iter().fold(sums[k].0, |sum, &j| sum + field[j]);
                sums[k] = (sum, sums[k].1 + 2.0);
            }
        }
        for (k, (sum, count)) in sums.into_iter().enumerate() {
            if count > 0.0 && free(k) {
                field[k] = field[k] * 0.5 + sum * (0.5 / count);
            }
        }
    }
}

/// The mesh and its rings, undeformed.
fn rest_points(flat: &[Vec2]) -> Vec<Vec2> {
    let mut rest = flat[..POINTS].to_vec();
    let sum = OVAL.iter().fold(Vec2::default(), |sum, &k| sum + flat[k]);
    let middle = sum * (1.0 / OVAL.len() as f32);
    for (scale, _) in RINGS {
        rest.extend(OVAL.iter().map(|&k| middle + (flat[k] - middle) * scale));
    }
    rest
}

/// The triangles between the outline and the last ring, as indices into a shape's points.
pub(crate) fn ring_triangles() -> Vec<[usize; 3]> {
    let count = OVAL.len();
    let at = |ring: usize, k: usize| match ring {
        0 => OVAL[k % count],
        ring => POINTS + (ring - 1) * count + k % count,
    };
    let mut triangles = Vec::with_capacity(RINGS.len() * count * 2);
    for ring in 0..RINGS.len() {
        for k in 0..count {
            triangles.push([at(ring, k), at(ring, k + 1), at(ring + 1, k)]);
            triangles.push([at(ring, k + 1), at(ring + 1, k + 1), at(ring + 1, k)]);
        }
    }
    triangles
}

fn lip_points() -> impl Iterator<Item = usize> {
    let edges = [INNER_UPPER, INNER_LOWER, OUTER_UPPER, OUTER_LOWER];
    let middles = [
        MIDDLE_UPPER[0],
        MIDDLE_UPPER[1],
        MIDDLE_LOWER[0],
        MIDDLE_LOWER[1],
    ];
    edges
        .into_iter()
        .flatten()
        .chain(middles.into_iter().flatten())
        .chain(CORNERS)
}

/// Points between the lips' edges move as their neighbours do, in proportion.
fn fill_between(moves: &mut [Vec2]) {
    for k in 0..9 {
        for (outer, inner, rows) in [
            (OUTER_UPPER[k + 1], INNER_UPPER[k + 1], MIDDLE_UPPER),
            (OUTER_LOWER[k + 1], INNER_LOWER[k + 1], MIDDLE_LOWER),
        ] {
            let (from, to) = (moves[outer], moves[inner]);
            moves[rows[0][k]] = from.lerp(to, 1.0 / 3.0);
            moves[rows[1][k]] = from.lerp(to, 2.0 / 3.0);
        }
    }
}

/// 1 at the lower lip's middle and the chin, falling to the corners and the cheeks, 0 above the mouth.
fn jaw_weights(local: &[Vec2], lips: Vec2) -> Vec<f32> {
    let mut weights: Vec<f32> = local
        .iter()
        .map(|p| {
            let aside = (p.x - lips.x).abs();
            smoothstep(-0.05, 0.12, p.y - lips.y) * (1.0 - 0.75 * smoothstep(0.35, 0.95, aside))
        })
        .collect();
    lips::follow_jaw(local, &mut weights);
    let skin = |k: usize| !lip_points().any(|lip| lip == k);
    relax(&mut weights, &skin);
    weights
}

/// 1 on the brows, falling upwards over the forehead and quickly downwards to the lids.
fn brow_weights(local: &[Vec2]) -> Vec<f32> {
    let height = BROWS.iter().map(|&k| local[k].y).sum::<f32>() / BROWS.len() as f32;
    let mut weights: Vec<f32> = local
        .iter()
        .map(|p| {
            let up = height - p.y;
            if up >= 0.0 {
                1.0 - smoothstep(0.0, 0.6, up)
            } else {
                1.0 - smoothstep(0.0, 0.16, -up)
            }
        })
        .collect();
    for eye in &EYES {
        for k in eye.upper.iter().chain(&eye.lower).chain(&eye.corners) {
            weights[*k] = 0.0;
        }
    }
    weights
}
