//! Text to speech that knows when it says what.
//!
//! A script becomes [`Utterance`]s (a sentence or a few short ones, with phonemes), an utterance becomes [`Speech`]
//! (samples with the time of every phoneme and word). The face, the captions and the word times all come from these
//! timings, so nothing has to be recognised from sound afterwards.
//!
//! Two engines run in pure Rust: *hibari* (one US voice, very fast) and *Kokoro* (28 English voices). [`VoiceLibrary`]
//! finds what is installed. To add a voice of a known engine, put its file into the model folder and its line into
//! `catalog`; to add an engine, give `engine::Engine` a variant that returns samples and token durations.
//!
//! **Invariant:** the same voice, text and speed give the same samples, bit by bit, on the same machine.
//!
//! **Invariant:** every speech is a whole number of envelope steps long, so that envelopes can be joined end to end.
//!
//! **Invariant:** phoneme and word times never run backwards and never leave the speech.
//!
//! **Invariant:** no text can make this crate panic, loop, or take memory out of proportion to its length.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    reason = "sample and frame arithmetic: counts are far below 2^24 and times far below an hour"
)]

mod captions;
mod catalog;
mod engine;
mod english;
mod error;
mod hibari;
mod kokoro;
mod level;
mod library;
mod lines;
mod network;
mod plan;
mod reading;
mod sound;
mod speaker;
mod timing;
mod unknown_words;
mod vocabulary;
mod wav;

pub use captions::{Caption, LINE_COLUMNS, captions, srt, vtt};
pub use catalog::VoiceInfo;
pub use error::VoiceError;
pub use library::VoiceLibrary;
pub use plan::Utterance;
pub use speaker::{MAX_SCRIPT_CHARS, SpeakOptions, Speaker, Speech};
pub use wav::WavWriter;

/// Samples per second of all speech; there is one channel.
pub const SAMPLE_RATE_HZ: u32 = 24_000;

/// Samples in one step of [`likeness_domain::speech::SpeechTiming::envelope`] (10 ms).
pub(crate) const ENVELOPE_STEP: usize = 240;
