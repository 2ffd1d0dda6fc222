//! Planar YUV 4:2:0, BT.709, limited range, and opacity where a video is transparent: what the encoder takes.

use std::sync::Arc;

use image::{Rgb, RgbImage};

use crate::warp::Field;

/// One picture for the encoder, with the memory that drawing it needs; made by `Scene::new_frame` and used again.
#[derive(Debug, Clone)]
pub struct Frame {
    width: usize,
    height: usize,
    /// Luma, blue and red difference; then opacity, if there is such a plane.
    bytes: Vec<u8>,
    /// The same for all frames with one background, and only for them.
    background: Arc<()>,
    pub(crate) field: Field,
}

/// ITU-R BT.709 luma weights.
const KR: f32 = 0.2126;
const KG: f32 = 0.7152;
const KB: f32 = 0.0722;

fn to_byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

fn grey([r, g, b]: [f32; 3]) -> f32 {
    KR * r + KG * g + KB * b
}

/// Luma of a colour given in 0 to 255.
pub(crate) fn luma_of(rgb: [f32; 3]) -> u8 {
    to_byte(16.0 + grey(rgb) * (219.0 / 255.0))
}

/// Blue and red difference of a colour given in 0 to 255.
pub(crate) fn chroma_of(rgb: [f32; 3]) -> [u8; 2] {
    let y = grey(rgb);
    let scaled =
        |value: f32, k: f32| to_byte(128.0 + (value - y) / (2.0 * (1.0 - k)) * (224.0 / 255.0));
    [scaled(rgb[2], KB), scaled(rgb[0], KR)]
}

/// A luma value with this share of its light taken away.
pub(crate) fn darken(luma: u8, share: f32) -> u8 {
    to_byte(16.0 + (f32::from(luma) - 16.0) * (1.0 - share))
}

impl Frame {
    /// The frame that shows a picture. Its sides must be even.
    pub fn from_rgb(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut bytes = vec![0; width * height * 3 / 2];
        let rgb = picture.as_raw();
        let at = |x: usize, y: usize| {
            let k = (y * width + x) * 3;
            [rgb[k], rgb[k + 1], rgb[k + 2]].map(f32::from)
        };
        let (luma, chroma) = bytes.split_at_mut(width * height);
        let (blue, red) = chroma.split_at_mut(width * height / 4);
        for y in 0..height {
            for x in 0..width {
                luma[y * width + x] = luma_of(at(x, y));
            }
        }
        for y in 0..height / 2 {
            for x in 0..width / 2 {
                let (px, py) = (x * 2, y * 2);
                let four = [
                    at(px, py),
                    at(px + 1, py),
                    at(px, py + 1),
                    at(px + 1, py + 1),
                ];
                let mean = std::array::from_fn(|k| four.iter().map(|c| c[k]).sum::<f32>() * 0.25);
                [blue[y * width / 2 + x], red[y * width / 2 + x]] = chroma_of(mean);
            }
        }
        Self {
            width,
            height,
            bytes,
            background: Arc::new(()),
            field: Field::default(),
        }
    }

