//! The studio: a light from everywhere, known by direction, and what of it reaches each vertex.
//!
//! Light is the sum of many directions, each with a depth map of its own: soft shadows and the darkness of folds come
//! out of one thing. What reaches a vertex is kept for the pose it was computed in; a pose that turns its normal scales
//! it by the unshadowed light of the new normal against the old one's, by second-order harmonics (Ramamoorthi and
//! Hanrahan 2001).

use rayon::prelude::*;

use crate::raster::{FAR, depth_only};
use crate::vector::{Random, V3, bell, smooth, v3};

/// Radiance from a direction: a large soft box up left, a cooler fill right, two rims behind, a bright room.
pub(crate) fn radiance(d: V3) -> V3 {
    let lobe = |at: V3, spread: f32| {
        let away = (1.0 - d.dot(at.unit())).max(0.0);
        bell((2.0 * away).sqrt() / spread)
    };
    let sky = smooth(-0.9, 0.9, d.y);
    let mut light = v3(0.30, 0.29, 0.28).mix(v3(0.52, 0.55, 0.60), sky) * 0.66;
    light += v3(1.0, 0.95, 0.87) * (4.25 * lobe(KEY, 0.52));
    light += v3(0.78, 0.88, 1.0) * (0.70 * lobe(v3(0.85, 0.15, 0.55), 0.6));
    light += v3(0.95, 0.97, 1.0) * (3.4 * lobe(RIM, 0.4));
    light += v3(1.0, 0.93, 0.85) * (2.0 * lobe(v3(-0.85, 0.35, -0.55), 0.4));
    light
}

pub(crate) const KEY: V3 = v3(-0.62, 0.55, 0.56);
pub(crate) const RIM: V3 = v3(0.75, 0.5, -0.5);

/// Number of directions.
const DIRECTIONS: usize = 110;
const MAP: usize = 256;

/// Spread evenly over the sphere (a golden spiral).
fn directions() -> impl Iterator<Item = V3> {
    (0..DIRECTIONS).map(|k| {
        let y = 1.0 - 2.0 * (k as f32 + 0.5) / DIRECTIONS as f32;
        let r = (1.0 - y * y).sqrt();
        let (s, c) = (k as f32 * 2.399_963_2).sin_cos();
        v3(c * r, y, s * r)
    })
}

/// How far light creeps round a curve, by colour: red light travels far within skin.
pub(crate) const NO_WRAP: V3 = V3::ZERO;
pub(crate) const SKIN_WRAP: V3 = v3(0.34, 0.13, 0.07);

fn wrapped(cosine: f32, wrap: V3) -> V3 {
    let one = |w: f32| ((cosine + w) / (1.0 + w)).max(0.0);
    v3(one(wrap.x), one(wrap.y), one(wrap.z))
}

/// Irradiance of an unshadowed normal, in nine coefficients by colour.
#[derive(Debug, Clone)]
pub(crate) struct Harmonics([V3; 9]);

fn basis(d: V3) -> [f32; 9] {
    [
        0.282_095,
        0.488_603 * d.y,
        0.488_603 * d.z,
        0.488_603 * d.x,
        1.092_548 * d.x * d.y,
        1.092_548 * d.y * d.z,
        0.315_392 * (3.0 * d.z * d.z - 1.0),
        1.092_548 * d.x * d.z,
        0.546_274 * (d.x * d.x - d.y * d.y),
    ]
}

impl Harmonics {
    pub(crate) fn new() -> Self {
        let mut sums = [V3::ZERO; 9];
        let solid = 4.0 * std::f32::consts::PI / DIRECTIONS as f32;
        for d in directions() {
            for (sum, b) in sums.iter_mut().zip(basis(d)) {
                *sum += radiance(d) * (b * solid);
            }
        }
        let band = |k: usize| match k {
            0 => 1.0,
            1..=3 => 2.0 / 3.0,
            _ => 0.25,
        };
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum = *sum * band(k);
        }
        Self(sums)
    }

    /// Divided by pi: what a white matt surface shows.
    pub(crate) fn at(&self, normal: V3) -> V3 {
        let b = basis(normal);
        let sum = self
            .0
            .iter()
            .zip(b)
            .fold(V3::ZERO, |sum, (c, b)| sum + *c * b);
        v3(sum.x.max(0.02), sum.y.max(0.02), sum.z.max(0.02))
    }
}

/// What throws shadows: triangles, and strands given by some of their points.
#[derive(Debug, Default)]
pub(crate) struct Blockers<'a> {
    pub triangles: Vec<[V3; 3]>,
    pub strands: Vec<&'a [V3]>,
    /// Share of the strands that each direction draws.
    pub density: f32,
}

