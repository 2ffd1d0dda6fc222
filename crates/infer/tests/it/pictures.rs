//! The portrait, and ways to change it.

use std::path::Path;
use std::sync::OnceLock;

use image::{Rgb, RgbImage, imageops};
use likeness_infer::{Face, FaceModels};

pub(crate) fn models() -> &'static FaceModels {
    static MODELS: OnceLock<FaceModels> = OnceLock::new();
    MODELS.get_or_init(|| {
        let dir = likeness_models::default_dir();
        FaceModels::load(&dir).unwrap_or_else(|error| {
            panic!(
                "no face models in {}, run `cargo xtask setup`: {error:?}",
                dir.display()
            )
        })
    })
}

/// 512x512 pixels, one face of about 150 pixels.
pub(crate) fn astronaut() -> RgbImage {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/portraits/astronaut.png");
    image::open(&assets)
        .unwrap_or_else(|error| panic!("{}: {error}", assets.display()))
        .to_rgb8()
}

pub(crate) fn faces(picture: &RgbImage) -> Vec<Face> {
    models()
        .analyse(picture)
        .expect("the networks run on any picture")
}

/// Turned clockwise about its middle; black where nothing is.
pub(crate) fn turned(picture: &RgbImage, degrees: f32) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let (x, y) = (cx + dx * cos + dy * sin, cy + dy * cos - dx * sin);
        imageops::interpolate_bilinear(picture, x, y).unwrap_or(Rgb([0, 0, 0]))
    })
}

/// Where [`turned`] puts a point of a picture of 512x512.
pub(crate) fn turned_point([x, y, _]: [f32; 3], degrees: f32) -> [f32; 2] {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (dx, dy) = (x - 256.0, y - 256.0);
    [256.0 + dx * cos - dy * sin, 256.0 + dx * sin + dy * cos]
}

/// Noise that is the same on each run (xorshift).
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Rgb([
            (state >> 20) as u8,
            (state >> 30) as u8,
            (state >> 40) as u8,
        ])
    })
}

pub(crate) fn on_canvas(picture: &RgbImage, canvas: (u32, u32), at: (i64, i64)) -> RgbImage {
    let mut whole = RgbImage::from_fn(canvas.0, canvas.1, |x, y| {
        Rgb([
            90 + (x * 60 / canvas.0) as u8,
            110,
            90 + (y * 60 / canvas.1) as u8,
        ])
    });
    imageops::replace(&mut whole, picture, at.0, at.1);
    whole
}

pub(crate) fn shrunk(picture: &RgbImage, side: u32) -> RgbImage {
    imageops::resize(picture, side, side, imageops::FilterType::CatmullRom)
}

/// Mean distance of landmarks from where they should be, in pixels.
pub(crate) fn mean_distance(
    landmarks: &[[f32; 3]],
    expected: impl ExactSizeIterator<Item = [f32; 2]>,
) -> f32 {
    assert_eq!(landmarks.len(), expected.len());
    let sum: f32 = landmarks
        .iter()
        .zip(expected)
        .map(|(point, [x, y])| (point[0] - x).hypot(point[1] - y))
        .sum();
    sum / landmarks.len() as f32
}
