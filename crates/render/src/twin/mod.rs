//! A person in footage who says something else: the frames are the footage's own, but for the mouth.
//!
//! For every frame the face of one reference frame, in which the mouth rests, is turned into the frame's pose by a fit
//! over points that no speech moves. Speech moves the reference's mouth as it moves a photo's. The frame's own chin and
//! cheeks are warped to that shape, so that nothing is left of what the mouth said in the footage; lips and the skin
//! about them are laid over from the reference, in the frame's light, with the painted inside of the mouth. Where the
//! footage offers enough speech, a mouth that the person made for a like sound (`own`) can be laid over instead, teeth and all.

mod crossing;
mod fit;
mod light;
mod loops;
mod own;
mod patch;
mod placing;
mod scene;
mod track;

pub use loops::{CROSSING, FrameLook, Loop, THUMB, find_loops};
pub use own::{
    MOUTH_NUMBERS, MouthCandidate, MouthShape, OwnMouth, Shown, choose_mouths, mouths_suffice,
};
pub use placing::TwinPlacing;
pub use scene::TwinScene;
pub use track::{Face, Track};
