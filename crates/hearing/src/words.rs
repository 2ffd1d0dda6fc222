//! The word recogniser: text with the time of every word.

use std::path::Path;

use likeness_domain::speech::TimedWord;

use crate::alignment::{self, MOMENT_S};
use crate::level::Level;
use crate::recording::Recording;
use crate::tokens::Tokens;
use crate::transcript::{Transcript, has_spaces};
use crate::whisper::{Heard, Whisper};
use crate::{ENVELOPE_STEP, HearingError, SAMPLE_RATE_HZ};

/// Steps of 10 ms in a window: the model takes 30 s, and wants to see the end.
const WINDOW_STEPS: usize = 2800;
/// Above this probability that nobody speaks, a transcript that is not sure of itself is dropped.
const NO_SPEECH: f32 = 0.6;
const UNSURE: f32 = -1.0;
/// Below this, a transcript is noise in any case.
const WORTHLESS: f32 = -2.0;
/// A word longer than this ends where the sound does or here, as the decoder gives pauses to the word before.
const LONGEST_WORD_S: f64 = 1.5;

/// A recogniser of words; runs on any thread.
#[derive(Debug)]
pub struct WordRecogniser {
    whisper: Whisper,
    tokens: Tokens,
}

impl WordRecogniser {
    /// Loads the networks from the folder that the setup command fills.
    pub fn load(models_dir: &Path) -> Result<Self, HearingError> {
        let dir = models_dir.join("hearing");
        Ok(Self {
            whisper: Whisper::load(&dir)?,
            tokens: Tokens::load(&dir)?,
        })
    }

    /// The codes of the languages that are understood.
    pub fn languages(&self) -> Vec<&str> {
        self.tokens.languages().map(|(code, _)| code).collect()
    }

    /// What is said in a recording. Without a `language` (a code or locale) it is told from the first speech.
    pub fn transcribe(
        &self,
        samples: &[f32],
        language: Option<&str>,
    ) -> Result<Transcript, HearingError> {
        let mut recording = samples;
        let level = Level::of(&mut recording)?;
        let speaks = |_: f64, _: f64| true;
        self.listen(&mut recording, &level, language, &speaks, &mut |_| Ok(()))
    }

    /// The same for a recording that is read in windows. Windows in which nobody `speaks` (from, to in seconds) are
    /// skipped; `heard` learns the share that is done.
    pub(crate) fn listen(
        &self,
        recording: &mut dyn Recording,
        level: &Level,
        language: Option<&str>,
        speaks: &dyn Fn(f64, f64) -> bool,
        heard: &mut dyn FnMut(f64) -> Result<(), HearingError>,
    ) -> Result<Transcript, HearingError> {
        let mut language = language.map(|code| self.language(code)).transpose()?;
        let mut words = Vec::new();
        let mut samples = Vec::new();
        for window in level.windows(WINDOW_STEPS) {
            let (from_s, to_s) = (window.start as f64 / 100.0, window.end as f64 / 100.0);
            if level.peak(from_s, to_s) >= level.silence && speaks(from_s, to_s) {
                let start = (window.start * ENVELOPE_STEP) as u64;
                let end = ((window.end * ENVELOPE_STEP) as u64).min(recording.length());
                samples.resize((end - start) as usize, 0.0);
                recording.read(start, &mut samples)?;
                let found = self.window_words(&samples, from_s, &mut language)?;
                words.extend(found);
            }
            heard(window.end as f64 / level.envelope.len() as f64)?;
        }
        let words = sentences(words, level);
        Ok(Transcript {
            language: language
                .filter(|_| !words.is_empty())
                .map(|(code, _)| code)
                .unwrap_or_default(),
            words,
        })
    }

    fn language(&self, code: &str) -> Result<(String, u32), HearingError> {
        let unknown = || HearingError::UnknownLanguage(code.to_owned());
        let mark = self.tokens.language(code).ok_or_else(unknown)?;
        self.code_of(mark).ok_or_else(unknown)
    }

    fn code_of(&self, mark: u32) -> Option<(String, u32)> {
        let found = self.tokens.languages().find(|(_, id)| *id == mark);
        found.map(|(code, id)| (code.to_owned(), id))
    }

