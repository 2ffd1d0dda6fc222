//! Whisper's two networks at work: what is said in one window of 30 s, token by token, and where the decoder looked.

use std::path::Path;

use rten::{Value, ValueOrView};
use rten_tensor::Tensor;

use crate::HearingError;
use crate::mel::{BANDS, FRAMES, LogMel};
use crate::network::Network;
use crate::tokens::{END, NO_SPEECH, NO_TIMES, START, TRANSCRIBE, Tokens};

const LAYERS: usize = 6;
/// Heads that follow the sound.
const HEADS: usize = 8;
/// Moments of 20 ms that the encoder makes of a window.
pub(crate) const MOMENTS: usize = 1500;
/// Most tokens in a window: half of the decoder's memory, as the model was trained.
const MAX_TOKENS: usize = 224;
/// A run of tokens said this often in a row is a decoder that has lost its way.
const MAX_REPEATS: usize = 4;
const LONGEST_REPEAT: usize = 8;

/// What was heard in a window.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Text tokens.
    pub(crate) tokens: Vec<u32>,
    /// Mean logarithm of the tokens' probabilities.
    pub(crate) confidence: f32,
    /// Probability that nobody speaks.
    pub(crate) no_speech: f32,
    /// For each text token and the end after them, [`MOMENTS`] weights of where in the sound it lies, mean of the heads.
    pub(crate) attention: Vec<Vec<f32>>,
}

/// The networks.
#[derive(Debug)]
pub(crate) struct Whisper {
    encoder: Network,
    decoder: Network,
    mel: LogMel,
}

/// A window as the decoder sees it.
#[derive(Debug)]
pub(crate) struct Encoded(Vec<Value>);

/// A decoder that has read some tokens.
struct Memory {
    /// Keys and values of each layer.
    past: Vec<Value>,
    tokens: usize,
}

impl Whisper {
    pub(crate) fn load(dir: &Path) -> Result<Self, HearingError> {
        let layers = |names: &[&str]| -> Vec<String> {
            (0..LAYERS)
                .flat_map(|layer| names.iter().map(move |name| format!("{name}_{layer}")))
                .collect()
        };
        let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let cross = layers(&["cross_key", "cross_value"]);
        let mut inputs: Vec<String> = fixed(&["tokens", "positions", "mask"]);
        inputs.extend(cross.clone());
        inputs.extend(layers(&["past_key", "past_value"]));
        let mut outputs: Vec<String> = fixed(&["logits", "alignment"]);
        outputs.extend(layers(&["key", "value"]));
        Ok(Self {
            encoder: Network::load(
                "whisper encoder",
                &dir.join("whisper_encoder.onnx"),
                &["mel".to_owned()],
                &cross,
            )?,
            decoder: Network::load(
                "whisper decoder",
                &dir.join("whisper_decoder.onnx"),
                &inputs,
                &outputs,
            )?,
            mel: LogMel::new(),
        })
    }

    /// Looks at a window of at most 30 s.
    pub(crate) fn encode(&self, samples: &[f32]) -> Result<Encoded, HearingError> {
        let energies = Tensor::from_data(&[1, BANDS, FRAMES], self.mel.energies(samples));
        let values = self.encoder.run(vec![energies.into()])?;
        Ok(Encoded(values.collect()))
    }

    /// The language that is most likely spoken.
    pub(crate) fn language(&self, sound: &Encoded, tokens: &Tokens) -> Result<u32, HearingError> {
        let (logits, _, _) = self.step(sound, Memory::new(), &[START])?;
        let score = |id: u32| logits.get(id as usize).copied().unwrap_or(f32::MIN);
        tokens
            .languages()
            .map(|(_, id)| id)
            .max_by(|a, b| score(*a).total_cmp(&score(*b)))
            .ok_or_else(|| self.decoder.bad_output("it knows no language"))
    }

    /// Writes down what is said, each time the likeliest token.
    pub(crate) fn decode(
        &self,
        sound: &Encoded,
        tokens: &Tokens,
        language: u32,
    ) -> Result<Heard, HearingError> {
        let (logits, _, memory) = self.step(sound, Memory::new(), &[START])?;
        let mut heard = Heard {
            no_speech: probability(&logits, NO_SPEECH),
            ..Heard::default()
        };
        let prompt = [language, TRANSCRIBE, NO_TIMES];
        let (mut logits, mut attention, mut memory) = self.step(sound, memory, &prompt)?;
        let mut total = 0.0;
        loop {
            suppress(&mut logits, tokens, heard.tokens.is_empty());
            let (token, probability) = likeliest(&logits);
            total += probability;
            heard.attention.push(attention);
            if token == END || heard.tokens.len() == MAX_TOKENS {
                break;
            }
            heard.tokens.push(token);
            if let Some(kept) = before_repeats(&heard.tokens) {
                heard.tokens.truncate(kept);
                heard.attention.truncate(kept + 1);
                break;
            }
            (logits, attention, memory) = self.step(sound, memory, &[token])?;
        }
        heard.confidence = total / heard.attention.len() as f32;
        Ok(heard)
    }

