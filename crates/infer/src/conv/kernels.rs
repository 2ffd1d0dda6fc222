//! The operations, on the widest vectors that the machine has.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into `eval` is compiled for vectors that any machine has"
)]

use rten_simd::ops::{BitOps as _, NumOps as _};
use rten_simd::{Isa, SimdOp};

use super::plan::{Depthwise, Patches, Pointwise, Shape, TOGETHER, WIDEST, halved};

/// Spreads the pixels under a kernel over planes.
pub(super) fn patches(patches: &Patches, from: &[f32], out: &mut [f32]) {
    let Patches {
        shape,
        kernel: [rows, columns],
        stride: [down, across],
        before: [above, left],
        result,
        ..
    } = *patches;
    for (k, plane) in out
        .chunks_mut(result.plane())
        .take(result.channels)
        .enumerate()
    {
        let (channel, row, column) = (k / (rows * columns), k / columns % rows, k % columns);
        for (y, line) in plane[..result.pixels()]
            .chunks_mut(result.width)
            .enumerate()
        {
            let Some(y) = (y * down + row)
                .checked_sub(above)
                .filter(|y| *y < shape.height)
            else {
                line.fill(0.0);
                continue;
            };
            // The columns that lie within the picture.
            let first = left
                .saturating_sub(column)
                .div_ceil(across)
                .min(result.width);
            let end = (shape.width + left).saturating_sub(column).div_ceil(across);
            let end = end.clamp(first, result.width);
            line[..first].fill(0.0);
            line[end..].fill(0.0);
            let row = channel * patches.channel + y * shape.width * patches.pixel;
            let column = (first * across + column).saturating_sub(left);
            let pixels = &from[row + column * patches.pixel..];
            let line = &mut line[first..end];
            // Known steps become shuffles of vectors.
            match across * patches.pixel {
                2 => every::<2>(pixels, line),
                6 => every::<6>(pixels, line),
                step => {
                    for (value, pixel) in line.iter_mut().zip(pixels.iter().step_by(step)) {
                        *value = *pixel;
                    }
                }
            }
        }
    }
}

/// Every so many numbers.
fn every<const STEP: usize>(from: &[f32], out: &mut [f32]) {
    let (groups, rest) = from.as_chunks::<STEP>();
    for (value, group) in out.iter_mut().zip(groups) {
        *value = group[0];
    }
    // The last group may be cut off behind its first number.
    if let (Some(value), Some(pixel)) = (out.get_mut(groups.len()), rest.first()) {
        *value = *pixel;
    }
}

/// The greatest of two by two pixels; `shape` is what is read.
pub(super) fn pool(shape: Shape, from: &[f32], out: &mut [f32]) {
    let result = halved(shape);
    let planes = out
        .chunks_mut(result.plane())
        .zip(from.chunks(shape.plane()));
    for (out, from) in planes.take(shape.channels) {
        let lines = out[..result.pixels()].chunks_mut(result.width);
        for (line, pair) in lines.zip(from.chunks(2 * shape.width)) {
            let (upper, lower) = pair.split_at(shape.width);
            let twos = upper
                .as_chunks::<2>()
                .0
                .iter()
                .zip(lower.as_chunks::<2>().0);
            for (value, (a, b)) in line.iter_mut().zip(twos) {
                *value = a[0].max(a[1]).max(b[0].max(b[1]));
            }
        }
    }
}

/// A convolution of single channels; `bordered` is memory that it needs.
pub(super) fn depthwise(layer: &Depthwise, from: &[f32], bordered: &mut Vec<f32>, out: &mut [f32]) {
    let Shape { height, width, .. } = layer.shape;
    let stride = (width + 2).next_multiple_of(WIDEST) + WIDEST;
    bordered.clear();
    bordered.resize(stride * (height + 2), 0.0);
    SingleChannels {
        layer,
        from,
        bordered,
        stride,
        out,
    }
    .dispatch();
}

struct SingleChannels<'a> {
    layer: &'a Depthwise,
    from: &'a [f32],
    /// One channel with zeros around it, and numbers from one of its rows to the next.
    bordered: &'a mut [f32],
    stride: usize,
    out: &'a mut [f32],
}

