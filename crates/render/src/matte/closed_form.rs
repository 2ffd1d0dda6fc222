//! Opacity of the unknown zone: A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting"
//! (2008). In every window of three by three pixels opacity is asked to be a linear function of colour; what is known at
//! both sides of the zone then decides. The linear equations are solved by conjugate gradients.

use super::Working;
use super::zones::Zone;

/// How much the colours of a window must differ to tell anything; covariances, in 0..1.
const LEAST_VARIANCE: f64 = 1e-5;
/// Weight of what the map says, against that of the windows: it decides where colours say nothing.
const PRIOR: f32 = 0.09;
/// Conjugate gradients end when the residual has fallen by this factor, or after so many rounds.
const ACCURACY: f64 = 1e-4;
const ROUNDS: usize = 150;
/// Opacities this close to 0 or 1 are that: what is left are errors of the model, seen as a veil.
const VEIL: f32 = 0.03;

/// Reach of the windows of a pixel, and the number of pixels that it is coupled with.
const REACH: usize = 2;
const COUPLED: usize = (2 * REACH + 1) * (2 * REACH + 1);

/// The equations of the unknown pixels, in a picture with a border of `REACH` pixels.
struct Equations {
    stride: usize,
    /// Place of each unknown in the padded picture.
    places: Vec<usize>,
    /// Factors of the unknown's neighbourhood, row by row.
    factors: Vec<[f32; COUPLED]>,
    /// What the known neighbours and the map contribute.
    right: Vec<f32>,
}

/// Opacity of every pixel, 0..1; `likely` is the map at this size.
pub(crate) fn solve(picture: &Working, zones: &[Zone], likely: &[f32]) -> Vec<f32> {
    let mut alpha: Vec<f32> = zones
        .iter()
        .zip(likely)
        .map(|(zone, &likely)| match zone {
            Zone::Background => 0.0,
            Zone::Unknown => likely,
            Zone::Person => 1.0,
        })
        .collect();
    let equations = equations(picture, zones, likely, &alpha);
    let start: Vec<f32> = equations
        .places
        .iter()
        .map(|&place| alpha[unpadded(place, equations.stride, picture.width)])
        .collect();
    let solved = conjugate_gradients(&equations, start, picture.height);
    for (&place, value) in equations.places.iter().zip(solved) {
        let clean = (value - VEIL) / (1.0 - 2.0 * VEIL);
        alpha[unpadded(place, equations.stride, picture.width)] = clean.clamp(0.0, 1.0);
    }
    alpha
}

fn unpadded(place: usize, stride: usize, width: usize) -> usize {
    (place / stride - REACH) * width + place % stride - REACH
}

fn equations(picture: &Working, zones: &[Zone], likely: &[f32], alpha: &[f32]) -> Equations {
    let (width, height) = (picture.width, picture.height);
    let stride = width + 2 * REACH;
    let unknown: Vec<usize> = (0..zones.len())
        .filter(|&k| zones[k] == Zone::Unknown)
        .collect();
    // Row of each unknown pixel in the equations.
    let mut rows = vec![u32::MAX; zones.len()];
    for (row, &pixel) in unknown.iter().enumerate() {
        rows[pixel] = row as u32;
    }
    let mut factors = vec![[0.0_f32; COUPLED]; unknown.len()];
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let window: [usize; 9] =
                std::array::from_fn(|k| (y + k / 3 - 1) * width + x + k % 3 - 1);
            if window.iter().all(|&k| rows[k] == u32::MAX) {
                continue;
            }
            let coupling = Coupling::new(window.map(|k| picture.colours[k]));
            for (i, &pixel) in window.iter().enumerate() {
                let Some(row) = factors.get_mut(rows[pixel] as usize) else {
                    continue;
                };
                for j in 0..9 {
                    let (dx, dy) = (j % 3 + REACH - i % 3, j / 3 + REACH - i / 3);
                    row[dy * (2 * REACH + 1) + dx] += coupling.between(i, j);
                }
            }
        }
    }
    let mut right = Vec::with_capacity(unknown.len());
    for (row, &pixel) in factors.iter_mut().zip(&unknown) {
        let (x, y) = (pixel % width, pixel / width);
        let mut sum = PRIOR * likely[pixel];
        for (k, factor) in row.iter_mut().enumerate() {
            let (nx, ny) = (x + k % 5, y + k / 5);
            let within =
                (REACH..width + REACH).contains(&nx) && (REACH..height + REACH).contains(&ny);
            if !within {
                continue;
            }
            let neighbour = (ny - REACH) * width + nx - REACH;
            if zones[neighbour] != Zone::Unknown {
                sum -= *factor * alpha[neighbour];
                *factor = 0.0;
            }
        }
        row[COUPLED / 2] += PRIOR;
        right.push(sum);
    }
    Equations {
        stride,
        places: unknown
            .iter()
            .map(|&k| (k / width + REACH) * stride + k % width + REACH)
            .collect(),
        factors,
        right,
    }
}

