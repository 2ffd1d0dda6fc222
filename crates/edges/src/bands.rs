//! How loud an open mouth and a hiss are over time.

use crate::filter::Filter;

/// Steps in a second.
const STEPS_PER_S: u32 = 250;
/// Steps over which power is averaged: 16 ms, so that the single pulses of a deep voice do not show.
const SMOOTH: usize = 4;
/// Steps on either side of a border that are compared.
const SIDE: usize = 3;
/// Below the loudest step by this much, differences are noise.
const OPEN_FLOOR_DB: f32 = 70.0;
const HISS_FLOOR_DB: f32 = 25.0;

/// The loudness of two bands of a recording in decibels, in steps of 4 ms.
#[derive(Debug, Clone, Default)]
pub struct Bands {
    /// 400 to 3000 Hz: the formants of an open mouth. The murmur of `m` and `n` lies below.
    open: Vec<f32>,
    /// Above 4 kHz: the hiss of `s`.
    hiss: Vec<f32>,
}

/// Measures [`Bands`] of samples that come piece by piece. Memory is 8 bytes a step.
#[derive(Debug)]
pub struct BandMeter {
    open: Power<3>,
    hiss: Power<2>,
}

/// The power behind filters.
#[derive(Debug)]
struct Power<const N: usize> {
    filters: [Filter; N],
    samples_per_step: usize,
    sum: f64,
    count: usize,
    steps: Vec<f32>,
}

impl<const N: usize> Power<N> {
    fn new(filters: [Filter; N], rate_hz: u32) -> Self {
        Self {
            filters,
            samples_per_step: (rate_hz / STEPS_PER_S).max(1) as usize,
            sum: 0.0,
            count: 0,
            steps: Vec::new(),
        }
    }

    fn push(&mut self, sample: f32) {
        let passed = self
            .filters
            .iter_mut()
            .fold(f64::from(sample), |sample, filter| filter.pass(sample));
        self.sum += passed * passed;
        self.count += 1;
        if self.count == self.samples_per_step {
            self.steps.push((self.sum / self.count as f64) as f32);
            (self.sum, self.count) = (0.0, 0);
        }
    }

    /// Decibels, smoothed, none more than `floor_db` below the loudest.
    fn decibels(self, floor_db: f32) -> Vec<f32> {
        let steps = self.steps;
        let mean = |middle: usize| {
            let around = middle.saturating_sub(SMOOTH / 2)..(middle + SMOOTH - SMOOTH / 2);
            let within = &steps[around.start..around.end.min(steps.len())];
            within.iter().sum::<f32>() / SMOOTH as f32
        };
        let mut levels: Vec<f32> = (0..steps.len())
            .map(|step| 10.0 * (mean(step) + 1e-12).log10())
            .collect();
        let floor = levels.iter().copied().fold(f32::MIN, f32::max) - floor_db;
        for level in &mut levels {
            *level = level.max(floor);
        }
        levels
    }
}

impl BandMeter {
    /// For samples at a rate of at least 12 kHz.
    pub fn new(rate_hz: u32) -> Self {
        let high = |hz| Filter::high_pass(hz, rate_hz);
        let open = [high(400.0), high(400.0), Filter::low_pass(3000.0, rate_hz)];
        Self {
            open: Power::new(open, rate_hz),
            hiss: Power::new([high(4000.0), high(4000.0)], rate_hz),
        }
    }

    /// Takes the next samples, -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.open.push(*sample);
            self.hiss.push(*sample);
        }
    }

    /// What was measured, when all has been heard.
    pub fn finish(self) -> Bands {
        Bands {
            open: self.open.decibels(OPEN_FLOOR_DB),
            hiss: self.hiss.decibels(HISS_FLOOR_DB),
        }
    }
}

/// What changes at a border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The mouth opens for a sound, or closes.
    Opens,
    Closes,
    HissBegins,
    HissEnds,
}

impl Bands {
    /// Of samples that are all there.
    pub fn of(samples: &[f32], rate_hz: u32) -> Self {
        let mut meter = BandMeter::new(rate_hz);
        meter.push(samples);
        meter.finish()
    }

