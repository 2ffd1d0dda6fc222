//! The networks on a real picture, changed in ways whose effect is known.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixel places are small against the precision of f32"
)]

mod embedding;
mod finding;
mod judging;
mod person;
mod pictures;
mod reference;
