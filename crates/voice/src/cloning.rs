//! A voice like that of a recording: the mixture of Kokoro's voices whose print comes closest.
//!
//! The prints of the voices are known, so the mixture of prints nearest to the recording's is found first, by arithmetic.
//! A print of a mixture is not the mixture of prints, though: from there the weights are changed step by step, a sentence
//! is spoken with each, and what brings its print closer is kept.

use std::path::Path;
use std::time::Instant;

use likeness_domain::avatar::Gender;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::blend::Blend;
use crate::library::VoiceLibrary;
use crate::print::{Encoder, Print, RATE_HZ};
use crate::resample::resample;
use crate::sound::root_mean_square;
use crate::speaker::SpeakOptions;
use crate::traits::{known, measure};
use crate::{SAMPLE_RATE_HZ, VoiceError};

/// Rate of the recording that [`clone_voice`] takes, in hertz.
pub const RECORDING_RATE_HZ: u32 = RATE_HZ;

/// Least speech that a voice can be known by, in seconds.
const LEAST_SPEECH_S: f64 = 3.0;
/// Speech must be this much louder than what is between it.
const LEAST_RATIO_DB: f32 = 12.0;
/// Parts of the speech of one person are at least this alike, on average.
const LEAST_UNITY: f64 = 0.6;
/// Voices in the mixture at most.
const MAX_PARTS: usize = 6;
/// Sentences spoken in the search at most.
const MAX_TRIALS: usize = 24;
/// What is spoken in it: short, with all kinds of sounds.
const SENTENCE: &str = "The young fox jumps over a lazy dog, and both of them go home.";

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceClone {
    pub blend: Blend,
    pub gender: Gender,
    /// Similarity of the closest installed voice to the recording, 0 to 1.
    pub before: f64,
    /// Similarity of the clone.
    pub after: f64,
}

/// Why a recording cannot be cloned; the words are for its owner.
#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    #[error("the recording has {0:.1} s of speech, at least {LEAST_SPEECH_S} s are needed")]
    TooShort(f64),
    #[error(
        "the recording is too noisy: speech is only {0:.0} dB louder than the noise, {LEAST_RATIO_DB} dB are needed"
    )]
    TooNoisy(f32),
    #[error("the recording has no voice in it")]
    NoVoice,
    #[error("the recording seems to have several speakers")]
    SeveralSpeakers,
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Voice(#[from] VoiceError),
}

/// How the search is bounded and stopped.
#[derive(Clone, Copy)]
pub struct CloneLimits<'a> {
    /// No new sentence is spoken after this.
    pub until: Instant,
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl std::fmt::Debug for CloneLimits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloneLimits")
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Finds the mixture that sounds most like the recording (mono, at [`RECORDING_RATE_HZ`]).
///
/// The time that is left changes the result, nothing else does.
pub fn clone_voice(
    library: &VoiceLibrary,
    models_dir: &Path,
    recording: &[f32],
    remove_noise: bool,
    limits: &CloneLimits<'_>,
) -> Result<VoiceClone, CloneError> {
    let cleaned;
    let recording = if remove_noise {
        cleaned = without_noise(recording);
        &cleaned
    } else {
        recording
    };
    check(recording)?;
    let traits = measure(recording, RATE_HZ).ok_or(CloneError::NoVoice)?;
    let encoder = Encoder::load(models_dir)?;
    let (wanted, parts) = encoder.print(recording)?;
    check_unity(&wanted, &parts)?;
    let mut search = Search {
        library,
        encoder: &encoder,
        wanted: &wanted,
        limits,
        trials: 0,
    };
    let (blend, before, after) = search.run()?;
    let weight = |gender: u8| -> f32 {
        let of = blend
            .parts
            .iter()
            .filter(|(key, _)| key.as_bytes().get(1) == Some(&gender));
        of.map(|(_, weight)| weight).sum()
    };
    // Where the mixture is of both, the pitch decides.
    let male = if (weight(b'm') - weight(b'f')).abs() > 0.3 {
        weight(b'm') > weight(b'f')
    } else {
        traits.pitch_hz < 160.0
    };
    Ok(VoiceClone {
        blend,
        gender: if male { Gender::Male } else { Gender::Female },
        before,
        after,
    })
}

