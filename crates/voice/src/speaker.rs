//! One voice at work: scripts become utterances, utterances become sound.

use std::sync::Arc;

use likeness_domain::speech::SpeechTiming;

use crate::catalog::VoiceInfo;
use crate::engine::Engine;
use crate::english::English;
use crate::kokoro::Style;
use crate::plan::{Utterance, plan};
use crate::timing::{self, Span};
use crate::{SAMPLE_RATE_HZ, VoiceError, level, sound};

const RATE: f64 = SAMPLE_RATE_HZ as f64;

/// Longest script, in characters.
pub const MAX_SCRIPT_CHARS: usize = 5000;

/// How a script is spoken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakOptions {
    /// Pace, 0.5 (slow) to 2.0 (fast); 1.0 is the voice's own.
    pub speed: f32,
}

impl Default for SpeakOptions {
    fn default() -> Self {
        Self { speed: 1.0 }
    }
}

/// A voice with everything it needs loaded. Cheap to clone; may speak on several threads at once.
#[derive(Debug, Clone)]
pub struct Speaker {
    voice: VoiceInfo,
    engine: Arc<Engine>,
    style: Option<Arc<Style>>,
    english: Arc<English>,
}

/// Sound and what happens when in it.
#[derive(Debug, Clone)]
pub struct Speech {
    /// Mono, -1 to 1, at [`SAMPLE_RATE_HZ`]; speech at -18.4 dBFS, no peak over -1 dBFS.
    pub samples: Vec<f32>,
    pub timing: SpeechTiming,
}

impl Speaker {
    pub(crate) fn new(
        voice: VoiceInfo,
        engine: Arc<Engine>,
        style: Option<Arc<Style>>,
        english: Arc<English>,
    ) -> Self {
        Self {
            voice,
            engine,
            style,
            english,
        }
    }

    /// The voice that speaks.
    pub fn voice(&self) -> &VoiceInfo {
        &self.voice
    }

    /// Cuts a script into utterances, in order. Never empty: a script without a speakable word is an error.
    pub fn prepare(&self, text: &str, options: SpeakOptions) -> Result<Vec<Utterance>, VoiceError> {
        if !(0.5..=2.0).contains(&options.speed) {
            return Err(VoiceError::BadSpeed(options.speed));
        }
        let chars = text.chars().count();
        if chars > MAX_SCRIPT_CHARS {
            return Err(VoiceError::TooLong {
                chars,
                max: MAX_SCRIPT_CHARS,
            });
        }
        let utterances = plan(text, &self.english, self.engine.vocabulary(), options.speed);
        if utterances.is_empty() {
            Err(VoiceError::NothingToSpeak)
        } else {
            Ok(utterances)
        }
    }

    /// Speaks one utterance. Its silences are part of the sound: speeches are played one directly after the other.
    pub fn speak(&self, utterance: &Utterance) -> Result<Speech, VoiceError> {
        let tokens: Vec<i32> = utterance
            .symbols
            .iter()
            .map(|symbol| symbol.token)
            .collect();
        let raw = self
            .engine
            .run(&tokens, self.style.as_deref(), utterance.speed)?;
        let spans = timing::symbol_spans(&raw.durations, self.engine.lag_s());
        let spoken = timing::spoken_span(utterance, &spans).unwrap_or(Span {
            start_s: 0.0,
            end_s: raw.samples.len() as f64 / RATE,
        });
        let spoken = (spoken.start_s, spoken.end_s);
        let placed = sound::place(&raw.samples, spoken, utterance.head_s, utterance.tail_s);
        let mut samples = placed.samples;
        level::even(&mut samples);
        let envelope = sound::envelope(&samples);
        let duration_s = samples.len() as f64 / RATE;
        let spans = timing::placed(&spans, placed.shift_s, placed.quiet_from_s);
        let timing = SpeechTiming {
            phonemes: timing::phonemes(utterance, &spans, &envelope, duration_s),
            words: timing::words(utterance, &spans, duration_s),
            envelope,
            duration_s,
        };
        Ok(Speech { samples, timing })
    }
}
