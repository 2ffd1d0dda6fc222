//! Where the photo lies in the frame, and the still picture that this gives.

use image::{Rgb, RgbImage, imageops};
use likeness_domain::video::Fit;

use crate::geometry::{Vec2, vec2};
use crate::puppet::{Puppet, resize};
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
    let still = match fit {
        Fit::Cover => {
            let scale = f64::from(placement.scale);
            let (pw, ph) = (f64::from(photo.width()), f64::from(photo.height()));
            let (w, h) = (
                (f64::from(width) / scale).min(pw),
                (f64::from(height) / scale).min(ph),
            );
            let x = (-f64::from(placement.offset.x) / scale).clamp(0.0, pw - w);
            let y = (-f64::from(placement.offset.y) / scale).clamp(0.0, ph - h);
            resize(photo, [x, y, w, h], (width, height))
        }
        Fit::Contain => {
            let side = |pixels: u32, most: u32| {
                ((pixels as f32 * placement.scale).round() as u32).clamp(1, most)
            };
            let size = (side(photo.width(), width), side(photo.height(), height));
            let mut still = match background {
                Some(colour) => RgbImage::from_pixel(width, height, Rgb(colour)),
                None => backdrop(photo, width, height),
            };
            let drawn = resize(photo, whole(photo), size);
            let (x, y) = (placement.offset.x as i64, placement.offset.y as i64);
            imageops::replace(&mut still, &drawn, x, y);
            still
        }
    };
    let covered = placement.covered(photo, (width, height));
    (still, placement, covered)
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
fn backdrop(photo: &RgbImage, width: u32, height: u32) -> RgbImage {
    let shrink = BACKDROP_SIDE / width.max(height) as f32;
    let side = |pixels: u32| ((pixels as f32 * shrink).round() as u32).max(1);
    let (small_w, small_h) = (side(width), side(height));
    let [_, _, pw, ph] = whole(photo);
    let scale = (f64::from(small_w) / pw).max(f64::from(small_h) / ph);
    let (w, h) = (
        (f64::from(small_w) / scale).min(pw),
        (f64::from(small_h) / scale).min(ph),
    );
    let part = [(pw - w) / 2.0, (ph - h) / 2.0, w, h];
    let small = imageops::blur(&resize(photo, part, (small_w, small_h)), 4.0);
    let mut large = resize(&small, whole(&small), (width, height));
    for byte in large.iter_mut() {
        *byte = (u16::from(*byte) * 7 / 10) as u8;
    }
    large
}
