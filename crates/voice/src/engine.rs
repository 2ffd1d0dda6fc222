//! The engines behind one face: tokens in, samples and durations out.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::VoiceError;
use crate::hibari::Hibari;
use crate::kokoro::{Kokoro, Style};
use crate::manner::Delivery;
use crate::piper::Piper;
use crate::vocabulary::Vocabulary;

/// Seconds in one unit of token duration: both engines count in frames of 600 samples.
pub(crate) const FRAME_S: f64 = 0.025;

/// Most tokens in one run at normal speed, without the pads. Kokoro's limit is 510, but a run takes some 30 MB for each
/// second of its sound, and 120 tokens are about 8 s.
const MAX_TOKENS: usize = 120;

/// Most tokens in one run; slow speech is longer, so it is cut into smaller runs.
pub(crate) fn max_tokens(speed: f32) -> usize {
    (MAX_TOKENS as f32 * speed.min(1.0)) as usize
}

/// A loaded engine.
#[derive(Debug)]
pub(crate) enum Engine {
    Hibari(Hibari),
    /// Its runs are heavy (see [`MAX_TOKENS`]) and use all cores: they go one at a time.
    Kokoro(Kokoro, Mutex<()>),
    Piper(Piper),
}

/// What makes one voice of an engine that has several.
#[derive(Debug, Clone)]
pub(crate) enum Tint {
    None,
    Style(Arc<Style>),
    /// Number of a speaker.
    Speaker(i32),
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
    pub(crate) fn hibari(dir: &Path) -> Result<Self, VoiceError> {
        Hibari::load(dir).map(Self::Hibari)
    }

    pub(crate) fn kokoro(dir: &Path) -> Result<Self, VoiceError> {
        Kokoro::load(dir).map(|engine| Self::Kokoro(engine, Mutex::new(())))
    }

    pub(crate) fn piper(network: &Path) -> Result<Self, VoiceError> {
        Piper::load(network).map(Self::Piper)
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Hibari(engine) => engine.vocabulary(),
            Self::Kokoro(engine, _) => engine.vocabulary(),
            Self::Piper(engine) => engine.vocabulary(),
        }
    }

    /// Seconds by which this engine's durations lag behind its sound at a pace (measured, see `timing`).
    pub(crate) fn lag_s(&self, speed: f32) -> f64 {
        let usual_s = match self {
            Self::Hibari(_) => Hibari::LAG_S,
            Self::Kokoro(..) => Kokoro::LAG_S,
            Self::Piper(_) => Piper::LAG_S,
        };
        usual_s * (0.4 + 0.6 / f64::from(speed))
    }

    /// Whether it can be asked for another pitch.
    pub(crate) fn can_pitch(&self) -> bool {
        !matches!(self, Self::Piper(_))
    }

    /// Speaks `tokens` (without pads); the delivery counts the pads, too.
    pub(crate) fn run(
        &self,
        tokens: &[i32],
        tint: &Tint,
        delivery: &Delivery,
    ) -> Result<RawSpeech, VoiceError> {
        let mut padded = Vec::with_capacity(tokens.len() + 2);
        padded.push(0);
        padded.extend_from_slice(tokens);
        padded.push(0);
        let raw = match (self, tint) {
            (Self::Hibari(engine), _) => engine.run(&padded, delivery)?,
            (Self::Kokoro(engine, gate), Tint::Style(style)) => {
                alone(gate, || engine.run(&padded, style, delivery))?
            }
            (Self::Kokoro(..), _) => {
                return Err(VoiceError::BadOutput {
                    network: "kokoro",
                    reason: "it was asked without a style",
                });
            }
            (Self::Piper(engine), tint) => {
                let speaker = if let Tint::Speaker(n) = tint { *n } else { 0 };
                engine.run(&padded, speaker, delivery)?
            }
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

/// Runs `work` when nobody else does, on a thread of its own: a caller in a rayon pool would, while it waits for the
/// network's own pool, start on the next utterance and wait for the gate that it holds itself.
fn alone<T: Send>(
    gate: &Mutex<()>,
    work: impl FnOnce() -> Result<T, VoiceError> + Send,
) -> Result<T, VoiceError> {
    let gated = || {
        let _turn = gate.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    };
    thread::scope(|scope| scope.spawn(gated).join()).unwrap_or(Err(VoiceError::BadOutput {
        network: "speech",
        reason: "the run panicked",
    }))
}
