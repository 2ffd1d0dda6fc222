//! Hair that was drawn once and is carried along by the head: by depth, so that it shifts against the face.

use rayon::prelude::*;

use crate::expression::{Carriers, head_share};
use crate::strands::Layer;
use crate::vector::{V3, lerp, smooth};
use crate::view::View;

/// Cells of the field by which hair is carried, in pixels.
pub(crate) const CELL: usize = 16;

/// A layer is drawn at this many times the frame's size, so that it stays sharp between pixels.
pub(crate) const FINE: usize = 2;

/// So far behind something else, in units, hair begins to vanish, and has vanished.
const BEHIND: [f32; 2] = [0.03, 0.12];

/// The most light that a texel holds.
const MOST: f32 = 4.0;

/// A layer that the head carries along.
#[derive(Debug)]
pub(crate) struct Moving {
    /// Where the layer begins, in fine pixels, and its size.
    left: isize,
    top: isize,
    width: usize,
    height: usize,
    /// Light multiplied by opacity, and opacity.
    texels: Vec<[u16; 4]>,
    /// Depth of what is seen.
    depths: Vec<f32>,
    /// By node of the field: the place there, and its share in the head's movement.
    nodes: Vec<(V3, f32)>,
    columns: usize,
    /// By cell: whether something may be seen in it in any pose.
    busy: Vec<bool>,
}

/// How far a node goes, in pixels to the right and down and in units towards the lens.
pub(crate) type Shift = [f32; 3];

/// Those of the corners of a cell: left and right above, left and right below.
pub(crate) type Shifts = [Shift; 4];

impl Moving {
    /// For a frame of this size; `depth` is that of places without hair, `room` how far hair moves, in pixels.
    pub(crate) fn new(
        layer: &Layer,
        view: &View,
        [width, height]: [usize; 2],
        depth: f32,
        room: usize,
    ) -> Self {
        let (columns, rows) = (width.div_ceil(CELL) + 1, height.div_ceil(CELL) + 1);
        let nodes = (0..columns * rows)
            .into_par_iter()
            .map(|node| {
                let (x, y) = (node % columns * CELL, node / columns * CELL);
                let z = node_depth(layer, x * FINE, y * FINE, depth);
                let place = view.place(x as f32, y as f32, z);
                (place, head_share(place))
            })
            .collect();
        let light = |v: f32| (v.clamp(0.0, MOST) * (65_535.0 / MOST) + 0.5) as u16;
        Self {
            left: layer.left,
            top: layer.top,
            width: layer.width,
            height: layer.height,
            texels: layer.pixels.par_iter().map(|p| p.map(light)).collect(),
            depths: depths(layer),
            nodes,
            columns,
            busy: busy(layer, columns, rows, room),
        }
    }

    /// Whether something may be seen in a cell.
    pub(crate) fn is_busy(&self, column: usize, row: usize) -> bool {
        self.busy[row * self.columns + column]
    }

    /// Where each node goes, in pixels.
    pub(crate) fn field(&self, carriers: &Carriers, view: &View, field: &mut Vec<Shift>) {
        field.clear();
        field.extend(self.nodes.iter().map(|&(place, share)| {
            if share <= 0.0 {
                return [0.0; 3];
            }
            let (from, to) = (
                view.project(place),
                view.project(carriers.carry(place, share)),
            );
            [to.x - from.x, to.y - from.y, to.z - from.z]
        }));
    }

    pub(crate) fn shifts(&self, field: &[Shift], column: usize, row: usize) -> Shifts {
        let k = row * self.columns + column;
        [k, k + 1, k + self.columns, k + self.columns + 1].map(|k| field[k])
    }

