//! The engines behind one face: tokens in, samples and durations out.

use crate::VoiceError;
use crate::hibari::Hibari;
use crate::kokoro::{Kokoro, Style};
use crate::vocabulary::Vocabulary;

/// Seconds in one unit of token duration: both engines count in frames of 600 samples.
pub(crate) const FRAME_S: f64 = 0.025;

/// Most tokens in one run, without the pads. Kokoro's limit is 510; memory grows with the length of a run, and 160
/// tokens (about 12 s of speech) keep both engines small.
pub(crate) const MAX_TOKENS: usize = 160;

/// A loaded engine.
#[derive(Debug)]
pub(crate) enum Engine {
    Hibari(Hibari),
    Kokoro(Kokoro),
}

/// The raw sound of one run.
#[derive(Debug)]
pub(crate) struct RawSpeech {
    /// Mono, at the common sample rate, at whatever level the network speaks.
    pub(crate) samples: Vec<f32>,
    /// Frames of [`FRAME_S`] for each token, with one pad before and one behind.
    pub(crate) durations: Vec<f32>,
}

impl Engine {
    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Hibari(engine) => engine.vocabulary(),
            Self::Kokoro(engine) => engine.vocabulary(),
        }
    }

    /// Seconds by which this engine's durations lag behind its sound (measured, see `timing`).
    pub(crate) fn lag_s(&self) -> f64 {
        match self {
            Self::Hibari(_) => Hibari::LAG_S,
            Self::Kokoro(_) => Kokoro::LAG_S,
        }
    }

    /// Speaks `tokens` (without pads). Hibari has one voice and ignores the style.
    pub(crate) fn run(
        &self,
        tokens: &[i32],
        style: Option<&Style>,
        speed: f32,
    ) -> Result<RawSpeech, VoiceError> {
        let mut padded = Vec::with_capacity(tokens.len() + 2);
        padded.push(0);
        padded.extend_from_slice(tokens);
        padded.push(0);
        let raw = match self {
            Self::Hibari(engine) => engine.run(&padded, speed)?,
            Self::Kokoro(engine) => engine.run(&padded, style, speed)?,
        };
        let finite = raw
            .samples
            .iter()
            .chain(&raw.durations)
            .all(|value| value.is_finite());
        if raw.durations.len() == padded.len() && finite && !raw.samples.is_empty() {
            Ok(raw)
        } else {
            Err(VoiceError::BadOutput {
                network: "speech",
                reason: "it is not finite or not whole",
            })
        }
    }
}
