//! The `store` crate of Likeness.
