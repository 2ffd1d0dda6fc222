//! `TFLite` networks of floats as ONNX.
//!
//! `TFLite` keeps pictures as rows of pixels with the channels last, ONNX operators want one plane a channel. Inputs and
//! outputs stay as they are; in between a tensor is turned when an operator wants the other order, and each order is
//! made once.

mod windows;

use super::onnx::{Attribute, Graph};
use super::tensors::{Constant, Numbers, four};
use super::tflite::{Network, Operator, code};
use crate::ConvertError;

type Converted<T = ()> = Result<T, ConvertError>;

/// Converts a whole file.
pub(crate) fn convert(file: &[u8]) -> Converted<Vec<u8>> {
    let network = Network::parse(file)?;
    let values = network.tensors.iter().map(|tensor| {
        Ok(Made {
            constant: Constant::of(tensor)?,
            ..Made::default()
        })
    });
    let values = values.collect::<Converted<_>>()?;
    let mut converter = Converter {
        network: &network,
        graph: Graph::default(),
        values,
    };
    for &input in &network.inputs {
        let name = converter.graph.input(&network.tensors[input].shape);
        converter.values[input].natural = Some(name);
    }
    for operator in &network.operators {
        converter.operator(operator)?;
    }
    for &output in &network.outputs {
        let name = converter.natural(output)?;
        converter
            .graph
            .output(&name, &network.tensors[output].shape);
    }
    Ok(converter.graph.finish())
}

#[derive(Debug)]
struct Converter<'a> {
    network: &'a Network<'a>,
    graph: Graph,
    values: Vec<Made>,
}

/// What has been made of a tensor so far.
#[derive(Debug, Default)]
struct Made {
    constant: Option<Constant>,
    /// Name of the value in `TFLite`'s order of dimensions.
    natural: Option<String>,
    /// Name of the value with one plane a channel.
    planar: Option<String>,
}

/// Order of the dimensions of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Natural,
    Planar,
}

