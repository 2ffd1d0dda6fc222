//! Piper: a network a voice (VITS), as operators add them.
//!
//! A voice is `NAME.onnx` with `NAME.onnx.json`, which has the sample rate, the numbers of the phonemes and what
//! `espeak-ng` calls the language. The durations of the phonemes are taken out of the graph.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use rten::{NodeId, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use serde::Deserialize;

use crate::engine::{FRAME_S, RawSpeech};
use crate::manner::Delivery;
use crate::network::{Network, row};
use crate::resample::resample;
use crate::vocabulary::Vocabulary;
use crate::{SAMPLE_RATE_HZ, VoiceError};

/// Samples in a unit of duration, at the network's own rate.
const HOP: f64 = 256.0;
/// The node with the durations in whole units, `[1, 1, phonemes]`.
const DURATIONS: &str = "/Ceil_output_0";

/// What we use of `NAME.onnx.json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Config {
    pub(crate) audio: Audio,
    #[serde(default)]
    pub(crate) espeak: Option<EspeakVoice>,
    #[serde(default)]
    pub(crate) language: Option<Language>,
    #[serde(default)]
    pub(crate) dataset: Option<String>,
    #[serde(default)]
    inference: Inference,
    #[serde(default)]
    phoneme_type: Option<String>,
    phoneme_id_map: HashMap<String, Vec<i32>>,
    #[serde(default)]
    pub(crate) num_speakers: i32,
    #[serde(default)]
    pub(crate) speaker_id_map: HashMap<String, i32>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Audio {
    sample_rate: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct EspeakVoice {
    pub(crate) voice: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Language {
    /// Such as `en_US`.
    pub(crate) code: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Inference {
    #[serde(default = "one")]
    length_scale: f32,
}

impl Default for Inference {
    fn default() -> Self {
        Self {
            length_scale: one(),
        }
    }
}

fn one() -> f32 {
    1.0
}

impl Config {
    /// Reads the file beside a network.
    pub(crate) fn read(network: &Path) -> Result<Self, VoiceError> {
        let path = config_path(network);
        let bytes = std::fs::read(&path).map_err(|source| VoiceError::Read {
            path: path.clone(),
            source,
        })?;
        let config: Self = serde_json::from_slice(&bytes).map_err(|error| VoiceError::BadFile {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let espeak = config
            .phoneme_type
            .as_deref()
            .is_none_or(|kind| kind == "espeak");
        if !espeak || config.espeak.is_none() {
            return Err(VoiceError::BadFile {
                path,
                reason: "it does not take the phonemes of espeak".to_owned(),
            });
        }
        if !(8_000..=48_000).contains(&config.audio.sample_rate) {
            return Err(VoiceError::BadFile {
                path,
                reason: format!("{} Hz is no usual sample rate", config.audio.sample_rate),
            });
        }
        Ok(config)
    }

    /// Locale in the usual form, `en-US`.
    pub(crate) fn locale(&self) -> String {
        let code = self
            .language
            .as_ref()
            .map(|language| language.code.replace('_', "-"));
        let espeak = || self.espeak.as_ref().map(|espeak| espeak.voice.clone());
        code.or_else(espeak).unwrap_or_default()
    }
}

fn config_path(network: &Path) -> PathBuf {
    let mut path = network.as_os_str().to_owned();
    path.push(".json");
    path.into()
}

/// A loaded voice.
pub(crate) struct Piper {
    network: Network,
    vocabulary: Vocabulary,
    audio: NodeId,
    durations: NodeId,
    speakers: Option<NodeId>,
    sample_rate_hz: u32,
    length_scale: f32,
    /// Numbers of the start, of the end, and of what stands between phonemes.
    start: i32,
    end: i32,
    pad: i32,
}

impl fmt::Debug for Piper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Piper").finish_non_exhaustive()
    }
}

impl Piper {
    /// Its durations are those of its sound.
    pub(crate) const LAG_S: f64 = 0.0;

    pub(crate) fn load(path: &Path) -> Result<Self, VoiceError> {
        let config = Config::read(path)?;
        let network = Network::load(
            "piper",
            path,
            &["input", "input_lengths", "scales"],
            &["output", DURATIONS],
        )?;
        let first = |symbol: &str| {
            config
                .phoneme_id_map
                .get(symbol)
                .and_then(|ids| ids.first())
        };
        let mark = |symbol: &str| {
            first(symbol).copied().ok_or_else(|| VoiceError::BadFile {
                path: config_path(path),
                reason: format!("it has no number for {symbol}"),
            })
        };
        let symbols = config.phoneme_id_map.iter().filter_map(|(symbol, ids)| {
            let mut chars = symbol.chars();
            let (symbol, None) = (chars.next()?, chars.next()) else {
                return None;
            };
            Some((symbol, *ids.first()?))
        });
        let outputs = network.outputs();
        Ok(Self {
            audio: outputs[0],
            durations: outputs[1],
            speakers: network.node("sid"),
            start: mark("^")?,
            end: mark("$")?,
            pad: mark("_")?,
            vocabulary: Vocabulary::of(symbols.collect()),
            sample_rate_hz: config.audio.sample_rate,
            length_scale: config.inference.length_scale,
            network,
        })
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Speaks padded tokens; the pads stand for start and end. The network's noise is left out, as it would make every
    /// run another sound.
    pub(crate) fn run(
        &self,
        padded: &[i32],
        speaker: i32,
        delivery: &Delivery,
    ) -> Result<RawSpeech, VoiceError> {
        let inner = &padded[1..padded.len() - 1];
        let mut ids = vec![self.start, self.pad];
        ids.extend(inner.iter().flat_map(|id| [*id, self.pad]));
        ids.push(self.end);
        let tokens = row(&ids);
        let lengths = Tensor::from_data(&[1], vec![i32::try_from(ids.len()).unwrap_or(i32::MAX)]);
        let scale = self.length_scale / delivery.speed;
        let scales = Tensor::from_data(&[3], vec![0.0, scale, 0.0]);
        let sid = Tensor::from_data(&[1], vec![speaker]);
        let inputs = || -> Vec<ValueOrView<'_>> {
            vec![
                tokens.view().into(),
                lengths.view().into(),
                scales.view().into(),
            ]
        };
        let speakers = || -> Vec<(NodeId, ValueOrView<'_>)> {
            let node = self.speakers.into_iter();
            node.map(|node| (node, sid.view().into())).collect()
        };
        let (samples, units) = if delivery.is_paced() {
            let own = self
                .network
                .run_with(inputs(), speakers(), &[self.durations])?
                .next_shaped()?;
            let rates = [delivery.rates[0]; 2].into_iter();
            let rates = rates.chain(delivery.rates[1..].iter().flat_map(|rate| [*rate; 2]));
            let units = own.to_vec();
            let units = units
                .iter()
                .zip(rates)
                .map(|(units, rate)| (units / rate).round().max(1.0));
            let units: Vec<f32> = units.collect();
            let durations = Tensor::from_data(own.shape(), units.clone());
            let mut given = speakers();
            given.push((self.durations, durations.view().into()));
            let mut outputs = self.network.run_with(inputs(), given, &[self.audio])?;
            (outputs.next_f32()?, units)
        } else {
            let nodes = [self.audio, self.durations];
            let mut outputs = self.network.run_with(inputs(), speakers(), &nodes)?;
            (outputs.next_f32()?, outputs.next_f32()?)
        };
        if units.len() != ids.len() {
            return Err(self
                .network
                .bad_output("it has other durations than phonemes"));
        }
        let frame = |units: &[f32]| -> f32 {
            let seconds =
                f64::from(units.iter().sum::<f32>()) * HOP / f64::from(self.sample_rate_hz);
            (seconds / FRAME_S) as f32
        };
        // Start and end take one entry each, every phoneme one with the pad behind it.
        let last = units.len() - 1;
        let mut durations = vec![frame(&units[..2])];
        durations.extend(units[2..last].chunks(2).map(frame));
        durations.push(frame(&units[last..]));
        Ok(RawSpeech {
            samples: resample(&samples, self.sample_rate_hz, SAMPLE_RATE_HZ),
            durations,
        })
    }
}
