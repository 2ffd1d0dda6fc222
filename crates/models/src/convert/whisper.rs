//! Whisper base out of a `CTranslate2` file as two ONNX graphs: encoder, and one step of the decoder with its memory.
//!
//! The file is a list of named tensors in half precision (`decoder/layer_0/attention/linear_0/weight` and the like).
//! Names here follow the file: `linear_0` of a self-attention holds query, key and value one below the other, those of a
//! cross-attention are query, key with value, and output. Architecture: Radford et al. 2022, "Robust Speech Recognition
//! via Large-Scale Weak Supervision".

use super::halves::{Halves, Weights};
use super::hama::Reader;
use super::layers::{Layers, Window};
use super::onnx::Kind;
use crate::ConvertError;

const HEADS: usize = 8;
const HEAD_SIZE: u16 = 64;
const WIDTH: usize = 512;
const LAYERS: usize = 6;
const MELS: usize = 80;
/// Frames of 10 ms in a window, and what the encoder makes of them.
const FRAMES: usize = 3000;
const SEEN: usize = 1500;
const EPSILON: f32 = 1e-5;
/// The heads that follow the sound, by layer; from the model's own configuration.
const ALIGNMENT_HEADS: [(usize, &[i64]); 3] = [(3, &[1]), (4, &[2, 3, 7]), (5, &[1, 2, 4, 6])];
const ALIGNMENTS: usize = 8;

/// Both graphs of the model.
#[derive(Debug)]
pub(crate) struct Graphs {
    /// Input `mel` `[1, 80, 3000]`; outputs `cross_key_{layer}` `[1, 8, 64, 1500]`, `cross_value_{layer}`
    /// `[1, 8, 1500, 64]`.
    pub(crate) encoder: Vec<u8>,
    /// Inputs `tokens` and `positions` `[new]`, `mask` `[new, all]`, the encoder's outputs, and `past_key_{layer}`,
    /// `past_value_{layer}` `[1, 8, past, 64]`; outputs `logits` `[1, new, symbols]`, `key_{layer}`, `value_{layer}`
    /// `[1, 8, all, 64]`, and `alignment` `[1, 8, new, 1500]`, where the aligned heads looked.
    pub(crate) decoder: Vec<u8>,
}

/// Converts the joined file.
pub(crate) fn convert(file: &[u8]) -> Result<Graphs, ConvertError> {
    let weights = read(file)?;
    Ok(Graphs {
        encoder: encoder(&weights)?,
        decoder: decoder(&weights)?,
    })
}

fn encoder(weights: &Weights) -> Result<Vec<u8>, ConvertError> {
    let mut net = Net(Layers::new(weights));
    net.0
        .graph
        .named_input("mel", Kind::Floats, &[Some(1), Some(MELS), Some(FRAMES)]);
    let x = net.stem("mel", "encoder/conv1", 1)?;
    let x = net.stem(&x, "encoder/conv2", 2)?;
    let x = net.0.transposed(&x, &[0, 2, 1]);
    let places = net.0.named("encoder/position_encodings/encodings")?;
    let mut x = net.0.binary("Add", &x, &places);
    for layer in 0..LAYERS {
        let name = format!("encoder/layer_{layer}");
        let inner = net.norm(&x, &format!("{name}/self_attention/layer_norm"))?;
        let of = format!("{name}/self_attention");
        let [query, key, value] = [0, 1, 2].map(|part| net.part(&inner, &of, 0, (part, 3)));
        let query = net.heads(&query?);
        let key = net.0.key_heads(&key?, heads());
        let value = net.heads(&value?);
        let (seen, _) = net.0.attention([&query, &key, &value], None, HEAD_SIZE);
        x = net.added(&x, &seen, &format!("{of}/linear_1"))?;
        x = net.feed_forward(&x, &name)?;
    }
    let x = net.norm(&x, "encoder/layer_norm")?;
    for layer in 0..LAYERS {
        let of = format!("decoder/layer_{layer}/attention");
        let key = net.part(&x, &of, 1, (0, 2))?;
        let key = net.0.key_heads(&key, heads());
        let value = net.part(&x, &of, 1, (1, 2))?;
        let value = net.heads(&value);
        let graph = &mut net.0.graph;
        graph.named_output(&key, &format!("cross_key_{layer}"), &CROSS_KEY);
        graph.named_output(&value, &format!("cross_value_{layer}"), &CROSS_VALUE);
    }
    Ok(net.0.graph.finish())
}

const CROSS_KEY: [Option<usize>; 4] = [Some(1), Some(HEADS), Some(64), Some(SEEN)];
const CROSS_VALUE: [Option<usize>; 4] = [Some(1), Some(HEADS), Some(SEEN), Some(64)];
const PAST: [Option<usize>; 4] = [Some(1), Some(HEADS), None, Some(64)];

