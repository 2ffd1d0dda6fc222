//! Where patches of the resting face are found in a frame, to hundredths of a pixel: pixels held against pixels, without a
//! network.
//!
//! Each patch is moved, turned, scaled, brightened and given contrast until it fits the frame best, by Gauss and Newton
//! (Lucas and Kanade 1981; Baker and Matthews 2004).

use crate::picture::Luma;
use crate::trace::Sight;

/// Rounds until a patch is found; each about squares the error, and one or two are enough.
const ROUNDS: usize = 10;
/// A step smaller than this ends the search, in pixels.
const FOUND: f64 = 1e-3;
/// Unknowns: place, turn and scale, contrast and brightness.
const UNKNOWN: usize = 6;

/// What is looked for: forehead and bridge of the nose, corners of the mouth, upper and lower lip.
pub const PARTS: usize = 6;

/// Middles of the patches in a frame, in pixels.
pub type Places = [[f32; 2]; PARTS];

/// The patches of a resting face.
#[derive(Debug, Clone)]
pub struct Patches([Patch; PARTS]);

impl Patches {
    /// Cuts them out of the resting picture.
    pub fn new(rest: &Luma, sight: &Sight) -> Self {
        let between = |a: usize, b: usize, share: f32| {
            let (p, q) = (sight.at(a), sight.at(b));
            [0, 1].map(|k| p[k] + (q[k] - p[k]) * share)
        };
        // Middles, and half sides in eye distances.
        let parts = [
            (between(9, 10, 0.55), 0.2),
            (between(6, 195, 0.35), 0.12),
            (sight.at(61), 0.1),
            (sight.at(291), 0.1),
            (between(0, 13, 0.4), 0.1),
            (between(17, 14, 0.4), 0.1),
        ];
        Self(parts.map(|(at, half)| Patch::new(rest, at, (half * sight.unit()) as i32)))
    }

    /// Where a search begins: where the head lies in the resting picture.
    pub fn start(&self) -> Search {
        Search {
            patches: self.clone(),
            head: [0, 1].map(|k| Fit::at_rest(&self.0[k])),
        }
    }
}

/// Follows the head from frame to frame, and finds the mouth's patches about where they would lie if it rested: a mouth that
/// speaks may lose them, and has them again when it rests.
#[derive(Debug)]
pub struct Search {
    patches: Patches,
    head: [Fit; 2],
}

impl Search {
    /// Finds the patches in the next frame.
    pub fn next(&mut self, frame: &Luma) -> Places {
        let parts = &self.patches.0;
        for (patch, fit) in parts.iter().zip(&mut self.head) {
            patch.find(frame, fit);
        }
        let moved = Moved::between([&parts[0], &parts[1]], &self.head);
        std::array::from_fn(|k| {
            let found = self.head.get(k).copied().unwrap_or_else(|| {
                let mut fit = moved.apply(&parts[k]);
                parts[k].find(frame, &mut fit);
                fit
            });
            found.at.map(|v| v as f32)
        })
    }
}

/// A similarity as a complex factor and what it is about.
struct Moved {
    from: [f64; 2],
    to: [f64; 2],
    turn: [f64; 2],
}

impl Moved {
    fn between([a, b]: [&Patch; 2], [to_a, to_b]: &[Fit; 2]) -> Self {
        let rest = [0, 1].map(|k| f64::from(b.at[k] - a.at[k]));
        let now = [0, 1].map(|k| to_b.at[k] - to_a.at[k]);
        let size = (rest[0].powi(2) + rest[1].powi(2)).max(1e-6);
        Self {
            from: a.at.map(f64::from),
            to: to_a.at,
            turn: [
                (now[0] * rest[0] + now[1] * rest[1]) / size,
                (now[1] * rest[0] - now[0] * rest[1]) / size,
            ],
        }
    }

    fn apply(&self, patch: &Patch) -> Fit {
        let [x, y] = [0, 1].map(|k| f64::from(patch.at[k]) - self.from[k]);
        let [a, b] = self.turn;
        Fit {
            at: [self.to[0] + a * x - b * y, self.to[1] + b * x + a * y],
            turn: self.turn,
        }
    }
}

#[derive(Debug, Clone)]
struct Patch {
    at: [f32; 2],
    half: i32,
    values: Vec<f32>,
}

/// Place of a patch's middle, and where its x axis points to, with its scale.
#[derive(Debug, Clone, Copy)]
struct Fit {
    at: [f64; 2],
    turn: [f64; 2],
}

impl Fit {
    fn at_rest(patch: &Patch) -> Self {
        Self {
            at: patch.at.map(f64::from),
            turn: [1.0, 0.0],
        }
    }
}

impl Patch {
    fn new(rest: &Luma, at: [f32; 2], half: i32) -> Self {
        let half = half.max(4);
        let values = offsets(half)
            .map(|[u, v]| rest.at(at[0] + u, at[1] + v))
            .collect();
        Self { at, half, values }
    }

