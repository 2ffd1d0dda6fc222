//! What draws the frames of a scene, whatever it was trained from.

use std::fmt::Debug;

use crate::frame::Frame;
use crate::plan::Pose;

/// Somebody placed in a frame, who takes any pose. Drawn by several threads at once, in no order.
///
/// Equal index and pose give equal frames.
pub trait Actor: Debug + Send + Sync {
    /// A frame for [`Self::render`]; reuse it, as only what moves may be drawn each time.
    fn new_frame(&self) -> Frame;

    /// Draws the frame `index` of the scene, counted from 0, with the face in `pose`.
    ///
    /// A frame that another actor made is made anew.
    fn render(&self, index: usize, pose: &Pose, frame: &mut Frame);
}
