//! The head and neck of a presenter: posed, lit and ready to be drawn.

use crate::attributes::Attributes;
use crate::base::{HeadBase, Masks, Part};
use crate::expression::{Expression, head_share};
use crate::light::{Blockers, Harmonics, Reaching, SKIN_WRAP, gather};
use crate::shape;
use crate::skin::{Skin, skin_at};
use crate::subdivide::Refined;
use crate::vector::{V3, lerp, smooth, v3};

/// A head with everything that does not depend on the pose.
#[derive(Debug)]
pub(crate) struct Head {
    /// Vertices of the base.
    neutral: Vec<V3>,
    moves: Vec<Vec<(u32, V3)>>,
    /// Faces of the base that are drawn.
    coarse: Vec<[u32; 4]>,
    pub refined: Refined,
    /// Of each refined face.
    pub parts: Vec<Part>,
    /// Refined vertices on the unshaped head.
    pub rest: Vec<V3>,
    pub masks: Vec<Masks>,
    pub skin: Vec<Skin>,
    share: Vec<f32>,
    pub eye_of: Vec<Option<usize>>,
    pub eyes: [Eyeball; 2],
    tongue: Vec<bool>,
    /// Vertices of faces that are drawn.
    pub used: Vec<bool>,
    still: Vec<V3>,
    light: Vec<Reaching>,
    /// Unshadowed light on each vertex in the pose that the light was computed in.
    still_light: Vec<V3>,
    harmonics: Harmonics,
}

/// Where an eyeball is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Eyeball {
    pub centre: V3,
}

/// A pose's geometry: by refined vertex.
#[derive(Debug, Default)]
pub(crate) struct Posed {
    pub base: Vec<V3>,
    pub places: Vec<V3>,
    pub normals: Vec<V3>,
    /// Places before the head turned.
    pub unturned: Vec<V3>,
}

const CHANNELS: [&[(&str, f32)]; 13] = [
    // Jaw.
    &[("jawOpen", 0.72)],
    // Pucker.
    &[("mouthPucker", 0.85), ("mouthFunnel", 0.30)],
    // Wide.
    &[
        ("mouthStretchLeft", 0.30),
        ("mouthStretchRight", 0.30),
        ("mouthSmileLeft", 0.22),
        ("mouthSmileRight", 0.22),
    ],
    // Upper lip.
    &[("mouthUpperUpLeft", 0.55), ("mouthUpperUpRight", 0.55)],
    // Lower lip down.
    &[("mouthLowerDownLeft", 0.6), ("mouthLowerDownRight", 0.6)],
    // Lower lip up to the teeth.
    &[("mouthRollLower", 0.75), ("mouthShrugLower", 0.30)],
    // Press.
    &[
        ("mouthPressLeft", 0.45),
        ("mouthPressRight", 0.45),
        ("mouthRollUpper", 0.12),
        ("mouthRollLower", 0.12),
    ],
    // Blink.
    &[("eyeBlinkLeft", 1.0), ("eyeBlinkRight", 1.0)],
    // Brows.
    &[
        ("browInnerUp", 0.6),
        ("browOuterUpLeft", 0.6),
        ("browOuterUpRight", 0.6),
    ],
    // Smile.
    &[
        ("mouthSmileLeft", 0.85),
        ("mouthSmileRight", 0.85),
        ("mouthDimpleLeft", 0.2),
        ("mouthDimpleRight", 0.2),
        ("cheekSquintLeft", 0.5),
        ("cheekSquintRight", 0.5),
        ("eyeSquintLeft", 0.25),
        ("eyeSquintRight", 0.25),
    ],
    // Attention.
    &[
        ("eyeWideLeft", 0.34),
        ("eyeWideRight", 0.34),
        ("browInnerUp", 0.12),
    ],
    // Look down.
    &[("eyeLookDownLeft", 1.0), ("eyeLookDownRight", 1.0)],
    // Look up.
    &[("eyeLookUpLeft", 1.0), ("eyeLookUpRight", 1.0)],
];

