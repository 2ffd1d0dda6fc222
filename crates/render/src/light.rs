//! The light of a photo, measured where its colour is known: skin for how bright it is, the white of the eyes for its tint.

use image::RgbImage;

use crate::geometry::Vec2;
use crate::mesh::{EYES, POINTS};
use crate::rig::Rig;

/// Brightness and tint of the light in a photo; 1 in all channels is well lit and white.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Light([f32; 3]);

/// Luma of the brighter tenth of a well-lit face, and of the brighter part of a well-lit eye's white.
const SKIN: f32 = 205.0;
const WHITE: f32 = 205.0;

/// How far the tint of any channel may leave white, and how much of the measured one is taken.
const MOST_TINT: f32 = 0.05;
const TRUST: f32 = 0.5;

/// An eye whose white is more coloured than this is closed, or too small to tell.
const MOST_SATURATION: f32 = 0.3;

impl Light {
    pub(crate) fn of(still: &RgbImage, rig: &Rig) -> Self {
        let skin = brightest(rig.rest[..POINTS].iter().map(|&p| look(still, p)), 0.1);
        let white = brightest(whites(rig).map(|p| look(still, p)), 0.15);
        let of_skin = skin.map_or(0.9, |c| grey(c) / SKIN);
        let white = white.filter(|c| {
            let most = c.iter().copied().fold(0.0, f32::max);
            let least = c.iter().copied().fold(f32::MAX, f32::min);
            most - least < MOST_SATURATION * most
        });
        let Some(white) = white else {
            return Self([of_skin.clamp(0.5, 1.05); 3]);
        };
        // Dark skin must not darken the teeth: the eyes know better.
        let bright = of_skin.max(grey(white) / WHITE).clamp(0.5, 1.05);
        Self(white.map(|c| {
            let tint = c / grey(white).max(1.0) - 1.0;
            bright * (1.0 + (TRUST * tint).clamp(-MOST_TINT, MOST_TINT))
        }))
    }

    /// A colour as it looks in this light.
    pub(crate) fn on(&self, colour: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|k| (colour[k] * self.0[k]).min(255.0))
    }
}

/// Places within the open eyes.
fn whites(rig: &Rig) -> impl Iterator<Item = Vec2> {
    EYES.iter().flat_map(move |eye| {
        eye.upper.iter().zip(&eye.lower).flat_map(move |(&a, &b)| {
            [0.35, 0.5, 0.65].map(|share| rig.rest[a].lerp(rig.rest[b], share))
        })
    })
}

/// The colour of the pixel at a place, if it lies in the picture.
pub(crate) fn look(still: &RgbImage, p: Vec2) -> Option<[f32; 3]> {
    (p.x >= 0.0 && p.y >= 0.0)
        .then(|| still.get_pixel_checked(p.x as u32, p.y as u32))
        .flatten()
        .map(|pixel| pixel.0.map(f32::from))
}

/// Mean of the brightest share of some colours.
pub(crate) fn brightest(
    colours: impl Iterator<Item = Option<[f32; 3]>>,
    share: f32,
) -> Option<[f32; 3]> {
    let mut colours: Vec<[f32; 3]> = colours.flatten().collect();
    colours.sort_by(|a, b| grey(*b).total_cmp(&grey(*a)));
    colours.truncate(((colours.len() as f32 * share) as usize).max(1));
    let count = colours.len() as f32;
    (count > 0.0)
        .then(|| std::array::from_fn(|k| colours.iter().map(|c| c[k]).sum::<f32>() / count))
}

/// ITU-R BT.709 luma of a colour in 0 to 255.
pub(crate) fn grey([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

pub(crate) fn mix(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|k| a[k] + (b[k] - a[k]) * share)
}
