//! The `server` crate of Likeness.
