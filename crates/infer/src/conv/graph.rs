//! From an ONNX file to a plan: what stands behind a convolution is made part of it.

use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, DataType, GraphProto, ModelProto, NodeProto, TensorProto};

use super::plan::{Depthwise, Patches, Plan, Pointwise, Shape, Step, TOGETHER, halved};

/// Why a file is not a network that can be planned.
#[derive(Debug, thiserror::Error)]
pub(super) enum GraphError {
    #[error("no ONNX file: {0}")]
    File(String),
    #[error("{0}")]
    Damaged(&'static str),
    #[error("{operator} {what}")]
    Unknown {
        operator: String,
        what: &'static str,
    },
}

type Read<T> = Result<T, GraphError>;

/// The order that puts channels first, and the one that puts them last.
const CHANNELS_FIRST: [i64; 4] = [0, 3, 1, 2];
const CHANNELS_LAST: [i64; 4] = [0, 2, 3, 1];

/// Plans the computation of the first `outputs` outputs.
pub(super) fn plan(file: &[u8], outputs: usize) -> Read<Plan> {
    let model = ModelProto::parse_buf(file).map_err(|error| GraphError::File(error.to_string()))?;
    let graph = model.graph.ok_or(GraphError::Damaged("no graph"))?;
    let wanted = graph.output.iter().take(outputs);
    let wanted: Vec<&str> = wanted.filter_map(|output| output.name.as_deref()).collect();
    if wanted.len() < outputs {
        return Err(GraphError::Damaged("fewer outputs than are wanted"));
    }
    let (input, name) = input(&graph)?;
    let constants = graph
        .initializer
        .iter()
        .filter_map(|tensor| Some((tensor.name.as_deref()?, tensor)));
    let mut planner = Planner {
        constants: constants.collect(),
        input: name,
        picture: input,
        values: HashMap::new(),
        reads: HashMap::new(),
        steps: Vec::new(),
    };
    let needed = planner.needed(&graph, &wanted);
    for node in needed {
        planner.node(node)?;
    }
    let outputs = wanted.iter().map(|name| {
        let Value {
            step,
            shape,
            padded,
        } = planner.value(name)?;
        if shape.pixels() != 1 || padded > 0 {
            return Err(GraphError::Damaged("an output that is a picture"));
        }
        Ok((step, shape.channels, shape.plane()))
    });
    let outputs = outputs.collect::<Read<_>>()?;
    Ok(Plan::new(input, planner.steps, outputs))
}

/// The network's one picture, with the channels last.
fn input(graph: &GraphProto) -> Read<(Shape, &str)> {
    let [input] = &graph.input[..] else {
        return Err(GraphError::Damaged("other than one input"));
    };
    let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let sizes: Vec<usize> = tensor
        .and_then(|tensor| tensor.shape.as_ref())
        .map(|shape| shape.dim.iter())
        .unwrap_or_default()
        .filter_map(|size| usize::try_from(size.dim_value?).ok())
        .collect();
    match (&sizes[..], input.name.as_deref()) {
        (&[1, height, width, channels], Some(name)) if height.max(width).max(channels) <= 4096 => {
            let shape = Shape {
                channels,
                height,
                width,
            };
            Ok((shape, name))
        }
        _ => Err(GraphError::Damaged("an input that is not one picture")),
    }
}

struct Planner<'a> {
    constants: HashMap<&'a str, &'a TensorProto>,
    input: &'a str,
    picture: Shape,
    values: HashMap<&'a str, Value>,
    /// How many nodes read a value.
    reads: HashMap<&'a str, usize>,
    steps: Vec<Step>,
}

/// A result, by the step that makes it.
#[derive(Debug, Clone, Copy)]
struct Value {
    /// The network's input, turned or not, has none.
    step: usize,
    shape: Shape,
    /// Channels behind those that the step makes, which are zero.
    padded: usize,
}

