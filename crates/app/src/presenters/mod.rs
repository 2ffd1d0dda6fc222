//! Presenters that are made of attributes: the library that comes with the program, and those made of a prompt.

mod create;
pub mod library;
mod plan;
mod preview;
mod reference;
mod train;

pub use create::{Aspect, NewPromptAvatar, create};
pub(crate) use plan::Plan;
pub use preview::make_preview;
pub(crate) use train::train;
