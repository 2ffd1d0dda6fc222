//! What never moves in a frame: the backdrop, and the clothes before it.

use crate::strands::Layer;
use crate::tones::Tones;
use crate::vector::{V3, v3};

/// A part of a frame, in whole and even pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// What never moves, in the area where something does.
#[derive(Debug)]
pub(crate) struct Plate {
    pub area: Area,
    pub backdrop: Vec<V3>,
    /// Opacity of the backdrop.
    pub solid: f32,
    pub clothes: Vec<[f32; 4]>,
    /// How much of each pixel clothes cover.
    pub cover: Vec<Cover>,
    /// Both as they look where nothing moves.
    pub rgb: Vec<u8>,
    pub alpha: Vec<u8>,
}

/// How much of a pixel is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    Nothing,
    Part,
    All,
}

impl Cover {
    fn of(opacity: f32) -> Self {
        if opacity <= 0.0 {
            Self::Nothing
        } else if opacity < 1.0 {
            Self::Part
        } else {
            Self::All
        }
    }
}

impl Plate {
    pub(crate) fn new(
        backdrop: Vec<V3>,
        clothes: Layer,
        clear: bool,
        tones: &Tones,
        area: Area,
    ) -> Self {
        let solid = if clear { 0.0 } else { 1.0 };
        let clothes = clothes.pixels;
        let mut rgb = Vec::with_capacity(backdrop.len() * 3);
        let mut alpha = Vec::with_capacity(backdrop.len());
        for (&c, &clothes) in backdrop.iter().zip(&clothes) {
            let open = (1.0 - solid) * (1.0 - clothes[3]);
            let (bytes, opacity) = tones.bytes_and_alpha(over(c * solid, clothes), open);
            rgb.extend(bytes);
            alpha.push(opacity);
        }
        Self {
            area,
            backdrop,
            solid,
            cover: clothes.iter().map(|c| Cover::of(c[3])).collect(),
            clothes,
            rgb,
            alpha,
        }
    }

    /// Whether clothes hide whatever lies behind them at a pixel of the frame.
    pub(crate) fn hides(&self, x: usize, y: usize) -> bool {
        let (x, y) = (
            x.wrapping_sub(self.area.left),
            y.wrapping_sub(self.area.top),
        );
        x < self.area.width
            && y < self.area.height
            && self.cover[y * self.area.width + x] == Cover::All
    }

    /// A part of it.
    pub(crate) fn cut(&self, area: Area) -> Self {
        Self {
            area,
            backdrop: self.rows(&self.backdrop, area, 1),
            solid: self.solid,
            clothes: self.rows(&self.clothes, area, 1),
            cover: self.rows(&self.cover, area, 1),
            rgb: self.rows(&self.rgb, area, 3),
            alpha: self.rows(&self.alpha, area, 1),
        }
    }

    fn rows<T: Copy>(&self, from: &[T], area: Area, each: usize) -> Vec<T> {
        let mut rows = Vec::with_capacity(area.width * area.height * each);
        for y in area.top..area.top + area.height {
            let start = ((y - self.area.top) * self.area.width + area.left - self.area.left) * each;
            rows.extend_from_slice(&from[start..start + area.width * each]);
        }
        rows
    }
}

/// A colour seen through one that is multiplied by its opacity.
pub(crate) fn over(below: V3, above: [f32; 4]) -> V3 {
    below * (1.0 - above[3]) + v3(above[0], above[1], above[2])
}
