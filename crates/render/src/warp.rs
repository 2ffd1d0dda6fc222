//! The inverse map of a moved mesh, and drawing through it.
//!
//! Pixel middles are at whole numbers. The map is kept at full resolution; chroma reads its mean over two by two.

use crate::frame::Frame;
use crate::geometry::{Vec2, vec2};
use crate::raster::{ONE, Raster, fixed};

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

    /// The same in a picture of half the size.
    fn half(self) -> Self {
        Self {
            left: self.left / 2,
            top: self.top / 2,
            width: self.width / 2,
            height: self.height / 2,
        }
    }

    /// Common part, as an area.
    fn meet(self, other: Self) -> Self {
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

/// For every pixel of an area, the place in the still that it shows, relative to the area and in fixed point.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    from: Vec<[i32; 2]>,
}

/// The part of a still that can move, and its outline: outside of it, the frame stays as it is.
#[derive(Debug, Clone)]
pub(crate) struct Canvas {
    area: Area,
    /// For every second row of the area, the first and the end of the columns inside the outline; even numbers.
    spans: Vec<(usize, usize)>,
    luma: Raster<1, 4>,
    chroma: Raster<2, 8>,
}

/// Triangles overlap by this much, so that no pixel falls between two of them.
const OVERLAP: f32 = 0.01;

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

    /// Every pixel shows its own place.
    pub(crate) fn reset(&self, field: &mut Field) {
        let width = self.area.width;
        field.from.resize(width * self.area.height, [0; 2]);
        for (pair, &(start, end)) in self.spans.iter().enumerate() {
            for y in [2 * pair, 2 * pair + 1] {
                let row = &mut field.from[y * width..(y + 1) * width];
                for (x, place) in row[start..end].iter_mut().enumerate() {
                    *place = [(start + x) as i32 * ONE, y as i32 * ONE];
                }
            }
        }
    }

    /// Draws triangles of target and source in order, but those that are turned over first: others hide them, yet where
    /// the mesh is folded they are nearer to what belongs there than the still.
    pub(crate) fn mesh(&self, field: &mut Field, triangles: &[([Vec2; 3], [Vec2; 3])]) {
        for turned in [true, false] {
            for (to, from) in triangles {
                if (doubled_area(to) * doubled_area(from) < 0.0) == turned {
                    self.triangle(field, *to, *from);
                }
            }
        }
    }

    /// Pixels whose middle lies in `to` show the triangle `from`.
    fn triangle(&self, field: &mut Field, to: [Vec2; 3], from: [Vec2; 3]) {
        let (e1, e2) = (to[1] - to[0], to[2] - to[0]);
        let (s1, s2) = (from[1] - from[0], from[2] - from[0]);
        let area = doubled_area(&to);
        if area.abs() < 1e-4 {
            return;
        }
        // How the source moves for a step in x and in y.
        let step_x = (s1 * e2.y - s2 * e1.y) * (1.0 / area);
        let step_y = (s2 * e1.x - s1 * e2.x) * (1.0 / area);
        let step = [fixed(step_x.x), fixed(step_x.y)];
        let top = to.iter().fold(f32::MAX, |m, p| m.min(p.y));
        let bottom = to.iter().fold(f32::MIN, |m, p| m.max(p.y));
        let Area { left, width, .. } = self.area;
        let end = end_pixel(bottom).min(self.area.top + self.area.height);
        for y in first_pixel(top).max(self.area.top)..end {
            let Some((low, high)) = span(&to, y as f32) else {
                continue;
            };
            let (x0, x1) = (
                first_pixel(low).max(left),
                end_pixel(high).min(left + width),
            );
            if x0 >= x1 {
                continue;
            }
            let row = (y - self.area.top) * width;
            let start = from[0] + step_x * (x0 as f32 - to[0].x) + step_y * (y as f32 - to[0].y);
            let mut place = self.place(start);
            for out in &mut field.from[row + x0 - left..row + x1 - left] {
                *out = place;
                place = [0, 1].map(|k| place[k].wrapping_add(step[k]));
            }
        }
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

    /// Calls `f` with each pixel of `area` and the place it shows; what it returns is the place to show instead.
    pub(crate) fn change(
        &self,
        field: &mut Field,
        area: Area,
        f: impl Fn(Vec2, Vec2) -> Option<Vec2>,
    ) {
        let part = area.meet(self.area);
        let corner = vec2(self.area.left as f32, self.area.top as f32);
        for y in part.top..part.top + part.height {
            let row = (y - self.area.top) * self.area.width;
            for x in part.left..part.left + part.width {
                let place = &mut field.from[row + x - self.area.left];
                let [u, v] = place.map(|k| k as f32 / ONE as f32);
                if let Some(from) = f(vec2(x as f32, y as f32), corner + vec2(u, v)) {
                    *place = self.place(from);
                }
            }
        }
    }

    /// A place of the still, relative to the area.
    fn place(&self, p: Vec2) -> [i32; 2] {
        [
            fixed(p.x - self.area.left as f32),
            fixed(p.y - self.area.top as f32),
        ]
    }

    /// Luma of a place of the still.
    pub(crate) fn luma_at(&self, p: Vec2) -> f32 {
        let [value] = self.luma.sample(self.place(p));
        f32::from(value)
    }

    pub(crate) fn area(&self) -> Area {
        self.area
    }

    /// The places shown inside the outline: for every second row of the area its number by twos, the first column, and
    /// both rows from there on.
    pub(crate) fn rows<'a>(
        &'a self,
        field: &'a Field,
    ) -> impl Iterator<Item = (usize, usize, [&'a [[i32; 2]]; 2])> {
        let width = self.area.width;
        self.spans
            .iter()
            .enumerate()
            .map(move |(pair, &(start, end))| {
                let row = |y: usize| &field.from[y * width + start..y * width + end];
                (pair, start, [row(2 * pair), row(2 * pair + 1)])
            })
    }

    /// Draws what lies inside the outline.
    pub(crate) fn draw(&self, field: &Field, frame: &mut Frame) {
        let stride = frame.width();
        let (luma, blue, red) = frame.planes_mut();
        let Area {
            left, top, width, ..
        } = self.area;
        for (pair, &(start, end)) in self.spans.iter().enumerate() {
            let rows = &field.from[2 * pair * width..2 * (pair + 1) * width];
            let (above, below) = rows.split_at(width);
            let (above, below) = (&above[start..end], &below[start..end]);
            for (row, places) in [above, below].into_iter().enumerate() {
                let first = (top + 2 * pair + row) * stride + left + start;
                for (pixel, &place) in luma[first..].iter_mut().zip(places) {
                    [*pixel] = self.luma.sample(place);
                }
            }
            let first = (top / 2 + pair) * (stride / 2) + left / 2 + start / 2;
            let fours = above.chunks_exact(2).zip(below.chunks_exact(2));
            for (k, (a, b)) in fours.enumerate() {
                let values = self.chroma.sample(middle([a[0], a[1], b[0], b[1]]));
                [blue[first + k], red[first + k]] = values;
            }
        }
    }
}

