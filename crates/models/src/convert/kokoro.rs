//! Three edits that make the int8 graph of Kokoro-82M run in `rten`, and show the length of each phoneme.

use super::onnx::{self, Attribute};
use super::protobuf::{self, Field, Message, Value};
use crate::ConvertError;

/// Divides the parts of the harmonic spectrum; both are 0 where a bin is silent, and 0/0 is no number.
const PHASE_DIVISION: &str = "/decoder/decoder/generator/Div_output_0";
/// Far below anything audible, far above the least number.
const LEAST_DIVISOR: f32 = 1e-20;
/// Frames of 25 ms for each phoneme, `[1, phonemes]`.
const DURATIONS: &str = "/encoder/Clip_output_0";

/// The edited graph; everything that is not named here is kept as it is.
pub(crate) fn edit(model: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut edited = Message::default();
    let mut graphs = 0;
    for field in protobuf::read(model)? {
        match field {
            Field {
                number: 7,
                value: Value::Bytes(graph),
            } => {
                edited.message(7, &edit_graph(graph)?);
                graphs += 1;
            }
            other => {
                edited.field(&other);
            }
        }
    }
    expect_one(graphs, "graph")?;
    Ok(edited.finish())
}

fn edit_graph(graph: &[u8]) -> Result<Message, ConvertError> {
    let mut edited = Message::default();
    let (mut products, mut divisions, mut durations) = (0, 0, 0);
    for field in protobuf::read(graph)? {
        let Field {
            number: 1,
            value: Value::Bytes(bytes),
        } = field
        else {
            // Shapes of inner values (13) are only hints, and some do not survive the edit.
            if field.number != 13 {
                edited.field(&field);
            }
            continue;
        };
        let node = Node::read(bytes)?;
        if node.op == "FusedMatMul" {
            let transposed = format!("{}/transposed", node.output);
            let [left, right] = node.two_inputs()?;
            node.expect_transposed_left()?;
            let turn = [Attribute::Ints("perm", vec![0, 2, 1])];
            edited.message(1, &onnx::node("Transpose", &[left], &transposed, &turn));
            edited.message(
                1,
                &onnx::node("MatMul", &[&transposed, right], node.output, &[]),
            );
            products += 1;
        } else if node.output == PHASE_DIVISION {
            let [dividend, divisor] = node.two_inputs()?;
            let least = format!("{PHASE_DIVISION}/least");
            let sum = format!("{PHASE_DIVISION}/divisor");
            edited.message(5, &onnx::scalar(&least, LEAST_DIVISOR));
            edited.message(1, &onnx::node("Add", &[divisor, &least], &sum, &[]));
            edited.message(1, &onnx::node("Div", &[dividend, &sum], node.output, &[]));
            divisions += 1;
        } else {
            durations += usize::from(node.output == DURATIONS);
            edited.bytes(1, bytes);
        }
    }
    expect_one(products, "FusedMatMul")?;
    expect_one(divisions, PHASE_DIVISION)?;
    expect_one(durations, DURATIONS)?;
    edited.message(12, &onnx::float_value(DURATIONS, &[None, None]));
    Ok(edited)
}

fn expect_one(count: usize, what: &str) -> Result<(), ConvertError> {
    if count == 1 {
        Ok(())
    } else {
        Err(ConvertError::Unexpected(format!(
            "{count} times {what} instead of once"
        )))
    }
}

