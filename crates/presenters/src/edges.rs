//! Pixels that something ends in: they are looked at in several places, so that edges are smooth.

use crate::raster::{Buffer, FAR, Flat, HIDDEN};
use crate::vector::V3;

/// Places within a pixel, in sixteenths from its middle: no two share a row or column.
const PLACES: [[i8; 2]; COUNT] = [
    [1, -3],
    [-1, 3],
    [5, 1],
    [-3, -5],
    [-5, 5],
    [-7, -1],
    [3, 7],
    [7, -7],
];
const COUNT: usize = 8;

/// A step in depth, in units, that makes an edge.
const STEP: f32 = 0.035;

/// Side of the blocks in which edges are looked for first, in pixels.
const BLOCK: usize = 8;

const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Sample {
    depth: f32,
    colour: V3,
}

/// Pixels with edges, and what is seen in them.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    width: usize,
    /// By pixel: where its samples are.
    slots: Vec<u32>,
    /// The pixels, by slot.
    pixels: Vec<u32>,
    samples: Vec<[Sample; COUNT]>,
    /// Whether a block has any.
    blocks: Vec<bool>,
    columns: usize,
}

impl Edges {
    /// Finds the edges of what a buffer shows.
    pub(crate) fn find(&mut self, buffer: &Buffer) {
        let (width, height) = (buffer.width, buffer.height);
        self.width = width;
        self.slots.clear();
        self.slots.resize(width * height, NONE);
        self.pixels.clear();
        self.samples.clear();
        self.columns = width.div_ceil(BLOCK);
        self.blocks.clear();
        self.blocks
            .resize(self.columns * height.div_ceil(BLOCK), false);
        for y in 0..height {
            for x in 0..width {
                let k = y * width + x;
                let differ = |other: usize| {
                    let nearest = buffer.depth[k].max(buffer.depth[other]);
                    (buffer.class[k] != buffer.class[other]
                        || (buffer.depth[k] - buffer.depth[other]).abs() > STEP)
                        && nearest < HIDDEN
                };
                if x + 1 < width && differ(k + 1) {
                    self.add(x, y);
                    self.add(x + 1, y);
                }
                if y + 1 < height && differ(k + width) {
                    self.add(x, y);
                    self.add(x, y + 1);
                }
            }
        }
    }

    fn add(&mut self, x: usize, y: usize) {
        let k = y * self.width + x;
        if self.slots[k] == NONE {
            self.slots[k] = self.pixels.len() as u32;
            self.pixels.push(k as u32);
            let empty = Sample {
                depth: FAR,
                colour: V3::ZERO,
            };
            self.samples.push([empty; COUNT]);
            self.blocks[y / BLOCK * self.columns + x / BLOCK] = true;
        }
    }

    /// Whether a triangle may touch an edge.
    pub(crate) fn touch(&self, [a, b, c]: [V3; 3]) -> bool {
        let rows = self.blocks.len() / self.columns.max(1);
        let block =
            |v: f32, count: usize| (v.max(0.0) as usize / BLOCK).min(count.saturating_sub(1));
        let left = block(a.x.min(b.x).min(c.x), self.columns);
        let right = block(a.x.max(b.x).max(c.x), self.columns);
        let top = block(a.y.min(b.y).min(c.y), rows);
        let bottom = block(a.y.max(b.y).max(c.y), rows);
        (top..=bottom).any(|y| {
            (left..=right).any(|x| {
                self.blocks
                    .get(y * self.columns + x)
                    .is_some_and(|edge| *edge)
            })
        })
    }

    /// Draws a triangle where there are edges. Its colour is asked for once in a pixel, amid the samples that it
    /// covers.
    #[inline]
    pub(crate) fn draw(&mut self, flat: &Flat, colour: impl Fn([f32; 3]) -> V3) {
        let [left, top, right, bottom] = flat.bounds;
        for y in top..bottom {
            for x in left..right {
                let slot = self.slots[y * self.width + x];
                if slot == NONE || !flat.touches(x, y) {
                    continue;
                }
                let samples = &mut self.samples[slot as usize];
                let (mut covered, mut sum, mut count) = ([false; COUNT], [0.0; 3], 0.0);
                for (n, (sample, [dx, dy])) in samples.iter_mut().zip(PLACES).enumerate() {
                    let place = |v: usize, d: i8| v as f32 + 0.5 + f32::from(d) * (1.0 / 16.0);
                    let Some((weights, z)) = flat.at(place(x, dx), place(y, dy)) else {
                        continue;
                    };
                    if z > sample.depth {
                        sample.depth = z;
                        covered[n] = true;
                        count += 1.0;
                        for (sum, weight) in sum.iter_mut().zip(weights) {
                            *sum += weight;
                        }
                    }
                }
                if count > 0.0 {
                    let c = colour(sum.map(|v| v * (1.0 / count)));
                    for (sample, covered) in samples.iter_mut().zip(covered) {
                        if covered {
                            sample.colour = c;
                        }
                    }
                }
            }
        }
    }

    /// Puts the edges into the buffer.
    pub(crate) fn resolve(&self, buffer: &mut Buffer) {
        for (&k, samples) in self.pixels.iter().zip(&self.samples) {
            let mut sum = V3::ZERO;
            let (mut covered, mut nearest) = (0.0, FAR);
            for sample in samples.iter().filter(|sample| sample.depth > FAR) {
                sum += sample.colour;
                covered += 1.0;
                nearest = sample.depth.max(nearest);
            }
            let share = 1.0 / COUNT as f32;
            buffer.colour[k as usize] =
                [sum.x * share, sum.y * share, sum.z * share, covered * share];
            buffer.depth[k as usize] = nearest;
        }
    }
}
