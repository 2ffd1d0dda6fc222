//! Looks at pictures: finds faces, their 478 landmarks, expression, pose and gender, and where a person is, on the CPU.
//!
//! The networks are files in `<models>/face`, run by `rten`; this crate has no weights of its own.
//!
//! **Invariant:** a picture never makes it panic, whatever it shows, and work and memory are
//! bounded by [`MAX_SIDE`] and [`MAX_FACES`].
//! **Invariant:** the same picture gives the same faces; nothing is remembered between calls.
//! **Invariant:** it judges whether a photo can be used and whether two faces it is given are of one
//! person, but never who a person is.
//!
//! A new network: load it in [`FaceModels`], give it a file of its own with one function from
//! picture or landmarks to a plain struct, and check it in `tests/it` on a real picture.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixel places and network numbers are small against the precision of f32"
)]

mod align;
mod area;
mod blendshapes;
mod conv;
mod detect;
mod embedding;
mod error;
mod faces;
mod gender;
mod judge;
mod mesh;
mod mouth;
mod network;
mod person;
mod pose;
mod sample;

pub use blendshapes::{BLENDSHAPE_NAMES, BLENDSHAPES};
pub use embedding::{EMBEDDING, FaceEmbedder, FaceEmbedding, SAME_PERSON};
pub use error::InferError;
pub use faces::{Face, FaceModels, Followed, MAX_FACES, MAX_SIDE, Tracked};
pub use gender::GenderGuess;
pub use judge::{MAX_ROLL_DEGREES, MAX_YAW_DEGREES, MIN_FACE, MIN_PICTURE, Unusable, judge};
pub use mesh::LANDMARKS;
pub use mouth::is_visible as mouth_is_visible;
pub use person::PersonMap;
pub use pose::HeadPose;
