//! Upright boxes in picture pixels.

use image::RgbImage;

use crate::sample::Region;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Area {
    pub(crate) fn of_picture(picture: &RgbImage) -> Self {
        Self {
            left: 0.0,
            top: 0.0,
            right: picture.width() as f32,
            bottom: picture.height() as f32,
        }
    }

    /// The box of an upright region.
    pub(crate) fn around(region: Region) -> Self {
        let half = region.side / 2.0;
        Self {
            left: region.center[0] - half,
            top: region.center[1] - half,
            right: region.center[0] + half,
            bottom: region.center[1] + half,
        }
    }

    /// The smallest box around points; empty and inside out without points.
    pub(crate) fn of_points(points: impl IntoIterator<Item = [f32; 2]>) -> Self {
        let start = Self {
            left: f32::MAX,
            top: f32::MAX,
            right: f32::MIN,
            bottom: f32::MIN,
        };
        points.into_iter().fold(start, |area, [x, y]| Self {
            left: area.left.min(x),
            top: area.top.min(y),
            right: area.right.max(x),
            bottom: area.bottom.max(y),
        })
    }

    pub(crate) fn width(self) -> f32 {
        self.right - self.left
    }

    pub(crate) fn height(self) -> f32 {
        self.bottom - self.top
    }

    pub(crate) fn longer(self) -> f32 {
        self.width().max(self.height())
    }

    pub(crate) fn center(self) -> [f32; 2] {
        [
            f32::midpoint(self.left, self.right),
            f32::midpoint(self.top, self.bottom),
        ]
    }

    /// Intersection over union, 0..1.
    pub(crate) fn overlap(self, other: Self) -> f32 {
        let common = self.common(other);
        common / (self.surface() + other.surface() - common).max(f32::MIN_POSITIVE)
    }

    /// How much of this box lies inside the other one, 0..1.
    pub(crate) fn share_inside(self, other: Self) -> f32 {
        self.common(other) / self.surface().max(f32::MIN_POSITIVE)
    }

    fn surface(self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    fn common(self, other: Self) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }
}

impl From<[f32; 4]> for Area {
    fn from([left, top, right, bottom]: [f32; 4]) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }
}

impl From<Area> for [f32; 4] {
    fn from(area: Area) -> Self {
        [area.left, area.top, area.right, area.bottom]
    }
}
