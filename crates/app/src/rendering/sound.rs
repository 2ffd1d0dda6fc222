//! The sound of a video: what each scene lets hear, one after another in one file.

use std::path::{Path, PathBuf};

use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{Script, Sound};
use likeness_voice::{SAMPLE_RATE_HZ, WavWriter};

use super::{ClipInputs, FPS, Progress, RenderError, SpeakError, speak};

/// The sound of all scenes.
#[derive(Debug)]
pub(super) struct Soundtrack {
    /// A WAV file with the scenes' sounds, each as long as its frames.
    pub(super) file: PathBuf,
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

/// Samples of one frame; a whole number, so that sound and picture never drift apart.
const FRAME_SAMPLES: u64 = (SAMPLE_RATE_HZ / FPS) as u64;

/// Frames that a scene of this length takes.
pub(super) fn frames(timing: &SpeechTiming) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a scene lasts at most hours"
    )]
    let frames = (timing.duration_s * f64::from(FPS)).ceil() as u64;
    frames.max(1)
}

/// From the end of a scene's sound to the end of its last frame.
fn padding_s(timing: &SpeechTiming) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 frames")]
    let shown = frames(timing) as f64 / f64::from(FPS);
    shown - timing.duration_s
}

/// Makes the sound of every scene.
pub(super) fn record(
    inputs: &ClipInputs<'_>,
    progress: &Progress<'_>,
) -> Result<Soundtrack, RenderError> {
    let file = inputs.dir.join("sound.wav");
    let part = inputs.dir.join("scene.wav");
    let mut whole = WavWriter::create(&file).map_err(SpeakError::Write)?;
    let mut scenes = Vec::with_capacity(inputs.request.scenes.len());
    #[expect(clippy::cast_precision_loss, reason = "a video has few scenes")]
    let share = 1.0 / inputs.request.scenes.len().max(1) as f64;
    for (scene, before) in inputs.request.scenes.iter().zip(0_u32..) {
        let report = |done: f64| progress.report((f64::from(before) + done) * share);
        let progress = Progress::new(&report, progress.cancelled);
        let timing = record_scene(inputs, &scene.sound, &part, &progress)?;
        let written = match &scene.sound {
            Sound::Script(_) => whole.append(&part).map_err(SpeakError::Write)?,
            Sound::Silence { .. } => 0,
        };
        let samples = frames(&timing) * FRAME_SAMPLES;
        whole
            .write_silence(samples.saturating_sub(written))
            .map_err(SpeakError::Write)?;
        scenes.push(timing);
    }
    whole.finish().map_err(SpeakError::Write)?;
    Ok(Soundtrack { file, scenes })
}

/// Makes the sound of one scene in the WAV file `out`, unless it is silent.
fn record_scene(
    inputs: &ClipInputs<'_>,
    sound: &Sound,
    out: &Path,
    progress: &Progress<'_>,
) -> Result<SpeechTiming, SpeakError> {
    match sound {
        Sound::Script(Script {
            text,
            voice_id,
            speed,
            volume,
        }) => {
            let voices = inputs.engines.voices();
            speak(voices, voice_id, text, *speed, *volume, out, progress)
        }
        Sound::Silence { duration_s } => Ok(SpeechTiming {
            duration_s: *duration_s,
            ..SpeechTiming::default()
        }),
    }
}
