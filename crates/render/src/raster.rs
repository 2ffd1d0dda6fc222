//! Reading a picture between its pixels: the still's moving part, made ready for bicubic sampling.
//!
//! Places are fixed-point numbers relative to the part: whole pixels above [`FRACTION`] bits. Integers step through a
//! triangle without drift between machines, and their floor costs a shift.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the loops of `wide` is compiled for vectors that any machine has"
)]

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

/// Pixels of a run that are computed side by side, and those of the still that they read.
const LANES: usize = 8;
const READ: usize = LANES + 3;

/// Shorter runs are read pixel by pixel: side by side, most of the work would be thrown away.
const SHORT: usize = 3;

/// A part of a picture in `N` planes. Values are kept as floats: converting them once is cheaper than for each of the
/// sixteen neighbours of each sample.
#[derive(Debug, Clone)]
pub(crate) struct Raster<const N: usize> {
    planes: [Vec<f32>; N],
    stride: usize,
    /// Greatest place that may be read, in fixed point.
    last: [i32; 2],
    weights: &'static [[f32; 4]; PHASES],
}

impl<const N: usize> Raster<N> {
    /// `area` of `planes`, whose rows have `width` pixels; beyond the border of `bounds` the border's pixels go on.
    pub(crate) fn new(planes: [&[u8]; N], width: usize, bounds: Area, area: Area) -> Self {
        // A run that begins in the last column reads on to the right of it.
        let stride = area.width + 2 * PAD + LANES;
        let within = |padded: usize, start: usize, size: usize| {
            padded
                .saturating_sub(PAD)
                .clamp(start, start + size.max(1) - 1)
        };
        let planes = planes.map(|plane| {
            let mut data = Vec::with_capacity(stride * (area.height + 2 * PAD));
            for row in 0..area.height + 2 * PAD {
                let y = within(area.top + row, bounds.top, bounds.height);
                data.extend((0..stride).map(|column| {
                    let x = within(area.left + column, bounds.left, bounds.width);
                    f32::from(plane[y * width + x])
                }));
            }
            data
        });
        Self {
            planes,
            stride,
            last: [area.width as i32 * ONE, area.height as i32 * ONE],
            weights: &WEIGHTS,
        }
    }

    /// The values at a place relative to the area's first pixel.
    #[inline(always)]
    pub(crate) fn sample(&self, [x, y]: [i32; 2]) -> [u8; N] {
        let (x, y) = (x.clamp(-ONE, self.last[0]), y.clamp(-ONE, self.last[1]));
        let phase = |v: i32| self.weights[(v >> (FRACTION - 8)) as usize % PHASES];
        let (across, down) = (phase(x), phase(y));
        let start = self.start(x >> FRACTION, y >> FRACTION);
        std::array::from_fn(|n| {
            let rows: [&[f32; 4]; 4] = [0, 1, 2, 3].map(|k| self.neighbours(n, start, k));
            let columns: [f32; 4] = std::array::from_fn(|k| {
                rows[0][k] * down[0]
                    + rows[1][k] * down[1]
                    + rows[2][k] * down[2]
                    + rows[3][k] * down[3]
            });
            let sum = (columns[0] * across[0] + columns[1] * across[1])
                + (columns[2] * across[2] + columns[3] * across[3]);
            (sum + 0.5) as u8
        })
    }

    /// The values at the places of a row, which lie about a pixel apart. Neighbours whose places move on by whole pixels
    /// read the same rows of the still side by side, so they are computed together.
    #[inline(always)]
    pub(crate) fn sample_row(&self, xs: &[i32], ys: &[i32], mut out: [&mut [u8]; N]) {
        let mut done = 0;
        while done < xs.len() {
            let places = self.places(&xs[done..], &ys[done..]);
            let run = places.run.min(xs.len() - done);
            if run < SHORT {
                for k in done..done + run {
                    let values = self.sample([xs[k], ys[k]]);
                    for (plane, value) in out.iter_mut().zip(values) {
                        plane[k] = value;
                    }
                }
            } else {
                let (across, down) = (cubics(&places.across), cubics(&places.down));
                for (n, plane) in out.iter_mut().enumerate() {
                    let values = self.lanes(n, places.start, &across, &down);
                    plane[done..done + run].copy_from_slice(&values[..run]);
                }
            }
            done += run;
        }
    }

    /// The next places of a row, kept to the part, and how many of them move on by whole pixels.
    #[inline(always)]
    fn places(&self, xs: &[i32], ys: &[i32]) -> Places {
        let last = xs.len() - 1;
        let [mut x, mut y] = [[0; LANES]; 2];
        if let (Some(these), Some(those)) = (xs.first_chunk(), ys.first_chunk()) {
            (x, y) = (*these, *those);
        } else {
            for lane in 0..LANES {
                (x[lane], y[lane]) = (xs[lane.min(last)], ys[lane.min(last)]);
            }
        }
        for lane in 0..LANES {
            x[lane] = x[lane].clamp(-ONE, self.last[0]);
            y[lane] = y[lane].clamp(-ONE, self.last[1]);
        }
        let (left, top) = (x[0] >> FRACTION, y[0] >> FRACTION);
        let mut off = [0; LANES];
        for lane in 0..LANES {
            off[lane] =
                ((x[lane] >> FRACTION) - left - lane as i32) | ((y[lane] >> FRACTION) - top);
        }
        let part = |v: i32| (v & (ONE - 1)) as f32 * (1.0 / ONE as f32);
        Places {
            start: self.start(left, top),
            across: x.map(part),
            down: y.map(part),
            run: off.iter().position(|&off| off != 0).unwrap_or(LANES),
        }
    }

