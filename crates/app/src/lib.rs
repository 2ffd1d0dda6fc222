//! The `app` crate of Likeness.
