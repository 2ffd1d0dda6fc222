//! Where speech begins and ends in a run's samples, and the silence around it.

use std::ops::Range;

use crate::ENVELOPE_STEP;

/// Speech is what is louder than this share of the loudest step (-46 dB): weak consonants pass, the network's hiss does
/// not.
const SPEECH_SHARE: f32 = 0.005;
/// Steps kept before the first and behind the last loud one, for what begins or dies away softly.
const LEAD_STEPS: usize = 3;
const TRAIL_STEPS: usize = 6;
/// Seconds before the first and behind the last phoneme in which their sound may lie. At half the usual pace Kokoro
/// begins 0.27 s before the planned time. The last phoneme of a run is lengthened into the silence by both engines, so
/// little can lie behind it.
const BEFORE_S: f64 = 0.35;
const BEHIND_S: f64 = 0.12;
/// Seconds at the start of a run in which Kokoro clicks; it never speaks there.
const CLICK_S: f64 = 0.05;
/// Samples over which the kept sound fades in (5 ms) and out (20 ms), so that it joins silence without a click.
const FADE_IN: usize = 120;
const FADE_OUT: usize = 480;

/// Speech cut out of a run and set between silences.
#[derive(Debug)]
pub(crate) struct Placed {
    /// A whole number of envelope steps.
    pub(crate) samples: Vec<f32>,
    /// Seconds to add to a time in the run to get the time here.
    pub(crate) shift_s: f64,
    /// When the last loud step ends.
    pub(crate) quiet_from_s: f64,
}

/// Root mean square of each 10 ms; a rest at the end counts as a step.
pub(crate) fn envelope(samples: &[f32]) -> Vec<f32> {
    samples
        .chunks(ENVELOPE_STEP)
        .map(root_mean_square)
        .collect()
}

pub(crate) fn root_mean_square(samples: &[f32]) -> f32 {
    let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
    (sum / samples.len().max(1) as f32).sqrt()
}

/// Cuts the silence off a run and puts `head_s` before and `tail_s` behind it. `spoken_s` is the span of the phonemes in
/// the run's own time; sound far from it is not speech (Kokoro begins and ends its runs with clicks).
pub(crate) fn place(raw: &[f32], spoken_s: (f64, f64), head_s: f64, tail_s: f64) -> Placed {
    let (kept, sound_end) = speech_range(raw, spoken_s);
    let head = samples_in(head_s);
    let length = (head + kept.len() + samples_in(tail_s)).next_multiple_of(ENVELOPE_STEP);
    let mut samples = vec![0.0; length];
    let speech = &mut samples[head..head + kept.len()];
    speech.copy_from_slice(&raw[kept.clone()]);
    fade(speech);
    let rate = f64::from(crate::SAMPLE_RATE_HZ);
    let shift_s = (head as f64 - kept.start as f64) / rate;
    Placed {
        samples,
        shift_s,
        quiet_from_s: sound_end as f64 / rate + shift_s,
    }
}

/// The samples to keep, and where the sound among them ends.
fn speech_range(raw: &[f32], spoken_s: (f64, f64)) -> (Range<usize>, usize) {
    let click_s = CLICK_S.min(spoken_s.0);
    let from = samples_in(f64::max(spoken_s.0 - BEFORE_S, click_s)).min(raw.len());
    let to = samples_in(spoken_s.1 + BEHIND_S).clamp(from, raw.len());
    let steps = envelope(&raw[from..to]);
    let floor = steps.iter().copied().fold(0.0, f32::max) * SPEECH_SHARE;
    let loud = |level: &f32| *level > floor;
    let (Some(first), Some(last)) = (steps.iter().position(loud), steps.iter().rposition(loud))
    else {
        return (from..to, to);
    };
    let start = from + first.saturating_sub(LEAD_STEPS) * ENVELOPE_STEP;
    let sound_end = (from + (last + 1) * ENVELOPE_STEP).min(raw.len());
    let end = (sound_end + TRAIL_STEPS * ENVELOPE_STEP).min(raw.len());
    (start..end, sound_end)
}

fn fade(samples: &mut [f32]) {
    let steps_in = FADE_IN.min(samples.len() / 2);
    for (i, sample) in samples[..steps_in].iter_mut().enumerate() {
        *sample *= i as f32 / steps_in as f32;
    }
    let steps_out = FADE_OUT.min(samples.len() / 2);
    for (i, sample) in samples.iter_mut().rev().take(steps_out).enumerate() {
        *sample *= i as f32 / steps_out as f32;
    }
}

fn samples_in(seconds: f64) -> usize {
    (seconds.max(0.0) * f64::from(crate::SAMPLE_RATE_HZ)).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(from: usize, to: usize, length: usize) -> Vec<f32> {
        (0..length)
            .map(|i| {
                if (from..to).contains(&i) {
                    (i as f32 * 0.1).sin() * 0.5
                } else {
                    0.0
                }
            })
            .collect()
    }

    #[test]
    fn silence_is_replaced_by_the_wanted_one() {
        let placed = place(&tone(12_000, 36_000, 60_000), (0.5, 1.5), 0.15, 0.35);
        assert_eq!(placed.samples.len() % ENVELOPE_STEP, 0);
        let steps = envelope(&placed.samples);
        let first = steps.iter().position(|level| *level > 0.1).unwrap();
        let last = steps.iter().rposition(|level| *level > 0.1).unwrap();
        assert!((15..=19).contains(&first), "starts at {first}");
        let behind = steps.len() - 1 - last;
        assert!(
            (35..=42).contains(&behind),
            "{behind} silent steps at the end"
        );
        let quiet = placed.quiet_from_s / 0.01;
        assert!(
            (quiet - (last + 1) as f64).abs() < 1.5,
            "quiet from step {quiet}"
        );
        // The tone starts at 0.5 s in the run.
        let start = 0.5 + placed.shift_s;
        assert!(
            (start - first as f64 * 0.01).abs() < 0.015,
            "shift gives {start}"
        );
    }

    #[test]
    fn a_click_far_from_the_speech_is_cut_off() {
        let mut raw = tone(12_000, 36_000, 60_000);
        raw[..500].fill(0.2);
        let placed = place(&raw, (0.5, 1.5), 0.15, 0.35);
        let first = envelope(&placed.samples)
            .iter()
            .position(|level| *level > 0.1)
            .unwrap();
        assert!((15..=19).contains(&first), "starts at {first}");
    }

    #[test]
    fn silence_and_nothing_are_no_trouble() {
        assert_eq!(
            place(&[0.0; 1000], (0.0, 0.02), 0.0, 0.0).samples.len(),
            1200
        );
        assert!(place(&[], (0.0, 9.0), 0.0, 0.0).samples.is_empty());
    }
}