    /// The picture in sRGB.
    pub fn to_rgb(&self) -> RgbImage {
        let (luma, blue, red) = self.planes();
        let alpha = self.alpha();
        RgbImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let half = y / 2 * (self.width / 2) + x / 2;
            let grey = (f32::from(luma[y * self.width + x]) - 16.0) * (255.0 / 219.0);
            let blue = (f32::from(blue[half]) - 128.0) * (255.0 / 224.0) * 2.0 * (1.0 - KB);
            let red = (f32::from(red[half]) - 128.0) * (255.0 / 224.0) * 2.0 * (1.0 - KR);
            let green = -(KB * blue + KR * red) / KG;
            let over_white = |c: u8| match alpha {
                None => c,
                Some(alpha) => crate::cut::mixed(c, 255, alpha[y * self.width + x]),
            };
            Rgb([red, green, blue].map(|d| over_white(to_byte(grey + d))))
        })
    }

    /// Whether both frames come from the same still.
    pub fn shows_background_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.background, &other.background)
    }

    /// Draws a rectangle of pixels: `rgb` has red, green and blue of each, row by row, `width` pixels in a row. `left`,
    /// `top`, `width` and the number of rows are even, and the rectangle lies within the frame; what does not is left out.
    pub fn put_rgb(&mut self, left: usize, top: usize, width: usize, rgb: &[u8]) {
        if width == 0 || left + width > self.width {
            return;
        }
        let rows = (rgb.len() / (width * 3)).min(self.height.saturating_sub(top)) & !1;
        let (frame_width, half) = (self.width, self.width / 2);
        let at = |x: usize, y: usize| {
            let k = (y * width + x) * 3;
            [rgb[k], rgb[k + 1], rgb[k + 2]].map(f32::from)
        };
        let (luma, blue, red) = self.planes_mut();
        for y in (0..rows).step_by(2) {
            for x in (0..width & !1).step_by(2) {
                let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                for (k, colour) in four.into_iter().enumerate() {
                    luma[(top + y + k / 2) * frame_width + left + x + k % 2] = luma_of(colour);
                }
                let mean = std::array::from_fn(|k| four.iter().map(|c| c[k]).sum::<f32>() * 0.25);
                let k = ((top + y) >> 1) * half + ((left + x) >> 1);
                [blue[k], red[k]] = chroma_of(mean);
            }
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Luma, blue and red difference.
    pub(crate) fn planes(&self) -> (&[u8], &[u8], &[u8]) {
        let size = self.width * self.height;
        let (luma, chroma) = self.bytes.split_at(size);
        let (blue, red) = chroma[..size / 2].split_at(size / 4);
        (luma, blue, red)
    }

    pub(crate) fn planes_mut(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let size = self.width * self.height;
        let (luma, chroma) = self.bytes.split_at_mut(size);
        let (blue, red) = chroma[..size / 2].split_at_mut(size / 4);
        (luma, blue, red)
    }

    /// Opacity, 0 to 255, of a transparent frame; its colours are straight, not multiplied by it.
    pub fn alpha(&self) -> Option<&[u8]> {
        let size = self.width * self.height;
        self.bytes.get(size * 3 / 2..).filter(|a| a.len() == size)
    }

    /// Gives the frame a plane of opacity.
    pub fn set_alpha(&mut self, alpha: &[u8]) {
        let size = self.width * self.height;
        self.bytes.truncate(size * 3 / 2);
        self.bytes.extend_from_slice(&alpha[..size]);
    }

    /// Sets the opacity of a rectangle as [`Self::put_rgb`] sets its colours, if the frame has such a plane.
    pub fn put_alpha(&mut self, left: usize, top: usize, width: usize, values: &[u8]) {
        let (frame_width, size) = (self.width, self.width * self.height);
        if width == 0 || left + width > frame_width {
            return;
        }
        let plane = self.bytes.get_mut(size * 3 / 2..).unwrap_or_default();
        let rows = plane.chunks_mut(frame_width).skip(top);
        for (row, values) in rows.zip(values.chunks_exact(width)) {
            row[left..left + width].copy_from_slice(values);
        }
    }

    /// Sets the opacity of some pixels, if the frame has such a plane.
    pub(crate) fn set_alpha_at<const N: usize>(&mut self, pixels: [usize; N], values: [u8; N]) {
        let size = self.width * self.height;
        if let Some(alpha) = self.bytes.get_mut(size * 3 / 2..).filter(|a| !a.is_empty()) {
            for (pixel, value) in pixels.into_iter().zip(values) {
                alpha[pixel] = value;
            }
        }
    }

    /// Makes a pixel of a transparent frame more opaque by what lies over it.
    pub(crate) fn cover(&mut self, pixel: usize, over: u8) {
        let size = self.width * self.height;
        if let Some(alpha) = self.bytes.get_mut(size * 3 / 2 + pixel) {
            *alpha = crate::cut::mixed(255, *alpha, over);
        }
    }

    /// A copy without what drawing needs: to lay something over, and used again by [`Self::copy_picture`].
    #[must_use]
    pub fn picture(&self) -> Self {
        Self {
            width: self.width,
            height: self.height,
            bytes: self.bytes.clone(),
            background: Arc::new(()),
            field: Field::default(),
        }
    }

    /// A black picture; sides are even.
    pub fn black(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        let mut bytes = vec![16; width * height];
        bytes.resize(width * height * 3 / 2, 128);
        Self {
            width,
            height,
            bytes,
            background: Arc::new(()),
            field: Field::default(),
        }
    }

    /// The bytes of luma and chroma, to be filled with an opaque picture that no actor draws.
    pub fn fill(&mut self) -> &mut [u8] {
        // Whoever draws into it next must not take it for its own.
        self.background = Arc::new(());
        self.bytes.truncate(self.width * self.height * 3 / 2);
        &mut self.bytes
    }

    /// The bytes of luma, chroma and opacity, to be changed by who draws.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Takes the picture of another frame, which may be of another size.
    pub fn copy_picture(&mut self, other: &Self) {
        (self.width, self.height) = (other.width, other.height);
        self.bytes.clone_from(&other.bytes);
        self.background = Arc::new(());
    }

    /// Luma, then both chroma planes at half size, without padding: I420. The opacity of a transparent frame, at full
    /// size, comes last.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_drawn_as_a_whole_picture_is() {
        let picture = RgbImage::from_fn(8, 6, |x, y| Rgb([x as u8 * 30, y as u8 * 40, 90]));
        let mut frame = Frame::from_rgb(&RgbImage::new(8, 6));
        let part: Vec<u8> = (2..6)
            .flat_map(|y| (2..6).map(move |x| (x, y)))
            .flat_map(|(x, y)| picture.get_pixel(x, y).0)
            .collect();
        frame.put_rgb(2, 2, 4, &part);
        let whole = Frame::from_rgb(&picture).to_rgb();
        for (x, y, pixel) in frame.to_rgb().enumerate_pixels() {
            let inside = (2..6).contains(&x) && (2..6).contains(&y);
            let wanted = if inside {
                whole.get_pixel(x, y)
            } else {
                &Rgb([0, 0, 0])
            };
            assert_eq!(pixel, wanted, "{x} {y}");
        }
    }

    #[test]
    fn colours_match_the_reference_matrix() {
        // 8-bit values of ITU-R BT.709 limited range for the primaries, white and black.
        let cases = [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
        ];
        for (rgb, yuv) in cases {
            let frame = Frame::from_rgb(&RgbImage::from_pixel(4, 2, Rgb(rgb)));
            let bytes = frame.as_bytes();
            assert_eq!([bytes[0], bytes[8], bytes[10]], yuv, "{rgb:?}");
            assert_eq!(bytes.len(), 12);
            for (back, value) in frame.to_rgb().get_pixel(0, 0).0.into_iter().zip(rgb) {
                assert!(back.abs_diff(value) <= 2, "{rgb:?} came back as {back}");
            }
        }
    }
}
