//! From a script to utterances: what is said in one go, token by token, and which word each token belongs to.

use crate::engine::max_tokens;
use crate::lines::{End, Item, Say, Sentence, Word, sentences};
use crate::manner::Manner;
use crate::reader::Reader;
use crate::vocabulary::Vocabulary;
use crate::{VoiceError, parallel};

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
    /// Semitones above the voice's own pitch.
    pub(crate) pitch_st: f32,
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Symbol {
    /// In the misaki alphabet, marks and punctuation included.
    pub(crate) sign: char,
    pub(crate) token: i32,
    /// Index into the utterance's words; `None` between words.
    pub(crate) word: Option<usize>,
    pub(crate) manner: Manner,
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

/// How everything is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole {
    pub(crate) speed: f32,
    pub(crate) pitch_st: f32,
}

/// Cuts a script into utterances; empty if nothing in it can be said.
pub(crate) fn plan(
    script: &[Item],
    reader: &Reader,
    vocabulary: &Vocabulary,
    whole: Whole,
) -> Result<Vec<Utterance>, VoiceError> {
    let most = max_tokens(whole.speed);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut silent_start = String::new();
    let mut lead_s = 0.0;
    let sentences = sentences(script, |line| reader.words(line));
    // The slow part, in which sentences know nothing of each other.
    let read = parallel::map(&sentences, |sentence| sounds(sentence, reader, vocabulary));
    for (sentence, sounds) in sentences.iter().zip(read) {
        let read = Piece::of(sentence, &sounds?, vocabulary, &mut silent_start);
        if read.words.is_empty() {
            // Only signs: they cling to what was said before, or wait for what comes.
            if let Some(word) = pieces.last_mut().and_then(|piece| piece.words.last_mut()) {
                cling(&mut word.text, &std::mem::take(&mut silent_start));
            }
            if let Some(piece) = pieces.last_mut() {
                piece.end = piece.end.max(read.end);
                piece.pause_s += read.pause_s;
            } else {
                lead_s += read.pause_s;
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
    let mut utterances = utterances(pieces, whole);
    if let Some(first) = utterances.first_mut() {
        first.head_s += lead_s;
    }
    Ok(utterances)
}

fn utterances(pieces: Vec<Piece>, whole: Whole) -> Vec<Utterance> {
    let count = pieces.len();
    let pace = f64::from(whole.speed);
    let tail_s = |piece: &Piece, last: bool| {
        let own_s = match piece.end {
            _ if last => END_TAIL_S,
            End::Clause => CLAUSE_TAIL_S / pace,
            End::Sentence => SENTENCE_TAIL_S / pace,
            End::Paragraph => PARAGRAPH_TAIL_S / pace,
        };
        // A pause that is asked for is as long as asked for: the head of the next utterance is part of it.
        if last {
            own_s + piece.pause_s
        } else if piece.pause_s > 0.0 {
            (piece.pause_s - NEXT_HEAD_S / pace).max(0.0)
        } else {
            own_s
        }
    };
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| Utterance {
            tail_s: tail_s(&piece, index + 1 == count),
            words: piece.words,
            symbols: piece.symbols,
            speed: whole.speed,
            pitch_st: whole.pitch_st,
            head_s: if index == 0 {
                HEAD_S
            } else {
                NEXT_HEAD_S / pace
            },
        })
        .collect()
}

/// An utterance in the making.
#[derive(Debug)]
struct Piece {
    words: Vec<PlannedWord>,
    symbols: Vec<Symbol>,
    end: End,
    /// Pause that was asked for behind it, in seconds.
    pause_s: f64,
}

impl Piece {
    /// Of one sentence and the sounds of its words. Words without a sound cling to the word before, and at the start of
    /// the script to the one behind (`silent` carries them).
    fn of(
        sentence: &Sentence,
        sounds: &[String],
        vocabulary: &Vocabulary,
        silent: &mut String,
    ) -> Self {
        let mut piece = Self {
            words: Vec::new(),
            symbols: Vec::new(),
            end: sentence.end,
            pause_s: sentence.pause_s,
        };
        for (word, sound) in sentence.words.iter().zip(sounds) {
            piece.push(word, sound, vocabulary, silent);
        }
        if !piece.words.is_empty() {
            piece.close(vocabulary);
        }
        piece
    }

    fn push(&mut self, word: &Word, sound: &str, vocabulary: &Vocabulary, silent: &mut String) {
        let (text, manner) = (word.text.as_str(), word.manner);
        let known: Vec<(char, i32)> = sound
            .trim()
            .chars()
            .filter_map(|c| Some((c, vocabulary.token(c)?)))
            .collect();
        let heard = known.iter().any(|(c, _)| c.is_alphabetic() && !is_mark(*c));
        if heard {
            self.add(' ', vocabulary, None, manner);
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
        self.symbols
            .extend(known.into_iter().map(|(sign, token)| Symbol {
                sign,
                token,
                word,
                manner,
            }));
    }

    /// Adds a symbol; a space neither starts a piece nor follows another.
    fn add(&mut self, sign: char, vocabulary: &Vocabulary, word: Option<usize>, manner: Manner) {
        let follows_space = self.symbols.last().is_none_or(|last| last.sign == ' ');
        if sign == ' ' && follows_space {
            return;
        }
        if let Some(token) = vocabulary.token(sign) {
            self.symbols.push(Symbol {
                sign,
                token,
                word,
                manner,
            });
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
            let last = self.symbols.last();
            let (word, manner) = last.map_or((None, Manner::default()), |s| (s.word, s.manner));
            self.add('.', vocabulary, word, manner);
        }
    }

    /// Whether `next` is better spoken in the same run.
    fn takes(&self, next: &Self, most: usize) -> bool {
        let short = self.symbols.len().min(next.symbols.len()) < SHORT_TOKENS;
        self.end == End::Sentence
            && self.pause_s == 0.0
            && short
            && self.symbols.len() + next.symbols.len() < most
    }

    fn join(&mut self, next: Self, vocabulary: &Vocabulary) {
        self.add(' ', vocabulary, None, Manner::default());
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
        self.pause_s = next.pause_s;
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
                pause_s: 0.0,
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
            last.pause_s = self.pause_s;
        }
        parts
    }
}

/// The sounds of each word, all that its author has not spelled out read together.
fn sounds(
    sentence: &Sentence,
    reader: &Reader,
    vocabulary: &Vocabulary,
) -> Result<Vec<String>, VoiceError> {
    let plain: Vec<&str> = sentence
        .words
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    let written = reader.readings(&plain);
    let mut sounds = vec![String::new(); plain.len()];
    let mut readings = vec![String::new(); plain.len()];
    for (index, word) in sentence.words.iter().enumerate() {
        match &word.say {
            Say::AsWritten => readings[index].clone_from(&written[index]),
            Say::Text(text) => readings[index] = said(text, reader),
            Say::Phonemes(phonemes) => {
                let unknown = phonemes.chars().find(|c| vocabulary.token(*c).is_none());
                if let Some(sign) = unknown {
                    let reason = format!("the sign {sign} of phoneme has no sound in this voice");
                    return Err(VoiceError::Markup(reason));
                }
                sounds[index].clone_from(phonemes);
            }
        }
    }
    let spoken: Vec<usize> = (0..readings.len())
        .filter(|&i| !readings[i].is_empty())
        .collect();
    if readings
        .iter()
        .any(|reading| reading.contains(char::is_alphanumeric))
    {
        let texts: Vec<String> = spoken.iter().map(|&i| readings[i].clone()).collect();
        for (&index, sound) in spoken.iter().zip(reader.read(&texts)?) {
            sounds[index] = sound;
        }
    }
    Ok(sounds)
}

/// The reading of a text of several words.
fn said(text: &str, reader: &Reader) -> String {
    let words = reader.words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let gap = if reader.is_unspaced() { "" } else { " " };
    reader.readings(&words).join(gap)
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
        'ˈ' | 'ˌ'
            | 'ː'
            | 'ˑ'
            | 'ʰ'
            | 'ʲ'
            | 'ᵝ'
            | '˞'
            | '\u{303}'
            | '\u{329}'
            | '\u{32f}'
            | '↓'
            | '→'
            | '↗'
            | '↘'
    )
}

fn cling(word: &mut String, sign: &str) {
    if !word.is_empty() && !sign.is_empty() {
        word.push(' ');
    }
    word.push_str(sign);
}
