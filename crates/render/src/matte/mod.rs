//! Cutting the person out of the photo: how opaque each pixel is, and the colour it has without what is behind it.
//!
//! A map of where a person is (coarse, from a network) becomes three zones, person, background and unknown between them
//! ([`zones`]). In the unknown zone, opacity is solved so that it is a linear function of colour in every small window
//! ([`closed_form`]), which follows single hairs. Colours of half-covered pixels are then separated ([`foreground`]), or
//! a halo of the old background would stay. All of this at a working size; the photo's own resolution is reached by
//! those same linear functions.

mod closed_form;
mod enlarge;
mod foreground;
mod zones;

use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use crate::geometry::{Vec2, vec2};
use crate::mesh::OVAL;
use crate::puppet::{eye_middles, resize};

/// Longer side of the working size, in pixels: what is finer is reached by local linear functions of the photo.
const WORKING_SIDE: u32 = 1024;

/// For each pixel of a picture, or of a smaller one of the same proportions, how likely it shows a person, 0..1.
pub type PersonMap = ImageBuffer<Luma<f32>, Vec<f32>>;

/// A photo's person without the background. Both pictures have the photo's size.
#[derive(Debug, Clone, PartialEq)]
pub struct Matte {
    /// 0 where the background is seen, 255 where the person hides it.
    pub(crate) alpha: GrayImage,
    /// The person's own colour, straight (not multiplied by `alpha`); black where `alpha` is 0.
    pub(crate) colours: RgbImage,
}

/// Where the face is, in pixels of the working size.
#[derive(Debug, Clone)]
pub(crate) struct FaceArea {
    /// Distance of the eyes' middles.
    pub unit: f32,
    /// The face's middle.
    pub middle: Vec2,
    /// The outline, drawn in a little: all inside is person.
    pub outline: Vec<Vec2>,
}

/// How much the outline of the face is drawn in about its middle.
const DRAWN_IN: f32 = 0.92;

impl FaceArea {
    fn new(landmarks: &[[f32; 3]], scale: f32) -> Self {
        let at = |index: usize| vec2(landmarks[index][0], landmarks[index][1]) * scale;
        let [left, right] = eye_middles(at);
        let sum = OVAL.iter().fold(vec2(0.0, 0.0), |sum, &k| sum + at(k));
        let middle = sum * (1.0 / OVAL.len() as f32);
        Self {
            unit: (right - left).length(),
            middle,
            outline: OVAL
                .iter()
                .map(|&k| middle + (at(k) - middle) * DRAWN_IN)
                .collect(),
        }
    }
}

/// A picture of the working size in floats, 0..1, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Working {
    pub width: usize,
    pub height: usize,
    pub colours: Vec<[f32; 3]>,
}

impl Working {
    fn new(photo: &RgbImage) -> Self {
        Self {
            width: photo.width() as usize,
            height: photo.height() as usize,
            colours: photo
                .pixels()
                .map(|p| p.0.map(|c| f32::from(c) / 255.0))
                .collect(),
        }
    }
}

impl Matte {
    /// Cuts out the person whose face has the 478 `landmarks`, in pixels of the photo. `person` has the photo's
    /// proportions.
    ///
    /// The time grows with the length of the person's outline: 0.1 s for a photo of 512 pixels, half a second for the
    /// largest.
    pub fn cut(photo: &RgbImage, person: &PersonMap, landmarks: &[[f32; 3]]) -> Self {
        let longer = photo.width().max(photo.height());
        let scale = (WORKING_SIDE as f32 / longer as f32).min(1.0);
        let side = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
        let size = (side(photo.width()), side(photo.height()));
        let small;
        let at_size = if size == photo.dimensions() {
            photo
        } else {
            let whole = [
                0.0,
                0.0,
                f64::from(photo.width()),
                f64::from(photo.height()),
            ];
            small = resize(photo, whole, size);
            &small
        };
        let working = Working::new(at_size);
        let face = FaceArea::new(landmarks, scale);
        let likely = zones::scaled(person, working.width, working.height);
        let zones = zones::zones(&working, &likely, &face);
        let alpha = closed_form::solve(&working, &zones, &likely);
        let layers = foreground::separate(&working, &alpha);
        enlarge::enlarge(photo, &working, &alpha, &layers)
    }

    /// The colours' differences from the photo, modulo 256, and the opacity: mostly zeros and plain areas, which PNG
    /// keeps in little room.
    pub(crate) fn to_differences(&self, photo: &RgbImage) -> RgbaImage {
        RgbaImage::from_fn(photo.width(), photo.height(), |x, y| {
            let Luma([alpha]) = *self.alpha.get_pixel(x, y);
            if alpha == 0 {
                return Rgba([0; 4]);
            }
            let (own, seen) = (self.colours.get_pixel(x, y).0, photo.get_pixel(x, y).0);
            let [r, g, b] = [0, 1, 2].map(|c| own[c].wrapping_sub(seen[c]));
            Rgba([r, g, b, alpha])
        })
    }

    /// What [`Self::to_differences`] was made of; `None` if the sizes differ.
    pub(crate) fn from_differences(differences: &RgbaImage, photo: &RgbImage) -> Option<Self> {
        if differences.dimensions() != photo.dimensions() {
            return None;
        }
        let (width, height) = photo.dimensions();
        let alpha =
            GrayImage::from_fn(width, height, |x, y| Luma([differences.get_pixel(x, y)[3]]));
        let colours = RgbImage::from_fn(width, height, |x, y| {
            let Rgba([r, g, b, alpha]) = *differences.get_pixel(x, y);
            if alpha == 0 {
                return Rgb([0; 3]);
            }
            let seen = photo.get_pixel(x, y).0;
            Rgb([0, 1, 2].map(|c| [r, g, b][c].wrapping_add(seen[c])))
        });
        Some(Self { alpha, colours })
    }

    /// Opacity of each pixel of the photo.
    pub fn alpha(&self) -> &GrayImage {
        &self.alpha
    }

    /// The person's own colours; black where nothing of it is seen.
    pub fn colours(&self) -> &RgbImage {
        &self.colours
    }
}
