//! dlib's face recognition network, as face-api.js publishes it, to ONNX.
//!
//! The weights are one file, most of them bytes that are steps of their tensor's scale, the rest floats, and a JSON list
//! that names the tensors in order.
//! The graph is dlib's `dnn_face_recognition_resnet_model_v1`: 29 convolutions in residual blocks, after each a scale
//! and a shift for every channel (folded into the convolution here), then the mean of each channel and one matrix.

use std::collections::HashMap;

use serde::Deserialize;

use super::onnx::{Attribute, Graph};
use crate::ConvertError;

/// Input side in pixels.
const SIDE: usize = 150;
/// Numbers of an embedding.
const EMBEDDING: usize = 128;

/// One file of weights and what is in it.
#[derive(Debug, Deserialize)]
struct Group {
    weights: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantization>,
}

#[derive(Debug, Deserialize)]
struct Quantization {
    dtype: String,
    scale: f32,
    min: f32,
}

impl Entry {
    fn bytes_each(&self) -> Result<usize, ConvertError> {
        let stored = self.quantization.as_ref().map(|q| q.dtype.as_str());
        match stored.unwrap_or(&self.dtype) {
            "uint8" => Ok(1),
            "float32" => Ok(4),
            other => Err(ConvertError::Unknown(format!("weights of kind {other}"))),
        }
    }

    fn numbers(&self, bytes: &[u8]) -> Vec<f32> {
        if let Some(Quantization { scale, min, .. }) = &self.quantization {
            let steps = bytes.iter().copied().map(f32::from);
            return steps.map(|step| step * scale + min).collect();
        }
        let words = bytes.as_chunks::<4>().0.iter();
        words.map(|word| f32::from_le_bytes(*word)).collect()
    }
}

#[derive(Debug)]
struct Weights {
    shape: Vec<usize>,
    numbers: Vec<f32>,
}

/// The network as an ONNX file: `[1, 3, 150, 150]` to `[1, 128]`.
pub(crate) fn convert(manifest: &[u8], weights: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut network = Network {
        graph: Graph::default(),
        weights: read(manifest, weights)?,
    };
    let input = network.graph.input(&[1, 3, SIDE, SIDE]);
    let output = network.layers(&Plane {
        value: input,
        side: SIDE,
        channels: 3,
    })?;
    network.graph.output(&output, &[1, EMBEDDING]);
    Ok(network.graph.finish())
}

fn read(manifest: &[u8], mut bytes: &[u8]) -> Result<HashMap<String, Weights>, ConvertError> {
    let groups: [Group; 1] = serde_json::from_slice(manifest)
        .map_err(|_| ConvertError::Damaged("the list of weights is not the JSON expected"))?;
    let [group] = groups;
    let mut all = HashMap::new();
    for entry in group.weights {
        let size = entry.bytes_each()?;
        let count = entry
            .shape
            .iter()
            .try_fold(size, |all, n| all.checked_mul(*n));
        let taken = count.and_then(|count| bytes.split_at_checked(count));
        let Some((head, rest)) = taken else {
            return Err(ConvertError::Damaged("it ends before its last weights"));
        };
        bytes = rest;
        let weights = Weights {
            numbers: entry.numbers(head),
            shape: entry.shape,
        };
        all.insert(entry.name, weights);
    }
    if bytes.is_empty() {
        Ok(all)
    } else {
        Err(ConvertError::Damaged(
            "there is more after the last weights",
        ))
    }
}

/// A square value of the graph.
#[derive(Debug, Clone)]
struct Plane {
    value: String,
    side: usize,
    channels: usize,
}

/// How a convolution is done.
#[derive(Debug, Clone, Copy)]
struct Step {
    stride: usize,
    /// Zeros around it, so that the side stays; else only whole windows are taken.
    padded: bool,
    rectified: bool,
}

const SAME: Step = Step {
    stride: 1,
    padded: true,
    rectified: true,
};
const HALVING: Step = Step {
    stride: 2,
    padded: false,
    rectified: true,
};

