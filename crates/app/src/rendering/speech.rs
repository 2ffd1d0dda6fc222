//! From a script to sound and its timing, sentence by sentence.

use std::path::Path;

use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::Script;
use likeness_hearing::HearingError;
use likeness_media::ffmpeg::FfmpegError;
use likeness_voice::{SpeakOptions, Speech, VoiceError, VoiceLibrary, WavWriter};

use super::Progress;
use crate::videos::MAX_SCENE_S;

/// Why a script did not become speech.
#[derive(Debug, thiserror::Error)]
pub enum SpeakError {
    #[error(transparent)]
    Voice(#[from] VoiceError),
    #[error("the audio could not be understood")]
    Hear(#[from] HearingError),
    #[error("the audio could not be decoded")]
    Decode(#[from] FfmpegError),
    #[error("the sound could not be written")]
    Write(#[from] std::io::Error),
    #[error("the scene is longer than {MAX_SCENE_S} seconds")]
    TooLong,
    #[error("cancelled")]
    Cancelled,
}

/// Speaks a script; `take` gets its sentences in order, each as soon as it and those before are spoken.
pub(crate) fn speak_pieces(
    voices: &VoiceLibrary,
    script: &Script,
    progress: &Progress<'_>,
    take: impl FnMut(&Speech) -> Result<(), SpeakError>,
) -> Result<(), SpeakError> {
    let options = SpeakOptions {
        speed: script.speed,
        pitch_st: script.pitch_st,
        ..SpeakOptions::default()
    };
    speak_with(voices, script, options, progress, take)
}

fn speak_with(
    voices: &VoiceLibrary,
    script: &Script,
    options: SpeakOptions,
    progress: &Progress<'_>,
    mut take: impl FnMut(&Speech) -> Result<(), SpeakError>,
) -> Result<(), SpeakError> {
    let speaker = voices.speaker(&script.voice_id)?;
    let utterances = speaker.prepare(&script.text, options)?;
    if progress.is_cancelled() {
        return Err(SpeakError::Cancelled);
    }
    let mut done = 0;
    speaker.speak_all(&utterances, |speech| {
        if progress.is_cancelled() {
            return Err(SpeakError::Cancelled);
        }
        let mut speech = speech?;
        if (script.volume - 1.0).abs() > f32::EPSILON {
            for sample in &mut speech.samples {
                *sample *= script.volume;
            }
        }
        take(&speech)?;
        done += 1;
        progress.report(share(done, utterances.len()));
        Ok(())
    })
}

/// Speaks a script, which may be SSML, into the WAV file `out` and returns when each sound happens.
pub(crate) fn speak(
    voices: &VoiceLibrary,
    script: &Script,
    ssml: bool,
    out: &Path,
    progress: &Progress<'_>,
) -> Result<SpeechTiming, SpeakError> {
    let mut wav = WavWriter::create(out)?;
    let mut timing = SpeechTiming::default();
    let options = SpeakOptions {
        speed: script.speed,
        pitch_st: script.pitch_st,
        ssml,
    };
    speak_with(voices, script, options, progress, |speech| {
        wav.write(&speech.samples)?;
        timing.append(&speech.timing);
        Ok(())
    })?;
    wav.finish()?;
    Ok(timing)
}

fn share(done: usize, all: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of sentences are small")]
    let share = done as f64 / all.max(1) as f64;
    share.min(1.0)
}
