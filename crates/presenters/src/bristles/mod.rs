//! Brows, lashes and beard: short strands that move with the skin.

mod glasses;

use rayon::prelude::*;

use crate::attributes::{Attributes, Beard};
use crate::base::{HeadBase, Part};
use crate::expression::{Expression, head_share};
use crate::head::{Head, Posed};
use crate::light::KEY;
use crate::raster::{Buffer, FAR};
use crate::scalp;
use crate::skin::{beard_share, linear};
use crate::vector::{Random, V3, bell, lerp, noise, smooth, v3};
use crate::view::View;

/// What a bristle does in a blink.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    UpperLash,
    LowerLash,
}

/// A strand held by a vertex of the refined skin.
#[derive(Debug, Clone)]
struct Bristle {
    vertex: u32,
    /// From the vertex to each point.
    points: [V3; 4],
    colour: V3,
    /// In units, at the root.
    width: f32,
    kind: Kind,
    share: f32,
    /// Opacity at the root.
    strength: f32,
}

impl Bristle {
    /// The points that make a difference at so many pixels by unit: short ones look straight.
    fn seen_points(&self, scale: f32) -> &'static [usize] {
        let pixels = (self.points[3] - self.points[0]).length() * scale;
        match pixels {
            ..4.5 => &[0, 3],
            4.5..11.0 => &[0, 2, 3],
            _ => &[0, 1, 2, 3],
        }
    }
}

/// All bristles of a face.
#[derive(Debug, Default)]
pub(crate) struct Bristles {
    all: Vec<Bristle>,
    /// Upper edges of the lids, as vertices with offsets.
    liners: [Vec<(u32, V3)>; 2],
    liner: f32,
    glasses: Option<crate::attributes::Glasses>,
    liner_colour: V3,
    /// The nose where glasses sit.
    bridge: V3,
}

const UPPER_LID: [[f32; 3]; 12] = [
    [0.185, 7.281, 1.395],
    [0.198, 7.286, 1.388],
    [0.217, 7.296, 1.380],
    [0.237, 7.309, 1.380],
    [0.277, 7.323, 1.388],
    [0.3185, 7.330, 1.390],
    [0.352, 7.329, 1.383],
    [0.388, 7.322, 1.370],
    [0.412, 7.314, 1.355],
    [0.424, 7.306, 1.345],
    [0.432, 7.298, 1.340],
    [0.440, 7.291, 1.340],
];

const LOWER_LID: [[f32; 3]; 10] = [
    [0.199, 7.265, 1.372],
    [0.214, 7.260, 1.370],
    [0.246, 7.250, 1.382],
    [0.279, 7.244, 1.390],
    [0.312, 7.242, 1.392],
    [0.349, 7.243, 1.388],
    [0.384, 7.252, 1.376],
    [0.404, 7.259, 1.364],
    [0.420, 7.267, 1.350],
    [0.431, 7.275, 1.340],
];

fn along(curve: &[[f32; 3]], t: f32) -> V3 {
    let at = t.clamp(0.0, 0.9999) * (curve.len() - 1) as f32;
    let k = at as usize;
    V3::from(curve[k]).mix(curve[k + 1].into(), at - k as f32)
}

/// Vertices of the face by their places on the unshaped head.
struct Face<'a> {
    head: &'a Head,
    /// By height: those of one stripe after the other.
    stripes: Vec<Vec<u32>>,
}

/// Height of a stripe, in units, and the lowest and highest that any vertex lies.
const STRIPE: f32 = 0.04;
const LOWEST: f32 = 5.8;
const HIGHEST: f32 = 9.0;

