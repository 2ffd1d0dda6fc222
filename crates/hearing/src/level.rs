//! Loudness over time, and what counts as silence.

use std::io;

use likeness_edges::{BandMeter, Bands};

use crate::recording::Recording;
use crate::{ENVELOPE_STEP, SAMPLE_RATE_HZ};

/// Steps read at once: ten seconds.
const BLOCK_STEPS: usize = 1000;
/// Sound this far below the recording's own loud steps is silence (-36 dB): weak consonants lie above it.
const SILENCE_SHARE: f32 = 0.016;
/// Sound below this is silence in any recording (-62 dB of full scale).
const SILENCE: f32 = 0.0008;

/// Loudness in steps of 10 ms.
#[derive(Debug)]
pub(crate) struct Level {
    /// Root mean square of each step, 0 to 1.
    pub(crate) envelope: Vec<f32>,
    /// What nine of ten steps with sound do not reach.
    pub(crate) loud: f32,
    /// Below this is silence.
    pub(crate) silence: f32,
    /// Where sounds change.
    pub(crate) bands: Bands,
}

impl Level {
    /// Of a whole recording, read in blocks. A rest at the end counts as a step.
    pub(crate) fn of(recording: &mut dyn Recording) -> io::Result<Self> {
        let mut envelope = Vec::new();
        let mut bands = BandMeter::new(SAMPLE_RATE_HZ);
        let mut block = vec![0.0; BLOCK_STEPS * ENVELOPE_STEP];
        let length = recording.length();
        let mut start = 0;
        while start < length {
            let count = (length - start).min(block.len() as u64) as usize;
            recording.read(start, &mut block[..count])?;
            bands.push(&block[..count]);
            envelope.extend(block[..count].chunks(ENVELOPE_STEP).map(root_mean_square));
            start += count as u64;
        }
        Ok(Self {
            bands: bands.finish(),
            ..Self::new(envelope)
        })
    }

    /// Of loudness alone.
    pub(crate) fn new(envelope: Vec<f32>) -> Self {
        let mut sorted: Vec<f32> = envelope.iter().copied().filter(|v| *v > SILENCE).collect();
        sorted.sort_by(f32::total_cmp);
        let loud = sorted.get(sorted.len() * 9 / 10).copied().unwrap_or(0.0);
        Self {
            envelope,
            loud,
            silence: (loud * SILENCE_SHARE).max(SILENCE),
            bands: Bands::default(),
        }
    }

    /// The loudest step from `from_s` to `to_s`.
    pub(crate) fn peak(&self, from_s: f64, to_s: f64) -> f32 {
        self.steps(from_s, to_s).iter().copied().fold(0.0, f32::max)
    }

    /// The mean of the steps from `from_s` to `to_s`.
    pub(crate) fn mean(&self, from_s: f64, to_s: f64) -> f32 {
        let steps = self.steps(from_s, to_s);
        steps.iter().sum::<f32>() / steps.len().max(1) as f32
    }

    fn steps(&self, from_s: f64, to_s: f64) -> &[f32] {
        let last = self.envelope.len();
        let to = ((to_s * 100.0).ceil().max(0.0) as usize).min(last);
        let from = ((from_s * 100.0).floor().max(0.0) as usize).min(to);
        &self.envelope[from..to]
    }

    /// The longest silence between two times, as its start and end; `None` if there is none.
    pub(crate) fn longest_silence(&self, from_s: f64, to_s: f64) -> Option<(f64, f64)> {
        let first = (from_s * 100.0).round().max(0.0) as usize;
        let steps = self.steps(first as f64 / 100.0, to_s);
        let mut best: Option<(usize, usize)> = None;
        let mut start = None;
        for (step, level) in steps.iter().chain([&f32::INFINITY]).enumerate() {
            if *level < self.silence {
                start.get_or_insert(step);
            } else if let Some(start) = start.take()
                && best.is_none_or(|(from, to)| step - start > to - from)
            {
                best = Some((start, step));
            }
        }
        let seconds = |step: usize| (first + step) as f64 / 100.0;
        best.map(|(from, to)| (seconds(from), seconds(to)))
    }

    /// Cuts the recording into windows of at most `longest` steps, each but the last at the quietest place of its last
    /// third.
    pub(crate) fn windows(&self, longest: usize) -> Vec<std::ops::Range<usize>> {
        let mut windows = Vec::new();
        let mut start = 0;
        while self.envelope.len() - start > longest {
            let from = start + longest * 2 / 3;
            let place = self.quietest(from, start + longest);
            windows.push(start..place);
            start = place;
        }
        if start < self.envelope.len() {
            windows.push(start..self.envelope.len());
        }
        windows
    }

    /// The middle of the quietest 200 ms between two steps.
    fn quietest(&self, from: usize, to: usize) -> usize {
        const AROUND: usize = 10;
        let level = |step: &usize| {
            let around = step.saturating_sub(AROUND)..(step + AROUND).min(self.envelope.len());
            self.envelope[around].iter().sum::<f32>()
        };
        (from..to)
            .min_by(|a, b| level(a).total_cmp(&level(b)))
            .unwrap_or(to)
    }
}

fn root_mean_square(samples: &[f32]) -> f32 {
    let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
    let level = (sum / samples.len().max(1) as f32).sqrt();
    if level.is_finite() { level } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_cut_in_the_quiet_and_cover_everything() {
        let mut envelope = vec![0.1; 1000];
        envelope[380..420].fill(0.0);
        envelope[780..800].fill(0.0001);
        let windows = Level::new(envelope).windows(500);
        assert_eq!(windows.len(), 3);
        assert_eq!((windows[0].start, windows[2].end), (0, 1000));
        for pair in windows.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
        assert!((385..415).contains(&windows[0].end), "{windows:?}");
        assert!((780..800).contains(&windows[1].end), "{windows:?}");
        assert!(Level::new(Vec::new()).windows(500).is_empty());
    }

    #[test]
    fn the_longest_silence_is_found() {
        let mut envelope = vec![0.1; 100];
        envelope[20..30].fill(0.0);
        envelope[50..75].fill(0.0);
        let level = Level::new(envelope);
        assert_eq!(level.longest_silence(0.0, 1.0), Some((0.5, 0.75)));
        assert_eq!(level.longest_silence(0.0, 0.4), Some((0.2, 0.3)));
        assert_eq!(level.longest_silence(0.7, 1.0), Some((0.7, 0.75)));
        assert_eq!(level.longest_silence(0.8, 1.0), None);
    }

    #[test]
    fn a_recording_is_read_in_blocks() {
        let samples = vec![0.5; 165_000];
        let level = Level::of(&mut &samples[..]).unwrap();
        assert_eq!(level.envelope.len(), 1032);
        assert!(level.envelope.iter().all(|v| (v - 0.5).abs() < 1e-3));
        let broken = Level::of(&mut &[f32::NAN; 10][..]).unwrap();
        assert_eq!(broken.envelope, [0.0]);
    }
}
