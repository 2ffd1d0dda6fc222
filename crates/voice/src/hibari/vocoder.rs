//! From predicted spectra to samples: the signal stage of hibari (`dsp.py` of the package `hibari-tts` 0.2.1).
//!
//! `S = exp(lh) e^{iπ tanh θ} STFT(pulses(f0)) + exp(ln) Z + exp(lr) e^{iφ}`, then one inverse STFT with `n_fft` 1200,
//! hop 300, periodic Hann, centred frames.
//!
//! The functions of every cell (five of them transcendental) are taken over whole tables, many numbers at a time; then
//! the frames go in blocks, so that a table, which lies bin by bin, is read along its rows.

use std::f32::consts::PI;
use std::sync::{Arc, OnceLock};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rten_simd::SimdUnaryOp as _;
use rten_vecmath::{Cos, Exp, Sin, Tanh};

use crate::SAMPLE_RATE_HZ;

const FFT_SIZE: usize = 1200;
/// Samples between two frames (12.5 ms).
pub(super) const HOP: usize = 300;
/// Frequency bins of a frame.
pub(super) const BINS: usize = FFT_SIZE / 2 + 1;
/// Below this pitch, in Hz, a sample is unvoiced and has no pulses.
const MIN_PITCH_HZ: f32 = 40.0;
/// Highest harmonic of the pulse train, in Hz.
const MAX_HARMONIC_HZ: f32 = 11_000.0;
/// The network's log gains are cut here, as in the reference.
const MAX_LOG_GAIN: f32 = 7.0;
/// The noise is the same in every run, which makes speech repeatable.
const NOISE_SEED: u64 = 0x6869_6261_7269;
/// Frames of noise that are made (13 s, 5 MB); a longer run hears them again.
const NOISE_FRAMES: usize = 1024;
/// Frames that are worked on together: a row of them fills a line of the processor's cache.
const BLOCK: usize = 16;

/// The network's answer: five tables `[BINS, frames]`, row-major, and the pitch of each frame.
#[derive(Debug)]
pub(super) struct Spectra {
    pub(super) pulse_gain: Vec<f32>,
    pub(super) pulse_phase: Vec<f32>,
    pub(super) noise_gain: Vec<f32>,
    pub(super) free_gain: Vec<f32>,
    pub(super) free_phase: Vec<f32>,
    /// Hz; 0 where there is no voice.
    pub(super) pitch_hz: Vec<f32>,
}

impl Spectra {
    /// The sound: [`HOP`] samples a frame.
    pub(super) fn synthesise(self) -> Vec<f32> {
        let frames = self.pitch_hz.len();
        let pulses = pulses(&self.pitch_hz);
        let parts = Parts::of(self);
        let window = hann();
        let mut planner = RealFftPlanner::<f32>::new();
        let mut forward = Forward::new(&planner.plan_fft_forward(FFT_SIZE));
        let mut inverse = Inverse::new(&planner.plan_fft_inverse(FFT_SIZE));
        // Frame f covers the samples f*HOP - FFT_SIZE/2 ..; `sum` starts FFT_SIZE/2 before the sound.
        let mut sum = vec![0.0_f32; frames * HOP + FFT_SIZE];
        let mut weight = vec![0.0_f32; sum.len()];
        let mut block = vec![Complex32::default(); BLOCK * BINS];
        for start in (0..frames).step_by(BLOCK) {
            let block = &mut block[..(frames - start).min(BLOCK) * BINS];
            for (frame, spectrum) in (start..).zip(block.chunks_exact_mut(BINS)) {
                forward.frame(&pulses, frame, &window, spectrum);
            }
            parts.shape(start, block);
            for (frame, spectrum) in (start..).zip(block.chunks_exact_mut(BINS)) {
                let at = frame * HOP;
                let sums = sum[at..].iter_mut().zip(&mut weight[at..]);
                let samples = inverse.run(spectrum).iter().zip(&window);
                for ((sum, weight), (sample, w)) in sums.zip(samples) {
                    *sum += sample * w;
                    *weight += w * w;
                }
            }
        }
        let inner = FFT_SIZE / 2..FFT_SIZE / 2 + frames * HOP;
        sum[inner.clone()]
            .iter()
            .zip(&weight[inner])
            .map(|(sample, weight)| sample / weight.max(1e-11))
            .collect()
    }
}

