//! The parts of the `TFLite` schema that float networks use. Field and operator numbers are those of `schema.fbs`.

use super::flatbuffer::Table;
use crate::ConvertError;

/// A network of one subgraph.
#[derive(Debug)]
pub(crate) struct Network<'a> {
    pub(crate) tensors: Vec<Tensor<'a>>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) outputs: Vec<usize>,
    pub(crate) operators: Vec<Operator<'a>>,
}

#[derive(Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) shape: Vec<usize>,
    pub(crate) kind: i8,
    /// Little-endian numbers of a constant; empty if the tensor is computed.
    pub(crate) data: &'a [u8],
}

/// What a number of a tensor is.
pub(crate) mod kind {
    pub(crate) const FLOAT32: i8 = 0;
    pub(crate) const FLOAT16: i8 = 1;
    pub(crate) const INT32: i8 = 2;
}

#[derive(Debug)]
pub(crate) struct Operator<'a> {
    /// `BuiltinOperator`.
    pub(crate) code: i32,
    pub(crate) inputs: Vec<usize>,
    pub(crate) output: usize,
    options: Option<Table<'a>>,
    /// Name of an operator that is not of `TFLite` itself, and its own options.
    pub(crate) custom: Custom<'a>,
}

/// What a custom operator brings; empty for others.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Custom<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) options: &'a [u8],
}

/// `BuiltinOperator` numbers.
pub(crate) mod code {
    pub(crate) const ADD: i32 = 0;
    pub(crate) const AVERAGE_POOL_2D: i32 = 1;
    pub(crate) const CONCATENATION: i32 = 2;
    pub(crate) const CONV_2D: i32 = 3;
    pub(crate) const DEPTHWISE_CONV_2D: i32 = 4;
    pub(crate) const DEQUANTIZE: i32 = 6;
    pub(crate) const LOGISTIC: i32 = 14;
    pub(crate) const MAX_POOL_2D: i32 = 17;
    pub(crate) const MUL: i32 = 18;
    pub(crate) const RELU: i32 = 19;
    pub(crate) const RESHAPE: i32 = 22;
    pub(crate) const RESIZE_BILINEAR: i32 = 23;
    pub(crate) const CUSTOM: i32 = 32;
    pub(crate) const PAD: i32 = 34;
    pub(crate) const TRANSPOSE: i32 = 39;
    pub(crate) const MEAN: i32 = 40;
    pub(crate) const SUB: i32 = 41;
    pub(crate) const DIV: i32 = 42;
    pub(crate) const STRIDED_SLICE: i32 = 45;
    pub(crate) const PRELU: i32 = 54;
    pub(crate) const NEG: i32 = 59;
    pub(crate) const SUM: i32 = 74;
    pub(crate) const SQRT: i32 = 75;
    pub(crate) const RSQRT: i32 = 76;
    pub(crate) const SQUARED_DIFFERENCE: i32 = 99;
    pub(crate) const HARD_SWISH: i32 = 117;
}

impl<'a> Network<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, ConvertError> {
        if bytes.get(4..8) != Some(b"TFL3") {
            return Err(ConvertError::Damaged("it is not a TFLite file"));
        }
        let model = Table::root(bytes)?;
        let buffers = model.tables(4)?;
        let codes = model.tables(1)?;
        let codes = codes
            .iter()
            .map(operator_code)
            .collect::<Result<Vec<_>, _>>()?;
        let [graph] = model.tables(2)?[..] else {
            return Err(ConvertError::Unknown(
                "more or less than one subgraph".to_owned(),
            ));
        };
        let tensors = graph.tables(0)?;
        let tensors: Vec<Tensor> = tensors
            .iter()
            .map(|table| tensor(table, &buffers))
            .collect::<Result<_, _>>()?;
        let operators = graph.tables(3)?;
        let operators = operators.iter().map(|table| operator(table, &codes));
        let network = Self {
            inputs: indices(graph.i32s(1)?)?,
            outputs: indices(graph.i32s(2)?)?,
            operators: operators.collect::<Result<_, _>>()?,
            tensors,
        };
        network.check_indices()?;
        Ok(network)
    }

    /// After this, every index of an input or output is a tensor.
    fn check_indices(&self) -> Result<(), ConvertError> {
        let of_operators = self
            .operators
            .iter()
            .flat_map(|o| o.inputs.iter().chain([&o.output]));
        let mut all = self.inputs.iter().chain(&self.outputs).chain(of_operators);
        if all.all(|index| *index < self.tensors.len()) {
            Ok(())
        } else {
            Err(ConvertError::Damaged(
                "an operator names a tensor that is not there",
            ))
        }
    }
}