    /// The words of at most 30 s, which begin at `start_s`.
    fn window_words(
        &self,
        samples: &[f32],
        start_s: f64,
        language: &mut Option<(String, u32)>,
    ) -> Result<Vec<TimedWord>, HearingError> {
        let sound = self.whisper.encode(samples)?;
        let (code, mark) = if let Some(known) = language {
            known.clone()
        } else {
            let mark = self.whisper.language(&sound, &self.tokens)?;
            self.code_of(mark).unwrap_or_default()
        };
        let heard = self.whisper.decode(&sound, &self.tokens, mark)?;
        let doubtful = heard.no_speech > NO_SPEECH && heard.confidence < UNSURE;
        if doubtful || heard.confidence < WORTHLESS || heard.tokens.is_empty() {
            return Ok(Vec::new());
        }
        let duration_s = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let words = self.timed(&heard, start_s, duration_s, has_spaces(&code));
        *language = Some((code, mark));
        Ok(words)
    }

    fn timed(&self, heard: &Heard, start_s: f64, duration_s: f64, spaces: bool) -> Vec<TimedWord> {
        let moments = (duration_s / MOMENT_S).ceil() as usize;
        let starts = alignment::starts(&heard.attention, moments);
        let time = |token: usize| {
            let moment = starts.get(token).copied().unwrap_or(moments);
            start_s + (moment as f64 * MOMENT_S).min(duration_s)
        };
        let words = self.split(&heard.tokens, spaces);
        words
            .into_iter()
            .map(|word| TimedWord {
                text: word.text,
                start_s: time(word.first),
                end_s: time(word.end),
                sentence: 0,
            })
            .collect()
    }

    /// Tokens as words: a piece that begins with a space begins a word, or every whole character does.
    fn split(&self, tokens: &[u32], spaces: bool) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut bytes = Vec::new();
        let mut first = 0;
        for (index, token) in tokens.iter().enumerate() {
            if bytes.is_empty() {
                first = index;
            }
            bytes.extend_from_slice(self.tokens.piece(*token));
            let Ok(text) = std::str::from_utf8(&bytes) else {
                // A character goes on in the next token.
                continue;
            };
            let letters = text.chars().any(char::is_alphanumeric);
            let begins = text.starts_with(' ') || (!spaces && letters);
            match words.last_mut() {
                Some(word) if !begins => {
                    word.text.push_str(text);
                    word.end = index + 1;
                }
                _ => words.push(Word {
                    text: text.trim_start().to_owned(),
                    first,
                    end: index + 1,
                }),
            }
            bytes.clear();
        }
        words.retain(|word| !word.text.trim().is_empty());
        words
    }
}

/// A word and its tokens.
#[derive(Debug)]
struct Word {
    text: String,
    first: usize,
    end: usize,
}

/// Counts the sentences, and ends words where their sound does.
fn sentences(mut words: Vec<TimedWord>, level: &Level) -> Vec<TimedWord> {
    let mut sentence = 0;
    let mut clock = 0.0;
    for word in &mut words {
        word.start_s = f64::max(word.start_s, clock);
        word.end_s = f64::max(word.end_s, word.start_s);
        clock = word.end_s;
        // What the decoder does not look at before the first word, it gives to that word.
        if let Some((from, to)) = level.longest_silence(word.start_s, word.end_s)
            && to - from >= 0.15
            && from < word.start_s + 0.05
        {
            word.start_s = to;
        }
        if let Some((from, to)) = level.longest_silence(word.start_s + 0.1, word.end_s)
            && to - from >= 0.15
            && to > word.end_s - 0.1
        {
            word.end_s = from;
        }
        word.end_s = word.end_s.min(word.start_s + LONGEST_WORD_S);
        word.sentence = sentence;
        let marks = word
            .text
            .trim_end_matches(['"', '\'', '”', '’', ')', '」', '』']);
        if marks.ends_with(['.', '!', '?', '。', '！', '？', '…', '।', '؟']) {
            sentence += 1;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_counted_and_silence_is_not_a_word() {
        let word = |text: &str, start_s: f64, end_s: f64| TimedWord {
            text: text.to_owned(),
            start_s,
            end_s,
            sentence: 0,
        };
        let mut envelope = vec![0.1; 300];
        envelope[100..200].fill(0.0);
        let level = Level::new(envelope);
        let words = vec![
            word("One", 0.0, 0.4),
            word("two.", 0.4, 2.0),
            word("“Three?”", 2.0, 2.5),
            word("Four", 2.4, 3.0),
        ];
        let told = sentences(words, &level);
        let numbers: Vec<u32> = told.iter().map(|word| word.sentence).collect();
        assert_eq!(numbers, [0, 0, 1, 2]);
        assert!((told[1].end_s - 1.0).abs() < 0.02, "{told:?}");
        assert!(told[3].start_s >= told[2].end_s);
    }
}
