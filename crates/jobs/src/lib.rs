//! The `jobs` crate of Likeness.