/// The number of an operator, and the name of one that `TFLite` does not have itself.
fn operator_code<'a>(table: &Table<'a>) -> Result<(i32, &'a [u8]), ConvertError> {
    // Old writers fill only the one-byte field, new ones both.
    let code = i32::from(table.i8(0)?).max(table.i32_or(3, 0)?);
    Ok((code, table.bytes(1)?))
}

fn tensor<'a>(table: &Table<'a>, buffers: &[Table<'a>]) -> Result<Tensor<'a>, ConvertError> {
    if table.table(6)?.is_some() {
        return Err(ConvertError::Unknown("sparse tensors".to_owned()));
    }
    let Some(buffer) = buffers.get(table.index(2)?) else {
        return Err(ConvertError::Damaged(
            "a tensor names a buffer that is not there",
        ));
    };
    Ok(Tensor {
        shape: indices(table.i32s(0)?)?,
        kind: table.i8(1)?,
        data: buffer.bytes(0)?,
    })
}

fn operator<'a>(
    table: &Table<'a>,
    codes: &[(i32, &'a [u8])],
) -> Result<Operator<'a>, ConvertError> {
    let Some(&(code, name)) = codes.get(table.index(0)?) else {
        return Err(ConvertError::Damaged("an operator has no code"));
    };
    // -1 stands for an optional input that is left out; it can only be the last one here.
    let inputs = table
        .i32s(1)?
        .into_iter()
        .filter(|index| *index != -1)
        .collect();
    let [output] = indices(table.i32s(2)?)?[..] else {
        return Err(ConvertError::Unknown(format!(
            "operator {code} with several outputs"
        )));
    };
    Ok(Operator {
        code,
        inputs: indices(inputs)?,
        output,
        options: table.table(4)?,
        custom: Custom {
            name,
            options: table.bytes(5)?,
        },
    })
}

fn indices(numbers: Vec<i32>) -> Result<Vec<usize>, ConvertError> {
    let indices = numbers
        .into_iter()
        .map(usize::try_from)
        .collect::<Result<_, _>>();
    indices.map_err(|_| ConvertError::Damaged("an index is negative"))
}

impl Operator<'_> {
    /// Input number `n`.
    pub(crate) fn input(&self, n: usize) -> Result<usize, ConvertError> {
        self.inputs
            .get(n)
            .copied()
            .ok_or(ConvertError::Damaged("an operator lacks an input"))
    }

    /// A number out of the options, counted in fields of the operator's own options table.
    pub(crate) fn option(&self, field: usize, default: i32) -> Result<i32, ConvertError> {
        self.options
            .map_or(Ok(default), |options| options.i32_or(field, default))
    }

    /// A one-byte choice out of the options; 0 by default.
    pub(crate) fn choice(&self, field: usize) -> Result<i8, ConvertError> {
        self.options.map_or(Ok(0), |options| options.i8(field))
    }

    /// A switch out of the options; off by default.
    pub(crate) fn switch(&self, field: usize) -> Result<bool, ConvertError> {
        self.options
            .map_or(Ok(false), |options| options.bool(field))
    }
}
