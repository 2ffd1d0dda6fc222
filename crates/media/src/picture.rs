//! Pictures of our own making: encoding and scaling. Nothing here reads foreign bytes.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _, RgbImage, RgbaImage};

/// JPEG or PNG refused the picture: no pixels, or more than 65535 on a side.
#[derive(Debug, thiserror::Error)]
#[error("encode a picture of {width}x{height}")]
pub struct PictureError {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    source: image::ImageError,
}

/// Baseline JPEG; `quality` is 1 to 100 (90 for previews: no visible loss at half a byte per pixel).
pub fn encode_jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality.clamp(1, 100))
        .encode(
            picture.as_raw(),
            picture.width(),
            picture.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|source| encode_error(picture, source))?;
    Ok(out)
}

/// Lossless PNG.
pub fn encode_png(picture: &RgbImage) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(
            picture.as_raw(),
            picture.width(),
            picture.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|source| encode_error(picture, source))?;
    Ok(out)
}

fn encode_error(picture: &RgbImage, source: image::ImageError) -> PictureError {
    PictureError {
        width: picture.width(),
        height: picture.height(),
        source,
    }
}

/// Scales to the exact size by Lanczos3 (in the sRGB values, as browsers do). A picture without pixels, or a size of
/// none, gives a black picture of that size.
pub fn resize(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    if picture.dimensions() == (width, height) {
        return picture.clone();
    }
    let mut target = RgbImage::new(width, height);
    if target.is_empty() || picture.is_empty() {
        return target;
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(picture, &mut target, &options)
        .expect("two RGB8 pictures with pixels can be scaled to each other");
    target
}

/// Scales down so that the longer side is at most `max_side`; a smaller picture is returned as it is.
pub fn thumbnail(picture: &RgbImage, max_side: u32) -> RgbImage {
    let (width, height) = fit(picture.width(), picture.height(), max_side);
    resize(picture, width, height)
}

/// The same for a picture with straight alpha; colours are weighed by it while they are mixed.
pub fn thumbnail_with_alpha(picture: &RgbaImage, max_side: u32) -> RgbaImage {
    let (width, height) = fit(picture.width(), picture.height(), max_side);
    resize_with_alpha(picture, width, height)
}

/// [`resize`] for a picture with straight alpha.
pub fn resize_with_alpha(picture: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    if picture.dimensions() == (width, height) {
        return picture.clone();
    }
    let mut target = RgbaImage::new(width, height);
    if target.is_empty() || picture.is_empty() {
        return target;
    }
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(true);
    Resizer::new()
        .resize(picture, &mut target, &options)
        .expect("two RGBA8 pictures with pixels can be scaled to each other");
    target
}

/// The size with the longer side at most `max_side`, same proportions, at least one pixel where there was one.
pub(crate) fn fit(width: u32, height: u32, max_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= max_side || longest == 0 {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(max_side) + u64::from(longest) / 2) / u64::from(longest);
        (scaled as u32).max(side.min(1))
    };
    (scale(width), scale(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 128])
        })
    }

    #[test]
    fn png_is_lossless_and_jpeg_nearly() {
        let picture = gradient(64, 48);
        let png = image::load_from_memory(&encode_png(&picture).unwrap())
            .unwrap()
            .into_rgb8();
        assert_eq!(png, picture);
        let jpeg = image::load_from_memory(&encode_jpeg(&picture, 95).unwrap())
            .unwrap()
            .into_rgb8();
        let worst = jpeg
            .as_raw()
            .iter()
            .zip(picture.as_raw())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst.unwrap() < 12, "{worst:?}");
    }

    #[test]
    fn a_thumbnail_keeps_proportions_and_content() {
        let small = thumbnail(&gradient(400, 300), 100);
        assert_eq!(small.dimensions(), (100, 75));
        let middle = small.get_pixel(50, 37).0;
        assert!(
            middle[0].abs_diff(128) < 3 && middle[1].abs_diff(126) < 4,
            "{middle:?}"
        );
        assert_eq!(thumbnail(&gradient(30, 20), 100).dimensions(), (30, 20));
        assert_eq!(fit(5000, 1, 100), (100, 1));
    }

    #[test]
    fn a_picture_without_pixels_harms_nobody() {
        assert_eq!(resize(&RgbImage::new(0, 0), 2, 1), RgbImage::new(2, 1));
        assert_eq!(resize(&gradient(4, 4), 0, 10).dimensions(), (0, 10));
        assert_eq!(thumbnail(&RgbImage::new(0, 7), 3).dimensions().0, 0);
        assert!(encode_png(&RgbImage::new(0, 4)).is_err());
        assert!(encode_jpeg(&RgbImage::new(0, 4), 90).is_err());
    }
}
