//! Speaks a text into a WAV file and tells what it cost: `say MODELS VOICE OUT.wav [SPEED] < script`.
//!
//! VOICE is a shown name or an id; `list` lists the voices. With `TIMES=1` the phonemes and words are printed too; `PITCH`
//! is in semitones. A script that begins with `<speak` is SSML.

#![allow(clippy::print_stdout, reason = "a command's output")]

use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use likeness_domain::speech::SpeechTiming;
use likeness_voice::{SpeakOptions, VoiceLibrary, WavWriter};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let models = args.next().context("models folder")?;
    let wanted = args.next().context("voice")?;
    let library = VoiceLibrary::open(Path::new(&models))?;
    if wanted == "list" {
        for voice in library.voices() {
            println!(
                "{} {} {} {:?} {:?}",
                voice.id, voice.name, voice.locale, voice.gender, voice.tags
            );
        }
        return Ok(());
    }
    let out = args.next().context("output file")?;
    let speed = args.next().map_or(Ok(1.0), |speed| speed.parse())?;
    let voice = library
        .voices()
        .iter()
        .find(|voice| voice.name == wanted || voice.id.as_str() == wanted || voice.key == wanted)
        .context("no such voice")?;
    let start = Instant::now();
    let speaker = library.speaker(&voice.id)?;
    println!("loaded in {:.2} s", start.elapsed().as_secs_f64());
    let mut script = String::new();
    std::io::stdin().read_to_string(&mut script)?;
    let start = Instant::now();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let options = SpeakOptions {
        speed,
        pitch_st: number("PITCH").unwrap_or(0.0),
        ssml: script.trim_start().starts_with("<speak"),
    };
    let utterances = speaker.prepare(&script, options)?;
    println!(
        "{} utterances planned in {:.3} s",
        utterances.len(),
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let mut wav = WavWriter::create(&out)?;
    let mut timing = SpeechTiming::default();
    for utterance in &utterances {
        println!("  {} | {}", utterance.text(), utterance.phonemes());
    }
    speaker.speak_all(&utterances, |speech| {
        let speech = speech?;
        timing.append(&speech.timing);
        anyhow::Ok(wav.write(&speech.samples)?)
    })?;
    wav.finish()?;
    let (spent_s, length_s) = (start.elapsed().as_secs_f64(), timing.duration_s);
    println!(
        "{length_s:.2} s of speech in {spent_s:.2} s, factor {:.3}",
        spent_s / length_s
    );
    if std::env::var_os("TIMES").is_some() {
        for phoneme in &timing.phonemes {
            println!(
                "{:7.3} {:7.3} {} {:?}",
                phoneme.start_s, phoneme.end_s, phoneme.symbol, phoneme.stress
            );
        }
        for word in &timing.words {
            println!("{:7.3} {:7.3} {}", word.start_s, word.end_s, word.text);
        }
    }
    Ok(())
}
