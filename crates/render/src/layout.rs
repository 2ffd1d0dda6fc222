//! Where the photo lies in the frame, and the still picture that this gives.

use image::{GrayImage, Rgb, RgbImage, imageops};
use likeness_domain::video::Fit;

use crate::cut::mixed;
use crate::geometry::{Vec2, vec2};
use crate::matte::Matte;
use crate::puppet::{Puppet, resize, resize_grey};
use crate::warp::Area;

/// Maps photo pixels to frame pixels: `frame = photo * scale + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    scale: f32,
    offset: Vec2,
}

/// Height at which the middle of the face stands in a cut picture, as a share of the frame.
const FACE_HEIGHT: f32 = 0.42;

/// The blurred extension is computed at this long side: blur hides what is lost.
const BACKDROP_SIDE: f32 = 96.0;

impl Placement {
    fn new(puppet: &Puppet, frame: (u32, u32), fit: Fit) -> Self {
        let photo = vec2(puppet.photo.width() as f32, puppet.photo.height() as f32);
        let frame = vec2(frame.0 as f32, frame.1 as f32);
        let ratios = (frame.x / photo.x, frame.y / photo.y);
        match fit {
            Fit::Contain => {
                let scale = ratios.0.min(ratios.1);
                let size = vec2((photo.x * scale).round(), (photo.y * scale).round());
                let gap = (frame - size) * 0.5;
                Self {
                    scale,
                    offset: vec2(gap.x.floor(), gap.y.floor()),
                }
            }
            Fit::Cover => {
                let scale = ratios.0.max(ratios.1);
                let wanted =
                    vec2(frame.x * 0.5, frame.y * FACE_HEIGHT) - puppet.face_middle() * scale;
                let slack = frame - photo * scale;
                let offset = vec2(
                    wanted.x.clamp(slack.x.min(0.0), 0.0),
                    wanted.y.clamp(slack.y.min(0.0), 0.0),
                );
                Self { scale, offset }
            }
        }
    }

    /// The pixels of the frame that show nothing but the photo, with even edges.
    fn covered(&self, photo: &RgbImage, frame: (u32, u32)) -> Area {
        let span = |offset: f32, side: u32, most: u32| {
            let end = (offset + (side as f32 * self.scale).round()).clamp(0.0, most as f32);
            let start = (offset.max(0.0).ceil() as usize).next_multiple_of(2);
            (start, (end as usize & !1).saturating_sub(start))
        };
        let (left, width) = span(self.offset.x, photo.width(), frame.0);
        let (top, height) = span(self.offset.y, photo.height(), frame.1);
        Area {
            left,
            top,
            width,
            height,
        }
    }

    /// A landmark in frame pixels, whose middles are at whole numbers; depth keeps its scale to the rest.
    pub(crate) fn apply(&self, p: [f32; 3]) -> [f32; 3] {
        [
            p[0] * self.scale + self.offset.x - 0.5,
            p[1] * self.scale + self.offset.y - 0.5,
            p[2] * self.scale,
        ]
    }
}

/// Draws the photo into a frame of `width` by `height`; the area is the photo's part of it.
pub(crate) fn lay_out(
    puppet: &Puppet,
    width: u32,
    height: u32,
    fit: Fit,
    background: Option<[u8; 3]>,
) -> (RgbImage, Placement, Area) {
    let placement = Placement::new(puppet, (width, height), fit);
    let photo = &puppet.photo;
    let drawing = Drawing::new(&placement, photo, (width, height), fit);
    let drawn = resize(photo, drawing.part, drawing.size);
    let still = if drawing.size == (width, height) {
        drawn
    } else {
        let mut still = match background {
            Some(colour) => RgbImage::from_pixel(width, height, Rgb(colour)),
            None => backdrop(photo, width, height),
        };
        imageops::replace(&mut still, &drawn, drawing.at.0, drawing.at.1);
        still
    };
    let covered = placement.covered(photo, (width, height));
    (still, placement, covered)
}

/// Draws the person of the photo into a frame: its colours, continued where it is not seen so that no sample at an edge
/// mixes in something else, and its opacity.
pub(crate) fn lay_out_person(
    puppet: &Puppet,
    matte: &Matte,
    width: u32,
    height: u32,
    fit: Fit,
) -> (RgbImage, GrayImage, Placement, Area) {
    let mut placement = Placement::new(puppet, (width, height), fit);
    if fit == Fit::Contain {
        // Cut off below, a person must stand on the frame's edge, not float over it.
        let drawn = (puppet.photo.height() as f32 * placement.scale).round();
        placement.offset.y = height as f32 - drawn;
    }
    let drawing = Drawing::new(&placement, &puppet.photo, (width, height), fit);
    // Colours must be weighed by opacity while they are mixed with their neighbours'.
    let mut weighed = matte.colours.clone();
    for (pixel, alpha) in weighed.pixels_mut().zip(matte.alpha.as_raw()) {
        pixel.0 = pixel.0.map(|c| mixed(c, 0, *alpha));
    }
    let drawn = resize(&weighed, drawing.part, drawing.size);
    drop(weighed);
    let drawn_alpha = resize_grey(&matte.alpha, drawing.part, drawing.size);
    let mut colours = RgbImage::new(width, height);
    let mut alpha = GrayImage::new(width, height);
    imageops::replace(&mut colours, &drawn, drawing.at.0, drawing.at.1);
    imageops::replace(&mut alpha, &drawn_alpha, drawing.at.0, drawing.at.1);
    continue_colours(&mut colours, &alpha);
    let covered = placement.covered(&puppet.photo, (width, height));
    (colours, alpha, placement, covered)
}

