//! A small picture laid over finished frames: a watermark, a caption. Converted once, blended for each frame.

use image::RgbaImage;

use crate::cut::mixed;
use crate::frame::{Frame, chroma_of, luma_of};

/// A picture with transparency at a place of a frame.
#[derive(Debug, Clone)]
pub struct Overlay {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    luma: Vec<u8>,
    alpha: Vec<u8>,
    /// Blue and red difference and opacity at half size.
    chroma: Vec<[u8; 3]>,
}

impl Overlay {
    /// `picture` has straight alpha, which `opacity` (0..1) lowers; its upper left corner comes to `left`, `top`, in pixels
    /// of the frame. What reaches over a frame's edge is cut there.
    pub fn new(picture: &RgbaImage, left: u32, top: u32, opacity: f32) -> Self {
        // Chroma has half the size: the picture begins at even places and ends there.
        let (skip_x, skip_y) = (left as usize % 2, top as usize % 2);
        let width = (picture.width() as usize + skip_x).next_multiple_of(2);
        let height = (picture.height() as usize + skip_y).next_multiple_of(2);
        let opacity = opacity.clamp(0.0, 1.0);
        let at = |x: usize, y: usize| -> [f32; 4] {
            let (Some(x), Some(y)) = (x.checked_sub(skip_x), y.checked_sub(skip_y)) else {
                return [0.0; 4];
            };
            let pixel = picture.get_pixel_checked(x as u32, y as u32);
            pixel.map_or([0.0; 4], |p| p.0.map(f32::from))
        };
        let mut overlay = Self {
            left: left as usize - skip_x,
            top: top as usize - skip_y,
            width,
            height,
            luma: Vec::with_capacity(width * height),
            alpha: Vec::with_capacity(width * height),
            chroma: Vec::with_capacity(width * height / 4),
        };
        for y in 0..height {
            for x in 0..width {
                let [r, g, b, a] = at(x, y);
                overlay.luma.push(luma_of([r, g, b]));
                overlay.alpha.push((a * opacity + 0.5) as u8);
            }
        }
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                let whole: f32 = four.iter().map(|p| p[3]).sum();
                let mean = [0, 1, 2]
                    .map(|c| four.iter().map(|p| p[c] * p[3]).sum::<f32>() / whole.max(1.0));
                let [blue, red] = chroma_of(mean);
                let alpha = (whole * 0.25 * opacity + 0.5) as u8;
                overlay.chroma.push([blue, red, alpha]);
            }
        }
        overlay
    }

    /// Lays the picture over a frame; of a transparent one it makes those pixels visible.
    pub fn draw(&self, frame: &mut Frame) {
        let (width, height) = (frame.width(), frame.height());
        let columns = self.width.min(width.saturating_sub(self.left)) & !1;
        let rows = self.height.min(height.saturating_sub(self.top)) & !1;
        let transparent = frame.alpha().map(<[u8]>::to_vec);
        let (luma, blue, red) = frame.planes_mut();
        for y in 0..rows {
            let start = (self.top + y) * width + self.left;
            for x in 0..columns {
                let (k, own) = (start + x, y * self.width + x);
                let alpha = share(self.alpha[own], transparent.as_deref().map(|a| a[k]));
                luma[k] = mixed(self.luma[own], luma[k], alpha);
            }
        }
        for y in (0..rows).step_by(2) {
            for x in (0..columns).step_by(2) {
                let k = ((self.top + y) >> 1) * (width / 2) + ((self.left + x) >> 1);
                let [own_blue, own_red, alpha] = self.chroma[y / 2 * (self.width / 2) + x / 2];
                let first = (self.top + y) * width + self.left + x;
                let alpha = share(alpha, transparent.as_deref().map(|a| a[first]));
                blue[k] = mixed(own_blue, blue[k], alpha);
                red[k] = mixed(own_red, red[k], alpha);
            }
        }
        if transparent.is_some() {
            for y in 0..rows {
                let start = (self.top + y) * width + self.left;
                for x in 0..columns {
                    frame.cover(start + x, self.alpha[y * self.width + x]);
                }
            }
        }
    }
}

/// How much of a pixel's straight colour comes from the picture that lies over it: all of it where the frame itself is
/// clear.
fn share(over: u8, under: Option<u8>) -> u8 {
    let Some(under) = under else {
        return over;
    };
    let (over, under) = (u32::from(over), u32::from(under));
    let whole = 255 * over + under * (255 - over);
    if whole == 0 {
        return 0;
    }
    ((255 * 255 * over + whole / 2) / whole) as u8
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Rgb, RgbImage, Rgba};

    use super::*;

    #[test]
    fn a_half_transparent_mark_is_mixed_and_cut_at_the_edge() {
        let mut frame = Frame::from_rgb(&RgbImage::from_pixel(16, 16, Rgb([0, 0, 0])));
        let mark = RgbaImage::from_pixel(9, 9, Rgba([255, 255, 255, 255]));
        Overlay::new(&mark, 11, 11, 0.5).draw(&mut frame);
        let picture = frame.to_rgb();
        assert_eq!(picture.get_pixel(9, 9).0, [0, 0, 0]);
        for at in [(12, 12), (15, 15)] {
            let value = picture.get_pixel(at.0, at.1).0[0];
            assert!(value.abs_diff(128) < 4, "{value} at {at:?}");
        }
    }

    #[test]
    fn a_mark_on_nothing_keeps_its_colour_and_becomes_opaque() {
        let mut frame = Frame::from_rgb(&RgbImage::from_pixel(16, 16, Rgb([0, 200, 0])));
        frame.set_alpha(GrayImage::new(16, 16).as_raw());
        let mark = RgbaImage::from_pixel(4, 4, Rgba([250, 10, 10, 128]));
        Overlay::new(&mark, 4, 4, 1.0).draw(&mut frame);
        let alpha = frame.alpha().expect("a plane of opacity");
        assert_eq!((alpha[5 * 16 + 5], alpha[0]), (128, 0));
        let luma = frame.as_bytes()[5 * 16 + 5];
        assert!(luma.abs_diff(luma_of([250.0, 10.0, 10.0])) <= 1, "{luma}");
    }
}
