//! The decoding itself. Runs in the worker only.

use std::io::Cursor;

use ::image::error::{ImageError, LimitErrorKind};
use ::image::metadata::Orientation;
use ::image::{
    ColorType, DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage, RgbaImage,
};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use serde::{Deserialize, Serialize};

use super::ImageFormat;
use crate::picture;

/// What the server asks of the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub format: ImageFormat,
    pub max_bytes: u64,
    pub max_pixels: u64,
    pub max_side: u32,
    pub memory_bytes: u64,
    pub cpu_s: u64,
    /// Whether transparency is kept (four bytes a pixel, straight) rather than laid over white (three).
    #[serde(default)]
    pub keep_alpha: bool,
}

impl Request {
    /// Bytes of a pixel in the answer.
    pub(crate) fn pixel_bytes(&self) -> usize {
        if self.keep_alpha { 4 } else { 3 }
    }
}

/// First line of the worker's answer; after `Decoded` follow the pixels.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Decoded(Header),
    Refused(Refusal),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    pub width: u32,
    pub height: u32,
    pub format: ImageFormat,
    pub source_size: (u32, u32),
    pub oriented: bool,
    pub had_alpha: bool,
    /// Whether Landlock was in force.
    pub confined: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Refusal {
    TooManyPixels { width: u32, height: u32, max: u64 },
    Damaged(String),
    Unsupported(String),
    OutOfMemory,
}

/// Decodes to an upright picture no larger than asked for, and gives its pixels.
pub(crate) fn decode(bytes: Vec<u8>, request: &Request) -> Result<(Header, Vec<u8>), Refusal> {
    let format = match request.format {
        ImageFormat::Jpeg => ::image::ImageFormat::Jpeg,
        ImageFormat::Png => ::image::ImageFormat::Png,
        ImageFormat::WebP => ::image::ImageFormat::WebP,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(request.memory_bytes / 4 * 3);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > request.max_pixels {
        return Err(Refusal::TooManyPixels {
            width,
            height,
            max: request.max_pixels,
        });
    }
    if width == 0 || height == 0 {
        return Err(Refusal::Damaged("it has no pixels".into()));
    }
    // A damaged EXIF block is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // Nor is a damaged colour profile.
    let profile = decoder.icc_profile().ok().flatten();
    let color = decoder.color_type();
    let mut raw = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut raw).map_err(refusal)?;
    let mut pixels = if request.keep_alpha {
        to_rgba(raw, color)?
    } else {
        to_opaque_rgb(raw, color)?
    };
    if let Some(profile) = profile.filter(|_| color.has_color()) {
        to_srgb(&mut pixels, width as usize, request, &profile);
    }
    let picture = if request.keep_alpha {
        RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
    } else {
        RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    let mut picture =
        picture.ok_or_else(|| Refusal::Damaged("its pixels do not fill it".into()))?;
    picture.apply_orientation(orientation);
    let source_size = (picture.width(), picture.height());
    let image = shrink(picture, request.max_side);
    let header = Header {
        width: image.width(),
        height: image.height(),
        format: request.format,
        source_size,
        oriented: orientation != Orientation::NoTransforms,
        had_alpha: color.has_alpha(),
        confined: false,
    };
    Ok((header, image.into_bytes()))
}

fn shrink(image: DynamicImage, max_side: u32) -> DynamicImage {
    if image.width().max(image.height()) <= max_side {
        return image;
    }
    match image {
        DynamicImage::ImageRgba8(image) => {
            DynamicImage::ImageRgba8(picture::thumbnail_with_alpha(&image, max_side))
        }
        other => DynamicImage::ImageRgb8(picture::thumbnail(&other.into_rgb8(), max_side)),
    }
}

/// Brings every layout of the three formats to RGBA8, straight; 16-bit samples are in native order.
fn to_rgba(raw: Vec<u8>, color: ColorType) -> Result<Vec<u8>, Refusal> {
    Ok(match color {
        ColorType::Rgba8 => raw,
        ColorType::La8 => map_pixels(&raw, 2, |p| [p[0], p[0], p[0], p[1]]),
        ColorType::La16 => map_pixels(&raw, 4, |p| {
            let grey = narrowed(p);
            [grey, grey, grey, narrowed(&p[2..])]
        }),
        ColorType::Rgba16 => map_pixels(&raw, 8, |p| [0, 2, 4, 6].map(|k| narrowed(&p[k..]))),
        opaque => {
            let rgb = to_opaque_rgb(raw, opaque)?;
            map_pixels(&rgb, 3, |p| [p[0], p[1], p[2], 255])
        }
    })
}

/// The first two bytes, a 16-bit sample, as an 8-bit one.
fn narrowed(pair: &[u8]) -> u8 {
    let value = u32::from(u16::from_ne_bytes([pair[0], pair[1]]));
    ((value * 255 + 32_767) / 65_535) as u8
}

/// Brings every layout of the three formats to RGB8; alpha is laid over white in the stored values, as browsers do.
/// 16-bit samples are in native order.
fn to_opaque_rgb(raw: Vec<u8>, color: ColorType) -> Result<Vec<u8>, Refusal> {
    let wide = narrowed;
    Ok(match color {
        ColorType::Rgb8 => raw,
        ColorType::L8 => map_pixels(&raw, 1, |p| [p[0]; 3]),
        ColorType::La8 => map_pixels(&raw, 2, |p| over_white([p[0]; 3], p[1])),
        ColorType::Rgba8 => map_pixels(&raw, 4, |p| over_white([p[0], p[1], p[2]], p[3])),
        ColorType::L16 => map_pixels(&raw, 2, |p| [wide(p); 3]),
        ColorType::La16 => map_pixels(&raw, 4, |p| over_white([wide(p); 3], wide(&p[2..]))),
        ColorType::Rgb16 => map_pixels(&raw, 6, |p| [wide(p), wide(&p[2..]), wide(&p[4..])]),
        ColorType::Rgba16 => map_pixels(&raw, 8, |p| {
            over_white([wide(p), wide(&p[2..]), wide(&p[4..])], wide(&p[6..]))
        }),
        other => return Err(Refusal::Unsupported(format!("pixels of type {other:?}"))),
    })
}

/// One allocation of the right size: growing would need twice the memory, which is limited.
fn map_pixels<const N: usize>(
    raw: &[u8],
    pixel_bytes: usize,
    convert: impl Fn(&[u8]) -> [u8; N],
) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(raw.len() / pixel_bytes * N);
    for pixel in raw.chunks_exact(pixel_bytes) {
        rgb.extend_from_slice(&convert(pixel));
    }
    rgb
}

