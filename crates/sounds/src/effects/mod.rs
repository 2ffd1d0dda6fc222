//! The sound effects: what each is called, and how it is made.

use crate::random::Random;
use crate::stereo::{Stereo, samples};

macro_rules! effect {
    ($id:literal, $name:literal, $description:literal, $seconds:literal, $placement:ident, $peak:expr, $make:expr) => {
        Effect {
            id: $id,
            name: $name,
            description: $description,
            seconds: $seconds,
            placement: Placement::$placement,
            peak_s: $peak,
            make: $make,
        }
    };
}

mod making;
mod scenes;
mod signals;

/// All effects.
pub(crate) fn all() -> impl Iterator<Item = &'static Effect> {
    signals::EFFECTS.iter().chain(&scenes::EFFECTS)
}

/// What an effect does beside a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Marks a moment.
    Hit,
    /// Leads up to one.
    Riser,
    /// Lies under a scene; can be played in a circle.
    Bed,
}

impl Placement {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Riser => "riser",
            Self::Bed => "bed",
        }
    }
}

/// A sound effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effect {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) seconds: f32,
    pub(crate) placement: Placement,
    /// When it is loudest, in seconds; beds and other steady sounds have no such moment.
    pub(crate) peak_s: Option<f32>,
    pub(super) make: fn(&mut Stereo, &mut Random),
}

/// Loudest sample of an effect (-3 dBFS).
const PEAK: f32 = 0.7;

impl Effect {
    pub(crate) fn render(&self) -> Stereo {
        let mut track = Stereo::silent(samples(self.seconds));
        (self.make)(&mut track, &mut Random::of(self.id));
        if self.placement != Placement::Bed {
            track.fade(0.001, (self.seconds * 0.1).min(0.2));
        }
        let peak = track.peak();
        if peak > 0.0 {
            track.scale(PEAK / peak);
        }
        track
    }
}