    /// When the hiss of a word about `near_s` begins, in seconds; `near_s` itself where none is heard to.
    pub fn hiss_begins(&self, near_s: f64) -> f64 {
        self.place(Change::HissBegins, near_s)
    }

    /// The time near `near_s` at which the change is steepest, weighed against its distance.
    pub(crate) fn place(&self, change: Change, near_s: f64) -> f64 {
        /// Borders are known to about this much, in seconds.
        const SPREAD_S: f64 = 0.035;
        /// No border is moved by more.
        const REACH_S: f64 = 0.07;
        let (band, sign, weight) = match change {
            Change::Opens => (&self.open, 1.0, 0.4),
            Change::Closes => (&self.open, -1.0, 0.4),
            Change::HissBegins => (&self.hiss, 1.0, 0.2),
            Change::HissEnds => (&self.hiss, -1.0, 0.2),
        };
        let rate = f64::from(STEPS_PER_S);
        let first = ((near_s - REACH_S) * rate).ceil().max(SIDE as f64) as usize;
        let last = ((near_s + REACH_S) * rate).floor().max(0.0) as usize;
        let last = last.min(band.len().saturating_sub(SIDE));
        let mean = |steps: &[f32]| f64::from(steps.iter().sum::<f32>()) / SIDE as f64;
        let score = |step: usize| {
            let rise_db = mean(&band[step..step + SIDE]) - mean(&band[step - SIDE..step]);
            let away = (step as f64 / rate - near_s) / SPREAD_S;
            weight * sign * rise_db - away * away / 2.0
        };
        let best = (first..=last)
            .map(|step| (step, score(step)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        // Where nothing changes, nothing is moved.
        match best {
            Some((step, score)) if score > 0.0 => step as f64 / rate,
            _ => near_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 24_000;

    /// A buzz as of a voice, or a hiss, from the one time to the other.
    fn sound(hz: f32, from_s: f32, to_s: f32) -> Vec<f32> {
        let sample = |n: usize| {
            let s = n as f32 / RATE_HZ as f32;
            let loud = if (from_s..to_s).contains(&s) {
                0.3
            } else {
                0.01
            };
            loud * (std::f32::consts::TAU * hz * s).sin()
        };
        (0..RATE_HZ as usize).map(sample).collect()
    }

    #[test]
    fn changes_are_found_where_they_are() {
        let voice = Bands::of(&sound(900.0, 0.3, 0.6), RATE_HZ);
        let hiss = Bands::of(&sound(6000.0, 0.3, 0.6), RATE_HZ);
        for near_s in [0.27, 0.3, 0.34] {
            assert!((voice.place(Change::Opens, near_s) - 0.3).abs() < 0.012);
            assert!((voice.place(Change::Closes, near_s + 0.3) - 0.6).abs() < 0.012);
            assert!((hiss.hiss_begins(near_s) - 0.3).abs() < 0.012);
            assert!((hiss.place(Change::HissEnds, near_s + 0.3) - 0.6).abs() < 0.012);
        }
    }

    #[test]
    fn nothing_is_moved_where_nothing_of_the_kind_happens() {
        let voice = Bands::of(&sound(900.0, 0.3, 0.6), RATE_HZ);
        for near_s in [0.0, 0.1, 0.45, 0.99, 5.0, -1.0] {
            let at_s = voice.place(Change::Opens, near_s);
            assert!((at_s - near_s).abs() < 0.02, "{near_s} went to {at_s}");
        }
        assert!((voice.place(Change::Closes, 0.3) - 0.3).abs() < 0.02);
        assert!((Bands::default().place(Change::Opens, 0.3) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn pieces_are_heard_as_the_whole_is() {
        let samples = sound(900.0, 0.3, 0.6);
        let whole = Bands::of(&samples, RATE_HZ);
        let mut meter = BandMeter::new(RATE_HZ);
        for piece in samples.chunks(777) {
            meter.push(piece);
        }
        assert_eq!(meter.finish().open, whole.open);
    }
}
