//! From the checkpoint of Resemblyzer's voice encoder to an ONNX graph.
//!
//! The checkpoint is pinned by its checksum, so the places of its numbers in it are known, and the general format (a
//! Python pickle, which could hold a program) need not be read. Three LSTM layers of 256 cells, the last state through a
//! linear layer and a rectifier, as in `voice_encoder.py` of the package.

use super::onnx::{Attribute, Graph};
use crate::ConvertError;

/// Length of the checkpoint.
const SIZE: usize = 17_090_379;
/// Where the numbers of the LSTM layers begin, in bytes; places below are counted in numbers from here.
const LSTM: usize = 269_883;
/// Where the weights of the linear layer begin, in bytes.
const WEIGHT: usize = 7_731;
/// Where its biases begin, in bytes.
const BIAS: usize = 6_699;

/// Cells of a layer, and numbers of an embedding.
const CELLS: usize = 256;
/// Mel bands.
const BANDS: usize = 40;
/// Frames of 10 ms in one run.
const FRAMES: usize = 160;

/// One layer: numbers a step takes, and the places of its two weights; its biases follow at [`BIASES`].
const LAYERS: [(usize, usize, usize); 3] = [
    (BANDS, 0, 40_960),
    (CELLS, 303_104, 565_248),
    (CELLS, 827_392, 1_089_536),
];
/// Place of the biases, input and recurrent ones of each layer in turn.
const BIASES: usize = 1_351_680;

/// The graph: `[160, 1, 40]` mel energies in, an embedding `[1, 256]` out that is not yet scaled to length 1.
pub(crate) fn convert(checkpoint: &[u8]) -> Result<Vec<u8>, ConvertError> {
    if checkpoint.len() != SIZE {
        return Err(ConvertError::Unexpected(
            "not the pinned checkpoint of the voice encoder".to_owned(),
        ));
    }
    let floats = |place: usize, count: usize| -> Vec<f32> {
        let bytes = &checkpoint[place..place + 4 * count];
        let (numbers, _) = bytes.as_chunks::<4>();
        numbers.iter().map(|n| f32::from_le_bytes(*n)).collect()
    };
    let lstm = |place: usize, count: usize| floats(LSTM + 4 * place, count);
    let mut graph = Graph::default();
    let mut values = graph.input(&[FRAMES, 1, BANDS]);
    for (layer, (width, input, recurrent)) in LAYERS.into_iter().enumerate() {
        let input = reordered(&lstm(input, 4 * CELLS * width), width);
        let recurrent = reordered(&lstm(recurrent, 4 * CELLS * CELLS), CELLS);
        let biases = BIASES + layer * 8 * CELLS;
        let mut bias = reordered(&lstm(biases, 4 * CELLS), 1);
        bias.extend(reordered(&lstm(biases + 4 * CELLS, 4 * CELLS), 1));
        let input = graph.floats(&[1, 4 * CELLS, width], &input);
        let recurrent = graph.floats(&[1, 4 * CELLS, CELLS], &recurrent);
        let bias = graph.floats(&[1, 8 * CELLS], &bias);
        let cells = [Attribute::Int("hidden_size", 256)];
        let states = graph.node("LSTM", &[&values, &input, &recurrent, &bias], &cells);
        // [frames, directions, batch, cells]
        let axis = graph.ints(&[1], &[1]);
        values = graph.node("Squeeze", &[&states, &axis], &[]);
    }
    let last = graph.ints(&[], &[159]);
    let state = graph.node("Gather", &[&values, &last], &[Attribute::Int("axis", 0)]);
    let weight = floats(WEIGHT, CELLS * CELLS);
    let turned: Vec<f32> = (0..CELLS * CELLS)
        .map(|n| weight[(n % CELLS) * CELLS + n / CELLS])
        .collect();
    let weight = graph.floats(&[CELLS, CELLS], &turned);
    let bias = graph.floats(&[CELLS], &floats(BIAS, CELLS));
    let product = graph.node("MatMul", &[&state, &weight], &[]);
    let sum = graph.node("Add", &[&product, &bias], &[]);
    let embedding = graph.node("Relu", &[&sum], &[]);
    graph.output(&embedding, &[1, CELLS]);
    Ok(graph.finish())
}

/// Rows of `PyTorch`'s gates (input, forget, cell, output) in the order of ONNX (input, output, forget, cell).
fn reordered(rows: &[f32], width: usize) -> Vec<f32> {
    let gate = CELLS * width;
    [0, 3, 1, 2]
        .into_iter()
        .flat_map(|n| rows[n * gate..(n + 1) * gate].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_put_into_the_order_of_onnx() {
        let gates = [0.0_f32, 1.0, 2.0, 3.0];
        let rows: Vec<f32> = gates.iter().flat_map(|n| [*n; CELLS]).collect();
        let turned = reordered(&rows, 1);
        let firsts: Vec<f32> = turned.chunks(CELLS).map(|gate| gate[0]).collect();
        assert_eq!(firsts, [0.0, 3.0, 1.0, 2.0]);
    }

    #[test]
    fn another_checkpoint_is_refused() {
        assert!(convert(&[0; 100]).is_err());
    }
}
