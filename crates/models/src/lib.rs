//! The `models` crate of Likeness.

mod dir;

pub use dir::default_dir;
