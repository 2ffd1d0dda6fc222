//! Presenters that no camera ever saw: people made of attributes, drawn with light.
//!
//! A head is mixed from the shapes of a published mesh ([`HeadBase`]), refined, and lit from all directions; hair grows
//! as strands from its scalp; clothes are heights over the body; behind it all is a backdrop out of focus. A face moves
//! by the mesh's own shapes, so lips close exactly and nothing is warped.
//!
//! **Invariants:** no I/O, no clock, no randomness but from a seed: equal attributes and poses give equal pixels, on any
//! number of threads. A presenter's object is its [`Attributes`]; everything else is made when it is placed in a frame.
//!
//! The way through: [`prompt::read`] or [`library()`] → [`Attributes`] → [`Portrait::new`] → [`Portrait::draw`].

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::many_single_char_names,
    reason = "pixel arithmetic within the bounds of a picture"
)]

mod attributes;
mod backdrop;
mod base;
mod bristles;
mod channels;
mod clothes;
#[cfg(test)]
mod dummy;
mod edges;
mod expression;
mod eye;
mod ground;
mod hair;
mod head;
mod library;
mod light;
mod moving;
mod paint;
mod persona;
mod placing;
mod plate;
mod pores;
mod portrait;
pub mod prompt;
mod raster;
mod scalp;
mod shape;
mod skin;
mod strands;
mod subdivide;
mod tones;
mod vector;
mod view;

pub use attributes::*;
pub use base::{HEAD_MAGIC, HeadBase, HeadBaseError};
pub use expression::Expression;
pub use ground::Ground;
pub use library::{StockLook, StockPresenter, library};
pub use persona::{PERSONA_MAGIC, PersonaError};
pub use plate::Area;
pub use portrait::Portrait;
