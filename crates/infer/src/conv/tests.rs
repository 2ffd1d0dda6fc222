#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]

use rten::ModelOptions;
use rten_onnx::onnx::{
    AttributeProto, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::graph::plan;
use super::plan::Plan;
use super::*;

/// A graph that is written node by node, with weights that differ.
#[derive(Default)]
struct Writer {
    graph: GraphProto,
}

impl Writer {
    fn floats(&mut self, dims: &[i64]) -> String {
        let count = dims.iter().product::<i64>();
        let seed = self.graph.initializer.len() as i64;
        let value = |k: i64| ((k * 7919 + seed * 104_729) % 1000) as f32 / 1000.0 - 0.45;
        let bytes = (0..count).flat_map(|k| value(k).to_le_bytes()).collect();
        self.constant(dims, DataType::FLOAT, bytes)
    }

    fn ints(&mut self, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(&[values.len() as i64], DataType::INT64, bytes)
    }

    fn constant(&mut self, dims: &[i64], kind: DataType, bytes: Vec<u8>) -> String {
        let name = format!("c{}", self.graph.initializer.len());
        self.graph.initializer.push(TensorProto {
            dims: dims.to_vec(),
            data_type: Some(kind),
            raw_data: Some(bytes.into()),
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }

    fn node(&mut self, op: &str, input: &[&str], ints: &[(&str, &[i64])], group: i64) -> String {
        let name = format!("v{}", self.graph.node.len());
        let mut attribute: Vec<AttributeProto> = ints
            .iter()
            .map(|(name, ints)| AttributeProto {
                name: Some((*name).to_owned()),
                ints: ints.to_vec(),
                r#type: Some(rten_onnx::onnx::AttributeType::INTS),
                ..AttributeProto::default()
            })
            .collect();
        if group > 1 {
            attribute.push(AttributeProto {
                name: Some("group".to_owned()),
                i: Some(group),
                r#type: Some(rten_onnx::onnx::AttributeType::INT),
                ..AttributeProto::default()
            });
        }
        self.graph.node.push(NodeProto {
            input: input.iter().map(|&name| name.to_owned()).collect(),
            output: vec![name.clone()],
            op_type: Some(op.to_owned()),
            attribute,
            ..NodeProto::default()
        });
        name
    }

    /// Weights are `[out, in of the group, rows, columns]`.
    fn conv(
        &mut self,
        from: &str,
        weights: [i64; 4],
        stride: i64,
        pads: [i64; 4],
        groups: i64,
    ) -> String {
        let bias = self.floats(&weights[..1]);
        let kernel = [weights[2], weights[3]];
        let weights = self.floats(&weights);
        let attributes: [(&str, &[i64]); 4] = [
            ("kernel_shape", &kernel),
            ("strides", &[stride, stride]),
            ("pads", &pads),
            ("dilations", &[1, 1]),
        ];
        self.node("Conv", &[from, &weights, &bias], &attributes, groups)
    }

    fn slopes(&mut self, from: &str, channels: i64) -> String {
        let slopes = self.floats(&[channels, 1, 1]);
        self.node("PRelu", &[from, &slopes], &[], 1)
    }

    fn file(mut self, size: [i64; 4], outputs: &[&str]) -> Vec<u8> {
        let sized = |name: &str, size: &[i64]| ValueInfoProto {
            name: Some(name.to_owned()),
            r#type: Some(TypeProto {
                tensor_type: Some(TypeProtoTensor {
                    elem_type: Some(DataType::FLOAT),
                    shape: Some(TensorShapeProto {
                        dim: size
                            .iter()
                            .map(|&size| Dimension {
                                dim_value: Some(size),
                                dim_param: None,
                            })
                            .collect(),
                    }),
                }),
                sequence: None,
            }),
        };
        self.graph.input.push(sized("in", &size));
        for output in outputs {
            self.graph.output.push(sized(output, &[]));
        }
        let model = ModelProto {
            ir_version: Some(8),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: Some(String::new()),
                version: Some(18),
            }],
            ..ModelProto::default()
        };
        model.write_buf().unwrap()
    }
}

