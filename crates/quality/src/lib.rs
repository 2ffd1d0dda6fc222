//! How good a finished video is, measured on the encoded file by networks that know nothing of the plan.
//!
//! A clip is made by the code that makes users' videos ([`clip`]), decoded again in the limited child process, and looked
//! at by the landmark network frame by frame ([`trace`]). From the places of the landmarks and from the decoded sound come
//! the figures ([`measures`]): each has an aim and a verdict, and stands in a table and on a page one can look through
//! ([`report`]).
//!
//! **Invariant:** what is measured comes from the encoded file. The plan is used only to say what was intended, and the
//! picture before encoding only where a figure's name says so.
//! **Invariant:** the same files give the same figures.
//!
//! A new figure: compute it in a module of its own from [`clip::Seen`], add its row in [`measures`], and explain it in
//! `docs/quality.md`.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::many_single_char_names,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts of frames and pixels are small against the precision of the numbers"
)]

pub mod bench;
pub mod clip;
pub mod drawn;
pub mod footage;
pub mod lips;
pub mod measures;
pub mod patches;
pub mod picture;
pub mod report;
pub mod set;
pub mod signal;
pub mod sync;
pub mod takes;
pub mod trace;
pub mod twin;
