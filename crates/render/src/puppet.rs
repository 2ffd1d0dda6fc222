//! A trained face: the photo and where its parts are.

use std::io::Cursor;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer, pixels};
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngDecoder, PngEncoder};
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageDecoder, ImageEncoder, Limits, RgbImage,
};
use thiserror::Error;

use crate::geometry::{Vec2, vec2};
use crate::matte::{Matte, PersonMap};
use crate::mesh::{EYES, LANDMARKS, OVAL};

/// Version of the bytes of a puppet and of what training computes. Version 1, which had no matte, is read as well: its
/// person is cut out when that is first asked for.
pub const PUPPET_VERSION: u16 = 2;

/// The first bytes of a puppet.
pub const PUPPET_MAGIC: &[u8; 4] = b"LKPU";

/// Long side that a 4K frame can use; larger photos are scaled down.
const MAX_SIDE: u32 = 3840;

/// Distance of the eyes below which a mouth is only a few pixels.
const MIN_EYE_DISTANCE_PX: f32 = 12.0;

/// Why a photo and landmarks make no puppet.
#[derive(Debug, Error, PartialEq)]
pub enum TrainError {
    #[error("{found} landmarks instead of {LANDMARKS}")]
    LandmarkCount { found: usize },
    #[error("landmark {index} is not a place in the picture")]
    LandmarkPlace { index: usize },
    #[error("the face is too small: its eyes are {pixels:.0} pixels apart")]
    FaceTooSmall { pixels: f32 },
    #[error("the landmarks do not outline a face")]
    NotAFace,
}

/// Why bytes are not a puppet.
#[derive(Debug, Error)]
pub enum PuppetError {
    #[error("not a puppet")]
    Format,
    #[error("puppet version {found}, this build reads {PUPPET_VERSION}")]
    Version { found: u16 },
    #[error("the puppet's photo cannot be read")]
    Photo(#[from] image::ImageError),
    #[error("the puppet's matte does not fit its photo")]
    Matte,
    #[error("the puppet's landmarks cannot be used")]
    Landmarks(#[from] TrainError),
}

/// A photo with its 478 landmarks, checked, and the person cut out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Puppet {
    pub(crate) photo: RgbImage,
    pub(crate) landmarks: Vec<[f32; 3]>,
    pub(crate) matte: Option<Matte>,
}

impl Puppet {
    /// Takes a photo and its 478 `MediaPipe` landmarks: x and y in pixels, z in the same scale, negative towards the
    /// camera.
    pub fn train(image: &RgbImage, landmarks: &[[f32; 3]]) -> Result<Self, TrainError> {
        check(image.dimensions(), landmarks)?;
        let long = image.width().max(image.height());
        if long <= MAX_SIDE {
            return Ok(Self {
                photo: image.clone(),
                landmarks: landmarks.to_vec(),
                matte: None,
            });
        }
        let side = |pixels: u32| {
            (u64::from(pixels) * u64::from(MAX_SIDE))
                .div_ceil(u64::from(long))
                .max(1) as u32
        };
        let (width, height) = (side(image.width()), side(image.height()));
        let (sx, sy) = (
            width as f32 / image.width() as f32,
            height as f32 / image.height() as f32,
        );
        let landmarks: Vec<_> = landmarks
            .iter()
            .map(|p| [p[0] * sx, p[1] * sy, p[2] * sx])
            .collect();
        let whole = [
            0.0,
            0.0,
            f64::from(image.width()),
            f64::from(image.height()),
        ];
        let photo = resize(image, whole, (width, height));
        check(photo.dimensions(), &landmarks)?;
        Ok(Self {
            photo,
            landmarks,
            matte: None,
        })
    }

    /// The photo as it is animated.
    pub fn photo(&self) -> &RgbImage {
        &self.photo
    }

    /// Bounds of the face in the photo: left, top, right, bottom.
    pub fn face_bounds(&self) -> [f32; 4] {
        self.landmarks.iter().fold(
            [f32::MAX, f32::MAX, f32::MIN, f32::MIN],
            |[left, top, right, bottom], &[x, y, _]| {
                [left.min(x), top.min(y), right.max(x), bottom.max(y)]
            },
        )
    }

