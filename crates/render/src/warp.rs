//! The inverse map of a moved mesh, and drawing through it.
//!
//! Pixel middles are at whole numbers. The map is kept at full resolution; chroma reads its mean over two by two.

use crate::geometry::{Vec2, vec2};

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

/// One plane of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    pub data: &'a [u8],
    pub width: usize,
    pub height: usize,
}

/// For every pixel of an area, the place in the still that it shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    area: Area,
    from: Vec<Vec2>,
}

/// Triangles overlap by this much, so that no pixel falls between two of them.
const OVERLAP: f32 = 0.01;

impl Field {
    /// Every pixel of `area` shows its own place.
    pub(crate) fn reset(&mut self, area: Area) {
        self.area = area;
        self.from.clear();
        for y in area.top..area.top + area.height {
            let row = (area.left..area.left + area.width).map(|x| vec2(x as f32, y as f32));
            self.from.extend(row);
        }
    }

    /// Pixels whose middle lies in `to` show the triangle `from`. Triangles turned over are hidden.
    pub(crate) fn triangle(&mut self, to: [Vec2; 3], from: [Vec2; 3]) {
        let (e1, e2) = (to[1] - to[0], to[2] - to[0]);
        let (s1, s2) = (from[1] - from[0], from[2] - from[0]);
        let area = e1.x * e2.y - e1.y * e2.x;
        if area.abs() < 1e-4 || area * (s1.x * s2.y - s1.y * s2.x) < 0.0 {
            return;
        }
        // How the source moves for a step in x and in y.
        let step_x = (s1 * e2.y - s2 * e1.y) * (1.0 / area);
        let step_y = (s2 * e1.x - s1 * e2.x) * (1.0 / area);
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
            let line = &mut self.from[row + x0 - left..row + x1 - left];
            for (k, place) in line.iter_mut().enumerate() {
                *place = start + step_x * k as f32;
            }
        }
    }

    /// Calls `f` with each pixel of `area` and the place it shows.
    pub(crate) fn change(&mut self, area: Area, mut f: impl FnMut(Vec2, &mut Vec2)) {
        let part = area.meet(self.area);
        for y in part.top..part.top + part.height {
            let row = (y - self.area.top) * self.area.width;
            for x in part.left..part.left + part.width {
                f(
                    vec2(x as f32, y as f32),
                    &mut self.from[row + x - self.area.left],
                );
            }
        }
    }

    /// Draws the area of the luma plane; `out` has the still's size.
    pub(crate) fn draw_luma(&self, still: &Plane<'_>, out: &mut [u8]) {
        let Area {
            left, top, width, ..
        } = self.area;
        if width == 0 {
            return;
        }
        for (row, places) in self.from.chunks_exact(width).enumerate() {
            let start = (top + row) * still.width + left;
            for (pixel, &place) in out[start..start + width].iter_mut().zip(places) {
                *pixel = sample(still, place);
            }
        }
    }

    /// Draws the area of both chroma planes, at half size.
    pub(crate) fn draw_chroma(&self, stills: [&Plane<'_>; 2], outs: [&mut [u8]; 2]) {
        let Area {
            left, top, width, ..
        } = self.area;
        if width == 0 {
            return;
        }
        let [out_blue, out_red] = outs;
        let stride = stills[0].width;
        for (row, pair) in self.from.chunks_exact(width * 2).enumerate() {
            let (above, below) = pair.split_at(width);
            let start = (top / 2 + row) * stride + left / 2;
            for (k, (a, b)) in above.chunks_exact(2).zip(below.chunks_exact(2)).enumerate() {
                let mean = (a[0] + a[1] + b[0] + b[1]) * 0.25;
                // A chroma pixel's middle is that of its four luma pixels.
                let place = (mean - vec2(0.5, 0.5)) * 0.5;
                out_blue[start + k] = sample(stills[0], place);
                out_red[start + k] = sample(stills[1], place);
            }
        }
    }
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

/// Bicubic (Catmull-Rom) sample; beyond the border the border's pixels go on.
fn sample(plane: &Plane<'_>, place: Vec2) -> u8 {
    let (fx, fy) = (place.x.floor(), place.y.floor());
    let (tx, ty) = (place.x - fx, place.y - fy);
    let (ix, iy) = (fx as isize - 1, fy as isize - 1);
    let (last_x, last_y) = (plane.width as isize - 1, plane.height as isize - 1);
    if tx == 0.0 && ty == 0.0 {
        let (x, y) = (
            (ix + 1).clamp(0, last_x) as usize,
            (iy + 1).clamp(0, last_y) as usize,
        );
        return plane.data[y * plane.width + x];
    }
    let (wx, wy) = (weights(tx), weights(ty));
    let mut sum = 0.0;
    if ix >= 0 && iy >= 0 && ix + 3 <= last_x && iy + 3 <= last_y {
        let start = iy as usize * plane.width + ix as usize;
        for (row, weight) in wy.iter().enumerate() {
            let p = &plane.data[start + row * plane.width..][..4];
            let across = f32::from(p[0]) * wx[0]
                + f32::from(p[1]) * wx[1]
                + f32::from(p[2]) * wx[2]
                + f32::from(p[3]) * wx[3];
            sum += across * weight;
        }
    } else {
        for (row, weight) in wy.iter().enumerate() {
            let y = (iy + row as isize).clamp(0, last_y) as usize * plane.width;
            for (column, across) in wx.iter().enumerate() {
                let x = (ix + column as isize).clamp(0, last_x) as usize;
                sum += f32::from(plane.data[y + x]) * across * weight;
            }
        }
    }
    (sum + 0.5).clamp(0.0, 255.0) as u8
}

/// Weights of four neighbours at `t` between the middle two.
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t + 2.0 * t2 - t3),
        0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
        0.5 * (t + 4.0 * t2 - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}
