//! The `models` crate of Likeness.