/// Levels of 10 ms steps, sorted.
fn levels(samples: &[f32]) -> Vec<f32> {
    let mut levels: Vec<f32> = samples
        .chunks(RATE_HZ as usize / 100)
        .map(root_mean_square)
        .collect();
    levels.sort_by(f32::total_cmp);
    levels
}

fn check(recording: &[f32]) -> Result<(), CloneError> {
    let levels = levels(recording);
    let at = |share: usize| {
        levels
            .get(levels.len() * share / 100)
            .copied()
            .unwrap_or(0.0)
    };
    let (noise, loud) = (at(5).max(1e-5), at(95));
    if loud < 1e-3 {
        return Err(CloneError::NoVoice);
    }
    let speech = levels.iter().filter(|level| **level > loud * 0.1).count();
    let speech_s = speech as f64 * 0.01;
    if speech_s < LEAST_SPEECH_S {
        return Err(CloneError::TooShort(speech_s));
    }
    let ratio_db = 20.0 * (loud / noise).log10();
    if ratio_db < LEAST_RATIO_DB {
        return Err(CloneError::TooNoisy(ratio_db));
    }
    Ok(())
}

fn check_unity(whole: &Print, parts: &[Print]) -> Result<(), CloneError> {
    let sum: f64 = parts.iter().map(|part| part.similarity(whole)).sum();
    if parts.len() > 3 && sum / (parts.len() as f64) < LEAST_UNITY {
        return Err(CloneError::SeveralSpeakers);
    }
    Ok(())
}

/// The search under way.
#[derive(Debug)]
struct Search<'a> {
    library: &'a VoiceLibrary,
    encoder: &'a Encoder,
    wanted: &'a Print,
    limits: &'a CloneLimits<'a>,
    trials: usize,
}

impl Search<'_> {
    fn run(&mut self) -> Result<(Blend, f64, f64), CloneError> {
        let mut voices: Vec<_> = known()
            .iter()
            .filter(|voice| self.library.style(&voice.key).is_some())
            .map(|voice| (voice.print.similarity(self.wanted), voice))
            .collect();
        voices.sort_by(|a, b| b.0.total_cmp(&a.0));
        voices.truncate(MAX_PARTS);
        let keys: Vec<String> = voices.iter().map(|(_, voice)| voice.key.clone()).collect();
        let prints: Vec<&Print> = voices.iter().map(|(_, voice)| &voice.print).collect();
        let nearest = keys
            .first()
            .ok_or(VoiceError::MissingPart("kokoro".to_owned()))?;
        let before = self.trial(&blend(std::slice::from_ref(nearest), &[1.0]))?;
        let mut best = vec![0.0; keys.len()];
        best[0] = 1.0;
        let mut after = before;
        let start = nearest_mixture(self.wanted, &prints);
        let score = self.trial(&blend(&keys, &start))?;
        if score > after {
            (best, after) = (start, score);
        }
        let mut rng = StdRng::seed_from_u64(0x636c_6f6e);
        let mut step = 0.35_f32;
        while self.trials < MAX_TRIALS && Instant::now() < self.limits.until {
            let tried = changed(&best, step, &mut rng);
            let score = self.trial(&blend(&keys, &tried))?;
            if score > after {
                (best, after) = (tried, score);
                step = (step * 1.2).min(0.5);
            } else {
                step = (step * 0.9).max(0.08);
            }
        }
        Ok((blend(&keys, &best), before, after))
    }

    /// How alike the sentence sounds when this mixture speaks it.
    fn trial(&mut self, blend: &Blend) -> Result<f64, CloneError> {
        if (self.limits.cancelled)() {
            return Err(CloneError::Cancelled);
        }
        self.trials += 1;
        let speaker = self.library.try_out("en-US", blend.clone())?;
        let mut samples = Vec::new();
        for utterance in speaker.prepare(SENTENCE, SpeakOptions::default())? {
            samples.extend(speaker.speak(&utterance)?.samples);
        }
        let samples = resample(&samples, SAMPLE_RATE_HZ, RATE_HZ);
        Ok(self.encoder.print(&samples)?.0.similarity(self.wanted))
    }
}

