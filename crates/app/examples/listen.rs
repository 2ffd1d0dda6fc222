//! Lets every installed voice speak a sentence, writes down what is heard, and judges the sound: `listen MODELS [VOICE]`
//! prints tables in Markdown. Fails if a voice is silent, clips, is not understood, or is of another length than its
//! timing says.

#![allow(clippy::print_stdout, reason = "a command's output")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples and seconds of short sounds"
)]

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use likeness_app::Engines;
use likeness_hearing::{SAMPLE_RATE_HZ, character_error_rate, word_error_rate};
use likeness_voice::{SpeakOptions, VoiceInfo};

/// What is spoken, by language; without names and numbers, which have more than one right spelling.
const SENTENCES: [(&str, &str); 9] = [
    (
        "en",
        "The weather was wonderful when we walked through the old village, and people were sitting in front of their houses.",
    ),
    (
        "es",
        "Hace muy buen tiempo esta mañana y la gente camina tranquila por las calles del pueblo.",
    ),
    (
        "fr",
        "Il fait très beau ce matin et les gens marchent tranquillement dans les rues du village.",
    ),
    (
        "hi",
        "आज सुबह मौसम बहुत अच्छा है और लोग गाँव की गलियों में घूम रहे हैं।",
    ),
    (
        "it",
        "Questa mattina il tempo è molto bello e la gente cammina tranquilla per le strade del paese.",
    ),
    (
        "ja",
        "今日はとても天気がいいので、みんなで公園を散歩しました。",
    ),
    (
        "pt",
        "Hoje de manhã o tempo está muito bonito e as pessoas caminham pelas ruas da cidade.",
    ),
    ("zh", "今天天气很好，我们一起去公园散步吧。"),
    (
        "de",
        "Heute Morgen ist das Wetter sehr schön, und die Leute gehen durch die Straßen des Dorfes.",
    ),
];

/// A voice with more errors than this is not understood.
const MAX_ERRORS: f64 = 0.5;

/// What was found about one voice.
struct Judgement {
    errors: f64,
    heard: String,
    faults: Vec<String>,
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let models = args.next().context("models folder")?;
    let only = args.next();
    let engines = Engines::open(Path::new(&models))?;
    let voices = engines.voices().voices().to_vec();
    let wanted = |voice: &&VoiceInfo| only.as_ref().is_none_or(|only| voice.name == *only);
    println!("| voice | language | errors | heard |\n|---|---|---|---|");
    let mut by_language: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut faults = Vec::new();
    for voice in voices.iter().filter(wanted) {
        let code = voice.locale.split('-').next().unwrap_or_default();
        let Some((_, sentence)) = SENTENCES.iter().find(|(of, _)| *of == code) else {
            bail!("no sentence in {}", voice.language);
        };
        let judged = judge(&engines, voice, code, sentence)?;
        println!(
            "| {} ({}) | {} | {:.0} % | {} |",
            voice.name,
            voice.pack,
            voice.language,
            judged.errors * 100.0,
            judged.heard
        );
        let language = voice.language.clone();
        by_language.entry(language).or_default().push(judged.errors);
        faults.extend(
            judged
                .faults
                .iter()
                .map(|fault| format!("{}: {fault}", voice.name)),
        );
    }
    println!("\n| language | voices | errors |\n|---|---|---|");
    for (language, errors) in &by_language {
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        println!("| {language} | {} | {:.1} % |", errors.len(), mean * 100.0);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        bail!("{}", faults.join("\n"))
    }
}

fn judge(engines: &Engines, voice: &VoiceInfo, code: &str, sentence: &str) -> Result<Judgement> {
    let speaker = engines.voices().speaker(&voice.id)?;
    let (mut samples, mut duration_s) = (Vec::new(), 0.0);
    for utterance in speaker.prepare(sentence, SpeakOptions::default())? {
        let speech = speaker.speak(&utterance)?;
        duration_s += speech.timing.duration_s;
        samples.extend(speech.samples);
    }
    let mut faults = Vec::new();
    let level = (samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32).sqrt();
    if level < 0.02 {
        faults.push(format!("it is silent, at {level}"));
    }
    let clipped = samples.iter().filter(|s| s.abs() > 0.999).count();
    if clipped > 0 {
        faults.push(format!("{clipped} samples are clipped"));
    }
    let rate = f64::from(likeness_voice::SAMPLE_RATE_HZ);
    if (samples.len() as f64 / rate - duration_s).abs() > 0.05 {
        faults.push("sound and timing have different lengths".to_owned());
    }
    let words = engines.hearing().words()?;
    let heard = words.transcribe(&at_16_khz(&samples), Some(code))?.text();
    let errors = if matches!(code, "ja" | "zh") {
        character_error_rate(sentence, &heard)
    } else {
        word_error_rate(sentence, &heard)
    };
    // A wrong sample rate makes another voice of it, which is not understood.
    if errors > MAX_ERRORS {
        faults.push(format!("it is not understood: {heard}"));
    }
    Ok(Judgement {
        errors,
        heard,
        faults,
    })
}

/// Two samples out of three, through a windowed sine with its border at 7.6 kHz.
fn at_16_khz(samples: &[f32]) -> Vec<f32> {
    const REACH: i64 = 24;
    let step = f64::from(likeness_voice::SAMPLE_RATE_HZ) / f64::from(SAMPLE_RATE_HZ);
    let cut = 15_200.0 / f64::from(likeness_voice::SAMPLE_RATE_HZ);
    let at = |index: i64| {
        let index = usize::try_from(index).ok();
        index.and_then(|i| samples.get(i)).copied().unwrap_or(0.0)
    };
    let sample = |index: usize| {
        let place = index as f64 * step;
        let middle = place.round() as i64;
        let sum: f64 = (middle - REACH..=middle + REACH)
            .map(|i| {
                let x = i as f64 - place;
                let angle = std::f64::consts::PI * x * cut;
                let sine = if angle.abs() < 1e-9 {
                    1.0
                } else {
                    angle.sin() / angle
                };
                let window = 0.5 + 0.5 * (std::f64::consts::PI * x / (REACH + 1) as f64).cos();
                f64::from(at(i)) * sine * cut * window
            })
            .sum();
        sum as f32
    };
    (0..(samples.len() as f64 / step) as usize)
        .map(sample)
        .collect()
}
