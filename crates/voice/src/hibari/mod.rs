//! Hibari: one US English voice, small and some fifty times faster than real time.
//!
//! The network predicts the spectrum of pulses, noise and a free part; [`vocoder`] makes sound of them.

mod vocoder;

use std::fmt;
use std::path::Path;

use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use self::vocoder::{BINS, Spectra};
use crate::VoiceError;
use crate::engine::RawSpeech;
use crate::network::{Network, row};
use crate::vocabulary::Vocabulary;

/// The network with its symbols.
pub(crate) struct Hibari {
    network: Network,
    vocabulary: Vocabulary,
}

impl fmt::Debug for Hibari {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hibari").finish_non_exhaustive()
    }
}

impl Hibari {
    /// See [`crate::timing`] for how this was measured.
    pub(crate) const LAG_S: f64 = 0.060;

    /// Loads `hibari.onnx` and `vocab.json` from `dir`.
    pub(crate) fn load(dir: &Path) -> Result<Self, VoiceError> {
        let network = Network::load(
            "hibari",
            &dir.join("hibari.onnx"),
            &["ids", "speed"],
            &["lh", "theta", "ln", "lr", "phi", "f0", "/Clip_output_0"],
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
    pub(crate) fn run(&self, padded: &[i32], speed: f32) -> Result<RawSpeech, VoiceError> {
        let tokens = row(padded);
        let speed = Tensor::from_data(&[1], vec![speed]);
        let mut outputs = self
            .network
            .run(vec![tokens.view().into(), speed.view().into()])?;
        let spectra = Spectra {
            pulse_gain: outputs.next_f32()?,
            pulse_phase: outputs.next_f32()?,
            noise_gain: outputs.next_f32()?,
            free_gain: outputs.next_f32()?,
            free_phase: outputs.next_f32()?,
            pitch_hz: outputs.next_f32()?,
        };
        let cells = spectra.pitch_hz.len() * BINS;
        let parts = [
            &spectra.pulse_gain,
            &spectra.pulse_phase,
            &spectra.noise_gain,
            &spectra.free_gain,
            &spectra.free_phase,
        ];
        if cells == 0 || parts.iter().any(|part| part.len() != cells) {
            return Err(self.network.bad_output("its spectra differ in shape"));
        }
        Ok(RawSpeech {
            samples: spectra.synthesise(),
            durations: outputs.next_f32()?,
        })
    }
}
