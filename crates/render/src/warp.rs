//! The inverse map of a moved mesh, and drawing through it.
//!
//! Pixel middles are at whole numbers. The map is kept at full resolution; chroma reads its mean over two by two.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the loops of `wide` is compiled for vectors that any machine has"
)]

use std::ops::Range;

use crate::frame::Frame;
use crate::geometry::{Vec2, vec2};
use crate::piece::{Piece, doubled_area};
use crate::raster::{ONE, Raster, fixed};
use crate::wide::wide;

/// A rectangle of pixels with even edges, inside its picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

impl Area {
    /// The points' bounds and a margin of two pixels, cut to a picture of `width` by `height`.
    pub(crate) fn around(points: &[Vec2], width: usize, height: usize) -> Self {
        let bounds = |of: fn(&Vec2) -> f32, most: usize| {
            let low = points.iter().map(of).fold(f32::MAX, f32::min) - 2.0;
            let high = points.iter().map(of).fold(f32::MIN, f32::max) + 3.0;
            let low = (low.max(0.0) as usize).min(most) & !1;
            let high = (high.max(0.0).ceil() as usize)
                .next_multiple_of(2)
                .min(most);
            (low, high.saturating_sub(low))
        };
        let (left, width) = bounds(|p| p.x, width);
        let (top, height) = bounds(|p| p.y, height);
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// A place of the picture in fixed point, relative to the area.
    pub(crate) fn place(self, p: Vec2) -> [i32; 2] {
        [fixed(p.x - self.left as f32), fixed(p.y - self.top as f32)]
    }

    /// This area in a picture of half the size.
    pub(crate) fn half(self) -> Self {
        Self {
            left: self.left / 2,
            top: self.top / 2,
            width: self.width / 2,
            height: self.height / 2,
        }
    }

    /// Common part, as an area.
    pub(crate) fn meet(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let right = (self.left + self.width).min(other.left + other.width);
        let bottom = (self.top + self.height).min(other.top + other.height);
        let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
        Self {
            left,
            top,
            width,
            height,
        }
    }
}

/// For every pixel of some rows of an area, the place in the still that it shows, relative to the area and in fixed
/// point. A frame is drawn band by band, so that a band's places are still in the cache when they are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    /// First of the rows, and how many; even numbers.
    first: usize,
    rows: usize,
    xs: Vec<i32>,
    ys: Vec<i32>,
    /// Places of a row of chroma.
    chroma: [Vec<i32>; 2],
}

/// The place of a pixel that shows nothing.
pub(crate) const FAR: i32 = i32::MIN / 4;

/// Rows of a band.
const BAND: usize = 32;

/// The part of a still that can move, and its outline: outside of it, the frame stays as it is.
#[derive(Debug, Clone)]
pub(crate) struct Canvas {
    area: Area,
    /// For every second row of the area, the first and the end of the columns inside the outline; even numbers.
    spans: Vec<(usize, usize)>,
    luma: Raster<1>,
    chroma: Raster<2>,
}

impl Canvas {
    /// `outline` is closed and does not move. What lies outside of `bounds` is neither drawn nor shown.
    pub(crate) fn new(still: &Frame, outline: &[Vec2], bounds: Area) -> Self {
        let (width, height) = (still.width(), still.height());
        let area = Area::around(outline, width, height).meet(bounds);
        let (luma, u, v) = still.planes();
        Self {
            area,
            spans: spans(outline, area),
            luma: Raster::new([luma], width, bounds, area),
            chroma: Raster::new([u, v], width / 2, bounds.half(), area.half()),
        }
    }