impl<'a> Face<'a> {
    fn new(head: &'a Head) -> Self {
        let mut skin = vec![false; head.rest.len()];
        for (face, part) in head.faces.iter().zip(&head.parts) {
            if *part == Part::Skin {
                for &k in face {
                    skin[k as usize] = true;
                }
            }
        }
        let mut stripes = vec![Vec::new(); stripe(HIGHEST) + 1];
        for k in 0..head.rest.len() as u32 {
            let (p, m) = (head.rest[k as usize], head.masks[k as usize]);
            if skin[k as usize] && p.z > 0.45 && p.y > LOWEST && m.inner < 0.3 {
                stripes[stripe(p.y)].push(k);
            }
        }
        Self { head, stripes }
    }

    /// The vertex nearest to a place; in a flat view its depth hardly counts.
    fn nearest(&self, p: V3, flat: bool) -> u32 {
        let away = |k: u32| {
            let d = self.head.rest[k as usize] - p;
            if flat {
                d.x * d.x + d.y * d.y - d.z * 0.002
            } else {
                d.dot(d)
            }
        };
        let middle = stripe(p.y);
        let mut best = (f32::MAX, 0);
        for step in 0..self.stripes.len() {
            // What lies this many stripes away is no nearer than this, depth apart.
            let least = (step.saturating_sub(1) as f32 * STRIPE).powi(2);
            if least > best.0 + 0.004 {
                break;
            }
            let below = middle.checked_sub(step);
            let above = (step > 0).then_some(middle + step);
            for &k in [below, above]
                .into_iter()
                .flatten()
                .filter_map(|n| self.stripes.get(n))
                .flatten()
            {
                let away = away(k);
                if away < best.0 {
                    best = (away, k);
                }
            }
        }
        best.1
    }
}

fn stripe(y: f32) -> usize {
    ((y.clamp(LOWEST, HIGHEST) - LOWEST) / STRIPE) as usize
}

impl Bristles {
    pub(crate) fn new(base: &HeadBase, head: &Head, a: &Attributes) -> Self {
        let face = Face::new(head);
        let mut random = Random::new(a.seed ^ 0x4252_4f57);
        let mut bristles = Self::default();
        bristles.brows(&face, a, &mut random);
        bristles.lashes(&face, a, &mut random);
        bristles.beard(base, &face, a, &mut random);
        bristles.glasses = a.glasses;
        bristles.bridge = head.front_at(v3(0.0, 7.20, 1.5));
        bristles
    }

