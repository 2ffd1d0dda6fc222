//! The `media` crate of Likeness.