impl Converter<'_> {
    fn operator(&mut self, operator: &Operator) -> Converted {
        match operator.code {
            code::DEQUANTIZE => self.widen(operator),
            code::CONV_2D | code::DEPTHWISE_CONV_2D => self.convolution(operator),
            code::MAX_POOL_2D => self.pool("MaxPool", operator),
            code::AVERAGE_POOL_2D => self.pool("AveragePool", operator),
            code::RESIZE_BILINEAR => self.resize(operator),
            code::CUSTOM => self.custom(operator),
            code::HARD_SWISH => self.one_to_one("HardSwish", operator),
            code::PRELU => self.leaky(operator),
            code::PAD => self.pad(operator),
            code::RELU => self.one_to_one("Relu", operator),
            code::LOGISTIC => self.one_to_one("Sigmoid", operator),
            code::NEG => self.one_to_one("Neg", operator),
            code::SQRT => self.one_to_one("Sqrt", operator),
            code::ADD => self.pairwise("Add", operator),
            code::SUB => self.pairwise("Sub", operator),
            code::MUL => self.pairwise("Mul", operator),
            code::DIV => self.pairwise("Div", operator),
            code::SQUARED_DIFFERENCE => self.squared_difference(operator),
            code::RSQRT => self.inverse_root(operator),
            code::MEAN => self.reduce("ReduceMean", operator),
            code::SUM => self.reduce("ReduceSum", operator),
            code::RESHAPE => self.reshape(operator),
            code::TRANSPOSE => self.transpose(operator),
            code::CONCATENATION => self.concatenate(operator),
            code::STRIDED_SLICE => self.slice(operator),
            other => Err(ConvertError::Unknown(format!("operator {other}"))),
        }
    }

    /// Half precision constants as floats.
    fn widen(&mut self, operator: &Operator) -> Converted {
        let constant = self.constant(operator.input(0)?)?.clone();
        constant.floats()?;
        self.values[operator.output].constant = Some(constant);
        Ok(())
    }

    fn leaky(&mut self, operator: &Operator) -> Converted {
        let slopes = self.constant(operator.input(1)?)?.clone();
        let [.., channels] = self.shape(operator.input(0)?)?;
        if slopes.floats()?.len() != channels {
            return Err(ConvertError::Unknown(
                "a slope that is not one a channel".to_owned(),
            ));
        }
        let input = self.planar(operator.input(0)?)?;
        let slopes = self.graph.floats(&[channels, 1, 1], slopes.floats()?);
        let made = self.graph.node("PRelu", &[&input, &slopes], &[]);
        self.keep(operator, made, Order::Planar);
        Ok(())
    }

    fn pad(&mut self, operator: &Operator) -> Converted {
        let pads = self.constant(operator.input(1)?)?.ints()?;
        let &[n0, n1, y0, y1, x0, x1, c0, c1] = pads else {
            return Err(ConvertError::Unknown(
                "padding of other than four dimensions".to_owned(),
            ));
        };
        let input = self.planar(operator.input(0)?)?;
        let pads = self.graph.ints(&[8], &[n0, c0, y0, x0, n1, c1, y1, x1]);
        let made = self.graph.node("Pad", &[&input, &pads], &[]);
        self.keep(operator, made, Order::Planar);
        Ok(())
    }

    /// An operator that treats each number alone: it keeps the order that is there.
    fn one_to_one(&mut self, op: &str, operator: &Operator) -> Converted {
        let input = operator.input(0)?;
        let order = if self.values[input].planar.is_some() {
            Order::Planar
        } else {
            Order::Natural
        };
        let name = self.ordered(input, order)?;
        let made = self.graph.node(op, &[&name], &[]);
        self.keep(operator, made, order);
        Ok(())
    }

    fn pairwise(&mut self, op: &str, operator: &Operator) -> Converted {
        let inputs = [operator.input(0)?, operator.input(1)?];
        let pictures = inputs.iter().all(|&input| {
            self.network.tensors[input].shape.len() == 4 && self.values[input].constant.is_none()
        });
        let planar = inputs
            .iter()
            .any(|&input| self.values[input].planar.is_some());
        let order = if pictures && planar {
            Order::Planar
        } else {
            Order::Natural
        };
        let [left, right] = [
            self.ordered(inputs[0], order)?,
            self.ordered(inputs[1], order)?,
        ];
        let made = self.graph.node(op, &[&left, &right], &[]);
        self.activate(operator, 0, made, order)
    }

    fn squared_difference(&mut self, operator: &Operator) -> Converted {
        let [left, right] = [
            self.natural(operator.input(0)?)?,
            self.natural(operator.input(1)?)?,
        ];
        let difference = self.graph.node("Sub", &[&left, &right], &[]);
        let made = self.graph.node("Mul", &[&difference, &difference], &[]);
        self.keep(operator, made, Order::Natural);
        Ok(())
    }

    fn inverse_root(&mut self, operator: &Operator) -> Converted {
        let input = self.natural(operator.input(0)?)?;
        let root = self.graph.node("Sqrt", &[&input], &[]);
        let made = self.graph.node("Reciprocal", &[&root], &[]);
        self.keep(operator, made, Order::Natural);
        Ok(())
    }

    fn reduce(&mut self, op: &str, operator: &Operator) -> Converted {
        let axes = self.constant(operator.input(1)?)?.ints()?.to_vec();
        let input = self.natural(operator.input(0)?)?;
        let axes = self.graph.ints(&[axes.len()], &axes);
        let keep = Attribute::Int("keepdims", operator.switch(0)?.into());
        let made = self.graph.node(op, &[&input, &axes], &[keep]);
        self.keep(operator, made, Order::Natural);
        Ok(())
    }

    fn reshape(&mut self, operator: &Operator) -> Converted {
        let input = self.natural(operator.input(0)?)?;
        self.reshaped(operator, &input)
    }

    /// Gives a value the shape of the operator's output.
    fn reshaped(&mut self, operator: &Operator, input: &str) -> Converted {
        let shape = ints(&self.network.tensors[operator.output].shape)?;
        let shape = self.graph.ints(&[shape.len()], &shape);
        let made = self.graph.node("Reshape", &[input, &shape], &[]);
        self.keep(operator, made, Order::Natural);
        Ok(())
    }

    fn transpose(&mut self, operator: &Operator) -> Converted {
        let order = self.constant(operator.input(1)?)?.ints()?.to_vec();
        let input = self.natural(operator.input(0)?)?;
        let made = self
            .graph
            .node("Transpose", &[&input], &[Attribute::Ints("perm", order)]);
        self.keep(operator, made, Order::Natural);
        Ok(())
    }

    fn concatenate(&mut self, operator: &Operator) -> Converted {
        let inputs = operator.inputs.iter().map(|&input| self.natural(input));
        let inputs = inputs.collect::<Converted<Vec<_>>>()?;
        let axis = Attribute::Int("axis", operator.option(0, 0)?.into());
        let made = self.graph.node("Concat", &names(&inputs), &[axis]);
        self.activate(operator, 1, made, Order::Natural)
    }

    fn slice(&mut self, operator: &Operator) -> Converted {
        if operator.option(2, 0)? != 0 || operator.option(3, 0)? != 0 {
            return Err(ConvertError::Unknown(
                "slices with new or left out axes".to_owned(),
            ));
        }
        let sizes = ints(&self.network.tensors[operator.input(0)?].shape)?;
        let list =
            |n| -> Converted<Vec<i64>> { Ok(self.constant(operator.input(n)?)?.ints()?.to_vec()) };
        let [mut starts, mut ends, steps] = [list(1)?, list(2)?, list(3)?];
        let lengths = [starts.len(), ends.len(), steps.len()];
        if lengths != [lengths[0]; 3] || lengths[0] > sizes.len() {
            return Err(ConvertError::Damaged("the bounds of a slice do not match"));
        }
        let masked = |field: usize, axis: usize| -> Converted<bool> {
            Ok(operator.option(field, 0)? >> axis.min(31) & 1 == 1)
        };
        for (axis, (start, end)) in starts.iter_mut().zip(ends.iter_mut()).enumerate() {
            if masked(0, axis)? {
                *start = 0;
            }
            if masked(4, axis)? {
                *end = *start + 1;
            } else if masked(1, axis)? {
                *end = sizes[axis];
            }
        }
        let axes: Vec<i64> = (0..).take(starts.len()).collect();
        let input = self.natural(operator.input(0)?)?;
        let bounds = [starts, ends, axes, steps];
        let bounds = bounds.map(|list| self.graph.ints(&[list.len()], &list));
        let [starts, ends, axes, steps] = &bounds;
        let cut = self
            .graph
            .node("Slice", &[&input, starts, ends, axes, steps], &[]);
        // Axes of one element may have to go.
        self.reshaped(operator, &cut)
    }

    /// Applies the activation that the options name, and keeps the result.
    fn activate(
        &mut self,
        operator: &Operator,
        field: usize,
        made: String,
        order: Order,
    ) -> Converted {
        let made = match operator.choice(field)? {
            0 => made,
            1 => self.graph.node("Relu", &[&made], &[]),
            3 => {
                let [low, high] = [0.0, 6.0].map(|bound| self.graph.floats(&[], &[bound]));
                self.graph.node("Clip", &[&made, &low, &high], &[])
            }
            other => return Err(ConvertError::Unknown(format!("activation {other}"))),
        };
        self.keep(operator, made, order);
        Ok(())
    }

    fn keep(&mut self, operator: &Operator, made: String, order: Order) {
        let value = &mut self.values[operator.output];
        match order {
            Order::Natural => value.natural = Some(made),
            Order::Planar => value.planar = Some(made),
        }
    }

    fn shape(&self, tensor: usize) -> Converted<[usize; 4]> {
        four(&self.network.tensors[tensor].shape)
    }

    fn constant(&self, tensor: usize) -> Converted<&Constant> {
        let constant = self.values[tensor].constant.as_ref();
        constant.ok_or_else(|| ConvertError::Unknown("a computed weight".to_owned()))
    }

    fn ordered(&mut self, tensor: usize, order: Order) -> Converted<String> {
        match order {
            Order::Natural => self.natural(tensor),
            Order::Planar => self.planar(tensor),
        }
    }

    fn natural(&mut self, tensor: usize) -> Converted<String> {
        let value = &self.values[tensor];
        if let Some(name) = &value.natural {
            return Ok(name.clone());
        }
        let name = if let Some(planar) = &value.planar {
            turned(&mut self.graph, planar, [0, 2, 3, 1])
        } else if let Some(constant) = &value.constant {
            match &constant.numbers {
                Numbers::Floats(floats) => self.graph.floats(&constant.shape, floats),
                Numbers::Ints(ints) => self.graph.ints(&constant.shape, ints),
            }
        } else {
            return Err(ConvertError::Damaged("a value is used before it is made"));
        };
        self.values[tensor].natural = Some(name.clone());
        Ok(name)
    }

    fn planar(&mut self, tensor: usize) -> Converted<String> {
        if let Some(name) = &self.values[tensor].planar {
            return Ok(name.clone());
        }
        let natural = self.natural(tensor)?;
        let name = turned(&mut self.graph, &natural, [0, 3, 1, 2]);
        self.values[tensor].planar = Some(name.clone());
        Ok(name)
    }
}

