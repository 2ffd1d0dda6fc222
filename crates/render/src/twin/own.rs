//! Mouths of the person's own: frames of the footage chosen for poses, and shown for them.
//!
//! The footage's own speech is heard and planned as any speech is, so each of its frames has the pose that its sound
//! asks for, coarticulation and all. A mouth for a new pose is one that the person made for a pose like it (Bregler,
//! Covell and Slaney, "Video Rewrite", 1997, choose by triples of phonemes; poses say the same in seven numbers).

use image::RgbImage;

use crate::frame::Frame;
use crate::geometry::{Vec2, vec2};
use crate::mesh::POINTS;
use crate::plan::{Pose, mouth_of_viseme};
use crate::rig::Rig;
use crate::twin::patch::{Source, Stand};
use crate::twin::track::Face;
use crate::visemes::of_phoneme;
use crate::warp::Area;

/// Numbers of a [`MouthShape`].
pub const MOUTH_NUMBERS: usize = 7;

/// How much each number counts: jaw, rounding, spread, upper lip, lower lip, closure, tongue. About how far each moves the
/// lips in a face, so that a distance is what one sees.
const WEIGHTS: [f32; MOUTH_NUMBERS] = [1.0, 0.8, 0.5, 0.4, 0.6, 0.8, 0.25];

/// Mouths that are kept at most.
const MOST: usize = 32;
/// Two shapes this near show the same.
const SAME: f32 = 0.06;
/// What a fault of the picture counts for, in distance of shapes.
const FAULT: f32 = 0.15;

/// Sounds whose mouths a person must have shown: lips together, lip to teeth, teeth together, spread, rounded, half open
/// and wide open.
const NEEDED: [char; 7] = ['m', 'f', 's', 'i', 'u', 'ɛ', 'ɑ'];
/// How much of a viseme's full movement running speech makes of it.
const RUNNING: f32 = 0.75;
/// A mouth this near to that serves.
const SERVES: f32 = 0.2;

/// What the choice of a mouth goes by: the pose's part below the nose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MouthShape([f32; MOUTH_NUMBERS]);

impl MouthShape {
    /// Of a pose; the rest of the face does not count.
    pub fn of(pose: &Pose) -> Self {
        Self([
            pose.jaw,
            pose.pucker,
            pose.wide,
            pose.upper,
            pose.lower,
            pose.press,
            pose.tongue,
        ])
    }

    /// As it is kept in a file.
    pub fn numbers(self) -> [f32; MOUTH_NUMBERS] {
        self.0
    }

    /// The inverse of [`Self::numbers`].
    pub fn from_numbers(numbers: [f32; MOUTH_NUMBERS]) -> Self {
        Self(numbers)
    }

    fn distance(&self, other: &Self) -> f32 {
        let parts = self.0.iter().zip(other.0).zip(WEIGHTS);
        parts
            .map(|((a, b), weight)| (weight * (a - b)).powi(2))
            .sum::<f32>()
            .sqrt()
    }
}

/// A frame of the footage that may be kept for its mouth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MouthCandidate {
    pub frame: usize,
    pub shape: MouthShape,
    /// What speaks against the picture; 0 is perfect, 1 as bad as may be.
    pub fault: f32,
}

/// Chooses few candidates that stand for all: the best picture first, then always the one that is farthest from all
/// chosen (Gonzalez 1985), pictures with faults last.
pub fn choose_mouths(candidates: &[MouthCandidate]) -> Vec<MouthCandidate> {
    let best = candidates.iter().min_by(|a, b| a.fault.total_cmp(&b.fault));
    let Some(mut newest) = best.copied() else {
        return Vec::new();
    };
    let mut away = vec![f32::MAX; candidates.len()];
    let mut chosen = Vec::new();
    while chosen.len() < MOST {
        chosen.push(newest);
        for (away, candidate) in away.iter_mut().zip(candidates) {
            *away = away.min(candidate.shape.distance(&newest.shape));
        }
        let merit = |k: usize| away[k] - FAULT * candidates[k].fault;
        let next = (0..candidates.len()).max_by(|&a, &b| merit(a).total_cmp(&merit(b)));
        match next.filter(|&k| merit(k) > SAME) {
            Some(k) => newest = candidates[k],
            None => break,
        }
    }
    chosen
}

/// Whether there is a mouth for every kind of sound.
pub fn mouths_suffice(shapes: &[MouthShape]) -> bool {
    NEEDED.iter().all(|&symbol| {
        let wanted = MouthShape::of(&mouth_of_viseme(&of_phoneme(symbol)));
        let wanted = MouthShape(wanted.0.map(|number| number * RUNNING));
        shapes.iter().any(|shape| shape.distance(&wanted) <= SERVES)
    })
}

/// A mouth of the person's own, cut out of the footage.
#[derive(Debug, Clone)]
pub struct OwnMouth {
    /// The picture about the mouth; its sides are even.
    pub picture: RgbImage,
    /// The whole face in pixels of the picture; most of it lies outside.
    pub face: Face,
    pub shape: MouthShape,
}

/// What of a frame's face decides which mouth fits, besides the pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bearing {
    /// Gap of the inner lips, in eye distances.
    pub gap: f32,
    /// Tip of the nose from the middle of the eyes, in eye distances: it tells turns of the head.
    pub nose: Vec2,
}

impl Bearing {
    /// `gap` is in pixels.
    pub(super) fn new(face: &[[f32; 3]], gap: f32) -> Self {
        let flat = |k: usize| vec2(face[k][0], face[k][1]);
        let (left, right) = ((flat(33) + flat(133)) * 0.5, (flat(362) + flat(263)) * 0.5);
        let unit = (right - left).length().max(1e-3);
        let along = (right - left) * (1.0 / unit);
        let nose = (flat(1) - (left + right) * 0.5) * (1.0 / unit);
        Self {
            gap: gap / unit,
            nose: vec2(nose.dot(along), nose.dot(vec2(-along.y, along.x))),
        }
    }
}

