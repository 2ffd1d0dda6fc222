//! A puppet placed in a frame: everything that does not depend on the pose is done once, here.

use image::RgbImage;
use likeness_domain::video::Fit;

use crate::frame::Frame;
use crate::geometry::{Vec2, curve_at, smoothstep, vec2};
use crate::layout;
use crate::mesh::{EYES, Eye, POINTS, TRIANGLES};
use crate::mouth::Mouth;
use crate::plan::Pose;
use crate::puppet::Puppet;
use crate::rig::{Rig, Shape, ring_triangles};
use crate::warp::{Area, Canvas, Field};

/// The output.
#[derive(Debug, Clone, Copy)]
pub struct SceneOptions {
    /// Sides in pixels: even, 2 to 8192.
    pub width: u32,
    pub height: u32,
    pub fit: Fit,
    /// Colour behind a photo that does not fill the frame; its own blurred extension when absent.
    pub background: Option<[u8; 3]>,
}

/// The output has a size that cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scene's sides must be even and from 2 to 8192 pixels, not {width} by {height}")]
pub struct SceneError {
    pub width: u32,
    pub height: u32,
}

/// A posable picture. May be drawn by several threads at once.
#[derive(Debug, Clone)]
pub struct Scene {
    still: Frame,
    rig: Rig,
    mouth: Mouth,
    triangles: Vec<[usize; 3]>,
    /// All that ever moves.
    canvas: Canvas,
}

impl Scene {
    /// Places the puppet.
    pub fn new(puppet: &Puppet, options: &SceneOptions) -> Result<Self, SceneError> {
        let SceneOptions {
            width,
            height,
            fit,
            background,
        } = *options;
        let fits = |side: u32| (2..=8192).contains(&side) && side.is_multiple_of(2);
        if !fits(width) || !fits(height) {
            return Err(SceneError { width, height });
        }
        let (still, placement) = layout::lay_out(puppet, width, height, fit, background);
        let landmarks: Vec<[f32; 3]> = puppet
            .landmarks
            .iter()
            .map(|&p| placement.apply(p))
            .collect();
        let rig = Rig::new(&landmarks);
        let mouth = Mouth::new(&still, &rig);
        // Rings first: where the turned face covers them, the face is drawn over.
        let mut triangles = ring_triangles();
        triangles.extend(TRIANGLES.iter().map(|t| t.map(usize::from)));
        let still = Frame::from_rgb(&still);
        let canvas = Canvas::new(&still, rig.outline());
        Ok(Self {
            still,
            rig,
            mouth,
            triangles,
            canvas,
        })
    }

    /// A frame for [`Self::render`]; reuse it, as only the moving area is drawn each time.
    pub fn new_frame(&self) -> Frame {
        self.still.clone()
    }

    /// Draws a pose into a frame made by [`Self::new_frame`]; one of another scene is made anew.
    pub fn render(&self, pose: &Pose, frame: &mut Frame) {
        if !frame.shows_background_of(&self.still) {
            *frame = self.new_frame();
        }
        let shape = self.rig.shape(pose);
        let mut field = std::mem::take(&mut frame.field);
        self.canvas.reset(&mut field);
        for (to, from) in self.rig.inner_rim(&shape) {
            self.canvas.triangle(&mut field, to, from);
        }
        for triangle in &self.triangles {
            let to = triangle.map(|k| shape.points[k]);
            let from = triangle.map(|k| self.rig.source[k]);
            self.canvas.triangle(&mut field, to, from);
        }
        for (eye, skull) in EYES.iter().zip(shape.skull_at_eyes) {
            self.open_eye(&mut field, eye, skull, &shape, pose);
        }
        self.canvas.draw(&field, frame);
        frame.field = field;
        self.mouth.paint(frame, &self.rig, &shape, pose);
    }

    /// One pose as a picture.
    pub fn render_rgb(&self, pose: &Pose) -> RgbImage {
        let mut frame = self.new_frame();
        self.render(pose, &mut frame);
        frame.to_rgb()
    }

    /// Between the lids lies the eyeball, which follows the skull and the glance but not the lids.
    fn open_eye(&self, field: &mut Field, eye: &Eye, skull: Vec2, shape: &Shape, pose: &Pose) {
        let corners = eye.corners.map(|k| shape.points[k]);
        let span = corners[1] - corners[0];
        let length = span.length().max(1.0);
        let along = span * (1.0 / length);
        let down = vec2(-along.y, along.x);
        let local = |p: Vec2| vec2((p - corners[0]).dot(along), (p - corners[0]).dot(down));
        let lid = |row: &[usize; 7]| -> Vec<Vec2> {
            let ends = [vec2(0.0, 0.0), vec2(length, 0.0)];
            let middle = row.iter().map(|&k| local(shape.points[k]));
            std::iter::once(ends[0])
                .chain(middle)
                .chain(std::iter::once(ends[1]))
                .collect()
        };
        let (upper, lower) = (lid(&eye.upper), lid(&eye.lower));
        let around: Vec<Vec2> = eye
            .upper
            .iter()
            .chain(&eye.lower)
            .chain(&eye.corners)
            .map(|&k| shape.points[k])
            .collect();
        let area = Area::around(&around, self.still.width(), self.still.height());
        let glance = (along * pose.gaze[0] + down * pose.gaze[1]) * length;
        self.canvas.change(field, area, |p| {
            let q = local(p);
            if q.x <= 0.0 || q.x >= length {
                return None;
            }
            let (top, bottom) = (curve_at(&upper, q.x), curve_at(&lower, q.x));
            (q.y > top && q.y < bottom).then(|| {
                // The glance fades to the lids and corners, so that no skin is dragged in.
                let side = (q.x / length).min(1.0 - q.x / length);
                let rim = (q.y - top).min(bottom - q.y) / length;
                let share = smoothstep(0.05, 0.3, side) * smoothstep(0.0, 0.08, rim);
                p - skull - glance * share
            })
        });
    }

    /// Opening and width of the mouth that a pose intends, in eye distances: for measures of the result.
    pub fn intended_mouth(&self, pose: &Pose) -> [f32; 2] {
        let shape = self.rig.shape(pose);
        let opening = (shape.lower[5] - shape.upper[5]).length();
        let width = (shape.upper[10] - shape.upper[0]).length();
        debug_assert!(shape.points.len() > POINTS);
        [opening / self.rig.unit, width / self.rig.unit]
    }
}
