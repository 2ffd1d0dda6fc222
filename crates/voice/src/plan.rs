//! From a script to utterances: what is said in one go, token by token, and which word each token belongs to.

use crate::engine::max_tokens;
use crate::english::English;
use crate::lines::{Sentence, sentences};
use crate::reading::reading;
use crate::vocabulary::Vocabulary;

/// Silence before the first sound of a script, in seconds.
const HEAD_S: f64 = 0.15;
/// Silence before the first sound of a later utterance.
const NEXT_HEAD_S: f64 = 0.04;
/// Silence after a sentence; with the head of the next and what the voice itself leaves it makes about 0.3 s.
const SENTENCE_TAIL_S: f64 = 0.22;
/// Silence after a paragraph.
const PARAGRAPH_TAIL_S: f64 = 0.5;
/// Silence where a long sentence is spoken in two runs.
const CLAUSE_TAIL_S: f64 = 0.06;
/// Silence after the last sound of a script.
const END_TAIL_S: f64 = 0.35;
/// A sentence shorter than this many tokens is spoken together with its neighbour: the voices need some length to
/// find their melody.
const SHORT_TOKENS: usize = 25;

/// A piece of the script that is spoken in one run: a sentence, a few short ones, or a part of a very long one.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    pub(crate) words: Vec<PlannedWord>,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) speed: f32,
    pub(crate) head_s: f64,
    pub(crate) tail_s: f64,
}

/// A word as written; it owns at least one symbol of the utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedWord {
    pub(crate) text: String,
    /// Counted from 0 in the utterance.
    pub(crate) sentence: u32,
}

/// One input of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// In the misaki alphabet, marks and punctuation included.
    pub(crate) sign: char,
    pub(crate) token: i32,
    /// Index into the utterance's words; `None` between words.
    pub(crate) word: Option<usize>,
}

impl Utterance {
    /// The words as written.
    pub fn text(&self) -> String {
        self.words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What the network is given, in the misaki alphabet.
    pub fn phonemes(&self) -> String {
        self.symbols.iter().map(|symbol| symbol.sign).collect()
    }
}

/// Whether a symbol is a sound, a mark on one, or a break between words.
pub(crate) fn is_break(sign: char) -> bool {
    matches!(
        sign,
        ' ' | ';' | ':' | ',' | '.' | '!' | '?' | '—' | '…' | '"' | '(' | ')' | '“' | '”'
    )
}

/// Cuts a script into utterances; empty if nothing in it can be said.
pub(crate) fn plan(
    script: &str,
    english: &English,
    vocabulary: &Vocabulary,
    speed: f32,
) -> Vec<Utterance> {
    let most = max_tokens(speed);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut silent_start = String::new();
    for sentence in sentences(script) {
        let read = Piece::read(&sentence, english, vocabulary, &mut silent_start);
        if read.words.is_empty() {
            // Only signs: they cling to what was said before, or wait for what comes.
            if let Some(word) = pieces.last_mut().and_then(|piece| piece.words.last_mut()) {
                cling(&mut word.text, &std::mem::take(&mut silent_start));
            }
            if let Some(piece) = pieces.last_mut() {
                piece.end = piece.end.max(read.end);
            }
            continue;
        }
        for piece in read.split(most) {
            match pieces.last_mut() {
                Some(last) if last.takes(&piece, most) => last.join(piece, vocabulary),
                _ => pieces.push(piece),
            }
        }
    }
    utterances(pieces, speed)
}

fn utterances(pieces: Vec<Piece>, speed: f32) -> Vec<Utterance> {
    let count = pieces.len();
    let pace = f64::from(speed);
    let tail_s = |end: End, last: bool| match end {
        _ if last => END_TAIL_S,
        End::Clause => CLAUSE_TAIL_S / pace,
        End::Sentence => SENTENCE_TAIL_S / pace,
        End::Paragraph => PARAGRAPH_TAIL_S / pace,
    };
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| Utterance {
            words: piece.words,
            symbols: piece.symbols,
            speed,
            head_s: if index == 0 {
                HEAD_S
            } else {
                NEXT_HEAD_S / pace
            },
            tail_s: tail_s(piece.end, index + 1 == count),
        })
        .collect()
}

/// What stops behind a piece, in order of the length of its pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Clause,
    Sentence,
    Paragraph,
}

/// An utterance in the making.
#[derive(Debug)]
struct Piece {
    words: Vec<PlannedWord>,
    symbols: Vec<Symbol>,
    end: End,
}

impl Piece {
    /// Reads one sentence. Words without a sound cling to the word before, and at the start of the script to the one
    /// behind (`silent` carries them).
    fn read(
        sentence: &Sentence,
        english: &English,
        vocabulary: &Vocabulary,
        silent: &mut String,
    ) -> Self {
        let readings: Vec<String> = (0..sentence.words.len())
            .map(|i| {
                reading(
                    &sentence.words[i],
                    sentence.words.get(i + 1).map(String::as_str),
                )
            })
            .collect();
        let spoken: Vec<usize> = (0..readings.len())
            .filter(|&i| !readings[i].is_empty())
            .collect();
        let mut sounds = vec![String::new(); readings.len()];
        if readings
            .iter()
            .any(|reading| reading.contains(char::is_alphanumeric))
        {
            let texts: Vec<String> = spoken.iter().map(|&i| readings[i].clone()).collect();
            for (&index, sound) in spoken.iter().zip(english.read(&texts)) {
                sounds[index] = sound;
            }
        }
        let end = if sentence.ends_paragraph {
            End::Paragraph
        } else {
            End::Sentence
        };
        let mut piece = Self {
            words: Vec::new(),
            symbols: Vec::new(),
            end,
        };
        for (text, sound) in sentence.words.iter().zip(&sounds) {
            piece.push(text, sound, vocabulary, silent);
        }
        if !piece.words.is_empty() {
            piece.close(vocabulary);
        }
        piece
    }

