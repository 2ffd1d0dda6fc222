//! Two channels of sound and what is done to whole tracks.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// Samples per second.
pub(crate) const RATE: f32 = 44_100.0;

pub(crate) fn samples(seconds: f32) -> usize {
    (seconds * RATE).round().max(0.0) as usize
}

/// Sound of two channels of one length.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stereo {
    pub(crate) left: Vec<f32>,
    pub(crate) right: Vec<f32>,
}

impl Stereo {
    pub(crate) fn silent(length: usize) -> Self {
        Self {
            left: vec![0.0; length],
            right: vec![0.0; length],
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.left.len()
    }

    /// Mixes a sound in from `at` on, `pan` -1 (left) to 1 (right), at equal power. What goes over the end goes on at the
    /// beginning, so that a track can be played in a circle.
    pub(crate) fn add(&mut self, at: usize, sound: &[f32], gain: f32, pan: f32) {
        let length = self.length();
        if length == 0 {
            return;
        }
        let angle = (pan.clamp(-1.0, 1.0) + 1.0) * FRAC_PI_2 / 2.0;
        let (right, left) = angle.sin_cos();
        let (right, left) = (right * gain, left * gain);
        let mut place = at % length;
        for sample in sound {
            self.left[place] += sample * left;
            self.right[place] += sample * right;
            place += 1;
            if place == length {
                place = 0;
            }
        }
    }

    pub(crate) fn mix(&mut self, other: &Self, gain: f32) {
        for (own, other) in [
            (&mut self.left, &other.left),
            (&mut self.right, &other.right),
        ] {
            for (own, other) in own.iter_mut().zip(other) {
                *own += other * gain;
            }
        }
    }

    pub(crate) fn scale(&mut self, gain: f32) {
        self.each(|sample| sample * gain);
    }

    pub(crate) fn each(&mut self, mut change: impl FnMut(f32) -> f32) {
        for channel in [&mut self.left, &mut self.right] {
            for sample in channel {
                *sample = change(*sample);
            }
        }
    }

    pub(crate) fn peak(&self) -> f32 {
        let channels = self.left.iter().chain(&self.right);
        channels.fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    /// Fades in and out at the ends.
    pub(crate) fn fade(&mut self, in_s: f32, out_s: f32) {
        let length = self.length();
        let (fade_in, fade_out) = (samples(in_s).min(length), samples(out_s).min(length));
        for channel in [&mut self.left, &mut self.right] {
            for (i, sample) in channel[..fade_in].iter_mut().enumerate() {
                *sample *= i as f32 / fade_in as f32;
            }
            for (i, sample) in channel.iter_mut().rev().take(fade_out).enumerate() {
                *sample *= i as f32 / fade_out as f32;
            }
        }
    }
}

/// A state variable filter with two poles (Zavalishin 2012, "The Art of VA Filter Design"), stable while it is swept.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filter {
    one: f32,
    two: f32,
}

impl Filter {
    /// The low, band and high part of a sample; `damping` 2 is flat, below 1 rings.
    pub(crate) fn step(&mut self, sample: f32, cutoff_hz: f32, damping: f32) -> [f32; 3] {
        let g = (PI * cutoff_hz.clamp(10.0, RATE * 0.45) / RATE).tan();
        let high = (sample - (damping + g) * self.one - self.two) / (1.0 + g * (g + damping));
        let band = g * high + self.one;
        self.one = g * high + band;
        let low = g * band + self.two;
        self.two = g * band + low;
        [low, band, high]
    }
}

/// Lowpass over a whole sound with one cutoff.
pub(crate) fn lowpass(sound: &mut [f32], cutoff_hz: f32) {
    let mut filter = Filter::default();
    for sample in sound {
        *sample = filter.step(*sample, cutoff_hz, 1.4)[0];
    }
}

pub(crate) fn highpass(sound: &mut [f32], cutoff_hz: f32) {
    let mut filter = Filter::default();
    for sample in sound {
        *sample = filter.step(*sample, cutoff_hz, 1.4)[2];
    }
}

/// A hall: eight damped combs and four all-passes a channel (Schroeder 1962, with the delays of Freeverb).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hall {
    /// Seconds until the sound has fallen by 60 dB.
    pub(crate) decay_s: f32,
    /// Share of the high frequencies lost at each echo.
    pub(crate) damping: f32,
}

const COMBS: [usize; 8] = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const ALL_PASSES: [usize; 4] = [556, 441, 341, 225];
const SPREAD: usize = 23;