impl Head {
    pub(crate) fn new(
        base: &HeadBase,
        a: &Attributes,
        levels: usize,
        scalp: impl Fn(V3) -> f32,
    ) -> Self {
        let neutral = shape::neutral(base, a);
        let chosen: Vec<usize> = (0..base.faces.len())
            .filter(|&k| is_drawn(base, k))
            .collect();
        let faces: Vec<[u32; 4]> = chosen.iter().map(|&k| base.faces[k]).collect();
        let refined = Refined::new(base.places.len(), &faces, levels);
        let parts: Vec<Part> = refined
            .origin
            .iter()
            .map(|&k| base.parts[chosen[k as usize]])
            .collect();
        let rest = refined.apply(&base.places);
        let pack = |f: &dyn Fn(&Masks) -> V3| {
            let values: Vec<V3> = base.masks.iter().map(f).collect();
            refined.apply(&values)
        };
        let one = pack(&|m| v3(m.lips, m.lids, m.ears));
        let two = pack(&|m| v3(m.inner, 0.0, 0.0));
        let masks: Vec<Masks> = one
            .iter()
            .zip(&two)
            .map(|(a, b)| Masks {
                lips: a.x,
                lids: a.y,
                ears: a.z,
                inner: b.x,
            })
            .collect();
        let skin = rest
            .iter()
            .zip(&masks)
            .map(|(&p, &m)| skin_at(a, p, m, scalp(p)))
            .collect();
        let mut eye_of = vec![None; refined.len()];
        let mut tongue = vec![false; refined.len()];
        for (face, part) in refined.faces.iter().zip(&parts) {
            for &k in face {
                match part {
                    Part::Eye(eye) => eye_of[k as usize] = Some(*eye),
                    Part::Tongue => tongue[k as usize] = true,
                    _ => {}
                }
            }
        }
        let places = refined.apply(&neutral);
        let eyes = std::array::from_fn(|eye| eyeball(&places, &eye_of, eye));
        let share = rest.iter().map(|&p| head_share(p)).collect();
        let moves = CHANNELS
            .iter()
            .map(|shapes| {
                let mut moves = Vec::new();
                for (name, weight) in *shapes {
                    moves.extend(base.shape(name).iter().map(|&(k, d)| (k, d * *weight)));
                }
                moves
            })
            .collect();
        Self {
            neutral,
            moves,
            coarse: faces,
            refined,
            parts,
            rest,
            masks,
            skin,
            share,
            eye_of,
            eyes,
            used: vec![true; tongue.len()],
            tongue,
            still: places,
            light: Vec::new(),
            still_light: Vec::new(),
            harmonics: Harmonics::new(),
        }
    }

    /// Vertices of the base, before any pose.
    pub(crate) fn base_places(&self) -> &[V3] {
        &self.neutral
    }

    /// The foremost skin at a place of the unshaped head, before any pose.
    pub(crate) fn front_at(&self, at: V3) -> V3 {
        let away = |k: usize| {
            let d = self.rest[k] - at;
            d.x * d.x + d.y * d.y - d.z * 0.002
        };
        let front =
            (0..self.rest.len()).filter(|&k| self.rest[k].z > 0.8 && self.eye_of[k].is_none());
        front
            .min_by(|&a, &b| away(a).total_cmp(&away(b)))
            .map_or(at, |k| self.still[k])
    }

    /// A refined vertex before any pose.
    pub(crate) fn base_of(&self, vertex: u32) -> V3 {
        self.still[vertex as usize]
    }

    /// Forgets faces that no pose turns to the camera.
    fn drop_hidden(&mut self, normals: &[V3]) {
        let faces = std::mem::take(&mut self.refined.faces);
        let parts = std::mem::take(&mut self.parts);
        for (face, part) in faces.into_iter().zip(parts) {
            let seen = part != Part::Skin
                || face
                    .iter()
                    .any(|&k| normals[k as usize].z > -0.35 || self.masks[k as usize].inner > 0.1);
            if seen {
                self.refined.faces.push(face);
                self.parts.push(part);
            }
        }
        let mut used = vec![false; self.rest.len()];
        for face in &self.refined.faces {
            for &k in face {
                used[k as usize] = true;
            }
        }
        self.refined.keep(&used);
        self.used = used;
    }

    /// Computes what light reaches the head in a pose, which is what other poses go by.
    pub(crate) fn light(&mut self, still: &Expression, blockers: &Blockers<'_>) {
        let posed = self.pose(still);
        let points: Vec<(V3, V3)> = posed
            .places
            .iter()
            .copied()
            .zip(posed.normals.iter().copied())
            .collect();
        self.light = gather(&points, SKIN_WRAP, blockers, 0.035);
        self.smooth_light();
        self.drop_hidden(&posed.normals);
        self.still_light = posed
            .normals
            .iter()
            .map(|&n| self.harmonics.at(n))
            .collect();
    }

    /// Evens out the grain of shadows that single strands leave.
    fn smooth_light(&mut self) {
        for _ in 0..3 {
            let mut sums = vec![(V3::ZERO, 0.0, 0.0, 0.0); self.light.len()];
            for face in &self.refined.faces {
                let all = face.map(|k| self.light[k as usize]);
                let diffuse = all.iter().fold(V3::ZERO, |sum, l| sum + l.diffuse);
                let (key, rim) = all
                    .iter()
                    .fold((0.0, 0.0), |s, l| (s.0 + l.key, s.1 + l.rim));
                for &k in face {
                    let sum = &mut sums[k as usize];
                    *sum = (sum.0 + diffuse, sum.1 + key, sum.2 + rim, sum.3 + 4.0);
                }
            }
            for (light, (diffuse, key, rim, count)) in self.light.iter_mut().zip(sums) {
                if count > 0.0 {
                    let share = 1.0 / count;
                    *light = Reaching {
                        diffuse: diffuse * share,
                        key: key * share,
                        rim: rim * share,
                    };
                }
            }
        }
    }