fn decoder(weights: &Weights) -> Result<Vec<u8>, ConvertError> {
    let mut net = Net(Layers::new(weights));
    net.decoder_inputs();
    // One matrix serves as symbols in and symbols out; turned, the large product needs no copy.
    let symbols = net.0.weights("decoder/embeddings/weight")?.transposed()?;
    let count = symbols.matrix()?[1];
    let symbols = net.0.constant(&symbols);
    let x = net.0.gathered(&symbols, "tokens", 1);
    let x = net.0.transposed(&x, &[1, 0]);
    let places = net.0.named("decoder/position_encodings/encodings")?;
    let places = net.0.gathered(&places, "positions", 0);
    let x = net.0.binary("Add", &x, &places);
    let width = i64::try_from(WIDTH).unwrap_or(-1);
    let mut x = net.0.reshaped(&x, &[1, -1, width]);
    let mut alignments = Vec::new();
    for layer in 0..LAYERS {
        let (next, shares) = net.decoder_layer(&x, layer)?;
        x = next;
        if let Some((_, heads)) = ALIGNMENT_HEADS.iter().find(|(of, _)| *of == layer) {
            let heads = net.0.graph.ints(&[heads.len()], heads);
            alignments.push(net.0.gathered(&shares, &heads, 1));
        }
    }
    let x = net.norm(&x, "decoder/layer_norm")?;
    let logits = net.0.binary("MatMul", &x, &symbols);
    let alignments: Vec<&str> = alignments.iter().map(String::as_str).collect();
    let alignment = net.0.concatenated(&alignments, 1);
    let graph = &mut net.0.graph;
    graph.named_output(&logits, "logits", &[Some(1), None, Some(count)]);
    let sizes = [Some(1), Some(ALIGNMENTS), None, Some(SEEN)];
    graph.named_output(&alignment, "alignment", &sizes);
    Ok(net.0.graph.finish())
}

fn heads() -> i64 {
    i64::try_from(HEADS).unwrap_or(0)
}

/// Layers by the file's names.
#[derive(Debug)]
struct Net<'w>(Layers<'w>);

impl Net<'_> {
    fn decoder_inputs(&mut self) {
        let graph = &mut self.0.graph;
        graph.named_input("tokens", Kind::Ints, &[None]);
        graph.named_input("positions", Kind::Ints, &[None]);
        graph.named_input("mask", Kind::Floats, &[None, None]);
        for layer in 0..LAYERS {
            let kind = Kind::Floats;
            graph.named_input(&format!("past_key_{layer}"), kind, &PAST);
            graph.named_input(&format!("past_value_{layer}"), kind, &PAST);
            graph.named_input(&format!("cross_key_{layer}"), kind, &CROSS_KEY);
            graph.named_input(&format!("cross_value_{layer}"), kind, &CROSS_VALUE);
        }
    }

    /// The layer's result, and where its cross-attention looked.
    fn decoder_layer(&mut self, x: &str, layer: usize) -> Result<(String, String), ConvertError> {
        let name = format!("decoder/layer_{layer}");
        let of = format!("{name}/self_attention");
        let inner = self.norm(x, &format!("{of}/layer_norm"))?;
        let [query, key, value] = [0, 1, 2].map(|part| self.part(&inner, &of, 0, (part, 3)));
        let query = self.heads(&query?);
        let key = self.remembered("key", &key?, layer);
        let value = self.remembered("value", &value?, layer);
        let key = self.0.transposed(&key, &[0, 1, 3, 2]);
        let attended = self
            .0
            .attention([&query, &key, &value], Some("mask"), HEAD_SIZE);
        let x = self.added(x, &attended.0, &format!("{of}/linear_1"))?;

        let of = format!("{name}/attention");
        let inner = self.norm(&x, &format!("{of}/layer_norm"))?;
        let query = self.part(&inner, &of, 0, (0, 1))?;
        let query = self.heads(&query);
        let (key, value) = (format!("cross_key_{layer}"), format!("cross_value_{layer}"));
        let (seen, shares) = self.0.attention([&query, &key, &value], None, HEAD_SIZE);
        let x = self.added(&x, &seen, &format!("{of}/linear_2"))?;
        Ok((self.feed_forward(&x, &name)?, shares))
    }

    /// New keys or values after the past ones; an output for the next step.
    fn remembered(&mut self, what: &str, new: &str, layer: usize) -> String {
        let new = self.heads(new);
        let all = self
            .0
            .concatenated(&[&format!("past_{what}_{layer}"), &new], 2);
        self.0
            .graph
            .named_output(&all, &format!("{what}_{layer}"), &PAST);
        all
    }

    fn stem(&mut self, x: &str, name: &str, stride: i64) -> Result<String, ConvertError> {
        let window = Window {
            stride,
            pad: 1,
            groups: 1,
        };
        let names = [format!("{name}/weight"), format!("{name}/bias")];
        let x = self.0.convolution(x, [&names[0], &names[1]], &window)?;
        Ok(self.0.gelu(&x))
    }

    fn norm(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let names = [format!("{name}/gamma"), format!("{name}/beta")];
        self.0.layer_norm(x, [&names[0], &names[1]], EPSILON)
    }

    /// A slice of the rows of `{of}/linear_{number}`, as a layer of its own.
    fn part(
        &mut self,
        x: &str,
        of: &str,
        number: usize,
        (part, parts): (usize, usize),
    ) -> Result<String, ConvertError> {
        let name = format!("{of}/linear_{number}");
        let matrix = self.0.weights(&format!("{name}/weight"))?;
        let matrix = matrix.part(part, parts)?.transposed()?;
        let bias = self.0.weights(&format!("{name}/bias"))?.part(part, parts)?;
        Ok(self.0.linear(x, &matrix, Some(&bias)))
    }

    fn whole(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let matrix: Halves = self.0.weights(&format!("{name}/weight"))?.transposed()?;
        let bias = self.0.weights(&format!("{name}/bias"))?;
        Ok(self.0.linear(x, &matrix, Some(bias)))
    }

    /// `x` plus a linear layer of `inner`.
    fn added(&mut self, x: &str, inner: &str, name: &str) -> Result<String, ConvertError> {
        let inner = self.whole(inner, name)?;
        Ok(self.0.binary("Add", x, &inner))
    }

    fn feed_forward(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let inner = self.norm(x, &format!("{name}/ffn/layer_norm"))?;
        let inner = self.whole(&inner, &format!("{name}/ffn/linear_0"))?;
        let inner = self.0.gelu(&inner);
        self.added(x, &inner, &format!("{name}/ffn/linear_1"))
    }

    fn heads(&mut self, x: &str) -> String {
        self.0.heads(x, heads())
    }
}

