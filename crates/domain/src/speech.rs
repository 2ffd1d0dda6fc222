//! Speech with its timing: what a voice hands to the face and to the captions.

use serde::{Deserialize, Serialize};

/// One phoneme with its place in the sound, in the misaki alphabet (one character a phoneme, IPA with a few
/// capitals for diphthongs: `A` = eɪ, `I` = aɪ, `O` = oʊ, `W` = aʊ, `Y` = ɔɪ, `Q` = əʊ).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TimedPhoneme {
    /// Stress and length marks have been merged into their phoneme; a pause is `' '`.
    pub symbol: char,
    /// Seconds from the start of the track.
    pub start_s: f64,
    pub end_s: f64,
    pub stress: Stress,
}

/// Lexical stress of the syllable that a vowel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stress {
    #[default]
    None,
    Secondary,
    Primary,
}

/// One word as written, with its place in the sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimedWord {
    /// The word with the punctuation that clings to it.
    pub text: String,
    /// Seconds from the start of the track.
    pub start_s: f64,
    pub end_s: f64,
    /// Index of the sentence it belongs to.
    pub sentence: u32,
}

/// Everything about a piece of speech but its samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SpeechTiming {
    pub phonemes: Vec<TimedPhoneme>,
    pub words: Vec<TimedWord>,
    /// Root mean square of the sound in steps of [`ENVELOPE_STEP_S`], 0 to 1.
    pub envelope: Vec<f32>,
    /// Length of the track in seconds.
    pub duration_s: f64,
}

/// Step of [`SpeechTiming::envelope`], in seconds.
pub const ENVELOPE_STEP_S: f64 = 0.01;

impl SpeechTiming {
    /// Appends `next`, shifted to begin where this track ends; its sentences are numbered on.
    pub fn append(&mut self, next: &Self) {
        let shift = self.duration_s;
        let sentences = self.words.last().map_or(0, |word| word.sentence + 1);
        self.phonemes
            .extend(next.phonemes.iter().map(|p| TimedPhoneme {
                start_s: p.start_s + shift,
                end_s: p.end_s + shift,
                ..*p
            }));
        self.words.extend(next.words.iter().map(|w| TimedWord {
            text: w.text.clone(),
            start_s: w.start_s + shift,
            end_s: w.end_s + shift,
            sentence: w.sentence + sentences,
        }));
        self.envelope.extend_from_slice(&next.envelope);
        self.duration_s += next.duration_s;
    }
}