/// The place of a chroma pixel, which lies between its four luma pixels, in a picture of half the size.
fn middle(four: [[i32; 2]; 4]) -> [i32; 2] {
    // Where two parts meet that were apart, as closed lips, between their places lies what neither shows.
    let apart = |k: usize| four[0][k].abs_diff(four[3][k]) > 4 * ONE as u32;
    let four = if apart(0) || apart(1) {
        [four[0]; 4]
    } else {
        four
    };
    [0, 1].map(|k| {
        let mean: i32 = four.iter().map(|p| p[k] >> 2).sum();
        mean.saturating_sub(ONE / 2) >> 1
    })
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

/// Twice a triangle's area, negative for one sense of turning.
fn doubled_area(corners: &[Vec2; 3]) -> f32 {
    let (a, b) = (corners[1] - corners[0], corners[2] - corners[0]);
    a.x * b.y - a.y * b.x
}

fn first_pixel(edge: f32) -> usize {
    (edge - OVERLAP).ceil().max(0.0) as usize
}

fn end_pixel(edge: f32) -> usize {
    ((edge + OVERLAP).floor() + 1.0).max(0.0) as usize
}

/// Where the line at `y` enters and leaves a triangle.
fn span(corners: &[Vec2; 3], y: f32) -> Option<(f32, f32)> {
    let (mut left, mut right) = (f32::MAX, f32::MIN);
    for k in 0..3 {
        let (a, b) = (corners[k], corners[(k + 1) % 3]);
        let (low, high) = if a.y <= b.y { (a, b) } else { (b, a) };
        if y < low.y - OVERLAP || y > high.y + OVERLAP {
            continue;
        }
        let height = high.y - low.y;
        if height < 1e-5 {
            left = left.min(low.x).min(high.x);
            right = right.max(low.x).max(high.x);
        } else {
            let x = low.x + (high.x - low.x) * ((y - low.y) / height).clamp(0.0, 1.0);
            left = left.min(x);
            right = right.max(x);
        }
    }
    (left <= right).then_some((left, right))
}
