//! From a script to sound on disk and its timing.

use std::path::Path;

use likeness_domain::id::VoiceId;
use likeness_domain::speech::SpeechTiming;
use likeness_voice::{SpeakOptions, VoiceError, VoiceLibrary, WavWriter};
use rayon::prelude::*;

use super::Progress;

/// Why a script did not become speech.
#[derive(Debug, thiserror::Error)]
pub enum SpeakError {
    #[error(transparent)]
    Voice(#[from] VoiceError),
    #[error("the sound could not be written")]
    Write(#[from] std::io::Error),
    #[error("cancelled")]
    Cancelled,
}

/// Sentences synthesised at the same time. Each holds a few seconds of sound, so memory does not grow with the script.
const BATCH: usize = 4;

/// Speaks `script` into the WAV file `out`, sentence by sentence, and returns when each sound happens.
///
/// `volume` scales the samples, 0 to 1.
pub(crate) fn speak(
    voices: &VoiceLibrary,
    voice: &VoiceId,
    script: &str,
    speed: f32,
    volume: f32,
    out: &Path,
    progress: &Progress<'_>,
) -> Result<SpeechTiming, SpeakError> {
    let speaker = voices.speaker(voice)?;
    let utterances = speaker.prepare(script, SpeakOptions { speed })?;
    let mut wav = WavWriter::create(out)?;
    let mut timing = SpeechTiming::default();
    for (index, batch) in utterances.chunks(BATCH).enumerate() {
        if progress.is_cancelled() {
            return Err(SpeakError::Cancelled);
        }
        let spoken: Vec<_> = batch
            .par_iter()
            .map(|u| speaker.speak(u))
            .collect::<Result<_, VoiceError>>()?;
        for mut speech in spoken {
            if (volume - 1.0).abs() > f32::EPSILON {
                speech
                    .samples
                    .iter_mut()
                    .for_each(|sample| *sample *= volume);
            }
            wav.write(&speech.samples)?;
            timing.append(&speech.timing);
        }
        progress.report(share((index + 1) * BATCH, utterances.len()));
    }
    wav.finish()?;
    Ok(timing)
}

fn share(done: usize, all: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of sentences are small")]
    let share = done as f64 / all.max(1) as f64;
    share.min(1.0)
}
