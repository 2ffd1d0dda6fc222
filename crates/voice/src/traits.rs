//! What can be measured of a voice: pitch, how much it moves, brightness, pace.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::blend::Blend;
use crate::library::VoiceLibrary;
use crate::print::{Encoder, Print, RATE_HZ};
use crate::resample::resample;
use crate::speaker::SpeakOptions;
use crate::{SAMPLE_RATE_HZ, VoiceError};

/// Rate at which pitch is looked for.
const PITCH_RATE_HZ: u32 = 8_000;
/// Bounds of the pitch of voices.
const PITCHES_HZ: (f32, f32) = (60.0, 450.0);

/// Measures of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traits {
    /// Median.
    pub(crate) pitch_hz: f32,
    /// From the tenth to the ninetieth percentile, in semitones: how lively it is.
    pub(crate) range_st: f32,
    /// Energy over 2 kHz against that under 1 kHz, in decibels: high is bright, low is warm.
    pub(crate) brightness_db: f32,
    /// Phonemes a second.
    pub(crate) pace: f32,
}

/// Measures a sound at `rate_hz`; the pace is not in the sound and stays 0. `None` where no voice is heard.
pub(crate) fn measure(samples: &[f32], rate_hz: u32) -> Option<Traits> {
    let samples = resample(samples, rate_hz, PITCH_RATE_HZ);
    let mut pitches = pitches(&samples);
    if pitches.len() < 10 {
        return None;
    }
    pitches.sort_by(f32::total_cmp);
    let at = |share: usize| pitches[(pitches.len() - 1) * share / 100];
    Some(Traits {
        pitch_hz: at(50),
        range_st: 12.0 * (at(90) / at(10)).log2(),
        brightness_db: brightness_db(&samples),
        pace: 0.0,
    })
}

/// Median pitch of a sound at `rate_hz`; `None` where no voice is heard.
pub fn heard_pitch_hz(samples: &[f32], rate_hz: u32) -> Option<f32> {
    measure(samples, rate_hz).map(|traits| traits.pitch_hz)
}

/// Median pitch of one of Kokoro's voices, by its key, as it was measured once.
pub fn known_pitch_hz(key: &str) -> Option<f32> {
    let known = known().iter().find(|known| known.key == key);
    known.map(|known| known.traits.pitch_hz)
}

/// The pitch of each 10 ms that has one, by the highest peak of the normalised autocorrelation.
fn pitches(samples: &[f32]) -> Vec<f32> {
    let rate = PITCH_RATE_HZ as f32;
    let (shortest, longest) = (
        (rate / PITCHES_HZ.1) as usize,
        (rate / PITCHES_HZ.0) as usize,
    );
    let window = longest * 2;
    let loudest = samples
        .chunks(80)
        .map(crate::sound::root_mean_square)
        .fold(0.0, f32::max);
    let mut found = Vec::new();
    let mut start = 0;
    while start + window + longest < samples.len() {
        let here = &samples[start..start + window];
        start += 80;
        let energy: f32 = here.iter().map(|s| s * s).sum();
        if (energy / window as f32).sqrt() < loudest * 0.05 {
            continue;
        }
        let base = start - 80;
        let alike = |lag: usize| {
            let there = &samples[base + lag..base + lag + window];
            let product: f32 = here.iter().zip(there).map(|(a, b)| a * b).sum();
            let other: f32 = there.iter().map(|s| s * s).sum();
            product / (energy * other).sqrt().max(1e-9)
        };
        let scores: Vec<f32> = (shortest..=longest).map(alike).collect();
        let best = scores.iter().copied().fold(f32::MIN, f32::max);
        if best < 0.75 {
            continue;
        }
        // The first peak that is nearly as high: its multiples are as high, too.
        let first = (1..scores.len() - 1).find(|&i| {
            scores[i] > best * 0.8 && scores[i] >= scores[i - 1] && scores[i] >= scores[i + 1]
        });
        if let Some(first) = first {
            found.push(rate / (first + shortest) as f32);
        }
    }
    found
}

/// By two one-pole filters, which are enough to rank voices.
fn brightness_db(samples: &[f32]) -> f32 {
    let pole = |hz: f32| (-std::f32::consts::TAU * hz / PITCH_RATE_HZ as f32).exp();
    let (low_pole, high_pole) = (pole(1000.0), pole(2000.0));
    let (mut low, mut under) = (0.0_f32, 0.0_f32);
    let (mut low_energy, mut high_energy) = (1e-9_f64, 1e-9_f64);
    for &sample in samples {
        low += (1.0 - low_pole) * (sample - low);
        under += (1.0 - high_pole) * (sample - under);
        let high = sample - under;
        low_energy += f64::from(low * low);
        high_energy += f64::from(high * high);
    }
    (10.0 * (high_energy / low_energy).log10()) as f32
}

/// What is known of one of Kokoro's voices before it is loaded.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) key: String,
    pub(crate) traits: Traits,
    pub(crate) print: Print,
}

