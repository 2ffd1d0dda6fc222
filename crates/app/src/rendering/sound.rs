//! The sound of a video: what each scene lets hear, one after another in one file that is read while it grows.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{Script, Sound};
use likeness_media::live::GrowingSound;
use likeness_voice::{SAMPLE_RATE_HZ, WavWriter};

use super::speech::speak_pieces;
use super::{ClipInputs, FPS, Progress, RenderError, SpeakError};

/// The sound of all scenes.
#[derive(Debug)]
pub(super) struct Soundtrack {
    /// One for each scene, from the scene's own start.
    pub(super) scenes: Vec<SpeechTiming>,
}

impl Soundtrack {
    /// The words of all scenes, from the start of the video.
    pub(super) fn timing(&self) -> SpeechTiming {
        let mut whole = SpeechTiming::default();
        for scene in &self.scenes {
            whole.append(scene);
            whole.duration_s += padding_s(scene);
        }
        whole
    }
}

/// What those who draw are told, in order: the pieces of a scene, then its end.
#[derive(Debug)]
pub(super) enum Piece {
    /// From the piece's own start.
    Said(SpeechTiming),
    SceneEnds,
}

/// How long the video will be, as far as is known yet.
#[derive(Debug, Default)]
pub(super) struct Expected(AtomicU64);

impl Expected {
    /// From `frames` that are known to be `share` of all.
    fn estimate(&self, frames: u64, share: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a video has far fewer than 2^52 frames"
        )]
        let all = (frames as f64 / share.clamp(0.01, 1.0)).ceil() as u64;
        self.0.store(all, Ordering::Relaxed);
    }

    pub(super) fn frames(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Samples of one frame; a whole number, so that sound and picture never drift apart.
const FRAME_SAMPLES: u64 = (SAMPLE_RATE_HZ / FPS) as u64;

/// Frames that a scene of this length takes.
pub(super) fn frames(timing: &SpeechTiming) -> u64 {
    frames_of(timing.duration_s).max(1)
}

fn frames_of(duration_s: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a scene lasts at most hours"
    )]
    let frames = (duration_s * f64::from(FPS)).ceil() as u64;
    frames
}

/// From the end of a scene's sound to the end of its last frame.
fn padding_s(timing: &SpeechTiming) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 frames")]
    let shown = frames(timing) as f64 / f64::from(FPS);
    shown - timing.duration_s
}

/// Where the sound goes as it is made.
pub(super) struct Recorder<'a> {
    /// Grows by whole pieces.
    pub(super) growing: &'a GrowingSound,
    pub(super) file: PathBuf,
    pub(super) pieces: Sender<Piece>,
    pub(super) expected: &'a Expected,
}

impl Recorder<'_> {
    /// Makes the sound of every scene. Ends early, as cancelled, when nobody draws any more.
    pub(super) fn record(
        self,
        inputs: &ClipInputs<'_>,
        progress: &Progress<'_>,
    ) -> Result<Soundtrack, RenderError> {
        let made = self.scenes(inputs, progress);
        // Whatever happened, nothing follows.
        self.growing.end();
        made
    }

    fn scenes(
        &self,
        inputs: &ClipInputs<'_>,
        progress: &Progress<'_>,
    ) -> Result<Soundtrack, RenderError> {
        let mut whole = WavWriter::create(&self.file).map_err(SpeakError::Write)?;
        let mut scenes = Vec::with_capacity(inputs.request.scenes.len());
        #[expect(clippy::cast_precision_loss, reason = "a video has few scenes")]
        let share = 1.0 / inputs.request.scenes.len().max(1) as f64;
        let mut before = 0;
        for (scene, index) in inputs.request.scenes.iter().zip(0_u32..) {
            let mut timing = SpeechTiming::default();
            let made = AtomicU64::new(0);
            let report = |done: f64| {
                let done = (f64::from(index) + done) * share;
                self.expected
                    .estimate(before + made.load(Ordering::Relaxed), done);
            };
            let progress = Progress::new(&report, progress.cancelled);
            let mut take = |whole: &mut WavWriter, piece: SpeechTiming| {
                timing.append(&piece);
                made.store(frames_of(timing.duration_s), Ordering::Relaxed);
                self.growing.grown_to(whole.flush()?);
                self.say(Piece::Said(piece))
            };
            match &scene.sound {
                Sound::Script(script) => {
                    record_script(inputs, script, &mut whole, &mut take, &progress)?;
                }
                Sound::Silence { duration_s } => {
                    let silence = SpeechTiming {
                        duration_s: *duration_s,
                        ..SpeechTiming::default()
                    };
                    whole
                        .write_silence(samples_of(*duration_s))
                        .map_err(SpeakError::Write)?;
                    take(&mut whole, silence)?;
                }
            }
            let written = samples_of(timing.duration_s);
            let shown = frames(&timing) * FRAME_SAMPLES;
            whole
                .write_silence(shown.saturating_sub(written))
                .map_err(SpeakError::Write)?;
            self.growing
                .grown_to(whole.flush().map_err(SpeakError::Write)?);
            self.say(Piece::SceneEnds)?;
            before += frames(&timing);
            self.expected.estimate(before, f64::from(index + 1) * share);
            scenes.push(timing);
        }
        whole.finish().map_err(SpeakError::Write)?;
        Ok(Soundtrack { scenes })
    }

    fn say(&self, piece: Piece) -> Result<(), SpeakError> {
        self.pieces.send(piece).map_err(|_| SpeakError::Cancelled)
    }
}

/// Speaks a script, or takes it from the shelf as it was spoken before.
fn record_script(
    inputs: &ClipInputs<'_>,
    script: &Script,
    whole: &mut WavWriter,
    take: &mut impl FnMut(&mut WavWriter, SpeechTiming) -> Result<(), SpeakError>,
    progress: &Progress<'_>,
) -> Result<(), SpeakError> {
    let file = inputs.dir.join("scene.wav");
    if let Some(shelf) = inputs.shelf
        && let Some(timing) = shelf.speech(script, &file)
    {
        whole.append(&file)?;
        return take(whole, timing);
    }
    let mut part = WavWriter::create(&file)?;
    let mut timing = SpeechTiming::default();
    speak_pieces(inputs.engines.voices(), script, progress, |speech| {
        part.write(&speech.samples)?;
        whole.write(&speech.samples)?;
        timing.append(&speech.timing);
        take(whole, speech.timing.clone())
    })?;
    part.finish()?;
    if let Some(shelf) = inputs.shelf {
        shelf.keep_speech(script, &file, &timing);
    }
    Ok(())
}

fn samples_of(duration_s: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a scene lasts at most hours"
    )]
    let samples = (duration_s * f64::from(SAMPLE_RATE_HZ)).round() as u64;
    samples
}

/// Results of earlier renders, for those of the same workspace. What it cannot do it leaves undone: everything on it can be
/// made again.
pub trait Shelf: std::fmt::Debug + Sync {
    /// Puts the speech into the WAV file `into`, if it was made before.
    fn speech(&self, script: &Script, into: &Path) -> Option<SpeechTiming>;

    /// Keeps a speech.
    fn keep_speech(&self, script: &Script, wav: &Path, timing: &SpeechTiming);
}