    fn brows(&mut self, face: &Face<'_>, a: &Attributes, random: &mut Random) {
        let hair = linear(a.hair.colour);
        let dark = v3(0.030, 0.022, 0.017);
        let grey = v3(0.30, 0.30, 0.30);
        let colour = hair.mix(dark, 0.55).mix(grey, a.hair.grey * 0.5);
        let male = a.masculinity;
        let count = lerp(560.0, 700.0, male) as usize;
        let made: Vec<Bristle> = (0..count * 2)
            .map(|k| {
                (
                    if k < count { 1.0 } else { -1.0 },
                    Random::new(random.bits()),
                )
            })
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(side, mut random)| {
                let t = random.share().powf(0.9);
                let wide = lerp(0.030, 0.041, male)
                    * smooth(1.08, 0.45, t)
                    * lerp(0.72, 1.0, smooth(0.0, 0.15, t));
                let up = random.between(-1.0, 1.0);
                let arch = lerp(0.066, 0.040, male);
                let x = lerp(0.115, 0.505, t);
                let y = 7.440 + 0.006 * t + arch * bell((t - 0.55) / 0.42) + up * wide;
                let root = v3(x, y, 1.45);
                // Upright at the nose, lying down towards the temple, upper ones leaning down.
                let slope =
                    lerp(1.1, -0.30, smooth(0.0, 0.55, t)) - 0.35 * up * smooth(0.1, 0.5, t);
                let (s, c) = (slope + random.normal() * 0.10).sin_cos();
                let long = lerp(0.040, 0.060, random.share()) * lerp(0.8, 1.0, t);
                let step = v3(c, s, 0.03 - 0.25 * t) * (long / 3.0);
                let vertex = face.nearest(v3(x * side, y, 1.4), true);
                let rest = face.head.rest[vertex as usize];
                let from = v3((root.x * side) - rest.x, root.y - rest.y, 0.006);
                let bend = v3(0.0, -0.004 * smooth(0.2, 0.8, t), 0.0);
                let flip = |p: V3| v3(p.x * side, p.y, p.z);
                let points = std::array::from_fn(|k| {
                    from + flip(step * k as f32 + bend * (k * k) as f32 * 0.4)
                });
                Bristle {
                    vertex,
                    points,
                    colour: colour * random.between(0.8, 1.3),
                    width: lerp(0.0027, 0.0033, male),
                    kind: Kind::Plain,
                    share: 1.0,
                    strength: (0.62 * smooth(1.02, 0.75, t) + 0.12)
                        * lerp(0.35, 1.0, smooth(0.0, 0.16, t)),
                }
            })
            .collect();
        self.all.extend(made);
    }

    fn lashes(&mut self, face: &Face<'_>, a: &Attributes, random: &mut Random) {
        let made_up = a.makeup * (1.0 - a.masculinity);
        let dark = v3(0.012, 0.009, 0.008).mix(linear(a.hair.colour) * 0.5, 0.2 * (1.0 - made_up));
        let long = lerp(0.034, 0.024, a.masculinity) + 0.013 * made_up;
        for (eye, side) in [(0, 1.0), (1, -1.0)] {
            for (curve, upper, count) in [(&UPPER_LID[..], true, 120), (&LOWER_LID[..], false, 56)]
            {
                for k in 0..count {
                    let t = (k as f32 + random.share()) / count as f32;
                    let p = along(curve, t);
                    let vertex = face.nearest(v3(p.x * side, p.y, p.z), false);
                    let rest = face.head.rest[vertex as usize];
                    let from = v3(p.x * side - rest.x, p.y - rest.y, p.z - rest.z + 0.004);
                    let fan = lerp(-0.55, 0.95, t) + random.normal() * 0.10;
                    let size = if upper {
                        long * lerp(0.55, 1.15, smooth(0.0, 0.75, t)) * random.between(0.75, 1.05)
                    } else {
                        long * 0.40 * random.between(0.6, 1.0)
                    };
                    let rise = if upper {
                        [0.02, 0.34, 0.92]
                    } else {
                        [-0.15, -0.42, -0.75]
                    };
                    let at = |k: usize| {
                        let t = k as f32 / 3.0;
                        v3(
                            fan * t * side,
                            if k == 0 { 0.0 } else { rise[k - 1] * t },
                            0.75 * t * (1.2 - t),
                        ) * size
                    };
                    self.all.push(Bristle {
                        vertex,
                        points: std::array::from_fn(|k| from + at(k)),
                        colour: dark,
                        width: lerp(0.0026, 0.0034, made_up),
                        kind: if upper {
                            Kind::UpperLash
                        } else {
                            Kind::LowerLash
                        },
                        share: 1.0,
                        strength: 0.85,
                    });
                }
            }
            self.liners[eye] = (0..=22)
                .map(|k| {
                    let p = along(&UPPER_LID, k as f32 / 22.0);
                    let vertex = face.nearest(v3(p.x * side, p.y, p.z), false);
                    let rest = face.head.rest[vertex as usize];
                    (
                        vertex,
                        v3(
                            p.x * side - rest.x,
                            p.y - rest.y + 0.003,
                            p.z - rest.z + 0.006,
                        ),
                    )
                })
                .collect();
        }
        self.liner = lerp(0.011, 0.019, made_up);
        self.liner_colour = dark;
    }

    fn beard(&mut self, base: &HeadBase, face: &Face<'_>, a: &Attributes, random: &mut Random) {
        let (count, long, curl) = match a.beard {
            Beard::None => return,
            Beard::Stubble => (9000, 0.014, 0.0),
            Beard::Moustache => (2200, 0.075, 0.1),
            Beard::Goatee => (3600, 0.075, 0.15),
            Beard::Short => (18_000, 0.042, 0.2),
            Beard::Full => (20_000, 0.11, 0.35),
        };
        let hair = linear(a.hair.colour);
        // Below the chin it is seen along its length, and would look thicker than it is.
        let below = |root: &scalp::Root, random: &mut Random| {
            random.share() < smooth(-0.1, 0.5, root.normal.z) + 0.04
        };
        let density = |p: V3| {
            let m = p.x.abs();
            let moustache = smooth(6.68, 6.72, p.y) * smooth(0.40, 0.30, m);
            let chin = smooth(0.36, 0.24, m) * smooth(6.52, 6.44, p.y)
                + smooth(0.26, 0.29, m) * smooth(0.37, 0.33, m) * smooth(6.8, 6.6, p.y);
            let part = match a.beard {
                Beard::Moustache => moustache,
                Beard::Goatee => moustache.max(chin.min(1.0)),
                _ => 1.0,
            };
            beard_share(p) * part * smooth(-0.5, 0.1, noise(p * 11.0) + 0.35)
        };
        let mut roots = scalp::roots(base, head_places(face), count, random, density);
        roots.retain(|root| below(root, random));
        let seeds: Vec<u64> = roots.iter().map(|_| random.bits()).collect();
        let made: Vec<Bristle> = roots
            .par_iter()
            .zip(seeds)
            .map(|(root, seed)| {
                let mut random = Random::new(seed);
                let vertex = face.nearest(root.rest, false);
                let at = face.head.base_of(vertex);
                let from = root.place - at;
                let side = root.rest.x.signum();
                let moustache =
                    smooth(6.66, 6.72, root.rest.y) * smooth(0.42, 0.32, root.rest.x.abs());
                let down = v3(side * 0.18, -1.0, 0.12).mix(v3(side * 0.9, -0.55, 0.15), moustache);
                let chin = smooth(0.45, 0.0, root.rest.x.abs()) * smooth(6.5, 6.2, root.rest.y);
                let size = long
                    * random.between(0.6, 1.1)
                    * (1.0 + 0.25 * chin)
                    * lerp(1.0, 0.85, moustache);
                let start = (root.normal * 0.75 + down * 0.6).unit();
                let twist = v3(random.normal(), random.normal(), random.normal()) * curl;
                let mut points = [from; 4];
                let mut p = from + root.normal * 0.002;
                let mut d = start;
                for point in &mut points {
                    *point = p;
                    p += d * (size / 3.0);
                    d = (d + down * 0.45 + twist).unit();
                }
                let grey = random.share() < (a.hair.grey * 1.2).min(0.95);
                let lit = 0.55 + 0.75 * root.normal.dot(KEY.unit()).max(0.0);
                let colour = if grey {
                    v3(0.24, 0.24, 0.245)
                } else {
                    hair * 0.8 + v3(0.006, 0.005, 0.004)
                };
                Bristle {
                    vertex,
                    points,
                    colour: colour * (lit * random.between(0.7, 1.35)),
                    width: if a.beard == Beard::Stubble {
                        0.0026
                    } else {
                        0.0034
                    },
                    kind: Kind::Plain,
                    share: head_share(root.rest),
                    strength: if a.beard == Beard::Stubble { 0.6 } else { 0.8 },
                }
            })
            .collect();
        self.all.extend(made);
    }

    /// Draws over the head that `buffer` shows.
    pub(crate) fn draw(&self, buffer: &mut Buffer, posed: &Posed, e: &Expression, view: &View) {
        let carriers = e.carriers();
        for liner in &self.liners {
            let mut last: Option<V3> = None;
            for (n, &(vertex, offset)) in liner.iter().enumerate() {
                let p = view.project(carriers.carry(posed.unturned[vertex as usize] + offset, 1.0));
                if let Some(before) = last {
                    let t = n as f32 / (liner.len() - 1) as f32;
                    let wide = self.liner * view.scale * lerp(0.55, 1.15, smooth(0.0, 0.7, t));
                    stroke(buffer, before, p, [wide, wide], self.liner_colour, 0.72);
                }
                last = Some(p);
            }
        }
        for bristle in &self.all {
            // Closed lids hide the lower lashes behind the upper ones.
            if bristle.kind == Kind::LowerLash && e.blink > 0.8 {
                continue;
            }
            let root = posed.unturned[bristle.vertex as usize];
            let mut last: Option<(V3, usize)> = None;
            for &k in bristle.seen_points(view.scale) {
                let offset = bristle.points[k];
                let offset = match bristle.kind {
                    Kind::Plain | Kind::LowerLash => offset,
                    // Lashes turn down with the lid.
                    Kind::UpperLash => {
                        let rise = offset - bristle.points[0];
                        bristle.points[0]
                            + v3(
                                rise.x,
                                lerp(rise.y, -rise.y.abs() * 0.8 - rise.z * 0.35, e.blink),
                                rise.z,
                            )
                    }
                };
                let p = view.project(carriers.carry(root + offset, bristle.share));
                if let Some((before, from)) = last {
                    let wide = |k: usize| bristle.width * view.scale * (1.0 - 0.24 * k as f32);
                    stroke(
                        buffer,
                        before,
                        p,
                        [wide(from), wide(k)],
                        bristle.colour,
                        bristle.strength * (1.1 - 0.15 * k as f32),
                    );
                }
                last = Some((p, k));
            }
        }
        self.draw_glasses(buffer, &carriers, view);
    }
}

