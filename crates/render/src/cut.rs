//! A photo's person in front of something else, or of nothing: opacity moves with the mesh as colours do, what is behind
//! stands still.

use image::{GrayImage, Rgb, RgbImage};

use crate::frame::Frame;
use crate::layout;
use crate::raster::Raster;
use crate::warp::{Area, Canvas, Field};

/// What is seen behind a person who was cut out of the photo.
#[derive(Debug, Clone, PartialEq)]
pub enum Behind {
    /// Nothing: frames have a plane of opacity.
    Nothing,
    /// One colour, as red, green, blue.
    Colour([u8; 3]),
    /// A picture that fills the frame; what lies outside is cut.
    Picture(RgbImage),
}

impl Behind {
    /// As a frame; `None` is nothing.
    pub(crate) fn frame(&self, width: u32, height: u32) -> Option<Frame> {
        match self {
            Self::Nothing => None,
            Self::Colour(colour) => Some(Frame::from_rgb(&RgbImage::from_pixel(
                width,
                height,
                Rgb(*colour),
            ))),
            Self::Picture(picture) => {
                Some(Frame::from_rgb(&layout::filling(picture, width, height)))
            }
        }
    }
}

/// What the neighbourhood of a pixel, as far as sampling reaches, is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Clear,
    Mixed,
    Solid,
}

/// The opacity of a scene's still, and what is behind it.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    alpha: Raster<1>,
    /// For each pixel of the moving area.
    kinds: Vec<Kind>,
    area: Area,
    /// `None` where frames are transparent.
    behind: Option<Frame>,
}

impl Cut {
    /// `alpha` has the frame's size; `behind` too, if there is something.
    pub(crate) fn new(
        alpha: &GrayImage,
        canvas: &Canvas,
        bounds: Area,
        behind: Option<Frame>,
    ) -> Self {
        let area = canvas.area();
        Self {
            alpha: Raster::new([alpha.as_raw()], alpha.width() as usize, bounds, area),
            kinds: kinds(alpha, area),
            area,
            behind,
        }
    }

    /// Puts the whole still, as it is at rest, in front of what is behind it.
    pub(crate) fn lay(alpha: &GrayImage, behind: Option<&Frame>, still: &mut Frame) {
        let Some(behind) = behind else {
            still.set_alpha(alpha.as_raw());
            return;
        };
        let alpha = alpha.as_raw();
        let width = still.width();
        let (luma, blue, red) = still.planes_mut();
        let (behind_luma, behind_blue, behind_red) = behind.planes();
        for ((pixel, &under), &a) in luma.iter_mut().zip(behind_luma).zip(alpha) {
            *pixel = mixed(*pixel, under, a);
        }
        let half = width / 2;
        for k in 0..blue.len() {
            let first = k / half * 2 * width + k % half * 2;
            let four = [first, first + 1, first + width, first + width + 1].map(|k| alpha[k]);
            let a = mean(four);
            blue[k] = mixed(blue[k], behind_blue[k], a);
            red[k] = mixed(red[k], behind_red[k], a);
        }
    }

    /// The same for the band that the canvas has drawn into the frame.
    pub(crate) fn draw(&self, canvas: &Canvas, field: &Field, frame: &mut Frame) {
        let stride = frame.width();
        for (pair, start, rows) in canvas.rows(field) {
            let top = self.area.top + 2 * pair;
            let left = self.area.left + start;
            for k in 0..rows[0][0].len() / 2 {
                let at = |row: usize, column: usize| rows[row].map(|places| places[2 * k + column]);
                let places = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
                let kinds = places.map(|place| self.kind(place));
                let first = top * stride + left + 2 * k;
                let pixels = [first, first + 1, first + stride, first + stride + 1];
                let chroma = (top / 2) * (stride / 2) + left / 2 + k;
                if kinds == [Kind::Solid; 4] {
                    frame.set_alpha_at(pixels, [255; 4]);
                    continue;
                }
                let alphas = std::array::from_fn(|k| match kinds[k] {
                    Kind::Clear => 0,
                    Kind::Solid => 255,
                    Kind::Mixed => {
                        let [alpha] = self.alpha.sample(places[k]);
                        alpha
                    }
                });
                match &self.behind {
                    None => frame.set_alpha_at(pixels, alphas),
                    Some(behind) => blend(frame, behind, pixels, chroma, alphas),
                }
            }
        }
    }

    fn kind(&self, [x, y]: [i32; 2]) -> Kind {
        let within = |value: i32, size: usize| {
            (value >> crate::raster::FRACTION).clamp(0, size as i32 - 1) as usize
        };
        let (x, y) = (within(x, self.area.width), within(y, self.area.height));
        self.kinds[y * self.area.width + x]
    }
}

/// Four luma pixels and their chroma.
fn blend(frame: &mut Frame, behind: &Frame, pixels: [usize; 4], chroma: usize, alphas: [u8; 4]) {
    let (luma, blue, red) = frame.planes_mut();
    let (behind_luma, behind_blue, behind_red) = behind.planes();
    for (pixel, alpha) in pixels.into_iter().zip(alphas) {
        luma[pixel] = mixed(luma[pixel], behind_luma[pixel], alpha);
    }
    let alpha = mean(alphas);
    blue[chroma] = mixed(blue[chroma], behind_blue[chroma], alpha);
    red[chroma] = mixed(red[chroma], behind_red[chroma], alpha);
}

fn mean(alphas: [u8; 4]) -> u8 {
    ((alphas.iter().map(|&a| u32::from(a)).sum::<u32>() + 2) / 4) as u8
}

/// `over` at the opacity `alpha` on `under`.
pub(crate) fn mixed(over: u8, under: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(over) * alpha + u32::from(under) * (255 - alpha) + 127) / 255) as u8
}

/// Sampling at a place between pixels reads one pixel before and two behind, in both directions.
fn kinds(alpha: &GrayImage, area: Area) -> Vec<Kind> {
    let (width, height) = (alpha.width() as usize, alpha.height() as usize);
    let values = alpha.as_raw();
    // Extremes along rows, then of those along columns.
    let mut rows = vec![[255_u8, 0]; width * height];
    for (y, row) in values.chunks_exact(width).enumerate() {
        for x in 0..width {
            let near = &row[x.saturating_sub(1)..(x + 3).min(width)];
            let low = near.iter().copied().min().unwrap_or(0);
            let high = near.iter().copied().max().unwrap_or(0);
            rows[y * width + x] = [low, high];
        }
    }
    let mut kinds = Vec::with_capacity(area.width * area.height);
    for y in area.top..area.top + area.height {
        let near = y.saturating_sub(1)..(y + 3).min(height);
        for x in area.left..area.left + area.width {
            let column = near.clone().map(|y| rows[y * width + x]);
            let [low, high] =
                column.fold([255, 0], |[low, high], [l, h]| [low.min(l), high.max(h)]);
            kinds.push(match (low, high) {
                (255, _) => Kind::Solid,
                (_, 0) => Kind::Clear,
                _ => Kind::Mixed,
            });
        }
    }
    kinds
}
