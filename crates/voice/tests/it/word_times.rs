//! Word times against the sound itself: what is measured here knows nothing of the plan.

use likeness_domain::speech::TimedWord;
use likeness_voice::{SAMPLE_RATE_HZ, SpeakOptions, Speaker};

use super::speaker;

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// How far a word may be from where it is heard.
const EXACT_S: f64 = 0.030;
/// Step of the measurement: 1 ms, each over 4 ms.
const STEP: usize = 24;
const WINDOW: usize = 96;

/// Samples and the words in them.
fn say(speaker: &Speaker, text: &str, speed: f32, pitch_st: f32) -> (Vec<f32>, Vec<TimedWord>) {
    let options = SpeakOptions {
        speed,
        pitch_st,
        ..SpeakOptions::default()
    };
    let (mut samples, mut words) = (Vec::<f32>::new(), Vec::new());
    for utterance in speaker.prepare(text, options).unwrap() {
        let speech = speaker.speak(&utterance).unwrap();
        let before_s = samples.len() as f64 / RATE;
        words.extend(speech.timing.words.into_iter().map(|word| TimedWord {
            start_s: word.start_s + before_s,
            end_s: word.end_s + before_s,
            ..word
        }));
        samples.extend(speech.samples);
    }
    (samples, words)
}

fn levels(samples: &[f32]) -> Vec<f32> {
    let windows = samples.windows(WINDOW).step_by(STEP);
    windows
        .map(|window| (window.iter().map(|s| s * s).sum::<f32>() / WINDOW as f32).sqrt())
        .collect()
}

/// Seconds of the middle of a measured window.
fn time_s(step: usize) -> f64 {
    (step * STEP + WINDOW / 2) as f64 / RATE
}

/// When the sound around a word rises over and falls under -40 dB of its loudest part.
fn heard(levels: &[f32], word: &TimedWord) -> (f64, f64) {
    let step = |s: f64| ((s * RATE) as usize / STEP).min(levels.len());
    let from = step((word.start_s - 0.24).max(0.0));
    let near = &levels[from..step(word.end_s + 0.24)];
    let floor = near.iter().copied().fold(0.0, f32::max) * 0.01;
    let loud = |level: &f32| *level > floor;
    let (first, last) = (
        near.iter().position(loud).unwrap(),
        near.iter().rposition(loud).unwrap(),
    );
    (time_s(from + first), time_s(from + last))
}

/// The paces and pitches that are tried; few with Kokoro, which takes its time.
const MANNERS: [(f32, f32); 4] = [(1.0, 0.0), (0.8, 0.0), (1.25, 0.0), (1.0, 4.0)];
const FEW_MANNERS: [(f32, f32); 2] = [(0.8, 0.0), (1.25, 3.0)];

fn check_words_between_pauses(key: &str, words: &[&str], manners: &[(f32, f32)]) {
    let Some(speaker) = speaker(key) else {
        return;
    };
    let text = words.join(" <break time=\"0.5s\"/> ");
    for &(speed, pitch_st) in manners {
        let (samples, timed) = say(&speaker, &text, speed, pitch_st);
        assert_eq!(timed.len(), words.len());
        let levels = levels(&samples);
        for word in &timed {
            let (start_s, end_s) = heard(&levels, word);
            let (early_ms, late_ms) = (
                (word.start_s - start_s) * 1000.0,
                (word.end_s - end_s) * 1000.0,
            );
            assert!(
                early_ms.abs() <= EXACT_S * 1000.0 && late_ms.abs() <= EXACT_S * 1000.0,
                "{key} at {speed}, {pitch_st} st: {} is off by {early_ms:.0} and {late_ms:.0} ms",
                word.text
            );
        }
    }
}

#[test]
fn words_between_pauses_begin_and_end_when_hibari_says_them() {
    let words = ["Paper", "table", "coffee", "seven", "music", "apple"];
    check_words_between_pauses("heart", &words, &MANNERS);
}

#[test]
fn words_between_pauses_begin_and_end_when_kokoro_says_them() {
    check_words_between_pauses("af_heart", &["Paper", "seven"], &FEW_MANNERS);
}

/// The sound over some 4 kHz, where `s` is nearly alone: the second difference, which rises by 12 dB an octave.
fn hiss(samples: &[f32]) -> Vec<f32> {
    let twice = |s: &[f32]| {
        s.windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect::<Vec<f32>>()
    };
    twice(&twice(&twice(&twice(samples))))
}

/// Within a sentence nothing is silent, but the hiss of `s` begins at a moment that can be measured.
fn check_words_in_a_sentence(key: &str, manners: &[(f32, f32)]) {
    let Some(speaker) = speaker(key) else {
        return;
    };
    let text = "We saw a sailor see a silly seal by a sunny sea near a city.";
    for &(speed, pitch_st) in manners {
        let (samples, timed) = say(&speaker, text, speed, pitch_st);
        let levels = levels(&hiss(&samples));
        let off_ms: Vec<f64> = timed
            .iter()
            .filter(|word| word.text.starts_with(['s', 'c']))
            .map(|word| {
                let step = |s: f64| ((s.max(0.0) * RATE) as usize / STEP).min(levels.len());
                let (from, to) = (step(word.start_s - 0.1), step(word.start_s + 0.1));
                let top = (from..to)
                    .max_by(|a, b| levels[*a].total_cmp(&levels[*b]))
                    .unwrap();
                let begins = (0..top).rev().find(|at| levels[*at] < levels[top] * 0.2);
                (word.start_s - time_s(begins.unwrap())) * 1000.0
            })
            .collect();
        assert_eq!(off_ms.len(), 8);
        assert!(
            off_ms.iter().all(|ms| ms.abs() <= EXACT_S * 1000.0),
            "{key} at {speed}, {pitch_st} st: {off_ms:.0?} ms"
        );
    }
}

#[test]
fn words_in_a_sentence_begin_when_hibari_says_them() {
    check_words_in_a_sentence("heart", &MANNERS);
}

#[test]
fn words_in_a_sentence_begin_when_kokoro_says_them() {
    check_words_in_a_sentence("af_heart", &[(1.0, 0.0), (0.8, 0.0)]);
}
