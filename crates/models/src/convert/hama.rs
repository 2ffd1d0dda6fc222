//! The phoneme recogniser of the package `hama` as ONNX.
//!
//! Its weight file is a list of named tensors: the magic `HAMAPK`, a version and a flag byte, their count, then for each
//! its name, kind (0 binary32, 1 binary16), dimensions, place and length; the data follows on the next multiple of 16.
//! The network is a Conformer (Gulati et al. 2020) with four blocks without position codes, over log mel energies, with
//! a head for connectionist temporal classification. The graph begins at the power spectrum, as computing that is
//! cheaper by FFT than by the convolution that the file has kernels for.

use super::halves::{Halves, Weights};
use super::layers::{Layers, Window};
use super::onnx::{Attribute, Kind};
use crate::ConvertError;

const MAGIC: &[u8] = b"HAMAPK\x01\x02";
const MODEL: &str = "acoustic_model.model";
const HEADS: i64 = 4;
const HEAD_SIZE: u16 = 36;
const WIDTH: i64 = 144;
const BLOCKS: usize = 4;
const FREQUENCIES: usize = 201;
const SYMBOLS: usize = 191;
const EPSILON: f32 = 1e-5;
/// The weights that the exporter named by number: the first of each block and the step to the next block.
const FIRST_MATRIX: usize = 829;
const MATRIX_STEP: usize = 9;
const FIRST_DEPTHWISE: usize = 804;
const DEPTHWISE_STEP: usize = 3;

/// Converts the whole file. Input `power` `[1, frames, 201]`, output `log_probs` `[1, (frames + 1) / 2, 191]`.
pub(crate) fn convert(file: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let weights = read(file)?;
    let mut layers = Layers::new(&weights);
    layers
        .graph
        .named_input("power", Kind::Floats, &[Some(1), None, Some(FREQUENCIES)]);
    let mel = layers.named("mel_fb")?;
    let energies = layers.binary("MatMul", "power", &mel);
    let floor = layers.graph.floats(&[], &[1e-10]);
    let energies = layers.binary("Max", &energies, &floor);
    let energies = layers.unary("Log", &energies);
    let energies = layers.transposed(&energies, &[0, 2, 1]);
    let stem = Window {
        stride: 2,
        pad: 1,
        groups: 1,
    };
    let x = layers.convolution(&energies, ["onnx::Conv_801", "onnx::Conv_802"], &stem)?;
    let x = layers.gelu(&x);
    let mut x = layers.transposed(&x, &[0, 2, 1]);
    for index in 0..BLOCKS {
        x = Block::new(&mut layers, index).write(&x)?;
    }
    let x = layers.transposed(&x, &[0, 2, 1]);
    let names = [format!("{MODEL}.proj.weight"), format!("{MODEL}.proj.bias")];
    let scores = layers.convolution(&x, [&names[0], &names[1]], &Window::default())?;
    let scores = layers.transposed(&scores, &[0, 2, 1]);
    let shares = layers
        .graph
        .node("LogSoftmax", &[&scores], &[Attribute::Int("axis", -1)]);
    layers
        .graph
        .named_output(&shares, "log_probs", &[Some(1), None, Some(SYMBOLS)]);
    Ok(layers.graph.finish())
}

/// One block of the Conformer.
#[derive(Debug)]
struct Block<'a, 'w> {
    layers: &'a mut Layers<'w>,
    index: usize,
    prefix: String,
}

impl<'a, 'w> Block<'a, 'w> {
    fn new(layers: &'a mut Layers<'w>, index: usize) -> Self {
        let prefix = format!("{MODEL}.blocks.{index}");
        Self {
            layers,
            index,
            prefix,
        }
    }

    fn write(&mut self, x: &str) -> Result<String, ConvertError> {
        let x = self.half_step(x, "ffn1", 0)?;
        let x = self.attention(&x)?;
        let x = self.convolution(&x)?;
        let x = self.half_step(&x, "ffn2", 7)?;
        self.norm(&x, "norm")
    }

    fn norm(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let names = ["weight", "bias"].map(|part| format!("{}.{name}.{part}", self.prefix));
        self.layers.layer_norm(x, [&names[0], &names[1]], EPSILON)
    }

    /// The matrix with the `place`th number of this block, and the bias of that name.
    fn linear(&mut self, x: &str, place: usize, bias: &str) -> Result<String, ConvertError> {
        let number = FIRST_MATRIX + self.index * MATRIX_STEP + place;
        let matrix = self.layers.weights(&format!("onnx::MatMul_{number}"))?;
        let bias = self.layers.weights(&format!("{}.{bias}", self.prefix))?;
        Ok(self.layers.linear(x, matrix, Some(bias)))
    }

    /// Half of a feed-forward step beside the input.
    fn half_step(&mut self, x: &str, name: &str, place: usize) -> Result<String, ConvertError> {
        let inner = self.norm(x, &format!("{name}.norm"))?;
        let inner = self.linear(&inner, place, &format!("{name}.fc1.bias"))?;
        let inner = self.layers.silu(&inner);
        let inner = self.linear(&inner, place + 1, &format!("{name}.fc2.bias"))?;
        let inner = self.layers.scaled(&inner, 0.5);
        Ok(self.layers.binary("Add", x, &inner))
    }

