//! Filters of second order, sample by sample.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// A Butterworth filter of second order (R. Bristow-Johnson, *Audio EQ cookbook*).
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Filter {
    /// Lets through what lies above `hz`.
    pub(crate) fn high_pass(hz: f64, rate_hz: u32) -> Self {
        let cos = (TAU * hz / f64::from(rate_hz)).cos();
        let edge = f64::midpoint(1.0, cos);
        Self::new(hz, rate_hz, [edge, -2.0 * edge, edge])
    }

    /// Lets through what lies below `hz`.
    pub(crate) fn low_pass(hz: f64, rate_hz: u32) -> Self {
        let cos = (TAU * hz / f64::from(rate_hz)).cos();
        let edge = (1.0 - cos) / 2.0;
        Self::new(hz, rate_hz, [edge, 2.0 * edge, edge])
    }

    fn new(hz: f64, rate_hz: u32, b: [f64; 3]) -> Self {
        let (sin, cos) = (TAU * hz / f64::from(rate_hz)).sin_cos();
        // A quality of 1/√2 is Butterworth's.
        let alpha = sin / (2.0 * FRAC_1_SQRT_2);
        let scale = 1.0 / (1.0 + alpha);
        Self {
            b: b.map(|b| b * scale),
            a: [-2.0 * cos * scale, (1.0 - alpha) * scale],
            state: [0.0; 2],
        }
    }

    /// The next sample, filtered. What is no number counts as silence.
    pub(crate) fn pass(&mut self, sample: f64) -> f64 {
        let sample = if sample.is_finite() { sample } else { 0.0 };
        let out = self.b[0] * sample + self.state[0];
        self.state[0] = self.b[1] * sample - self.a[0] * out + self.state[1];
        self.state[1] = self.b[2] * sample - self.a[1] * out;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain for a tone, once it stands.
    fn gain(mut filter: Filter, hz: f64) -> f64 {
        let tone = |n: usize| (TAU * hz * n as f64 / 16_000.0).sin();
        (0..8000)
            .map(|n| filter.pass(tone(n)))
            .skip(4000)
            .fold(0.0, f64::max)
    }

    #[test]
    fn tones_pass_on_one_side_and_not_on_the_other() {
        for hz in [400.0, 3000.0] {
            let (high, low) = (Filter::high_pass(hz, 16_000), Filter::low_pass(hz, 16_000));
            assert!(gain(high.clone(), hz / 8.0) < 0.03 && gain(high.clone(), hz * 2.4) > 0.95);
            assert!(gain(low.clone(), hz / 4.0) > 0.95 && gain(low.clone(), 7900.0) < 0.05);
            // Half of the power at the edge.
            assert!((gain(high, hz) - FRAC_1_SQRT_2).abs() < 0.02);
            assert!((gain(low, hz) - FRAC_1_SQRT_2).abs() < 0.02);
        }
    }

    #[test]
    fn no_number_does_no_harm() {
        let mut filter = Filter::high_pass(400.0, 16_000);
        filter.pass(f64::NAN);
        filter.pass(f64::INFINITY);
        assert!(filter.pass(1.0).is_finite());
    }
}