    /// What the moved layer shows at a pixel, `fx` and `fy` within its cell, where something else lies at a depth.
    #[inline]
    pub(crate) fn sample(
        &self,
        shifts: &Shifts,
        [x, y]: [usize; 2],
        fx: f32,
        fy: f32,
        depth: f32,
    ) -> [f32; 4] {
        let [a, b, c, d] = shifts;
        let shift = |q: usize| lerp(lerp(a[q], b[q], fx), lerp(c[q], d[q], fx), fy);
        let fine = FINE as f32;
        let sx = (x as f32 + 0.5 - shift(0)) * fine - 0.5 - self.left as f32;
        let sy = (y as f32 + 0.5 - shift(1)) * fine - 0.5 - self.top as f32;
        if sx < 0.0 || sy < 0.0 || sx >= (self.width - 1) as f32 || sy >= (self.height - 1) as f32 {
            return [0.0; 4];
        }
        let (ix, iy) = (sx as usize, sy as usize);
        let k = iy * self.width + ix;
        let above = &self.texels[k..k + 2];
        let below = &self.texels[k + self.width..k + self.width + 2];
        if (above[0][3] | above[1][3] | below[0][3] | below[1][3]) == 0 {
            return [0.0; 4];
        }
        let (fx, fy) = (sx - ix as f32, sy - iy as f32);
        let weights = [
            (1.0 - fx) * (1.0 - fy),
            fx * (1.0 - fy),
            (1.0 - fx) * fy,
            fx * fy,
        ];
        let mut sum = [0.0; 4];
        for (texel, weight) in [above[0], above[1], below[0], below[1]].iter().zip(weights) {
            for (sum, &v) in sum.iter_mut().zip(texel) {
                *sum += f32::from(v) * weight;
            }
        }
        let mut share = MOST / 65_535.0;
        let behind = depth - self.depths[k] - shift(2);
        if behind > BEHIND[0] {
            share *= smooth(BEHIND[1], BEHIND[0], behind);
        }
        sum.map(|v| v * share)
    }
}

/// Depth of what each texel shows.
fn depths(layer: &Layer) -> Vec<f32> {
    let texels = layer.pixels.par_iter().zip(&layer.depth);
    texels.map(|(p, z)| z / p[3].max(1e-3)).collect()
}

fn busy(layer: &Layer, columns: usize, rows: usize, room: usize) -> Vec<bool> {
    let mut busy = vec![false; columns * rows];
    for (k, pixel) in layer.pixels.iter().enumerate() {
        if pixel[3] > 0.0 {
            let cell = |from: isize, at: usize, count: usize| {
                let fine = (from + at as isize).max(0) as usize;
                (fine / FINE / CELL).min(count - 1)
            };
            let x = cell(layer.left, k % layer.width, columns);
            let y = cell(layer.top, k / layer.width, rows);
            busy[y * columns + x] = true;
        }
    }
    let reach = room.div_ceil(CELL);
    (0..columns * rows)
        .map(|k| {
            let (x, y) = (k % columns, k / columns);
            (y.saturating_sub(reach)..(y + reach + 1).min(rows)).any(|y| {
                (x.saturating_sub(reach)..(x + reach + 1).min(columns))
                    .any(|x| busy[y * columns + x])
            })
        })
        .collect()
}

/// Mean depth of what a layer shows about a fine pixel of the frame.
fn node_depth(layer: &Layer, x: usize, y: usize, otherwise: f32) -> f32 {
    let reach = CELL * FINE * 2;
    let (mut sum, mut weight) = (otherwise * 2.0, 2.0);
    let range = |at: usize, from: isize, side: usize| {
        let within = |v: isize| (v - from).clamp(0, side as isize) as usize;
        let (at, reach) = (at as isize, reach as isize);
        within(at - reach)..within(at + reach)
    };
    for y in range(y, layer.top, layer.height).step_by(3 * FINE) {
        for x in range(x, layer.left, layer.width).step_by(3 * FINE) {
            let k = y * layer.width + x;
            sum += layer.depth[k];
            weight += layer.pixels[k][3];
        }
    }
    sum / weight
}
