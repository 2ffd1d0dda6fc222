//! Strands into pixels: lit by how deep they lie in the hair, blended from back to front.

use rayon::prelude::*;

use crate::hair::Strand;
use crate::light::{KEY, RIM};
use crate::scalp::SKULL;
use crate::vector::{V3, smooth, v3};
use crate::view::View;

/// A picture with coverage, colour multiplied by it, and the depth of what is seen.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// Where it begins in its frame, or before it.
    pub left: isize,
    pub top: isize,
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<[f32; 4]>,
    /// Weighted by coverage; divide by it.
    pub depth: Vec<f32>,
}

impl Layer {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            left: 0,
            top: 0,
            width,
            height,
            pixels: vec![[0.0; 4]; width * height],
            depth: vec![0.0; width * height],
        }
    }

    /// As large as strands need in a frame of this size, and so far beyond it.
    pub(crate) fn about(
        strands: &[Strand],
        view: &View,
        [width, height]: [usize; 2],
        beyond: usize,
    ) -> Self {
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for &p in strands.iter().flat_map(|s| &s.points) {
            let p = view.project(p);
            low = [low[0].min(p.x), low[1].min(p.y)];
            high = [high[0].max(p.x), high[1].max(p.y)];
        }
        let beyond = beyond as f32;
        let from = |v: f32, side: usize| (v - 3.0).clamp(-beyond, side as f32 - 1.0) as isize;
        let to = |v: f32, side: usize| (v + 3.0).clamp(1.0 - beyond, side as f32 + beyond) as isize;
        let (left, top) = (from(low[0], width), from(low[1], height));
        let right = to(high[0], width).max(left + 1);
        let bottom = to(high[1], height).max(top + 1);
        Self {
            left,
            top,
            ..Self::new((right - left) as usize, (bottom - top) as usize)
        }
    }

    /// Whether everything about a place of the frame is at least so opaque.
    pub(crate) fn hides(&self, x: f32, y: f32, reach: f32, opacity: f32) -> bool {
        const ABOUT: [[f32; 2]; 17] = [
            [0.0, 0.0],
            [1.0, 0.0],
            [0.7, 0.7],
            [0.0, 1.0],
            [-0.7, 0.7],
            [-1.0, 0.0],
            [-0.7, -0.7],
            [0.0, -1.0],
            [0.7, -0.7],
            [0.46, 0.19],
            [0.19, 0.46],
            [-0.19, 0.46],
            [-0.46, 0.19],
            [-0.46, -0.19],
            [-0.19, -0.46],
            [0.19, -0.46],
            [0.46, -0.19],
        ];
        ABOUT.iter().all(|[dx, dy]| {
            let (x, y) = (
                x + dx * reach - self.left as f32,
                y + dy * reach - self.top as f32,
            );
            let within = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
            within && self.pixels[y as usize * self.width + x as usize][3] >= opacity
        })
    }
}

const CELLS: [usize; 3] = [56, 84, 56];
const CELL: f32 = 0.062;
const CORNER: V3 = v3(-1.74, 4.1, -1.4);

/// How much hair there is, by place.
#[derive(Debug)]
pub(crate) struct Thickness(Vec<f32>);

fn slot(p: V3) -> Option<usize> {
    let q = (p - CORNER) * (1.0 / CELL);
    let within = |v: f32, n: usize| v >= 0.0 && v < n as f32;
    (within(q.x, CELLS[0]) && within(q.y, CELLS[1]) && within(q.z, CELLS[2]))
        .then(|| (q.z as usize * CELLS[1] + q.y as usize) * CELLS[0] + q.x as usize)
}

impl Thickness {
    pub(crate) fn new(strands: &[Strand]) -> Self {
        let mut cells = vec![0.0; CELLS[0] * CELLS[1] * CELLS[2]];
        for strand in strands {
            for pair in strand.points.windows(2) {
                if let Some(k) = slot(pair[0].mix(pair[1], 0.5)) {
                    cells[k] += (pair[1] - pair[0]).length();
                }
            }
        }
        Self(cells)
    }

    /// Hair between a place and the outside, along a direction.
    fn along(&self, p: V3, d: V3, steps: usize) -> f32 {
        let mut sum = 0.0;
        for k in 1..=steps {
            let at = p + d * (CELL * (k as f32 - 0.2));
            sum += slot(at).map_or(0.0, |k| self.0[k]);
        }
        sum
    }
}

/// Colours of strands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dye {
    pub colour: V3,
    /// Width of a strand in units.
    pub width: f32,
    /// Strength of the highlights.
    pub gloss: f32,
    /// Hair that takes away all but a third of the light, in units of length by cell.
    pub opaque: f32,
}