    /// First rows of the bands that the area consists of.
    pub(crate) fn bands(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.area.height).step_by(BAND)
    }

    /// Begins a band: every pixel shows its own place.
    pub(crate) fn reset(&self, field: &mut Field, first: usize) {
        let width = self.area.width;
        field.first = first;
        field.rows = BAND.min(self.area.height - first);
        field.xs.resize(width * field.rows, 0);
        field.ys.resize(width * field.rows, 0);
        let pairs = &self.spans[first / 2..][..field.rows / 2];
        for (pair, &(start, end)) in pairs.iter().enumerate() {
            for row in [2 * pair, 2 * pair + 1] {
                let span = row * width + start..row * width + end;
                for (x, place) in field.xs[span.clone()].iter_mut().enumerate() {
                    *place = (start + x) as i32 * ONE;
                }
                field.ys[span].fill((first + row) as i32 * ONE);
            }
        }
    }

    /// Begins a band in which no pixel shows anything: see [`FAR`].
    pub(crate) fn clear(&self, field: &mut Field, first: usize) {
        field.first = first;
        field.rows = BAND.min(self.area.height - first);
        let size = self.area.width * field.rows;
        for places in [&mut field.xs, &mut field.ys] {
            places.clear();
            places.resize(size, FAR);
        }
    }

    /// Triangles of target and source in the order of drawing: those that are turned over first, as others hide them,
    /// yet where the mesh is folded they are nearer to what belongs there than the still.
    pub(crate) fn pieces(&self, triangles: &[([Vec2; 3], [Vec2; 3])]) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(triangles.len());
        for turned in [true, false] {
            for (to, from) in triangles {
                if (doubled_area(to) * doubled_area(from) < 0.0) == turned {
                    pieces.extend(Piece::new(to, from, self.area));
                }
            }
        }
        pieces
    }

    /// Draws what of the pieces lies in the band, in their order.
    pub(crate) fn mesh(&self, field: &mut Field, pieces: &[Piece]) {
        let (first, end) = (field.first, field.first + field.rows);
        wide(
            #[inline(always)]
            || {
                for piece in pieces {
                    for row in piece.top.max(first)..piece.end.min(end) {
                        self.line(field, piece, row);
                    }
                }
            },
        );
    }

    /// Pixels of one row whose middle lies in a piece show its source.
    #[inline(always)]
    fn line(&self, field: &mut Field, piece: &Piece, row: usize) {
        let width = self.area.width;
        let (first, end, [x, y]) = piece.row(row, width);
        if first >= end {
            return;
        }
        let at = (row - field.first) * width;
        let line = at + first..at + end;
        let run = |places: &mut [i32], start: i32, step: i32| {
            for (k, place) in places.iter_mut().enumerate() {
                *place = start.wrapping_add(step.wrapping_mul(k as i32));
            }
        };
        let [step_x, step_y] = piece.across();
        run(&mut field.xs[line.clone()], x, step_x);
        run(&mut field.ys[line], y, step_y);
    }

    /// The part about some points.
    pub(crate) fn around(&self, points: &[Vec2]) -> Area {
        let Area {
            left,
            top,
            width,
            height,
        } = self.area;
        Area::around(points, left + width, top + height).meet(self.area)
    }

    /// Calls `f` with each pixel of `area` in the band and the place it shows; what it returns is the place to show instead.
    pub(crate) fn change(
        &self,
        field: &mut Field,
        area: Area,
        f: impl Fn(Vec2, Vec2) -> Option<Vec2>,
    ) {
        let band = Area {
            top: self.area.top + field.first,
            height: field.rows,
            ..self.area
        };
        let part = area.meet(band);
        let corner = vec2(self.area.left as f32, self.area.top as f32);
        for y in part.top..part.top + part.height {
            let row = (y - band.top) * self.area.width;
            for x in part.left..part.left + part.width {
                let at = row + x - self.area.left;
                let [u, v] = [field.xs[at], field.ys[at]].map(|k| k as f32 / ONE as f32);
                if let Some(from) = f(vec2(x as f32, y as f32), corner + vec2(u, v)) {
                    [field.xs[at], field.ys[at]] = self.area.place(from);
                }
            }
        }
    }

    /// Luma of a place of the still.
    pub(crate) fn luma_at(&self, p: Vec2) -> f32 {
        let [value] = self.luma.sample(self.area.place(p));
        f32::from(value)
    }

    pub(crate) fn area(&self) -> Area {
        self.area
    }

    /// The places shown inside the outline, of the band: for every second row of the area its number by twos, the first
    /// column, and both rows from there on, each as the coordinates along x and along y.
    pub(crate) fn rows<'a>(
        &'a self,
        field: &'a Field,
    ) -> impl Iterator<Item = (usize, usize, [[&'a [i32]; 2]; 2])> {
        let width = self.area.width;
        let first = field.first / 2;
        self.spans[first..][..field.rows / 2]
            .iter()
            .enumerate()
            .map(move |(pair, &(start, end))| {
                let row = |y: usize| {
                    let span = y * width + start..y * width + end;
                    [&field.xs[span.clone()], &field.ys[span]]
                };
                (first + pair, start, [row(2 * pair), row(2 * pair + 1)])
            })
    }

    /// Draws what of the band lies inside the outline.
    pub(crate) fn draw(&self, field: &mut Field, frame: &mut Frame) {
        wide(
            #[inline(always)]
            || self.sample(field, frame),
        );
    }

    #[inline(always)]
    fn sample(&self, field: &mut Field, frame: &mut Frame) {
        let stride = frame.width();
        let (luma, blue, red) = frame.planes_mut();
        let Area {
            left, top, width, ..
        } = self.area;
        let top = top + field.first;
        let pairs = &self.spans[field.first / 2..][..field.rows / 2];
        for (pair, &(start, end)) in pairs.iter().enumerate() {
            let rows = [2 * pair, 2 * pair + 1].map(|row| row * width + start..row * width + end);
            for (row, places) in rows.iter().enumerate() {
                let first = (top + 2 * pair + row) * stride + left + start;
                let (xs, ys) = (&field.xs[places.clone()], &field.ys[places.clone()]);
                self.luma
                    .sample_row(xs, ys, [&mut luma[first..first + xs.len()]]);
            }
            let [above, below] = rows;
            let [xs, ys] = &mut field.chroma;
            let across = halve(&field.xs, &above, &below, xs);
            let down = halve(&field.ys, &above, &below, ys);
            if across.max(down) > APART {
                part(field, &above, &below);
            }
            let [xs, ys] = &field.chroma;
            let first = (top / 2 + pair) * (stride / 2) + left / 2 + start / 2;
            let span = first..first + xs.len();
            let out = [&mut blue[span.clone()], &mut red[span]];
            self.chroma.sample_row(xs, ys, out);
        }
    }
}

/// A coordinate of chroma pixels, which lie between their four luma pixels, in a picture of half the size.
pub(crate) fn half(mean: i32) -> i32 {
    mean.saturating_sub(ONE / 2) >> 1
}

/// One coordinate of the chroma between two rows of luma, and the greatest distance of those of four neighbours that lie
/// across from each other.
#[inline(always)]
fn halve(places: &[i32], above: &Range<usize>, below: &Range<usize>, out: &mut Vec<i32>) -> u32 {
    let fours = places[above.clone()]
        .as_chunks::<2>()
        .0
        .iter()
        .zip(places[below.clone()].as_chunks::<2>().0);
    out.resize(above.len() / 2, 0);
    let mut widest = 0;
    for (out, (a, b)) in out.iter_mut().zip(fours) {
        *out = half((a[0] >> 2) + (a[1] >> 2) + (b[0] >> 2) + (b[1] >> 2));
        widest = widest.max(a[0].abs_diff(b[1]));
    }
    widest
}

/// Places further from each other than this belong to two parts.
const APART: u32 = 4 * ONE as u32;

/// Where two parts meet that were apart, as closed lips, between their places lies what neither shows: there chroma
/// comes from the first of the four.
fn part(field: &mut Field, above: &Range<usize>, below: &Range<usize>) {
    let Field { xs, ys, chroma, .. } = field;
    let [half_xs, half_ys] = chroma;
    let corners =
        |places: &[i32], k: usize| (places[above.start + 2 * k], places[below.start + 2 * k + 1]);
    for k in 0..half_xs.len() {
        let (x, far_x) = corners(xs, k);
        let (y, far_y) = corners(ys, k);
        if x.abs_diff(far_x).max(y.abs_diff(far_y)) > APART {
            (half_xs[k], half_ys[k]) = (half((x >> 2) * 4), half((y >> 2) * 4));
        }
    }
}

/// The columns that a closed line encloses in every second row, with a margin of two pixels.
fn spans(outline: &[Vec2], area: Area) -> Vec<(usize, usize)> {
    let edges: Vec<(Vec2, Vec2)> = outline
        .iter()
        .copied()
        .zip(outline.iter().copied().cycle().skip(1))
        .collect();
    (0..area.height / 2)
        .map(|pair| {
            let y = (area.top + 2 * pair) as f32;
            let (mut low, mut high) = (f32::MAX, f32::MIN);
            for &(a, b) in &edges {
                let (top, bottom) = if a.y <= b.y { (a, b) } else { (b, a) };
                if bottom.y < y - 2.0 || top.y > y + 3.0 {
                    continue;
                }
                let height = (bottom.y - top.y).max(1e-3);
                for line in [y - 2.0, y + 3.0] {
                    let x = top
                        .lerp(bottom, ((line - top.y) / height).clamp(0.0, 1.0))
                        .x;
                    (low, high) = (low.min(x), high.max(x));
                }
            }
            let column = |x: f32| ((x - area.left as f32).max(0.0) as usize).min(area.width);
            let (start, end) = (column(low - 2.0) & !1, column(high + 3.0));
            (start, end.next_multiple_of(2).min(area.width).max(start))
        })
        .collect()
}
