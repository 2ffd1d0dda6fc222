//! Good pictures of every layout come out upright, opaque and in the right colours.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use likeness_media::image as media;

use super::decoder;

/// Red top left, green top right, blue bottom left, white bottom right; 60x40.
pub(crate) fn quarters() -> RgbImage {
    RgbImage::from_fn(60, 40, |x, y| {
        Rgb(match (x < 30, y < 20) {
            (true, true) => [220, 30, 30],
            (false, true) => [30, 200, 40],
            (true, false) => [30, 40, 210],
            (false, false) => [240, 240, 240],
        })
    })
}

pub(crate) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    likeness_media::picture::encode_jpeg(image, 95).unwrap()
}

/// Puts an EXIF block with nothing but the orientation behind the start marker of a JPEG.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [
        &b"Exif\0\0II*\0\x08\0\0\0\x01\0"[..],
        // Tag 0x0112, SHORT, one value.
        &[
            0x12,
            0x01,
            0x03,
            0,
            1,
            0,
            0,
            0,
            orientation,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ],
    ]
    .concat();
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &tiff, &jpeg[2..]].concat()
}

/// The colours at the centres of the four quarters, to the nearest of the four.
fn corners(image: &RgbImage) -> String {
    let (width, height) = image.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)]
        .map(|(x, y)| {
            match image
                .get_pixel(x * width / 4, y * height / 4)
                .0
                .map(|c| c > 128)
            {
                [true, false, false] => 'r',
                [false, true, false] => 'g',
                [false, false, true] => 'b',
                [true, true, true] => 'w',
                _ => '?',
            }
        })
        .iter()
        .collect()
}

#[tokio::test]
async fn each_format_keeps_its_pixels() {
    let picture = DynamicImage::ImageRgb8(quarters());
    for (format, expected) in [
        (ImageFormat::Png, media::ImageFormat::Png),
        (ImageFormat::WebP, media::ImageFormat::WebP),
    ] {
        let decoded = decoder()
            .decode(encoded(&picture, format).into())
            .await
            .unwrap();
        assert_eq!(decoded.image, quarters(), "{format:?}");
        assert_eq!(decoded.format, expected);
        assert!(!decoded.oriented && !decoded.had_alpha);
    }
    let decoded = decoder().decode(jpeg(&quarters()).into()).await.unwrap();
    assert_eq!(
        (decoded.format, corners(&decoded.image)),
        (media::ImageFormat::Jpeg, "rgbw".into())
    );
}

#[tokio::test]
async fn all_eight_orientations_come_out_upright() {
    let stored = jpeg(&quarters());
    // Where the stored quarters r g / b w must appear (EXIF 2.3, tag 0x0112).
    for (orientation, expected) in [
        (1, "rgbw"),
        (2, "grwb"),
        (3, "wbgr"),
        (4, "bwrg"),
        (5, "rbgw"),
        (6, "brwg"),
        (7, "wgbr"),
        (8, "gwrb"),
    ] {
        let decoded = decoder()
            .decode(with_orientation(&stored, orientation).into())
            .await
            .unwrap();
        assert_eq!(
            corners(&decoded.image),
            expected,
            "orientation {orientation}"
        );
        let size = if orientation < 5 { (60, 40) } else { (40, 60) };
        assert_eq!(
            (decoded.image.dimensions(), decoded.source_size),
            (size, size)
        );
        assert_eq!(decoded.oriented, orientation != 1);
    }
    // Not an orientation: taken as upright.
    let decoded = decoder()
        .decode(with_orientation(&stored, 77).into())
        .await
        .unwrap();
    assert_eq!(
        (corners(&decoded.image).as_str(), decoded.oriented),
        ("rgbw", false)
    );
}

#[tokio::test]
async fn transparency_lies_on_white() {
    let mut picture = DynamicImage::ImageRgb8(quarters()).into_rgba8();
    for (x, _, pixel) in picture.enumerate_pixels_mut() {
        pixel.0[3] = if x < 20 {
            0
        } else if x < 40 {
            128
        } else {
            255
        };
    }
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let bytes = encoded(&DynamicImage::ImageRgba8(picture.clone()), format);
        let decoded = decoder().decode(bytes.into()).await.unwrap();
        assert!(decoded.had_alpha);
        assert_eq!(
            decoded.image.get_pixel(5, 5).0,
            [255, 255, 255],
            "{format:?}"
        );
        let half = decoded.image.get_pixel(25, 5).0;
        let expected = [237u8, 142, 142];
        assert!(
            half.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1),
            "{format:?} {half:?}"
        );
        assert_eq!(
            decoded.image.get_pixel(55, 5).0,
            [30, 200, 40],
            "{format:?}"
        );
    }
}