struct Piece {
    a: V3,
    b: V3,
    ca: V3,
    cb: V3,
    wide: [f32; 2],
    /// Opacity at both ends.
    solid: [f32; 2],
    /// Whether nothing hides any of it.
    whole: bool,
}

/// Draws strands over a layer. `shown` is the share that is seen of what lies at a place of the frame, by depth.
pub(crate) fn draw(
    layer: &mut Layer,
    strands: &[Strand],
    thickness: &Thickness,
    dye: &Dye,
    view: &View,
    shown: impl Fn(f32, f32, f32) -> f32 + Sync,
) {
    let mut pieces: Vec<Piece> = strands
        .par_iter()
        .flat_map_iter(|strand| pieces(strand, thickness, dye, view, &shown))
        .collect();
    pieces.par_sort_by(|p, q| (p.a.z + p.b.z).total_cmp(&(q.a.z + q.b.z)));
    let shift = v3(layer.left as f32, layer.top as f32, 0.0);
    let shown = |x: f32, y: f32, z: f32| shown(x + shift.x, y + shift.y, z);
    for piece in &mut pieces {
        piece.a = piece.a - shift;
        piece.b = piece.b - shift;
    }
    // Bands of rows, each of which takes the pieces in their order.
    let width = layer.width;
    layer
        .pixels
        .par_chunks_mut(width * BAND)
        .zip(layer.depth.par_chunks_mut(width * BAND))
        .enumerate()
        .for_each(|(n, (pixels, depth))| {
            let mut band = Band {
                width,
                top: n * BAND,
                height: depth.len() / width,
                pixels,
                depth,
            };
            let (low, high) = (band.top as f32, (band.top + band.height) as f32);
            for piece in &pieces {
                let reach = piece.reach();
                if piece.a.y.max(piece.b.y) + reach >= low
                    && piece.a.y.min(piece.b.y) - reach <= high
                {
                    line(&mut band, piece, &shown);
                }
            }
        });
}

/// Rows of a layer that are drawn in one go.
const BAND: usize = 128;

/// Some rows of a layer.
struct Band<'a> {
    width: usize,
    top: usize,
    height: usize,
    pixels: &'a mut [[f32; 4]],
    depth: &'a mut [f32],
}

impl Band<'_> {
    /// Puts a colour over a pixel.
    fn over(&mut self, k: usize, c: V3, cover: f32, z: f32) {
        let keep = 1.0 - cover;
        let p = &mut self.pixels[k];
        *p = [
            p[0] * keep + c.x * cover,
            p[1] * keep + c.y * cover,
            p[2] * keep + c.z * cover,
            p[3] * keep + cover,
        ];
        self.depth[k] = self.depth[k] * keep + z * cover;
    }
}

impl Piece {
    /// How far from its middle line it is seen, in pixels.
    fn reach(&self) -> f32 {
        self.wide[0].max(self.wide[1]) * 0.5 + 0.75
    }
}

fn pieces(
    strand: &Strand,
    thickness: &Thickness,
    dye: &Dye,
    view: &View,
    shown: &impl Fn(f32, f32, f32) -> f32,
) -> Vec<Piece> {
    let n = strand.points.len();
    let length: f32 = strand
        .points
        .windows(2)
        .map(|p| (p[1] - p[0]).length())
        .sum();
    let colour = |k: usize| {
        let tangent =
            (strand.points[(k + 1).min(n - 1)] - strand.points[k.saturating_sub(1)]).unit();
        shade(
            strand,
            strand.points[k],
            tangent,
            k as f32 / (n - 1) as f32,
            thickness,
            dye,
            view,
        )
    };
    let mut found = Vec::new();
    let mut last: Option<(V3, V3, f32)> = None;
    for k in 0..n {
        let p = view.project(strand.points[k]);
        let now = shown(p.x, p.y, p.z);
        let c = colour(k);
        let wide = |k: usize| {
            let t = k as f32 / (n - 1) as f32;
            dye.width
                * view.scale
                * 1.06
                * (1.0 - 0.65 * smooth(0.6, 1.0, t))
                * (0.35 + 0.65 * smooth(0.0, 0.14, t * length))
        };
        // Tips are thin beyond what a width can say.
        let solid = |k: usize| 1.0 - 0.75 * smooth(0.55, 1.0, k as f32 / (n - 1) as f32);
        if let Some((before, cb, then)) = last.filter(|l| l.2.max(now) > 0.0) {
            found.push(Piece {
                whole: then.min(now) >= 1.0,
                a: before,
                b: p,
                ca: cb,
                cb: c,
                wide: [wide(k.saturating_sub(1)), wide(k)],
                solid: [solid(k.saturating_sub(1)), solid(k)],
            });
        }
        last = Some((p, c, now));
    }
    found
}

