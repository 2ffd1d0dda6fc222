//! A picture that stands still and fills the frame.

use image::RgbImage;

use crate::actor::Actor;
use crate::frame::Frame;
use crate::plan::Pose;
use crate::puppet::resize;
use crate::scene::{SceneError, check_size};

/// A still scene.
#[derive(Debug, Clone)]
pub struct Still {
    frame: Frame,
}

impl Still {
    /// Shows the middle of the picture: it fills the frame, and what lies outside is cut on both sides alike.
    pub fn new(picture: &RgbImage, width: u32, height: u32) -> Result<Self, SceneError> {
        check_size(width, height)?;
        let filled = fill(picture, width, height);
        Ok(Self {
            frame: Frame::from_rgb(&filled),
        })
    }
}

/// The middle of a picture at the size and shape of a frame.
pub fn fill(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (pw, ph) = (f64::from(picture.width()), f64::from(picture.height()));
    let scale = (f64::from(width) / pw).max(f64::from(height) / ph);
    let (w, h) = (
        (f64::from(width) / scale).min(pw),
        (f64::from(height) / scale).min(ph),
    );
    let part = [(pw - w) / 2.0, (ph - h) / 2.0, w, h];
    resize(picture, part, (width, height))
}

impl Actor for Still {
    fn new_frame(&self) -> Frame {
        self.frame.clone()
    }

    fn render(&self, _index: usize, _pose: &Pose, frame: &mut Frame) {
        if !frame.shows_background_of(&self.frame) {
            *frame = self.new_frame();
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn the_middle_fills_the_frame() {
        // Three stripes, of which the middle one is as wide as the frame is.
        let picture = RgbImage::from_fn(300, 100, |x, _| match x / 100 {
            0 => Rgb([255, 0, 0]),
            1 => Rgb([255, 255, 255]),
            _ => Rgb([0, 0, 255]),
        });
        let still = Still::new(&picture, 50, 50).unwrap();
        let mut frame = still.new_frame();
        still.render(3, &Pose::default(), &mut frame);
        let shown = frame.to_rgb();
        assert_eq!(shown.dimensions(), (50, 50));
        assert!(
            shown
                .pixels()
                .skip(2)
                .step_by(5)
                .all(|p| p.0.iter().all(|&c| c > 240))
        );

        let other = Still::new(&RgbImage::new(10, 10), 50, 50).unwrap();
        other.render(0, &Pose::default(), &mut frame);
        assert!(frame.to_rgb().pixels().all(|p| p.0 == [0, 0, 0]));
        assert!(Still::new(&picture, 51, 50).is_err());
    }
}