fn blend(keys: &[String], weights: &[f32]) -> Blend {
    let parts = keys.iter().cloned().zip(weights.iter().copied());
    Blend {
        parts: parts.filter(|(_, weight)| weight.abs() > 0.005).collect(),
        shift: Vec::new(),
    }
}

/// Weights, none negative, that bring the mixture of the prints nearest to the wanted one: multiplicative steps down the
/// gradient of the squared distance, kept at the sum 1.
fn nearest_mixture(wanted: &Print, prints: &[&Print]) -> Vec<f32> {
    let mut weights = vec![1.0 / prints.len().max(1) as f32; prints.len()];
    for _ in 0..400 {
        let mut rest = wanted.0.clone();
        for (print, weight) in prints.iter().zip(&weights) {
            rest.iter_mut()
                .zip(&print.0)
                .for_each(|(rest, n)| *rest -= weight * n);
        }
        for (weight, print) in weights.iter_mut().zip(prints) {
            let slope: f32 = rest.iter().zip(&print.0).map(|(a, b)| a * b).sum();
            *weight *= (2.0 * slope).clamp(-1.0, 1.0).exp();
        }
        let sum: f32 = weights.iter().sum::<f32>().max(1e-9);
        for weight in &mut weights {
            *weight /= sum;
        }
    }
    weights
}

/// Weights moved from one voice to another; a little beyond 0 and 1 is allowed, more would not sound like a voice.
fn changed(weights: &[f32], step: f32, rng: &mut StdRng) -> Vec<f32> {
    let mut changed = weights.to_vec();
    let count = changed.len();
    if count < 2 {
        return changed;
    }
    let from = rng.random_range(0..count);
    let to = (from + rng.random_range(1..count)) % count;
    let amount = rng.random_range(0.2..1.0) * step;
    let amount = amount
        .min(changed[from] + 0.25)
        .min(1.25 - changed[to])
        .max(0.0);
    changed[from] -= amount;
    changed[to] += amount;
    changed
}

