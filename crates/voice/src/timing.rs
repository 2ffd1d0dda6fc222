//! From token durations to the times of phonemes and words.
//!
//! The durations of both engines lag behind their sound by a fixed time, which is subtracted here, so that a phoneme's
//! time is the time at which it is heard. Measured by sliding the spans over the loudness (5 ms steps, in decibels) of
//! seven sentences: the vowels of hibari and of Kokoro's `af_heart`, `am_michael`, `bf_emma` and `bm_george` fit best
//! at 50, 55, 60, 60 and 50 ms, their closed lips (p, b, m, quietest) at 65, 60, 70, 65 and 65 ms. 60 ms is within 10 ms
//! of all of them; a mouth that leads a little is less noticed than one that lags. At other paces the vowels fit best at
//! 75 ms (0.7) and 48 ms (1.4).

use likeness_domain::speech::{Stress, TimedPhoneme, TimedWord};

use crate::engine::FRAME_S;
use crate::plan::{Utterance, is_break, is_mark};

/// Shortest break between words that is told as a pause, in seconds; a shorter one is a mere join.
const MIN_PAUSE_S: f64 = 0.08;
/// A break is a pause only if its sound is below this share of the loudest step (-26 dB).
const PAUSE_SHARE: f32 = 0.05;

/// A stretch of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) start_s: f64,
    pub(crate) end_s: f64,
}

/// When each symbol sounds, in the run's own time; the pads are left out. Never before 0.
pub(crate) fn symbol_spans(durations: &[f32], lag_s: f64) -> Vec<Span> {
    let mut clock = 0.0;
    let mut spans: Vec<Span> = durations
        .iter()
        .map(|frames| {
            let start_s = f64::max(clock - lag_s, 0.0);
            clock += f64::from(frames.max(0.0)) * FRAME_S;
            Span {
                start_s,
                end_s: f64::max(clock - lag_s, 0.0),
            }
        })
        .collect();
    spans.pop();
    if !spans.is_empty() {
        spans.remove(0);
    }
    spans
}

/// The spans moved by `shift_s`, and ended where the sound ends: both engines stretch their last phoneme into the silence
/// behind it, in which the mouth should rest.
pub(crate) fn placed(spans: &[Span], shift_s: f64, quiet_from_s: f64) -> Vec<Span> {
    let place = |span: &Span| {
        let start_s = (span.start_s + shift_s).max(0.0);
        let end_s = (span.end_s + shift_s).min(quiet_from_s.max(start_s + FRAME_S));
        Span {
            start_s,
            end_s: end_s.max(start_s),
        }
    };
    spans.iter().map(place).collect()
}

/// From the first sound to the last one.
pub(crate) fn spoken_span(utterance: &Utterance, spans: &[Span]) -> Option<Span> {
    let mut sounds = utterance
        .symbols
        .iter()
        .zip(spans)
        .filter(|(s, _)| !is_break(s.sign))
        .map(|(_, span)| span);
    let first = sounds.next()?;
    Some(Span {
        start_s: first.start_s,
        end_s: sounds.next_back().unwrap_or(first).end_s,
    })
}

/// The phonemes from 0 to `duration_s` without a hole: marks merged into what they colour, silence as `' '`.
pub(crate) fn phonemes(
    utterance: &Utterance,
    spans: &[Span],
    envelope: &[f32],
    duration_s: f64,
) -> Vec<TimedPhoneme> {
    let mut row = Row::default();
    for (symbol, span) in utterance.symbols.iter().zip(spans) {
        row.push(symbol.sign, *span);
    }
    let mut phonemes = row.phonemes;
    close_joins(&mut phonemes, envelope);
    frame(phonemes, duration_s)
}

/// Phonemes in the making.
#[derive(Debug, Default)]
struct Row {
    phonemes: Vec<TimedPhoneme>,
    stress: Stress,
    /// Where a stress mark began whose vowel is still to come.
    mark_start_s: Option<f64>,
}

impl Row {
    fn push(&mut self, symbol: char, span: Span) {
        match symbol {
            'ˈ' | 'ˌ' => {
                self.stress = if symbol == 'ˈ' {
                    Stress::Primary
                } else {
                    Stress::Secondary
                };
                self.mark_start_s.get_or_insert(span.start_s);
            }
            _ if is_mark(symbol) => self.lengthen(span.end_s),
            _ if is_break(symbol) => {
                if self.phonemes.last().is_some_and(|last| last.symbol == ' ') {
                    self.lengthen(span.end_s);
                } else {
                    self.add(' ', span, Stress::None);
                }
            }
            _ => {
                let start_s = self.mark_start_s.take().unwrap_or(span.start_s);
                let stress = std::mem::take(&mut self.stress);
                self.add(symbol, Span { start_s, ..span }, stress);
            }
        }
    }