    /// Reads more tokens: the scores of the next one, where the aligned heads looked for it, and the memory.
    fn step(
        &self,
        sound: &Encoded,
        memory: Memory,
        tokens: &[u32],
    ) -> Result<(Vec<f32>, Vec<f32>, Memory), HearingError> {
        let (past, new) = (memory.tokens, tokens.len());
        let ids: Vec<i32> = tokens.iter().map(|token| *token as i32).collect();
        let positions: Vec<i32> = (past..past + new).map(|place| place as i32).collect();
        // A token sees itself and those before it.
        let sees = |row: usize, column: usize| column <= past + row;
        let mask: Vec<f32> = (0..new)
            .flat_map(|row| {
                (0..past + new).map(move |column| if sees(row, column) { 0.0 } else { -1e9 })
            })
            .collect();
        let mut inputs: Vec<ValueOrView> = vec![
            Tensor::from_data(&[new], ids).into(),
            Tensor::from_data(&[new], positions).into(),
            Tensor::from_data(&[new, past + new], mask).into(),
        ];
        inputs.extend(sound.0.iter().map(ValueOrView::from));
        inputs.extend(memory.past.into_iter().map(ValueOrView::Value));
        let mut outputs = self.decoder.run(inputs)?;
        let logits = self.decoder.floats(outputs.next())?;
        let attention = self.decoder.floats(outputs.next())?;
        let last = logits.len() / new * (new - 1);
        let memory = Memory {
            past: outputs.collect(),
            tokens: past + new,
        };
        let attention = mean_of_heads(&attention, new)
            .ok_or_else(|| self.decoder.bad_output("its attention has another shape"))?;
        Ok((logits[last..].to_vec(), attention, memory))
    }
}

impl Memory {
    fn new() -> Self {
        let empty = || Tensor::<f32>::from_data(&[1, 8, 0, 64], Vec::new()).into();
        Self {
            past: (0..2 * LAYERS).map(|_| empty()).collect(),
            tokens: 0,
        }
    }
}

/// Of `[heads, new, moments]` the mean over the heads for the last of the new tokens. Each head is smoothed over 7 moments
/// by a median, which takes away single flashes.
fn mean_of_heads(attention: &[f32], new: usize) -> Option<Vec<f32>> {
    if attention.len() != HEADS * new * MOMENTS {
        return None;
    }
    let mut mean = vec![0.0; MOMENTS];
    for head in attention.chunks_exact(new * MOMENTS) {
        for (sum, weight) in mean.iter_mut().zip(medians(&head[(new - 1) * MOMENTS..])) {
            *sum += weight / HEADS as f32;
        }
    }
    Some(mean)
}

fn medians(weights: &[f32]) -> Vec<f32> {
    const AROUND: usize = 3;
    let median = |place: usize| {
        let from = place.saturating_sub(AROUND);
        let to = (place + AROUND + 1).min(weights.len());
        let mut near = [0.0; 2 * AROUND + 1];
        let near = &mut near[..to - from];
        near.copy_from_slice(&weights[from..to]);
        near.sort_by(f32::total_cmp);
        near[near.len() / 2]
    };
    (0..weights.len()).map(median).collect()
}

/// Forbids marks, and text that is never said.
fn suppress(logits: &mut [f32], tokens: &Tokens, first: bool) {
    let mut forbid = |id: usize| {
        if let Some(logit) = logits.get_mut(id) {
            *logit = f32::MIN;
        }
    };
    for id in &tokens.suppressed {
        forbid(*id as usize);
    }
    if first {
        for id in &tokens.suppressed_first {
            forbid(*id as usize);
        }
    }
    if let Some(marks) = logits.get_mut(END as usize + 1..) {
        marks.fill(f32::MIN);
    }
}

/// The likeliest token with the logarithm of its probability.
fn likeliest(logits: &[f32]) -> (u32, f32) {
    let best = (0..logits.len())
        .max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
        .unwrap_or(END as usize) as u32;
    (best, probability(logits, best).max(f32::MIN_POSITIVE).ln())
}

fn probability(logits: &[f32], token: u32) -> f32 {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - most).exp()).sum();
    let own = logits.get(token as usize).map_or(0.0, |l| (l - most).exp());
    own / sum
}

/// If the tokens end in the same few, said [`MAX_REPEATS`] times: how many tokens end with the first of them.
fn before_repeats(tokens: &[u32]) -> Option<usize> {
    (1..=LONGEST_REPEAT).find_map(|length| {
        let all = length * MAX_REPEATS;
        let tail = tokens.get(tokens.len().checked_sub(all)?..)?;
        let same = tail.iter().zip(&tail[length..]).all(|(a, b)| a == b);
        same.then(|| tokens.len() - all + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_lost_its_way_is_stopped() {
        assert_eq!(before_repeats(&[1, 2, 3, 4, 3, 4, 3, 4, 3, 4]), Some(4));
        assert_eq!(before_repeats(&[7, 5, 5, 5, 5]), Some(2));
        assert_eq!(before_repeats(&[1, 2, 3, 4, 3, 4, 3, 4]), None);
        assert_eq!(before_repeats(&[]), None);
    }

    #[test]
    fn a_flash_is_no_place() {
        let mut weights = vec![0.0; 20];
        weights[3] = 1.0;
        weights[10..15].fill(0.2);
        let smooth = medians(&weights);
        assert!(smooth[3] < 1e-6 && smooth[12] > 0.1);
    }

    #[test]
    fn probabilities_add_up() {
        let logits = [1.0, 2.0, f32::MIN, 0.0];
        let all: f32 = (0..4).map(|t| probability(&logits, t)).sum();
        assert!((all - 1.0).abs() < 1e-6);
        assert_eq!(likeliest(&logits).0, 1);
    }
}