/// A convolution's weights, by output and input channel and rows, and how it goes over a picture; rows before columns.
struct Kernel {
    outputs: usize,
    /// Of one group.
    inputs: usize,
    size: [usize; 2],
    stride: [usize; 2],
    /// Zeros around the picture.
    before: [usize; 2],
    behind: [usize; 2],
    groups: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Kernel {
    /// How many times it fits along an axis of so many pixels and their borders.
    fn reach(&self, axis: usize, pixels: usize) -> Option<usize> {
        let pads = [self.before[axis], self.behind[axis]];
        let covered = pixels + pads[0] + pads[1];
        let steps = covered
            .checked_sub(self.size[axis])?
            .checked_div(self.stride[axis])?;
        pads.iter()
            .all(|&pad| pad < self.size[axis])
            .then_some(steps + 1)
    }
}

impl<'a> Planner<'a> {
    /// The nodes that outputs depend on.
    fn needed(&mut self, graph: &'a GraphProto, outputs: &[&'a str]) -> Vec<&'a NodeProto> {
        for output in outputs {
            *self.reads.entry(output).or_default() += 1;
        }
        let mut needed: Vec<&NodeProto> = Vec::new();
        for node in graph.node.iter().rev() {
            if node
                .output
                .iter()
                .any(|o| self.reads.contains_key(o.as_str()))
            {
                for input in &node.input {
                    *self.reads.entry(input).or_default() += 1;
                }
                needed.push(node);
            }
        }
        needed.reverse();
        needed
    }

    fn node(&mut self, node: &'a NodeProto) -> Read<()> {
        let value = match node.op_type.as_deref() {
            Some("Transpose") => self.transpose(node)?,
            Some("Conv") => self.convolution(node)?,
            Some("PRelu") => self.slopes(node)?,
            Some("Add") => self.skip(node)?,
            Some("MaxPool") => self.pool(node)?,
            Some("Pad") => self.pad(node)?,
            _ => return Err(unknown(node, "is not known")),
        };
        // The turned input is the input, as patches are read from it in any order.
        if let (Some(value), Some(name)) = (value, node.output.first()) {
            self.values.insert(name, value);
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Read<Value> {
        let value = self.values.get(name).copied();
        value.ok_or(GraphError::Damaged("a value is used before it is made"))
    }

    /// An operand that is computed.
    fn operand(&self, node: &NodeProto, n: usize) -> Read<Value> {
        let name = node
            .input
            .get(n)
            .ok_or_else(|| unknown(node, "lacks an input"))?;
        let value = self.value(name)?;
        if value.padded > 0 {
            return Err(unknown(node, "reads channels that are padded"));
        }
        Ok(value)
    }

    fn transpose(&mut self, node: &'a NodeProto) -> Read<Option<Value>> {
        let order = ints(node, "perm");
        let name = node.input.first().map_or("", String::as_str);
        if name == self.input && order == CHANNELS_FIRST {
            self.input = node.output.first().map_or("", String::as_str);
            return Ok(None);
        }
        let value = self.operand(node, 0)?;
        // With one pixel, both orders are the same.
        if order == CHANNELS_LAST && value.shape.pixels() == 1 {
            return Ok(Some(value));
        }
        Err(unknown(node, "turns a picture"))
    }

    fn convolution(&mut self, node: &'a NodeProto) -> Read<Option<Value>> {
        let kernel = self.kernel(node)?;
        let from = node.input.first().map_or("", String::as_str);
        let read = if from == self.input {
            None
        } else {
            Some(self.operand(node, 0)?)
        };
        let made = match read {
            Some(value) if kernel.groups != 1 => self.depthwise(node, kernel, value),
            _ => self.dense(node, kernel, read),
        };
        made.map(Some)
    }

    /// What a convolution says of itself.
    fn kernel(&self, node: &NodeProto) -> Read<Kernel> {
        let (sizes, weights) = self.floats(node, 1)?;
        let &[outputs, inputs, rows, columns] = &sizes[..] else {
            return Err(unknown(node, "has weights of other than four dimensions"));
        };
        let bias = match node.input.get(2) {
            Some(_) => self.floats(node, 2)?.1,
            None => vec![0.0; outputs],
        };
        let [strides, pads] = ["strides", "pads"].map(|name| sizes_of(&ints(node, name)));
        let (&[down, across], &[above, left, below, right]) = (&strides[..], &pads[..]) else {
            return Err(unknown(node, "has no strides or pads"));
        };
        if bias.len() != outputs || ints(node, "dilations").iter().any(|&d| d != 1) {
            return Err(unknown(node, "is of another kind"));
        }
        Ok(Kernel {
            outputs,
            inputs,
            size: [rows, columns],
            stride: [down, across],
            before: [above, left],
            behind: [below, right],
            groups: int(node, "group"),
            weights,
            bias,
        })
    }

    fn depthwise(&mut self, node: &NodeProto, kernel: Kernel, from: Value) -> Read<Value> {
        let shape = from.shape;
        let same = kernel.size == [3, 3]
            && kernel.stride == [1, 1]
            && [kernel.before, kernel.behind] == [[1, 1]; 2];
        let single = kernel.inputs == 1 && [kernel.groups, kernel.outputs] == [shape.channels; 2];
        if !(same && single) {
            return Err(unknown(node, "has groups of another kind"));
        }
        let layer = Depthwise {
            shape,
            weights: kernel.weights.as_chunks().0.to_vec(),
            bias: kernel.bias,
        };
        Ok(self.step(shape, |to| Step::Depthwise(layer, from.step, to)))
    }

    /// A convolution of all channels: the pixels under its kernel are spread over planes, and these are mixed pixel by pixel.
    /// `from` is none for the network's input.
    fn dense(&mut self, node: &NodeProto, kernel: Kernel, from: Option<Value>) -> Read<Value> {
        let shape = from.map_or(self.picture, |value| value.shape);
        let [rows, columns] = kernel.size;
        let [Some(height), Some(width)] =
            [(0, shape.height), (1, shape.width)].map(|(axis, size)| kernel.reach(axis, size))
        else {
            return Err(unknown(node, "reaches over the picture"));
        };
        if kernel.groups != 1 || kernel.inputs != shape.channels {
            return Err(unknown(node, "is of another kind"));
        }
        let result = Shape {
            channels: kernel.inputs * rows * columns,
            height,
            width,
        };
        let patches = |pixel, channel| Patches {
            shape,
            pixel,
            channel,
            kernel: kernel.size,
            stride: kernel.stride,
            before: kernel.before,
            result,
        };
        let spread = match from {
            None => {
                let patches = patches(shape.channels, 1);
                self.step(result, |to| Step::Picture(patches, to))
            }
            Some(value) if result == shape => value,
            Some(value) => {
                let patches = patches(1, shape.plane());
                self.step(result, |to| Step::Patches(patches, value.step, to))
            }
        };
        let layer = pointwise(kernel.outputs, result, &kernel.weights, kernel.bias);
        let shape = layer.shape;
        Ok(self.step(shape, |to| Step::Pointwise {
            layer,
            from: spread.step,
            skip: None,
            to,
        }))
    }

    /// The one-pixel convolution that alone makes and is read for an operand.
    fn behind(&mut self, node: &NodeProto, n: usize) -> Option<(Value, &mut Step)> {
        let name = node.input.get(n)?;
        let value = *self.values.get(name.as_str())?;
        let alone = self.reads.get(name.as_str()) == Some(&1) && value.padded == 0;
        let step = self.steps.get_mut(value.step)?;
        let free = matches!(step, Step::Pointwise { layer, .. } if layer.slopes.is_none());
        (alone && free).then_some((value, step))
    }

    fn slopes(&mut self, node: &'a NodeProto) -> Read<Option<Value>> {
        let (_, mut slopes) = self.floats(node, 1)?;
        let Some((value, Step::Pointwise { layer, .. })) = self.behind(node, 0) else {
            return Err(unknown(node, "does not follow a convolution"));
        };
        if slopes.len() != value.shape.channels {
            return Err(unknown(node, "has other than one slope a channel"));
        }
        slopes.resize(layer.bias.len(), 0.0);
        layer.slopes = Some(slopes);
        Ok(Some(value))
    }

    fn skip(&mut self, node: &'a NodeProto) -> Read<Option<Value>> {
        for (sum, other) in [(1, 0), (0, 1)] {
            let Some(other) = node.input.get(other) else {
                break;
            };
            let other = self.value(other)?;
            let Some((value, Step::Pointwise { skip, .. })) = self.behind(node, sum) else {
                continue;
            };
            if skip.is_none() && other.step < value.step && other.shape == value.shape {
                let made = other.shape.channels - other.padded;
                *skip = Some((other.step, made * other.shape.plane()));
                return Ok(Some(value));
            }
        }
        Err(unknown(node, "does not follow a convolution"))
    }

    fn pool(&mut self, node: &'a NodeProto) -> Read<Option<Value>> {
        let value = self.operand(node, 0)?;
        let halves = ["kernel_shape", "strides"].map(|name| ints(node, name)) == [[2, 2], [2, 2]];
        let even = value.shape.height % 2 == 0 && value.shape.width % 2 == 0;
        if !halves || !even || ints(node, "pads").iter().any(|&pad| pad != 0) {
            return Err(unknown(node, "does not halve the picture"));
        }
        let made = self.step(halved(value.shape), |to| {
            Step::Pool(value.shape, value.step, to)
        });
        Ok(Some(made))
    }

    fn pad(&mut self, node: &'a NodeProto) -> Read<Option<Value>> {
        let mut value = self.operand(node, 0)?;
        let pads = node
            .input
            .get(1)
            .and_then(|n| self.constants.get(n.as_str()));
        let pads: Vec<i64> = pads.map(|tensor| whole_numbers(tensor)).unwrap_or_default();
        let &[0, 0, 0, 0, 0, channels, 0, 0] = &pads[..] else {
            return Err(unknown(node, "pads other than channels"));
        };
        value.padded =
            usize::try_from(channels).map_err(|_| unknown(node, "pads less than nothing"))?;
        value.shape.channels += value.padded;
        Ok(Some(value))
    }

    fn step(&mut self, shape: Shape, make: impl FnOnce(usize) -> Step) -> Value {
        let step = self.steps.len();
        self.steps.push(make(step));
        Value {
            step,
            shape,
            padded: 0,
        }
    }

    /// Sizes and numbers of a constant.
    fn floats(&self, node: &NodeProto, n: usize) -> Read<(Vec<usize>, Vec<f32>)> {
        let name = node.input.get(n).map_or("", String::as_str);
        let tensor = self
            .constants
            .get(name)
            .filter(|tensor| tensor.data_type == Some(DataType::FLOAT))
            .ok_or_else(|| unknown(node, "lacks a constant"))?;
        let bytes = tensor.raw_data.as_ref().map(|bytes| bytes.borrow());
        let bytes = bytes.as_deref().map_or(&[][..], Vec::as_slice);
        let floats = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b));
        let (sizes, floats) = (sizes_of(&tensor.dims), floats.collect::<Vec<f32>>());
        if sizes.iter().product::<usize>() != floats.len() {
            return Err(GraphError::Damaged("a constant is cut off"));
        }
        Ok((sizes, floats))
    }
}

