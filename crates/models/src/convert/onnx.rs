//! Writing of ONNX graphs. Field numbers are those of `onnx.proto3`.

use super::protobuf::Message;

/// Version of the operators that are written.
const OPSET: u64 = 18;
/// Version of the file format that goes with it.
const IR_VERSION: u64 = 8;

/// `TensorProto.DataType`.
const FLOAT: u64 = 1;
const INT64: u64 = 7;
const FLOAT16: u64 = 10;

/// A graph of float tensors that grows node by node, in the order of computation.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    graph: Message,
    names: usize,
}

/// An attribute of a node.
#[derive(Debug)]
pub(crate) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, Vec<i64>),
    Float(&'a str, f32),
    Text(&'a str, &'a str),
}

/// What the numbers of an input are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Floats,
    Ints,
}

impl Graph {
    /// A name that no other value has.
    pub(crate) fn new_name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Adds a node and gives the name of its output.
    pub(crate) fn node(&mut self, op: &str, inputs: &[&str], attributes: &[Attribute]) -> String {
        let output = self.new_name();
        self.graph
            .message(1, &node(op, inputs, &output, attributes));
        output
    }

    pub(crate) fn floats(&mut self, shape: &[usize], values: &[f32]) -> String {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(FLOAT, shape, &bytes)
    }

    pub(crate) fn ints(&mut self, shape: &[usize], values: &[i64]) -> String {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(INT64, shape, &bytes)
    }

    /// Numbers in half precision, which the runtime widens when it loads them.
    pub(crate) fn halves(&mut self, shape: &[usize], values: &[u16]) -> String {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(FLOAT16, shape, &bytes)
    }

    /// An input that is asked for by its name; `None` is a dimension of any size.
    pub(crate) fn named_input(&mut self, name: &str, kind: Kind, sizes: &[Option<usize>]) {
        let kind = match kind {
            Kind::Floats => FLOAT,
            Kind::Ints => INT64,
        };
        self.graph.message(11, &value(name, kind, sizes));
    }

    /// Makes `value` an output that is asked for by `name`.
    pub(crate) fn named_output(&mut self, value: &str, name: &str, sizes: &[Option<usize>]) {
        self.graph
            .message(1, &node("Identity", &[value], name, &[]));
        self.graph.message(12, &float_value(name, sizes));
    }

    fn constant(&mut self, kind: u64, shape: &[usize], bytes: &[u8]) -> String {
        let name = self.new_name();
        self.graph.message(5, &tensor(&name, kind, shape, bytes));
        name
    }

    pub(crate) fn input(&mut self, shape: &[usize]) -> String {
        let name = self.new_name();
        self.graph.message(11, &float_value(&name, &known(shape)));
        name
    }

    pub(crate) fn output(&mut self, name: &str, shape: &[usize]) {
        self.graph.message(12, &float_value(name, &known(shape)));
    }

    /// The whole file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.graph.string(2, "main");
        let mut opset = Message::default();
        opset.string(1, "").varint(2, OPSET);
        let mut model = Message::default();
        model
            .varint(1, IR_VERSION)
            .string(2, "likeness")
            .message(7, &self.graph)
            .message(8, &opset);
        model.finish()
    }
}

/// A `NodeProto` with one output.
pub(crate) fn node(op: &str, inputs: &[&str], output: &str, attributes: &[Attribute]) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node.string(1, input);
    }
    node.string(2, output).string(3, output).string(4, op);
    for attribute in attributes {
        let mut message = Message::default();
        match attribute {
            Attribute::Int(name, value) => message.string(1, name).int(3, *value).varint(20, 2),
            Attribute::Ints(name, values) => {
                message.string(1, name);
                for value in values {
                    message.int(8, *value);
                }
                message.varint(20, 7)
            }
            Attribute::Text(name, text) => message.string(1, name).string(4, text).varint(20, 3),
            Attribute::Float(name, value) => message.string(1, name).float(2, *value).varint(20, 1),
        };
        node.message(5, &message);
    }
    node
}

/// A `TensorProto` of one number.
pub(crate) fn scalar(name: &str, value: f32) -> Message {
    tensor(name, FLOAT, &[], &value.to_le_bytes())
}

fn tensor(name: &str, kind: u64, shape: &[usize], bytes: &[u8]) -> Message {
    let mut tensor = Message::default();
    for &size in shape {
        tensor.varint(1, size as u64);
    }
    tensor.varint(2, kind).string(8, name).bytes(9, bytes);
    tensor
}

fn known(shape: &[usize]) -> Vec<Option<usize>> {
    shape.iter().copied().map(Some).collect()
}

/// A `ValueInfoProto` of floats; `None` is a dimension of any size.
pub(crate) fn float_value(name: &str, sizes: &[Option<usize>]) -> Message {
    value(name, FLOAT, sizes)
}

fn value(name: &str, kind_of_numbers: u64, sizes: &[Option<usize>]) -> Message {
    let mut shape = Message::default();
    for size in sizes {
        let mut dimension = Message::default();
        if let Some(size) = size {
            dimension.varint(1, *size as u64);
        }
        shape.message(1, &dimension);
    }
    let mut tensor = Message::default();
    tensor.varint(1, kind_of_numbers).message(2, &shape);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut value = Message::default();
    value.string(1, name).message(2, &kind);
    value
}