    /// The person cut out of the photo, if that was done.
    pub fn matte(&self) -> Option<&Matte> {
        self.matte.as_ref()
    }

    /// Cuts the person out, given how likely each part of the photo shows it.
    pub fn cut_out(&mut self, person: &PersonMap) {
        self.matte = Some(Matte::cut(&self.photo, person, &self.landmarks));
    }

    /// Whether the person, shown whole in a frame of this size, is cut by nothing but its lower edge: the photo fills the
    /// frame's height, and the person does not reach the photo's sides.
    pub fn stands_free(&self, frame: (u32, u32)) -> bool {
        let (width, height) = self.photo.dimensions();
        let fills_height =
            u64::from(width) * u64::from(frame.1) <= u64::from(height) * u64::from(frame.0);
        let Some(matte) = &self.matte else {
            return false;
        };
        let cut = |x: u32| {
            let rows = (0..height).filter(|&y| matte.alpha.get_pixel(x, y)[0] > 127);
            rows.count() * 50 > height as usize
        };
        fills_height && !cut(0) && !cut(width - 1)
    }

    /// The puppet as bytes: magic, version, landmarks as little-endian `f32`, the length of the photo as `u32`, the photo
    /// as PNG, and the matte as PNG if there is one.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.photo.as_raw().len() / 2 + LANDMARKS * 12);
        bytes.extend_from_slice(PUPPET_MAGIC);
        bytes.extend_from_slice(&PUPPET_VERSION.to_le_bytes());
        for value in self.landmarks.iter().flatten() {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let photo = png(
            self.photo.as_raw(),
            self.photo.dimensions(),
            ExtendedColorType::Rgb8,
        );
        bytes.extend_from_slice(&(photo.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&photo);
        if let Some(matte) = &self.matte {
            let differences = matte.to_differences(&self.photo);
            bytes.extend_from_slice(&png(
                differences.as_raw(),
                differences.dimensions(),
                ExtendedColorType::Rgba8,
            ));
        }
        bytes
    }

    /// Reads what [`Puppet::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PuppetError> {
        let rest = bytes
            .strip_prefix(PUPPET_MAGIC)
            .ok_or(PuppetError::Format)?;
        let (version, rest) = rest.split_first_chunk::<2>().ok_or(PuppetError::Format)?;
        let found = u16::from_le_bytes(*version);
        if !(1..=PUPPET_VERSION).contains(&found) {
            return Err(PuppetError::Version { found });
        }
        let (numbers, pictures) = rest
            .split_at_checked(LANDMARKS * 12)
            .ok_or(PuppetError::Format)?;
        let value = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let landmarks: Vec<[f32; 3]> = numbers
            .chunks_exact(12)
            .map(|p| [value(&p[..4]), value(&p[4..8]), value(&p[8..])])
            .collect();
        let (photo, matte) = if found == 1 {
            (pictures, &[][..])
        } else {
            let (length, rest) = pictures.split_first_chunk().ok_or(PuppetError::Format)?;
            let length = u32::from_le_bytes(*length) as usize;
            rest.split_at_checked(length).ok_or(PuppetError::Format)?
        };
        let photo = from_png(photo)?.into_rgb8();
        check(photo.dimensions(), &landmarks)?;
        let matte = if matte.is_empty() {
            None
        } else {
            let differences = from_png(matte)?.into_rgba8();
            Some(Matte::from_differences(&differences, &photo).ok_or(PuppetError::Matte)?)
        };
        Ok(Self {
            photo,
            landmarks,
            matte,
        })
    }

    /// A landmark's place in the photo.
    pub(crate) fn place(&self, index: usize) -> Vec2 {
        place(&self.landmarks, index)
    }

    /// The middle of the face's outline.
    pub(crate) fn face_middle(&self) -> Vec2 {
        let sum = OVAL
            .iter()
            .fold(vec2(0.0, 0.0), |sum, &k| sum + self.place(k));
        sum * (1.0 / OVAL.len() as f32)
    }
}

fn png(bytes: &[u8], (width, height): (u32, u32), kind: ExtendedColorType) -> Vec<u8> {
    let mut png = Vec::with_capacity(bytes.len() / 2);
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, PngFilter::Adaptive)
        .write_image(bytes, width, height, kind)
        .expect("a checked picture is written to memory");
    png
}