    /// Triangles of all that blocks light, unrefined: shadows are soft. The head must not be turned.
    pub(crate) fn triangles(&self, posed: &Posed) -> Vec<[V3; 3]> {
        let mut triangles = Vec::new();
        for face in &self.coarse {
            let [a, b, c, d] = face.map(|k| posed.base[k as usize]);
            triangles.push([a, b, c]);
            triangles.push([a, c, d]);
        }
        triangles
    }

    pub(crate) fn pose(&self, e: &Expression) -> Posed {
        let mut posed = Posed::default();
        self.pose_into(e, &mut posed);
        posed
    }

    /// As [`Self::pose`], using old memory again.
    pub(crate) fn pose_into(&self, e: &Expression, posed: &mut Posed) {
        posed.base.clear();
        posed.base.extend_from_slice(&self.neutral);
        let open = 1.0 - e.press * 0.9;
        // The lids of the mesh rest low: the first half of their way closes more than half of the eye.
        let blink = e.blink * (0.4 + 0.6 * e.blink);
        // A hanging jaw would part the lips of a rounded mouth too far.
        let amounts = [
            e.jaw * open,
            e.pucker,
            e.wide * (1.0 - 0.6 * e.pucker),
            (e.upper + 0.22 * e.jaw * (1.0 - 0.7 * e.pucker)) * open,
            e.lower.max(0.0) * open,
            (-e.lower).max(0.0),
            e.press,
            blink,
            e.brow,
            e.smile * (1.0 - 0.55 * e.pucker),
            1.0 - blink,
            e.gaze[1].max(0.0) * 3.0,
            (-e.gaze[1]).max(0.0) * 3.0,
        ];
        for (moves, amount) in self.moves.iter().zip(amounts) {
            if amount != 0.0 {
                for &(k, d) in moves {
                    posed.base[k as usize] += d * amount;
                }
            }
        }
        posed.unturned = self.refined.apply(&posed.base);
        self.move_tongue(e, &mut posed.unturned);
        posed.places.clear();
        let whole = e.carrier();
        for (&p, &share) in posed.unturned.iter().zip(&self.share) {
            posed.places.push(if share >= 1.0 {
                whole.carry(p)
            } else if share <= 0.0 {
                p
            } else {
                e.carry(p, share)
            });
        }
        normals(&self.refined.faces, &posed.places, &mut posed.normals);
    }

    /// Tip up and forward for l and th.
    fn move_tongue(&self, e: &Expression, places: &mut [V3]) {
        for (k, place) in places.iter_mut().enumerate() {
            if self.tongue[k] {
                let tip = smooth(0.9, 1.35, self.rest[k].z);
                // Behind the upper teeth of an open mouth (l), between the rows of a closed one (th).
                let rise = lerp(0.03, 0.17, smooth(0.15, 0.3, e.jaw));
                let forward = lerp(0.15, 0.09, smooth(0.15, 0.3, e.jaw));
                *place += v3(0.0, rise, forward) * (tip * e.tongue)
                    + v3(0.0, -0.02, -0.02) * (1.0 - e.tongue);
            }
        }
    }

    /// Diffuse light on a vertex in a pose.
    pub(crate) fn lit(&self, k: usize, normal: V3) -> Reaching {
        let light = self.light[k];
        let now = self.harmonics.at(normal);
        let then = self.still_light[k];
        let ratio = |a: f32, b: f32| (a / b).clamp(0.5, 2.0);
        let diffuse = v3(
            light.diffuse.x * ratio(now.x, then.x),
            light.diffuse.y * ratio(now.y, then.y),
            light.diffuse.z * ratio(now.z, then.z),
        );
        Reaching { diffuse, ..light }
    }
}

fn is_drawn(base: &HeadBase, face: usize) -> bool {
    let corners = base.faces[face].map(|k| base.places[k as usize]);
    match base.parts[face] {
        Part::Skin => corners.iter().all(|p| p.y > 4.3 && p.x.abs() < 1.75),
        Part::Lashes(..) => false,
        _ => true,
    }
}

fn eyeball(places: &[V3], eye_of: &[Option<usize>], eye: usize) -> Eyeball {
    let all: Vec<V3> = places
        .iter()
        .zip(eye_of)
        .filter(|(_, of)| **of == Some(eye))
        .map(|(p, _)| *p)
        .collect();
    let low = all.iter().fold(v3(1e9, 1e9, 1e9), |m, p| {
        v3(m.x.min(p.x), m.y.min(p.y), m.z.min(p.z))
    });
    let high = all.iter().fold(v3(-1e9, -1e9, -1e9), |m, p| {
        v3(m.x.max(p.x), m.y.max(p.y), m.z.max(p.z))
    });
    Eyeball {
        centre: (low + high) * 0.5,
    }
}

/// Of length one, the mean of the faces about each vertex.
pub(crate) fn normals(faces: &[[u32; 4]], places: &[V3], normals: &mut Vec<V3>) {
    normals.clear();
    normals.resize(places.len(), V3::ZERO);
    for face in faces {
        let [a, b, c, d] = face.map(|k| places[k as usize]);
        let normal = (c - a).cross(d - b);
        for &k in face {
            normals[k as usize] += normal;
        }
    }
    for normal in normals {
        *normal = normal.unit();
    }
}
