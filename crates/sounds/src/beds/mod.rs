//! The music beds: what each is called, how it feels, and its score.

use crate::drums::Drum;
use crate::instruments::Instrument;
use crate::score::{Beat, Layer, Pattern, Score};
use crate::stereo::Hall;

/// A bed of music.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bed {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) score: Score,
}

/// All quarters of a track; all but the first; the middle ones; the second half.
pub(super) const ALL: u8 = 0b1111;
pub(super) const LATER: u8 = 0b1110;
pub(super) const MIDDLE: u8 = 0b0110;
pub(super) const HALF: u8 = 0b1100;

pub(super) const fn layer(
    instrument: Instrument,
    pattern: Pattern,
    octave: i32,
    gain: f32,
    pan: f32,
    sections: u8,
) -> Layer {
    Layer {
        instrument,
        pattern,
        octave,
        gain,
        pan,
        sections,
    }
}

pub(super) const fn beat(
    drum: Drum,
    steps: &'static str,
    gain: f32,
    pan: f32,
    sections: u8,
) -> Beat {
    Beat {
        drum,
        steps,
        gain,
        pan,
        sections,
    }
}

pub(super) const ROOM: Hall = Hall {
    decay_s: 0.7,
    damping: 0.4,
};
pub(super) const STAGE: Hall = Hall {
    decay_s: 1.8,
    damping: 0.35,
};
pub(super) const CATHEDRAL: Hall = Hall {
    decay_s: 4.5,
    damping: 0.3,
};

/// What most scores share.
pub(super) const PLAIN: Score = Score {
    beats_per_minute: 100.0,
    key: 0,
    minor: false,
    chords: &[0, 4, 5, 3],
    bars: 16,
    beats_per_bar: 4,
    sevenths: false,
    swing: 0.0,
    hall: STAGE,
    wet: 0.25,
    layers: &[],
    beats: &[],
};

mod calm;
mod lively;

/// All beds.
pub(crate) fn all() -> impl Iterator<Item = &'static Bed> {
    lively::BEDS.iter().chain(&calm::BEDS)
}