    /// Improves the fit until it does not change.
    fn find(&self, frame: &Luma, fit: &mut Fit) {
        for _ in 0..ROUNDS {
            let step = solve(self.equations(frame, fit));
            for (axis, step) in fit.at.iter_mut().zip(step) {
                *axis += step;
            }
            for (axis, step) in fit.turn.iter_mut().zip(&step[2..]) {
                *axis += step;
            }
            if step[0].hypot(step[1]) < FOUND {
                break;
            }
        }
    }

    /// Normal equations of a step from `fit`: rows of the matrix with the right side as the last column.
    fn equations(&self, frame: &Luma, fit: &Fit) -> [[f64; UNKNOWN + 1]; UNKNOWN] {
        let [x, y] = fit.at.map(|v| v as f32);
        let [a, b] = fit.turn.map(|v| v as f32);
        let mut sums = [[0.0; UNKNOWN + 1]; UNKNOWN];
        for ([u, v], wanted) in offsets(self.half).zip(&self.values) {
            let (px, py) = (x + a * u - b * v, y + b * u + a * v);
            let gx = 0.5 * (frame.at(px + 1.0, py) - frame.at(px - 1.0, py));
            let gy = 0.5 * (frame.at(px, py + 1.0) - frame.at(px, py - 1.0));
            let row = [
                gx,
                gy,
                gx * u + gy * v,
                gy * u - gx * v,
                (128.0 - wanted) / 50.0,
                -1.0,
                wanted - frame.at(px, py),
            ]
            .map(f64::from);
            for (sums, own) in sums.iter_mut().zip(row) {
                for (sum, other) in sums.iter_mut().zip(row) {
                    *sum += own * other;
                }
            }
        }
        // A patch without any detail stays where it is.
        for (k, sums) in sums.iter_mut().enumerate() {
            sums[k] += 1e-6;
        }
        sums
    }
}

/// Offsets of a square's pixels from its middle.
fn offsets(half: i32) -> impl Iterator<Item = [f32; 2]> {
    (-half..=half).flat_map(move |v| (-half..=half).map(move |u| [u as f32, v as f32]))
}

/// Solves symmetric equations, by elimination.
fn solve(mut rows: [[f64; UNKNOWN + 1]; UNKNOWN]) -> [f64; UNKNOWN] {
    for pivot in 0..UNKNOWN {
        let upper = rows[pivot];
        for lower in &mut rows[pivot + 1..] {
            let share = lower[pivot] / upper[pivot];
            for (value, above) in lower.iter_mut().zip(upper) {
                *value -= share * above;
            }
        }
    }
    let mut solved = [0.0; UNKNOWN];
    for k in (0..UNKNOWN).rev() {
        let known: f64 = (k + 1..UNKNOWN).map(|j| rows[k][j] * solved[j]).sum();
        solved[k] = (rows[k][UNKNOWN] - known) / rows[k][k];
    }
    solved
}

/// Forehead against the bridge of the nose, along x and y, in pixels.
pub fn forehead(places: &[Places]) -> [Vec<f32>; 2] {
    [0, 1].map(|axis| places.iter().map(|p| p[0][axis] - p[1][axis]).collect())
}

/// Width of the mouth and distance of the lips, in pixels.
pub fn mouth(places: &[Places]) -> [Vec<f32>; 2] {
    [(2, 3), (4, 5)].map(|(a, b)| {
        let apart = |p: &Places| (p[a][0] - p[b][0]).hypot(p[a][1] - p[b][1]);
        places.iter().map(apart).collect()
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::picture;

    #[test]
    fn a_patch_is_found_to_a_fiftieth_of_a_pixel() {
        let picture = RgbImage::from_fn(120, 100, |x, y| {
            let (x, y) = (x as f32, y as f32);
            let v = 120.0 + 30.0 * (x * 0.31 + y * 0.12).sin() + 25.0 * (y * 0.27).cos();
            Rgb([v as u8; 3])
        });
        let patch = Patch::new(&Luma::of(&picture), [60.0, 50.0], 12);
        let mut fit = Fit::at_rest(&patch);
        for k in 1..6 {
            // On and on by a third of a pixel, turned a little, and darker.
            let (from, by) = ([[60.0, 50.0], [80.0, 50.0]], 0.37 * k as f32);
            let to = [[60.0 + by, 50.0 - by], [80.0 + by, 50.2 - by]];
            let mut moved = picture::moved(&picture, from, to);
            for value in moved.iter_mut() {
                *value = (f32::from(*value) * 0.9 + 5.0) as u8;
            }
            patch.find(&Luma::of(&moved), &mut fit);
            let off = (fit.at[0] - f64::from(to[0][0])).hypot(fit.at[1] - f64::from(to[0][1]));
            assert!(off < 0.02, "{k}: {off}");
        }
    }

    #[test]
    fn a_patch_without_detail_stays() {
        let grey = Luma::of(&RgbImage::from_pixel(60, 60, Rgb([90; 3])));
        let patch = Patch::new(&grey, [30.0, 30.0], 8);
        let mut fit = Fit::at_rest(&patch);
        patch.find(&grey, &mut fit);
        assert!((fit.at[0] - 30.0).abs() < 1e-3 && (fit.at[1] - 30.0).abs() < 1e-3);
    }
}
