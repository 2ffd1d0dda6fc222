//! Whisper's symbols: pieces of UTF-8 text, and marks for what the decoder is to do.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::HearingError;
use crate::network::read;

/// Marks, by the multilingual vocabulary.
pub(crate) const END: u32 = 50_257;
pub(crate) const START: u32 = 50_258;
pub(crate) const TRANSCRIBE: u32 = 50_359;
pub(crate) const NO_SPEECH: u32 = 50_362;
pub(crate) const NO_TIMES: u32 = 50_363;

/// What the decoder's numbers mean.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Bytes of each piece of text; empty for marks.
    pieces: Vec<Vec<u8>>,
    languages: BTreeMap<String, u32>,
    /// Never said: musical notes, brackets and the like.
    pub(crate) suppressed: Vec<u32>,
    /// Not said first.
    pub(crate) suppressed_first: Vec<u32>,
}

#[derive(Deserialize)]
struct Config {
    lang_ids: Vec<u32>,
    suppress_ids: Vec<u32>,
    suppress_ids_begin: Vec<u32>,
}

impl Tokens {
    /// Reads the vocabulary (one symbol a line) and the model's settings.
    pub(crate) fn load(dir: &Path) -> Result<Self, HearingError> {
        let path = dir.join("whisper.json");
        let config: Config = serde_json::from_slice(&read(&path)?)
            .map_err(|error| bad_file(&path, &error.to_string()))?;
        let path = dir.join("whisper_vocabulary.txt");
        let text =
            String::from_utf8(read(&path)?).map_err(|error| bad_file(&path, &error.to_string()))?;
        let lines: Vec<&str> = text.split('\n').collect();
        if lines.len() <= NO_TIMES as usize {
            return Err(bad_file(&path, "it has too few symbols"));
        }
        let language = |id: &u32| {
            let mark = lines.get(*id as usize)?;
            let code = mark.strip_prefix("<|")?.strip_suffix("|>")?;
            Some((code.to_owned(), *id))
        };
        let byte_of = bytes_by_char();
        let piece = |line: &&str| {
            line.chars()
                .filter_map(|c| byte_of.get(&c))
                .copied()
                .collect()
        };
        Ok(Self {
            languages: config.lang_ids.iter().filter_map(language).collect(),
            pieces: lines[..END as usize].iter().map(piece).collect(),
            suppressed: config.suppress_ids,
            suppressed_first: config.suppress_ids_begin,
        })
    }

    /// The mark of a language, by its code (`en`) or a locale that begins with it (`en-GB`).
    pub(crate) fn language(&self, code: &str) -> Option<u32> {
        let code = code.split(['-', '_']).next()?.to_ascii_lowercase();
        self.languages.get(&code).copied()
    }

    /// All languages with their marks.
    pub(crate) fn languages(&self) -> impl Iterator<Item = (&str, u32)> {
        self.languages.iter().map(|(code, id)| (code.as_str(), *id))
    }

    /// The bytes of a piece of text; none for a mark.
    pub(crate) fn piece(&self, token: u32) -> &[u8] {
        self.pieces
            .get(token as usize)
            .map_or(&[], |piece| piece.as_slice())
    }
}

fn bad_file(path: &Path, reason: &str) -> HearingError {
    HearingError::BadFile {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The vocabulary writes bytes as printable characters: those that are printable in Latin-1 as themselves, the others in
/// order from U+0100 on (as GPT-2 does).
fn bytes_by_char() -> BTreeMap<char, u8> {
    let mut others = 0;
    let mut bytes = BTreeMap::new();
    for byte in 0..=u8::MAX {
        let printable = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
        let shown = if printable {
            char::from(byte)
        } else {
            others += 1;
            char::from_u32(0xff + others).unwrap_or_default()
        };
        bytes.insert(shown, byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_character() {
        let bytes = bytes_by_char();
        assert_eq!(bytes.len(), 256);
        assert_eq!(bytes[&'Ġ'], b' ');
        assert_eq!(bytes[&'Ċ'], b'\n');
        assert_eq!(bytes[&'A'], b'A');
        assert_eq!(bytes[&'ŀ'], 0x9e);
    }
}
