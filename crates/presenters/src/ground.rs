//! What is seen behind a presenter.

use image::RgbImage;

use crate::attributes::{Attributes, Background, BackgroundKind};
use crate::backdrop;
use crate::tones;
use crate::vector::{V3, v3};

/// What is seen behind a presenter.
#[derive(Debug, Clone, Copy)]
pub enum Ground<'a> {
    /// The presenter's own backdrop.
    Own,
    Colour([u8; 3]),
    /// A picture that fills the frame; what lies outside is cut.
    Picture(&'a RgbImage),
    /// Nothing: what is drawn has opacity.
    Nothing,
}

/// What is behind, in light that the tone curve makes the ground's own colours of.
pub(crate) fn pixels(a: &Attributes, ground: Ground<'_>, width: usize, height: usize) -> Vec<V3> {
    let plain = |colour| Background {
        kind: BackgroundKind::Plain,
        colour,
    };
    match ground {
        Ground::Own => backdrop::draw(a.background, a.seed, width, height).pixels,
        Ground::Colour(colour) => backdrop::draw(plain(colour), 0, width, height).pixels,
        Ground::Nothing => backdrop::draw(plain([0; 3]), 0, width, height).pixels,
        Ground::Picture(picture) => {
            let tones: Vec<f32> = (0..=255).map(|v| tones::before_tones([v; 3]).x).collect();
            let [w, h] = [picture.width(), picture.height()].map(|v| v as f32);
            let scale = (w / width as f32).min(h / height as f32);
            let source = backdrop::Picture {
                width: picture.width() as usize,
                height: picture.height() as usize,
                pixels: picture
                    .pixels()
                    .map(|p| {
                        v3(
                            tones[usize::from(p.0[0])],
                            tones[usize::from(p.0[1])],
                            tones[usize::from(p.0[2])],
                        )
                    })
                    .collect(),
            };
            let (cut_x, cut_y) = (scale * width as f32 / w, scale * height as f32 / h);
            backdrop::Picture::new(width, height, |u, v| {
                let u = u * height as f32 / width as f32 * cut_x + 0.5;
                source.at(u, (v - 0.5) * cut_y + 0.5)
            })
            .pixels
        }
    }
}
