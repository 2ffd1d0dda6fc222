//! The phoneme recogniser: which sounds are made, and about when.
//!
//! The network gives a distribution over symbols every 20 ms, trained by connectionist temporal classification: each sound
//! is a short peak somewhere within it, with blanks between. [`crate::placing`] makes spans of the peaks.

use std::path::Path;

use likeness_domain::speech::{Stress, TimedPhoneme};
use rten_tensor::Tensor;
use serde::Deserialize;

use crate::level::Level;
use crate::network::{Network, read};
use crate::recording::Recording;
use crate::spectrum::{FREQUENCIES, Spectrum};
use crate::{ENVELOPE_STEP, HearingError, alphabet, emphasis, placing};

/// Seconds from one distribution to the next.
const FRAME_S: f64 = 0.02;
/// Steps of 10 ms in a window, and heard beside it for context. The network takes at most 30 s.
const WINDOW_STEPS: usize = 2000;
const CONTEXT_STEPS: usize = 150;
/// The package's own decoding: the blank is made a little less likely.
const TEMPERATURE: f32 = 0.95;
const BLANK_BIAS: f32 = -0.1;

/// One sound, as a peak in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Peak {
    /// Seconds from the start of the recording.
    pub(crate) time_s: f64,
    /// How the face shows it.
    pub(crate) symbols: &'static [char],
    /// Whether it is the first of a word.
    pub(crate) starts_word: bool,
    /// That of the vowel among the symbols, where the word says it: the ear does not.
    pub(crate) stress: Option<Stress>,
}

/// A recogniser of sounds; runs on any thread.
#[derive(Debug)]
pub struct PhonemeRecogniser {
    network: Network,
    spectrum: Spectrum,
    /// Of each symbol of the network how the face shows it.
    symbols: Vec<&'static [char]>,
}

#[derive(Deserialize)]
struct Symbols {
    /// The network's symbols but for its last two: the border of words, and the blank.
    decoder: Vec<String>,
}

impl PhonemeRecogniser {
    /// Loads the network from the folder that the setup command fills.
    pub fn load(models_dir: &Path) -> Result<Self, HearingError> {
        let dir = models_dir.join("hearing");
        let path = dir.join("phonemes.json");
        let symbols: Symbols =
            serde_json::from_slice(&read(&path)?).map_err(|error| HearingError::BadFile {
                path,
                reason: error.to_string(),
            })?;
        Ok(Self {
            network: Network::load(
                "phonemes",
                &dir.join("phonemes.onnx"),
                &["power".to_owned()],
                &["log_probs".to_owned()],
            )?,
            spectrum: Spectrum::new(),
            symbols: symbols
                .decoder
                .iter()
                .map(|symbol| alphabet::symbols(symbol))
                .collect(),
        })
    }

    /// The sounds of a recording with their times, pauses as `' '`, from its start to its end without a hole.
    pub fn recognise(&self, samples: &[f32]) -> Result<Vec<TimedPhoneme>, HearingError> {
        let mut recording = samples;
        let level = Level::of(&mut recording)?;
        let peaks = self.peaks(&mut recording, &level, &mut |_| Ok(()))?;
        let duration_s = level.envelope.len() as f64 / 100.0;
        Ok(spans(&peaks, &level, duration_s))
    }

    /// The peaks of a whole recording; `heard` learns the share that is done.
    pub(crate) fn peaks(
        &self,
        recording: &mut dyn Recording,
        level: &Level,
        heard: &mut dyn FnMut(f64) -> Result<(), HearingError>,
    ) -> Result<Vec<Peak>, HearingError> {
        let mut peaks = Vec::new();
        let mut samples = Vec::new();
        let steps = level.envelope.len();
        for window in level.windows(WINDOW_STEPS) {
            let from = window.start.saturating_sub(CONTEXT_STEPS);
            let to = (window.end + CONTEXT_STEPS).min(steps);
            let start = (from * ENVELOPE_STEP) as u64;
            let end = ((to * ENVELOPE_STEP) as u64).min(recording.length());
            samples.resize((end - start) as usize, 0.0);
            recording.read(start, &mut samples)?;
            let seconds = |step: usize| step as f64 / 100.0;
            let within = seconds(window.start)..seconds(window.end);
            let found = self.window_peaks(&samples, seconds(from))?;
            peaks.extend(found.into_iter().filter(|p| within.contains(&p.time_s)));
            heard(window.end as f64 / steps as f64)?;
        }
        Ok(peaks)
    }

    /// The peaks of at most 30 s, which begin at `start_s`.
    fn window_peaks(&self, samples: &[f32], start_s: f64) -> Result<Vec<Peak>, HearingError> {
        let power = self.spectrum.power(samples);
        let power = Tensor::from_data(&[1, power.len() / FREQUENCIES, FREQUENCIES], power);
        let value = self.network.run(vec![power.into()])?.next();
        let scores = self.network.floats(value)?;
        let symbols = self.symbols.len() + 2;
        if scores.len() % symbols != 0 {
            let reason = "it has another number of symbols than its list";
            return Err(self.network.bad_output(reason));
        }
        let best = scores
            .chunks_exact(symbols)
            .map(|scores| best_symbol(scores, symbols - 1));
        Ok(self.collapse(best, start_s))
    }

    /// Repetitions are one peak, blanks none.
    fn collapse(&self, best: impl Iterator<Item = usize>, start_s: f64) -> Vec<Peak> {
        let (boundary, blank) = (self.symbols.len(), self.symbols.len() + 1);
        let mut peaks = Vec::new();
        let mut last = blank;
        let mut starts_word = true;
        for (frame, symbol) in best.enumerate() {
            if symbol == last {
                continue;
            }
            last = symbol;
            if symbol == boundary {
                starts_word = true;
            }
            let symbols = self.symbols.get(symbol).copied().unwrap_or_default();
            if !symbols.is_empty() {
                peaks.push(Peak {
                    time_s: start_s + frame as f64 * FRAME_S,
                    symbols,
                    starts_word: std::mem::take(&mut starts_word),
                    stress: None,
                });
            }
        }
        peaks
    }
}

/// The spans of the peaks with their emphasis, their borders where the sound changes.
pub(crate) fn spans(peaks: &[Peak], level: &Level, duration_s: f64) -> Vec<TimedPhoneme> {
    let mut placed = placing::spans(peaks, level, duration_s);
    emphasis::mark(&mut placed, level);
    let mut phonemes: Vec<TimedPhoneme> = placed.into_iter().map(|sound| sound.phoneme).collect();
    likeness_edges::settle(&mut phonemes, &level.bands);
    phonemes
}

fn best_symbol(scores: &[f32], blank: usize) -> usize {
    let score = |symbol: usize| {
        let bias = if symbol == blank { BLANK_BIAS } else { 0.0 };
        scores[symbol] / TEMPERATURE + bias
    };
    (0..scores.len())
        .max_by(|a, b| score(*a).total_cmp(&score(*b)))
        .unwrap_or(blank)
}