/// What the spectrum of the pulses is multiplied by, what is added to it, and the gain of the noise; tables as in
/// [`Spectra`].
struct Parts {
    pulse_gain: Vec<f32>,
    pulse_sin: Vec<f32>,
    pulse_cos: Vec<f32>,
    free_gain: Vec<f32>,
    free_sin: Vec<f32>,
    free_cos: Vec<f32>,
    noise_gain: Vec<f32>,
    frames: usize,
}

impl Parts {
    fn of(spectra: Spectra) -> Self {
        let mut angle = spectra.pulse_phase;
        Tanh::default().map_mut(&mut angle);
        for angle in &mut angle {
            *angle *= PI;
        }
        let (pulse_sin, pulse_cos) = sin_cos(angle);
        let (free_sin, free_cos) = sin_cos(spectra.free_phase);
        Self {
            pulse_gain: gains(spectra.pulse_gain),
            pulse_sin,
            pulse_cos,
            free_gain: gains(spectra.free_gain),
            free_sin,
            free_cos,
            noise_gain: gains(spectra.noise_gain),
            frames: spectra.pitch_hz.len(),
        }
    }

    /// Turns the spectra of the pulses, frame by frame from `start` on, into those of the speech.
    fn shape(&self, start: usize, block: &mut [Complex32]) {
        let count = block.len() / BINS;
        let noise = noise();
        for bin in 0..BINS {
            let cells = bin * self.frames + start..bin * self.frames + start + count;
            let row = |table| -> &[f32] { &Vec::as_slice(table)[cells.clone()] };
            let (pulse_gain, free_gain) = (row(&self.pulse_gain), row(&self.free_gain));
            let (pulse_sin, pulse_cos) = (row(&self.pulse_sin), row(&self.pulse_cos));
            let (free_sin, free_cos) = (row(&self.free_sin), row(&self.free_cos));
            let noise_gain = row(&self.noise_gain);
            for f in 0..count {
                let value = &mut block[f * BINS + bin];
                let voiced = Complex32::new(pulse_cos[f], pulse_sin[f]) * pulse_gain[f];
                let free = Complex32::new(free_cos[f], free_sin[f]) * free_gain[f];
                let hiss = noise[(start + f) % NOISE_FRAMES * BINS + bin] * noise_gain[f];
                *value = *value * voiced + hiss + free;
            }
        }
    }
}

fn gains(mut logs: Vec<f32>) -> Vec<f32> {
    for log in &mut logs {
        *log = log.min(MAX_LOG_GAIN);
    }
    Exp::default().map_mut(&mut logs);
    logs
}

fn sin_cos(angles: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
    let mut sin = angles.clone();
    let mut cos = angles;
    Sin::new().map_mut(&mut sin);
    Cos::new().map_mut(&mut cos);
    (sin, cos)
}

/// White noise, `[NOISE_FRAMES, BINS]`, made by the first who needs it.
fn noise() -> &'static [Complex32] {
    static NOISE: OnceLock<Vec<Complex32>> = OnceLock::new();
    NOISE.get_or_init(|| {
        let mut noise = StdRng::seed_from_u64(NOISE_SEED);
        let cells = 0..NOISE_FRAMES * BINS;
        cells.map(|_| complex_normal(&mut noise)).collect()
    })
}

/// White noise with real and imaginary parts of variance 1 (Box and Muller).
fn complex_normal(noise: &mut StdRng) -> Complex32 {
    let radius = (-2.0 * (1.0 - noise.random::<f32>()).ln()).sqrt();
    Complex32::from_polar(radius, 2.0 * PI * noise.random::<f32>())
}

