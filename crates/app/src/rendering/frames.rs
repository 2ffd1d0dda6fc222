//! From scenes and their motion to an encoded file: frames are drawn by all cores, in order, while the encoder takes
//! the ones before. Memory is the frames between the two, however long the video is.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use image::RgbImage;
use likeness_media::encode::{EncodeError, EncodedFile};
use likeness_media::film::Film;
use likeness_render::{Actor, Frame, Pose};
use rayon::prelude::*;

use super::outputs::Outputs;
use super::{Progress, RenderError};
use crate::twin::playing::Player;

/// Why the frames did not become a file.
#[derive(Debug, thiserror::Error)]
pub enum FramesError {
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error("cancelled")]
    Cancelled,
}

/// Frames drawn as one parallel batch. Two batches are under way: one drawn, one encoded.
const BATCH: usize = 8;

/// Where the time of a render went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FrameTimes {
    /// Drawing, on all cores.
    pub drawing: Duration,
    /// Waiting for the encoder to take frames, and to finish.
    pub waiting: Duration,
}

/// Rows for frames, in pieces of any length, as far as they are known; the next may have to be waited for.
pub(crate) type Poses<'a> = Box<dyn Iterator<Item = Result<Vec<Pose>, RenderError>> + 'a>;

/// One scene, set.
pub(crate) enum Shot<'a> {
    /// Who is drawn, and how they move: a row for each frame.
    Acted {
        actor: Box<dyn Actor>,
        poses: Poses<'a>,
    },
    /// Footage that is given frame by frame and gets a mouth that moves: a row for each frame.
    Played {
        player: Box<Player>,
        poses: Poses<'a>,
    },
    /// What is shown as it comes.
    Film {
        film: Film,
        frames: u64,
        /// A frame of the right size.
        blank: Box<Frame>,
    },
}

/// An encoded video.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub file: EncodedFile,
    /// The frame at [`THUMBNAIL_AT`], or the last of a shorter video.
    pub thumbnail: RgbImage,
    pub times: FrameTimes,
}

type Batch = Vec<Frame>;

/// Frames before the one that stands for the video: a second, after which a speaker is at it.
const THUMBNAIL_AT: u64 = 25;

/// Draws the shots and encodes them. A shot is asked for when the one before is drawn. `expected` are the frames that there
/// will be, as far as is known.
pub(crate) fn encode<'a>(
    shots: impl Iterator<Item = Result<Shot<'a>, RenderError>>,
    expected: &dyn Fn() -> u64,
    mut outputs: Outputs,
    progress: &Progress<'_>,
) -> Result<Drawn, RenderError> {
    let (full, to_encode) = sync_channel::<Batch>(1);
    let (spent, to_draw) = sync_channel::<Batch>(3);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || -> Result<Outputs, EncodeError> {
            for batch in to_encode {
                for frame in &batch {
                    outputs.write(frame)?;
                }
                // The drawing side may have ended; then nobody wants the buffers back.
                let _ = spent.send(batch);
            }
            Ok(outputs)
        });
        let mut drawing = Drawing {
            full,
            to_draw,
            expected,
            shown: 0.0,
            done: 0,
            thumbnail: None,
            times: FrameTimes::default(),
        };
        let drawn = drawing.draw(shots, progress);
        let Drawing {
            thumbnail,
            mut times,
            full,
            ..
        } = drawing;
        // The writer ends when nobody can send any more.
        drop(full);
        let finishing = Instant::now();
        let outputs = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .map_err(FramesError::from)?;
        drawn?;
        let file = outputs.finish().map_err(FramesError::from)?;
        times.waiting += finishing.elapsed();
        Ok(Drawn {
            file,
            thumbnail: thumbnail.context("a video without frames")?,
            times,
        })
    })
}

/// The drawing side of [`encode`].
struct Drawing<'a> {
    full: SyncSender<Batch>,
    to_draw: Receiver<Batch>,
    /// Frames of the whole video, as far as is known.
    expected: &'a dyn Fn() -> u64,
    /// The share that was reported last; it never shrinks.
    shown: f64,
    /// Those drawn so far.
    done: u64,
    thumbnail: Option<RgbImage>,
    times: FrameTimes,
}