impl Hall {
    /// The hall's answer alone. In a circle the track is heard twice, of which the second time is kept: its beginning then
    /// holds the echoes of its end.
    pub(crate) fn answer(self, dry: &Stereo, circular: bool) -> Stereo {
        let mono: Vec<f32> = dry
            .left
            .iter()
            .zip(&dry.right)
            .map(|(left, right)| (left + right) * 0.5)
            .collect();
        Stereo {
            left: self.channel(&mono, 0, circular),
            right: self.channel(&mono, SPREAD, circular),
        }
    }

    fn channel(self, mono: &[f32], spread: usize, circular: bool) -> Vec<f32> {
        let mut combs: Vec<Comb> = COMBS
            .iter()
            .map(|delay| Comb::new(delay + spread, self.decay_s))
            .collect();
        let mut passes: Vec<Echo> = ALL_PASSES
            .iter()
            .map(|delay| Echo::new(delay + spread))
            .collect();
        let mut out = vec![0.0; mono.len()];
        for _ in 0..if circular { 2 } else { 1 } {
            for (out, sample) in out.iter_mut().zip(mono) {
                let mut sum = 0.0;
                for comb in &mut combs {
                    sum += comb.step(*sample, self.damping);
                }
                let mut sum = sum * 0.12;
                for pass in &mut passes {
                    sum = pass.all_pass(sum);
                }
                *out = sum;
            }
        }
        out
    }
}

#[derive(Debug)]
struct Echo {
    buffer: Vec<f32>,
    place: usize,
}

impl Echo {
    fn new(delay: usize) -> Self {
        Self {
            buffer: vec![0.0; delay],
            place: 0,
        }
    }

    fn put(&mut self, sample: f32) {
        self.buffer[self.place] = sample;
        self.place = (self.place + 1) % self.buffer.len();
    }

    fn all_pass(&mut self, sample: f32) -> f32 {
        let delayed = self.buffer[self.place];
        self.put(sample + delayed * 0.5);
        delayed - sample
    }
}

#[derive(Debug)]
struct Comb {
    echo: Echo,
    feedback: f32,
    smoothed: f32,
}

impl Comb {
    fn new(delay: usize, decay_s: f32) -> Self {
        Self {
            echo: Echo::new(delay),
            feedback: 10_f32.powf(-3.0 * delay as f32 / RATE / decay_s.max(0.05)),
            smoothed: 0.0,
        }
    }

    fn step(&mut self, sample: f32, damping: f32) -> f32 {
        let delayed = self.echo.buffer[self.echo.place];
        self.smoothed = delayed * (1.0 - damping) + self.smoothed * damping;
        self.echo.put(sample + self.smoothed * self.feedback);
        delayed
    }
}

/// A sine at a frequency, from its beginning.
pub(crate) fn sine(hz: f32, seconds: f32) -> f32 {
    (TAU * (hz * seconds).fract()).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_go_round_in_a_circle() {
        let mut track = Stereo::silent(10);
        track.add(8, &[1.0; 4], 1.0, 0.0);
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let expected = [half, half, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, half, half];
        for (found, expected) in track.left.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6);
        }
        track.add(0, &[1.0], 1.0, -1.0);
        assert!(track.left[0] > 1.6 && (track.right[0] - half).abs() < 1e-6);
    }

    #[test]
    fn the_hall_falls_by_sixty_decibels_in_its_time() {
        let mut click = Stereo::silent(samples(2.0));
        click.left[0] = 1.0;
        click.right[0] = 1.0;
        let hall = Hall {
            decay_s: 1.0,
            damping: 0.0,
        };
        let answer = hall.answer(&click, false);
        let energy = |from: f32| {
            let from = samples(from);
            answer.left[from..from + 4410]
                .iter()
                .map(|s| s * s)
                .sum::<f32>()
        };
        let fall_db = 10.0 * (energy(0.1) / energy(1.1)).log10();
        assert!((50.0..70.0).contains(&fall_db), "{fall_db}");
    }

    #[test]
    fn the_filter_parts_low_and_high() {
        let tone = |hz: f32| -> Vec<f32> { (0..4410).map(|i| sine(hz, i as f32 / RATE)).collect() };
        let energy = |sound: &[f32]| sound[1000..].iter().map(|s| s * s).sum::<f32>();
        let (mut low, mut high) = (tone(100.0), tone(5000.0));
        lowpass(&mut low, 1000.0);
        lowpass(&mut high, 1000.0);
        assert!(energy(&low) > 100.0 * energy(&high));
        let (mut low, mut high) = (tone(100.0), tone(5000.0));
        highpass(&mut low, 1000.0);
        highpass(&mut high, 1000.0);
        assert!(energy(&high) > 100.0 * energy(&low));
    }
}
