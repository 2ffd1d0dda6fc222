//! A portrait that speaks: photo and landmarks become a puppet, the timing of speech becomes motion, and both become
//! frames.
//!
//! Every skin pixel is the photo's own, moved by a mesh over the 478 landmarks of `MediaPipe`; only the inside of the
//! mouth is painted. **Invariants:** no I/O, no clock but to report [`StageTimes`], no randomness but from a seed:
//! equal inputs give equal frames, on any number of threads. Pixels outside a scene's moving area are those of its
//! still picture.
//!
//! The way through: [`Puppet::train`] → [`plan()`] → [`Scene::new`] → [`Scene::render`]. To add a movement: a channel in
//! [`Pose`], its curve in `plan`, its displacement in `rig`. To add another kind of presenter: an [`Actor`].

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::many_single_char_names,
    reason = "pixel arithmetic within the bounds of a picture"
)]

mod actor;
mod camera;
mod contour;
mod cut;
mod direction;
mod eye;
mod frame;
mod geometry;
mod layout;
mod light;
mod lips;
mod matte;
mod mesh;
mod mouth;
mod overlay;
mod piece;
mod plan;
mod puppet;
mod random;
mod raster;
mod rig;
mod scene;
mod still;
mod teeth;
mod twin;
mod visemes;
mod warp;
mod wide;

pub use actor::Actor;
pub use camera::{Filmed, camera_moves};
pub use cut::Behind;
pub use direction::Direction;
pub use frame::Frame;
pub use matte::{Matte, PersonMap};
pub use overlay::Overlay;
pub use plan::{Motion, MotionOptions, Planner, Pose, plan};
pub use puppet::{PUPPET_MAGIC, PUPPET_VERSION, Puppet, PuppetError, TrainError};
pub use scene::{Scene, SceneError, SceneOptions, StageTimes};
pub use still::{Still, fill};
pub use teeth::enamel;
pub use twin::{
    CROSSING, Face, FrameLook, Loop, MOUTH_NUMBERS, MouthCandidate, MouthShape, OwnMouth, Shown,
    THUMB, Track, TwinPlacing, TwinScene, choose_mouths, find_loops, mouths_suffice,
};