impl Drawing<'_> {
    fn draw<'a>(
        &mut self,
        shots: impl Iterator<Item = Result<Shot<'a>, RenderError>>,
        progress: &Progress<'_>,
    ) -> Result<(), RenderError> {
        for shot in shots {
            let ended = match shot? {
                Shot::Acted { actor, poses } => self.act(&*actor, poses, progress)?,
                Shot::Played { mut player, poses } => self.play(&mut player, poses, progress)?,
                Shot::Film {
                    film,
                    frames,
                    blank,
                } => self.show(film, frames, &blank, progress)?,
            };
            if ended.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Draws what is acted; breaks if the encoder has failed.
    fn act(
        &mut self,
        actor: &dyn Actor,
        poses: Poses<'_>,
        progress: &Progress<'_>,
    ) -> Result<ControlFlow<()>, RenderError> {
        let mut first = 0;
        for poses in poses {
            for poses in poses?.chunks(BATCH) {
                let mut batch = self.batch(poses.len(), || actor.new_frame(), progress)?;
                let started = Instant::now();
                batch
                    .par_iter_mut()
                    .zip(poses)
                    .enumerate()
                    .for_each(|(k, (frame, pose))| actor.render(first + k, pose, frame));
                self.times.drawing += started.elapsed();
                first += poses.len();
                if self.hand_over(batch).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                self.report(progress);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Draws footage with another mouth; breaks if the encoder has failed.
    fn play(
        &mut self,
        player: &mut Player,
        poses: Poses<'_>,
        progress: &Progress<'_>,
    ) -> Result<ControlFlow<()>, RenderError> {
        for poses in poses {
            for poses in poses?.chunks(BATCH) {
                let mut batch = self.batch(poses.len(), || player.new_frame(), progress)?;
                let started = Instant::now();
                let mut given = Vec::with_capacity(batch.len());
                for (frame, pose) in batch.iter_mut().zip(poses) {
                    given.push(player.give(frame, pose)?);
                }
                let player = &*player;
                batch
                    .par_iter_mut()
                    .zip(&mut given)
                    .zip(poses)
                    .for_each(|((frame, given), pose)| player.draw(given, pose, frame));
                self.times.drawing += started.elapsed();
                if self.hand_over(batch).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                self.report(progress);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Shows `frames` frames of a film; breaks if the encoder has failed.
    fn show(
        &mut self,
        mut film: Film,
        frames: u64,
        blank: &Frame,
        progress: &Progress<'_>,
    ) -> Result<ControlFlow<()>, RenderError> {
        let mut left = frames;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(BATCH).min(BATCH);
            let mut batch = self.batch(count, || blank.clone(), progress)?;
            let started = Instant::now();
            for frame in &mut batch {
                film.read_frame(frame.fill())?;
            }
            self.times.drawing += started.elapsed();
            left -= count as u64;
            if self.hand_over(batch).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.report(progress);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Frames to be drawn into, unless nobody wants them any more.
    fn batch(
        &mut self,
        count: usize,
        new_frame: impl Fn() -> Frame,
        progress: &Progress<'_>,
    ) -> Result<Batch, RenderError> {
        if progress.is_cancelled() {
            return Err(FramesError::Cancelled.into());
        }
        let mut batch = self.to_draw.try_recv().unwrap_or_default();
        batch.resize_with(count, new_frame);
        Ok(batch)
    }

    fn report(&mut self, progress: &Progress<'_>) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "frame counts are far below 2^52"
        )]
        let share = self.done as f64 / (self.expected)().max(self.done).max(1) as f64;
        self.shown = self.shown.max(share);
        progress.report(self.shown);
    }

    /// Gives drawn frames to the encoder; breaks if that has failed, which the caller learns from it.
    fn hand_over(&mut self, batch: Batch) -> ControlFlow<()> {
        let started = Instant::now();
        if self.done <= THUMBNAIL_AT && !batch.is_empty() {
            let at = usize::try_from(THUMBNAIL_AT - self.done).unwrap_or(usize::MAX);
            self.thumbnail = batch.get(at).or(batch.last()).map(Frame::to_rgb);
        }
        self.done += batch.len() as u64;
        if self.full.send(batch).is_err() {
            return ControlFlow::Break(());
        }
        self.times.waiting += started.elapsed();
        ControlFlow::Continue(())
    }
}
