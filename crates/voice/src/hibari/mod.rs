//! Hibari: one US English voice, small and some fifty times faster than real time.
//!
//! The network predicts the spectrum of pulses, noise and a free part; [`vocoder`] makes sound of them.

mod vocoder;

use std::fmt;
use std::path::Path;

use rten::{NodeId, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use self::vocoder::{BINS, Spectra};
use crate::VoiceError;
use crate::engine::RawSpeech;
use crate::manner::{Delivery, moved};
use crate::network::{Network, row};
use crate::vocabulary::Vocabulary;

/// Seconds of a frame of the spectra.
const FRAME_S: f64 = 0.0125;

/// The network with its symbols.
pub(crate) struct Hibari {
    network: Network,
    vocabulary: Vocabulary,
    durations: NodeId,
}

/// Frames of 25 ms for each token.
const DURATIONS: &str = "/Clip_output_0";

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
        let network = Network::load_small(
            "hibari",
            &dir.join("hibari.onnx"),
            &["ids", "speed"],
            &["lh", "theta", "ln", "lr", "phi", "f0", DURATIONS],
        )?;
        let durations = network.node(DURATIONS);
        Ok(Self {
            durations: durations.ok_or_else(|| network.bad_output("it has no durations"))?,
            network,
            vocabulary: Vocabulary::read(&dir.join("vocab.json"))?,
        })
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Speaks padded tokens.
    pub(crate) fn run(&self, padded: &[i32], delivery: &Delivery) -> Result<RawSpeech, VoiceError> {
        let tokens = row(padded);
        let speed = Tensor::from_data(&[1], vec![delivery.speed]);
        let inputs = || -> Vec<ValueOrView<'_>> { vec![tokens.view().into(), speed.view().into()] };
        let paced = if delivery.is_paced() {
            let mut own = self
                .network
                .run_with(inputs(), Vec::new(), &[self.durations])?;
            let own = own.next_shaped()?;
            Some(Tensor::from_data(
                own.shape(),
                delivery.paced(&own.to_vec()),
            ))
        } else {
            None
        };
        let mut outputs = match &paced {
            Some(durations) => {
                // An input can not be asked for: the durations are known.
                let nodes = self.network.outputs();
                let nodes = &nodes[..nodes.len() - 1];
                let given = vec![(self.durations, durations.view().into())];
                self.network.run_with(inputs(), given, nodes)?
            }
            None => self.network.run(inputs())?,
        };
        let mut spectra = Spectra {
            pulse_gain: outputs.next_f32()?,
            pulse_phase: outputs.next_f32()?,
            noise_gain: outputs.next_f32()?,
            free_gain: outputs.next_f32()?,
            free_phase: outputs.next_f32()?,
            pitch_hz: outputs.next_f32()?,
        };
        let durations = match paced {
            Some(durations) => durations.to_vec(),
            None => outputs.next_f32()?,
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
        if delivery.is_pitched() {
            let frames = spectra.pitch_hz.len();
            let lag = (Self::LAG_S / FRAME_S) as usize;
            let factors = delivery.pitch_factors(&durations, 2, lag, frames);
            for (hz, factor) in spectra.pitch_hz.iter_mut().zip(factors) {
                *hz = moved(*hz, factor);
            }
        }
        Ok(RawSpeech {
            samples: spectra.synthesise(),
            durations,
        })
    }
}
