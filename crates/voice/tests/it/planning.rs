//! From scripts to utterances.

use likeness_voice::{SpeakOptions, Speaker, Utterance, VoiceError};
use proptest::prelude::*;

use super::speaker;

fn phonemes(speaker: &Speaker, text: &str) -> String {
    let utterances = speaker.prepare(text, SpeakOptions::default()).unwrap();
    utterances
        .iter()
        .map(Utterance::phonemes)
        .collect::<Vec<_>>()
        .join(" | ")
}

#[test]
fn sentences_are_read_as_the_lexicon_says() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    assert_eq!(phonemes(&heart, "Hello there."), "həlˈO ðˈɛɹ.");
    assert_eq!(
        phonemes(&heart, "Please read the report I read yesterday."),
        "plˈiz ɹˈid ðə ɹəpˈɔɹt ˌI ɹˈɛd jˈɛstəɹdˌA."
    );
    let Some(emma) = speaker("bf_emma") else {
        return;
    };
    assert_eq!(phonemes(&emma, "Hello there."), "həlˈQ ðˈɛː.");
}

#[test]
fn unknown_words_are_sounded_out() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    for word in ["Kubernetes", "HeyGen", "Zyxplorf", "B2B", "qzxwv"] {
        let sounds = phonemes(&heart, word);
        assert!(
            sounds.chars().count() > 4 && !sounds.contains('❓'),
            "{word}: {sounds}"
        );
    }
}

#[test]
fn numbers_keep_their_written_form_and_are_read_out() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let text = "It costs $5 at 7:30 on example.com 😀 today.";
    let utterances = heart.prepare(text, SpeakOptions::default()).unwrap();
    assert_eq!(utterances.len(), 1);
    assert_eq!(utterances[0].text(), text);
    let sounds = utterances[0].phonemes();
    for heard in ["fˈIv dˈɑləɹz", "sˈɛvən θˈɜɹTi", "kˈɑm"] {
        assert!(sounds.contains(heard), "{heard} is not in {sounds}");
    }
}

#[test]
fn short_sentences_go_together_and_long_ones_are_cut() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let count = |text: &str, speed| {
        heart
            .prepare(
                text,
                SpeakOptions {
                    speed,
                    ..SpeakOptions::default()
                },
            )
            .unwrap()
            .len()
    };
    assert_eq!(
        count("Yes. No. Well, that is a much longer thing to say.", 1.0),
        1
    );
    assert_eq!(count("Yes.\nNo.", 1.0), 2);
    let long = "the boxes go over to the harbour, ".repeat(12);
    let runs = heart.prepare(&long, SpeakOptions::default()).unwrap();
    assert!(runs.len() > 2);
    assert!(runs.iter().all(|run| run.phonemes().chars().count() <= 120));
    assert!(
        runs.iter().all(|run| run.text().ends_with("harbour,")),
        "cut at clauses"
    );
    assert!(count(&long, 0.5) > runs.len());
}

#[test]
fn what_cannot_be_spoken_is_refused() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    for silent in [
        "",
        " \n\t ",
        "🎉 … — !!",
        "你好，世界。",
        "\u{200b}\u{0}",
        "[]()",
    ] {
        let refused = heart.prepare(silent, SpeakOptions::default());
        assert!(
            matches!(refused, Err(VoiceError::NothingToSpeak)),
            "{silent:?}: {refused:?}"
        );
    }
    let long = heart.prepare(&"a ".repeat(2501), SpeakOptions::default());
    assert!(matches!(long, Err(VoiceError::TooLong { .. })));
    for speed in [0.49, 2.01, f32::NAN, f32::INFINITY, -1.0] {
        let refused = heart.prepare(
            "Hello.",
            SpeakOptions {
                speed,
                ..SpeakOptions::default()
            },
        );
        assert!(matches!(refused, Err(VoiceError::BadSpeed(_))), "{speed}");
    }
}

/// How much longer a hostile script may take than ordinary words of the same length. Of the scripts below the slowest
/// takes eight times as long.
const MAX_SLOWNESS: f64 = 30.0;

#[test]
fn hostile_scripts_are_planned_in_proportion() {
    let Some(heart) = speaker("heart") else {
        return;
    };
    let planned = |unit: &str| {
        let text: String = unit.repeat(5000).chars().take(5000).collect();
        let start = std::time::Instant::now();
        if let Ok(utterances) = heart.prepare(&text, SpeakOptions::default()) {
            assert!(
                utterances
                    .iter()
                    .all(|run| run.phonemes().chars().count() <= 120),
                "{unit}"
            );
        }
        start.elapsed().as_secs_f64()
    };
    let usual_s = planned("The people of the town came out to look at the river. ");
    for unit in [
        "a", "aB", "1", "1,", "'", "-", "$", "\"", "a'", "[a](b)", "Z9", "😀", "...", "漢",
        "e\u{301}", "\" ", "a-", ". ", "1-", "A.", "$1 ",
    ] {
        let taken_s = planned(unit);
        assert!(
            taken_s < usual_s * MAX_SLOWNESS,
            "{unit}: {taken_s:.2} s where {usual_s:.2} s are usual"
        );
    }
}

/// Mixes of words, numbers, marks and strange characters.
fn any_script() -> impl Strategy<Value = String> {
    let unit = prop_oneof![
        "[a-zA-Z]{1,12}",
        "[$£€#@]?[0-9]{1,6}([.,:/-][0-9]{1,4})?[a-z%]{0,3}",
        "[.,!?;:'\"()\\[\\]…—–-]{1,4}",
        "\\PC{1,6}",
        "https?://[a-z]{1,8}\\.[a-z]{2,3}(/[a-z?=&#.]{0,12})?",
        Just("\n".to_owned()),
    ];
    proptest::collection::vec((unit, "[ \t]?"), 0..40)
        .prop_map(|units| units.into_iter().map(|(unit, gap)| unit + &gap).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_script_keeps_its_words_in_order(script in any_script()) {
        let Some(heart) = speaker("heart") else { return Ok(()) };
        match heart.prepare(&script, SpeakOptions::default()) {
            Err(VoiceError::NothingToSpeak) => {}
            Err(error) => prop_assert!(false, "{error}"),
            Ok(utterances) => {
                let written: String = script.chars().filter(|c| !c.is_whitespace()).collect();
                let kept: String = utterances
                    .iter()
                    .flat_map(|run| run.text().chars().collect::<Vec<_>>())
                    .filter(|c| !c.is_whitespace())
                    .collect();
                // Only invisible characters may be dropped.
                let mut rest = written.chars();
                prop_assert!(kept.chars().all(|c| rest.any(|w| w == c)), "{kept:?} in {written:?}");
                prop_assert!(kept.chars().count() + 12 >= written.chars().count());
                for run in &utterances {
                    let count = run.phonemes().chars().count();
                    prop_assert!((1..=120).contains(&count), "{count} tokens");
                }
            }
        }
    }
}
