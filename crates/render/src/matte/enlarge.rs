//! From the working size to the photo's own: in the neighbourhood of each pixel opacity is a linear function of colour
//! (the guided filter of K. He, J. Sun, X. Tang 2010), which the photo's colours are put into.

use image::{GrayImage, Luma, Rgb, RgbImage};

use super::closed_form::{inverse_symmetric, multiplied};
use super::foreground::Layers;
use super::{Matte, Working};

/// Half the side of the neighbourhood, in pixels of the working size, and the least variance that tells something.
const RADIUS: usize = 2;
const LEAST_VARIANCE: f64 = 1e-5;
/// How firmly the two colours of a pixel stay with those of the working size when they are fitted to the photo.
const FIRM: f32 = 0.05;

/// What a pixel of the working size says about the photo's pixels there.
#[derive(Debug, Clone, Copy)]
struct Local {
    /// Opacity is `slope · colour + offset`.
    slope: [f32; 3],
    offset: f32,
}

pub(crate) fn enlarge(photo: &RgbImage, small: &Working, alpha: &[f32], layers: &Layers) -> Matte {
    let same = (photo.width() as usize, photo.height() as usize) == (small.width, small.height);
    let locals = if same {
        alpha.iter().map(|&a| Local::constant(a)).collect()
    } else {
        locals(small, alpha)
    };
    let (width, height) = photo.dimensions();
    let mut matte = Matte {
        alpha: GrayImage::new(width, height),
        colours: RgbImage::new(width, height),
    };
    let steps = [
        small.width as f32 / width as f32,
        small.height as f32 / height as f32,
    ];
    for y in 0..height {
        let (y0, y1, fy) = between(y, steps[1], small.height);
        for x in 0..width {
            let (x0, x1, fx) = between(x, steps[0], small.width);
            let corners = [
                (y0 * small.width + x0, (1.0 - fx) * (1.0 - fy)),
                (y0 * small.width + x1, fx * (1.0 - fy)),
                (y1 * small.width + x0, (1.0 - fx) * fy),
                (y1 * small.width + x1, fx * fy),
            ];
            let seen = *photo.get_pixel(x, y);
            let solid = |value: f32| corners.iter().all(|&(k, _)| locals[k].is(value));
            if solid(0.0) {
                continue;
            }
            let (opacity, own) = if solid(1.0) {
                (255, seen)
            } else {
                mixed(&corners, &locals, layers, seen)
            };
            if opacity > 0 {
                matte.alpha.put_pixel(x, y, Luma([opacity]));
                matte.colours.put_pixel(x, y, own);
            }
        }
    }
    matte
}

/// The two pixels of the working size beside a pixel of the photo, and how near it is to the second.
fn between(at: u32, step: f32, size: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) * step - 0.5).clamp(0.0, (size - 1) as f32);
    (
        place as usize,
        (place as usize + 1).min(size - 1),
        place.fract(),
    )
}

/// Opacity and own colour of a pixel at the edge.
fn mixed(
    corners: &[(usize, f32); 4],
    locals: &[Local],
    layers: &Layers,
    seen: Rgb<u8>,
) -> (u8, Rgb<u8>) {
    let colour = seen.0.map(|c| f32::from(c) / 255.0);
    let blend = |value: &dyn Fn(usize) -> f32| -> f32 {
        corners.iter().map(|&(k, weight)| value(k) * weight).sum()
    };
    let opacity: f32 = corners
        .iter()
        .map(|&(k, weight)| locals[k].at(colour) * weight)
        .sum::<f32>()
        .clamp(0.0, 1.0);
    let byte = (opacity * 255.0 + 0.5) as u8;
    if byte == 255 {
        return (255, seen);
    }
    let behind = 1.0 - opacity;
    let firm = opacity * opacity + behind * behind + FIRM;
    let own = [0, 1, 2].map(|c| {
        let front = blend(&|k| layers.front[k][c]);
        let back = blend(&|k| layers.back[k][c]);
        let missing = colour[c] - (opacity * front + behind * back);
        let fitted = front + missing * opacity / firm;
        (fitted.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    });
    (byte, Rgb(own))
}

impl Local {
    fn constant(offset: f32) -> Self {
        Self {
            slope: [0.0; 3],
            offset,
        }
    }

    #[expect(clippy::float_cmp, reason = "set to exactly this value")]
    fn is(&self, value: f32) -> bool {
        self.slope == [0.0; 3] && self.offset == value
    }

    fn at(&self, colour: [f32; 3]) -> f32 {
        self.offset + (0..3).map(|c| self.slope[c] * colour[c]).sum::<f32>()
    }
}

fn locals(small: &Working, alpha: &[f32]) -> Vec<Local> {
    let (width, height) = (small.width, small.height);
    let mut locals = Vec::with_capacity(width * height);
    for y in 0..height {
        let rows = y.saturating_sub(RADIUS)..(y + RADIUS + 1).min(height);
        for x in 0..width {
            let columns = x.saturating_sub(RADIUS)..(x + RADIUS + 1).min(width);
            let own = alpha[y * width + x];
            let plain = rows.clone().all(|y| {
                alpha[y * width..][columns.clone()]
                    .iter()
                    .all(|&a| same(a, own))
            });
            locals.push(if plain {
                Local::constant(own)
            } else {
                fitted(small, alpha, rows.clone(), &columns)
            });
        }
    }
    locals
}

#[expect(clippy::float_cmp, reason = "opaque and clear are exactly 1 and 0")]
fn same(a: f32, b: f32) -> bool {
    a == b
}

/// The linear function of colour that comes nearest to the opacities of a neighbourhood.
fn fitted(
    small: &Working,
    alpha: &[f32],
    rows: std::ops::Range<usize>,
    columns: &std::ops::Range<usize>,
) -> Local {
    let count = (rows.len() * columns.len()) as f64;
    let mut mean = [0.0_f64; 3];
    let mut mean_alpha = 0.0;
    let mut products = [0.0_f64; 6];
    let mut crossed = [0.0_f64; 3];
    for y in rows {
        let row = y * small.width + columns.start..y * small.width + columns.end;
        for (&[r, g, b], &a) in small.colours[row.clone()].iter().zip(&alpha[row]) {
            let ([r, g, b], a) = ([r, g, b].map(f64::from), f64::from(a));
            mean_alpha += a;
            for (sum, value) in mean.iter_mut().zip([r, g, b]) {
                *sum += value;
            }
            for (sum, value) in products
                .iter_mut()
                .zip([r * r, r * g, r * b, g * g, g * b, b * b])
            {
                *sum += value;
            }
            for (sum, value) in crossed.iter_mut().zip([r * a, g * a, b * a]) {
                *sum += value;
            }
        }
    }
    let mean = mean.map(|sum| sum / count);
    let mean_alpha = mean_alpha / count;
    let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
    let covariance: [f64; 6] = std::array::from_fn(|k| {
        let (a, b) = pairs[k];
        products[k] / count - mean[a] * mean[b] + if a == b { LEAST_VARIANCE } else { 0.0 }
    });
    let crossed = [0, 1, 2].map(|c| (crossed[c] / count - mean[c] * mean_alpha) as f32);
    let slope = multiplied(&inverse_symmetric(covariance), crossed);
    let offset = (0..3).fold(mean_alpha as f32, |rest, c| {
        rest - slope[c] * mean[c] as f32
    });
    Local { slope, offset }
}