#[tokio::test]
async fn grey_and_deep_pictures_become_8_bit_rgb() {
    let picture = DynamicImage::ImageRgb8(quarters());
    let grey = DynamicImage::ImageLuma8(picture.to_luma8());
    let expected = DynamicImage::ImageLuma8(picture.to_luma8()).into_rgb8();
    for (name, image) in [
        ("L8", grey.clone()),
        ("La8", DynamicImage::ImageLumaA8(grey.to_luma_alpha8())),
        ("L16", DynamicImage::ImageLuma16(grey.to_luma16())),
        ("La16", DynamicImage::ImageLumaA16(grey.to_luma_alpha16())),
    ] {
        let decoded = decoder()
            .decode(encoded(&image, ImageFormat::Png).into())
            .await
            .unwrap();
        assert_eq!(decoded.image, expected, "{name}");
    }
    for (name, image) in [
        ("Rgb16", DynamicImage::ImageRgb16(picture.to_rgb16())),
        ("Rgba16", DynamicImage::ImageRgba16(picture.to_rgba16())),
    ] {
        let decoded = decoder()
            .decode(encoded(&image, ImageFormat::Png).into())
            .await
            .unwrap();
        assert_eq!(decoded.image, quarters(), "{name}");
    }
    let grey_jpeg = encoded(&grey, ImageFormat::Jpeg);
    let decoded = decoder().decode(grey_jpeg.into()).await.unwrap();
    let Rgb([r, g, b]) = *decoded.image.get_pixel(10, 10);
    assert!(
        r == g && g == b && r.abs_diff(expected.get_pixel(10, 10).0[0]) < 4,
        "{r} {g} {b}"
    );
}

#[tokio::test]
async fn a_cmyk_jpeg_keeps_its_colours() {
    // Four quarters in the inverted CMYK that Adobe's programs write, made by Pillow.
    let bytes = include_bytes!("../data/quarters-cmyk.jpg");
    let decoded = decoder().decode(bytes.as_slice().into()).await.unwrap();
    assert_eq!(corners(&decoded.image), "rgbw");
}

#[tokio::test]
async fn of_an_animation_the_first_picture_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    for (name, codec) in [("a.webp", "libwebp_anim"), ("a.png", "apng")] {
        let path = folder.path().join(name);
        let source =
            "color=s=32x32:r=5:d=1,format=rgb24,geq=r='if(N,20,220)':g='if(N,220,20)':b=20";
        let made = std::process::Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                source,
                "-c:v",
                codec,
                "-lossless",
                "1",
            ])
            .args(["-f", if codec == "apng" { "apng" } else { "webp" }])
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            bytes.windows(4).any(|w| w == b"ANIM" || w == b"acTL"),
            "{name} is animated"
        );
        let decoded = decoder().decode(bytes.into()).await.unwrap();
        let shown = decoded.image.get_pixel(16, 16).0;
        assert!(
            shown
                .iter()
                .zip([220u8, 20, 20])
                .all(|(a, b)| a.abs_diff(b) <= 4),
            "{name} {shown:?}"
        );
    }
}

#[tokio::test]
async fn colours_of_another_profile_become_srgb() {
    use image::ImageEncoder as _;
    // sRGB (200, 80, 60) in Display P3, by the matrices of CSS Color 4: (185.7, 87.6, 67.4).
    let stored = RgbImage::from_pixel(8, 8, Rgb([186, 88, 67]));
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut good = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut good);
    encoder.set_icc_profile(profile).unwrap();
    encoder
        .write_image(stored.as_raw(), 8, 8, image::ExtendedColorType::Rgb8)
        .unwrap();
    let decoded = decoder().decode(good.into()).await.unwrap();
    let shown = decoded.image.get_pixel(4, 4).0;
    assert!(
        shown
            .iter()
            .zip([200u8, 80, 60])
            .all(|(a, b)| a.abs_diff(b) <= 2),
        "{shown:?}"
    );

    let mut damaged = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut damaged);
    encoder.set_icc_profile(vec![7; 300]).unwrap();
    encoder
        .write_image(stored.as_raw(), 8, 8, image::ExtendedColorType::Rgb8)
        .unwrap();
    assert_eq!(
        decoder().decode(damaged.into()).await.unwrap().image,
        stored
    );
}

#[tokio::test]
async fn a_large_picture_is_scaled_down_before_it_reaches_us() {
    let large = RgbImage::from_fn(5000, 1000, |x, _| Rgb([(x / 20) as u8, 0, 0]));
    let decoded = decoder().decode(jpeg(&large).into()).await.unwrap();
    assert_eq!(decoded.image.dimensions(), (4096, 819));
    assert_eq!(decoded.source_size, (5000, 1000));
    let right = decoded.image.get_pixel(4000, 400).0[0];
    assert!(right.abs_diff(244) < 4, "{right}");
}

#[tokio::test]
async fn a_picture_of_one_pixel_is_a_picture() {
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg] {
        let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(1, 1, Rgb([200, 200, 200])));
        let decoded = decoder()
            .decode(encoded(&image, format).into())
            .await
            .unwrap();
        assert_eq!(decoded.image.dimensions(), (1, 1));
        assert!(decoded.image.get_pixel(0, 0).0[0].abs_diff(200) < 4);
    }
}
