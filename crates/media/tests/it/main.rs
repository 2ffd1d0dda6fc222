//! Hostile pictures, and ffmpeg as a child.

#![allow(clippy::unwrap_used, reason = "test helpers fail loudly too")]
