//! Where things of the studio lie in the picture.

use crate::vector::{V3, v3};

/// A long lens in front of the presenter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Pixels a unit of length in the plane of the origin.
    pub scale: f32,
    /// Middle of the picture.
    pub middle: [f32; 2],
    /// Height that the lens looks at.
    pub height: f32,
}

/// At least so much must be seen, in units: from above the hair to below the collar, and from shoulder to shoulder.
const HEIGHT: f32 = 3.9;
const WIDTH: f32 = 3.4;

/// From the origin to the lens.
pub(crate) const DISTANCE: f32 = 17.0;

impl View {
    /// Frames head and shoulders: the eyes a little over the middle of the upper half.
    pub(crate) fn framing(width: usize, height: usize) -> Self {
        let (w, h) = (width as f32, height as f32);
        let units = HEIGHT.max(WIDTH * h / w);
        let top = 7.285 + 1.67 + (units - HEIGHT) * 0.25;
        Self {
            scale: h / units / (DISTANCE / (DISTANCE - 1.0)),
            middle: [w * 0.5, h * 0.5],
            height: top - units * 0.5,
        }
    }

    pub(crate) fn scaled(self, factor: f32) -> Self {
        Self {
            scale: self.scale * factor,
            middle: self.middle.map(|v| v * factor),
            ..self
        }
    }

    pub(crate) fn moved(self, left: f32, top: f32) -> Self {
        Self {
            middle: [self.middle[0] - left, self.middle[1] - top],
            ..self
        }
    }

    /// Pixel and depth.
    pub(crate) fn project(&self, p: V3) -> V3 {
        let k = self.scale * DISTANCE / (DISTANCE - p.z);
        v3(
            self.middle[0] + p.x * k,
            self.middle[1] - (p.y - self.height) * k,
            p.z,
        )
    }

    /// From a place towards the lens.
    pub(crate) fn towards(&self, p: V3) -> V3 {
        (v3(0.0, self.height, DISTANCE) - p).unit()
    }

    /// The place at a depth that a pixel shows.
    pub(crate) fn place(&self, x: f32, y: f32, z: f32) -> V3 {
        let k = self.scale * DISTANCE / (DISTANCE - z);
        v3(
            (x - self.middle[0]) / k,
            self.height - (y - self.middle[1]) / k,
            z,
        )
    }
}