fn head_places<'a>(face: &Face<'a>) -> &'a [V3] {
    face.head.base_places()
}

/// A line with soft edges, where nothing nearer hides it.
fn stroke(buffer: &mut Buffer, a: V3, b: V3, wide: [f32; 2], colour: V3, strength: f32) {
    line(buffer, [a, b], wide, colour, strength, |_| true);
}

/// [`stroke`] where the head is behind it.
fn stroke_on_head(buffer: &mut Buffer, a: V3, b: V3, wide: [f32; 2], colour: V3, strength: f32) {
    line(buffer, [a, b], wide, colour, strength, |depth| depth > FAR);
}

#[inline]
fn line(
    buffer: &mut Buffer,
    [a, b]: [V3; 2],
    wide: [f32; 2],
    colour: V3,
    strength: f32,
    before: impl Fn(f32) -> bool,
) {
    let reach = wide[0].max(wide[1]) * 0.5 + 0.6;
    let left = (a.x.min(b.x) - reach).floor().max(0.0) as usize;
    let top = (a.y.min(b.y) - reach).floor().max(0.0) as usize;
    let right = ((a.x.max(b.x) + reach).ceil().max(0.0) as usize).min(buffer.width);
    let bottom = ((a.y.max(b.y) + reach).ceil().max(0.0) as usize).min(buffer.height);
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let square = (dx * dx + dy * dy).max(1e-6);
    for y in top..bottom {
        for x in left..right {
            let (px, py) = (x as f32 + 0.5 - a.x, y as f32 + 0.5 - a.y);
            let along = (px * dx + py * dy) / square;
            if !(0.0..1.0).contains(&along) {
                continue;
            }
            let k = y * buffer.width + x;
            let z = a.z + (b.z - a.z) * along;
            if buffer.depth[k] > z + 0.045 || !before(buffer.depth[k]) {
                continue;
            }
            let away = ((px - dx * along).powi(2) + (py - dy * along).powi(2)).sqrt();
            let width = wide[0] + (wide[1] - wide[0]) * along;
            let cover = (width * 0.5 + 0.5 - away)
                .clamp(0.0, 1.0)
                .min(width)
                .min(1.0)
                * strength;
            let (c, keep) = (&mut buffer.colour[k], 1.0 - cover);
            *c = [
                c[0] * keep + colour.x * cover,
                c[1] * keep + colour.y * cover,
                c[2] * keep + colour.z * cover,
                c[3] * keep + cover,
            ];
        }
    }
}
