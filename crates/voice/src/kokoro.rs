//! Kokoro-82M: voices in nine languages from one network and a style vector a voice.
//!
//! Pace and pitch of single words are changed inside the network: its durations, then its pitch curve, are taken out,
//! changed and put back, so that the sound is made as if the network had planned it so, with its formants in place.

use std::fmt;
use std::path::Path;

use rten::{NodeId, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use crate::VoiceError;
use crate::engine::RawSpeech;
use crate::manner::{Delivery, moved};
use crate::network::{Network, row};
use crate::vocabulary::Vocabulary;

/// Rows of a style file: one for each length of input in tokens.
const STYLE_ROWS: usize = 510;
/// Numbers in a row.
pub(crate) const STYLE_WIDTH: usize = 256;

/// The network with its symbols.
pub(crate) struct Kokoro {
    network: Network,
    vocabulary: Vocabulary,
    audio: NodeId,
    durations: NodeId,
    pitch: NodeId,
}

/// Frames of 25 ms for each token.
const DURATIONS: &str = "/encoder/Clip_output_0";
/// Hertz for each half frame, `[1, 1, steps]`.
const PITCH: &str = "/encoder/F0_proj/Conv_output_0";

/// What makes one voice of the network: `[510, 256]` numbers, row n-1 for an input of n tokens.
#[derive(Debug)]
pub(crate) struct Style(Vec<f32>);

impl fmt::Debug for Kokoro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kokoro").finish_non_exhaustive()
    }
}

impl Kokoro {
    /// See [`crate::timing`] for how this was measured.
    pub(crate) const LAG_S: f64 = 0.060;

    /// Loads `model.onnx` (with the durations as an output) and `vocab.json` from `dir`.
    pub(crate) fn load(dir: &Path) -> Result<Self, VoiceError> {
        let network = Network::load(
            "kokoro",
            &dir.join("model.onnx"),
            &["tokens", "style", "speed"],
            &["audio", DURATIONS],
        )?;
        let node = |name: &str| {
            network.node(name).ok_or_else(|| VoiceError::BadFile {
                path: dir.join("model.onnx"),
                reason: format!("it has no node {name}"),
            })
        };
        Ok(Self {
            audio: node("audio")?,
            durations: node(DURATIONS)?,
            pitch: node(PITCH)?,
            network,
            vocabulary: Vocabulary::read(&dir.join("vocab.json"))?,
        })
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Speaks padded tokens.
    pub(crate) fn run(
        &self,
        padded: &[i32],
        style: &Style,
        delivery: &Delivery,
    ) -> Result<RawSpeech, VoiceError> {
        let tokens = row(padded);
        let style = Tensor::from_data(&[1, STYLE_WIDTH], style.row(padded.len() - 2).to_vec());
        let speed = Tensor::from_data(&[1], vec![delivery.speed]);
        let inputs = || -> Vec<ValueOrView<'_>> {
            vec![
                tokens.view().into(),
                style.view().into(),
                speed.view().into(),
            ]
        };
        if !delivery.is_paced() && !delivery.is_pitched() {
            let mut outputs = self.network.run(inputs())?;
            return Ok(RawSpeech {
                samples: outputs.next_f32()?,
                durations: outputs.next_f32()?,
            });
        }
        let mut durations = self
            .network
            .run_with(inputs(), Vec::new(), &[self.durations])?
            .next_shaped()?;
        if delivery.is_paced() {
            let paced = delivery.paced(&durations.to_vec());
            durations = Tensor::from_data(durations.shape(), paced);
        }
        let given = || vec![(self.durations, durations.view().into())];
        let pitch = self
            .network
            .run_with(inputs(), given(), &[self.pitch])?
            .next_shaped()?;
        let flat = durations.to_vec();
        let lag = (Self::LAG_S / STEP_S) as usize;
        let factors = delivery.pitch_factors(&flat, 2, lag, pitch.len());
        let curve = pitch.to_vec();
        let curve = curve
            .iter()
            .zip(&factors)
            .map(|(hz, factor)| moved(*hz, *factor));
        let pitch = Tensor::from_data(pitch.shape(), curve.collect::<Vec<f32>>());
        let mut given = given();
        given.push((self.pitch, pitch.view().into()));
        let mut outputs = self.network.run_with(inputs(), given, &[self.audio])?;
        Ok(RawSpeech {
            samples: outputs.next_f32()?,
            durations: flat,
        })
    }
}

/// Seconds of a step of the pitch curve.
const STEP_S: f64 = 0.0125;

impl Style {
    /// Reads a voice file: little-endian f32.
    pub(crate) fn read(path: &Path) -> Result<Self, VoiceError> {
        let bytes = std::fs::read(path).map_err(|source| VoiceError::Read {
            path: path.to_owned(),
            source,
        })?;
        let (chunks, rest) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = chunks
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        let whole = rest.is_empty() && numbers.len() == STYLE_ROWS * STYLE_WIDTH;
        if whole && numbers.iter().all(|number| number.is_finite()) {
            Ok(Self(numbers))
        } else {
            Err(VoiceError::BadFile {
                path: path.to_owned(),
                reason: format!("it is not {STYLE_ROWS} rows of {STYLE_WIDTH} finite numbers"),
            })
        }
    }

    /// A style made of others: the weighted sum of their rows, moved by `shift` (none if empty).
    pub(crate) fn blend(parts: &[(Self, f32)], shift: &[f32]) -> Self {
        let mut numbers = vec![0.0; STYLE_ROWS * STYLE_WIDTH];
        for (style, weight) in parts {
            for (sum, number) in numbers.iter_mut().zip(&style.0) {
                *sum += weight * number;
            }
        }
        if shift.len() == STYLE_WIDTH {
            for row in numbers.chunks_exact_mut(STYLE_WIDTH) {
                row.iter_mut()
                    .zip(shift)
                    .for_each(|(sum, step)| *sum += step);
            }
        }
        Self(numbers)
    }

    pub(crate) fn row(&self, tokens: usize) -> &[f32] {
        let row = tokens.clamp(1, STYLE_ROWS) - 1;
        &self.0[row * STYLE_WIDTH..][..STYLE_WIDTH]
    }
}
