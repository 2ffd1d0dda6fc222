//! Power spectra, as both recognisers take them: windows of 400 samples every 160, Hann, at 16 kHz.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

/// Samples in a window.
pub(crate) const WINDOW: usize = 400;
/// Samples from one window to the next: 10 ms.
pub(crate) const HOP: usize = 160;
/// Frequencies in a spectrum.
pub(crate) const FREQUENCIES: usize = WINDOW / 2 + 1;

/// Makes spectra.
pub(crate) struct Spectrum {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
}

impl std::fmt::Debug for Spectrum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spectrum")
    }
}

impl Spectrum {
    pub(crate) fn new() -> Self {
        let step = std::f32::consts::TAU / WINDOW as f32;
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window: (0..WINDOW)
                .map(|i| 0.5 - 0.5 * (i as f32 * step).cos())
                .collect(),
        }
    }

    /// Spectra about every 160th sample from 0 to the length, each [`FREQUENCIES`] powers, one after the other. The sound
    /// is mirrored at both ends; a sound shorter than half a window is silence behind its end.
    pub(crate) fn power(&self, samples: &[f32]) -> Vec<f32> {
        let frames = samples.len() / HOP + 1;
        let mut input = self.transform.make_input_vec();
        let mut output = self.transform.make_output_vec();
        let mut power = Vec::with_capacity(frames * FREQUENCIES);
        for frame in 0..frames {
            let from = (frame * HOP) as i64 - (WINDOW / 2) as i64;
            for (i, (sample, weight)) in input.iter_mut().zip(&self.window).enumerate() {
                *sample = mirrored(samples, from + i as i64) * weight;
            }
            // Both buffers have the plan's own lengths, which is all that it checks.
            let _ = self.transform.process(&mut input, &mut output);
            power.extend(output.iter().map(realfft::num_complex::Complex::norm_sqr));
        }
        power
    }
}

/// The sample at `index`, where places beyond the ends repeat what lies inside of them.
fn mirrored(samples: &[f32], index: i64) -> f32 {
    let last = samples.len() as i64 - 1;
    let index = index.abs();
    let index = if index > last {
        2 * last - index
    } else {
        index
    };
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    samples.get(index).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_at_its_frequency() {
        let samples: Vec<f32> = (0..1600)
            .map(|i| (i as f32 * std::f32::consts::TAU * 1000.0 / 16_000.0).sin())
            .collect();
        let power = Spectrum::new().power(&samples);
        assert_eq!(power.len(), 11 * FREQUENCIES);
        let frame = &power[5 * FREQUENCIES..6 * FREQUENCIES];
        let loudest = (0..FREQUENCIES)
            .max_by(|a, b| frame[*a].total_cmp(&frame[*b]))
            .unwrap();
        // Bins are 40 Hz apart; a full-scale tone has a quarter of the window's length squared.
        assert_eq!(loudest, 25);
        assert!((frame[25].sqrt() - 100.0).abs() < 1.0, "{}", frame[25]);
    }

    #[test]
    fn short_sounds_and_none_are_no_trouble() {
        for length in [0, 1, 2, 159, 160, 399] {
            let power = Spectrum::new().power(&vec![0.5; length]);
            assert_eq!(power.len(), (length / HOP + 1) * FREQUENCIES);
            assert!(power.iter().all(|p| p.is_finite()));
        }
    }
}
