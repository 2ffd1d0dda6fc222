//! Planned times brought to the sound, where it says by itself when something begins: behind a silence.
//!
//! The engines do not keep to their plan there. Behind a pause they begin when they like, up to 0.27 s early at a slow
//! pace, and find back into their plan within a few sounds.

use likeness_edges::Bands;

use crate::SAMPLE_RATE_HZ;
use crate::plan::{Symbol, is_break};
use crate::sound::root_mean_square;
use crate::timing::Span;

/// Step in which sound is looked at: 4 ms.
const STEP: usize = 96;
const STEP_S: f64 = STEP as f64 / SAMPLE_RATE_HZ as f64;
/// Silence is below this share of the loudest step (-40 dB).
const QUIET_SHARE: f32 = 0.01;
/// A silence between words is at least this long; the closures of p, t and k are shorter or lie within words.
const MIN_QUIET_S: f64 = 0.06;
/// How far from a planned break a silence may lie, before and behind, to belong to it.
const REACH_S: (f64, f64) = (0.15, 0.1);
/// Seconds behind a silence over which the sounds come back to the plan, beyond what they were off.
const SETTLING_S: f64 = 0.15;

/// Where a word begins in a break that is none. The hiss of `s` begins at 0.3 of it and the closures of stops at 0.45, the
/// mean of hibari's and Kokoro's `heart` at paces of 0.8 to 1.25, with a deviation of 20 ms from word to word.
const JOIN_SHARE: f64 = 0.4;

/// Moves the spans of the symbols to where the sound is, and gives for each symbol that is the first behind a break the
/// time at which its word begins, else `None`.
///
/// Where no silence is heard at a break, it is nothing but the way from one sound to the next, and the word behind it
/// begins about its middle ([`JOIN_SHARE`]), or with its hiss, if it begins with one.
pub(crate) fn settle(
    symbols: &[Symbol],
    spans: &mut [Span],
    samples: &[f32],
    bands: &Bands,
) -> Vec<Option<f64>> {
    let steps: Vec<f32> = samples.chunks(STEP).map(root_mean_square).collect();
    let floor = steps.iter().copied().fold(0.0, f32::max) * QUIET_SHARE;
    let quiet: Vec<bool> = steps.iter().map(|level| *level < floor).collect();
    let mut starts = vec![None; symbols.len().min(spans.len())];
    // A silence belongs to one break: a short word may end within the reach of the one that it began behind.
    let mut taken_s = 0.0_f64;
    let mut index = 0;
    while index < starts.len() {
        let gap = index;
        while index < starts.len() && is_break(symbols[index].sign) {
            index += 1;
        }
        if index < starts.len() && (index > gap || gap == 0) {
            let silence = if gap == 0 {
                first_silence(&quiet)
            } else {
                let earliest_s = taken_s.max(spans[gap].start_s - REACH_S.0);
                longest_silence(&quiet, earliest_s, spans[index].start_s + REACH_S.1)
            };
            if let Some(silence) = silence {
                place(spans, gap..index, silence);
                starts[index] = Some(silence.end_s);
                taken_s = silence.end_s;
            } else if index > gap {
                let (from_s, to_s) = (spans[index - 1].start_s, spans[index].start_s);
                let joint_s = from_s + (to_s - from_s) * JOIN_SHARE;
                starts[index] = Some(match symbols[index].sign {
                    's' | 'z' | 'ʃ' | 'ʒ' => bands.hiss_begins(joint_s),
                    _ => joint_s,
                });
            }
        }
        index += 1;
    }
    let mut sounds = symbols.iter().zip(&mut *spans);
    let last = sounds.rfind(|(symbol, _)| !is_break(symbol.sign));
    if let (Some((_, span)), Some(loud)) = (last, quiet.iter().rposition(|quiet| !quiet)) {
        let silent_s = (loud + 1) as f64 * STEP_S;
        span.end_s = span.end_s.min(silent_s.max(span.start_s + STEP_S));
    }
    starts
}

fn first_silence(quiet: &[bool]) -> Option<Span> {
    let end = quiet.iter().position(|quiet| !quiet)?;
    Some(Span {
        start_s: 0.0,
        end_s: end as f64 * STEP_S,
    })
}

/// The longest silence between two times, if it is one.
fn longest_silence(quiet: &[bool], from_s: f64, to_s: f64) -> Option<Span> {
    let step = |s: f64| ((s / STEP_S).max(0.0) as usize).min(quiet.len());
    let to = step(to_s);
    let from = step(from_s).min(to);
    let mut best = 0..0;
    let mut start = from;
    for (place, quiet) in (from..).zip(&quiet[from..to]) {
        if !quiet {
            start = place + 1;
        } else if place + 1 - start > best.len() {
            best = start..place + 1;
        }
    }
    let silence = Span {
        start_s: best.start as f64 * STEP_S,
        end_s: best.end as f64 * STEP_S,
    };
    // One that goes on to the edge of what was looked at belongs to something else.
    (silence.end_s - silence.start_s >= MIN_QUIET_S && best.end < to).then_some(silence)
}

