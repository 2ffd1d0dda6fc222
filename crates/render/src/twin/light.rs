//! The light of a frame against that of the reference, where both show the same skin.

/// Samples of one plane of a picture at places that both show.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Upper triangle of the normal equations of `a + b x + c y`, row by row.
    normal: [f64; 6],
    right: [f64; 3],
}

/// What must be added to the reference to look like the frame: a plane for luma and for both chroma planes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Matching {
    planes: [Sums; 3],
}

/// As [`Matching`] found it; places as they were given.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Shift([[f32; 3]; 3]);

/// How much a slope is held back, in samples at a distance of one: few samples give no slope.
const STIFF: f64 = 60.0;

/// No light differs by more than this within one piece of footage that was not cut.
const MOST: f32 = 60.0;

impl Matching {
    /// Adds that the frame's value is higher by `by`; `x` and `y` are near -1 to 1.
    pub(super) fn add(&mut self, plane: usize, x: f32, y: f32, by: f32, weight: f32) {
        let (x, y, by, w) = (f64::from(x), f64::from(y), f64::from(by), f64::from(weight));
        let sums = &mut self.planes[plane];
        let values = [1.0, x, y];
        let mut k = 0;
        for (row, value) in values.iter().enumerate() {
            for other in &values[row..] {
                sums.normal[k] += w * value * other;
                k += 1;
            }
            sums.right[row] += w * value * by;
        }
    }

    pub(super) fn solve(&self) -> Shift {
        Shift(self.planes.map(|sums| sums.solve().map(|v| v as f32)))
    }
}

impl Sums {
    fn solve(&self) -> [f64; 3] {
        let [n00, n01, n02, n11, n12, n22] = self.normal;
        if n00 < 1.0 {
            return [0.0; 3];
        }
        let (n11, n22) = (n11 + STIFF, n22 + STIFF);
        let [r0, r1, r2] = self.right;
        let det = n00 * (n11 * n22 - n12 * n12) - n01 * (n01 * n22 - n12 * n02)
            + n02 * (n01 * n12 - n11 * n02);
        if det.abs() < 1e-9 {
            return [r0 / n00, 0.0, 0.0];
        }
        let of = |a: f64, b: f64, c: f64| (a * r0 + b * r1 + c * r2) / det;
        [
            of(
                n11 * n22 - n12 * n12,
                n02 * n12 - n01 * n22,
                n01 * n12 - n02 * n11,
            ),
            of(
                n02 * n12 - n01 * n22,
                n00 * n22 - n02 * n02,
                n01 * n02 - n00 * n12,
            ),
            of(
                n01 * n12 - n02 * n11,
                n01 * n02 - n00 * n12,
                n00 * n11 - n01 * n01,
            ),
        ]
    }
}

impl Shift {
    /// What to add to the reference's value at a place.
    pub(super) fn at(&self, plane: usize, x: f32, y: f32) -> f32 {
        let [a, b, c] = self.0[plane];
        (a + b * x + c * y).clamp(-MOST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_of_light_is_found() {
        let mut matching = Matching::default();
        for k in 0..4000 {
            let angle = k as f32 * 0.7;
            let (x, y) = (angle.sin(), angle.cos());
            matching.add(0, x, y, 5.0 + 3.0 * x - 2.0 * y, 1.0);
            matching.add(2, x, y, -4.0, 0.5);
        }
        let shift = matching.solve();
        for (x, y) in [(0.0, 0.0), (0.8, 0.2), (-0.5, 0.9)] {
            assert!((shift.at(0, x, y) - (5.0 + 3.0 * x - 2.0 * y)).abs() < 0.3);
            assert!(shift.at(1, x, y).abs() < 1e-6);
            assert!((shift.at(2, x, y) + 4.0).abs() < 0.1);
        }
    }
}
