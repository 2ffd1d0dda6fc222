//! Reading aloud: from words as written to phonemes, in each language.

use crate::VoiceError;
use crate::english::English;
use crate::espeak::Espeak;
use crate::japanese::Japanese;
use crate::mandarin::Mandarin;
use crate::normal::{self, Rules};
use crate::reading;

use std::sync::Arc;

/// The reader of one language.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    English(Arc<English>),
    Japanese(Arc<Japanese>),
    Mandarin(Arc<Mandarin>),
    /// With what its language has of its own beyond what the program knows.
    Espeak(Espeak, &'static Rules),
}

impl Reader {
    /// The words of a line.
    pub(crate) fn words(&self, line: &str) -> Vec<String> {
        match self {
            Self::Japanese(reader) => reader.segment(line),
            Self::Mandarin(reader) => reader.segment(line),
            Self::English(_) | Self::Espeak(..) => {
                line.split_whitespace().map(str::to_owned).collect()
            }
        }
    }

    /// What is said for each written word of a sentence: signs, units, times and dates become words that the reader
    /// knows. Empty where there is nothing to say.
    pub(crate) fn readings(&self, words: &[&str]) -> Vec<String> {
        let next = |index: usize| words.get(index + 1).copied();
        let each = words.iter().enumerate();
        match self {
            Self::English(english) => each
                .map(|(index, word)| reading::reading(word, next(index), english.is_british()))
                .collect(),
            Self::Espeak(_, rules) => each
                .map(|(index, word)| normal::reading(word, next(index), rules))
                .collect(),
            // These read numbers as they read words.
            Self::Japanese(_) | Self::Mandarin(_) => {
                words.iter().map(|w| (*w).to_owned()).collect()
            }
        }
    }

    /// Phonemes of each of the readings of one sentence, punctuation included; empty for what has no sound.
    pub(crate) fn read(&self, readings: &[String]) -> Result<Vec<String>, VoiceError> {
        Ok(match self {
            Self::English(reader) => reader.read(readings),
            Self::Japanese(reader) => reader.read(readings),
            Self::Mandarin(reader) => reader.read(readings),
            Self::Espeak(reader, _) => reader.read(readings)?,
        })
    }

    /// Whether its words follow each other without a space.
    pub(crate) fn is_unspaced(&self) -> bool {
        matches!(self, Self::Japanese(_) | Self::Mandarin(_))
    }
}