/// One window's part of the matrix.
struct Coupling {
    /// Colours less their mean, and those multiplied by the inverse covariance.
    centred: [[f32; 3]; 9],
    weighed: [[f32; 3]; 9],
}

impl Coupling {
    fn new(colours: [[f32; 3]; 9]) -> Self {
        let mean = [0, 1, 2].map(|c| colours.iter().map(|p| p[c]).sum::<f32>() / 9.0);
        let centred = colours.map(|p| [0, 1, 2].map(|c| p[c] - mean[c]));
        let covariance = |a: usize, b: usize| {
            let products = centred.iter().map(|p| f64::from(p[a]) * f64::from(p[b]));
            products.sum::<f64>() / 9.0 + if a == b { LEAST_VARIANCE } else { 0.0 }
        };
        let inverse = inverse_symmetric([
            covariance(0, 0),
            covariance(0, 1),
            covariance(0, 2),
            covariance(1, 1),
            covariance(1, 2),
            covariance(2, 2),
        ]);
        let weighed = centred.map(|p| multiplied(&inverse, p));
        Self { centred, weighed }
    }

    fn between(&self, i: usize, j: usize) -> f32 {
        let (a, b) = (self.centred[i], self.weighed[j]);
        let same = if i == j { 1.0 } else { 0.0 };
        same - (1.0 + a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / 9.0
    }
}

/// Inverse of a symmetric matrix of three by three, given and returned as its upper triangle, row by row. Colours of a
/// window lie almost on a line: the determinant is the difference of nearly equal products, and single precision has
/// nothing left of it.
pub(super) fn inverse_symmetric([xx, xy, xz, yy, yz, zz]: [f64; 6]) -> [f32; 6] {
    let m = [
        yy * zz - yz * yz,
        xz * yz - xy * zz,
        xy * yz - xz * yy,
        xx * zz - xz * xz,
        xy * xz - xx * yz,
        xx * yy - xy * xy,
    ];
    let determinant = xx * m[0] + xy * m[1] + xz * m[2];
    m.map(|value| (value / determinant.max(f64::MIN_POSITIVE)) as f32)
}

/// A symmetric matrix, as above, times a vector.
pub(super) fn multiplied([xx, xy, xz, yy, yz, zz]: &[f32; 6], [x, y, z]: [f32; 3]) -> [f32; 3] {
    [
        xx * x + xy * y + xz * z,
        xy * x + yy * y + yz * z,
        xz * x + yz * y + zz * z,
    ]
}

/// Solves the equations from `start`, with the diagonal as preconditioner.
fn conjugate_gradients(equations: &Equations, start: Vec<f32>, height: usize) -> Vec<f32> {
    let Equations {
        stride,
        places,
        factors,
        right,
    } = equations;
    let mut spread = vec![0.0_f32; stride * (height + 2 * REACH)];
    let mut apply = |values: &[f32], out: &mut Vec<f32>| {
        for (&place, &value) in places.iter().zip(values) {
            spread[place] = value;
        }
        out.clear();
        out.extend(places.iter().zip(factors).map(|(&place, row)| {
            let first = place - REACH * stride - REACH;
            let mut sum = 0.0;
            for (k, row) in row.chunks_exact(5).enumerate() {
                let near = &spread[first + k * stride..][..5];
                sum += row.iter().zip(near).map(|(a, b)| a * b).sum::<f32>();
            }
            sum
        }));
    };
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let scaled = |residual: &[f32]| -> Vec<f32> {
        residual
            .iter()
            .zip(factors)
            .map(|(r, row)| r / row[COUPLED / 2].max(1e-6))
            .collect()
    };
    let mut solution = start;
    let mut product = Vec::with_capacity(places.len());
    apply(&solution, &mut product);
    let mut residual: Vec<f32> = right.iter().zip(&product).map(|(b, a)| b - a).collect();
    let mut conditioned = scaled(&residual);
    let mut direction = conditioned.clone();
    let mut energy = dot(&residual, &conditioned);
    let end = energy * ACCURACY * ACCURACY;
    for _ in 0..ROUNDS {
        if energy <= end || energy <= f64::MIN_POSITIVE {
            break;
        }
        apply(&direction, &mut product);
        let step = (energy / dot(&direction, &product).max(f64::MIN_POSITIVE)) as f32;
        for k in 0..solution.len() {
            solution[k] += step * direction[k];
            residual[k] -= step * product[k];
        }
        conditioned = scaled(&residual);
        let next = dot(&residual, &conditioned);
        let share = (next / energy) as f32;
        for (direction, conditioned) in direction.iter_mut().zip(&conditioned) {
            *direction = conditioned + share * *direction;
        }
        energy = next;
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_edge_between_two_colours_comes_out_softer_than_the_map_has_it() {
        let (width, height) = (40, 24);
        let truth = |x: usize| ((x as f32 - 14.0) / 12.0).clamp(0.0, 1.0);
        let (front, back) = ([0.8, 0.5, 0.3], [0.1, 0.3, 0.6]);
        let picture = Working {
            width,
            height,
            colours: (0..width * height)
                .map(|k| {
                    let a = truth(k % width);
                    [0, 1, 2].map(|c| front[c] * a + back[c] * (1.0 - a))
                })
                .collect(),
        };
        let zones: Vec<Zone> = (0..width * height)
            .map(|k| match k % width {
                0..8 => Zone::Background,
                8..32 => Zone::Unknown,
                _ => Zone::Person,
            })
            .collect();
        // The map has a hard edge there.
        let likely: Vec<f32> = (0..width * height)
            .map(|k| if k % width < 20 { 0.0 } else { 1.0 })
            .collect();
        let alpha = solve(&picture, &zones, &likely);
        let off = |values: &[f32]| -> f32 {
            let unknown = 8..32;
            let row = &values[12 * width..13 * width];
            let sum: f32 = unknown.clone().map(|x| (row[x] - truth(x)).abs()).sum();
            sum / unknown.len() as f32
        };
        // The map's own say makes wide edges narrower than they are; without it, plain areas would be anything.
        let (found, coarse) = (off(&alpha), off(&likely));
        assert!(found < coarse * 2.0 / 3.0, "{found} of {coarse}");
    }

    #[test]
    fn a_symmetric_matrix_times_its_inverse_is_one() {
        // The second one is of colours on a line.
        for m in [
            [2.0, 0.3, -0.4, 1.5, 0.2, 0.9],
            [0.0501, 0.05, 0.05, 0.0501, 0.05, 0.0501],
        ] {
            assert_inverse(m);
        }
    }

    fn assert_inverse(m: [f64; 6]) {
        let inverse = inverse_symmetric(m);
        let m = m.map(|value| value as f32);
        for axis in 0..3 {
            let unit: [f32; 3] = std::array::from_fn(|k| if k == axis { 1.0 } else { 0.0 });
            let back = multiplied(&m, multiplied(&inverse, unit));
            for k in 0..3 {
                assert!((back[k] - unit[k]).abs() < 2e-3, "{back:?}");
            }
        }
    }
}
