//! The layers that Conformers and Transformers are made of, written as ONNX nodes.
//!
//! Values have the shape `[1, time, width]` unless a name says otherwise.

use super::halves::{Halves, Weights};
use super::onnx::{Attribute, Graph};
use crate::ConvertError;

type Converted<T = String> = Result<T, ConvertError>;

/// A graph that is written from weights with names.
#[derive(Debug)]
pub(crate) struct Layers<'a> {
    pub(crate) graph: Graph,
    weights: &'a Weights,
}

impl<'a> Layers<'a> {
    pub(crate) fn new(weights: &'a Weights) -> Self {
        Self {
            graph: Graph::default(),
            weights,
        }
    }

    pub(crate) fn weights(&self, name: &str) -> Converted<&'a Halves> {
        self.weights.get(name)
    }

    pub(crate) fn constant(&mut self, halves: &Halves) -> String {
        self.graph.halves(&halves.shape, &halves.numbers)
    }

    pub(crate) fn named(&mut self, name: &str) -> Converted {
        let halves = self.weights.get(name)?;
        Ok(self.constant(halves))
    }

    pub(crate) fn unary(&mut self, op: &str, x: &str) -> String {
        self.graph.node(op, &[x], &[])
    }

    pub(crate) fn binary(&mut self, op: &str, a: &str, b: &str) -> String {
        self.graph.node(op, &[a, b], &[])
    }

    pub(crate) fn scaled(&mut self, x: &str, by: f32) -> String {
        let by = self.graph.floats(&[], &[by]);
        self.binary("Mul", x, &by)
    }

    pub(crate) fn transposed(&mut self, x: &str, order: &[i64]) -> String {
        self.graph.node(
            "Transpose",
            &[x],
            &[Attribute::Ints("perm", order.to_vec())],
        )
    }

    pub(crate) fn reshaped(&mut self, x: &str, shape: &[i64]) -> String {
        let shape = self.graph.ints(&[shape.len()], shape);
        self.binary("Reshape", x, &shape)
    }

    pub(crate) fn concatenated(&mut self, values: &[&str], axis: i64) -> String {
        self.graph
            .node("Concat", values, &[Attribute::Int("axis", axis)])
    }

    pub(crate) fn gathered(&mut self, x: &str, indices: &str, axis: i64) -> String {
        self.graph
            .node("Gather", &[x, indices], &[Attribute::Int("axis", axis)])
    }

    /// From `start` up to `end` along `axis`.
    pub(crate) fn sliced(&mut self, x: &str, axis: i64, start: i64, end: i64) -> String {
        let start = self.graph.ints(&[1], &[start]);
        let end = self.graph.ints(&[1], &[end]);
        let axis = self.graph.ints(&[1], &[axis]);
        self.graph.node("Slice", &[x, &start, &end, &axis], &[])
    }

    /// The exact one, by the error function; the runtime knows the pattern.
    pub(crate) fn gelu(&mut self, x: &str) -> String {
        let root = self.graph.floats(&[], &[std::f32::consts::SQRT_2]);
        let inner = self.binary("Div", x, &root);
        let inner = self.unary("Erf", &inner);
        let one = self.graph.floats(&[], &[1.0]);
        let inner = self.binary("Add", &inner, &one);
        let product = self.binary("Mul", x, &inner);
        self.scaled(&product, 0.5)
    }

    pub(crate) fn silu(&mut self, x: &str) -> String {
        let gate = self.unary("Sigmoid", x);
        self.binary("Mul", x, &gate)
    }

    /// Normalisation of the last dimension; `epsilon` keeps the division from zero.
    pub(crate) fn layer_norm(&mut self, x: &str, names: [&str; 2], epsilon: f32) -> Converted {
        let scale = self.named(names[0])?;
        let bias = self.named(names[1])?;
        let attributes = [
            Attribute::Int("axis", -1),
            Attribute::Float("epsilon", epsilon),
        ];
        Ok(self
            .graph
            .node("LayerNormalization", &[x, &scale, &bias], &attributes))
    }

    /// `x` times a matrix of `[in, out]`, plus a bias.
    pub(crate) fn linear(&mut self, x: &str, matrix: &Halves, bias: Option<&Halves>) -> String {
        let matrix = self.constant(matrix);
        let product = self.binary("MatMul", x, &matrix);
        match bias {
            Some(bias) => {
                let bias = self.constant(bias);
                self.binary("Add", &product, &bias)
            }
            None => product,
        }
    }

    /// A convolution over the last dimension of `[1, channels, time]` by weights `[out, in of the group, kernel]`.
    pub(crate) fn convolution(&mut self, x: &str, names: [&str; 2], window: &Window) -> Converted {
        let kernel = self.weights(names[0])?.shape.get(2).copied().unwrap_or(0);
        let weights = self.named(names[0])?;
        let bias = self.named(names[1])?;
        let kernel = i64::try_from(kernel).unwrap_or(0);
        let attributes = [
            Attribute::Ints("kernel_shape", vec![kernel]),
            Attribute::Ints("strides", vec![window.stride]),
            Attribute::Ints("pads", vec![window.pad; 2]),
            Attribute::Int("group", window.groups),
        ];
        Ok(self.graph.node("Conv", &[x, &weights, &bias], &attributes))
    }

    /// `[1, time, width]` as `[1, heads, time, width / heads]`.
    pub(crate) fn heads(&mut self, x: &str, heads: i64) -> String {
        let split = self.reshaped(x, &[0, 0, heads, -1]);
        self.transposed(&split, &[0, 2, 1, 3])
    }

    /// `[1, time, width]` as `[1, heads, width / heads, time]`, which a product with keys wants.
    pub(crate) fn key_heads(&mut self, x: &str, heads: i64) -> String {
        let split = self.reshaped(x, &[0, 0, heads, -1]);
        self.transposed(&split, &[0, 2, 3, 1])
    }

    /// What the heads saw, as `[1, time, heads * size]`, with the shares `[1, heads, time, seen]` it was mixed by.
    /// `query` and `value` are `[1, heads, time, size]`, `key` is `[1, heads, size, seen]`, `mask` is added to the scores.
    pub(crate) fn attention(
        &mut self,
        [query, key, value]: [&str; 3],
        mask: Option<&str>,
        size: u16,
    ) -> (String, String) {
        let query = self.scaled(query, 1.0 / f32::from(size).sqrt());
        let mut scores = self.binary("MatMul", &query, key);
        if let Some(mask) = mask {
            scores = self.binary("Add", &scores, mask);
        }
        let shares = self
            .graph
            .node("Softmax", &[&scores], &[Attribute::Int("axis", -1)]);
        let mixed = self.binary("MatMul", &shares, value);
        let mixed = self.transposed(&mixed, &[0, 2, 1, 3]);
        (self.reshaped(&mixed, &[0, 0, -1]), shares)
    }
}

/// How a convolution's window moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) stride: i64,
    /// On both sides.
    pub(crate) pad: i64,
    pub(crate) groups: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            stride: 1,
            pad: 0,
            groups: 1,
        }
    }
}
