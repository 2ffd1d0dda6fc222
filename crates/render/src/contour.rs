//! How much of each pixel a closed curve encloses.

use crate::geometry::{Vec2, vec2};
use crate::warp::Area;

/// Points put between two of the curve's.
const PIECES: usize = 6;

/// Lines per pixel that are followed across the curve.
const LINES: usize = 4;

/// The share of each pixel of `area` inside the smooth curve through `points`, its edge softened over about `feather`
/// pixels to both sides.
pub(crate) fn coverage(points: &[Vec2], area: Area, feather: f32) -> Vec<f32> {
    let curve = smooth(points);
    let mut mask = vec![0.0; area.width * area.height];
    let mut crossings = Vec::new();
    for (row, pixels) in mask.chunks_exact_mut(area.width.max(1)).enumerate() {
        for line in 0..LINES {
            let y = (area.top + row) as f32 - 0.5 + (line as f32 + 0.5) / LINES as f32;
            cross(&curve, y, &mut crossings);
            for pair in crossings.chunks_exact(2) {
                let from = pair[0] - area.left as f32 + 0.5;
                let to = pair[1] - area.left as f32 + 0.5;
                fill(pixels, from, to);
            }
        }
    }
    let radius = feather.round().max(1.0) as usize;
    blur(&mut mask, area.width, area.height, radius);
    mask
}

/// Catmull-Rom through all points, round and round: corners of the mouth are rounded, not cut.
fn smooth(points: &[Vec2]) -> Vec<Vec2> {
    let count = points.len();
    let mut curve = Vec::with_capacity(count * PIECES);
    for k in 0..count {
        let at = |offset: usize| points[(k + offset + count - 1) % count];
        let (a, b, c, d) = (at(0), at(1), at(2), at(3));
        for piece in 0..PIECES {
            let t = piece as f32 / PIECES as f32;
            let (t2, t3) = (t * t, t * t * t);
            curve.push(
                a * (0.5 * (2.0 * t2 - t3 - t))
                    + b * (0.5 * (3.0 * t3 - 5.0 * t2 + 2.0))
                    + c * (0.5 * (4.0 * t2 - 3.0 * t3 + t))
                    + d * (0.5 * (t3 - t2)),
            );
        }
    }
    curve
}

/// Where the line at `y` crosses the curve, in order.
fn cross(curve: &[Vec2], y: f32, crossings: &mut Vec<f32>) {
    crossings.clear();
    let mut a = curve.last().copied().unwrap_or(vec2(0.0, 0.0));
    for &b in curve {
        if (a.y <= y) != (b.y <= y) {
            crossings.push(a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y));
        }
        a = b;
    }
    crossings.sort_by(f32::total_cmp);
}

/// Adds one line from `from` to `to`, in pixels from the row's left edge.
fn fill(pixels: &mut [f32], from: f32, to: f32) {
    let (from, to) = (from.max(0.0), to.min(pixels.len() as f32));
    let (first, end) = (from as usize, to.max(0.0).ceil() as usize);
    for (x, pixel) in pixels.iter_mut().enumerate().take(end).skip(first) {
        let inside = to.min(x as f32 + 1.0) - from.max(x as f32);
        *pixel += inside.max(0.0) / LINES as f32;
    }
}

/// Means over a square, along rows and then columns; outside of the area nothing is covered.
fn blur(mask: &mut [f32], width: usize, height: usize, radius: usize) {
    let mut line = Vec::new();
    for row in 0..height {
        mean_along(mask, row * width, 1, width, radius, &mut line);
    }
    for column in 0..width {
        mean_along(mask, column, width, height, radius, &mut line);
    }
}

fn mean_along(
    mask: &mut [f32],
    start: usize,
    step: usize,
    count: usize,
    radius: usize,
    line: &mut Vec<f32>,
) {
    line.clear();
    line.extend((0..count).map(|k| mask[start + k * step]));
    for k in 0..count {
        let (low, high) = (k.saturating_sub(radius), (k + radius + 1).min(count));
        let sum: f32 = line[low..high].iter().sum();
        mask[start + k * step] = sum / (2 * radius + 1) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_covers_its_own_area() {
        let points: Vec<Vec2> = (0..12)
            .map(|k| {
                let angle = std::f32::consts::TAU * k as f32 / 12.0;
                vec2(20.0 + 10.0 * angle.cos(), 20.0 + 10.0 * angle.sin())
            })
            .collect();
        let area = Area {
            left: 4,
            top: 4,
            width: 32,
            height: 32,
        };
        let mask = coverage(&points, area, 1.0);
        let total: f32 = mask.iter().sum();
        assert!((total - 314.0).abs() < 4.0, "covers {total}");
        assert!((mask[16 * 32 + 16] - 1.0).abs() < 1e-3);
        assert!(
            mask.iter()
                .all(|&share| (-1e-6..=1.0 + 1e-3).contains(&share))
        );
        assert!(mask[0].abs() < 1e-6);
    }
}
