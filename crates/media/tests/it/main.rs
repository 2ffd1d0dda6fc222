//! Hostile pictures, and ffmpeg as a child.

#![allow(clippy::unwrap_used, reason = "test helpers fail loudly too")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sample and pixel arithmetic on small values"
)]

mod ffmpeg;
mod hostile;
mod pictures;
mod sandbox;

use likeness_media::child::WorkerCommand;
use likeness_media::image::{DecodeLimits, ImageDecoder};

/// This crate's own worker program.
fn worker() -> WorkerCommand {
    WorkerCommand {
        program: env!("CARGO_BIN_EXE_likeness-media-worker").into(),
        args: Vec::new(),
    }
}

fn decoder() -> ImageDecoder {
    ImageDecoder::new(worker(), DecodeLimits::default())
}

/// A repeatable stream of bytes (xorshift), for noise and for faults.
fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
}
