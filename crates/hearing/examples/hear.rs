//! Writes down what is said in a WAV file (16 bits; any rate that is a multiple or a third part of 16 kHz): `hear MODELS
//! FILE.wav [sounds|words|both] [LANGUAGE]`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples of a short file"
)]
#![allow(clippy::print_stdout, reason = "a command's output")]

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use likeness_hearing::{Hearing, SAMPLE_RATE_HZ, Wanted};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let models = args.next().context("models folder")?;
    let file = args.next().context("WAV file")?;
    let what = args.next().unwrap_or_else(|| "both".to_owned());
    let samples = wav(Path::new(&file))?;
    let length_s = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
    let hearing = Hearing::new(Path::new(&models));
    let start = Instant::now();
    if what != "words" {
        hearing.phonemes()?;
    }
    if what != "sounds" {
        hearing.words()?;
    }
    println!("loaded in {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    match what.as_str() {
        "sounds" => {
            for phoneme in hearing.phonemes()?.recognise(&samples)? {
                let (from, to) = (phoneme.start_s, phoneme.end_s);
                println!(
                    "{from:7.3} {to:7.3} {} {:?}",
                    phoneme.symbol, phoneme.stress
                );
            }
        }
        "words" => {
            let transcript = hearing
                .words()?
                .transcribe(&samples, args.next().as_deref())?;
            for word in &transcript.words {
                let (from, to) = (word.start_s, word.end_s);
                println!("{from:7.3} {to:7.3} {} {}", word.sentence, word.text);
            }
            println!("{}: {}", transcript.language, transcript.text());
        }
        "both" => {
            let timing = hearing.listen(
                &mut &samples[..],
                Wanted::SoundsAndWords,
                &|_, _| None,
                &mut |_| Ok(()),
            )?;
            println!("{} sounds", timing.phonemes.len());
            for word in &timing.words {
                let (from, to) = (word.start_s, word.end_s);
                println!("{from:7.3} {to:7.3} {} {}", word.sentence, word.text);
            }
        }
        other => bail!("{other} is not sounds, words or both"),
    }
    let spent_s = start.elapsed().as_secs_f64();
    println!(
        "{length_s:.2} s heard in {spent_s:.2} s, factor {:.3}",
        spent_s / length_s
    );
    Ok(())
}

/// Reads a WAV file with a header of 44 bytes and brings it to 16 kHz, well enough for speech.
fn wav(path: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path)?;
    let header = bytes.get(..44).context("no WAV file")?;
    let field = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let rate = field(24);
    let samples: Vec<f32> = bytes[44..]
        .as_chunks::<2>()
        .0
        .iter()
        .map(|b| f32::from(i16::from_le_bytes(*b)) / 32768.0)
        .collect();
    let length = samples.len() as u64 * u64::from(SAMPLE_RATE_HZ) / u64::from(rate.max(1));
    let step = f64::from(rate) / f64::from(SAMPLE_RATE_HZ);
    let at = |index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|i| samples.get(i))
            .copied()
            .unwrap_or(0.0)
    };
    // A windowed sine (Hann, 16 zeros each side) with its border at 7.6 kHz.
    let cut = f64::min(1.0, 15_200.0 / f64::from(rate));
    let reach = 16.0 / cut;
    let sample = |index: u64| {
        let place = index as f64 * step;
        let (from, to) = (
            (place - reach).ceil() as i64,
            (place + reach).floor() as i64,
        );
        let sum: f64 = (from..=to)
            .map(|i| {
                let x = i as f64 - place;
                let angle = std::f64::consts::PI * x * cut;
                let sine = if angle.abs() < 1e-9 {
                    1.0
                } else {
                    angle.sin() / angle
                };
                let window = 0.5 + 0.5 * (std::f64::consts::PI * x / reach).cos();
                f64::from(at(i)) * sine * cut * window
            })
            .sum();
        sum as f32
    };
    Ok((0..length).map(sample).collect())
}
