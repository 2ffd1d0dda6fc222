//! Text to speech that knows when it says what.
//!
//! A script becomes [`Utterance`]s (a sentence or a few short ones, with phonemes), an utterance becomes [`Speech`]
//! (samples with the time of every phoneme and word). The face, the captions and the word times all come from these
//! timings, so nothing has to be recognised from sound afterwards.
//!
//! Three engines run in pure Rust: *hibari* (one US voice, very fast), *Kokoro* (54 voices in nine languages and accents)
//! and *Piper* (whatever an operator adds). [`VoiceLibrary`] finds what is installed: the voices of the setup, and style
//! files and networks in the folder `voices`. To add an engine, give `engine::Engine` a variant that returns samples and
//! token durations.
//!
//! Scripts are read by `reader::Reader`: English, Japanese and Mandarin in this process, other languages by the program
//! `espeak-ng`. A new language of `espeak-ng` needs no code, but its numbers and signs sound better with rules in `normal`.
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

mod blend;
mod captions;
mod catalog;
mod cjk;
mod cloning;
mod design;
mod engine;
mod english;
mod error;
mod espeak;
mod hibari;
mod japanese;
mod kokoro;
mod languages;
mod level;
mod library;
mod lines;
mod mandarin;
mod manner;
mod network;
mod normal;
mod onsets;
mod parallel;
mod piper;
mod plan;
mod print;
mod reader;
mod reading;
mod resample;
mod sound;
mod speaker;
mod ssml;
mod timing;
mod traits;
mod unknown_words;
mod vocabulary;
mod wav;

pub use blend::Blend;
pub use captions::{Caption, LINE_COLUMNS, captions, srt, vtt};
pub use catalog::VoiceInfo;
pub use cloning::{CloneError, CloneLimits, RECORDING_RATE_HZ, VoiceClone, clone_voice};
pub use design::{Design, DesignWish, MAX_DESIGNS, design};
pub use error::VoiceError;
pub use languages::name as language_name;
pub use library::VoiceLibrary;
pub use plan::Utterance;
pub use speaker::{MAX_SCRIPT_CHARS, SpeakOptions, Speaker, Speech};
pub use ssml::{pauses_s, ssml_text};
pub use traits::{heard_pitch_hz, known_pitch_hz, measured_row};
pub use wav::WavWriter;

/// Samples per second of all speech; there is one channel.
pub const SAMPLE_RATE_HZ: u32 = 24_000;

/// Samples in one step of [`likeness_domain::speech::SpeechTiming::envelope`] (10 ms).
pub(crate) const ENVELOPE_STEP: usize = 240;
