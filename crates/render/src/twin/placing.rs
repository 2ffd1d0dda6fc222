//! Where footage lies in the frame: found once for a scene, from where the face is in the reference.

use image::RgbImage;
use likeness_domain::video::Fit;

use crate::frame::Frame;
use crate::layout;
use crate::scene::{SceneError, SceneOptions, check_size};
use crate::twin::track::Face;
use crate::warp::Area;

/// Height at which the middle of the face stands in a cut picture, as a share of the frame; as photos are placed.
const FACE_HEIGHT: f64 = 0.42;

/// The footage's place. All numbers of pixels are even.
#[derive(Debug, Clone)]
pub struct TwinPlacing {
    /// Size that the whole of a footage's frame is brought to.
    pub scaled: (u32, u32),
    /// The part of that which is seen: its left and top, and its size.
    pub corner: (u32, u32),
    pub size: (u32, u32),
    /// Where that part lies in the frame.
    at: (u32, u32),
    frame: (u32, u32),
    scale: [f32; 2],
    background: Option<[u8; 3]>,
}

impl TwinPlacing {
    /// `footage` are the sides of its frames, `face` is a typical one in pixels of these.
    pub fn new(
        footage: (u32, u32),
        face: &[[f32; 3]],
        options: &SceneOptions,
    ) -> Result<Self, SceneError> {
        let SceneOptions {
            width,
            height,
            fit,
            background,
        } = *options;
        check_size(width, height)?;
        let ratios = [
            f64::from(width) / f64::from(footage.0.max(1)),
            f64::from(height) / f64::from(footage.1.max(1)),
        ];
        let scale = match fit {
            Fit::Contain => ratios[0].min(ratios[1]),
            Fit::Cover => ratios[0].max(ratios[1]),
        };
        let even = |v: f64| ((v / 2.0).round() as u32 * 2).max(2);
        let mut scaled = (
            even(f64::from(footage.0) * scale),
            even(f64::from(footage.1) * scale),
        );
        if fit == Fit::Cover {
            scaled = (scaled.0.max(width), scaled.1.max(height));
        }
        let size = (scaled.0.min(width), scaled.1.min(height));
        let middle = |axis: usize| {
            let sum: f64 = face.iter().map(|p| f64::from(p[axis])).sum();
            sum / face.len().max(1) as f64 * scale
        };
        let cut = |wanted: f64, all: u32, seen: u32| {
            let most = f64::from(all - seen);
            ((wanted.clamp(0.0, most) / 2.0).floor() * 2.0) as u32
        };
        let corner = (
            cut(middle(0) - f64::from(size.0) / 2.0, scaled.0, size.0),
            cut(
                middle(1) - f64::from(size.1) * FACE_HEIGHT,
                scaled.1,
                size.1,
            ),
        );
        let gap = |frame: u32, seen: u32| (frame - seen) / 4 * 2;
        Ok(Self {
            scaled,
            corner,
            size,
            at: (gap(width, size.0), gap(height, size.1)),
            frame: (width, height),
            scale: [
                scaled.0 as f32 / footage.0.max(1) as f32,
                scaled.1 as f32 / footage.1.max(1) as f32,
            ],
            background,
        })
    }

    /// Landmarks of the footage in pixels of the frame, whose middles are at whole numbers.
    #[must_use]
    pub fn place(&self, face: &[[f32; 3]]) -> Face {
        let off = [
            self.at.0 as f32 - self.corner.0 as f32 - 0.5,
            self.at.1 as f32 - self.corner.1 as f32 - 0.5,
        ];
        face.iter()
            .map(|&[x, y, z]| {
                [
                    x * self.scale[0] + off[0],
                    y * self.scale[1] + off[1],
                    z * self.scale[0],
                ]
            })
            .collect()
    }

    /// Bytes of the part that is seen, as [`Self::lay`] takes it.
    pub fn bytes(&self) -> usize {
        self.size.0 as usize * self.size.1 as usize * 3 / 2
    }

    /// A frame that shows what the footage leaves free: a colour, or the blurred extension of the reference.
    pub fn blank(&self, reference: &[u8]) -> Frame {
        let (width, height) = self.frame;
        if self.size == self.frame {
            return Frame::black(width, height);
        }
        let picture = if let Some(colour) = self.background {
            RgbImage::from_pixel(width, height, image::Rgb(colour))
        } else {
            let mut seen = Frame::black(self.size.0, self.size.1);
            seen.fill().copy_from_slice(reference);
            layout::backdrop(&seen.to_rgb(), width, height)
        };
        Frame::from_rgb(&picture)
    }

    /// Lays the seen part of a footage's frame (luma, then both chroma planes) into the frame.
    pub fn lay(&self, seen: &[u8], frame: &mut Frame) {
        let bytes = frame.fill();
        if self.size == self.frame {
            bytes.copy_from_slice(seen);
            return;
        }
        let (fw, fh) = (self.frame.0 as usize, self.frame.1 as usize);
        let (w, h) = (self.size.0 as usize, self.size.1 as usize);
        let (x, y) = (self.at.0 as usize, self.at.1 as usize);
        let planes = [
            (0, 0, fw, w, h, x, y),
            (fw * fh, w * h, fw / 2, w / 2, h / 2, x / 2, y / 2),
            (
                fw * fh * 5 / 4,
                w * h * 5 / 4,
                fw / 2,
                w / 2,
                h / 2,
                x / 2,
                y / 2,
            ),
        ];
        for (to, from, stride, w, h, x, y) in planes {
            for row in 0..h {
                let start = to + (y + row) * stride + x;
                bytes[start..start + w].copy_from_slice(&seen[from + row * w..][..w]);
            }
        }
    }

    /// The pixels of the frame that show footage.
    pub(crate) fn covered(&self) -> Area {
        Area {
            left: self.at.0 as usize,
            top: self.at.1 as usize,
            width: self.size.0 as usize,
            height: self.size.1 as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(width: u32, height: u32, fit: Fit) -> SceneOptions {
        SceneOptions {
            width,
            height,
            fit,
            background: Some([255, 0, 0]),
        }
    }

    #[test]
    fn footage_fills_the_frame_about_the_face() {
        let face = vec![[900.0, 300.0, 0.0]; 478];
        let placing =
            TwinPlacing::new((1280, 720), &face, &options(720, 1280, Fit::Cover)).unwrap();
        assert_eq!(placing.size, (720, 1280));
        assert_eq!(placing.scaled, (2276, 1280));
        // The face's middle, at 1600, is in the middle of the part.
        assert!(placing.corner.0.abs_diff(1240) <= 2, "{:?}", placing.corner);
        let [x, y, _] = placing.place(&face)[0];
        assert!(
            (x - 360.0).abs() < 3.0 && (y - 533.0).abs() < 3.0,
            "{x} {y}"
        );
    }

    #[test]
    fn bars_keep_their_colour() {
        let face = vec![[8.0, 8.0, 0.0]; 478];
        let placing = TwinPlacing::new((16, 16), &face, &options(32, 16, Fit::Contain)).unwrap();
        assert_eq!((placing.size, placing.at), ((16, 16), (8, 0)));
        let grey = vec![128; placing.bytes()];
        let mut frame = placing.blank(&grey);
        placing.lay(&grey, &mut frame);
        let shown = frame.to_rgb();
        assert!(shown.get_pixel(2, 8).0[0] > 245 && shown.get_pixel(30, 8).0[1] < 10);
        let [r, g, b] = shown.get_pixel(16, 8).0;
        assert!(r.abs_diff(130) < 3 && g.abs_diff(130) < 3 && b.abs_diff(130) < 3);
    }
}