/// Reads the half precision tensors of a `CTranslate2` file of version 6; others are settings.
fn read(file: &[u8]) -> Result<Weights, ConvertError> {
    let mut rest = Reader(file);
    if rest.number(4)? != 6 || text(&mut rest)? != "WhisperSpec" {
        let what = "no CTranslate2 file of version 6 with Whisper in it".to_owned();
        return Err(ConvertError::Unexpected(what));
    }
    let _revision = rest.number(4)?;
    let count = rest.number(4)?;
    let mut weights = Weights::default();
    for _ in 0..count {
        let name = text(&mut rest)?;
        let dimensions = rest.number(1)?;
        let shape = (0..dimensions)
            .map(|_| rest.number(4))
            .collect::<Result<Vec<_>, _>>()?;
        let kind = rest.number(1)?;
        let length = rest.number(4)?;
        let bytes = rest.take(length)?;
        if kind == 4 {
            weights.0.insert(name, Halves::from_halves(shape, bytes)?);
        }
    }
    Ok(weights)
}

/// Text with its length before it and a zero at its end.
fn text(rest: &mut Reader) -> Result<String, ConvertError> {
    let length = rest.number(2)?;
    let bytes = rest.take(length)?;
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut file = 6_u32.to_le_bytes().to_vec();
        let text = |file: &mut Vec<u8>, text: &str| {
            file.extend(u16::try_from(text.len() + 1).unwrap().to_le_bytes());
            file.extend(text.as_bytes());
            file.push(0);
        };
        text(&mut file, "WhisperSpec");
        file.extend(3_u32.to_le_bytes());
        file.extend(2_u32.to_le_bytes());
        text(&mut file, "a/weight");
        file.push(1);
        file.extend(1_u32.to_le_bytes());
        file.push(4);
        file.extend(2_u32.to_le_bytes());
        file.extend([0, 0x3c]);
        text(&mut file, "a/heads");
        file.push(0);
        file.push(2);
        file.extend(2_u32.to_le_bytes());
        file.extend([8, 0]);
        file
    }

    #[test]
    fn only_halves_are_weights() {
        let weights = read(&file()).unwrap();
        assert_eq!(weights.get("a/weight").unwrap().numbers, [0x3c00]);
        assert!(weights.get("a/heads").is_err());
        assert!(convert(&file()).is_err());
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let file = file();
        for end in 0..file.len() {
            assert!(read(&file[..end]).is_err(), "{end}");
        }
    }
}
