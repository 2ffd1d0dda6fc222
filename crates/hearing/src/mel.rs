//! Whisper's input: log mel energies of a window of 30 s.

use crate::spectrum::{FREQUENCIES, HOP, Spectrum};

/// Bands.
pub(crate) const BANDS: usize = 80;
/// Frames in a window, 10 ms each.
pub(crate) const FRAMES: usize = 3000;
/// Samples in a window.
pub(crate) const SAMPLES: usize = FRAMES * HOP;

/// Turns sound into energies.
#[derive(Debug)]
pub(crate) struct LogMel {
    spectrum: Spectrum,
    /// Of each band the first frequency with its weights.
    bands: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    pub(crate) fn new() -> Self {
        Self {
            spectrum: Spectrum::new(),
            bands: bands(),
        }
    }

    /// Energies `[BANDS][FRAMES]` of at most a window; what lacks is silence.
    pub(crate) fn energies(&self, samples: &[f32]) -> Vec<f32> {
        let mut window = samples[..samples.len().min(SAMPLES)].to_vec();
        window.resize(SAMPLES, 0.0);
        let power = self.spectrum.power(&window);
        let mut energies = vec![0.0; BANDS * FRAMES];
        for (frame, power) in power.chunks_exact(FREQUENCIES).take(FRAMES).enumerate() {
            for (band, (first, weights)) in self.bands.iter().enumerate() {
                let energy: f32 = power[*first..]
                    .iter()
                    .zip(weights)
                    .map(|(power, weight)| power * weight)
                    .sum();
                energies[band * FRAMES + frame] = energy.max(1e-10).log10();
            }
        }
        // The range is 80 dB below the loudest, brought to about -1 to 1, as the model was trained.
        let loudest = energies.iter().copied().fold(f32::MIN, f32::max);
        for energy in &mut energies {
            *energy = f32::midpoint(energy.max(loudest - 8.0), 4.0) / 2.0;
        }
        energies
    }
}

/// Triangles of equal area on Slaney's mel scale (linear to 1 kHz, then logarithmic) from 0 to 8 kHz.
fn bands() -> Vec<(usize, Vec<f32>)> {
    let corner = |index: usize| hertz(index as f64 * mel(8000.0) / (BANDS + 1) as f64);
    let band = |index: usize| {
        let [low, middle, high] = [corner(index), corner(index + 1), corner(index + 2)];
        let weight = |frequency: usize| {
            let hz = frequency as f64 * 40.0;
            let height = f64::min((hz - low) / (middle - low), (high - hz) / (high - middle));
            (height.max(0.0) * 2.0 / (high - low)) as f32
        };
        let first = (low / 40.0).ceil() as usize;
        let last = ((high / 40.0) as usize).min(FREQUENCIES - 1);
        (first, (first..=last).map(weight).collect())
    };
    (0..BANDS).map(band).collect()
}

fn mel(hz: f64) -> f64 {
    if hz < 1000.0 {
        hz * 3.0 / 200.0
    } else {
        15.0 + 27.0 * (hz / 1000.0).ln() / 6.4_f64.ln()
    }
}

fn hertz(mel: f64) -> f64 {
    if mel < 15.0 {
        mel * 200.0 / 3.0
    } else {
        1000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_are_those_of_the_model() {
        // Values of the filters that Whisper was trained with (its file mel_filters.npz, key mel_80).
        let bands = bands();
        let weight = |band: usize, frequency: usize| {
            let (first, weights) = &bands[band];
            frequency
                .checked_sub(*first)
                .and_then(|i| weights.get(i))
                .copied()
                .unwrap_or(0.0)
        };
        assert!(
            (weight(0, 1) - 0.024_862_593).abs() < 1e-6,
            "{}",
            weight(0, 1)
        );
        assert!(
            (weight(1, 2) - 0.022_871_468).abs() < 2e-3,
            "{}",
            weight(1, 2)
        );
        assert!(weight(79, 200) < 1e-3);
        assert!(bands.iter().all(|(_, w)| w.iter().any(|w| *w > 0.0)));
    }

    #[test]
    fn silence_is_level_and_a_tone_stands_out() {
        let mel = LogMel::new();
        let silence = mel.energies(&[]);
        assert_eq!(silence.len(), BANDS * FRAMES);
        assert!(silence.iter().all(|e| (e + 1.5).abs() < 1e-5));
        let tone: Vec<f32> = (0..SAMPLES)
            .map(|i| (i as f32 * std::f32::consts::TAU * 440.0 / 16_000.0).sin() * 0.5)
            .collect();
        let tone = mel.energies(&tone);
        let at = |band: usize| tone[band * FRAMES + 1000];
        let loudest = (0..BANDS).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap();
        // 440 Hz is 6.6 of 45.2 mel, in 81 steps.
        assert!((10..=12).contains(&loudest), "{loudest}");
    }
}
