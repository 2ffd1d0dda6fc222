//! Voice prints: 256 numbers that are alike for sounds of the same speaker, by the encoder of Resemblyzer 0.1.4.
//!
//! Sound at 16 kHz, brought to -30 dBFS if it is softer and freed of its pauses, becomes 40 mel energies every 10 ms
//! (Hann windows of 25 ms); windows of 1.6 s, 0.77 s apart, become embeddings, whose mean, scaled to length 1, is the
//! print. The reference frees it of pauses by a detector of its own; here a step counts that is within 40 dB of the loud
//! ones.

use std::fmt;
use std::path::Path;

use realfft::RealFftPlanner;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use crate::VoiceError;
use crate::network::Network;

/// Rate of the sound that is taken.
pub(crate) const RATE_HZ: u32 = 16_000;
const WINDOW: usize = 400;
const HOP: usize = 160;
const BANDS: usize = 40;
/// Frames of one embedding.
const FRAMES: usize = 160;
/// Frames between two embeddings.
const STEP: usize = 77;
/// Numbers of a print.
pub(crate) const WIDTH: usize = 256;
/// Most embeddings that a print is the mean of: about a minute.
const MAX_EMBEDDINGS: usize = 80;

/// A print, of length 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Print(pub(crate) Vec<f32>);

impl Print {
    /// The cosine of the angle between two prints, 0 to 1.
    pub(crate) fn similarity(&self, other: &Self) -> f64 {
        let sum: f32 = self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum();
        f64::from(sum).clamp(0.0, 1.0)
    }

    fn scaled(numbers: Vec<f32>) -> Self {
        let length = numbers.iter().map(|n| n * n).sum::<f32>().sqrt().max(1e-9);
        Self(numbers.into_iter().map(|n| n / length).collect())
    }
}

/// The loaded encoder.
pub(crate) struct Encoder {
    network: Network,
    /// `[BANDS][WINDOW / 2 + 1]`.
    filters: Vec<Vec<f32>>,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl Encoder {
    /// Loads `speaker/encoder.onnx`.
    pub(crate) fn load(models_dir: &Path) -> Result<Self, VoiceError> {
        let path = models_dir.join("speaker/encoder.onnx");
        Ok(Self {
            network: Network::load_ends("voice print", &path)?,
            filters: mel_filters(),
        })
    }

    /// The print of a sound at [`RATE_HZ`], and the print of each 1.6 s of it.
    pub(crate) fn print(&self, samples: &[f32]) -> Result<(Print, Vec<Print>), VoiceError> {
        let speech = speech_of(samples);
        let mut mels = self.mels(&levelled(&speech));
        let short = mels.len() < FRAMES;
        mels.resize(mels.len().max(FRAMES), vec![0.0; BANDS]);
        let starts = (0..=mels.len() - FRAMES).step_by(STEP).take(MAX_EMBEDDINGS);
        let mut parts = Vec::new();
        for start in starts {
            let flat: Vec<f32> = mels[start..start + FRAMES].concat();
            let input = Tensor::from_data(&[FRAMES, 1, BANDS], flat);
            let numbers = self.network.run(vec![input.view().into()])?.next_f32()?;
            if numbers.len() != WIDTH || numbers.iter().any(|n| !n.is_finite()) {
                return Err(self.network.bad_output("it is no print"));
            }
            parts.push(Print::scaled(numbers));
            if short {
                break;
            }
        }
        let mut sum = vec![0.0; WIDTH];
        for part in &parts {
            sum.iter_mut().zip(&part.0).for_each(|(sum, n)| *sum += n);
        }
        Ok((Print::scaled(sum), parts))
    }

    /// Mel energies of each frame; frames are centred, with silence beyond the ends.
    fn mels(&self, samples: &[f32]) -> Vec<Vec<f32>> {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW);
        let window: Vec<f32> = (0..WINDOW)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / WINDOW as f32).cos())
            .collect();
        let mut input = fft.make_input_vec();
        let mut output = fft.make_output_vec();
        (0..=samples.len() / HOP)
            .map(|frame| {
                for (i, slot) in input.iter_mut().enumerate() {
                    let at = (frame * HOP + i).checked_sub(WINDOW / 2);
                    let sample = at.and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
                    *slot = sample * window[i];
                }
                fft.process(&mut input, &mut output)
                    .expect("the buffers were made by this transform");
                let powers: Vec<f32> = output
                    .iter()
                    .map(realfft::num_complex::Complex::norm_sqr)
                    .collect();
                let energy =
                    |filter: &Vec<f32>| filter.iter().zip(&powers).map(|(f, p)| f * p).sum();
                self.filters.iter().map(energy).collect()
            })
            .collect()
    }
}

