//! Digital twins: footage of a person becomes a look that says something else.
//!
//! `survey` follows the face through the footage while the confined ffmpeg brings it into one form; `judging` says
//! whether it can be used; `mouths` chooses frames whose mouths stand for all; `training` writes one object with the track of
//! the face, the loops, these mouths and the film (`file`);
//! `playing` shows it again with another mouth.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "frames, pixels and shares are small against the precision of the numbers"
)]

pub(crate) mod file;
pub(crate) mod judging;
mod mouths;
pub(crate) mod playing;
mod survey;
pub mod training;

pub use file::{Twin, TwinError};

/// Longest side of the footage that is kept, in pixels.
pub(crate) const MAX_SIDE: u32 = 1920;
/// Longest side of the frames that the face is followed in, in pixels.
pub(crate) const LOOK_SIDE: u32 = 960;

/// Distance of the middles of a face's eyes, in its own unit; never under 1.
fn unit(face: &[[f32; 3]]) -> f32 {
    let at = |k: usize| face.get(k).copied().unwrap_or_default();
    let middle = |a: usize, b: usize| {
        let (a, b) = (at(a), at(b));
        [f32::midpoint(a[0], b[0]), f32::midpoint(a[1], b[1])]
    };
    let (left, right) = (middle(33, 133), middle(362, 263));
    (left[0] - right[0]).hypot(left[1] - right[1]).max(1.0)
}