/// Which part of the photo (left, top, width, height) is drawn at which size, and where in the frame.
#[derive(Debug)]
struct Drawing {
    part: [f64; 4],
    size: (u32, u32),
    at: (i64, i64),
}

impl Drawing {
    fn new(placement: &Placement, photo: &RgbImage, frame: (u32, u32), fit: Fit) -> Self {
        match fit {
            Fit::Cover => {
                let scale = f64::from(placement.scale);
                let (pw, ph) = (f64::from(photo.width()), f64::from(photo.height()));
                let (w, h) = (
                    (f64::from(frame.0) / scale).min(pw),
                    (f64::from(frame.1) / scale).min(ph),
                );
                let x = (-f64::from(placement.offset.x) / scale).clamp(0.0, pw - w);
                let y = (-f64::from(placement.offset.y) / scale).clamp(0.0, ph - h);
                Self {
                    part: [x, y, w, h],
                    size: frame,
                    at: (0, 0),
                }
            }
            Fit::Contain => {
                let side = |pixels: u32, most: u32| {
                    ((pixels as f32 * placement.scale).round() as u32).clamp(1, most)
                };
                Self {
                    part: whole(photo),
                    size: (side(photo.width(), frame.0), side(photo.height(), frame.1)),
                    at: (placement.offset.x as i64, placement.offset.y as i64),
                }
            }
        }
    }
}

/// Below this opacity a pixel's own colour is known too badly to stand alone.
const FAINT: f32 = 24.0;

/// Makes weighed colours straight, and continues them where nothing is seen: each pixel takes what is missing from the
/// mean of a larger and larger square about it (pull and push over a pyramid of halves).
fn continue_colours(colours: &mut RgbImage, alpha: &GrayImage) {
    let (width, height) = (colours.width() as usize, colours.height() as usize);
    let base: Vec<[f32; 4]> = colours
        .pixels()
        .zip(alpha.as_raw())
        .map(|(p, &a)| {
            let [r, g, b] = p.0.map(f32::from);
            [r, g, b, f32::from(a)]
        })
        .collect();
    let mut levels = vec![(width, height, base)];
    while let Some((w, h, level)) = levels.last().filter(|(w, h, _)| w.max(h) > &1) {
        let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
        let mut half = vec![[0.0_f32; 4]; half_w * half_h];
        for (k, value) in level.iter().enumerate() {
            let sum = &mut half[k / w / 2 * half_w + k % w / 2];
            for (sum, value) in sum.iter_mut().zip(value) {
                *sum += value * 0.25;
            }
        }
        levels.push((half_w, half_h, half));
    }
    let mut known: Vec<[f32; 3]> = Vec::new();
    let mut coarse_width = 1;
    while let Some((w, _, level)) = levels.pop() {
        known = level
            .iter()
            .enumerate()
            .map(|(k, &[r, g, b, a])| {
                let coarse = known
                    .get(k / w / 2 * coarse_width + k % w / 2)
                    .copied()
                    .unwrap_or([128.0; 3]);
                let trust = (a / FAINT).min(1.0);
                let own = [r, g, b].map(|c| c * 255.0 / a.max(1e-3));
                [0, 1, 2].map(|c| coarse[c] + (own[c] - coarse[c]) * trust)
            })
            .collect();
        coarse_width = w;
    }
    for (pixel, known) in colours.pixels_mut().zip(known) {
        pixel.0 = known.map(|c| (c + 0.5).clamp(0.0, 255.0) as u8);
    }
}

/// A picture that fills a frame of `width` by `height`; what lies outside is cut evenly.
pub(crate) fn filling(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let [_, _, pw, ph] = whole(picture);
    let scale = (f64::from(width) / pw).max(f64::from(height) / ph);
    let (w, h) = (
        (f64::from(width) / scale).min(pw),
        (f64::from(height) / scale).min(ph),
    );
    let part = [(pw - w) / 2.0, (ph - h) / 2.0, w, h];
    resize(picture, part, (width, height))
}

fn whole(picture: &RgbImage) -> [f64; 4] {
    [
        0.0,
        0.0,
        f64::from(picture.width()),
        f64::from(picture.height()),
    ]
}

/// The photo filling the frame, blurred and darkened.
pub(crate) fn backdrop(photo: &RgbImage, width: u32, height: u32) -> RgbImage {
    let shrink = BACKDROP_SIDE / width.max(height) as f32;
    let side = |pixels: u32| ((pixels as f32 * shrink).round() as u32).max(1);
    let small = filling(photo, side(width), side(height));
    let small = imageops::blur(&small, 4.0);
    let mut large = resize(&small, whole(&small), (width, height));
    for byte in large.iter_mut() {
        *byte = (u16::from(*byte) * 7 / 10) as u8;
    }
    large
}
