//! The fine relief of skin: pores, creases of the lips and the lines of age, finer than any mesh.
//!
//! Painted once, on the unshaped head unrolled about its upright axis, so that it moves with the skin. As the key light
//! never moves, the relief is kept as what that light makes of it: brighter on one side of a pore, darker on the other.

use rayon::prelude::*;

use crate::attributes::Attributes;
use crate::head::Head;
use crate::raster::Flat;
use crate::skin::linear;
use crate::vector::{V3, bell, clouds, lerp, noise, smooth, v3};

/// The unrolled skin.
#[derive(Debug)]
pub(crate) struct Pores {
    width: usize,
    height: usize,
    /// Texels by unit.
    scale: f32,
    /// Relief and tone, -127 to 127.
    texels: Vec<[i8; 2]>,
}

/// Half the width of what is unrolled, its lower edge and its height, in units.
const HALF: f32 = 2.3;
const FOOT: f32 = 4.3;
const RISE: f32 = 4.7;

/// Radius of the cylinder that skin is unrolled from, and where its axis lies.
const RADIUS: f32 = 1.1;
const AXIS: f32 = 0.3;

/// Finer texels than these many by unit would show nothing that skin has.
const FINEST: f32 = 420.0;

/// Towards the key light on the unrolled skin.
const UPHILL: [f32; 2] = [-0.75, 0.66];

/// Where a place of the unshaped head lies on the unrolled skin, in units from its lower left corner.
pub(crate) fn unrolled(p: V3) -> [f32; 2] {
    [p.x.atan2(p.z - AXIS) * RADIUS + HALF, p.y - FOOT]
}

impl Pores {
    /// For a view of this many pixels by unit.
    pub(crate) fn new(head: &Head, a: &Attributes, pixels: f32) -> Self {
        let scale = pixels.min(FINEST);
        let width = (HALF * 2.0 * scale) as usize;
        let height = (RISE * scale) as usize;
        let lips = lips(head, scale, width, height);
        let relief: Vec<f32> = (0..width * height)
            .into_par_iter()
            .map(|k| {
                let at = |v: usize| (v as f32 + 0.5) / scale;
                relief(a, at(k % width), at(k / width), scale, lips[k])
            })
            .collect();
        let tone = |k: usize| {
            let at = |v: usize| (v as f32 + 0.5) / scale;
            tone(a, at(k % width), at(k / width))
        };
        let byte = |v: f32| (v * 127.0).clamp(-127.0, 127.0) as i8;
        let texels = (0..width * height)
            .into_par_iter()
            .map(|k| {
                let (x, y) = (k % width, k / width);
                let near = |dx: f32, dy: f32| {
                    let x = (x as f32 + dx).clamp(0.0, (width - 1) as f32);
                    let y = (y as f32 + dy).clamp(0.0, (height - 1) as f32);
                    between(&relief, width, height, x, y)
                };
                let [ux, uy] = UPHILL;
                let slope = near(-ux, -uy) - near(ux, uy);
                [byte(slope), byte(tone(k))]
            })
            .collect();
        Self {
            width,
            height,
            scale,
            texels,
        }
    }

    /// Relief and tone at a place of the unrolled skin, -1 to 1 each.
    #[inline]
    pub(crate) fn at(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        let x = (u * self.scale - 0.5).clamp(0.0, (self.width - 2) as f32);
        let y = (v * self.scale - 0.5).clamp(0.0, (self.height - 2) as f32);
        let (ix, iy) = (x as usize, y as usize);
        // In 256ths: whole numbers are quicker here, and texels are no finer.
        let (fx, fy) = (
            ((x - ix as f32) * 256.0) as i32,
            ((y - iy as f32) * 256.0) as i32,
        );
        let k = iy * self.width + ix;
        let below = &self.texels[k..k + 2];
        let above = &self.texels[k + self.width..k + self.width + 2];
        let weights = [
            (256 - fx) * (256 - fy),
            fx * (256 - fy),
            (256 - fx) * fy,
            fx * fy,
        ];
        let texels = [below[0], below[1], above[0], above[1]];
        let mut sum = [0; 2];
        for (texel, weight) in texels.iter().zip(weights) {
            sum[0] += i32::from(texel[0]) * weight;
            sum[1] += i32::from(texel[1]) * weight;
        }
        sum.map(|v| v as f32 * (1.0 / (127.0 * 65_536.0)))
    }
}

/// How much skin belongs to the lips.
fn lips(head: &Head, scale: f32, width: usize, height: usize) -> Vec<f32> {
    let mut lips = vec![0.0; width * height];
    for face in &head.faces {
        let all = face.map(|k| {
            let [u, v] = unrolled(head.rest[k as usize]);
            (v3(u * scale, v * scale, 0.0), head.masks[k as usize].lips)
        });
        if all.iter().all(|(_, lips)| *lips <= 0.0) {
            continue;
        }
        let [a, b, c, d] = all;
        for [a, b, c] in [[a, b, c], [a, c, d]] {
            if let Some(flat) = Flat::new([a.0, b.0, c.0], width, height) {
                flat.pixels(|x, y, [i, j, k], _| {
                    lips[y * width + x] = smooth(0.35, 0.7, a.1 * i + b.1 * j + c.1 * k);
                });
            }
        }
    }
    lips
}

