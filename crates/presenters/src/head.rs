//! The head and neck of a presenter: posed, lit and ready to be drawn.

use crate::attributes::Attributes;
use crate::base::{Drawn, HeadBase, Masks, Part};
use crate::channels::{self, deform};
use crate::expression::{Expression, head_share};
use crate::light::{Blockers, Harmonics, Reaching, SKIN_WRAP, gather};
use crate::shape;
use crate::skin::{Skin, skin_at};
use crate::subdivide::Refined;
use crate::vector::{V3, lerp, smooth, v3};

/// A head with everything that does not depend on the pose. Vectors are by refined vertex unless they say otherwise.
#[derive(Debug)]
pub(crate) struct Head {
    /// The unrefined head: what throws shadows.
    coarse: Coarse,
    pub faces: Vec<[u32; 4]>,
    /// Of each refined face.
    pub parts: Vec<Part>,
    /// Faces of different classes do not run smoothly into each other.
    pub classes: Vec<u8>,
    /// On the unshaped head.
    pub rest: Vec<V3>,
    pub masks: Vec<Masks>,
    pub skin: Vec<Skin>,
    /// What a vertex belongs to.
    pub part_of: Vec<Part>,
    share: Vec<f32>,
    pub eyes: [Eyeball; 2],
    /// Before any pose.
    still: Vec<V3>,
    /// By channel: where vertices go at its full extent.
    moves: Vec<Vec<(u32, V3)>>,
    light: Vec<Reaching>,
    /// Unshadowed light on each vertex in the pose that the light was computed in.
    still_light: Vec<V3>,
    harmonics: Harmonics,
}

/// Vertices of the base, their movements by channel, and the faces that are drawn.
#[derive(Debug)]
struct Coarse {
    neutral: Vec<V3>,
    moves: Vec<Vec<(u32, V3)>>,
    faces: Vec<[u32; 4]>,
}

/// Where an eyeball is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Eyeball {
    pub centre: V3,
}

/// A pose's geometry: by refined vertex.
#[derive(Debug, Default)]
pub(crate) struct Posed {
    pub places: Vec<V3>,
    pub normals: Vec<V3>,
    /// Places before the head turned.
    pub unturned: Vec<V3>,
}

impl Head {
    /// Edges shorter than `finest`, in units, are not needed; `scalp` is the share of hair by place of the unshaped
    /// head.
    pub(crate) fn new(
        base: &HeadBase,
        a: &Attributes,
        finest: f32,
        scalp: impl Fn(V3) -> f32,
    ) -> Self {
        let neutral = shape::neutral(base, a);
        let Drawn { chosen, refined } = base.refined.get_or_init(|| drawn(base));
        let coarse = chosen.iter().map(|&k| base.faces[k]).collect();
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
            .map(|(&p, &m)| skin_at(a, p, m, scalp(p) * (1.0 - smooth(0.05, 0.4, m.ears))))
            .collect();
        let still = refined.apply(&neutral);
        let coarse_moves = channels::of_base(base);
        let moves: Vec<Vec<(u32, V3)>> = coarse_moves
            .iter()
            .map(|moves| channels::refine(refined, base.places.len(), moves))
            .collect();
        // Faces must do without their middles in every pose.
        let mut posed = vec![still.clone()];
        for moves in &moves {
            let mut places = still.clone();
            for &(k, d) in moves {
                places[k as usize] += d;
            }
            posed.push(places);
        }
        let mut faces: Vec<([u32; 4], Part)> = refined
            .joined(&posed, finest)
            .into_iter()
            .map(|(face, origin)| (face, base.parts[chosen[origin as usize]]))
            .collect();
        // What hides the most comes first: what is hidden then costs little.
        faces.sort_by_key(|(face, part)| match part {
            Part::Skin | Part::Lashes(..) => {
                u8::from(face.iter().all(|&k| masks[k as usize].inner > 0.3))
            }
            Part::UpperTeeth | Part::LowerTeeth => 2,
            Part::Tongue => 3,
            Part::Eye(_) => 4,
        });
        let (faces, parts): (Vec<[u32; 4]>, Vec<Part>) = faces.into_iter().unzip();
        let mut part_of = vec![Part::Skin; refined.len()];
        for (face, part) in faces.iter().zip(&parts) {
            for &k in face {
                part_of[k as usize] = *part;
            }
        }
        let eyes = std::array::from_fn(|eye| eyeball(&still, &part_of, eye));
        let coarse = Coarse {
            moves: coarse_moves,
            neutral,
            faces: coarse,
        };
        let classes = faces
            .iter()
            .zip(&parts)
            .map(|(face, part)| class(face.map(|k| k as usize), *part, &rest, &masks))
            .collect();
        Self {
            coarse,
            faces,
            parts,
            classes,
            share: rest.iter().map(|&p| head_share(p)).collect(),
            rest,
            masks,
            skin,
            part_of,
            eyes,
            still,
            moves,
            light: Vec::new(),
            still_light: Vec::new(),
            harmonics: Harmonics::new(),
        }
    }

