//! Sounds for words that no lexicon knows: a small character network out of the package `hibari-tts`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use misaki_rs::Fallback;
use misaki_rs::fallback::FallbackError;
use rten_tensor::prelude::*;
use serde::Deserialize;

use crate::VoiceError;
use crate::network::{Network, row};

/// How the digits sound when a word mixes them with letters; the same in both accents but for "zero" and "four".
const DIGITS_US: [&str; 10] = [
    "zˈɪɹO",
    "wˈʌn",
    "tˈu",
    "θɹˈi",
    "fˈɔɹ",
    "fˈIv",
    "sˈɪks",
    "sˈɛvən",
    "ˈAt",
    "nˈIn",
];
const DIGITS_GB: [&str; 10] = [
    "zˈɪəɹQ",
    "wˈʌn",
    "tˈuː",
    "θɹˈiː",
    "fˈɔː",
    "fˈIv",
    "sˈɪks",
    "sˈɛvᵊn",
    "ˈAt",
    "nˈIn",
];

/// The network with its two alphabets.
pub(crate) struct UnknownWords {
    network: Network,
    letters: BTreeMap<char, i32>,
    symbols: Vec<char>,
    max_letters: usize,
    digits: &'static [&'static str; 10],
}

/// `oov.json`: number n stands for entry n-1, 0 is the blank.
#[derive(Deserialize)]
struct Alphabets {
    r#in: Vec<char>,
    out: Vec<char>,
    maxlen: usize,
}

impl fmt::Debug for UnknownWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownWords").finish_non_exhaustive()
    }
}

impl UnknownWords {
    /// Loads `<stem>.onnx` and `<stem>.json`.
    pub(crate) fn load(dir: &Path, stem: &str, british: bool) -> Result<Self, VoiceError> {
        let path = dir.join(format!("{stem}.json"));
        let bytes = std::fs::read(&path).map_err(|source| VoiceError::Read {
            path: path.clone(),
            source,
        })?;
        let alphabets: Alphabets =
            serde_json::from_slice(&bytes).map_err(|error| VoiceError::BadFile {
                path,
                reason: error.to_string(),
            })?;
        Ok(Self {
            network: Network::load_small(
                "unknown words",
                &dir.join(format!("{stem}.onnx")),
                &["chars"],
                &["ids"],
            )?,
            letters: (1..)
                .zip(alphabets.r#in)
                .map(|(id, letter)| (letter, id))
                .collect(),
            symbols: alphabets.out,
            max_letters: alphabets.maxlen.max(1),
            digits: if british { &DIGITS_GB } else { &DIGITS_US },
        })
    }

    /// Phonemes of a word; empty if it has no letter that the network knows.
    pub(crate) fn read(&self, word: &str) -> String {
        let mut pieces: Vec<String> = Vec::new();
        let mut letters: Vec<i32> = Vec::new();
        for c in word.chars() {
            if let Some(digit) = c.to_digit(10) {
                self.flush(&mut letters, &mut pieces);
                pieces.push(self.digits[digit as usize].to_owned());
            } else if let Some(&id) = self.letters.get(&c) {
                letters.push(id);
                if letters.len() == self.max_letters {
                    self.flush(&mut letters, &mut pieces);
                }
            } else if !matches!(c, '\'' | '’') {
                self.flush(&mut letters, &mut pieces);
            }
        }
        self.flush(&mut letters, &mut pieces);
        pieces.join(" ")
    }

    fn flush(&self, letters: &mut Vec<i32>, pieces: &mut Vec<String>) {
        if letters.is_empty() {
            return;
        }
        match self.run(letters) {
            Ok(sounds) if !sounds.is_empty() => pieces.push(sounds),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "an unknown word stays silent"),
        }
        letters.clear();
    }

    /// One run; the answer is read as connectionist temporal classification: repeats count once, blanks not at all.
    fn run(&self, letters: &[i32]) -> Result<String, VoiceError> {
        let letters = row(letters);
        let mut outputs = self.network.run(vec![letters.view().into()])?;
        let mut sounds = String::new();
        let mut before = 0;
        for id in outputs.next_i32()? {
            if id != before && id > 0 {
                sounds.extend(self.symbols.get(id as usize - 1));
            }
            before = id;
        }
        Ok(sounds)
    }
}

/// The network as misaki calls it. It never fails: one unreadable word must not silence a sentence.
#[derive(Debug)]
pub(crate) struct LastResort(pub(crate) std::sync::Arc<UnknownWords>);

impl Fallback for LastResort {
    fn phonemize(&self, word: &str) -> Result<String, FallbackError> {
        Ok(self.0.read(word))
    }
}
