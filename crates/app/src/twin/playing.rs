//! A twin's footage, shown again frame by frame with another mouth.

use std::sync::Arc;

use image::RgbImage;
use likeness_domain::video::Fit;
use likeness_media::ffmpeg::{Ffmpeg, FfmpegError};
use likeness_media::footage::{Footage, FootageSpec, Frames};
use likeness_render::{Face, Frame, Loop, Pose, SceneOptions, Shown, TwinPlacing, TwinScene};

use super::file::{Twin, TwinError};
use super::{mouths, unit};
use crate::rendering::RenderError;

/// A twin set into a scene: gives frames in order, to be drawn in any order.
#[derive(Debug)]
pub(crate) struct Player {
    ffmpeg: Ffmpeg,
    twin: Arc<Twin>,
    scene: TwinScene,
    placing: TwinPlacing,
    blank: Frame,
    looped: Loop,
    /// Frames given so far.
    given: usize,
    /// The person's own mouth that was shown last.
    shown: Option<Shown>,
    /// The footage as it goes on, and where it begins again, while one passes into the other.
    main: Footage,
    next: Option<Footage>,
    buffer: Vec<u8>,
}

/// What must be known to draw a frame that was given.
#[derive(Debug)]
pub(crate) struct Given {
    face: Face,
    shown: Option<Shown>,
    /// The frame that it passes into, its face, and how far that is.
    into: Option<(Box<Frame>, Face, f32)>,
}

impl Player {
    /// Sets the twin. `turn` chooses among its loops, so that the scenes of a video do not all begin alike. `own` is the
    /// twin of the same person whose own mouths are shown, if any are.
    pub(crate) fn new(
        ffmpeg: &Ffmpeg,
        twin: &Arc<Twin>,
        options: &SceneOptions,
        turn: usize,
        own: Option<&Twin>,
    ) -> Result<Self, RenderError> {
        let head = &twin.head;
        let resting = *head
            .references
            .first()
            .ok_or_else(|| failed(TwinError::Parts("references")))?;
        let face = twin.face(resting).map_err(failed)?;
        let placing = TwinPlacing::new((head.width, head.height), &face, options)
            .map_err(anyhow::Error::from)?;
        let mut buffer = vec![0; placing.bytes()];
        let still = Frames::Chosen(vec![resting as u64]);
        reader(ffmpeg, twin, &placing, still)?.read(&mut buffer)?;
        let blank = placing.blank(&buffer);
        let mut reference = blank.clone();
        placing.lay(&buffer, &mut reference);
        let looped: Loop = head
            .loops
            .get(turn % head.loops.len().max(1))
            .copied()
            .ok_or_else(|| failed(TwinError::Parts("loops")))?
            .into();
        let placed = placing.place(&face);
        let own = own.map(|own| mouths::own(own, unit(&placed)));
        let own = own.transpose()?.unwrap_or_default();
        Ok(Self {
            scene: TwinScene::new(&reference, &placed, &placing, &own, head.enamel),
            shown: None,
            main: reader(ffmpeg, twin, &placing, from(looped.start))?,
            next: None,
            ffmpeg: ffmpeg.clone(),
            given: 0,
            twin: twin.clone(),
            placing,
            blank,
            looped,
            buffer,
        })
    }

    pub(crate) fn new_frame(&self) -> Frame {
        self.blank.clone()
    }

    /// Reads the next frame of the footage, and chooses the mouth for the pose that it will have.
    pub(crate) fn give(&mut self, frame: &mut Frame, pose: &Pose) -> Result<Given, RenderError> {
        let (shown, into) = self.looped.frame(self.given);
        self.given += 1;
        if into.is_none()
            && let Some(next) = self.next.take()
        {
            self.main = next;
        }
        self.main.read(&mut self.buffer)?;
        self.lay(frame);
        let face = self.face(shown)?;
        self.shown = self.scene.choose(self.shown, &face, pose);
        let shown = self.shown;
        let Some((index, share)) = into else {
            return Ok(Given {
                face,
                shown,
                into: None,
            });
        };
        if self.next.is_none() {
            let next = reader(&self.ffmpeg, &self.twin, &self.placing, from(index))?;
            self.next = Some(next);
        }
        if let Some(next) = &mut self.next {
            next.read(&mut self.buffer)?;
        }
        let mut other = Box::new(self.blank.clone());
        self.lay(&mut other);
        Ok(Given {
            face,
            shown,
            into: Some((other, self.face(index)?, share)),
        })
    }

    /// Draws the mouth into a frame that was given.
    pub(crate) fn draw(&self, given: &mut Given, pose: &Pose, frame: &mut Frame) {
        match &mut given.into {
            None => self.scene.draw(&given.face, pose, given.shown, frame),
            Some((other, face, share)) => {
                let faces = [given.face.as_slice(), face.as_slice()];
                self.scene
                    .draw_crossing(faces, *share, pose, given.shown, frame, other);
            }
        }
    }

    fn lay(&self, frame: &mut Frame) {
        // A frame that somebody else drew may have anything where the footage does not reach.
        frame.copy_picture(&self.blank);
        self.placing.lay(&self.buffer, frame);
    }

    fn face(&self, frame: usize) -> Result<Face, RenderError> {
        let face = self.twin.face(frame).map_err(failed)?;
        Ok(self.placing.place(&face))
    }
}

fn failed(error: TwinError) -> RenderError {
    RenderError::Other(error.into())
}

/// Frames of the footage, whole. They ascend, and each costs as much as all between it and the one before.
pub(super) fn pictures(
    ffmpeg: &Ffmpeg,
    twin: &Twin,
    frames: &[usize],
    mut take: impl FnMut(usize, RgbImage) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Some(&first) = frames.first() else {
        return Ok(());
    };
    let placing = filling(twin, first, (twin.head.width, twin.head.height))?;
    let mut buffer = vec![0; placing.bytes()];
    let chosen = Frames::Chosen(frames.iter().map(|frame| *frame as u64).collect());
    let mut film = reader(ffmpeg, twin, &placing, chosen)?;
    for frame in frames {
        film.read(&mut buffer)?;
        let mut whole = placing.blank(&buffer);
        placing.lay(&buffer, &mut whole);
        take(*frame, whole.to_rgb())?;
    }
    Ok(())
}

/// The footage as it fills a picture of so many pixels, with the face that it has in `frame`.
pub(super) fn filling(
    twin: &Twin,
    frame: usize,
    (width, height): (u32, u32),
) -> anyhow::Result<TwinPlacing> {
    let options = SceneOptions {
        width,
        height,
        fit: Fit::Cover,
        background: None,
    };
    let size = (twin.head.width, twin.head.height);
    Ok(TwinPlacing::new(size, &twin.face(frame)?, &options)?)
}

/// The footage from a frame on.
pub(super) fn from(frame: usize) -> Frames {
    Frames::From(frame as u64)
}

/// Frames of the footage as they lie in the scene.
pub(super) fn reader(
    ffmpeg: &Ffmpeg,
    twin: &Twin,
    placing: &TwinPlacing,
    frames: Frames,
) -> Result<Footage, FfmpegError> {
    let spec = FootageSpec {
        file: twin.film.clone(),
        fps: twin.head.fps,
        frames,
        scaled: placing.scaled,
        corner: placing.corner,
        size: placing.size,
    };
    Footage::start(ffmpeg, &spec)
}