#[derive(Debug)]
struct Network {
    graph: Graph,
    weights: HashMap<String, Weights>,
}

impl Network {
    fn layers(&mut self, input: &Plane) -> Result<String, ConvertError> {
        let first = self.convolution(input, "conv32_down", HALVING)?;
        let mut plane = self.pool("MaxPool", &first, 3);
        for (channels, blocks) in [(32, 3), (64, 3), (128, 2), (256, 2)] {
            if channels > 32 {
                plane = self.halving_block(&plane, &format!("conv{channels}_down"))?;
            }
            for block in 1..=blocks {
                plane = self.block(&plane, &format!("conv{channels}_{block}"))?;
            }
        }
        plane = self.halving_block(&plane, "conv256_down_out")?;
        let mean = self.graph.node("GlobalAveragePool", &[&plane.value], &[]);
        let flat = self.graph.node("Flatten", &[&mean], &[]);
        let matrix = self.take("fc", &[plane.channels, EMBEDDING])?;
        let matrix = self.graph.floats(&[plane.channels, EMBEDDING], &matrix);
        Ok(self.graph.node("MatMul", &[&flat, &matrix], &[]))
    }

    /// Two convolutions whose result is added to what went in.
    fn block(&mut self, input: &Plane, name: &str) -> Result<Plane, ConvertError> {
        let inner = self.convolution(input, &format!("{name}/conv1"), SAME)?;
        let plain = Step {
            rectified: false,
            ..SAME
        };
        let added = self.convolution(&inner, &format!("{name}/conv2"), plain)?;
        Ok(self.sum(&added, input))
    }

    /// The same to half the side; what went in is averaged, and the smaller of both is filled up with zeros.
    fn halving_block(&mut self, input: &Plane, name: &str) -> Result<Plane, ConvertError> {
        let inner = self.convolution(input, &format!("{name}/conv1"), HALVING)?;
        let plain = Step {
            rectified: false,
            ..SAME
        };
        let added = self.convolution(&inner, &format!("{name}/conv2"), plain)?;
        let shrunk = self.pool("AveragePool", input, 2);
        let side = added.side.max(shrunk.side);
        let channels = added.channels.max(shrunk.channels);
        let added = self.filled(&added, side, channels);
        let shrunk = self.filled(&shrunk, side, channels);
        Ok(self.sum(&added, &shrunk))
    }

    fn sum(&mut self, a: &Plane, b: &Plane) -> Plane {
        let sum = self.graph.node("Add", &[&a.value, &b.value], &[]);
        Plane {
            value: self.graph.node("Relu", &[&sum], &[]),
            ..a.clone()
        }
    }

    fn pool(&mut self, op: &str, input: &Plane, window: i64) -> Plane {
        let attributes = [
            Attribute::Ints("kernel_shape", vec![window; 2]),
            Attribute::Ints("strides", vec![2; 2]),
        ];
        let window = usize::try_from(window).unwrap_or(1);
        Plane {
            value: self.graph.node(op, &[&input.value], &attributes),
            side: (input.side - window) / 2 + 1,
            channels: input.channels,
        }
    }

    /// Zeros to the right, below, and in further channels.
    fn filled(&mut self, input: &Plane, side: usize, channels: usize) -> Plane {
        if (input.side, input.channels) == (side, channels) {
            return input.clone();
        }
        let more = |wanted: usize, has: usize| i64::try_from(wanted - has).unwrap_or(0);
        let (below, deeper) = (more(side, input.side), more(channels, input.channels));
        let pads = self
            .graph
            .ints(&[8], &[0, 0, 0, 0, 0, deeper, below, below]);
        let zero = self.graph.floats(&[], &[0.0]);
        Plane {
            value: self.graph.node("Pad", &[&input.value, &pads, &zero], &[]),
            side,
            channels,
        }
    }