/// Puts the breaks of `gap` on a silence: the sound before ends with it, and those behind begin with its end.
fn place(spans: &mut [Span], gap: std::ops::Range<usize>, silence: Span) {
    if let Some(before) = gap.start.checked_sub(1) {
        spans[before].end_s = silence.start_s.max(spans[before].start_s);
    }
    for (index, span) in spans[gap.clone()].iter_mut().enumerate() {
        *span = Span {
            start_s: if index == 0 {
                silence.start_s
            } else {
                silence.end_s
            },
            end_s: silence.end_s,
        };
    }
    let planned_s = spans[gap.end].start_s;
    let early_s = planned_s - silence.end_s;
    let settling_s = SETTLING_S + early_s.abs();
    let moved = |time_s: f64| {
        let share = 1.0 - (time_s - planned_s) / settling_s;
        time_s - early_s * share.clamp(0.0, 1.0)
    };
    for span in &mut spans[gap.end..] {
        span.start_s = moved(span.start_s);
        span.end_s = moved(span.end_s);
    }
}

#[cfg(test)]
mod tests {
    use crate::manner::Manner;

    use super::*;

    /// `a b, c` with sounds planned for 0.2 to 0.5 s and from 0.8 s on.
    fn planned() -> (Vec<Symbol>, Vec<Span>) {
        let rows = [
            ('a', 0.2, 0.3),
            (' ', 0.3, 0.4),
            ('b', 0.4, 0.5),
            (',', 0.5, 0.7),
            (' ', 0.7, 0.8),
            ('c', 0.8, 1.2),
        ];
        let symbol = |sign| Symbol {
            sign,
            token: 1,
            word: None,
            manner: Manner::default(),
        };
        let span = |(_, start_s, end_s)| Span { start_s, end_s };
        let symbols = rows.iter().map(|row| symbol(row.0)).collect();
        (symbols, rows.into_iter().map(span).collect())
    }

    /// A tone from `first_s` to `0.48` s and from `second_s` to 1.1 s.
    fn tones(first_s: f64, second_s: f64) -> Vec<f32> {
        let loud = |s: f64| (first_s..0.48).contains(&s) || (second_s..1.1).contains(&s);
        let sample = |n: usize| {
            let s = n as f64 / f64::from(SAMPLE_RATE_HZ);
            if loud(s) { (n as f32 * 0.1).sin() } else { 0.0 }
        };
        (0..30_000).map(sample).collect()
    }

    #[test]
    fn words_begin_with_their_sound_behind_a_silence_and_in_a_join_without() {
        let (symbols, mut spans) = planned();
        let starts = settle(&symbols, &mut spans, &tones(0.1, 0.7), &Bands::default());
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 0.005);
        assert!(near(starts[0], 0.1), "{starts:?}");
        assert!(
            starts[2].is_some_and(|s| (0.25..0.4).contains(&s)),
            "{starts:?}"
        );
        assert!(near(starts[5], 0.7), "{starts:?}");
        assert!(near(Some(spans[2].end_s), 0.48) && near(Some(spans[3].start_s), 0.48));
        assert!(near(Some(spans[5].end_s), 1.1), "{spans:?}");
        assert!(
            spans.iter().all(|span| span.end_s >= span.start_s),
            "{spans:?}"
        );
    }

    #[test]
    fn a_silence_belongs_to_one_break() {
        // `a` is short and begins late: the silence before it lies within the reach of the break behind it.
        let (symbols, mut spans) = planned();
        let starts = settle(&symbols, &mut spans, &tones(0.23, 0.7), &Bands::default());
        assert!(starts[0].is_some_and(|s| (s - 0.23).abs() < 0.005));
        assert!(starts[2].is_some_and(|s| s > 0.3), "{starts:?}");
        assert!(spans[0].end_s - spans[0].start_s > 0.05, "{spans:?}");
    }

    #[test]
    fn without_a_silence_the_plan_stands() {
        let (symbols, mut spans) = planned();
        let starts = settle(&symbols, &mut spans, &tones(0.1, 0.48), &Bands::default());
        assert!(
            starts[5].is_some_and(|s| (0.7..0.8).contains(&s)),
            "{starts:?}"
        );
        assert!(settle(&[], &mut [], &[], &Bands::default()).is_empty());
        // A sound that is not there changes nothing.
        let (symbols, mut spans) = planned();
        settle(&symbols, &mut spans, &[], &Bands::default());
        assert_eq!(spans, planned().1);
    }
}
