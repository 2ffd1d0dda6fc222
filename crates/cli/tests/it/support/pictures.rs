//! Pictures for avatars, all from the bundled portrait or drawn.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::server::workspace;

/// The bundled portrait, a PNG of 512 × 512 pixels with one face.
pub(crate) fn portrait() -> Vec<u8> {
    std::fs::read(workspace().join("assets/portraits/astronaut.png")).unwrap()
}

fn decoded_portrait() -> RgbImage {
    image::load_from_memory(&portrait()).unwrap().to_rgb8()
}

/// The portrait in another format.
pub(crate) fn portrait_as(format: ImageFormat) -> Vec<u8> {
    encoded(decoded_portrait(), format)
}

/// The portrait at another size.
pub(crate) fn small_portrait() -> Vec<u8> {
    let filter = image::imageops::FilterType::Triangle;
    let small = image::imageops::resize(&decoded_portrait(), 300, 300, filter);
    encoded(small, ImageFormat::Png)
}

/// Two of the same person, side by side.
pub(crate) fn two_faces() -> Vec<u8> {
    let one = decoded_portrait();
    let mut both = RgbImage::new(one.width() * 2, one.height());
    image::imageops::replace(&mut both, &one, 0, 0);
    image::imageops::replace(&mut both, &one, i64::from(one.width()), 0);
    encoded(both, ImageFormat::Png)
}

/// A landscape that nobody looks out of.
pub(crate) fn no_face() -> Vec<u8> {
    let picture = RgbImage::from_fn(640, 640, |x, y| {
        let [r, g] = [x, y].map(|v| u8::try_from(v * 255 / 640).unwrap());
        Rgb([r, g, 128])
    });
    encoded(picture, ImageFormat::Png)
}

fn encoded(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}
