//! From one place of the footage to another that looks alike, without a jump.

use crate::frame::Frame;
use crate::twin::track::Face;

/// How far a crossing of `frames` frames is over at frame `index` of it: never 0 and never 1, as those are the frames
/// beside it.
pub(super) fn share(index: usize, frames: usize) -> f32 {
    let t = (index + 1) as f32 / (frames + 1) as f32;
    t * t * (3.0 - 2.0 * t)
}

/// A face between two.
pub(super) fn between(a: &[[f32; 3]], b: &[[f32; 3]], share: f32) -> Face {
    a.iter()
        .zip(b)
        .map(|(a, b)| std::array::from_fn(|axis| a[axis] + (b[axis] - a[axis]) * share))
        .collect()
}

/// Lays `over` on `frame`, both of one size, with this opacity.
pub(super) fn mix(frame: &mut Frame, over: &Frame, share: f32) {
    let share = (share * 256.0).round() as i32;
    for (below, above) in frame.bytes_mut().iter_mut().zip(over.as_bytes()) {
        let (a, b) = (i32::from(*below), i32::from(*above));
        *below = (a + (((b - a) * share + 128) >> 8)) as u8;
    }
}