/// Without what is far below the loud parts, but for short breaks.
fn speech_of(samples: &[f32]) -> Vec<f32> {
    let step = RATE_HZ as usize / 100;
    let levels: Vec<f32> = samples
        .chunks(step)
        .map(crate::sound::root_mean_square)
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let loud = sorted.get(sorted.len() * 95 / 100).copied().unwrap_or(0.0);
    let heard: Vec<bool> = levels.iter().map(|level| *level > loud * 0.01).collect();
    // 0.12 s around each step that is heard.
    let near = |at: usize| heard[at.saturating_sub(12)..(at + 13).min(heard.len())].contains(&true);
    let kept = samples.chunks(step).enumerate().filter(|(at, _)| near(*at));
    kept.flat_map(|(_, chunk)| chunk.iter().copied()).collect()
}

/// Brought up to -30 dBFS if softer.
fn levelled(samples: &[f32]) -> Vec<f32> {
    let level = crate::sound::root_mean_square(samples);
    let wanted = 10.0_f32.powf(-30.0 / 20.0);
    let gain = if level > 1e-6 {
        (wanted / level).max(1.0)
    } else {
        1.0
    };
    samples.iter().map(|sample| sample * gain).collect()
}

/// Slaney's triangles, each of unit area: linear up to 1 kHz, logarithmic above (`librosa.filters.mel`).
fn mel_filters() -> Vec<Vec<f32>> {
    let log_step = 6.4_f64.ln() / 27.0;
    let to_mel = |hz: f64| {
        if hz < 1000.0 {
            hz * 3.0 / 200.0
        } else {
            15.0 + (hz / 1000.0).ln() / log_step
        }
    };
    let to_hz = |mel: f64| {
        if mel < 15.0 {
            mel * 200.0 / 3.0
        } else {
            1000.0 * (log_step * (mel - 15.0)).exp()
        }
    };
    let top = to_mel(f64::from(RATE_HZ) / 2.0);
    let edges: Vec<f64> = (0..BANDS + 2)
        .map(|i| to_hz(top * i as f64 / (BANDS + 1) as f64))
        .collect();
    (0..BANDS)
        .map(|band| {
            let [low, middle, high] = [edges[band], edges[band + 1], edges[band + 2]];
            (0..=WINDOW / 2)
                .map(|bin| {
                    let hz = bin as f64 * f64::from(RATE_HZ) / WINDOW as f64;
                    let up = (hz - low) / (middle - low);
                    let down = (high - hz) / (high - middle);
                    (up.min(down).max(0.0) * 2.0 / (high - low)) as f32
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `librosa.filters.mel(sr=16000, n_fft=400, n_mels=40)`: sums and peaks follow from the definition.
    #[test]
    fn the_filters_are_triangles_of_unit_area() {
        let filters = mel_filters();
        let bin_hz = 40.0;
        for (band, filter) in filters.iter().enumerate().skip(8) {
            let area: f32 = filter.iter().sum::<f32>() * bin_hz;
            assert!((area - 1.0).abs() < 0.35, "band {band} has {area}");
        }
        assert!(filters[39][190] > 0.0 && filters[0][190] == 0.0);
    }

    #[test]
    fn pauses_are_left_out_and_softness_is_lifted() {
        let tone = |n: usize| (n as f32 * 0.2).sin() * 0.01;
        let samples: Vec<f32> = (0..48_000)
            .map(|n| {
                if (16_000..40_000).contains(&n) {
                    0.0
                } else {
                    tone(n)
                }
            })
            .collect();
        let speech = speech_of(&samples);
        assert!((24_000..29_000).contains(&speech.len()), "{}", speech.len());
        let level = crate::sound::root_mean_square(&levelled(&speech));
        assert!((20.0 * level.log10() + 30.0).abs() < 0.1);
    }

    #[test]
    fn a_print_is_itself() {
        let print = Print::scaled((0..WIDTH).map(|n| n as f32).collect());
        assert!((print.similarity(&print) - 1.0).abs() < 1e-5);
    }
}