fn shade(
    strand: &Strand,
    p: V3,
    tangent: V3,
    t: f32,
    thickness: &Thickness,
    dye: &Dye,
    view: &View,
) -> V3 {
    let out = (p - SKULL).unit();
    let key = KEY.unit();
    let rim = RIM.unit();
    let open = |d: V3, steps| (-thickness.along(p, d, steps) / dye.opaque).exp();
    let (to_key, to_sky, to_rim) = (
        open(key, 7),
        open((out + v3(0.0, 0.6, 0.5)).unit(), 4),
        open(rim, 6),
    );
    let towards = view.towards(p);
    let across = |d: V3| (1.0 - tangent.dot(d).powi(2)).max(0.0).sqrt();
    let shine = |light: V3, shift: f32, power: i32| {
        let half = (light + towards).unit();
        let leaning = (tangent + out * shift).unit();
        (1.0 - leaning.dot(half).powi(2))
            .max(0.0)
            .powf(power as f32 * 0.5)
    };
    // Grey hair is bright enough without highlights.
    let gloss = dye.gloss * if strand.grey { 0.7 } else { 1.0 };
    let base = if strand.grey {
        v3(0.31, 0.31, 0.315)
    } else {
        dye.colour
    };
    let base = base * (1.0 + 0.32 * strand.tint) * (0.82 + 0.3 * t);
    let facing = |d: V3| 0.35 + 0.65 * smooth(-0.35, 0.75, out.dot(d));
    let diffuse = v3(0.42, 0.42, 0.44) * (0.16 + 0.84 * to_sky)
        + v3(1.0, 0.95, 0.87) * (1.15 * to_key * across(key) * facing(key))
        + v3(0.9, 0.95, 1.0) * (0.45 * to_rim * across(rim) * facing(rim));
    let first = shine(key, -0.12, 90) * to_key * facing(key) * 0.34;
    let second = shine(key, 0.16, 26) * to_key * facing(key);
    let edge = shine(rim, -0.1, 40) * to_rim * facing(rim);
    base.times(diffuse)
        + v3(1.0, 0.97, 0.92) * (first * gloss * (0.35 + 0.65 * base.mean().sqrt()))
        + (base * 1.1 + v3(0.02, 0.015, 0.01)) * (second * 0.75 * gloss)
        + (base * 0.8 + v3(0.06, 0.065, 0.07)) * (edge * 0.5 * gloss)
}

/// A line with soft edges.
fn line(band: &mut Band<'_>, piece: &Piece, shown: &impl Fn(f32, f32, f32) -> f32) {
    let (a, b) = (piece.a, piece.b);
    let reach = piece.reach();
    let left = (a.x.min(b.x) - reach).floor().max(0.0) as usize;
    let top = ((a.y.min(b.y) - reach).floor().max(0.0) as usize).max(band.top);
    let right = ((a.x.max(b.x) + reach).ceil().max(0.0) as usize).min(band.width);
    let bottom = ((a.y.max(b.y) + reach).ceil().max(0.0) as usize).min(band.top + band.height);
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let square = (dx * dx + dy * dy).max(1e-6);
    // Along a row, a steep line covers what lies within its reach across.
    let across = reach * square.sqrt() / dy.abs().max(1e-3);
    let steep = dy.abs() > 1.0;
    for y in top..bottom {
        let (mut left, mut right) = (left, right);
        if steep {
            let middle = a.x + dx * ((y as f32 + 0.5 - a.y) / dy);
            left = left.max((middle - across).max(0.0) as usize);
            right = right.min((middle + across + 1.0).max(0.0) as usize);
        }
        for x in left..right {
            let (px, py) = (x as f32 + 0.5 - a.x, y as f32 + 0.5 - a.y);
            let along = (px * dx + py * dy) / square;
            // Half open, so that pieces meet without a dark joint.
            if !(0.0..1.0).contains(&along) {
                continue;
            }
            let (ex, ey) = (px - dx * along, py - dy * along);
            let away = (ex * ex + ey * ey).sqrt();
            let wide = piece.wide[0] + (piece.wide[1] - piece.wide[0]) * along;
            // A line thinner than a pixel covers a part of it.
            let solid = piece.solid[0] + (piece.solid[1] - piece.solid[0]) * along;
            let mut cover = (wide * 0.5 + 0.5 - away).clamp(0.0, 1.0).min(wide) * solid;
            if cover <= 0.004 {
                continue;
            }
            let z = a.z + (b.z - a.z) * along;
            if !piece.whole {
                cover *= shown(x as f32 + 0.5, y as f32 + 0.5, z);
            }
            let c = piece.ca.mix(piece.cb, along);
            band.over((y - band.top) * band.width + x, c, cover.min(1.0), z);
        }
    }
}
