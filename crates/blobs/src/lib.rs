//! The `blobs` crate of Likeness.
