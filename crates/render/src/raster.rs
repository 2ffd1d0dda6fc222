//! Reading a picture between its pixels: the still's moving part, made ready for bicubic sampling.
//!
//! Places are fixed-point numbers relative to the part: whole pixels above [`FRACTION`] bits. Integers step through a
//! triangle without drift between machines, and their floor costs a shift.

use std::sync::LazyLock;

use crate::warp::Area;

/// Bits of a place below one pixel.
pub(crate) const FRACTION: u32 = 16;
pub(crate) const ONE: i32 = 1 << FRACTION;

/// A place in fixed point; numbers out of range end at the range's end, and sampling keeps to the picture anyway.
pub(crate) fn fixed(value: f32) -> i32 {
    (value * ONE as f32) as i32
}

/// Pixels kept around the part, so that no sample has to ask whether it is at a border.
const PAD: usize = 3;

/// Between two pixels, this many steps are told apart: finer ones change no eight-bit value.
const PHASES: usize = 256;

static WEIGHTS: LazyLock<[[f32; 4]; PHASES]> =
    LazyLock::new(|| std::array::from_fn(|k| weights(k as f32 / PHASES as f32)));

/// Catmull-Rom weights of four neighbours at `t` between the middle two.
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t + 2.0 * t2 - t3),
        0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
        0.5 * (t + 4.0 * t2 - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}

/// A part of a picture with `N` values a pixel, `M` being four times that. Values are kept as floats: converting them
/// once is cheaper than for each of the sixteen neighbours of each sample.
#[derive(Debug, Clone)]
pub(crate) struct Raster<const N: usize, const M: usize> {
    data: Vec<f32>,
    stride: usize,
    /// Greatest place that may be read, in fixed point.
    last: [i32; 2],
    weights: &'static [[f32; 4]; PHASES],
}

impl<const N: usize, const M: usize> Raster<N, M> {
    /// `area` of `planes`, whose rows have `width` pixels; beyond the border of `bounds` the border's pixels go on.
    pub(crate) fn new(planes: [&[u8]; N], width: usize, bounds: Area, area: Area) -> Self {
        const { assert!(M == 4 * N) };
        let stride = (area.width + 2 * PAD) * N;
        let within = |padded: usize, start: usize, size: usize| {
            padded
                .saturating_sub(PAD)
                .clamp(start, start + size.max(1) - 1)
        };
        let mut data = Vec::with_capacity(stride * (area.height + 2 * PAD));
        for row in 0..area.height + 2 * PAD {
            let y = within(area.top + row, bounds.top, bounds.height);
            for column in 0..area.width + 2 * PAD {
                let x = within(area.left + column, bounds.left, bounds.width);
                data.extend(planes.map(|plane| f32::from(plane[y * width + x])));
            }
        }
        Self {
            data,
            stride,
            last: [area.width as i32 * ONE, area.height as i32 * ONE],
            weights: &WEIGHTS,
        }
    }

    /// The values at a place relative to the area's first pixel.
    #[inline]
    pub(crate) fn sample(&self, [x, y]: [i32; 2]) -> [u8; N] {
        let (x, y) = (x.clamp(-ONE, self.last[0]), y.clamp(-ONE, self.last[1]));
        let phase = |v: i32| self.weights[(v >> (FRACTION - 8)) as usize % PHASES];
        let (across, down) = (phase(x), phase(y));
        let first = |v: i32| ((v >> FRACTION) + PAD as i32 - 1) as usize;
        let start = first(y) * self.stride + first(x) * N;
        // Columns first: the sums of a row's neighbours lie side by side, so the compiler adds them at once.
        let rows: [&[f32; M]; 4] = [0, 1, 2, 3].map(|k| self.neighbours(start + k * self.stride));
        let columns: [f32; M] = std::array::from_fn(|k| {
            rows[0][k] * down[0]
                + rows[1][k] * down[1]
                + rows[2][k] * down[2]
                + rows[3][k] * down[3]
        });
        std::array::from_fn(|k| {
            let sum = (columns[k] * across[0] + columns[N + k] * across[1])
                + (columns[2 * N + k] * across[2] + columns[3 * N + k] * across[3]);
            (sum + 0.5) as u8
        })
    }

    #[inline]
    fn neighbours(&self, start: usize) -> &[f32; M] {
        self.data[start..]
            .first_chunk()
            .expect("places are kept to the part and its border")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_places_give_pixels_and_halves_lie_between() {
        let plane: Vec<u8> = (0..64).map(|k| (k % 8) * 30).collect();
        let area = Area {
            left: 2,
            top: 2,
            width: 4,
            height: 4,
        };
        let whole = Area {
            left: 0,
            top: 0,
            width: 8,
            height: 8,
        };
        let raster = Raster::<1, 4>::new([&plane], 8, whole, area);
        assert_eq!(raster.sample([0, 0]), [60]);
        assert_eq!(raster.sample([3 * ONE, ONE]), [150]);
        assert_eq!(raster.sample([ONE / 2, ONE / 2]), [75]);
        // Far outside, the nearest that was kept.
        assert_eq!(raster.sample([i32::MIN, 0]), [30]);
        assert_eq!(raster.sample([i32::MAX, i32::MAX]), [180]);
    }
}