fn hann() -> Vec<f32> {
    (0..FFT_SIZE)
        .map(|i| 0.5 - 0.5 * (2.0 * PI * i as f32 / FFT_SIZE as f32).cos())
        .collect()
}

/// A pulse train: every harmonic under [`MAX_HARMONIC_HZ`] at unit amplitude, by the closed sum
/// `Σ cos(h t) = sin((H + 1/2) t) / (2 sin(t/2)) - 1/2`.
fn pulses(pitch_hz: &[f32]) -> Vec<f32> {
    let mut phase = 0.0_f64;
    (0..pitch_hz.len() * HOP)
        .map(|index| {
            let pitch = pitch_at(pitch_hz, index);
            let voiced = pitch > MIN_PITCH_HZ;
            let pitch = pitch.max(MIN_PITCH_HZ);
            phase = (phase + f64::from(pitch) / f64::from(SAMPLE_RATE_HZ)).fract();
            if voiced {
                harmonics(phase as f32 * 2.0 * PI, pitch)
            } else {
                0.0
            }
        })
        .collect()
}

fn harmonics(phase: f32, pitch_hz: f32) -> f32 {
    let count = (MAX_HARMONIC_HZ / pitch_hz).floor() + 0.5;
    let divisor = 2.0 * (phase * 0.5).sin();
    let sum = if divisor.abs() <= 2e-3 {
        count
    } else {
        (count * phase).sin() / divisor
    };
    sum - 0.5
}

/// Pitch at a sample, linear between the middles of the frames.
fn pitch_at(pitch_hz: &[f32], sample: usize) -> f32 {
    let place = (sample as f64 + 0.5) / HOP as f64 - 0.5;
    let left = place.floor();
    let part = (place - left) as f32;
    let last = pitch_hz.len() - 1;
    let at = |frame: f64| pitch_hz[(frame.max(0.0) as usize).min(last)];
    at(left) * (1.0 - part) + at(left + 1.0) * part
}

