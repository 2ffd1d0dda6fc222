//! Kokoro-82M: 28 English voices from one network and a style vector a voice.

use std::fmt;
use std::path::Path;

use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use crate::VoiceError;
use crate::engine::RawSpeech;
use crate::network::{Network, row};
use crate::vocabulary::Vocabulary;

/// Rows of a style file: one for each length of input in tokens.
const STYLE_ROWS: usize = 510;
/// Numbers in a row.
const STYLE_WIDTH: usize = 256;

/// The network with its symbols.
pub(crate) struct Kokoro {
    network: Network,
    vocabulary: Vocabulary,
}

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
            &["audio", "/encoder/Clip_output_0"],
        )?;
        Ok(Self {
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
        style: Option<&Style>,
        speed: f32,
    ) -> Result<RawSpeech, VoiceError> {
        let style = style.ok_or_else(|| self.network.bad_output("it was asked without a style"))?;
        let tokens = row(padded);
        let style = Tensor::from_data(&[1, STYLE_WIDTH], style.row(padded.len() - 2).to_vec());
        let speed = Tensor::from_data(&[1], vec![speed]);
        let mut outputs = self.network.run(vec![
            tokens.view().into(),
            style.view().into(),
            speed.view().into(),
        ])?;
        Ok(RawSpeech {
            samples: outputs.next_f32()?,
            durations: outputs.next_f32()?,
        })
    }
}

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

    fn row(&self, tokens: usize) -> &[f32] {
        let row = tokens.clamp(1, STYLE_ROWS) - 1;
        &self.0[row * STYLE_WIDTH..][..STYLE_WIDTH]
    }
}