impl SimdOp for SingleChannels<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Shape { width, .. } = self.layer.shape;
        let (plane, pixels) = (self.layer.shape.plane(), self.layer.shape.pixels());
        let channels = self.layer.weights.iter().zip(&self.layer.bias);
        let planes = self.from.chunks(plane).zip(self.out.chunks_mut(plane));
        for ((weights, bias), (from, out)) in channels.zip(planes) {
            let inner = self.bordered[self.stride..].chunks_mut(self.stride);
            for (row, line) in inner.zip(from[..pixels].chunks(width)) {
                row[1..=width].copy_from_slice(line);
            }
            for (y, line) in out[..pixels].chunks_mut(width).enumerate() {
                let rows = &self.bordered[y * self.stride..][..3 * self.stride];
                single_row(isa, rows, self.stride, weights, *bias, line);
            }
        }
    }
}

/// One row of one channel out of three rows with a border.
#[inline(always)]
fn single_row<I: Isa>(
    isa: I,
    rows: &[f32],
    stride: usize,
    weights: &[f32; 9],
    bias: f32,
    line: &mut [f32],
) {
    let ops = isa.f32();
    let weights = weights.map(|weight| ops.splat(weight));
    for (k, part) in line.chunks_mut(ops.len()).enumerate() {
        let mut sum = ops.splat(bias);
        for (row, weights) in weights.as_chunks::<3>().0.iter().enumerate() {
            for (column, weight) in weights.iter().enumerate() {
                let place = ops.load(&rows[row * stride + k * ops.len() + column..]);
                sum = ops.mul_add(place, *weight, sum);
            }
        }
        if part.len() == ops.len() {
            ops.store(sum, part);
        } else {
            let mut whole = [0.0; WIDEST];
            ops.store(sum, &mut whole);
            part.copy_from_slice(&whole[..part.len()]);
        }
    }
}

/// A convolution of single pixels.
pub(super) fn pointwise(layer: &Pointwise, from: &[f32], skip: Option<&[f32]>, out: &mut [f32]) {
    SinglePixels {
        layer,
        from,
        skip: skip.unwrap_or_default(),
        out,
    }
    .dispatch();
}

struct SinglePixels<'a> {
    layer: &'a Pointwise,
    from: &'a [f32],
    skip: &'a [f32],
    out: &'a mut [f32],
}

impl SimdOp for SinglePixels<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(mut self, isa: I) {
        let lanes = isa.f32().len();
        let end = self.layer.shape.pixels().next_multiple_of(lanes);
        let mut at = 0;
        // Several output channels of the same pixels, as these are in the cache then.
        while at < end {
            let vectors = if at + 2 * lanes <= end { 2 } else { 1 };
            for group in 0..self.layer.weights.len() {
                if vectors == 2 {
                    self.tile::<I, 2>(isa, at, group);
                } else {
                    self.tile::<I, 1>(isa, at, group);
                }
            }
            at += vectors * lanes;
        }
    }
}

impl SinglePixels<'_> {
    /// [`TOGETHER`] channels of `N` vectors of pixels.
    #[inline(always)]
    fn tile<I: Isa, const N: usize>(&mut self, isa: I, at: usize, group: usize) {
        let (ops, plane) = (isa.f32(), self.layer.shape.plane());
        let lanes = ops.len();
        let first = group * TOGETHER;
        let mut sums: [[I::F32; N]; TOGETHER] =
            std::array::from_fn(|k| [ops.splat(self.layer.bias[first + k]); N]);
        for (weights, from) in self.layer.weights[group]
            .iter()
            .zip(self.from.chunks(plane))
        {
            let pixels: [I::F32; N] = ops.load_many(&from[at..]);
            for (sums, weight) in sums.iter_mut().zip(weights) {
                let weight = ops.splat(*weight);
                for (sum, pixels) in sums.iter_mut().zip(pixels) {
                    *sum = ops.mul_add(pixels, weight, *sum);
                }
            }
        }
        for (k, sums) in sums.into_iter().enumerate() {
            let start = (first + k) * plane + at;
            for (n, mut sum) in sums.into_iter().enumerate() {
                let start = start + n * lanes;
                if let Some(skip) = self.skip.get(start..start + lanes) {
                    sum = ops.add(sum, ops.load(skip));
                }
                if let Some(slopes) = &self.layer.slopes {
                    let (below, above) = (ops.min(sum, ops.zero()), ops.max(sum, ops.zero()));
                    sum = ops.mul_add(below, ops.splat(slopes[first + k]), above);
                }
                ops.store(sum, &mut self.out[start..start + lanes]);
            }
        }
    }
}
