//! One voice at work: scripts become utterances, utterances become sound.

use std::sync::Arc;

use likeness_domain::speech::SpeechTiming;
use likeness_edges::Bands;

use crate::catalog::VoiceInfo;
use crate::engine::{Engine, Tint};
use crate::manner::{Delivery, Manner};
use crate::plan::{Utterance, Whole, plan};
use crate::reader::Reader;
use crate::ssml;
use crate::timing::{self, Span};
use crate::{SAMPLE_RATE_HZ, VoiceError, level, onsets, parallel, sound};

const RATE: f64 = SAMPLE_RATE_HZ as f64;

/// Longest script, in characters.
pub const MAX_SCRIPT_CHARS: usize = 5000;

/// Most utterances that are spoken and not yet handed on. Each is a few seconds of sound, so memory does not grow with the
/// script.
const MAX_AHEAD: usize = 4;

/// How a script is spoken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakOptions {
    /// Pace, 0.5 (slow) to 2.0 (fast); 1.0 is the voice's own.
    pub speed: f32,
    /// Semitones above the voice's own pitch, -50 to 50; the formants stay. The pitch that comes out is kept between 50
    /// and 1000 Hz.
    pub pitch_st: f32,
    /// Whether the text is SSML.
    pub ssml: bool,
}

impl Default for SpeakOptions {
    fn default() -> Self {
        Self {
            speed: 1.0,
            pitch_st: 0.0,
            ssml: false,
        }
    }
}

/// A voice with everything it needs loaded. Cheap to clone; may speak on several threads at once.
#[derive(Debug, Clone)]
pub struct Speaker {
    voice: VoiceInfo,
    engine: Arc<Engine>,
    tint: Tint,
    reader: Reader,
}

/// Sound and what happens when in it.
#[derive(Debug, Clone)]
pub struct Speech {
    /// Mono, -1 to 1, at [`SAMPLE_RATE_HZ`]; speech at -18.4 dBFS, no peak over -1 dBFS.
    pub samples: Vec<f32>,
    pub timing: SpeechTiming,
}

