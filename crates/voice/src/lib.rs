//! The `voice` crate of Likeness.