/// Which mouths are shown in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub(super) mouth: usize,
    /// The one that was shown before, if it was another: half of it is still seen.
    pub(super) leaving: Option<usize>,
}

/// The mouths that a scene may show.
#[derive(Debug)]
pub(super) struct OwnMouths {
    mouths: Vec<(Source, MouthShape, Bearing)>,
}

impl OwnMouths {
    pub(super) fn new(mouths: &[OwnMouth]) -> Self {
        let placed = |own: &OwnMouth| {
            let points: Vec<Vec2> = own.face[..POINTS]
                .iter()
                .map(|p| vec2(p[0], p[1]))
                .collect();
            let gap = (points[14] - points[13]).length();
            let picture = Frame::from_rgb(&own.picture);
            let bounds = Area {
                left: 0,
                top: 0,
                width: picture.width(),
                height: picture.height(),
            };
            let source = Source::new(&picture, points, Stand::of(&Rig::new(&own.face)), bounds);
            (source, own.shape, Bearing::new(&own.face, gap))
        };
        Self {
            mouths: mouths.iter().map(placed).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.mouths.is_empty()
    }

    pub(super) fn source(&self, mouth: usize) -> Option<&Source> {
        self.mouths.get(mouth).map(|(source, ..)| source)
    }

    /// The mouth for a pose on a face; `None` if there are none. One that is shown stays while it is nearly as good as the
    /// best, as every change can be seen.
    pub(super) fn choose(
        &self,
        before: Option<Shown>,
        shape: &MouthShape,
        bearing: &Bearing,
    ) -> Option<Shown> {
        /// What must be gained by a change.
        const STAYS: f32 = 0.015;
        let cost = |k: usize| {
            let (_, own, borne) = &self.mouths[k];
            let turned = borne.nose - bearing.nose;
            shape.distance(own).powi(2)
                + 6.0 * (borne.gap - bearing.gap).powi(2)
                + 1.5 * turned.dot(turned)
        };
        let best = (0..self.mouths.len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b)))?;
        let before = before.map(|shown| shown.mouth);
        let mouth = before
            .filter(|&k| k < self.mouths.len() && cost(k) < cost(best) + STAYS)
            .unwrap_or(best);
        Some(Shown {
            mouth,
            leaving: before.filter(|&k| k != mouth && k < self.mouths.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(jaw: f32, pucker: f32) -> MouthShape {
        MouthShape([jaw, pucker, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    fn candidate(frame: usize, jaw: f32, fault: f32) -> MouthCandidate {
        MouthCandidate {
            frame,
            shape: shape(jaw, 0.0),
            fault,
        }
    }

    #[test]
    fn few_mouths_stand_for_all_and_bad_pictures_come_last() {
        let mut all: Vec<_> = (0..100)
            .map(|k| candidate(k, k as f32 / 100.0, 0.0))
            .collect();
        all.push(candidate(100, 0.5, 1.0));
        let chosen = choose_mouths(&all);
        assert!((8..=20).contains(&chosen.len()), "{}", chosen.len());
        assert!(chosen.iter().all(|c| c.frame != 100));
        for wanted in &all {
            let near = chosen
                .iter()
                .any(|c| c.shape.distance(&wanted.shape) <= SAME + 1e-6);
            assert!(near, "{wanted:?}");
        }
        assert!(choose_mouths(&[]).is_empty());
    }

    #[test]
    fn a_person_who_never_rounded_the_lips_has_not_shown_enough() {
        let of = |symbol: char| MouthShape::of(&mouth_of_viseme(&of_phoneme(symbol)));
        let all: Vec<MouthShape> = NEEDED.iter().map(|&symbol| of(symbol)).collect();
        assert!(mouths_suffice(&all));
        let without: Vec<MouthShape> = ['m', 'f', 's', 'i', 'ɛ', 'ɑ'].map(of).to_vec();
        assert!(!mouths_suffice(&without));
        assert!(!mouths_suffice(&[]));
    }

    fn face(gap: f32) -> Face {
        let mut face = vec![[60.0, 100.0, 0.0]; 478];
        for (k, x) in [(33, 30.0), (133, 50.0), (362, 70.0), (263, 90.0)] {
            face[k] = [x, 50.0, 0.0];
        }
        (face[13], face[14]) = ([60.0, 90.0, 0.0], [60.0, 90.0 + gap, 0.0]);
        face
    }

    #[test]
    fn the_mouth_that_is_shown_stays_until_another_is_better() {
        let own = |jaw: f32, gap: f32| OwnMouth {
            picture: RgbImage::new(120, 140),
            face: face(gap),
            shape: shape(jaw, 0.0),
        };
        let mouths = OwnMouths::new(&[own(0.2, 4.0), own(0.3, 5.0), own(0.9, 16.0)]);
        let ask = |before, jaw: f32, gap: f32| {
            let bearing = Bearing::new(&face(gap), gap);
            mouths.choose(before, &shape(jaw, 0.0), &bearing).unwrap()
        };
        let first = ask(None, 0.2, 4.0);
        assert_eq!((first.mouth, first.leaving), (0, None));
        let second = ask(Some(first), 0.28, 4.8);
        assert_eq!((second.mouth, second.leaving), (0, None));
        let third = ask(Some(second), 0.8, 15.0);
        assert_eq!((third.mouth, third.leaving), (2, Some(0)));
        let none = OwnMouths::new(&[]);
        let bearing = Bearing::new(&face(1.0), 1.0);
        assert_eq!(none.choose(None, &shape(0.0, 0.0), &bearing), None);
    }
}
