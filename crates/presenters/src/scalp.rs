//! Where hair grows, and the shape that it lies on.

use crate::attributes::HairStyle;
use crate::base::{HeadBase, Part};
use crate::vector::{Random, V3, lerp, noise, smooth, v3};

/// Middle of the skull.
pub(crate) const SKULL: V3 = v3(0.0, 7.42, 0.42);

/// Share of hair on the skin at a place of the unshaped head.
pub(crate) fn share(p: V3, style: HairStyle, receding: f32) -> f32 {
    if style == HairStyle::Bald {
        return 0.0;
    }
    let x = p.x.abs();
    let temple = receding * 0.30 * smooth(0.12, 0.42, x) * smooth(0.95, 0.55, x);
    let front = 7.95 + receding * 0.10 + temple - 0.30 * (x / 0.62).powf(2.6);
    let side = lerp(front, 7.12, smooth(0.98, 0.76, p.z) * smooth(0.5, 0.66, x));
    let nape = lerp(6.72, 7.05, smooth(0.35, 0.6, x));
    let line = lerp(side, nape, smooth(0.52, 0.30, p.z));
    let line = line + 0.03 * noise(p * 9.0);
    smooth(line - 0.03, line + 0.07, p.y)
}

/// A place on the skin where a strand begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root {
    pub place: V3,
    pub normal: V3,
    /// On the unshaped head.
    pub rest: V3,
}

/// Roots spread over the skin by area, where `density` (0 to 1, by place of the unshaped head) says.
pub(crate) fn roots(
    base: &HeadBase,
    places: &[V3],
    count: usize,
    random: &mut Random,
    density: impl Fn(V3) -> f32,
) -> Vec<Root> {
    let mut sums = Vec::new();
    let mut total = 0.0;
    for (index, (face, part)) in base.faces.iter().zip(&base.parts).enumerate() {
        let rest = face.map(|k| base.places[k as usize]);
        let middle = (rest[0] + rest[1] + rest[2] + rest[3]) * 0.25;
        let ears = face
            .iter()
            .map(|&k| base.masks[k as usize].ears)
            .fold(0.0, f32::max);
        let inner = face
            .iter()
            .map(|&k| base.masks[k as usize].inner)
            .fold(0.0, f32::max);
        let near = rest
            .iter()
            .map(|p| density(*p))
            .fold(density(middle), f32::max);
        if *part != Part::Skin || ears > 0.2 || inner > 0.2 || near <= 0.0 {
            continue;
        }
        let [a, b, c, d] = face.map(|k| places[k as usize]);
        total += (c - a).cross(d - b).length() * 0.5;
        sums.push((total, index));
    }
    let mut roots = Vec::with_capacity(count);
    let mut tries = 0;
    while roots.len() < count && tries < count * 12 && !sums.is_empty() {
        tries += 1;
        let at = random.share() * total;
        let slot = sums
            .partition_point(|(sum, _)| *sum < at)
            .min(sums.len() - 1);
        let face = base.faces[sums[slot].1];
        let (u, v) = (random.share(), random.share());
        let mix = |from: &[V3]| {
            let [a, b, c, d] = face.map(|k| from[k as usize]);
            a.mix(b, u).mix(d.mix(c, u), v)
        };
        let rest = mix(&base.places);
        if random.share() > density(rest) {
            continue;
        }
        let [a, b, c, d] = face.map(|k| places[k as usize]);
        roots.push(Root {
            place: mix(places),
            normal: (c - a).cross(d - b).unit(),
            rest,
        });
    }
    roots
}

const LATITUDES: usize = 40;
const LONGITUDES: usize = 80;

/// Head and shoulders as strands feel them.
#[derive(Debug)]
pub(crate) struct Obstacle {
    /// Distance of the skin from the skull's middle by direction.
    radii: Vec<f32>,
    /// Front and back of neck and shoulders by x and y.
    depths: Vec<[f32; 2]>,
}

const GRID: usize = 96;

fn cell(p: V3) -> Option<usize> {
    let x = (p.x / 3.6 + 0.5) * GRID as f32;
    let y = (p.y - 3.4) / 3.6 * GRID as f32;
    let within = |v: f32| (0.0..GRID as f32).contains(&v);
    (within(x) && within(y)).then(|| y as usize * GRID + x as usize)
}

