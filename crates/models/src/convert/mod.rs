//! From the networks as they are published to ONNX graphs that `rten` can run.

mod flatbuffer;
mod kokoro;
mod onnx;
mod protobuf;
mod tensors;
mod tflite;
mod tflite_to_onnx;

pub(crate) use kokoro::edit as edit_kokoro;
pub(crate) use tflite_to_onnx::convert as tflite_to_onnx;