    /// Vertices of the base, before any pose.
    pub(crate) fn base_places(&self) -> &[V3] {
        &self.coarse.neutral
    }

    /// The foremost skin at a place of the unshaped head, before any pose.
    pub(crate) fn front_at(&self, at: V3) -> V3 {
        let away = |k: usize| {
            let d = self.rest[k] - at;
            d.x * d.x + d.y * d.y - d.z * 0.002
        };
        let front =
            (0..self.rest.len()).filter(|&k| self.rest[k].z > 0.8 && self.part_of[k] == Part::Skin);
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
        let seen = |face: &[u32; 4], part: Part| {
            part != Part::Skin
                || face
                    .iter()
                    .any(|&k| normals[k as usize].z > -0.35 || self.masks[k as usize].inner > 0.1)
        };
        let keep: Vec<bool> = self
            .faces
            .iter()
            .zip(&self.parts)
            .map(|(face, part)| seen(face, *part))
            .collect();
        self.retain(&keep);
    }

    /// Forgets faces, and vertices that no other face has; vertices get new numbers.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        let mut flags = keep.iter().copied();
        self.faces.retain(|_| flags.next().unwrap_or(true));
        let mut flags = keep.iter().copied();
        self.parts.retain(|_| flags.next().unwrap_or(true));
        let mut flags = keep.iter().copied();
        self.classes.retain(|_| flags.next().unwrap_or(true));
        self.number_by_use();
    }

    /// Puts faces that lie near each other in a pose one after the other, so that memory is used in one place at a
    /// time; `tile` numbers the regions of the picture by a vertex's place.
    pub(crate) fn sort_by_place(&mut self, places: &[V3], tile: impl Fn(V3) -> usize) {
        let mut order: Vec<usize> = (0..self.faces.len()).collect();
        // Stable: what hides the most stays first.
        order.sort_by_key(|&k| tile(places[self.faces[k][0] as usize]));
        self.faces = order.iter().map(|&k| self.faces[k]).collect();
        self.parts = order.iter().map(|&k| self.parts[k]).collect();
        self.classes = order.iter().map(|&k| self.classes[k]).collect();
        self.number_by_use();
    }

    /// Numbers vertices as faces come upon them, and forgets those that none has.
    fn number_by_use(&mut self) {
        const NONE: u32 = u32::MAX;
        let mut numbers = vec![NONE; self.rest.len()];
        let mut order = Vec::new();
        for k in self.faces.iter_mut().flatten() {
            let number = &mut numbers[*k as usize];
            if *number == NONE {
                *number = order.len() as u32;
                order.push(*k as usize);
            }
            *k = *number;
        }
        for moves in &mut self.moves {
            moves.retain(|&(k, _)| numbers[k as usize] != NONE);
            for (k, _) in &mut *moves {
                *k = numbers[*k as usize];
            }
            moves.sort_unstable_by_key(|&(k, _)| k);
        }
        pick(&mut self.rest, &order);
        pick(&mut self.masks, &order);
        pick(&mut self.skin, &order);
        pick(&mut self.part_of, &order);
        pick(&mut self.share, &order);
        pick(&mut self.still, &order);
        // These are empty before the head is lit.
        if !self.light.is_empty() {
            pick(&mut self.light, &order);
            pick(&mut self.still_light, &order);
        }
    }

    /// Computes what light reaches the head in a pose, which is what other poses go by.
    pub(crate) fn light(&mut self, still: &Expression, blockers: &Blockers<'_>) {
        let posed = self.pose(still);
        self.drop_hidden(&posed.normals);
        let posed = self.pose(still);
        let points: Vec<(V3, V3)> = posed
            .places
            .iter()
            .copied()
            .zip(posed.normals.iter().copied())
            .collect();
        self.light = gather(&points, SKIN_WRAP, blockers, 0.035);
        self.smooth_light();
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
            for face in &self.faces {
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

    /// Triangles of all that blocks light, unrefined: shadows are soft. The head is not turned.
    pub(crate) fn triangles(&self, e: &Expression) -> Vec<[V3; 3]> {
        let mut places = self.coarse.neutral.clone();
        deform(&mut places, &self.coarse.moves, e);
        let mut triangles = Vec::new();
        for face in &self.coarse.faces {
            let [a, b, c, d] = face.map(|k| places[k as usize]);
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
        posed.unturned.clear();
        posed.unturned.extend_from_slice(&self.still);
        deform(&mut posed.unturned, &self.moves, e);
        self.move_tongue(e, &mut posed.unturned);
        posed.places.clear();
        let carriers = e.carriers();
        for (&p, &share) in posed.unturned.iter().zip(&self.share) {
            posed.places.push(carriers.carry(p, share));
        }
        normals(&self.faces, &posed.places, &mut posed.normals);
    }

    /// Tip up and forward for l and th.
    fn move_tongue(&self, e: &Expression, places: &mut [V3]) {
        for (k, place) in places.iter_mut().enumerate() {
            if self.part_of[k] == Part::Tongue {
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

fn drawn(base: &HeadBase) -> Drawn {
    let chosen: Vec<usize> = (0..base.faces.len())
        .filter(|&k| is_drawn(base, k))
        .collect();
    let faces: Vec<[u32; 4]> = chosen.iter().map(|&k| base.faces[k]).collect();
    Drawn {
        refined: Refined::new(base.places.len(), &faces),
        chosen,
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

fn pick<T: Copy>(values: &mut Vec<T>, order: &[usize]) {
    *values = order.iter().map(|&k| values[k]).collect();
}

/// Which seam a face lies at: where lids meet the eye, lips each other, and the mouth's inside the lips.
fn class(face: [usize; 4], part: Part, rest: &[V3], masks: &[Masks]) -> u8 {
    let mean = |f: &dyn Fn(usize) -> f32| face.iter().map(|&k| f(k)).sum::<f32>() * 0.25;
    let y = mean(&|k| rest[k].y);
    match part {
        Part::Eye(_) => 1,
        Part::UpperTeeth => 2,
        Part::LowerTeeth => 3,
        Part::Tongue => 4,
        Part::Skin | Part::Lashes(..) => {
            if mean(&|k| masks[k].inner) > 0.5 {
                5
            } else if mean(&|k| masks[k].lips) > 0.3 {
                if y > 6.62 { 6 } else { 7 }
            } else if mean(&|k| masks[k].lids) > 0.5 && y > 7.275 {
                8
            } else {
                9
            }
        }
    }
}

fn eyeball(places: &[V3], part_of: &[Part], eye: usize) -> Eyeball {
    let all: Vec<V3> = places
        .iter()
        .zip(part_of)
        .filter(|(_, of)| **of == Part::Eye(eye))
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