/// Weights by output channel and then input channel, as they are computed together.
fn pointwise(outputs: usize, from: Shape, weights: &[f32], mut bias: Vec<f32>) -> Pointwise {
    let inputs = from.channels;
    let together = (0..outputs.div_ceil(TOGETHER)).map(|group| {
        let weights = (0..inputs).map(|input| {
            std::array::from_fn(|k| {
                let output = group * TOGETHER + k;
                let at = output * inputs + input;
                weights
                    .get(at)
                    .copied()
                    .filter(|_| output < outputs)
                    .unwrap_or(0.0)
            })
        });
        weights.collect()
    });
    bias.resize(outputs.next_multiple_of(TOGETHER), 0.0);
    Pointwise {
        shape: Shape {
            channels: outputs,
            ..from
        },
        weights: together.collect(),
        bias,
        slopes: None,
    }
}

fn unknown(node: &NodeProto, what: &'static str) -> GraphError {
    GraphError::Unknown {
        operator: node.op_type.clone().unwrap_or_default(),
        what,
    }
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    let mut all = node.attribute.iter();
    all.find(|a| a.name.as_deref() == Some(name))
}

fn ints(node: &NodeProto, name: &str) -> Vec<i64> {
    attribute(node, name).map_or_else(Vec::new, |a| a.ints.clone())
}

/// An attribute that is 1 unless it is said.
fn int(node: &NodeProto, name: &str) -> usize {
    let said = attribute(node, name).and_then(|a| a.i);
    said.map_or(1, |i| usize::try_from(i).unwrap_or(0))
}

fn sizes_of(list: &[i64]) -> Vec<usize> {
    list.iter()
        .map(|&size| usize::try_from(size).unwrap_or(0))
        .collect()
}

fn whole_numbers(tensor: &TensorProto) -> Vec<i64> {
    let Some(bytes) = &tensor.raw_data else {
        return tensor.int64_data.clone();
    };
    let bytes = bytes.borrow();
    bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|b| i64::from_le_bytes(*b))
        .collect()
}
