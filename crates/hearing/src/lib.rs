//! Hearing: what is said in a recording, and when.
//!
//! Two recognisers run in pure Rust. [`PhonemeRecogniser`] (the network of the package `hama`) writes down the sounds of
//! any language with their times: it drives the face. [`WordRecogniser`] (Whisper base) writes down words with their
//! times: they become captions. [`Hearing`] loads each when it is first needed, and [`Hearing::listen`] makes the timing
//! that our own voices give with their speech out of any [`Recording`], piece by piece.
//!
//! Sound is mono, -1 to 1, at [`SAMPLE_RATE_HZ`].
//!
//! - **Invariant:** memory does not grow with a recording's length but for the words and phonemes themselves.
//! - **Invariant:** phoneme and word times never run backwards and never leave the recording.
//! - **Invariant:** where a recording is silent there are no phonemes, so that the lips rest.
//! - **Invariant:** no samples can make this crate panic or loop.
//!
//! To teach another symbol of the phoneme recogniser to the face, add its line to `alphabet`.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_lossless,
    reason = "sample and frame arithmetic: counts are far below 2^24 in a window and times far below a day"
)]

mod alignment;
mod alphabet;
mod emphasis;
mod error;
mod hearing;
mod level;
mod listen;
mod matching;
mod mel;
mod network;
mod phonemes;
mod placing;
mod recording;
mod spectrum;
mod tokens;
mod transcript;
mod whisper;
mod words;

pub use error::HearingError;
pub use hearing::Hearing;
pub use listen::{Pronounce, Wanted};
pub use phonemes::PhonemeRecogniser;
pub use recording::{PcmFile, Recording};
pub use transcript::{Transcript, character_error_rate, word_error_rate};
pub use words::WordRecogniser;

/// Samples in a second of everything that this crate hears.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// Samples in one step of [`likeness_domain::speech::SpeechTiming::envelope`] (10 ms).
pub(crate) const ENVELOPE_STEP: usize = 160;
