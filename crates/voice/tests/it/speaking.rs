//! From utterances to sound, checked by measuring it.

use likeness_domain::speech::{ENVELOPE_STEP_S, SpeechTiming, Stress};
use likeness_voice::{SAMPLE_RATE_HZ, SpeakOptions, Speaker, Speech};

use super::{library, speaker};

const TEXT: &str = "Papa bought a big pepper plant for $5. My mama made many warm muffins at home.";
const VOWELS: &str = "AIOQWYaeiouæɑɐɒɔəɚɛɜɪʊʌᵊᵻɨ";

fn say(speaker: &Speaker, text: &str, speed: f32) -> (Vec<f32>, SpeechTiming) {
    let mut samples = Vec::new();
    let mut timing = SpeechTiming::default();
    for utterance in speaker
        .prepare(
            text,
            SpeakOptions {
                speed,
                ..SpeakOptions::default()
            },
        )
        .unwrap()
    {
        let speech: Speech = speaker.speak(&utterance).unwrap();
        samples.extend(speech.samples);
        timing.append(&speech.timing);
    }
    (samples, timing)
}

/// What holds for every voice.
fn check(samples: &[f32], timing: &SpeechTiming, text: &str) {
    let seconds = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
    assert!((timing.duration_s - seconds).abs() < 1e-6);
    assert_eq!(timing.envelope.len() * 240, samples.len());
    let written: Vec<&str> = timing.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(written.join(" "), text);
    let mut clock = 0.0;
    for phoneme in &timing.phonemes {
        assert!(
            (phoneme.start_s - clock).abs() < 1e-6,
            "a hole at {clock}: {phoneme:?}"
        );
        assert!(phoneme.end_s > phoneme.start_s, "{phoneme:?}");
        clock = phoneme.end_s;
    }
    assert!((clock - seconds).abs() < 1e-6);
    let rest = timing.phonemes.last().unwrap();
    let rest_s = rest.end_s - rest.start_s;
    assert!(
        rest.symbol == ' ' && (0.35..0.5).contains(&rest_s),
        "the mouth rests from {rest:?}"
    );
    let mut clock = 0.0;
    for word in &timing.words {
        assert!(
            word.start_s >= clock && word.end_s > word.start_s,
            "{word:?}"
        );
        clock = word.end_s;
    }
    assert_eq!(timing.words.last().unwrap().sentence, 1);
    assert!(
        timing
            .phonemes
            .iter()
            .any(|phoneme| phoneme.stress == Stress::Primary)
    );
    check_sound(samples, timing);
}

fn check_sound(samples: &[f32], timing: &SpeechTiming) {
    let loudest = timing.envelope.iter().copied().fold(0.0, f32::max);
    let loud: Vec<f32> = timing
        .envelope
        .iter()
        .copied()
        .filter(|l| *l > loudest * 0.05)
        .collect();
    let level = (loud.iter().map(|l| l * l).sum::<f32>() / loud.len() as f32).sqrt();
    assert!(
        (0.10..0.14).contains(&level),
        "speech is at {:.1} dB",
        20.0 * level.log10()
    );
    assert!(samples.iter().all(|sample| sample.abs() <= 0.892));
    let head = timing
        .envelope
        .iter()
        .position(|l| *l > loudest * 0.02)
        .unwrap();
    assert!((13..=24).contains(&head), "sound starts at {head}0 ms");
    let tail = timing
        .envelope
        .iter()
        .rev()
        .position(|l| *l > loudest * 0.02)
        .unwrap();
    assert!(
        (34..=75).contains(&tail),
        "{tail}0 ms of silence at the end"
    );
}

/// Shift of the vowels, in steps of 10 ms, at which they lie best on the loudness.
fn best_shift(timing: &SpeechTiming) -> i64 {
    let steps = timing.envelope.len() as i64;
    let kind = |step: i64| {
        let at_s = (step as f64 + 0.5) * ENVELOPE_STEP_S;
        let phoneme = timing
            .phonemes
            .iter()
            .find(|p| p.start_s <= at_s && at_s < p.end_s);
        phoneme.map_or(' ', |p| {
            if VOWELS.contains(p.symbol) {
                'v'
            } else {
                p.symbol
            }
        })
    };
    let kinds: Vec<char> = (0..steps).map(kind).collect();
    let decibels = |step: i64| 20.0 * (timing.envelope[step as usize] + 1e-4).log10();
    let contrast = |shift: i64| {
        let mean = |vowel: bool| {
            let picked: Vec<f32> = (30..steps - 30)
                .filter(|step| {
                    let kind = kinds[(step - shift) as usize];
                    kinds[*step as usize] != ' ' && kind != ' ' && (kind == 'v') == vowel
                })
                .map(decibels)
                .collect();
            picked.iter().sum::<f32>() / picked.len() as f32
        };
        mean(true) - mean(false)
    };
    (-12..=12)
        .max_by(|a, b| contrast(*a).total_cmp(&contrast(*b)))
        .unwrap()
}

#[test]
fn hibari_speaks_on_time_at_level_and_the_same_each_time() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let (samples, timing) = say(&heart, TEXT, 1.0);
    check(&samples, &timing, TEXT);
    assert!(
        (3.5..9.0).contains(&timing.duration_s),
        "{} s",
        timing.duration_s
    );
    let shift = best_shift(&timing);
    assert!(shift.abs() <= 3, "vowels sound {shift}0 ms late");
    assert_eq!(say(&heart, TEXT, 1.0), (samples, timing));
}

#[test]
fn kokoro_speaks_on_time_at_level_and_the_same_each_time() {
    let Some(michael) = speaker("am_michael") else {
        return;
    };
    let (samples, timing) = say(&michael, TEXT, 1.0);
    check(&samples, &timing, TEXT);
    let shift = best_shift(&timing);
    assert!(shift.abs() <= 3, "vowels sound {shift}0 ms late");
    // Two at once give what one alone gives.
    let short = || say(&michael, "Good morning.", 1.0).0;
    let alone = short();
    let both = std::thread::scope(|scope| {
        let other = scope.spawn(short);
        (short(), other.join().unwrap())
    });
    assert!(
        both.0 == alone && both.1 == alone,
        "speech depends on what else is running"
    );
}

#[test]
fn a_british_voice_speaks() {
    let Some(emma) = speaker("bf_emma") else {
        return;
    };
    let (samples, timing) = say(&emma, TEXT, 1.3);
    check(&samples, &timing, TEXT);
}

#[test]
fn speed_changes_the_length() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let length = |speed| say(&heart, TEXT, speed).1.duration_s;
    let (slow, normal, fast) = (length(0.5), length(1.0), length(2.0));
    assert!(
        slow > normal * 1.6 && fast < normal * 0.7,
        "{slow} {normal} {fast}"
    );
}

#[test]
fn the_defaults_are_a_fast_woman_and_a_natural_man() {
    use likeness_domain::avatar::Gender;
    let Some(library) = library() else { return };
    let key = |gender| library.default_for(gender).key.clone();
    assert_eq!(key(Some(Gender::Female)), "heart");
    assert_eq!(key(Some(Gender::Male)), "am_michael");
    assert_eq!(key(None), "heart");
    assert!(library.get(&"0".repeat(32).parse().unwrap()).is_none());
}