/// Takes away what is steady between the words: in each band, the level of the quietest tenth of the frames is noise, and
/// is subtracted from every frame (spectral subtraction with a floor of -20 dB; frames of 32 ms, half overlapping).
fn without_noise(samples: &[f32]) -> Vec<f32> {
    const SIZE: usize = 512;
    const HOP: usize = SIZE / 2;
    const FLOOR: f32 = 0.1;
    // The quietest tenth of noise lies far below its mean.
    const OVER: f32 = 5.0;
    if samples.len() < SIZE * 4 {
        return samples.to_vec();
    }
    let mut planner = realfft::RealFftPlanner::<f32>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(SIZE),
        planner.plan_fft_inverse(SIZE),
    );
    // The root of a periodic Hann window, used twice, sums to 1 at half overlap.
    let window: Vec<f32> = (0..SIZE)
        .map(|i| (std::f32::consts::PI * i as f32 / SIZE as f32).sin())
        .collect();
    let frames = (samples.len() - SIZE) / HOP + 1;
    let mut spectra = Vec::with_capacity(frames);
    for frame in 0..frames {
        let mut input: Vec<f32> = samples[frame * HOP..frame * HOP + SIZE]
            .iter()
            .zip(&window)
            .map(|(sample, w)| sample * w)
            .collect();
        let mut output = forward.make_output_vec();
        forward
            .process(&mut input, &mut output)
            .expect("the buffers were made by this transform");
        spectra.push(output);
    }
    let noise: Vec<f32> = (0..=SIZE / 2)
        .map(|bin| {
            let mut levels: Vec<f32> = spectra
                .iter()
                .map(|spectrum| spectrum[bin].norm())
                .collect();
            levels.sort_by(f32::total_cmp);
            let tenth = &levels[..(levels.len() / 10).max(1)];
            tenth.iter().sum::<f32>() / tenth.len() as f32
        })
        .collect();
    let mut cleaned = vec![0.0; samples.len()];
    for (frame, mut spectrum) in spectra.into_iter().enumerate() {
        for (bin, value) in spectrum.iter_mut().enumerate() {
            let level = value.norm().max(1e-9);
            *value *= (1.0 - OVER * noise[bin] / level).max(FLOOR);
        }
        spectrum[0].im = 0.0;
        spectrum[SIZE / 2].im = 0.0;
        let mut output = inverse.make_output_vec();
        inverse
            .process(&mut spectrum, &mut output)
            .expect("the ends of the spectrum are real");
        for (i, sample) in output.iter().enumerate() {
            cleaned[frame * HOP + i] += sample * window[i] / SIZE as f32;
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_removed_and_sound_is_kept() {
        let mut rng = StdRng::seed_from_u64(1);
        let noisy: Vec<f32> = (0..64_000)
            .map(|n| {
                let noise = rng.random_range(-0.02..0.02_f32);
                let on = n % 16_000 < 10_000;
                let tone = if on {
                    (n as f32 * 0.1).sin() * 0.3
                } else {
                    0.0
                };
                tone + noise
            })
            .collect();
        let clean = without_noise(&noisy);
        let level = |samples: &[f32], from: usize, to: usize| root_mean_square(&samples[from..to]);
        let quiet = level(&clean, 11_000, 15_000) / level(&noisy, 11_000, 15_000);
        assert!(quiet < 0.4, "noise is at {quiet}");
        let loud = level(&clean, 2_000, 9_000) / level(&noisy, 2_000, 9_000);
        assert!((loud - 1.0).abs() < 0.05, "the tone is at {loud}");
    }

    #[test]
    fn recordings_that_cannot_be_cloned_say_why() {
        let tone = |n: usize| (n as f32 * 0.1).sin() * 0.3;
        assert!(matches!(
            check(&vec![0.0; 160_000]),
            Err(CloneError::NoVoice)
        ));
        let short: Vec<f32> = (0..160_000)
            .map(|n| if n < 20_000 { tone(n) } else { 0.0 })
            .collect();
        assert!(matches!(check(&short), Err(CloneError::TooShort(_))));
        let steady: Vec<f32> = (0..160_000).map(tone).collect();
        assert!(matches!(check(&steady), Err(CloneError::TooNoisy(_))));
        let good: Vec<f32> = (0..160_000)
            .map(|n| if n % 16_000 < 9_000 { tone(n) } else { 0.0 })
            .collect();
        assert!(check(&good).is_ok());
        assert!(check(&[]).is_err());
    }

    #[test]
    fn the_nearest_mixture_is_found() {
        let print = |at: usize| {
            let mut numbers = vec![0.0; 256];
            numbers[at] = 1.0;
            Print(numbers)
        };
        let (a, b, c) = (print(0), print(1), print(2));
        let mut wanted = vec![0.0; 256];
        (wanted[0], wanted[1]) = (0.75, 0.25);
        let weights = nearest_mixture(&Print(wanted), &[&a, &b, &c]);
        assert!(
            (weights[0] - 0.75).abs() < 0.05 && weights[2] < 0.05,
            "{weights:?}"
        );
    }

    #[test]
    fn changed_weights_keep_their_sum() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut weights = vec![0.7, 0.3, 0.0];
        for _ in 0..100 {
            weights = changed(&weights, 0.4, &mut rng);
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-3);
            assert!(
                weights.iter().all(|w| (-0.26..1.26).contains(w)),
                "{weights:?}"
            );
        }
    }
}
