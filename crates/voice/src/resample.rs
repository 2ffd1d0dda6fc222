//! From one sample rate to another.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 16.0;

/// Windowed-sinc resampling (Hann), good for speech: the image and alias bands lie 60 dB down.
pub(crate) fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    if from_hz == to_hz || samples.is_empty() {
        return samples.to_vec();
    }
    let ratio = f64::from(to_hz) / f64::from(from_hz);
    // Down-sampling needs the lower of the two band limits.
    let band = ratio.min(1.0);
    let reach = CROSSINGS / band;
    let length = (samples.len() as f64 * ratio).round() as usize;
    (0..length)
        .map(|index| {
            let centre = index as f64 / ratio;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(samples.len() - 1);
            (first..=last)
                .map(|place| {
                    let away = place as f64 - centre;
                    let window = 0.5 + 0.5 * (PI * away / reach).cos();
                    samples[place] * (band * sinc(band * away) * window) as f32
                })
                .sum()
        })
        .collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_and_level() {
        for (from, to) in [(22_050_u32, 24_000_u32), (24_000, 16_000), (16_000, 24_000)] {
            let tone =
                |rate: u32, n: usize| (2.0 * PI * 440.0 * n as f64 / f64::from(rate)).sin() as f32;
            let samples: Vec<f32> = (0..from as usize).map(|n| tone(from, n)).collect();
            let out = resample(&samples, from, to);
            assert_eq!(out.len(), to as usize);
            let worst = (2000..out.len() - 2000)
                .map(|n| (out[n] - tone(to, n)).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.003, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_removed() {
        let samples: Vec<f32> = (0..24_000)
            .map(|n| (2.0 * PI * 11_000.0 * f64::from(n) / 24_000.0).sin() as f32)
            .collect();
        let out = resample(&samples, 24_000, 16_000);
        assert!(out[1000..15_000].iter().all(|s| s.abs() < 0.01));
    }
}