impl Speaker {
    pub(crate) fn new(voice: VoiceInfo, engine: Arc<Engine>, tint: Tint, reader: Reader) -> Self {
        Self {
            voice,
            engine,
            tint,
            reader,
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
        if !(-50.0..=50.0).contains(&options.pitch_st) {
            return Err(VoiceError::BadPitch(options.pitch_st));
        }
        let chars = text.chars().count();
        if chars > MAX_SCRIPT_CHARS {
            return Err(VoiceError::TooLong {
                chars,
                max: MAX_SCRIPT_CHARS,
            });
        }
        let items = if options.ssml {
            ssml::items(text, &self.reader, &self.voice.locale)?
        } else {
            ssml::plain_items(text)
        };
        let whole = Whole {
            speed: options.speed,
            pitch_st: options.pitch_st,
        };
        let utterances = plan(&items, &self.reader, self.engine.vocabulary(), whole)?;
        if !self.engine.can_pitch() && utterances.iter().any(is_pitched) {
            return Err(VoiceError::NoPitch);
        }
        if utterances.is_empty() {
            Err(VoiceError::NothingToSpeak)
        } else {
            Ok(utterances)
        }
    }

    /// Speaks utterances, several at a time, and hands them on in their order, each as soon as it and those before are
    /// spoken; the first one as soon as may be. Stops at the first error of `take`.
    ///
    /// The threads are its own: a caller in a pool that has other work would keep that waiting.
    pub fn speak_all<E>(
        &self,
        utterances: &[Utterance],
        take: impl FnMut(Result<Speech, VoiceError>) -> Result<(), E>,
    ) -> Result<(), E> {
        parallel::in_order(utterances, MAX_AHEAD, |one| self.speak(one), take)
    }

    /// Speaks one utterance. Its silences are part of the sound: speeches are played one directly after the other.
    pub fn speak(&self, utterance: &Utterance) -> Result<Speech, VoiceError> {
        let tokens: Vec<i32> = utterance
            .symbols
            .iter()
            .map(|symbol| symbol.token)
            .collect();
        let raw = self.engine.run(&tokens, &self.tint, &delivery(utterance))?;
        let spans = timing::symbol_spans(&raw.durations, self.engine.lag_s(utterance.speed));
        let spoken = timing::spoken_span(utterance, &spans).unwrap_or(Span {
            start_s: 0.0,
            end_s: raw.samples.len() as f64 / RATE,
        });
        let spoken = (spoken.start_s, spoken.end_s);
        let placed = sound::place(&raw.samples, spoken, utterance.head_s, utterance.tail_s);
        let mut samples = placed.samples;
        level::even(&mut samples);
        let duration_s = samples.len() as f64 / RATE;
        let mut spans = timing::placed(&spans, placed.shift_s, placed.quiet_from_s);
        let bands = Bands::of(&samples, SAMPLE_RATE_HZ);
        let starts = onsets::settle(&utterance.symbols, &mut spans, &samples, &bands);
        raise(&mut samples, utterance, &spans);
        let envelope = sound::envelope(&samples);
        let mut phonemes = timing::phonemes(utterance, &spans, &envelope, duration_s);
        likeness_edges::settle(&mut phonemes, &bands);
        let timing = SpeechTiming {
            phonemes,
            words: timing::words(utterance, &spans, &starts, duration_s),
            envelope,
            duration_s,
        };
        Ok(Speech { samples, timing })
    }
}

fn is_pitched(utterance: &Utterance) -> bool {
    let own = utterance.symbols.iter().any(|s| s.manner.pitch_st != 0.0);
    own || utterance.pitch_st != 0.0
}

/// What the engine is told of the manners of the symbols; the pads go with their neighbours' pitch.
fn delivery(utterance: &Utterance) -> Delivery {
    let symbols = &utterance.symbols;
    let pitch = |manner: Manner| utterance.pitch_st + manner.pitch_st;
    let edge = |symbol: Option<&crate::plan::Symbol>| {
        symbol.map_or(utterance.pitch_st, |symbol| pitch(symbol.manner))
    };
    let rates = symbols.iter().map(|symbol| symbol.manner.rate);
    let pitches = symbols.iter().map(|symbol| pitch(symbol.manner));
    Delivery {
        speed: utterance.speed,
        rates: [1.0].into_iter().chain(rates).chain([1.0]).collect(),
        pitches_st: [edge(symbols.first())]
            .into_iter()
            .chain(pitches)
            .chain([edge(symbols.last())])
            .collect(),
    }
}

/// Share of the way to the wanted gain that one sample goes: 5 ms for most of it.
const GLIDE: f32 = 1.0 / (0.005 * SAMPLE_RATE_HZ as f32);

/// Makes the words louder or softer that are asked to be, gliding over 20 ms.
fn raise(samples: &mut [f32], utterance: &Utterance, spans: &[Span]) {
    if utterance.symbols.iter().all(|s| s.manner.gain_db == 0.0) {
        return;
    }
    let mut gains = vec![1.0_f32; samples.len()];
    for (symbol, span) in utterance.symbols.iter().zip(spans) {
        let place = |s: f64| ((s * RATE) as usize).min(gains.len());
        let (from, to) = (place(span.start_s), place(span.end_s));
        let gain = 10.0_f32.powf(symbol.manner.gain_db / 20.0);
        gains[from..to.max(from)].fill(gain);
    }
    // A one-pole filter makes the steps glides.
    let mut gain = gains.first().copied().unwrap_or(1.0);
    for (sample, wanted) in samples.iter_mut().zip(gains) {
        gain += (wanted - gain) * GLIDE;
        *sample = level::limited(*sample * gain);
    }
}