/// All that the landmark network consists of, with odd numbers of channels and sides that fill no vector.
fn everything() -> Vec<u8> {
    let mut to = Writer::default();
    let turned = to.node("Transpose", &["in"], &[("perm", &[0, 3, 1, 2])], 1);
    let first = to.conv(&turned, [6, 3, 3, 3], 2, [0, 0, 1, 1], 1);
    let first = to.slopes(&first, 6);
    let down = to.conv(&first, [3, 6, 1, 1], 1, [0; 4], 1);
    let down = to.slopes(&down, 3);
    let single = to.conv(&down, [3, 1, 3, 3], 1, [1; 4], 3);
    let up = to.conv(&single, [6, 3, 1, 1], 1, [0; 4], 1);
    let sum = to.node("Add", &[&first, &up], &[], 1);
    let sum = to.slopes(&sum, 6);
    let half = to.conv(&sum, [6, 6, 2, 2], 2, [0; 4], 1);
    let kernel: [(&str, &[i64]); 3] = [
        ("kernel_shape", &[2, 2]),
        ("strides", &[2, 2]),
        ("pads", &[0; 4]),
    ];
    let greatest = to.node("MaxPool", &[&sum], &kernel, 1);
    let pads = to.ints(&[0, 0, 0, 0, 0, 5, 0, 0]);
    let wide = to.node("Pad", &[&greatest, &pads], &[], 1);
    let half = to.slopes(&half, 6);
    let single = to.conv(&half, [6, 1, 3, 3], 1, [1; 4], 6);
    let up = to.conv(&single, [11, 6, 1, 1], 1, [0; 4], 1);
    let sum = to.node("Add", &[&wide, &up], &[], 1);
    let sum = to.slopes(&sum, 11);
    let all = to.conv(&sum, [7, 11, 5, 9], 1, [0; 4], 1);
    let other = to.conv(&sum, [1, 11, 5, 9], 1, [0; 4], 1);
    let sure = to.node("Sigmoid", &[&other], &[], 1);
    let [all, other] =
        [&all, &other].map(|value| to.node("Transpose", &[value], &[("perm", &[0, 2, 3, 1])], 1));
    to.file([1, 20, 36, 3], &[&all, &other, &sure])
}

fn network(file: &[u8]) -> ConvNetwork {
    ConvNetwork {
        name: "test",
        plan: plan(file, 2).unwrap(),
        idle: Mutex::default(),
    }
}

fn picture(seed: usize) -> Vec<f32> {
    let value = |k: usize| ((k * 31 + seed * 17) % 256) as f32 / 255.0;
    (0..20 * 36 * 3).map(value).collect()
}

/// Whether `rten` takes the file; if it does, it computes what the plan does.
fn agrees(file: &[u8], network: &ConvNetwork, seed: usize) -> bool {
    let Ok(model) = ModelOptions::with_all_ops().load(file.to_vec()) else {
        return false;
    };
    let pixels = picture(seed);
    let input = Tensor::from_data(&[1, 20, 36, 3], pixels.clone());
    let inputs = vec![(model.input_ids()[0], input.view().into())];
    let Ok(expected) = model.run(inputs, model.output_ids(), None) else {
        return false;
    };
    let found = network.run(&pixels, [7, 1]).unwrap();
    for (expected, found) in expected.into_iter().zip(&found) {
        let expected = Tensor::<f32>::try_from(expected).unwrap().to_vec();
        assert_eq!(expected.len(), found.len());
        for (a, b) in expected.iter().zip(found) {
            let apart = (a - b).abs();
            assert!(apart < 1e-4 * a.abs().max(1.0), "{expected:?} {found:?}");
        }
    }
    true
}

#[test]
fn everything_is_computed_as_rten_does() {
    let file = everything();
    let network = network(&file);
    // Once more in the memory of the run before.
    for seed in [1, 2] {
        assert!(agrees(&file, &network, seed));
    }
}

#[test]
fn results_share_memory_with_those_that_are_read_no_more() {
    let Plan { steps, buffers, .. } = plan(&everything(), 2).unwrap();
    assert!(buffers.len() < 6, "{} buffers", buffers.len());
    assert!(steps.len() > 12, "{} steps", steps.len());
}

#[test]
fn inputs_and_outputs_of_other_sizes_are_refused() {
    let network = network(&everything());
    assert!(network.run(&picture(1)[1..], [7, 1]).is_err());
    assert!(network.run(&picture(1), [8, 1]).is_err());
    assert!(network.run(&picture(1), [7, 1, 1]).is_err());
    // The third output needs an operation that is not there.
    let error = plan(&everything(), 3).unwrap_err();
    assert!(error.to_string().contains("Sigmoid"), "{error}");
    assert!(plan(&everything(), 4).is_err());
}

#[test]
fn networks_of_another_kind_are_refused_or_computed_as_rten_does() {
    let file = everything();
    let graph = ModelProto::parse_buf(&file).unwrap().graph.unwrap();
    let (mut agreed, mut refused) = (0, 0);
    for (at, node) in graph.node.iter().enumerate() {
        for (n, attribute) in node.attribute.iter().enumerate() {
            for k in 0..attribute.ints.len() {
                for value in [-1, 0, 1, 2, 1000] {
                    let mut other = ModelProto::parse_buf(&file).unwrap();
                    let node = &mut other.graph.as_mut().unwrap().node[at];
                    node.attribute[n].ints[k] = value;
                    let other = other.write_buf().unwrap();
                    match plan(&other, 2) {
                        Err(_) => refused += 1,
                        Ok(_) => agreed += usize::from(agrees(&other, &network(&other), 1)),
                    }
                }
            }
        }
    }
    assert!(agreed > 10 && refused > 10, "{agreed} {refused}");
}
