//! Objects: files, pictures, puppets and videos, in a folder or on S3, behind one type.
//!
//! **Invariants:** keys are made by [`keys`] only, from ids and fixed words, so no key can leave its place; an object
//! appears whole or not at all, and never changes. To add a kind of object: a function in [`keys`].

#![forbid(unsafe_code)]

pub mod keys;
mod store;

pub use store::{BlobConfig, BlobError, Blobs, ByteStream, Object};
