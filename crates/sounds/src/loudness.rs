//! Loudness as listeners judge it: ITU-R BS.1770-4, integrated over a whole track, and the peak between samples.

use crate::stereo::{RATE, Stereo};

/// Blocks of 400 ms that overlap by three quarters.
const BLOCK: usize = 17_640;
const STEP: usize = 4_410;

/// Integrated loudness in LUFS; `None` for silence.
pub(crate) fn integrated(track: &Stereo) -> Option<f64> {
    let left = weighted(&track.left);
    let right = weighted(&track.right);
    let power = |at: usize| {
        let sum = |channel: &[f32]| -> f64 {
            let block = &channel[at..(at + BLOCK).min(channel.len())];
            block.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / block.len().max(1) as f64
        };
        sum(&left) + sum(&right)
    };
    let last = left.len().saturating_sub(BLOCK);
    let powers: Vec<f64> = (0..=last).step_by(STEP).map(power).collect();
    // Blocks below -70 LUFS do not count, then those 10 LU below the mean of the rest.
    let first = mean(&powers, power_of(-70.0))?;
    let gate = power_of(-70.0).max(first * 0.1);
    mean(&powers, gate).map(|power| -0.691 + 10.0 * power.log10())
}

fn mean(powers: &[f64], above: f64) -> Option<f64> {
    let counted: Vec<f64> = powers.iter().copied().filter(|p| *p > above).collect();
    (!counted.is_empty()).then(|| counted.iter().sum::<f64>() / counted.len() as f64)
}

fn power_of(lufs: f64) -> f64 {
    10_f64.powf((lufs + 0.691) / 10.0)
}

/// The head's shelf and the low cut of the standard, its analogue prototypes brought to our rate.
fn weighted(channel: &[f32]) -> Vec<f32> {
    let shelf = shelf();
    let cut = low_cut();
    let (mut one, mut two) = (Section::new(shelf), Section::new(cut));
    channel
        .iter()
        .map(|sample| two.step(one.step(f64::from(*sample))) as f32)
        .collect()
}

type Coefficients = [f64; 5];

fn shelf() -> Coefficients {
    let (gain_db, q, hz) = (3.999_843_853_97, 0.707_175_236_95, 1_681.974_450_955);
    let k = (std::f64::consts::PI * hz / f64::from(RATE)).tan();
    let high = 10_f64.powf(gain_db / 20.0);
    let band = high.powf(0.499_666_774_15);
    let a0 = 1.0 + k / q + k * k;
    [
        (high + band * k / q + k * k) / a0,
        2.0 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    ]
}

fn low_cut() -> Coefficients {
    let (q, hz) = (0.500_327_037_32, 38.135_470_876);
    let k = (std::f64::consts::PI * hz / f64::from(RATE)).tan();
    let a0 = 1.0 + k / q + k * k;
    [
        1.0,
        -2.0,
        1.0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    ]
}

#[derive(Debug)]
struct Section {
    by: Coefficients,
    one: f64,
    two: f64,
}

impl Section {
    fn new(by: Coefficients) -> Self {
        Self {
            by,
            one: 0.0,
            two: 0.0,
        }
    }

    fn step(&mut self, sample: f64) -> f64 {
        let [b0, b1, b2, a1, a2] = self.by;
        let out = b0 * sample + self.one;
        self.one = b1 * sample - a1 * out + self.two;
        self.two = b2 * sample - a2 * out;
        out
    }
}

/// The highest peak between samples, by four times as many (a sine windowed over 12 samples each side).
pub(crate) fn true_peak(track: &Stereo) -> f32 {
    let channels = [&track.left, &track.right];
    channels.into_iter().fold(track.peak(), |peak, channel| {
        // Only near a high sample can a peak be higher than all samples.
        let floor = peak * 0.7;
        let high = |i: &usize| channel[*i].abs() > floor;
        (0..channel.len()).filter(high).fold(peak, |peak, i| {
            [0.25, 0.5, 0.75].iter().fold(peak, |peak, part| {
                peak.max(between(channel, i, *part).abs())
            })
        })
    })
}

fn between(channel: &[f32], index: usize, part: f32) -> f32 {
    const REACH: i64 = 12;
    let mut sum = 0.0;
    for k in -REACH + 1..=REACH {
        let Some(sample) = usize::try_from(index as i64 + k)
            .ok()
            .and_then(|i| channel.get(i))
        else {
            continue;
        };
        let x = part - k as f32;
        let angle = std::f32::consts::PI * x;
        let window = 0.5 + 0.5 * (angle / REACH as f32).cos();
        sum += sample * window * angle.sin() / angle;
    }
    sum
}

/// Brings a track to `lufs` with peaks below `ceiling` (of full scale), where need be by rounding off its peaks.
pub(crate) fn level(track: &mut Stereo, lufs: f64, ceiling: f32) {
    // Rounding peaks off takes loudness away, so it takes a few turns.
    for _ in 0..4 {
        let Some(found) = integrated(track) else {
            return;
        };
        let gain = 10_f64.powf((lufs - found) / 20.0) as f32;
        track.scale(gain);
        if (found - lufs).abs() < 0.05 && true_peak(track) <= ceiling {
            return;
        }
        let knee = ceiling * 0.6;
        let room = ceiling * 0.97 - knee;
        track.each(|sample| {
            let size = sample.abs();
            if size <= knee {
                sample
            } else {
                (knee + room * ((size - knee) / room).tanh()).copysign(sample)
            }
        });
    }
    let peak = true_peak(track);
    if peak > ceiling {
        track.scale(ceiling / peak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stereo::{samples, sine};

    fn tone(hz: f32, size: f32) -> Stereo {
        let channel: Vec<f32> = (0..samples(5.0))
            .map(|i| sine(hz, i as f32 / RATE) * size)
            .collect();
        Stereo {
            left: channel.clone(),
            right: channel,
        }
    }

    #[test]
    fn the_standards_own_tone_has_its_loudness() {
        // EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS has -23 LUFS.
        let size = 10_f32.powf(-23.0 / 20.0);
        let found = integrated(&tone(1000.0, size)).unwrap();
        assert!((found + 23.0).abs() < 0.1, "{found}");
        assert!(integrated(&Stereo::silent(samples(1.0))).is_none());
    }

    #[test]
    fn peaks_between_samples_are_seen() {
        // A quarter of the rate with its peaks between the samples.
        let channel: Vec<f32> = (0..1000)
            .map(|i| (std::f32::consts::FRAC_PI_2 * (i as f32 + 0.5)).sin())
            .collect();
        let track = Stereo {
            left: channel.clone(),
            right: channel,
        };
        assert!((track.peak() - 0.707).abs() < 0.01);
        assert!(
            (true_peak(&track) - 1.0).abs() < 0.03,
            "{}",
            true_peak(&track)
        );
    }

    #[test]
    fn tracks_are_brought_to_the_level() {
        let mut track = tone(300.0, 0.01);
        for i in (0..track.length()).step_by(20_000) {
            track.left[i] = 0.6;
        }
        level(&mut track, -16.0, 0.89);
        let found = integrated(&track).unwrap();
        assert!((found + 16.0).abs() < 1.0, "{found}");
        assert!(true_peak(&track) <= 0.891);
    }
}
