//! Pictures of our own making: encoding and scaling. Nothing here reads foreign bytes.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

/// A picture could not be encoded or scaled.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// JPEG or PNG refused the picture: no pixels, or more than 65535 on a side.
    #[error("encode a picture of {width}x{height}")]
    Encode {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The encoder's reason.
        source: image::ImageError,
    },
    /// Scaling from or to a picture without pixels.
    #[error("scale a picture of {from:?} to {to:?}")]
    Resize {
        /// Width and height before.
        from: (u32, u32),
        /// Width and height asked for.
        to: (u32, u32),
    },
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
    PictureError::Encode {
        width: picture.width(),
        height: picture.height(),
        source,
    }
}

/// Scales to the exact size by Lanczos3 (in the sRGB values, as browsers do).
pub fn resize(picture: &RgbImage, width: u32, height: u32) -> Result<RgbImage, PictureError> {
    let from = picture.dimensions();
    if from == (width, height) {
        return Ok(picture.clone());
    }
    let error = || PictureError::Resize {
        from,
        to: (width, height),
    };
    if from.0 == 0 || from.1 == 0 || width == 0 || height == 0 {
        return Err(error());
    }
    // The source is only read, but the library wants to own or to borrow mutably; a typed view borrows.
    let source =
        fast_image_resize::images::ImageRef::new(from.0, from.1, picture.as_raw(), PixelType::U8x3)
            .map_err(|_| error())?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|_| error())?;
    RgbImage::from_raw(width, height, target.into_vec()).ok_or_else(error)
}

/// Scales down so that the longer side is at most `max_side`; a smaller picture is returned as it is.
pub fn thumbnail(picture: &RgbImage, max_side: u32) -> Result<RgbImage, PictureError> {
    let (width, height) = fit(picture.width(), picture.height(), max_side);
    resize(picture, width, height)
}

/// The size with the longer side at most `max_side`, same proportions, at least one pixel.
pub(crate) fn fit(width: u32, height: u32, max_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= max_side || longest == 0 {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(max_side) + u64::from(longest) / 2) / u64::from(longest);
        (scaled as u32).max(1)
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
        let small = thumbnail(&gradient(400, 300), 100).unwrap();
        assert_eq!(small.dimensions(), (100, 75));
        let middle = small.get_pixel(50, 37).0;
        assert!(
            middle[0].abs_diff(128) < 3 && middle[1].abs_diff(126) < 4,
            "{middle:?}"
        );
        assert_eq!(
            thumbnail(&gradient(30, 20), 100).unwrap().dimensions(),
            (30, 20)
        );
        assert_eq!(fit(5000, 1, 100), (100, 1));
    }

    #[test]
    fn a_picture_without_pixels_is_an_error() {
        assert!(resize(&RgbImage::new(0, 0), 10, 10).is_err());
        assert!(resize(&gradient(4, 4), 0, 10).is_err());
        assert!(encode_png(&RgbImage::new(0, 4)).is_err());
    }
}