    fn attention(&mut self, x: &str) -> Result<String, ConvertError> {
        let inner = self.norm(x, "attn_norm")?;
        let all = self.linear(&inner, 2, "attn.in_proj_bias")?;
        let [query, key, value] = [0, 1, 2].map(|part| {
            self.layers
                .sliced(&all, 2, part * WIDTH, (part + 1) * WIDTH)
        });
        let query = self.layers.heads(&query, HEADS);
        let key = self.layers.key_heads(&key, HEADS);
        let value = self.layers.heads(&value, HEADS);
        let (seen, _) = self
            .layers
            .attention([&query, &key, &value], None, HEAD_SIZE);
        let seen = self.linear(&seen, 6, "attn.out_proj.bias")?;
        Ok(self.layers.binary("Add", x, &seen))
    }

    /// Pointwise, gated, depthwise (its normalisation folded in by the exporter), pointwise.
    fn convolution(&mut self, x: &str) -> Result<String, ConvertError> {
        let inner = self.norm(x, "conv.norm")?;
        let inner = self.layers.transposed(&inner, &[0, 2, 1]);
        let inner = self.pointwise(&inner, "conv.pointwise1")?;
        let kept = self.layers.sliced(&inner, 1, 0, WIDTH);
        let gate = self.layers.sliced(&inner, 1, WIDTH, 2 * WIDTH);
        let gate = self.layers.unary("Sigmoid", &gate);
        let inner = self.layers.binary("Mul", &kept, &gate);
        let number = FIRST_DEPTHWISE + self.index * DEPTHWISE_STEP;
        let names = [number, number + 1].map(|number| format!("onnx::Conv_{number}"));
        let window = Window {
            stride: 1,
            pad: 15,
            groups: WIDTH,
        };
        let inner = self
            .layers
            .convolution(&inner, [&names[0], &names[1]], &window)?;
        let inner = self.layers.silu(&inner);
        let inner = self.pointwise(&inner, "conv.pointwise2")?;
        let inner = self.layers.transposed(&inner, &[0, 2, 1]);
        Ok(self.layers.binary("Add", x, &inner))
    }

    fn pointwise(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let names = ["weight", "bias"].map(|part| format!("{}.{name}.{part}", self.prefix));
        let names = [names[0].as_str(), names[1].as_str()];
        self.layers.convolution(x, names, &Window::default())
    }
}

fn read(file: &[u8]) -> Result<Weights, ConvertError> {
    let mut head = Reader(file);
    if head.take(MAGIC.len())? != MAGIC {
        return Err(ConvertError::Unexpected(
            "no HAMAPK file of version 1".to_owned(),
        ));
    }
    let count = head.number(4)?;
    let mut tensors = Vec::new();
    for _ in 0..count {
        let length = head.number(2)?;
        let name = String::from_utf8_lossy(head.take(length)?).into_owned();
        let kind = head.number(1)?;
        let dimensions = head.number(1)?;
        let shape = (0..dimensions)
            .map(|_| head.number(4))
            .collect::<Result<Vec<_>, _>>()?;
        let place = [head.number(8)?, head.number(8)?];
        tensors.push((name, kind, shape, place));
    }
    let data = (file.len() - head.0.len()).next_multiple_of(16);
    let mut weights = Weights::default();
    for (name, kind, shape, [start, length]) in tensors {
        let from = data.checked_add(start);
        let bytes = from.and_then(|from| file.get(from..)?.get(..length));
        let bytes = bytes.ok_or(ConvertError::Damaged("a tensor lies outside of the file"))?;
        let halves = match kind {
            0 => Halves::from_floats(shape, bytes)?,
            1 => Halves::from_halves(shape, bytes)?,
            other => return Err(ConvertError::Unknown(format!("numbers of kind {other}"))),
        };
        weights.0.insert(name, halves);
    }
    Ok(weights)
}

/// What is left of a file.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], ConvertError> {
        let (head, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(ConvertError::Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(head)
    }

    /// A little-endian number of at most 8 bytes.
    pub(super) fn number(&mut self, bytes: usize) -> Result<usize, ConvertError> {
        let digits = self.take(bytes)?;
        let number = digits
            .iter()
            .rev()
            .fold(0_u64, |number, digit| number << 8 | u64::from(*digit));
        usize::try_from(number).map_err(|_| ConvertError::Damaged("a size is out of range"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend(1_u32.to_le_bytes());
        file.extend(1_u16.to_le_bytes());
        file.extend(b"a\x01\x01");
        file.extend(2_u32.to_le_bytes());
        file.extend(0_u64.to_le_bytes());
        file.extend(4_u64.to_le_bytes());
        file.resize(file.len().next_multiple_of(16), 0);
        file.extend([0, 0x3c, 0, 0x40]);
        file
    }

    #[test]
    fn tensors_are_found_by_name() {
        let weights = read(&file()).unwrap();
        let halves = weights.get("a").unwrap();
        assert_eq!(
            (&halves.shape[..], &halves.numbers[..]),
            (&[2][..], &[0x3c00, 0x4000][..])
        );
        assert!(weights.get("b").is_err());
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
