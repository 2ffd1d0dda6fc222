//! Japanese: words and pronunciations from a dictionary, numbers by rule, kana to sounds.

mod dictionary;
mod kana;
mod numbers;

use std::collections::HashSet;
use std::path::Path;

use self::dictionary::Dictionary;
use crate::{VoiceError, cjk};

/// Letters of the Latin alphabet as Japanese calls them.
const LETTERS: [&str; 26] = [
    "エー",
    "ビー",
    "シー",
    "ディー",
    "イー",
    "エフ",
    "ジー",
    "エイチ",
    "アイ",
    "ジェー",
    "ケー",
    "エル",
    "エム",
    "エヌ",
    "オー",
    "ピー",
    "キュー",
    "アール",
    "エス",
    "ティー",
    "ユー",
    "ブイ",
    "ダブリュー",
    "エックス",
    "ワイ",
    "ゼット",
];

/// Most neighbouring words that one group joins.
const MAX_GROUP: usize = 8;

/// Reads Japanese.
#[derive(Debug)]
pub(crate) struct Japanese {
    dictionary: Dictionary,
    /// Words that stand in one piece though the dictionary has their parts; Kokoro was trained with them joined.
    groups: HashSet<String>,
}

/// A word of a text with its sounds.
#[derive(Debug)]
struct Part {
    start: usize,
    end: usize,
    /// In the alphabet of the engines; marks as marks.
    sound: String,
    is_mark: bool,
}

impl Japanese {
    /// Loads the dictionary and the list of joined words from `dir`.
    pub(crate) fn load(dir: &Path) -> Result<Self, VoiceError> {
        let path = dir.join("groups.txt");
        let groups = std::fs::read_to_string(&path);
        let groups = groups.map_err(|source| VoiceError::Read { path, source })?;
        Ok(Self {
            dictionary: Dictionary::load(dir)?,
            groups: groups.lines().map(|line| line.trim().to_owned()).collect(),
        })
    }

    /// The words of a line; marks cling to the word before, opening ones to the word behind.
    pub(crate) fn segment(&self, line: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut opening = String::new();
        for part in self.parts(line) {
            let text = &line[part.start..part.end];
            if text.trim().is_empty() {
                continue;
            }
            let opens = text.chars().all(|c| "「『（(《【“‘[".contains(c));
            if part.is_mark && opens {
                opening.push_str(text);
            } else if let Some(last) = words.last_mut().filter(|_| part.is_mark) {
                last.push_str(text);
            } else {
                words.push(std::mem::take(&mut opening) + text);
            }
        }
        if !opening.is_empty() {
            words.push(opening);
        }
        words
    }

    /// Sounds of each word of one sentence. The words are read together, as their borders and readings depend on their
    /// neighbours.
    pub(crate) fn read(&self, words: &[String]) -> Vec<String> {
        let text = words.concat();
        let mut sounds = vec![String::new(); words.len()];
        let (mut word, mut word_end) = (0, words.first().map_or(0, String::len));
        let mut inside = 0;
        for part in self.parts(&text) {
            while part.start >= word_end && word + 1 < words.len() {
                word += 1;
                word_end += words[word].len();
                inside = 0;
            }
            if inside > 0 && !part.is_mark && !sounds[word].is_empty() {
                sounds[word].push(' ');
            }
            sounds[word].push_str(&part.sound);
            inside += 1;
        }
        sounds
    }

    /// Sounds of a single reading, such as letters that are to be spelled.
    fn parts(&self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut plain = 0;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if let Some((length, kana)) = numbers::read(rest) {
                self.add_words(&mut parts, text, plain..at);
                parts.push(Part {
                    start: at,
                    end: at + length,
                    sound: kana::sounds(&kana),
                    is_mark: false,
                });
                at += length;
                plain = at;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        self.add_words(&mut parts, text, plain..text.len());
        parts
    }

    /// The words of a stretch without numbers.
    fn add_words(&self, parts: &mut Vec<Part>, text: &str, stretch: std::ops::Range<usize>) {
        let (offset, text) = (stretch.start, &text[stretch]);
        if text.is_empty() {
            return;
        }
        // The dictionary writes Latin letters in full width; the places of both texts are kept side by side.
        let mut places = Vec::with_capacity(text.len());
        let mut wide = String::with_capacity(text.len() * 2);
        for (place, c) in text.char_indices() {
            places.push((wide.len(), offset + place));
            wide.push(full_width(c));
        }
        places.push((wide.len(), offset + text.len()));
        let place = |of: usize| {
            let found = places.binary_search_by_key(&of, |(wide, _)| *wide);
            places[found.unwrap_or_else(|next| next.min(places.len() - 1))].1
        };
        let mut words = Vec::new();
        for found in self.dictionary.words(&wide) {
            let surface = &wide[found.start..found.end];
            let (sound, is_mark) = pronounced(surface, found.sound.as_deref());
            words.push((found.start, found.end, sound, is_mark));
        }
        let mut index = 0;
        while index < words.len() {
            let joined = self.joined(&wide, &words[index..]);
            let group = &words[index..index + joined];
            parts.push(Part {
                start: place(group[0].0),
                end: place(group[joined - 1].1),
                sound: if group[0].3 {
                    group[0].2.clone()
                } else {
                    let kana: String = group.iter().map(|word| word.2.as_str()).collect();
                    kana::sounds(&kana)
                },
                is_mark: group[0].3,
            });
            index += joined;
        }
    }

    /// How many of the words stand in one piece, at least one.
    fn joined(&self, text: &str, words: &[(usize, usize, String, bool)]) -> usize {
        let most = words.len().min(MAX_GROUP);
        let most = (0..most).find(|&n| words[n].3).unwrap_or(most);
        let is_group = |count: &usize| self.groups.contains(&text[words[0].0..words[count - 1].1]);
        (2..=most).rev().find(is_group).unwrap_or(1)
    }
}

/// The kana of a word, or the mark that it is.
fn pronounced(surface: &str, sound: Option<&str>) -> (String, bool) {
    if let Some(mark) = mark(surface) {
        return (mark.to_owned(), true);
    }
    let sound = sound.unwrap_or_default().replace(['’', '\''], "");
    if !sound.is_empty() && sound.chars().all(kana::is_kana) {
        return (sound, false);
    }
    let mut kana = String::new();
    for c in surface.chars() {
        if kana::is_kana(c) {
            kana.push(c);
        } else if let Some(letter) = letter(c) {
            kana.push_str(letter);
        }
    }
    let is_mark = kana.is_empty();
    (kana, is_mark)
}

/// What a punctuation mark is in the alphabet of the engines; `None` for words.
fn mark(surface: &str) -> Option<&'static str> {
    let mut chars = surface.chars();
    let first = chars.next()?;
    if chars.any(|c| c != first) {
        return None;
    }
    match first {
        '・' | ' ' | '\u{3000}' => Some(" "),
        first => cjk::mark(first),
    }
}

fn letter(c: char) -> Option<&'static str> {
    let c = narrow(c).to_ascii_uppercase();
    let index = (c as usize).checked_sub('A' as usize)?;
    LETTERS.get(index).copied()
}

/// Printable ASCII in its full-width form.
fn full_width(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}
