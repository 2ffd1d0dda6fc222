//! Points in the plane, and smooth steps.

use std::ops::{Add, Mul, Sub};

/// A point or a vector.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Vec2 {
    pub x: f32,
    pub y: f32,
}

pub(crate) const fn vec2(x: f32, y: f32) -> Vec2 {
    Vec2 { x, y }
}

impl Vec2 {
    pub(crate) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    pub(crate) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Towards `other` by `share`.
    pub(crate) fn lerp(self, other: Self, share: f32) -> Self {
        self + (other - self) * share
    }
}

impl Add for Vec2 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        vec2(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Vec2 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        vec2(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Vec2 {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        vec2(self.x * factor, self.y * factor)
    }
}

/// 0 below `low`, 1 above `high`, and a smooth cubic between.
pub(crate) fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A curve through `points`, which lie at increasing `x`, read at `x`: Catmull-Rom by index, after finding the piece.
pub(crate) fn curve_at(points: &[Vec2], x: f32) -> f32 {
    let last = points.len() - 1;
    let right = points
        .iter()
        .position(|p| p.x >= x)
        .unwrap_or(last)
        .clamp(1, last);
    let (a, b) = (points[right - 1], points[right]);
    let before = if right >= 2 { points[right - 2] } else { a };
    let after = if right < last { points[right + 1] } else { b };
    let t = ((x - a.x) / (b.x - a.x).max(1e-6)).clamp(0.0, 1.0);
    let slope = |from: Vec2, to: Vec2| {
        let run = to.x - from.x;
        if run.abs() < 1e-6 {
            0.0
        } else {
            (to.y - from.y) / run * (b.x - a.x)
        }
    };
    let (m0, m1) = (slope(before, b), slope(a, after));
    let (t2, t3) = (t * t, t * t * t);
    (2.0 * t3 - 3.0 * t2 + 1.0) * a.y
        + (t3 - 2.0 * t2 + t) * m0
        + (3.0 * t2 - 2.0 * t3) * b.y
        + (t3 - t2) * m1
}

/// A curve through `points` that is read for many pixels: [`curve_at`] at every pixel, and lines between.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    from: f32,
    /// Steps of the table in a pixel: at least one, and such that the last ends with the curve.
    steps_per_px: f32,
    values: Vec<f32>,
}

impl Curve {
    /// `points` lie at increasing `x`, in pixels.
    pub(crate) fn new(points: &[Vec2]) -> Self {
        let from = points[0].x;
        let length = (points[points.len() - 1].x - from).clamp(0.0, 16_384.0);
        let steps = length.ceil().max(1.0);
        let steps_per_px = steps / length.max(f32::MIN_POSITIVE);
        let values = (0..=steps as usize)
            .map(|k| curve_at(points, from + length * (k as f32 / steps)))
            .collect();
        Self {
            from,
            steps_per_px,
            values,
        }
    }

    /// Beyond its ends the curve keeps its height.
    pub(crate) fn at(&self, x: f32) -> f32 {
        let steps = (self.values.len() - 1) as f32;
        let t = ((x - self.from) * self.steps_per_px).clamp(0.0, steps);
        let k = (t as usize).min(self.values.len() - 2);
        let (a, b) = (self.values[k], self.values[k + 1]);
        a + (b - a) * (t - k as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_follows_its_curve() {
        let points = [0.0, 30.0, 75.0, 111.5].map(|x| vec2(x - 50.0, (x * 0.04).sin() * 20.0));
        let table = Curve::new(&points);
        for k in -700..700 {
            let x = k as f32 * 0.1;
            let off = (table.at(x) - curve_at(&points, x)).abs();
            assert!(off < 0.02, "{x}: {off}");
        }
    }
}
