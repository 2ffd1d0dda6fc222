//! Every language: words to phonemes, and a sentence spoken.

use likeness_voice::{SpeakOptions, VoiceError};

use super::{library, speaker};

fn read(key: &str, text: &str) -> Option<String> {
    let speaker = speaker(key)?;
    let utterances = speaker.prepare(text, SpeakOptions::default()).unwrap();
    let phonemes: Vec<String> = utterances
        .iter()
        .map(likeness_voice::Utterance::phonemes)
        .collect();
    let written: Vec<String> = utterances
        .iter()
        .map(likeness_voice::Utterance::text)
        .collect();
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(
        plain(&written.concat()),
        plain(text),
        "{key} keeps its words"
    );
    Some(phonemes.join(" | "))
}

#[test]
fn all_voices_of_the_setup_are_there() {
    let Some(library) = library() else { return };
    let count = |locale: &str| {
        library
            .voices()
            .iter()
            .filter(|v| v.locale == locale)
            .count()
    };
    for (locale, least) in [
        ("en-US", 21),
        ("en-GB", 8),
        ("es-ES", 3),
        ("fr-FR", 1),
        ("hi-IN", 4),
        ("it-IT", 2),
        ("ja-JP", 5),
        ("pt-BR", 3),
        ("zh-CN", 8),
    ] {
        assert!(count(locale) >= least, "{locale} has {}", count(locale));
    }
}

#[test]
fn languages_are_read_with_their_own_sounds() {
    for (key, text, heard) in [
        (
            "ef_dora",
            "¿Qué tal? Son $5.",
            &["kˈe tˈal", "θˈinko ðˈolaɾes"][..],
        ),
        ("ef_dora", "El 25/11/2026 a las 7:30.", &["noβjˈembɾe"]),
        ("ff_siwis", "Les amis sont là.", &["lez", "amˈi", "lˈa"]),
        ("ff_siwis", "Il coûte 3€.", &["tʁwˈa", "øʁˈo"]),
        ("if_sara", "Ciao! Costa 50%.", &["ʧˈao", "ʧˈɛnto"]),
        ("pf_dora", "Olá, são R$10.", &["olˈa", "dˈɛs", "xeˈIs"]),
        ("hf_alpha", "नमस्ते, ₹500।", &["nəmˈʌst", "ɾˈʊp"]),
        ("jf_alpha", "こんにちは。", &["koɲɲiʨiβa"]),
        (
            "jf_alpha",
            "今日は7時30分です。",
            &["kʲoː", "ɕiʨiʥi", "saɲʥɨʔpɯɴ"],
        ),
        ("jf_alpha", "東京に行きました。", &["toːkʲoː", "ɲi"]),
        ("zf_xiaobei", "你好，世界。", &["ni↓xau↓", "ʂɨ↘ʨje↘"]),
        ("zf_xiaobei", "2026年11月", &["ɚ↘li↗ŋɚ↘ljou↘njɛ↗n"]),
        ("zf_xiaobei", "我们去银行。", &["i↗nxa↗ŋ"]),
    ] {
        let Some(phonemes) = read(key, text) else {
            return;
        };
        println!("{key}: {text}: {phonemes}");
        for wanted in heard {
            assert!(
                phonemes.contains(wanted),
                "{wanted} is not in {phonemes} ({text})"
            );
        }
    }
}

#[test]
fn every_way_of_reading_speaks_for_a_fitting_time() {
    // One of each way of reading; `cargo xtask listen` hears all of them.
    for key in ["ef_dora", "jf_alpha", "zf_xiaobei"] {
        let Some(speaker) = speaker(key) else { return };
        let text = speaker.voice().sample();
        let utterances = speaker.prepare(text, SpeakOptions::default()).unwrap();
        let speech = speaker.speak(&utterances[0]).unwrap();
        let sounds = speech
            .timing
            .phonemes
            .iter()
            .filter(|p| p.symbol != ' ')
            .count();
        let seconds = speech.timing.duration_s;
        let pace = sounds as f64 / seconds;
        assert!(
            (4.0..25.0).contains(&pace),
            "{key}: {sounds} sounds in {seconds} s"
        );
        let loud = speech
            .timing
            .envelope
            .iter()
            .filter(|level| **level > 0.02)
            .count();
        assert!(
            loud * 3 > speech.timing.envelope.len(),
            "{key} is mostly silent"
        );
        for word in &speech.timing.words {
            assert!(word.end_s > word.start_s, "{key}: {word:?}");
        }
    }
}

#[test]
fn hostile_text_is_read_in_every_language() {
    for key in ["ef_dora", "hf_alpha", "jf_alpha", "zf_xiaobei"] {
        let Some(speaker) = speaker(key) else { return };
        for unit in [
            "a", "1,", "漢", "あ", "ー", "!", "-$", "ि", "[[", "]]", "<x>", "\u{0}", "१",
        ] {
            let text: String = unit.repeat(400).chars().take(400).collect();
            match speaker.prepare(&text, SpeakOptions::default()) {
                Ok(utterances) => assert!(
                    utterances
                        .iter()
                        .all(|u| u.phonemes().chars().count() <= 120)
                ),
                Err(VoiceError::NothingToSpeak) => {}
                Err(error) => panic!("{key} {unit}: {error}"),
            }
        }
    }
}
