//! The audio library: beds of music and sound effects that this program composes and plays itself, and the search for
//! them by meaning.
//!
//! Nothing here was recorded: every sound is arithmetic (plucked strings, filtered saws, modulated sines, noise), the same
//! on every machine and free of anybody's rights. [`catalogue`] lists the sounds, [`render`] plays one, [`Meaning`] ranks
//! them for a query.
//!
//! - **Invariant:** a sound is decided by its id and [`REVISION`] alone.
//! - **Invariant:** beds can be played in a circle without a seam, music has -16 LUFS, and no peak is over -1 dBTP.
//!
//! To add a bed or effect, add it to `beds` or `effects` and raise [`REVISION`] if a kept sound changes.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::suboptimal_flops,
    reason = "sample arithmetic: tracks are minutes long, far below 2^24 samples"
)]

mod beds;
mod drums;
mod effects;
mod instruments;
mod loudness;
mod meaning;
mod random;
mod score;
mod stereo;
mod words;

pub use effects::Placement;
pub use meaning::{Meaning, MeaningError};

/// Raised when sounds change, so that kept ones are made anew.
pub const REVISION: u32 = 1;

/// Samples a second of [`Track`]s.
pub const SAMPLE_RATE_HZ: u32 = 44_100;

/// Whether a sound is music.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Music,
    Effect,
}

/// A sound of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sound {
    /// Stays the same for ever.
    pub id: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub kind: Kind,
    pub duration_s: f32,
    /// Of effects only.
    pub placement: Option<Placement>,
    /// When an effect is loudest, in seconds from its start.
    pub peak_s: Option<f32>,
}

/// Two channels of samples, -1 to 1, at [`SAMPLE_RATE_HZ`].
#[derive(Debug, Clone)]
pub struct Track {
    pub left: Vec<f32>,
    pub right: Vec<f32>,
}

/// All sounds, music first.
pub fn catalogue() -> impl Iterator<Item = Sound> {
    let beds = beds::all().map(|bed| Sound {
        id: bed.id,
        name: bed.name,
        description: bed.description,
        kind: Kind::Music,
        duration_s: bed.score.duration_s(),
        placement: None,
        peak_s: None,
    });
    let effects = effects::all().map(|effect| Sound {
        id: effect.id,
        name: effect.name,
        description: effect.description,
        kind: Kind::Effect,
        duration_s: effect.seconds,
        placement: Some(effect.placement),
        peak_s: effect.peak_s,
    });
    beds.chain(effects)
}

/// Plays a sound; `None` if there is none of that id. Takes a second or two for music.
pub fn render(id: &str) -> Option<Track> {
    let bed = beds::all().find(|bed| bed.id == id);
    let effect = effects::all().find(|effect| effect.id == id);
    let track = match (bed, effect) {
        (Some(bed), _) => bed.score.render(bed.id),
        (None, Some(effect)) => effect.render(),
        (None, None) => return None,
    };
    Some(Track {
        left: track.left,
        right: track.right,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stereo::Stereo;

    #[test]
    fn the_catalogue_is_whole() {
        let ids: BTreeSet<&str> = catalogue().map(|sound| sound.id).collect();
        assert_eq!(ids.len(), 54);
        for sound in catalogue() {
            assert!(
                sound.duration_s > 0.1 && sound.duration_s < 90.0,
                "{}",
                sound.id
            );
            assert!(sound.description.len() > 20, "{}", sound.id);
            assert_eq!(sound.kind == Kind::Effect, sound.placement.is_some());
        }
        assert!(render("nothing").is_none());
    }

    #[test]
    fn effects_are_loudest_when_they_say_and_never_clip() {
        let mut wrong = Vec::new();
        for effect in effects::all() {
            let track = effect.render();
            assert!((track.peak() - 0.7).abs() < 1e-3, "{}", effect.id);
            let mean = track.left.iter().sum::<f32>() / track.left.len() as f32;
            assert!(mean.abs() < 0.02, "{} has an offset of {mean}", effect.id);
            let Some(peak_s) = effect.peak_s else {
                continue;
            };
            let found_s = loudest_s(&track);
            if (found_s - peak_s).abs() > 0.1 {
                wrong.push((effect.id, peak_s, found_s));
            }
        }
        assert!(wrong.is_empty(), "id, said, found: {wrong:?}");
    }

    #[test]
    fn beds_of_sound_have_no_seam() {
        for effect in effects::all() {
            if effect.placement == Placement::Bed {
                assert_no_seam(&effect.render(), effect.id);
            }
        }
    }

    #[test]
    fn music_is_level_and_circular() {
        // Three of different kinds; the chore that listens to all is `cargo xtask listen`.
        for bed in beds::all().step_by(9) {
            let track = bed.score.render(bed.id);
            let lufs = loudness::integrated(&track).unwrap();
            assert!((lufs + 16.0).abs() < 0.7, "{}: {lufs} LUFS", bed.id);
            let peak = loudness::true_peak(&track);
            assert!(peak < 0.892, "{}: peak {peak}", bed.id);
            assert_no_seam(&track, bed.id);
        }
    }

    /// The step from the last sample to the first is like the steps within.
    fn assert_no_seam(track: &Stereo, id: &str) {
        let samples = &track.left;
        let step = (samples[0] - samples[samples.len() - 1]).abs();
        let mut steps: Vec<f32> = samples
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .collect();
        steps.sort_by(f32::total_cmp);
        let usual = steps[steps.len() * 99 / 100].max(0.02);
        assert!(
            step <= usual * 1.5,
            "{id}: a step of {step}, usually {usual}"
        );
    }

    /// The middle of the loudest 30 ms: shorter ones would tell one half of a low wave from the other.
    fn loudest_s(track: &Stereo) -> f32 {
        let step = 1323;
        let energy = |k: usize| -> f32 {
            track.left[k * step..(k + 1) * step]
                .iter()
                .map(|s| s * s)
                .sum()
        };
        let loudest = (0..track.left.len() / step).max_by(|a, b| energy(*a).total_cmp(&energy(*b)));
        (loudest.unwrap_or(0) as f32 + 0.5) * 0.03
    }
}
