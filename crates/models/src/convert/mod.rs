//! From the networks as they are published to ONNX graphs that `rten` can run.

mod face_embedding;
mod flatbuffer;
mod halves;
mod hama;
mod head;
mod japanese;
mod kokoro;
mod layers;
mod minilm;
mod onnx;
mod protobuf;
mod speaker;
mod tensors;
mod tflite;
mod tflite_to_onnx;
mod whisper;

pub(crate) use face_embedding::convert as face_embedding_to_onnx;
pub(crate) use hama::convert as hama_to_onnx;
pub(crate) use head::{make as make_head, members as head_members};
pub(crate) use japanese::compact as compact_words;
pub(crate) use kokoro::edit as edit_kokoro;
pub(crate) use minilm::convert as minilm_to_onnx;
pub(crate) use speaker::convert as speaker_network;
pub(crate) use tflite_to_onnx::convert as tflite_to_onnx;
pub(crate) use whisper::convert as whisper_to_onnx;
