//! The `render` crate of Likeness.
