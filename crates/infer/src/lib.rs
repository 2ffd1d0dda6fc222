//! The `infer` crate of Likeness.
