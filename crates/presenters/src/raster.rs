//! Triangles into pixels, nearest first.

use crate::vector::V3;

/// What is nearest at each pixel: depth, a colour multiplied by its opacity, the opacity, and the class of what covers
/// it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffer {
    pub width: usize,
    pub height: usize,
    pub depth: Vec<f32>,
    pub colour: Vec<[f32; 4]>,
    pub class: Vec<u8>,
}

/// Nothing is drawn here.
pub(crate) const FAR: f32 = -1e9;

/// Nothing needs to be drawn here: something else will hide it.
pub(crate) const HIDDEN: f32 = 1e9;

impl Buffer {
    /// Empties it. `hidden` tells for a pixel whether it will be hidden.
    pub(crate) fn clear(
        &mut self,
        width: usize,
        height: usize,
        hidden: impl Fn(usize, usize) -> bool,
    ) {
        self.width = width;
        self.height = height;
        self.depth.clear();
        for y in 0..height {
            let depth = |x| if hidden(x, y) { HIDDEN } else { FAR };
            self.depth.extend((0..width).map(depth));
        }
        self.colour.clear();
        self.colour.resize(width * height, [0.0; 4]);
        self.class.clear();
        self.class.resize(width * height, 0);
    }
}

/// A triangle in a picture: weights of its corners are affine in x and y. Corners are x, y and depth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flat {
    corners: [V3; 3],
    /// By x and y, of the second and third corner.
    slopes: [[f32; 2]; 2],
    /// Pixels whose squares it may touch: left, top, and beyond right and bottom.
    pub bounds: [usize; 4],
    /// Pixels whose middles it may hold.
    middles: [usize; 4],
}

/// From the edge of a pixel nearly to its middle.
const NEAR: f32 = 0.45;

/// Room for what lies between two triangles that do not meet exactly.
const SLACK: f32 = -0.01;

impl Flat {
    /// Nothing if the triangle has no area or lies outside.
    #[inline]
    pub(crate) fn new(corners: [V3; 3], width: usize, height: usize) -> Option<Self> {
        let [a, b, c] = corners;
        let area = doubled_area(corners);
        if area.abs() < 1e-9 {
            return None;
        }
        let top = a.y.min(b.y).min(c.y);
        let bottom = a.y.max(b.y).max(c.y);
        let left = a.x.min(b.x).min(c.x);
        let right = a.x.max(b.x).max(c.x);
        if right < 0.0 || bottom < 0.0 || left >= width as f32 || top >= height as f32 {
            return None;
        }
        let inverse = 1.0 / area;
        Some(Self {
            corners,
            slopes: [
                [(c.y - a.y) * inverse, -(c.x - a.x) * inverse],
                [-(b.y - a.y) * inverse, (b.x - a.x) * inverse],
            ],
            bounds: [
                left.max(0.0) as usize,
                top.max(0.0) as usize,
                (right as usize + 1).min(width),
                (bottom as usize + 1).min(height),
            ],
            middles: [
                (left + NEAR).max(0.0) as usize,
                (top + NEAR).max(0.0) as usize,
                ((right + 1.0 - NEAR).max(0.0) as usize).min(width),
                ((bottom + 1.0 - NEAR).max(0.0) as usize).min(height),
            ],
        })
    }

    /// Weights of the corners and the depth, if the point lies within.
    #[inline]
    pub(crate) fn at(&self, x: f32, y: f32) -> Option<([f32; 3], f32)> {
        let [a, b, c] = self.corners;
        let (px, py) = (x - a.x, y - a.y);
        let [wb, wc] = self.slopes;
        let u = px * wb[0] + py * wb[1];
        let v = px * wc[0] + py * wc[1];
        let w = 1.0 - u - v;
        let within = u >= SLACK && v >= SLACK && w >= SLACK;
        within.then_some(([w, u, v], a.z * w + b.z * u + c.z * v))
    }

    /// Whether the triangle may touch the square of a pixel.
    #[inline]
    pub(crate) fn touches(&self, x: usize, y: usize) -> bool {
        let a = self.corners[0];
        let (px, py) = (x as f32 + 0.5 - a.x, y as f32 + 0.5 - a.y);
        let [wb, wc] = self.slopes;
        let u = px * wb[0] + py * wb[1];
        let v = px * wc[0] + py * wc[1];
        // How much the weights change from a pixel's middle to its corners.
        let half = |x: f32, y: f32| -0.5 * (x.abs() + y.abs());
        u >= half(wb[0], wb[1])
            && v >= half(wc[0], wc[1])
            && 1.0 - u - v >= half(wb[0] + wc[0], wb[1] + wc[1])
    }

    /// Pixels whose middles lie within, with the weights of the corners and the depth.
    #[inline]
    pub(crate) fn pixels(&self, mut pixel: impl FnMut(usize, usize, [f32; 3], f32)) {
        let [left, top, right, bottom] = self.middles;
        for y in top..bottom {
            for x in left..right {
                if let Some((weights, z)) = self.at(x as f32 + 0.5, y as f32 + 0.5) {
                    pixel(x, y, weights, z);
                }
            }
        }
    }
}

/// Below zero if the corners run clockwise down the picture: anticlockwise in space, which faces the camera.
pub(crate) fn doubled_area([a, b, c]: [V3; 3]) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)
}

/// Depth only.
pub(crate) fn depth_only(depth: &mut [f32], width: usize, height: usize, corners: [V3; 3]) {
    if let Some(flat) = Flat::new(corners, width, height) {
        flat.pixels(|x, y, _, z| {
            let nearest = &mut depth[y * width + x];
            *nearest = nearest.max(z);
        });
    }
}