    fn push(&mut self, text: &str, sound: &str, vocabulary: &Vocabulary, silent: &mut String) {
        let known: Vec<(char, i32)> = sound
            .trim()
            .chars()
            .filter_map(|c| Some((c, vocabulary.token(c)?)))
            .collect();
        let heard = known.iter().any(|(c, _)| c.is_alphabetic() && !is_mark(*c));
        if heard {
            self.add(' ', vocabulary, None);
            let mut text = text.to_owned();
            if !silent.is_empty() {
                text = format!("{} {text}", std::mem::take(silent));
            }
            self.words.push(PlannedWord { text, sentence: 0 });
        } else if let Some(word) = self.words.last_mut() {
            cling(&mut word.text, text);
        } else {
            cling(silent, text);
            return;
        }
        let word = Some(self.words.len() - 1);
        self.symbols.extend(
            known
                .into_iter()
                .map(|(sign, token)| Symbol { sign, token, word }),
        );
    }

    /// Adds a symbol; a space neither starts a piece nor follows another.
    fn add(&mut self, sign: char, vocabulary: &Vocabulary, word: Option<usize>) {
        let follows_space = self.symbols.last().is_none_or(|last| last.sign == ' ');
        if sign == ' ' && follows_space {
            return;
        }
        if let Some(token) = vocabulary.token(sign) {
            self.symbols.push(Symbol { sign, token, word });
        }
    }

    /// A sentence without an end mark (a heading, a list) gets one: the voices let it hang in the air otherwise.
    fn close(&mut self, vocabulary: &Vocabulary) {
        let mark = self
            .symbols
            .iter()
            .rev()
            .find(|s| !matches!(s.sign, ' ' | '"' | ')' | '”'));
        if mark.is_some_and(|mark| !is_break(mark.sign)) {
            let word = self.symbols.last().and_then(|last| last.word);
            self.add('.', vocabulary, word);
        }
    }

    /// Whether `next` is better spoken in the same run.
    fn takes(&self, next: &Self, most: usize) -> bool {
        let short = self.symbols.len().min(next.symbols.len()) < SHORT_TOKENS;
        self.end == End::Sentence && short && self.symbols.len() + next.symbols.len() < most
    }

    fn join(&mut self, next: Self, vocabulary: &Vocabulary) {
        self.add(' ', vocabulary, None);
        let (words, sentence) = (
            self.words.len(),
            self.words.last().map_or(0, |word| word.sentence + 1),
        );
        self.words
            .extend(next.words.into_iter().map(|w| PlannedWord {
                sentence: w.sentence + sentence,
                ..w
            }));
        self.symbols
            .extend(next.symbols.into_iter().map(|s| Symbol {
                word: s.word.map(|w| w + words),
                ..s
            }));
        self.end = next.end;
    }

    /// The piece in parts that fit into one run, cut at a clause mark if there is one in the second half of the run, else
    /// between words.
    fn split(mut self, most: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        while self.symbols.len() > most {
            let at = cut(&self.symbols[..most]);
            let rest = self.symbols.split_off(at);
            let first_word = rest.iter().find_map(|s| s.word).unwrap_or(self.words.len());
            let shared = self.symbols.iter().rev().find_map(|s| s.word) == Some(first_word);
            let rest_words = self
                .words
                .split_off((first_word + usize::from(shared)).min(self.words.len()));
            let part = Self {
                words: std::mem::take(&mut self.words),
                symbols: std::mem::take(&mut self.symbols),
                end: End::Clause,
            };
            let gone = part.words.len();
            self.words = rest_words;
            // The rest of a word that was cut in two belongs to no word: its text was given to the first part.
            let skip = rest.iter().take_while(|s| s.sign == ' ').count();
            self.symbols = rest[skip..]
                .iter()
                .map(|s| Symbol {
                    word: s.word.and_then(|w| w.checked_sub(gone)),
                    ..*s
                })
                .collect();
            parts.push(part);
        }
        if self.symbols.iter().any(|s| !is_break(s.sign)) {
            parts.push(self);
        } else if let Some(last) = parts.last_mut() {
            last.end = self.end;
        }
        parts
    }
}

/// Where to cut a full run: behind a clause mark, else at a space, else at its end.
fn cut(run: &[Symbol]) -> usize {
    let space = |from: usize, after_mark: bool| {
        (from..run.len()).rev().find(|&i| {
            let clause = matches!(run[i - 1].sign, ',' | ';' | ':' | '—');
            run[i].sign == ' ' && (clause || !after_mark)
        })
    };
    space((run.len() / 2).max(1), true)
        .or_else(|| space(1, false))
        .unwrap_or(run.len())
}

/// Stress, length and other signs that colour a neighbour.
pub(crate) fn is_mark(sign: char) -> bool {
    matches!(
        sign,
        'ˈ' | 'ˌ' | 'ː' | 'ʰ' | 'ʲ' | '\u{303}' | '↓' | '→' | '↗' | '↘'
    )
}

fn cling(word: &mut String, sign: &str) {
    if !word.is_empty() && !sign.is_empty() {
        word.push(' ');
    }
    word.push_str(sign);
}