/// Brings the colours of a profile (telephones write Display P3) to sRGB, row by row. A profile that is damaged or not
/// for RGB (a CMYK file's has been used up by then) leaves them as they are.
fn to_srgb(pixels: &mut [u8], width: usize, request: &Request, profile: &[u8]) {
    let Ok(from) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if from.color_space != DataColorSpace::Rgb {
        return;
    }
    let to = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let layout = if request.keep_alpha {
        Layout::Rgba
    } else {
        Layout::Rgb
    };
    let Ok(transform) = from.create_transform_8bit(layout, &to, layout, options) else {
        return;
    };
    let mut converted = vec![0; width * request.pixel_bytes()];
    for row in pixels.chunks_exact_mut(width * request.pixel_bytes()) {
        if transform.transform(row, &mut converted).is_err() {
            return;
        }
        row.copy_from_slice(&converted);
    }
}

fn over_white(rgb: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u32::from(alpha);
    rgb.map(|c| ((u32::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::InsufficientMemory) => {
            Refusal::OutOfMemory
        }
        ImageError::Unsupported(what) => Refusal::Unsupported(short(&what.to_string())),
        other => Refusal::Damaged(short(&other.to_string())),
    }
}

/// Decoder messages may quote the file; they are kept short and printable.
fn short(message: &str) -> String {
    message
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_becomes_opaque_rgb() {
        let wide = |values: &[u16]| {
            values
                .iter()
                .flat_map(|v| v.to_ne_bytes())
                .collect::<Vec<_>>()
        };
        for (raw, color, expected) in [
            (vec![9], ColorType::L8, [9, 9, 9]),
            (vec![0, 128], ColorType::La8, [127, 127, 127]),
            (vec![1, 2, 3], ColorType::Rgb8, [1, 2, 3]),
            (vec![255, 0, 0, 0], ColorType::Rgba8, [255, 255, 255]),
            (vec![255, 0, 0, 255], ColorType::Rgba8, [255, 0, 0]),
            (wide(&[0xffff]), ColorType::L16, [255, 255, 255]),
            (wide(&[0, 0]), ColorType::La16, [255, 255, 255]),
            (
                wide(&[0x0101, 0x8080, 0x7fff]),
                ColorType::Rgb16,
                [1, 128, 127],
            ),
            (
                wide(&[0, 0xffff, 0, 0xffff]),
                ColorType::Rgba16,
                [0, 255, 0],
            ),
        ] {
            assert_eq!(to_opaque_rgb(raw, color).unwrap(), expected, "{color:?}");
        }
        assert!(to_opaque_rgb(vec![0; 12], ColorType::Rgb32F).is_err());
    }

    #[test]
    fn transparency_is_kept_straight_when_asked_for() {
        let wide: Vec<u8> = [0xffff_u16, 0, 0x8080, 0x7fff]
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect();
        for (raw, color, expected) in [
            (vec![9], ColorType::L8, [9, 9, 9, 255]),
            (vec![7, 128], ColorType::La8, [7, 7, 7, 128]),
            (vec![1, 2, 3], ColorType::Rgb8, [1, 2, 3, 255]),
            (vec![1, 2, 3, 4], ColorType::Rgba8, [1, 2, 3, 4]),
            (wide, ColorType::Rgba16, [255, 0, 128, 127]),
        ] {
            assert_eq!(to_rgba(raw, color).unwrap(), expected, "{color:?}");
        }
        assert!(to_rgba(vec![0; 16], ColorType::Rgba32F).is_err());
    }

    #[test]
    fn messages_cannot_carry_control_characters_or_grow() {
        let text = short(&format!("a\u{1b}[31m\n{}", "x".repeat(1000)));
        assert!(text.starts_with("a[31mx") && text.chars().count() == 200);
    }
}