fn turned(graph: &mut Graph, name: &str, order: [i64; 4]) -> String {
    graph.node(
        "Transpose",
        &[name],
        &[Attribute::Ints("perm", order.to_vec())],
    )
}

fn names(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn int(size: usize) -> Converted<i64> {
    i64::try_from(size).map_err(|_| ConvertError::Damaged("a size is too large"))
}

fn ints(sizes: &[usize]) -> Converted<Vec<i64>> {
    sizes.iter().map(|size| int(*size)).collect()
}

#[cfg(test)]
mod tests {
    use rten::{Model, ModelOptions};
    use rten_tensor::Tensor;
    use rten_tensor::prelude::*;

    use super::*;

    /// DEQUANTIZE, `CONV_2D` with stride 2 and SAME, PRELU, RESHAPE and `STRIDED_SLICE`, in 1.1 kB.
    const SMALL: &[u8] = include_bytes!("../../tests/it/small.tflite");
    /// What `LiteRT` gives for the input of the test.
    const EXPECTED: [f32; 5] = [8.212, -0.7054, 2.51, 3.624, -0.9758];

    fn load(file: &[u8]) -> Model {
        ModelOptions::with_all_ops()
            .load(convert(file).unwrap())
            .unwrap()
    }

    #[test]
    fn a_small_network_computes_what_the_original_does() {
        let numbers = (0..32u16).map(|n| f32::from(n * 919 % 1000) / 500.0 - 1.0);
        let input = Tensor::from_data(&[1, 4, 4, 2], numbers.collect::<Vec<f32>>());
        let output = load(SMALL).run_one(input.view().into(), None).unwrap();
        let output = Tensor::<f32>::try_from(output).unwrap();
        assert_eq!(output.shape(), [5]);
        for (found, expected) in output.to_vec().into_iter().zip(EXPECTED) {
            assert!((found - expected).abs() < 1e-5, "{output:?}");
        }
    }

    #[test]
    fn damaged_files_never_panic() {
        let mut refused = 0;
        for end in 0..SMALL.len() {
            refused += usize::from(convert(&SMALL[..end]).is_err());
        }
        for at in 0..SMALL.len() {
            for value in [0, 1, 2, 127, 128, 254, 255] {
                let mut damaged = SMALL.to_vec();
                damaged[at] = value;
                refused += usize::from(convert(&damaged).is_err());
            }
        }
        assert!(
            refused > SMALL.len(),
            "{refused} of {} refused",
            8 * SMALL.len()
        );
    }
}
