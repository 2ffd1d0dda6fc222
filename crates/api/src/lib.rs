//! The `api` crate of Likeness.
