//! Closures and rests of the lips.

use likeness_domain::speech::SpeechTiming;

use crate::signal::{deviation, steps};

/// Lips within this distance of a resting mouth's are closed, in eye distances: 1.3 mm on a face of usual size.
pub const CLOSED: f32 = 0.02;

/// Each `p`, `b` and `m` with the least opening that was seen while it sounds, above that of a resting mouth.
pub fn closures(timing: &SpeechTiming, opening: &[f32], fps: f64, rest: f32) -> Vec<f32> {
    let mut all = Vec::new();
    for phoneme in &timing.phonemes {
        if !"mbp".contains(phoneme.symbol) {
            continue;
        }
        let from = (phoneme.start_s * fps).floor().max(0.0) as usize;
        let to = ((phoneme.end_s * fps).ceil() as usize + 1).min(opening.len());
        let within = opening.get(from..to).unwrap_or_default();
        if !within.is_empty() {
            all.push(within.iter().copied().fold(f32::MAX, f32::min) - rest);
        }
    }
    all
}

/// How much the lips move while nobody speaks: the standard deviation of opening and width within each span, and the
/// root mean square of their steps from frame to frame, both pooled over the spans.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stillness {
    pub spread: f32,
    pub step: f32,
    /// Frames that were looked at.
    pub frames: usize,
}

/// The frames of a span of seconds, of `count`.
pub fn frames((from, to): (f64, f64), fps: f64, count: usize) -> std::ops::Range<usize> {
    let to = ((to * fps).floor().max(0.0) as usize + 1).min(count);
    ((from * fps).ceil().max(0.0) as usize).min(to)..to
}

/// Measures `curves` (opening and width) within spans of seconds.
pub fn stillness(curves: [&[f32]; 2], fps: f64, spans: &[(f64, f64)]) -> Stillness {
    let (mut spread, mut step, mut frames) = (0.0f64, 0.0f64, 0usize);
    for &(from, to) in spans {
        for curve in curves {
            let within = curve.get(self::frames((from, to), fps, curve.len()));
            let Some(within) = within.filter(|w| w.len() >= 4) else {
                continue;
            };
            let count = within.len() as f64;
            spread += f64::from(deviation(within)).powi(2) * count;
            step += f64::from(crate::signal::rms(&steps(within))).powi(2) * count;
            frames += within.len();
        }
    }
    let mean = |sum: f64| (sum / frames.max(1) as f64).sqrt() as f32;
    Stillness {
        spread: mean(spread),
        step: mean(step),
        frames: frames / 2,
    }
}

#[cfg(test)]
mod tests {
    use likeness_domain::speech::{Stress, TimedPhoneme};

    use super::*;

    #[test]
    fn a_closure_counts_when_the_lips_meet() {
        let phonemes = [('m', 0.2), ('a', 0.3), ('b', 0.6)].map(|(symbol, start_s)| TimedPhoneme {
            symbol,
            start_s,
            end_s: start_s + 0.1,
            stress: Stress::None,
        });
        let timing = SpeechTiming {
            phonemes: phonemes.to_vec(),
            duration_s: 1.0,
            ..SpeechTiming::default()
        };
        let mut opening = vec![0.2; 25];
        opening[6] = 0.03;
        let seen = closures(&timing, &opening, 25.0, 0.025);
        assert_eq!(seen.len(), 2);
        assert!(seen[0] < CLOSED && seen[1] > CLOSED);
    }

    #[test]
    fn only_silence_counts_as_stillness() {
        let opening: Vec<f32> = (0..50)
            .map(|k| if k < 25 { 0.02 } else { (k % 5) as f32 })
            .collect();
        let width = vec![0.8; 50];
        let still = stillness([&opening, &width], 25.0, &[(0.1, 0.9)]);
        assert!(still.spread < 1e-6 && still.frames > 15);
        assert!(stillness([&opening, &width], 25.0, &[(1.1, 1.9)]).step > 1.0);
    }
}
