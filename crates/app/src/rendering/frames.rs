//! From a puppet and its motion to an encoded file: frames are drawn by all cores, in order, while the encoder takes
//! the ones before. Memory is the frames between the two, however long the video is.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use likeness_media::encode::{EncodeError, EncodeSpec, EncodedFile, Encoder};
use likeness_render::{Frame, Motion, Scene};
use rayon::prelude::*;

use super::Progress;

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

type Batch = Vec<Frame>;

/// Draws every row of `motion` and encodes it.
pub(crate) fn encode(
    scene: &Scene,
    motion: &Motion,
    spec: &EncodeSpec,
    progress: &Progress<'_>,
) -> Result<(EncodedFile, FrameTimes), FramesError> {
    let mut encoder = Encoder::start(spec)?;
    let (full, to_encode) = sync_channel::<Batch>(1);
    let (spent, to_draw) = sync_channel::<Batch>(3);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || -> Result<Encoder, EncodeError> {
            for batch in to_encode {
                for frame in &batch {
                    encoder.write_frame(frame.as_bytes())?;
                }
                // The drawing side may have ended; then nobody wants the buffers back.
                let _ = spent.send(batch);
            }
            Ok(encoder)
        });
        let drawn = draw(scene, motion, full, &to_draw, progress);
        let finishing = Instant::now();
        let encoder = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let mut times = drawn?;
        let file = encoder.finish()?;
        times.waiting += finishing.elapsed();
        Ok((file, times))
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the writer ends when the sender is dropped"
)]
fn draw(
    scene: &Scene,
    motion: &Motion,
    full: SyncSender<Batch>,
    to_draw: &Receiver<Batch>,
    progress: &Progress<'_>,
) -> Result<FrameTimes, FramesError> {
    let mut times = FrameTimes::default();
    let rows = motion.rows();
    let mut done = 0;
    for poses in rows.chunks(BATCH) {
        if progress.is_cancelled() {
            return Err(FramesError::Cancelled);
        }
        let mut batch = to_draw.try_recv().unwrap_or_default();
        batch.resize_with(poses.len(), || scene.new_frame());
        let started = Instant::now();
        batch
            .par_iter_mut()
            .zip(poses)
            .for_each(|(frame, pose)| scene.render(pose, frame));
        times.drawing += started.elapsed();
        let handing_over = Instant::now();
        if full.send(batch).is_err() {
            // The encoder has failed; its own error is returned by the caller.
            break;
        }
        times.waiting += handing_over.elapsed();
        done += poses.len();
        #[expect(
            clippy::cast_precision_loss,
            reason = "frame counts are far below 2^52"
        )]
        progress.report(done as f64 / rows.len() as f64);
    }
    Ok(times)
}