fn between(values: &[f32], width: usize, height: usize, x: f32, y: f32) -> f32 {
    let (ix, iy) = (x as usize, y as usize);
    let (jx, jy) = ((ix + 1).min(width - 1), (iy + 1).min(height - 1));
    let (fx, fy) = (x - ix as f32, y - iy as f32);
    lerp(
        lerp(values[iy * width + ix], values[iy * width + jx], fx),
        lerp(values[jy * width + ix], values[jy * width + jx], fx),
        fy,
    )
}

/// Height of the skin; one is the depth of a clear pore.
fn relief(a: &Attributes, u: f32, v: f32, scale: f32, lips: f32) -> f32 {
    let (x, y) = (u - HALF, v + FOOT);
    let old = smooth(28.0, 75.0, a.age);
    // Nothing finer than two texels.
    let cell = |size: f32| 1.0 / size.max(2.2 / scale);
    // What would be finer fades instead of growing.
    let seen = |size: f32| (size * scale / 2.2).min(1.0).powf(1.5);
    let fine = cell(0.0095);
    let pores = noise(v3(x * fine, y * fine, 1.0));
    let coarse = cell(0.021);
    let grain = noise(v3(x * coarse, y * coarse * 1.2, 2.0));
    let m = x.abs();
    // Pores are clear on nose and cheeks, and hardly seen about the eyes.
    let clear = 0.45
        + 0.55 * bell((m - 0.0) / 0.3) * bell((y - 7.0) / 0.3)
        + 0.35 * bell((m - 0.45) / 0.3) * bell((y - 6.95) / 0.25)
        + 0.2 * bell(m / 0.6) * bell((y - 7.75) / 0.3);
    let calm = 1.0 - 0.6 * bell((m - 0.32) / 0.22) * bell((y - 7.25) / 0.14);
    let mut height = (pores * 0.75 * seen(0.0095) + grain * 0.3 * seen(0.021))
        * clear
        * calm
        * lerp(0.7, 1.05, a.masculinity);
    height += lines(m, x, y, old);
    // The lips' own creases run up and down.
    let crease =
        noise(v3(x * cell(0.016), y * 4.0, 6.0)) + 0.4 * noise(v3(x * cell(0.009), y * 7.0, 8.0));
    lerp(height, crease * 0.75, lips)
}

/// What years leave: across the forehead, beside the eyes, from the nose to the mouth.
fn lines(m: f32, x: f32, y: f32, old: f32) -> f32 {
    if old <= 0.0 {
        return 0.0;
    }
    let wander = 0.05 * clouds(v3(x * 2.2, 1.0, 3.0), 2);
    let crease = |away: f32, wide: f32| -bell(away / wide);
    let mut sum = 0.0;
    for (k, at) in [7.62, 7.74, 7.87].into_iter().enumerate() {
        let share = smooth(-0.3, 0.2, noise(v3(x * 3.0, k as f32 * 5.0, 4.0)));
        sum += crease(y - at - wander - 0.05 * m * m, 0.011) * share * bell(m / 0.5) * 2.6;
    }
    for (k, slope) in [0.55, 0.1, -0.35].into_iter().enumerate() {
        let away = y - 7.27 - slope * (m - 0.56) - 0.02 * k as f32;
        sum += crease(away, 0.008) * bell((m - 0.66) / 0.09) * 1.8;
    }
    let below = y - 7.115 + 0.10 * bell((m - 0.33) / 0.2) - wander * 0.3;
    sum += crease(below, 0.012) * bell((m - 0.33) / 0.14) * 1.6;
    sum * old
}

/// Blotches and freckles; below zero is darker.
fn tone(a: &Attributes, u: f32, v: f32) -> f32 {
    let (x, y) = (u - HALF, v + FOOT);
    let fair = smooth(0.25, 0.55, linear(a.skin).mean());
    let seed = (a.seed % 97) as f32;
    let blotch =
        clouds(v3(x * 14.0, y * 14.0, seed), 3) * 0.55 + noise(v3(x * 60.0, y * 60.0, seed)) * 0.25;
    let spot = noise(v3(x * 30.0, y * 30.0, seed + 9.0));
    let freckled = if a.seed.is_multiple_of(3) {
        fair
    } else {
        0.25 * fair
    };
    let face = bell((x.abs() - 0.35) / 0.35) * bell((y - 7.0) / 0.28);
    blotch - 0.9 * smooth(0.45, 0.7, spot) * face * freckled
}
