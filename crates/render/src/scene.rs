//! A puppet placed in a frame: everything that does not depend on the pose is done once, here.

use std::time::{Duration, Instant};

use image::RgbImage;
use likeness_domain::video::Fit;

use crate::actor::Actor;
use crate::cut::{Behind, Cut};
use crate::eye::Eye;
use crate::frame::Frame;
use crate::layout;
use crate::mesh::{EYES, POINTS, TRIANGLES};
use crate::mouth::Mouth;
use crate::plan::Pose;
use crate::puppet::Puppet;
use crate::rig::{Rig, ring_triangles};
use crate::warp::Canvas;

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

/// What cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    #[error("a scene's sides must be even and from 2 to 8192 pixels, not {width} by {height}")]
    Size { width: u32, height: u32 },
    #[error("the puppet's person was not cut out of the photo")]
    NoMatte,
}

/// Where the time of one frame went.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageTimes {
    /// The pose's points and triangles.
    pub shape: Duration,
    /// Finding for each pixel the place of the photo that it shows.
    pub mesh: Duration,
    /// Lids and glances.
    pub eyes: Duration,
    /// Reading the photo there.
    pub sample: Duration,
    /// The inside of the mouth.
    pub mouth: Duration,
}

/// Time from lap to lap; the only clock here, and only for [`StageTimes`].
struct Clock(Instant);

impl Clock {
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.0, now)
    }
}

pub(crate) fn check_size(width: u32, height: u32) -> Result<(), SceneError> {
    let fits = |side: u32| (2..=8192).contains(&side) && side.is_multiple_of(2);
    if fits(width) && fits(height) {
        Ok(())
    } else {
        Err(SceneError::Size { width, height })
    }
}

/// A posable picture. May be drawn by several threads at once.
#[derive(Debug, Clone)]
pub struct Scene {
    still: Frame,
    rig: Rig,
    mouth: Mouth,
    eyes: [Eye; 2],
    triangles: Vec<[usize; 3]>,
    /// All that ever moves.
    canvas: Canvas,
    /// Where the photo's own background is not seen.
    cut: Option<Cut>,
}

impl Scene {
    /// Places the puppet.
    pub fn new(puppet: &Puppet, options: &SceneOptions) -> Result<Self, SceneError> {
        Self::place(puppet, options, None)
    }

    /// Places the person alone in front of something else; `options.background` has no meaning here. The puppet's
    /// person must have been cut out.
    pub fn in_front_of(
        puppet: &Puppet,
        options: &SceneOptions,
        behind: &Behind,
    ) -> Result<Self, SceneError> {
        Self::place(puppet, options, Some(behind))
    }

    fn place(
        puppet: &Puppet,
        options: &SceneOptions,
        behind: Option<&Behind>,
    ) -> Result<Self, SceneError> {
        let SceneOptions {
            width,
            height,
            fit,
            background,
        } = *options;
        check_size(width, height)?;
        let (still, alpha, placement, covered) = match (behind, &puppet.matte) {
            (None, _) => {
                let (still, placement, covered) =
                    layout::lay_out(puppet, width, height, fit, background);
                (still, None, placement, covered)
            }
            (Some(_), None) => return Err(SceneError::NoMatte),
            (Some(behind), Some(matte)) => {
                let (still, alpha, placement, covered) =
                    layout::lay_out_person(puppet, matte, width, height, fit);
                (still, Some((alpha, behind)), placement, covered)
            }
        };
        let landmarks: Vec<[f32; 3]> = puppet
            .landmarks
            .iter()
            .map(|&p| placement.apply(p))
            .collect();
        let rig = Rig::new(&landmarks);
        let mouth = Mouth::new(&still, &rig);
        let eyes = EYES.each_ref().map(|lids| Eye::new(lids, &rig));
        // Rings first: where the turned face covers them, the face is drawn over.
        let mut triangles = ring_triangles();
        triangles.extend(TRIANGLES.iter().map(|t| t.map(usize::from)));
        let mut still = Frame::from_rgb(&still);
        let canvas = Canvas::new(&still, rig.outline(), covered);
        let cut = alpha.map(|(alpha, behind)| {
            let behind = behind.frame(width, height);
            Cut::lay(&alpha, behind.as_ref(), &mut still);
            Cut::new(&alpha, &canvas, covered, behind)
        });
        Ok(Self {
            still,
            rig,
            mouth,
            eyes,
            triangles,
            canvas,
            cut,
        })
    }

    /// A frame for [`Self::render`]; reuse it, as only the moving area is drawn each time.
    pub fn new_frame(&self) -> Frame {
        self.still.clone()
    }

    /// Draws a pose into a frame made by [`Self::new_frame`]; one of another scene is made anew.
    pub fn render(&self, pose: &Pose, frame: &mut Frame) {
        self.render_timed(pose, frame);
    }

    /// The same, and how long each stage took.
    pub fn render_timed(&self, pose: &Pose, frame: &mut Frame) -> StageTimes {
        let mut times = StageTimes::default();
        if !frame.shows_background_of(&self.still) {
            *frame = self.new_frame();
        }
        let started = Instant::now();
        let shape = self.rig.shape(pose);
        let mut triangles = self.rig.underlay(&shape);
        triangles.extend(self.triangles.iter().map(|triangle| {
            let to = triangle.map(|k| shape.points[k]);
            (to, triangle.map(|k| self.rig.source[k]))
        }));
        let pieces = self.canvas.pieces(&triangles);
        let mut clock = Clock(started);
        times.shape = clock.lap();
        let mut field = std::mem::take(&mut frame.field);
        for band in self.canvas.bands() {
            self.canvas.reset(&mut field, band);
            self.canvas.mesh(&mut field, &pieces);
            times.mesh += clock.lap();
            for (eye, skull) in self.eyes.iter().zip(shape.skull_at_eyes) {
                eye.draw(&self.canvas, &mut field, skull, pose);
            }
            times.eyes += clock.lap();
            self.canvas.draw(&mut field, frame);
            // The face is opaque, so what is painted into it later needs no opacity of its own.
            if let Some(cut) = &self.cut {
                cut.draw(&self.canvas, &field, frame);
            }
            times.sample += clock.lap();
        }
        frame.field = field;
        for (eye, skull) in self.eyes.iter().zip(shape.skull_at_eyes) {
            eye.soften(&self.canvas, frame, skull, pose);
        }
        times.eyes += clock.lap();
        self.mouth.paint(frame, self.rig.unit, &shape, pose);
        times.mouth = clock.lap();
        times
    }

    /// One pose as a picture.
    pub fn render_rgb(&self, pose: &Pose) -> RgbImage {
        let mut frame = self.new_frame();
        self.render(pose, &mut frame);
        frame.to_rgb()
    }

    /// The picture before anything moves: the photo as it lies in the frame.
    pub fn still_rgb(&self) -> RgbImage {
        self.still.to_rgb()
    }

    /// The closed line beyond which no pose changes a pixel (but for a margin of three pixels), in pixels of the frame.
    pub fn moving_outline(&self) -> Vec<[f32; 2]> {
        self.rig.outline().iter().map(|p| [p.x, p.y]).collect()
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

impl Actor for Scene {
    fn new_frame(&self) -> Frame {
        self.new_frame()
    }

    fn render(&self, _index: usize, pose: &Pose, frame: &mut Frame) {
        self.render(pose, frame);
    }
}
