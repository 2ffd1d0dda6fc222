//! The `net` crate of Likeness.