    fn convolution(
        &mut self,
        input: &Plane,
        name: &str,
        step: Step,
    ) -> Result<Plane, ConvertError> {
        let filters = format!("{name}/conv/filters");
        let shape = self.weights.get(&filters).map(|w| w.shape.clone());
        let Some(&[size, _, inputs, outputs]) = shape.as_deref() else {
            return unexpected(&filters);
        };
        let pad = if step.padded {
            size.saturating_sub(1) / 2
        } else {
            0
        };
        if inputs != input.channels || size > input.side + 2 * pad {
            return unexpected(&filters);
        }
        let filters = self.take(&filters, &[size, size, inputs, outputs])?;
        let mut shift = self.take(&format!("{name}/conv/bias"), &[outputs])?;
        let factor = self.take(&format!("{name}/scale/weights"), &[outputs])?;
        let more = self.take(&format!("{name}/scale/biases"), &[outputs])?;
        for ((shift, factor), more) in shift.iter_mut().zip(&factor).zip(more) {
            *shift = *shift * factor + more;
        }
        // From rows, columns, inputs, outputs to outputs, inputs, rows, columns.
        let mut turned = Vec::with_capacity(filters.len());
        for output in 0..outputs {
            for channel in 0..inputs {
                let at = |place: usize| filters[(place * inputs + channel) * outputs + output];
                turned.extend((0..size * size).map(|place| at(place) * factor[output]));
            }
        }
        let turned = self.graph.floats(&[outputs, inputs, size, size], &turned);
        let shift = self.graph.floats(&[outputs], &shift);
        let whole = |n: usize| i64::try_from(n).unwrap_or(0);
        let attributes = [
            Attribute::Ints("kernel_shape", vec![whole(size); 2]),
            Attribute::Ints("strides", vec![whole(step.stride); 2]),
            Attribute::Ints("pads", vec![whole(pad); 4]),
        ];
        let inputs = [input.value.as_str(), &turned, &shift];
        let mut value = self.graph.node("Conv", &inputs, &attributes);
        if step.rectified {
            value = self.graph.node("Relu", &[&value], &[]);
        }
        Ok(Plane {
            value,
            side: (input.side + 2 * pad - size) / step.stride + 1,
            channels: outputs,
        })
    }

    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ConvertError> {
        match self.weights.remove(name) {
            Some(found) if found.shape == shape => Ok(found.numbers),
            _ => unexpected(name),
        }
    }
}

fn unexpected<T>(name: &str) -> Result<T, ConvertError> {
    let what = format!("{name} is missing or has another shape");
    Err(ConvertError::Unexpected(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"[{"weights":[{"name":"fc","shape":[2,2],"dtype":"float32",
        "quantization":{"dtype":"uint8","scale":0.5,"min":-1.0}}],"paths":["x"]}]"#;

    #[test]
    fn bytes_become_steps_of_their_scale() {
        let read = read(ENTRY.as_bytes(), &[0, 1, 2, 255]).unwrap();
        assert_eq!(read["fc"].shape, [2, 2]);
        assert_eq!(read["fc"].numbers, [-1.0, -0.5, 0.0, 126.5]);
    }

    #[test]
    fn weights_without_a_scale_are_floats() {
        let entry = br#"[{"weights":[{"name":"a","shape":[2],"dtype":"float32"}]}]"#;
        let bytes = [1.5f32, -2.0].map(f32::to_le_bytes).concat();
        assert_eq!(read(entry, &bytes).unwrap()["a"].numbers, [1.5, -2.0]);
    }

    #[test]
    fn files_that_do_not_fit_are_refused() {
        let entry = ENTRY.as_bytes();
        assert!(matches!(
            read(entry, &[0; 3]),
            Err(ConvertError::Damaged(_))
        ));
        assert!(matches!(
            read(entry, &[0; 5]),
            Err(ConvertError::Damaged(_))
        ));
        assert!(matches!(read(b"[]", &[]), Err(ConvertError::Damaged(_))));
        let other = ENTRY.replace("uint8", "uint16");
        let result = read(other.as_bytes(), &[0; 4]);
        assert!(matches!(result, Err(ConvertError::Unknown(_))));
        let result = convert(entry, &[0; 4]);
        assert!(matches!(result, Err(ConvertError::Unexpected(_))));
    }
}
