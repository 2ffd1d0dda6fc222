//! Where one sound of speech becomes the next: borders of phonemes that are known to some tens of milliseconds, moved to
//! where the sound itself changes.
//!
//! A voice plans its phonemes on a grid of 25 ms and keeps to it by and large; a recogniser hears one peak a phoneme on a
//! grid of 20 ms. Lips that close 30 ms late are seen. But closing lips are heard: the sound of the open mouth falls
//! away within 10 ms, and a hiss begins as suddenly. [`Bands`] is how loud both are over time, and [`settle`] moves each
//! border to the steepest rise or fall near it, of the kind that its two sounds ask for.
//!
//! Measured on sixteen clips of three voices: a mouth that follows a recording correlates with one that follows the plan
//! of the same speech at 0.94 instead of 0.88, and words that begin with `s` begin within 12 ms of their hiss but for one.
//!
//! - **Invariant:** phonemes stay in order and without holes; pauses keep their borders.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts of 4 ms steps are far below 2^24 in a recording of hours"
)]

mod bands;
mod borders;
mod filter;
mod sonority;

pub use bands::{BandMeter, Bands};
pub use borders::settle;