    fn lengthen(&mut self, end_s: f64) {
        if let Some(last) = self.phonemes.last_mut() {
            last.end_s = end_s;
        }
    }

    fn add(&mut self, symbol: char, span: Span, stress: Stress) {
        let Span { start_s, end_s } = span;
        self.phonemes.push(TimedPhoneme {
            symbol,
            start_s,
            end_s,
            stress,
        });
    }
}

/// Gives breaks in which the sound goes on to their neighbours, half each: the mouth must not rest there.
fn close_joins(phonemes: &mut Vec<TimedPhoneme>, envelope: &[f32]) {
    let floor = envelope.iter().copied().fold(0.0, f32::max) * PAUSE_SHARE;
    for index in 1..phonemes.len().saturating_sub(1) {
        let here = phonemes[index];
        let long = here.end_s - here.start_s >= MIN_PAUSE_S;
        if here.symbol == ' ' && !(long && quietest(envelope, here) < floor) {
            let middle = f64::midpoint(here.start_s, here.end_s);
            phonemes[index - 1].end_s = middle;
            phonemes[index + 1].start_s = middle;
            phonemes[index].end_s = here.start_s;
        }
    }
    phonemes.retain(|phoneme| phoneme.end_s > phoneme.start_s);
}

fn quietest(envelope: &[f32], at: TimedPhoneme) -> f32 {
    let step = |s: f64| (s / likeness_domain::speech::ENVELOPE_STEP_S).max(0.0) as usize;
    let from = step(at.start_s).min(envelope.len());
    let to = step(at.end_s).clamp(from, envelope.len());
    envelope[from..to]
        .iter()
        .copied()
        .fold(f32::INFINITY, f32::min)
}

/// Puts the silence before the first and behind the last sound into the row.
fn frame(phonemes: Vec<TimedPhoneme>, duration_s: f64) -> Vec<TimedPhoneme> {
    let mut framed: Vec<TimedPhoneme> = Vec::with_capacity(phonemes.len() + 2);
    let silence = |start_s, end_s| TimedPhoneme {
        symbol: ' ',
        start_s,
        end_s,
        stress: Stress::None,
    };
    let mut clock = 0.0;
    for phoneme in phonemes.into_iter().filter(|phoneme| phoneme.symbol != ' ') {
        let start_s = phoneme.start_s.clamp(clock, duration_s);
        let end_s = phoneme.end_s.clamp(start_s, duration_s);
        if start_s > clock {
            framed.push(silence(clock, start_s));
        }
        if end_s > start_s {
            framed.push(TimedPhoneme {
                start_s,
                end_s,
                ..phoneme
            });
            clock = end_s;
        }
    }
    if duration_s > clock {
        framed.push(silence(clock, duration_s));
    }
    framed
}

/// When each word is heard: from its first sound to its last, punctuation left out. `starts` says where the word of a
/// symbol begins if that is not where the symbol's own span does.
pub(crate) fn words(
    utterance: &Utterance,
    spans: &[Span],
    starts: &[Option<f64>],
    duration_s: f64,
) -> Vec<TimedWord> {
    let mut heard: Vec<Option<Span>> = vec![None; utterance.words.len()];
    for ((symbol, span), start) in utterance.symbols.iter().zip(spans).zip(starts) {
        let slot = symbol
            .word
            .filter(|_| !is_break(symbol.sign))
            .and_then(|word| heard.get_mut(word));
        if let Some(slot) = slot {
            let own_s = start.unwrap_or(span.start_s);
            let start_s = slot.map_or(own_s, |heard| heard.start_s);
            *slot = Some(Span {
                start_s,
                end_s: span.end_s,
            });
        }
    }
    let mut clock = 0.0;
    utterance
        .words
        .iter()
        .zip(heard)
        .map(|(word, heard)| {
            let heard = heard.unwrap_or(Span {
                start_s: clock,
                end_s: clock,
            });
            let start_s = heard.start_s.clamp(clock, duration_s);
            let end_s = heard.end_s.clamp(start_s, duration_s);
            clock = end_s;
            TimedWord {
                text: word.text.clone(),
                start_s,
                end_s,
                sentence: word.sentence,
            }
        })
        .collect()
}