impl Obstacle {
    pub(crate) fn new(base: &HeadBase, places: &[V3]) -> Self {
        let mut radii = vec![0.0_f32; LATITUDES * LONGITUDES];
        let mut depths = vec![[-9.0_f32, 9.0_f32]; GRID * GRID];
        for (face, part) in base.faces.iter().zip(&base.parts) {
            if *part != Part::Skin {
                continue;
            }
            let ears = face
                .iter()
                .map(|&k| base.masks[k as usize].ears)
                .fold(0.0, f32::max);
            let corners = face.map(|k| places[k as usize]);
            for u in 0..6 {
                for v in 0..6 {
                    let (u, v) = (u as f32 / 5.0, v as f32 / 5.0);
                    let p = corners[0]
                        .mix(corners[1], u)
                        .mix(corners[3].mix(corners[2], u), v);
                    if ears < 0.2 && p.y > 6.1 {
                        let d = p - SKULL;
                        let slot = &mut radii[direction(d)];
                        *slot = slot.max(d.length());
                    }
                    if let Some(k) = cell(p).filter(|_| p.y < 6.9) {
                        depths[k][0] = depths[k][0].max(p.z);
                        depths[k][1] = depths[k][1].min(p.z);
                    }
                }
            }
        }
        for _ in 0..2 {
            let old = radii.clone();
            for lat in 0..LATITUDES {
                for lon in 0..LONGITUDES {
                    let near = [
                        old[lat * LONGITUDES + (lon + 1) % LONGITUDES],
                        old[lat * LONGITUDES + (lon + LONGITUDES - 1) % LONGITUDES],
                        old[(lat + 1).min(LATITUDES - 1) * LONGITUDES + lon],
                        old[lat.saturating_sub(1) * LONGITUDES + lon],
                    ];
                    let k = lat * LONGITUDES + lon;
                    let found: Vec<f32> = near
                        .into_iter()
                        .chain([old[k]])
                        .filter(|r| *r > 0.0)
                        .collect();
                    if !found.is_empty() {
                        radii[k] = found.iter().sum::<f32>() / found.len() as f32;
                    }
                }
            }
        }
        Self { radii, depths }
    }

    /// Draws a place that is further than `margin` above the skin back towards it; hair hangs free below the ears.
    pub(crate) fn hold(&self, p: V3, margin: f32, strength: f32) -> V3 {
        let d = p - SKULL;
        let r = self.radii[direction(d)];
        let strength = strength * smooth(6.85, 7.4, p.y);
        let most = r + margin;
        if r <= 0.0 || d.length() <= most {
            return p;
        }
        SKULL + d.unit() * lerp(d.length(), most, strength)
    }

    /// Moves a place out of the head and body, `margin` above the skin; `front` says to which side of the body.
    pub(crate) fn push_out(&self, p: V3, margin: f32, front: bool) -> V3 {
        let mut p = p;
        let d = p - SKULL;
        if p.y > 6.3 {
            let r = self.radii[direction(d)];
            let least = r + margin;
            if r > 0.0 && d.length() < least {
                p = SKULL + d.unit() * least;
            }
        }
        if let Some(k) = cell(p).filter(|_| p.y < 6.6) {
            let [near, far] = self.depths[k];
            let fade = smooth(6.6, 6.35, p.y);
            if near > far && p.z < near + margin && p.z > far - margin {
                let to = if front { near + margin } else { far - margin };
                p.z = lerp(p.z, to, fade);
            }
        }
        p
    }
}

fn direction(d: V3) -> usize {
    let d = d.unit();
    let lat =
        ((d.y.clamp(-1.0, 1.0).asin() / std::f32::consts::PI + 0.5) * LATITUDES as f32) as usize;
    let lon = ((d.z.atan2(d.x) / std::f32::consts::TAU + 0.5) * LONGITUDES as f32) as usize;
    lat.min(LATITUDES - 1) * LONGITUDES + lon.min(LONGITUDES - 1)
}
