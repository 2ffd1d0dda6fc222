//! Drums: noise and falling tones.

use std::f32::consts::TAU;

use crate::random::Random;
use crate::stereo::{RATE, highpass, lowpass, samples, sine};

/// A drum or another thing that is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drum {
    Kick,
    Snare,
    Clap,
    Hat,
    OpenHat,
    Shaker,
    Rim,
    Tom,
    Crash,
    Taiko,
    Snap,
}

/// The sound of one hit.
pub(crate) fn hit(drum: Drum, random: &mut Random) -> Vec<f32> {
    let noise = |seconds: f32, low: f32, decay: f32, random: &mut Random| {
        let mut sound: Vec<f32> = (0..samples(seconds)).map(|_| random.noise()).collect();
        highpass(&mut sound, low);
        for (i, sample) in sound.iter_mut().enumerate() {
            *sample *= (-(i as f32) / RATE / decay).exp();
        }
        sound
    };
    match drum {
        Drum::Kick => falling(0.45, [150.0, 46.0], 0.045, 0.16, 1.0),
        Drum::Tom => falling(0.6, [190.0, 95.0], 0.12, 0.22, 0.8),
        Drum::Taiko => {
            let mut low = falling(1.4, [110.0, 52.0], 0.09, 0.5, 1.0);
            let skin = noise(0.2, 300.0, 0.04, random);
            for (low, skin) in low.iter_mut().zip(skin) {
                *low += skin * 0.3;
            }
            low
        }
        Drum::Snare => {
            let rattle = noise(0.3, 1200.0, 0.09, random);
            let body = falling(0.3, [260.0, 180.0], 0.03, 0.07, 0.6);
            rattle.iter().zip(body).map(|(a, b)| a * 0.5 + b).collect()
        }
        Drum::Clap => {
            let mut out = vec![0.0; samples(0.35)];
            for (at, decay) in [(0.0, 0.008), (0.011, 0.008), (0.023, 0.09)] {
                let start = samples(at);
                for (out, sample) in out[start..]
                    .iter_mut()
                    .zip(noise(0.3, 900.0, decay, random))
                {
                    *out += sample * 0.5;
                }
            }
            lowpass(&mut out, 6000.0);
            out
        }
        Drum::Hat => scaled(noise(0.09, 7000.0, 0.022, random), 0.5),
        Drum::OpenHat => scaled(noise(0.5, 6500.0, 0.14, random), 0.4),
        Drum::Shaker => {
            let mut out = noise(0.14, 5000.0, 0.05, random);
            let rise = samples(0.03);
            for (i, sample) in out[..rise].iter_mut().enumerate() {
                *sample *= i as f32 / rise as f32;
            }
            scaled(out, 0.35)
        }
        Drum::Rim => sound(0.06, |t| {
            (sine(1700.0, t) + 0.6 * sine(2600.0, t)) * 0.35 * (-t * 90.0).exp()
        }),
        Drum::Snap => {
            let mut out = noise(0.12, 1500.0, 0.015, random);
            lowpass(&mut out, 3800.0);
            scaled(out, 0.9)
        }
        Drum::Crash => scaled(noise(2.2, 3500.0, 0.6, random), 0.35),
    }
}

fn scaled(mut sound: Vec<f32>, gain: f32) -> Vec<f32> {
    for sample in &mut sound {
        *sample *= gain;
    }
    sound
}

/// A sine that falls from one pitch to another within `glide` and dies in `decay` seconds.
pub(crate) fn falling(seconds: f32, hz: [f32; 2], glide: f32, decay: f32, size: f32) -> Vec<f32> {
    let mut phase = 0.0;
    (0..samples(seconds))
        .map(|i| {
            let t = i as f32 / RATE;
            phase = (phase + (hz[1] + (hz[0] - hz[1]) * (-t / glide).exp()) / RATE).fract();
            (TAU * phase).sin() * size * (-t / decay).exp() * (t / 0.001).min(1.0)
        })
        .collect()
}

fn sound(seconds: f32, mut at: impl FnMut(f32) -> f32) -> Vec<f32> {
    let length = samples(seconds);
    (0..length).map(|i| at(i as f32 / RATE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drums_begin_at_once_and_end() {
        for drum in [
            Drum::Kick,
            Drum::Snare,
            Drum::Clap,
            Drum::Hat,
            Drum::OpenHat,
            Drum::Shaker,
            Drum::Rim,
            Drum::Tom,
            Drum::Crash,
            Drum::Taiko,
            Drum::Snap,
        ] {
            let sound = hit(drum, &mut Random::of("hit"));
            let peak = |part: &[f32]| part.iter().fold(0.0_f32, |p, s| p.max(s.abs()));
            assert!(peak(&sound[..2000.min(sound.len())]) > 0.05, "{drum:?}");
            assert!(
                peak(&sound[sound.len() - 200..]) < 0.15 * peak(&sound),
                "{drum:?}"
            );
        }
    }
}