/// Light that reaches a point.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reaching {
    /// Diffuse, over pi.
    pub diffuse: V3,
    /// Share of the key light and of the rim that is not blocked.
    pub key: f32,
    pub rim: f32,
}

/// Gathers light at points with normals; the blockers' own surface lies up to `bias` before the points.
pub(crate) fn gather(
    points: &[(V3, V3)],
    wrap: V3,
    blockers: &Blockers<'_>,
    bias: f32,
) -> Vec<Reaching> {
    let maps: Vec<Map> = directions()
        .enumerate()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(index, d)| Map::new(index, d, blockers))
        .collect();
    points
        .par_iter()
        .map(|&(p, n)| {
            let at = p + n * (bias * 0.5);
            let mut diffuse = V3::ZERO;
            let (mut key, mut key_all, mut rim, mut rim_all) = (0.0, 1e-6, 0.0, 1e-6);
            for map in &maps {
                let cosine = n.dot(map.towards);
                let lit = cosine > -wrap.x;
                key_all += map.key;
                rim_all += map.rim;
                if !lit && map.key == 0.0 && map.rim == 0.0 {
                    continue;
                }
                let open = open_share(&map.depth, map.place(at), bias);
                key += map.key * open;
                rim += map.rim * open;
                if lit {
                    diffuse += map.radiance.times(wrapped(cosine, wrap)) * open;
                }
            }
            Reaching {
                diffuse,
                key: key / key_all,
                rim: rim / rim_all,
            }
        })
        .collect()
}

/// Light from one direction, and how far it comes.
struct Map {
    towards: V3,
    right: V3,
    up: V3,
    /// Already a share of the whole.
    radiance: V3,
    /// How much the direction belongs to the key light and to the rim.
    key: f32,
    rim: f32,
    depth: Vec<f32>,
}

/// Maps hold seven units about the middle of head and chest.
const MIDDLE: V3 = v3(0.0, 6.2, 0.2);
const SCALE: f32 = MAP as f32 / 7.0;

impl Map {
    fn new(index: usize, d: V3, blockers: &Blockers<'_>) -> Self {
        let up = if d.y.abs() > 0.9 {
            v3(1.0, 0.0, 0.0)
        } else {
            v3(0.0, 1.0, 0.0)
        };
        let right = up.cross(d).unit();
        let near = |at: V3| (d.dot(at.unit()) - 0.75).max(0.0);
        let mut map = Self {
            towards: d,
            right,
            up: d.cross(right),
            radiance: radiance(d) * (4.0 / DIRECTIONS as f32),
            key: near(KEY),
            rim: near(RIM),
            depth: vec![FAR; MAP * MAP],
        };
        map.block(index, blockers);
        map
    }

    fn block(&mut self, index: usize, blockers: &Blockers<'_>) {
        let mut depth = std::mem::take(&mut self.depth);
        for triangle in &blockers.triangles {
            depth_only(&mut depth, MAP, MAP, triangle.map(|p| self.place(p)));
        }
        let mut random = Random::new(index as u64);
        for strand in &blockers.strands {
            if random.share() > blockers.density {
                continue;
            }
            for &p in *strand {
                let q = self.place(p);
                if q.x >= 0.0 && q.y >= 0.0 && q.x < MAP as f32 && q.y < MAP as f32 {
                    let k = q.y as usize * MAP + q.x as usize;
                    depth[k] = depth[k].max(q.z);
                }
            }
        }
        self.depth = depth;
    }

    /// Cell of the map, and how near to the light.
    fn place(&self, p: V3) -> V3 {
        let q = p - MIDDLE;
        v3(
            q.dot(self.right) * SCALE + MAP as f32 * 0.5,
            MAP as f32 * 0.5 - q.dot(self.up) * SCALE,
            q.dot(self.towards),
        )
    }
}

/// Share of the four nearest map cells that do not block, weighted.
fn open_share(depth: &[f32], at: V3, bias: f32) -> f32 {
    let (x, y) = (at.x - 0.5, at.y - 0.5);
    if x < 0.0 || y < 0.0 || x >= (MAP - 1) as f32 || y >= (MAP - 1) as f32 {
        return 1.0;
    }
    let (ix, iy) = (x as usize, y as usize);
    let (fx, fy) = (x - ix as f32, y - iy as f32);
    let open = |x: usize, y: usize| smooth(bias * 1.6, bias, depth[y * MAP + x] - at.z);
    let top = open(ix, iy) * (1.0 - fx) + open(ix + 1, iy) * fx;
    let bottom = open(ix, iy + 1) * (1.0 - fx) + open(ix + 1, iy + 1) * fx;
    top * (1.0 - fy) + bottom * fy
}
