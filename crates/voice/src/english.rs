//! English words to phonemes in the misaki alphabet: lexicons and tagger of `misaki-rs`, unknown words by a network.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use misaki_rs::{G2P, Language, MToken};

use crate::VoiceError;
use crate::unknown_words::{LastResort, UnknownWords};

/// Most words read together: the time of `misaki-rs` grows faster than the length of its text, and no real sentence is
/// longer.
const MAX_WORDS: usize = 80;

/// Which English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accent {
    American,
    British,
}

/// Reads sentences of one accent.
pub(crate) struct English {
    g2p: G2P,
    unknown: Arc<UnknownWords>,
    british: bool,
}

impl fmt::Debug for English {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("English").finish_non_exhaustive()
    }
}

impl English {
    /// Unpacks the lexicons (about half a second) and loads the network for unknown words from hibari's folder.
    pub(crate) fn load(hibari_dir: &Path, accent: Accent) -> Result<Self, VoiceError> {
        let british = accent == Accent::British;
        let stem = if british { "oov_gb" } else { "oov" };
        let language = if british {
            Language::EnglishGB
        } else {
            Language::EnglishUS
        };
        let unknown = Arc::new(UnknownWords::load(hibari_dir, stem, british)?);
        let last_resort = LastResort(Arc::clone(&unknown));
        Ok(Self {
            g2p: G2P::with_fallback(language, Some(Box::new(last_resort))),
            unknown,
            british,
        })
    }

    /// Whether it reads as in Britain.
    pub(crate) fn is_british(&self) -> bool {
        self.british
    }

    /// Phonemes of each word of one sentence, punctuation included; empty for a word that has no sound.
    ///
    /// The words are read together, as their sounds depend on their neighbours ("the end", "I read it yesterday").
    pub(crate) fn read(&self, words: &[String]) -> Vec<String> {
        words
            .chunks(MAX_WORDS)
            .flat_map(|words| self.read_together(words))
            .collect()
    }

    fn read_together(&self, words: &[String]) -> Vec<String> {
        let text = words.join(" ");
        // The text is a stranger's and misaki-rs is a young crate: should it trip, the network reads word by word.
        let Ok(Ok((_, tokens))) = catch_unwind(AssertUnwindSafe(|| self.g2p.g2p(&text))) else {
            tracing::warn!(size_bytes = text.len(), "a sentence was read word by word");
            return words.iter().map(|word| self.unknown.read(word)).collect();
        };
        gather(&text, words, &tokens)
    }
}

/// Hands each token's phonemes to the word in which it starts.
fn gather(text: &str, words: &[String], tokens: &[MToken]) -> Vec<String> {
    let mut sounds = vec![String::new(); words.len()];
    let (mut word, mut word_end, mut place) = (0, words.first().map_or(0, String::len), 0);
    let mut gap = false;
    for token in tokens {
        // Tokens follow each other in the text; one that misaki rewrote is not found and keeps the place.
        if let Some(ahead) = text.get(place..).and_then(|rest| rest.find(&token.text)) {
            place += ahead;
        }
        while place > word_end && word + 1 < words.len() {
            word += 1;
            word_end += 1 + words[word].len();
            gap = false;
        }
        let sound = token.phonemes.as_deref().unwrap_or_default();
        if gap && !sounds[word].is_empty() && !sound.is_empty() {
            sounds[word].push(' ');
        }
        sounds[word].push_str(sound);
        gap = !token.whitespace.is_empty();
        if text
            .get(place..)
            .is_some_and(|rest| rest.starts_with(&token.text))
        {
            place += token.text.len();
        }
        if gap {
            place = (place + 1).min(text.len());
        }
    }
    sounds
}
