//! Triangles into pixels, nearest first.

use crate::vector::V3;

/// What is nearest at each pixel: depth, a colour, and what covers it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffer {
    pub width: usize,
    pub height: usize,
    pub depth: Vec<f32>,
    pub colour: Vec<[f32; 3]>,
}

/// Nothing is drawn here.
pub(crate) const FAR: f32 = -1e9;

impl Buffer {
    pub(crate) fn clear(&mut self, width: usize, height: usize) {
        self.width = width;
        self.height = height;
        self.depth.clear();
        self.depth.resize(width * height, FAR);
        self.colour.resize(width * height, [0.0; 3]);
    }
}

/// A triangle's pixels with the weights of its corners, row by row. Corners are x, y and depth.
pub(crate) fn cover(
    corners: [V3; 3],
    width: usize,
    height: usize,
    mut pixel: impl FnMut(usize, [f32; 3], f32),
) {
    let [a, b, c] = corners;
    let area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
    if area.abs() < 1e-9 {
        return;
    }
    let top = a.y.min(b.y).min(c.y);
    let bottom = a.y.max(b.y).max(c.y);
    let left = a.x.min(b.x).min(c.x);
    let right = a.x.max(b.x).max(c.x);
    if right < 0.0 || bottom < 0.0 || left > width as f32 || top > height as f32 {
        return;
    }
    let first = |v: f32| ((v - 0.5).ceil().max(0.0)) as usize;
    let last = |v: f32, side: usize| (((v - 0.5).floor() + 1.0).max(0.0) as usize).min(side);
    let inverse = 1.0 / area;
    // Weights are affine in x and y.
    let wb = [(c.y - a.y) * inverse, -(c.x - a.x) * inverse];
    let wc = [-(b.y - a.y) * inverse, (b.x - a.x) * inverse];
    for y in first(top)..last(bottom, height) {
        let py = y as f32 + 0.5 - a.y;
        for x in first(left)..last(right, width) {
            let px = x as f32 + 0.5 - a.x;
            let u = px * wb[0] + py * wb[1];
            let v = px * wc[0] + py * wc[1];
            let w = 1.0 - u - v;
            if u < -1e-5 || v < -1e-5 || w < -1e-5 {
                continue;
            }
            pixel(y * width + x, [w, u, v], a.z * w + b.z * u + c.z * v);
        }
    }
}

/// Depth only.
pub(crate) fn depth_only(depth: &mut [f32], width: usize, height: usize, corners: [V3; 3]) {
    cover(corners, width, height, |k, _, z| {
        if z > depth[k] {
            depth[k] = z;
        }
    });
}
