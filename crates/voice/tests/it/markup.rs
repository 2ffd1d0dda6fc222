//! SSML, pitch and made voices, checked by measuring the sound.

use likeness_domain::avatar::Gender;
use likeness_domain::speech::SpeechTiming;
use likeness_voice::{Blend, DesignWish, SpeakOptions, Speaker, VoiceError, design};

use super::{library, speaker};

fn say(speaker: &Speaker, text: &str, options: SpeakOptions) -> (Vec<f32>, SpeechTiming) {
    let mut samples = Vec::new();
    let mut timing = SpeechTiming::default();
    for utterance in speaker.prepare(text, options).unwrap() {
        let speech = speaker.speak(&utterance).unwrap();
        samples.extend(speech.samples);
        timing.append(&speech.timing);
    }
    (samples, timing)
}

fn ssml(speaker: &Speaker, text: &str) -> (Vec<f32>, SpeechTiming) {
    let options = SpeakOptions {
        ssml: true,
        ..SpeakOptions::default()
    };
    say(speaker, text, options)
}

/// Median pitch between 60 and 500 Hz by autocorrelation, in hertz.
fn pitch_hz(samples: &[f32]) -> f32 {
    let slow: Vec<f32> = samples
        .chunks(3)
        .map(|c| c.iter().sum::<f32>() / 3.0)
        .collect();
    let mut found: Vec<f32> = Vec::new();
    for start in (0..slow.len().saturating_sub(600)).step_by(80) {
        let at = |lag: usize| -> f32 {
            let (a, b) = (
                &slow[start..start + 320],
                &slow[start + lag..start + lag + 320],
            );
            let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            let energy = |s: &[f32]| s.iter().map(|s| s * s).sum::<f32>();
            product / (energy(a) * energy(b)).sqrt().max(1e-9)
        };
        let loud: f32 = slow[start..start + 320].iter().map(|s| s * s).sum();
        let scores: Vec<f32> = (16..134).map(at).collect();
        let best = scores.iter().copied().fold(0.0, f32::max);
        if loud < 0.3 || best < 0.8 {
            continue;
        }
        let first = (1..scores.len() - 1).find(|&i| {
            scores[i] > best * 0.92 && scores[i] >= scores[i - 1] && scores[i] >= scores[i + 1]
        });
        found.extend(first.map(|i| 8000.0 / (i + 16) as f32));
    }
    found.sort_by(f32::total_cmp);
    assert!(found.len() > 10, "no voice is heard");
    found[found.len() / 2]
}

const TEXT: &str = "Where are you going in the early morning, my lovely friend?";

#[test]
fn pitch_moves_by_semitones_in_both_engines() {
    for key in ["heart", "am_michael"] {
        let Some(speaker) = speaker(key) else { return };
        let at = |pitch_st: f32| {
            let options = SpeakOptions {
                pitch_st,
                ..SpeakOptions::default()
            };
            let (samples, timing) = say(&speaker, TEXT, options);
            (pitch_hz(&samples), timing.duration_s)
        };
        let ((own, own_s), (higher, higher_s)) = (at(0.0), at(5.0));
        let moved = 12.0 * (higher / own).log2();
        assert!(
            (moved - 5.0).abs() < 1.2,
            "{key}: {own} Hz became {higher} Hz"
        );
        assert!(
            (own_s - higher_s).abs() < 0.15,
            "{key}: {own_s} s became {higher_s} s"
        );
    }
    let Some(heart) = speaker("heart") else {
        return;
    };
    let far = SpeakOptions {
        pitch_st: 51.0,
        ..SpeakOptions::default()
    };
    assert!(matches!(
        heart.prepare("Hi.", far),
        Err(VoiceError::BadPitch(_))
    ));
}

#[test]
fn prosody_changes_only_its_words() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let (_, plain) = ssml(&heart, "<speak>One banana and one more banana.</speak>");
    let (_, slow) = ssml(
        &heart,
        "<speak>One <prosody rate=\"50%\">banana</prosody> and one more banana.</speak>",
    );
    let length =
        |timing: &SpeechTiming, word: usize| timing.words[word].end_s - timing.words[word].start_s;
    assert_eq!(slow.words[1].text, "banana");
    assert!(length(&slow, 1) > length(&plain, 1) * 1.6);
    assert!((length(&slow, 4) / length(&plain, 4) - 1.0).abs() < 0.2);
    let (samples, soft) = ssml(
        &heart,
        "<speak>One <prosody volume=\"-20dB\">banana</prosody> and one more banana.</speak>",
    );
    let level = |word: usize| {
        let at = |s: f64| (s * 24_000.0) as usize;
        let word = &soft.words[word];
        let part = &samples[at(word.start_s)..at(word.end_s)];
        (part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32).sqrt()
    };
    let quieter = 20.0 * (level(1) / level(5)).log10();
    assert!((-26.0..-13.0).contains(&quieter), "{quieter} dB");
}