fn from_png(png: &[u8]) -> Result<DynamicImage, image::ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(256 << 20);
    let mut decoder = PngDecoder::with_limits(Cursor::new(png), limits.clone())?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}

fn place(landmarks: &[[f32; 3]], index: usize) -> Vec2 {
    vec2(landmarks[index][0], landmarks[index][1])
}

/// Middles of both eyes, the picture's left one first.
pub(crate) fn eye_middles(at: impl Fn(usize) -> Vec2) -> [Vec2; 2] {
    EYES.each_ref()
        .map(|eye| at(eye.corners[0]).lerp(at(eye.corners[1]), 0.5))
}

fn check((width, height): (u32, u32), landmarks: &[[f32; 3]]) -> Result<(), TrainError> {
    if landmarks.len() != LANDMARKS {
        return Err(TrainError::LandmarkCount {
            found: landmarks.len(),
        });
    }
    // Landmarks may leave the picture a little where the face is cut.
    let (width, height) = (width as f32, height as f32);
    let within = |value: f32, size: f32| (-size..2.0 * size).contains(&value);
    let outside = |p: &[f32; 3]| {
        let deep = 4.0 * width.max(height);
        !(within(p[0], width) && within(p[1], height) && (-deep..deep).contains(&p[2]))
    };
    if let Some(index) = landmarks.iter().position(outside) {
        return Err(TrainError::LandmarkPlace { index });
    }
    let at = |index| place(landmarks, index);
    let [left, right] = eye_middles(at);
    let pixels = (right - left).length();
    if pixels < MIN_EYE_DISTANCE_PX {
        return Err(TrainError::FaceTooSmall { pixels });
    }
    let along = (right - left) * (1.0 / pixels);
    let down = vec2(-along.y, along.x);
    let height = |index| (at(index) - left).dot(down);
    // Forehead above, nose, mouth and chin below the eyes, each under the other.
    if height(10) < 0.0
        && height(4) < height(13)
        && height(0) < height(17)
        && height(17) < height(152)
    {
        Ok(())
    } else {
        Err(TrainError::NotAFace)
    }
}

/// A part of a picture (left, top, width, height), at another size, by Lanczos' filter.
///
/// Typed for the one kind of pixel: the untyped call compiles the filters for all thirteen kinds into this crate.
pub(crate) fn resize(picture: &RgbImage, part: [f64; 4], size: (u32, u32)) -> RgbImage {
    let mut target = RgbImage::new(size.0, size.1);
    let from = (picture.as_raw().as_slice(), picture.dimensions());
    resize_typed::<pixels::U8x3>(from, part, (&mut target, size));
    target
}

/// The same for a plane of opacity.
pub(crate) fn resize_grey(picture: &GrayImage, part: [f64; 4], size: (u32, u32)) -> GrayImage {
    let mut target = GrayImage::new(size.0, size.1);
    let from = (picture.as_raw().as_slice(), picture.dimensions());
    resize_typed::<pixels::U8>(from, part, (&mut target, size));
    target
}

/// The same for any plane of bytes, into one that is there.
pub(crate) fn resize_plane(from: (&[u8], (u32, u32)), part: [f64; 4], to: (&mut [u8], (u32, u32))) {
    resize_typed::<pixels::U8>(from, part, to);
}

fn resize_typed<P: PixelTrait>(
    (from, from_size): (&[u8], (u32, u32)),
    part: [f64; 4],
    (to, to_size): (&mut [u8], (u32, u32)),
) {
    let source = TypedImageRef::<P>::from_buffer(from_size.0, from_size.1, from)
        .expect("a picture has the bytes its size says");
    let mut view = TypedImage::<P>::from_buffer(to_size.0, to_size.1, to)
        .expect("a new picture has the bytes its size says");
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(part[0], part[1], part[2], part[3]);
    Resizer::new()
        .resize_typed(&source, &mut view, &options)
        .expect("the part lies within the picture");
}