/// A row of `data/voices.json`, as `examples/measure_voices` writes it.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    key: String,
    traits: Traits,
    /// The print, a number from 0 to 1/2 in two hex digits.
    print: String,
}

/// Kokoro's voices, measured on one sentence.
pub(crate) fn known() -> &'static [Known] {
    static KNOWN: std::sync::OnceLock<Vec<Known>> = std::sync::OnceLock::new();
    KNOWN.get_or_init(|| {
        let rows: Vec<Row> = serde_json::from_str(include_str!("../data/voices.json"))
            .expect("a test reads this file");
        rows.into_iter().map(Row::known).collect()
    })
}

impl Row {
    fn known(self) -> Known {
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
        let numbers = self.print.as_bytes().chunks_exact(2);
        let numbers = numbers.map(|pair| (digit(pair[0]) * 16 + digit(pair[1])) as f32 / 510.0);
        Known {
            key: self.key,
            traits: self.traits,
            print: Print(numbers.collect()),
        }
    }
}

/// What is spoken to measure a voice. English for all of them, so that only the voices differ.
const SENTENCE: &str =
    "The young fox jumps over a lazy dog, and both of them go home. Why should anybody hurry?";

/// Measures an installed Kokoro voice and gives its row of `data/voices.json`.
pub fn measured_row(
    library: &VoiceLibrary,
    models_dir: &Path,
    key: &str,
) -> Result<serde_json::Value, VoiceError> {
    let blend = Blend {
        parts: vec![(key.to_owned(), 1.0)],
        shift: Vec::new(),
    };
    let speaker = library.try_out("en-US", blend)?;
    let (mut samples, mut phonemes, mut spoken_s) = (Vec::new(), 0, 0.0);
    for utterance in speaker.prepare(SENTENCE, SpeakOptions::default())? {
        let speech = speaker.speak(&utterance)?;
        for phoneme in speech.timing.phonemes.iter().filter(|p| p.symbol != ' ') {
            phonemes += 1;
            spoken_s += phoneme.end_s - phoneme.start_s;
        }
        samples.extend(speech.samples);
    }
    let unheard = || VoiceError::BadOutput {
        network: "kokoro",
        reason: "no voice is heard",
    };
    let traits = measure(&samples, SAMPLE_RATE_HZ).ok_or_else(unheard)?;
    let encoder = Encoder::load(models_dir)?;
    let (print, _) = encoder.print(&resample(&samples, SAMPLE_RATE_HZ, RATE_HZ))?;
    let pace = (f64::from(phonemes) / f64::max(spoken_s, 0.1)) as f32;
    let print = print
        .0
        .iter()
        .map(|n| format!("{:02x}", (n * 510.0).round().clamp(0.0, 255.0) as u8));
    Ok(serde_json::json!(Row {
        key: key.to_owned(),
        traits: Traits { pace, ..traits },
        print: print.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pulses at a pitch that glides by `st` semitones, through a low or high pole.
    fn voice(pitch_hz: f32, st: f32, bright: f32) -> Vec<f32> {
        let (mut phase, mut state) = (0.0_f32, 0.0_f32);
        (0..48_000)
            .map(|n| {
                let glide = st * (n as f32 / 48_000.0 - 0.5);
                phase += pitch_hz * (glide / 12.0).exp2() / 24_000.0;
                let pulse = if phase >= 1.0 {
                    phase -= 1.0;
                    1.0
                } else {
                    0.0
                };
                state += bright * (pulse - state);
                state
            })
            .collect()
    }

    #[test]
    fn pitch_range_and_brightness_are_measured() {
        for pitch in [90.0, 130.0, 220.0] {
            let traits = measure(&voice(pitch, 6.0, 0.3), 24_000).unwrap();
            assert!(
                (traits.pitch_hz / pitch - 1.0).abs() < 0.06,
                "{pitch}: {traits:?}"
            );
            assert!((3.0..14.0).contains(&traits.range_st), "{traits:?}");
        }
        let dark = measure(&voice(120.0, 1.0, 0.1), 24_000).unwrap();
        let bright = measure(&voice(120.0, 1.0, 0.9), 24_000).unwrap();
        assert!(bright.brightness_db > dark.brightness_db + 2.0);
        assert!(measure(&vec![0.0; 48_000], 24_000).is_none());
    }

    #[test]
    fn every_voice_of_kokoro_is_known() {
        let known = known();
        assert_eq!(known.len(), 54);
        for voice in known {
            assert_eq!(voice.print.0.len(), crate::print::WIDTH, "{}", voice.key);
            assert!((voice.print.similarity(&voice.print) - 1.0).abs() < 0.05);
            let low = if voice.key.as_bytes()[1] == b'm' {
                75.0
            } else {
                120.0
            };
            assert!((low..330.0).contains(&voice.traits.pitch_hz), "{voice:?}");
        }
    }
}
