//! The `video.render` job: script → speech → motion → frames → file.
//!
//! Every stage writes to a scratch folder of the job; objects and the row are written once, at the end, so a job
//! that is taken up again after a crash starts over and still ends once.

mod frames;
pub(crate) mod job;
mod speech;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::VideoRequest;
use likeness_media::encode::EncodeSpec;
use likeness_render::{MotionOptions, Puppet, Scene, SceneOptions};

use crate::Engines;

pub use frames::FramesError;
pub use speech::SpeakError;
pub(crate) use speech::speak;

/// Frames in a second of every video; the contract's figure.
pub const FPS: u32 = 25;

/// Side of a thumbnail, in pixels, at its longer edge.
pub(crate) const THUMBNAIL_SIDE: u32 = 640;

/// How a long computation tells how far it is and learns that nobody wants it any more.
pub struct Progress<'a> {
    report: &'a (dyn Fn(f64) + Sync),
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Progress<'a> {
    pub fn new(report: &'a (dyn Fn(f64) + Sync), cancelled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { report, cancelled }
    }

    pub(crate) fn report(&self, share: f64) {
        (self.report)(share);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        (self.cancelled)()
    }
}

impl std::fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

/// Why a clip could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the script could not be spoken: {0}")]
    Speak(#[from] SpeakError),
    #[error("the frames could not be encoded: {0}")]
    Frames(#[from] FramesError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl RenderError {
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Speak(SpeakError::Cancelled) | Self::Frames(FramesError::Cancelled)
        )
    }
}

/// A finished clip on disk, and where its time went.
#[derive(Debug)]
pub struct Clip {
    pub video: PathBuf,
    pub duration_s: f64,
    pub timing: SpeechTiming,
    pub thumbnail: image::RgbImage,
    pub speech_time: Duration,
    pub drawing_time: Duration,
    pub encoder_wait: Duration,
    pub frames: usize,
}

/// What a clip needs besides the request.
#[derive(Debug, Clone, Copy)]
pub struct ClipInputs<'a> {
    pub engines: &'a Engines,
    pub puppet: &'a Puppet,
    pub request: &'a VideoRequest,
    pub encoding: &'a likeness_media::encode::EncodeSettings,
    /// An existing folder for the clip and its sound.
    pub dir: &'a Path,
}

/// Share of the work that speech is taken to be when progress is reported.
const SPEECH_SHARE: f64 = 0.25;

/// Makes the clip that `request` describes. Blocks, and uses all cores.
pub fn make_clip(inputs: &ClipInputs<'_>, progress: &Progress<'_>) -> Result<Clip, RenderError> {
    let request = inputs.request;
    let started = Instant::now();
    let wav = inputs.dir.join("speech.wav");
    let report_speech = |share: f64| progress.report(share * SPEECH_SHARE);
    let timing = speak(
        inputs.engines.voices(),
        &request.voice_id,
        &request.script,
        request.speed,
        request.volume,
        &wav,
        &Progress::new(&report_speech, progress.cancelled),
    )?;
    let speech_time = started.elapsed();

    let motion = likeness_render::plan(
        &timing,
        &MotionOptions {
            fps: FPS,
            seed: seed(request),
            ..MotionOptions::default()
        },
    );
    let scene =
        Scene::new(inputs.puppet, &scene_options(request)).context("the scene could not be set")?;
    let video = inputs.dir.join("video.mp4");
    let spec = EncodeSpec {
        width: request.width,
        height: request.height,
        fps: FPS,
        audio: Some(wav),
        out: video.clone(),
        settings: inputs.encoding.clone(),
    };
    let report_frames = |share: f64| progress.report(SPEECH_SHARE + share * (1.0 - SPEECH_SHARE));
    let (file, times) = frames::encode(
        &scene,
        &motion,
        &spec,
        &Progress::new(&report_frames, progress.cancelled),
    )?;
    let rows = motion.rows();
    let thumbnail = scene.render_rgb(&rows[rows.len() / 3]);
    Ok(Clip {
        video,
        duration_s: file.duration_s,
        timing,
        thumbnail: likeness_media::thumbnail(&thumbnail, THUMBNAIL_SIDE),
        speech_time,
        drawing_time: times.drawing,
        encoder_wait: times.waiting,
        frames: rows.len(),
    })
}

fn scene_options(request: &VideoRequest) -> SceneOptions {
    SceneOptions {
        width: request.width,
        height: request.height,
        fit: request.fit,
        background: request.background,
    }
}

/// The same request moves the same way every time.
fn seed(request: &VideoRequest) -> u64 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(request.look_id.as_str());
    hash.update([0]);
    hash.update(&request.script);
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |seed, &byte| seed << 8 | u64::from(byte))
}