/// What the edits need to know of a node.
#[derive(Debug, Default)]
struct Node<'a> {
    op: &'a str,
    inputs: Vec<&'a str>,
    output: &'a str,
    attributes: Vec<&'a [u8]>,
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, ConvertError> {
        let mut node = Self::default();
        for field in protobuf::read(bytes)? {
            match field {
                Field {
                    number: 1,
                    value: Value::Bytes(name),
                } => node.inputs.push(text(name)?),
                Field {
                    number: 2,
                    value: Value::Bytes(name),
                } if node.output.is_empty() => {
                    node.output = text(name)?;
                }
                Field {
                    number: 4,
                    value: Value::Bytes(op),
                } => node.op = text(op)?,
                Field {
                    number: 5,
                    value: Value::Bytes(bytes),
                } => node.attributes.push(bytes),
                _ => {}
            }
        }
        Ok(node)
    }

    fn two_inputs(&self) -> Result<[&'a str; 2], ConvertError> {
        self.inputs[..].try_into().map_err(|_| {
            ConvertError::Unexpected(format!("{} inputs of {}", self.inputs.len(), self.output))
        })
    }

    /// Fails unless the product is that of the transposed left with the plain right side.
    fn expect_transposed_left(&self) -> Result<(), ConvertError> {
        for attribute in &self.attributes {
            let fields = protobuf::read(attribute)?;
            let find = |number| fields.iter().find(|field| field.number == number);
            let Some(Value::Bytes(name)) = find(1).map(|field| &field.value) else {
                continue;
            };
            let expected = match *name {
                b"transA" => find(3).is_some_and(|field| field.value == Value::Varint(1)),
                b"alpha" => {
                    let one = Value::Fixed32(1.0f32.to_le_bytes());
                    find(2).is_some_and(|field| field.value == one)
                }
                // A missing number is a zero, too.
                _ => find(3).is_none_or(|field| field.value == Value::Varint(0)),
            };
            if !expected {
                let name = String::from_utf8_lossy(name);
                return Err(ConvertError::Unexpected(format!(
                    "{name} of {}",
                    self.output
                )));
            }
        }
        Ok(())
    }
}

fn text(bytes: &[u8]) -> Result<&str, ConvertError> {
    str::from_utf8(bytes).map_err(|_| ConvertError::Damaged("a name is not text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph with the three places, and the given attribute of the product.
    fn model(attribute: &str, number: i64, ops: &[&str]) -> Vec<u8> {
        let product = [Attribute::Int(attribute, number)];
        let mut graph = Message::default();
        for op in ops {
            let node = match *op {
                "FusedMatMul" => onnx::node(op, &["a", "b"], "c", &product),
                "Div" => onnx::node(op, &["c", "d"], PHASE_DIVISION, &[]),
                _ => onnx::node(op, &["e"], DURATIONS, &[]),
            };
            graph.message(1, &node);
        }
        graph
            .string(2, "graph")
            .message(13, &onnx::float_value("c", &[]));
        let mut model = Message::default();
        model.varint(1, 8).message(7, &graph).string(99, "unknown");
        model.finish()
    }

    const OPS: [&str; 3] = ["FusedMatMul", "Div", "Clip"];

    #[test]
    fn the_three_places_are_edited_and_the_rest_is_kept() {
        let edited = edit(&model("transA", 1, &OPS)).unwrap();
        let fields = protobuf::read(&edited).unwrap();
        assert_eq!(fields[0].value, Value::Varint(8));
        assert_eq!(fields[2].value, Value::Bytes(b"unknown"));
        let Value::Bytes(graph) = fields[1].value else {
            panic!()
        };
        let graph = protobuf::read(graph).unwrap();
        let nodes: Vec<Node> = graph
            .iter()
            .filter_map(|field| match field {
                Field {
                    number: 1,
                    value: Value::Bytes(bytes),
                } => Some(Node::read(bytes).unwrap()),
                _ => None,
            })
            .collect();
        let ops: Vec<&str> = nodes.iter().map(|node| node.op).collect();
        assert_eq!(ops, ["Transpose", "MatMul", "Add", "Div", "Clip"]);
        assert_eq!(nodes[0].inputs, ["a"]);
        assert_eq!(nodes[1].inputs, [nodes[0].output, "b"]);
        assert_eq!((nodes[1].output, nodes[2].inputs[0]), ("c", "d"));
        assert_eq!(nodes[3].inputs, ["c", nodes[2].output]);
        let kinds: Vec<u64> = graph.iter().map(|field| field.number).collect();
        assert_eq!(kinds, [1, 1, 5, 1, 1, 1, 2, 12]);
    }

    #[test]
    fn another_graph_is_refused() {
        let message = |model: &[u8]| match edit(model) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("edited"),
        };
        assert!(message(&model("transA", 0, &OPS)).contains("transA of c"));
        assert!(message(&model("transB", 1, &OPS)).contains("transB of c"));
        assert!(message(&model("transA", 1, &OPS[..2])).contains("Clip_output_0"));
        assert!(
            message(&model("transA", 1, &["FusedMatMul", "Div", "Clip", "Div"]))
                .contains("2 times")
        );
        assert!(message(b"").contains("0 times graph"));
        assert!(edit(b"no model at all").is_err());
    }
}