    /// Values of one plane at [`LANES`] neighbours.
    #[inline(always)]
    fn lanes(
        &self,
        plane: usize,
        start: usize,
        across: &[[f32; LANES]; 4],
        down: &[[f32; LANES]; 4],
    ) -> [u8; LANES] {
        let mut total = [0.0; LANES];
        for (k, weight) in down.iter().enumerate() {
            let row: &[f32; READ] = self.neighbours(plane, start, k);
            let mut sum = [0.0; LANES];
            for (j, weight) in across.iter().enumerate() {
                for lane in 0..LANES {
                    sum[lane] += row[lane + j] * weight[lane];
                }
            }
            for lane in 0..LANES {
                total[lane] += sum[lane] * weight[lane];
            }
        }
        total.map(whole)
    }

    /// Index of the upper left of the sixteen neighbours.
    #[inline(always)]
    fn start(&self, x: i32, y: i32) -> usize {
        let first = |v: i32| (v + PAD as i32 - 1) as usize;
        first(y) * self.stride + first(x)
    }

    #[inline(always)]
    fn neighbours<const M: usize>(&self, plane: usize, start: usize, row: usize) -> &[f32; M] {
        self.planes[plane][start + row * self.stride..]
            .first_chunk()
            .expect("places are kept to the part and its border")
    }
}

/// The next places of a row.
struct Places {
    start: usize,
    /// Parts of a pixel to the right and down.
    across: [f32; LANES],
    down: [f32; LANES],
    /// How many follow each other by a pixel, at least one.
    run: usize,
}

/// [`weights`] of each lane.
#[inline(always)]
fn cubics(t: &[f32; LANES]) -> [[f32; LANES]; 4] {
    let mut all = [[0.0; LANES]; 4];
    for (lane, &t) in t.iter().enumerate() {
        let (t2, t3) = (t * t, t * t * t);
        all[0][lane] = t2 - 0.5 * (t + t3);
        all[1][lane] = 1.0 - 2.5 * t2 + 1.5 * t3;
        all[2][lane] = 0.5 * t + 2.0 * t2 - 1.5 * t3;
        all[3][lane] = 0.5 * (t3 - t2);
    }
    all
}

/// The nearest whole number in 0 to 255, by the bits that 2^23 pushes to the end: vectors can do that.
#[inline(always)]
fn whole(value: f32) -> u8 {
    const PUSH: f32 = 8_388_608.0;
    (value.clamp(0.0, 255.0) + PUSH).to_bits() as u8
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
        let raster = Raster::<1>::new([&plane], 8, whole, area);
        assert_eq!(raster.sample([0, 0]), [60]);
        assert_eq!(raster.sample([3 * ONE, ONE]), [150]);
        assert_eq!(raster.sample([ONE / 2, ONE / 2]), [75]);
        // Far outside, the nearest that was kept.
        assert_eq!(raster.sample([i32::MIN, 0]), [30]);
        assert_eq!(raster.sample([i32::MAX, i32::MAX]), [180]);
    }

    #[test]
    fn rows_and_single_places_give_the_same() {
        let (width, height) = (64, 48);
        let value = |k: usize| (k * 7919 % 251) as u8;
        let planes = [0, 5].map(|off| (off..off + width * height).map(value).collect::<Vec<u8>>());
        let whole = Area {
            left: 0,
            top: 0,
            width,
            height,
        };
        let area = Area {
            left: 10,
            top: 6,
            width: 40,
            height: 30,
        };
        let raster = Raster::<2>::new([&planes[0], &planes[1]], width, whole, area);
        // Steps of a still, of slow and quick turns, of stretched and squeezed skin, and beyond all borders.
        for (step, slope) in [
            (1.0, 0.0),
            (1.02, 0.03),
            (0.97, -0.2),
            (0.5, 0.1),
            (2.3, 1.0),
        ] {
            for start in [-20.0, 0.4, 11.9, 33.0] {
                let count = 37;
                let at = |k: usize| start + step * k as f32;
                let xs: Vec<i32> = (0..count).map(|k| fixed(at(k))).collect();
                let ys: Vec<i32> = (0..count).map(|k| fixed(8.3 + slope * at(k))).collect();
                let mut row = [vec![0; count], vec![0; count]];
                let [first, second] = &mut row;
                raster.sample_row(&xs, &ys, [first, second]);
                for k in 0..count {
                    let alone = raster.sample([xs[k], ys[k]]);
                    for n in 0..2 {
                        let apart = alone[n].abs_diff(row[n][k]);
                        assert!(apart <= 2, "{step} {slope} {start} {k}: {apart}");
                    }
                }
            }
        }
    }
}