/// Forward transform of one frame, with its buffers.
struct Forward {
    fft: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Forward {
    fn new(fft: &Arc<dyn RealToComplex<f32>>) -> Self {
        Self {
            fft: fft.clone(),
            input: fft.make_input_vec(),
            scratch: fft.make_scratch_vec(),
        }
    }

    /// Spectrum of the frame centred at `frame * HOP`, mirrored at the ends, with the window scaled by 4 / `FFT_SIZE` so
    /// that a unit cosine peaks at 1.
    fn frame(&mut self, signal: &[f32], frame: usize, window: &[f32], out: &mut [Complex32]) {
        let last = signal.len() - 1;
        for (i, (slot, w)) in self.input.iter_mut().zip(window).enumerate() {
            let at = (frame * HOP + i).abs_diff(FFT_SIZE / 2);
            let at = if at > last {
                (2 * last).saturating_sub(at)
            } else {
                at
            };
            *slot = signal[at] * w * (4.0 / FFT_SIZE as f32);
        }
        self.fft
            .process_with_scratch(&mut self.input, out, &mut self.scratch)
            .expect("the buffers have the lengths of this transform");
    }
}

/// Inverse transform of one frame, with its buffers.
struct Inverse {
    fft: Arc<dyn ComplexToReal<f32>>,
    output: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Inverse {
    fn new(fft: &Arc<dyn ComplexToReal<f32>>) -> Self {
        Self {
            fft: fft.clone(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
        }
    }

    /// Samples of a spectrum, scaled as an inverse should be. A real signal has no phase at the two end bins.
    fn run(&mut self, spectrum: &mut [Complex32]) -> &[f32] {
        spectrum[0].im = 0.0;
        spectrum[BINS - 1].im = 0.0;
        self.fft
            .process_with_scratch(spectrum, &mut self.output, &mut self.scratch)
            .expect("the buffers have the lengths of this transform and the end bins are real");
        for sample in &mut self.output {
            *sample /= FFT_SIZE as f32;
        }
        &self.output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Smooth made-up spectra; noise at `noise` log gain, voice from frame 3 to 11.
    fn spectra(frames: usize, noise: f32, pitch_hz: impl Fn(usize) -> f32) -> Spectra {
        let table = |value: &dyn Fn(f32, f32) -> f32| -> Vec<f32> {
            (0..BINS * frames)
                .map(|cell| value((cell / frames) as f32, (cell % frames) as f32))
                .collect()
        };
        Spectra {
            pulse_gain: table(&|k, f| -3.0 + (0.01 * k + 0.3 * f).sin()),
            pulse_phase: table(&|k, f| 0.5 * (0.02 * k + 0.1 * f).sin()),
            noise_gain: table(&|_, _| noise),
            free_gain: table(&|k, _| -6.0 + (0.03 * k).cos()),
            free_phase: table(&|k, f| 0.1 * k + 0.7 * f),
            pitch_hz: (0..frames).map(pitch_hz).collect(),
        }
    }

    /// The samples that `hibari.dsp.synth` of `hibari-tts` 0.2.1 gives for the same spectra (numpy 2.4).
    #[test]
    fn agrees_with_the_python_reference() {
        let pitch = |f| {
            if (3..12).contains(&f) {
                120.0 + 5.0 * f as f32
            } else {
                0.0
            }
        };
        let samples = spectra(16, -60.0, pitch).synthesise();
        assert_eq!(samples.len(), 16 * HOP);
        for (index, expected) in [
            (0, -2.535_71e-6),
            (301, -9.180_26e-7),
            (777, -2.259_69e-5),
            (1201, -0.003_445_58),
            (1650, -0.000_214_127),
            (2000, 0.000_403_384),
            (2500, -0.001_206_14),
            (2900, 0.000_152_773),
            (3333, 0.000_340_341),
            (3700, 3.114_73e-5),
            (4100, 5.578_25e-6),
            (4799, -2.252_88e-6_f32),
        ] {
            let difference = (samples[index] - expected).abs();
            assert!(
                difference < 3e-6,
                "sample {index}: {} is not {expected}",
                samples[index]
            );
        }
        let level = crate::sound::root_mean_square(&samples);
        assert!((level / 0.001_036_19 - 1.0).abs() < 0.001, "level {level}");
    }

    #[test]
    fn the_pitch_is_the_one_asked_for() {
        for pitch in [100.0_f32, 240.0] {
            let samples = spectra(40, -60.0, |_| pitch).synthesise();
            let middle = &samples[3000..9000];
            let alike = |lag: usize| -> f32 {
                middle
                    .iter()
                    .zip(&samples[3000 + lag..])
                    .map(|(a, b)| a * b)
                    .sum()
            };
            let best = (60..400)
                .max_by(|a, b| alike(*a).total_cmp(&alike(*b)))
                .unwrap();
            let periods = best as f32 * pitch / 24_000.0;
            assert!(
                (periods - periods.round()).abs() < 0.02,
                "{pitch} Hz repeats after {best}"
            );
            assert!(alike((24_000.0 / pitch).round() as usize) > 0.9 * alike(0));
        }
    }

    #[test]
    fn the_noise_has_the_level_asked_for_and_repeats() {
        let unvoiced = |noise| spectra(60, noise, |_| 0.0).synthesise();
        let (soft, loud) = (unvoiced(-2.0), unvoiced(-1.0));
        let level = |samples: &[f32]| crate::sound::root_mean_square(samples);
        let ratio = level(&loud) / level(&soft);
        assert!(
            (ratio / 1.0_f32.exp() - 1.0).abs() < 0.02,
            "one log step is a factor {ratio}"
        );
        assert_eq!(loud, unvoiced(-1.0));
    }
}
