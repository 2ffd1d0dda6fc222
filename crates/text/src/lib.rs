//! Captions as pictures: text is shaped in its own script and direction, and drawn once for each caption.
//!
//! A crate of its own for what shaping costs to compile. It knows no video: [`Lettering::draw`] gives a picture and its
//! place in a frame.
//!
//! **Invariant:** no fonts but those of the models folder are used, so a caption looks the same on every machine.
//! **Invariant:** any text gives a caption inside the frame's safe margins, or none.
//!
//! To add a script: pin a font's package in `likeness-models`, and name its family in `fonts.rs`.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "pixel places in frames of a few thousand pixels"
)]

mod draw;
mod fonts;

pub use draw::{Drawn, Lettering, line_columns};
pub use fonts::{Fonts, TextError};
