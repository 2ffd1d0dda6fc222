//! Mandarin: words by `jieba`, readings by the phrase and character tables of `pypinyin`, numbers by rule, and pinyin to
//! the sounds and tone arrows Kokoro was trained with (`zh.py` and `transcription.py` of `misaki` 0.9).

mod numbers;
mod pinyin;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jieba_rs::Jieba;

use crate::VoiceError;
use crate::cjk;
use crate::english::English;

/// Longest phrase of the table that is looked for, in characters.
const MAX_PHRASE: usize = 12;

/// Reads Mandarin; Latin words are read as English.
pub(crate) struct Mandarin {
    words: Jieba,
    /// Readings of phrases in which a character is not read as usual, a syllable for each character.
    phrases: HashMap<String, Vec<String>>,
    characters: HashMap<char, String>,
    english: Arc<English>,
}

impl fmt::Debug for Mandarin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mandarin").finish_non_exhaustive()
    }
}

impl Mandarin {
    /// Loads `words.txt`, `phrases.json` and `characters.json` from `dir`.
    pub(crate) fn load(dir: &Path, english: Arc<English>) -> Result<Self, VoiceError> {
        let phrases: HashMap<String, Vec<Vec<String>>> = read(&dir.join("phrases.json"))?;
        let characters: HashMap<String, String> = read(&dir.join("characters.json"))?;
        let first = |readings: String| readings.split(',').next().unwrap_or_default().to_owned();
        let character = |(code, readings): (String, String)| {
            let c = char::from_u32(code.parse().ok()?)?;
            Some((c, first(readings)))
        };
        let phrase = |(phrase, readings): (String, Vec<Vec<String>>)| {
            let readings: Option<Vec<String>> =
                readings.into_iter().map(|r| r.into_iter().next()).collect();
            Some((phrase, readings?))
        };
        let path = dir.join("words.txt");
        let file = std::fs::File::open(&path).map_err(|source| VoiceError::Read {
            path: path.clone(),
            source,
        })?;
        let words = Jieba::with_dict(&mut std::io::BufReader::new(file));
        let words = words.map_err(|error| VoiceError::BadFile {
            path,
            reason: error.to_string(),
        })?;
        Ok(Self {
            words,
            phrases: phrases.into_iter().filter_map(phrase).collect(),
            characters: characters.into_iter().filter_map(character).collect(),
            english,
        })
    }

    /// The words of a line; marks cling to the word before, opening ones to the word behind.
    pub(crate) fn segment(&self, line: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut opening = String::new();
        for word in self.tokens(line) {
            if word.trim().is_empty() {
                continue;
            }
            let is_mark = !word.chars().any(char::is_alphanumeric);
            if is_mark && word.chars().all(|c| "「『（(《【“‘[$￥¥€£".contains(c)) {
                opening.push_str(word);
            } else if let Some(last) = words.last_mut().filter(|_| is_mark) {
                last.push_str(word);
            } else {
                words.push(std::mem::take(&mut opening) + word);
            }
        }
        if !opening.is_empty() {
            words.push(opening);
        }
        words
    }

    /// Numbers with what belongs to them, runs of Latin letters, and words in between.
    fn tokens<'a>(&self, line: &'a str) -> Vec<&'a str> {
        let mut tokens = Vec::new();
        let mut rest = line;
        let mut plain = 0;
        while plain < rest.len() {
            let here = &rest[plain..];
            let first = here.chars().next().unwrap_or_default();
            let length = numbers::read(here).map(|(length, _)| length).or_else(|| {
                let end = here.find(|c: char| !(c.is_ascii_alphanumeric() || "'-.@_".contains(c)));
                first
                    .is_ascii_alphabetic()
                    .then(|| end.unwrap_or(here.len()))
            });
            if let Some(length) = length {
                tokens.extend(
                    self.words
                        .cut(&rest[..plain], true)
                        .into_iter()
                        .map(|t| t.word),
                );
                tokens.push(&here[..length]);
                rest = &here[length..];
                plain = 0;
            } else {
                plain += first.len_utf8();
            }
        }
        tokens.extend(self.words.cut(rest, true).into_iter().map(|t| t.word));
        tokens
    }

    /// Sounds of each word, punctuation included.
    pub(crate) fn read(&self, words: &[String]) -> Vec<String> {
        words.iter().map(|word| self.word(word)).collect()
    }

    fn word(&self, word: &str) -> String {
        let spelled = numbers::spelled(word);
        let mut sounds = String::new();
        let mut rest = spelled.as_str();
        while let Some(first) = rest.chars().next() {
            let latin = rest
                .find(|c: char| !(c.is_ascii_alphabetic() || c == '\''))
                .unwrap_or(rest.len());
            if latin > 0 {
                if sounds.ends_with(char::is_alphabetic) {
                    sounds.push(' ');
                }
                let read = self.english.read(&[rest[..latin].to_owned()]);
                sounds.push_str(&read.concat());
                rest = &rest[latin..];
                continue;
            }
            let (syllables, length) = self.longest(rest);
            if length > 0 {
                for syllable in syllables {
                    sounds.push_str(&pinyin::sounds(&syllable));
                }
                rest = &rest[length..];
            } else {
                sounds.push_str(mark(first));
                rest = &rest[first.len_utf8()..];
            }
        }
        sounds
    }

    /// The longest phrase at the start of the text, or its first character.
    fn longest(&self, text: &str) -> (Vec<String>, usize) {
        let ends: Vec<usize> = text
            .char_indices()
            .take(MAX_PHRASE)
            .map(|(at, c)| at + c.len_utf8())
            .collect();
        for end in ends.iter().skip(1).rev() {
            if let Some(syllables) = self.phrases.get(&text[..*end]) {
                return (syllables.clone(), *end);
            }
        }
        let first = text.chars().next().and_then(|c| self.characters.get(&c));
        first.map_or((Vec::new(), 0), |syllable| {
            (vec![syllable.clone()], ends[0])
        })
    }
}

/// Punctuation in the alphabet of the engines.
fn mark(c: char) -> &'static str {
    match c {
        '-' => "—",
        c => cjk::mark(c).unwrap_or_default(),
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, VoiceError> {
    let bytes = std::fs::read(path).map_err(|source| VoiceError::Read {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| VoiceError::BadFile {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