#[test]
fn breaks_last_as_long_as_they_say() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    for (text, markup) in [
        (
            "<speak>Wait here. <break time=\"1.5s\"/> Now go.</speak>",
            true,
        ),
        ("Wait here. <break time=\"1500ms\"/> Now go.", false),
    ] {
        let options = SpeakOptions {
            ssml: markup,
            ..SpeakOptions::default()
        };
        let (samples, timing) = say(&heart, text, options);
        let (from, to) = (timing.words[1].end_s, timing.words[2].start_s);
        assert!((to - from - 1.5).abs() < 0.2, "{} s of silence", to - from);
        let at = |s: f64| (s * 24_000.0) as usize;
        assert!(
            samples[at(from + 0.15)..at(to - 0.05)]
                .iter()
                .all(|s| s.abs() < 0.01)
        );
    }
}

#[test]
fn words_are_said_as_marked() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let options = SpeakOptions {
        ssml: true,
        ..SpeakOptions::default()
    };
    let read = |text: &str| {
        let run = heart.prepare(text, options).unwrap();
        (run[0].text(), run[0].phonemes())
    };
    for (text, written, heard) in [
        (
            "<sub alias=\"World Wide Web\">WWW</sub> works.",
            "WWW works.",
            "wˈɜɹld",
        ),
        (
            "<phoneme alphabet=\"ipa\" ph=\"təˈmɑːtoʊ\">tomato</phoneme> soup.",
            "tomato soup.",
            "təmˈɑːtO",
        ),
        (
            "<say-as interpret-as=\"characters\">ABC</say-as> now.",
            "ABC now.",
            "bˈi",
        ),
        (
            "<say-as interpret-as=\"ordinal\">3</say-as> time.",
            "3 time.",
            "θˈɜɹd",
        ),
        (
            "<say-as interpret-as=\"digits\">42</say-as> ok.",
            "42 ok.",
            "fˈɔɹ tˈu",
        ),
        (
            "<say-as interpret-as=\"date\" format=\"dmy\">25/11/2026</say-as> it is.",
            "25/11/2026 it is.",
            "nOvˈɛmbəɹ",
        ),
        (
            "<emphasis level=\"strong\">Never</emphasis> again.",
            "Never again.",
            "nˈɛvəɹ",
        ),
    ] {
        let (said, phonemes) = read(text);
        assert_eq!(said, written);
        let heard = heard.replace("təmˈɑːtO", "təˈmɑːtO");
        assert!(phonemes.contains(&heard), "{heard} is not in {phonemes}");
    }
}

#[test]
fn what_is_not_understood_is_refused_by_its_name() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let options = SpeakOptions {
        ssml: true,
        ..SpeakOptions::default()
    };
    let deep = format!("{}x{}", "<s>".repeat(40), "</s>".repeat(40));
    for (text, named) in [
        ("<speak>Hi <audio src=\"x\"/></speak>", "audio"),
        ("<speak><voice name=\"x\">Hi</voice></speak>", "voice"),
        (
            "<speak><prosody contour=\"x\">Hi</prosody></speak>",
            "contour",
        ),
        ("<speak><prosody rate=\"warp\">Hi</prosody></speak>", "rate"),
        (
            "<speak><say-as interpret-as=\"expletive\">Hi</say-as></speak>",
            "expletive",
        ),
        ("<speak><break time=\"99s\"/>Hi</speak>", "break"),
        (
            "<speak><phoneme alphabet=\"x-sampa\" ph=\"hI\">Hi</phoneme></speak>",
            "x-sampa",
        ),
        (
            "<speak><sub alias=\"x\"><s>Hi</s></sub></speak>",
            "s in sub",
        ),
        ("<speak>Hi", "SSML"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><speak>&b;</speak>", "SSML"),
        (deep.as_str(), "deeply"),
    ] {
        match heart.prepare(text, options) {
            Err(VoiceError::Markup(reason)) => assert!(reason.contains(named), "{text}: {reason}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn designed_voices_measure_as_described() {
    let Some(library) = library() else { return };
    let measure = |prompt: &str, gender: Gender| {
        let wish = DesignWish {
            prompt,
            gender: None,
            locale: None,
            seed: 0,
        };
        let design = design(&wish, |key| library.style(key).is_some()).remove(0);
        assert_eq!(design.gender, gender, "{prompt}");
        let speaker = library.try_out(&design.locale, design.blend).unwrap();
        pitch_hz(
            &say(
                &speaker,
                "Good morning, all of you.",
                SpeakOptions::default(),
            )
            .0,
        )
    };
    let deep = measure("a very deep voice of an old man", Gender::Male);
    let high = measure("a young man with a high voice", Gender::Male);
    let woman = measure("a bright, young woman", Gender::Female);
    println!("deep {deep}, high {high}, woman {woman}");
    assert!(high > deep * 1.12, "{deep} Hz and {high} Hz");
    assert!(woman > high && woman > 165.0, "{woman} Hz");
}

#[test]
fn a_voice_cannot_be_made_of_what_is_not_there() {
    let Some(library) = library() else { return };
    let blend = Blend {
        parts: vec![("xx_nobody".to_owned(), 1.0)],
        shift: Vec::new(),
    };
    let refused = library.try_out("en-US", blend);
    assert!(matches!(refused, Err(VoiceError::MissingPart(_))));
}
