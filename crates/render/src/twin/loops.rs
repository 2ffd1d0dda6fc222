//! Stretches of footage that can be shown again and again: their end looks like their beginning.

use crate::twin::track::Track;

/// Sides of the small grey picture that a frame is compared by.
pub const THUMB: (usize, usize) = (16, 9);

/// Frames over which one place of the footage passes into another.
pub const CROSSING: usize = 14;

/// Shortest loop, in frames.
const SHORTEST: usize = 75;

/// Most loops that are kept.
const MOST: usize = 4;

/// Places at which ends of loops are looked for, at most; then finer about the best.
const PLACES: usize = 500;

/// What a loop's shortness costs: repeating after ten seconds is as bad as a head that is displaced by 0.03 eye distances.
const SHORT_COST: f32 = 0.3 * 25.0;

/// What a difference of the whole picture costs, in eye distances for a change of all pixels from black to white.
const PICTURE_COST: f32 = 4.0;

/// Points whose places must agree: nose, eyes and lids, brows, temples. Not the mouth, which is replaced.
const POINTS: [usize; 22] = [
    10, 168, 4, 33, 133, 362, 263, 159, 145, 386, 374, 105, 334, 66, 296, 234, 454, 127, 356, 116,
    345, 6,
];

/// What of a frame is known when loops are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameLook {
    /// Whether the frame may be shown: its face is there, and nothing is before the mouth.
    pub usable: bool,
    /// Mean luma of the cells of [`THUMB`].
    pub thumb: [u8; THUMB.0 * THUMB.1],
}

/// A loop: shown from `start` to before `end`, then, during [`CROSSING`] frames, what follows `end` passes into what follows
/// `start`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loop {
    pub start: usize,
    pub end: usize,
    /// How far the two ends are from each other, in eye distances.
    pub cost: f32,
}

impl Loop {
    /// The footage's frame that is shown as frame `index` of a scene and, during a crossing, the one that it passes into,
    /// with how far that is.
    pub fn frame(&self, index: usize) -> (usize, Option<(usize, f32)>) {
        let length = self.end - self.start;
        if index < length {
            return (self.start + index, None);
        }
        let into = (index - length) % length;
        if into < CROSSING {
            let share = super::crossing::share(into, CROSSING);
            (self.end + into, Some((self.start + into, share)))
        } else {
            (self.start + into, None)
        }
    }
}

/// The best loops, the first to be used first; none if no stretch of usable frames is long enough.
pub fn find_loops(track: &Track, looks: &[FrameLook]) -> Vec<Loop> {
    let search = Search::new(track, looks);
    let mut found: Vec<Loop> = Vec::new();
    let mut taken = vec![false; looks.len()];
    while found.len() < MOST
        && let Some(best) = search.best(&taken)
    {
        let end = (best.end + CROSSING).min(taken.len());
        taken[best.start..end].fill(true);
        found.push(best);
    }
    found
}

struct Search<'a> {
    looks: &'a [FrameLook],
    /// For every frame with a face, [`POINTS`] over the mean distance of the eyes.
    faces: Vec<Option<[[f32; 2]; POINTS.len()]>>,
}

impl<'a> Search<'a> {
    fn new(track: &Track, looks: &'a [FrameLook]) -> Self {
        let eyes =
            |face: &[[f32; 3]]| (face[263][0] - face[33][0]).hypot(face[263][1] - face[33][1]);
        let faces: Vec<_> = (0..looks.len()).map(|k| track.face(k)).collect();
        let known: Vec<f32> = faces.iter().flatten().map(|face| eyes(face)).collect();
        // Outer corners are 1.45 times as far apart as the eyes' middles.
        let unit = known.iter().sum::<f32>() / known.len().max(1) as f32 / 1.45;
        let unit = unit.max(1.0);
        Self {
            looks,
            faces: faces
                .into_iter()
                .map(|face| {
                    let face = face?;
                    Some(POINTS.map(|k| [face[k][0] / unit, face[k][1] / unit]))
                })
                .collect(),
        }
    }

    fn best(&self, taken: &[bool]) -> Option<Loop> {
        let mut best: Option<(f32, Loop)> = None;
        for (first, end) in self.runs(taken) {
            if let Some((score, found)) = self.best_within(first, end)
                && best.is_none_or(|(least, _)| score < least)
            {
                best = Some((score, found));
            }
        }
        best.map(|(_, found)| found)
    }

    /// Stretches of usable frames that nobody has taken.
    fn runs(&self, taken: &[bool]) -> Vec<(usize, usize)> {
        let free = |k: usize| self.looks[k].usable && self.faces[k].is_some() && !taken[k];
        let mut runs = Vec::new();
        let mut start = None;
        for k in 0..=self.looks.len() {
            let usable = k < self.looks.len() && free(k);
            match (usable, start) {
                (true, None) => start = Some(k),
                (false, Some(first)) => {
                    if k - first >= SHORTEST + CROSSING {
                        runs.push((first, k));
                    }
                    start = None;
                }
                _ => {}
            }
        }
        runs
    }

    fn best_within(&self, first: usize, end: usize) -> Option<(f32, Loop)> {
        let step = (end - first).div_ceil(PLACES).max(1);
        let mut best = None;
        for start in (first..end).step_by(step) {
            for stop in (start + SHORTEST..end).step_by(step) {
                self.consider(start, stop, end, &mut best);
            }
        }
        if step > 1 {
            let (_, coarse) = best?;
            let about = |at: usize| at.saturating_sub(step).max(first)..=at + step;
            for start in about(coarse.start) {
                for stop in about(coarse.end) {
                    self.consider(start, stop, end, &mut best);
                }
            }
        }
        best
    }

    /// Takes a loop that is better than the best so far and has its crossing before `end`.
    fn consider(&self, start: usize, stop: usize, end: usize, best: &mut Option<(f32, Loop)>) {
        if stop < start + SHORTEST || stop + CROSSING > end {
            return;
        }
        let Some(cost) = self.cost(start, stop) else {
            return;
        };
        let score = cost + SHORT_COST / (stop - start) as f32;
        if best.is_none_or(|(least, _)| score < least) {
            let found = Loop {
                start,
                end: stop,
                cost,
            };
            *best = Some((score, found));
        }
    }

    /// How unlike the frames of a crossing are: at its beginning, middle and end.
    fn cost(&self, start: usize, end: usize) -> Option<f32> {
        let mut sum = 0.0;
        for off in [0, CROSSING / 2, CROSSING - 1] {
            let (a, b) = (end + off, start + off);
            let (face_a, face_b) = (self.faces[a].as_ref()?, self.faces[b].as_ref()?);
            let apart: f32 = face_a
                .iter()
                .zip(face_b)
                .map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]))
                .sum();
            let changed: u32 = self.looks[a]
                .thumb
                .iter()
                .zip(&self.looks[b].thumb)
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum();
            let changed = changed as f32 / (255 * THUMB.0 * THUMB.1) as f32;
            sum += apart / POINTS.len() as f32 + PICTURE_COST * changed;
        }
        Some(sum / 3.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::LANDMARKS;

    /// A face that sways with a period of `period` frames.
    fn swaying(
        frames: usize,
        period: f32,
        hidden: std::ops::Range<usize>,
    ) -> (Track, Vec<FrameLook>) {
        let mut track = Track::default();
        let mut looks = Vec::new();
        for frame in 0..frames {
            let x = 30.0 * (frame as f32 / period * std::f32::consts::TAU).sin();
            let face: Vec<[f32; 3]> = (0..LANDMARKS)
                .map(|k| {
                    [
                        500.0 + x + (k % 20) as f32 * 10.0,
                        (k / 20) as f32 * 10.0,
                        0.0,
                    ]
                })
                .collect();
            track.push(Some(&face));
            looks.push(FrameLook {
                usable: !hidden.contains(&frame),
                thumb: [80; THUMB.0 * THUMB.1],
            });
        }
        (track, looks)
    }

    #[test]
    fn a_loop_is_whole_periods_long() {
        let (track, looks) = swaying(420, 90.0, 0..0);
        let best = find_loops(&track, &looks)[0];
        let length = (best.end - best.start) as f32 / 90.0;
        assert!(
            (length - length.round()).abs() < 0.03 && length > 3.5,
            "{best:?}"
        );
        assert!(best.cost < 0.02 && best.end + CROSSING <= 420);
    }

    #[test]
    fn what_is_hidden_is_never_shown() {
        let (track, looks) = swaying(500, 50.0, 200..215);
        let loops = find_loops(&track, &looks);
        assert!(!loops.is_empty());
        for found in &loops {
            for index in 0..1500 {
                let (shown, into) = found.frame(index);
                for frame in [Some(shown), into.map(|(frame, _)| frame)]
                    .into_iter()
                    .flatten()
                {
                    assert!(looks[frame].usable, "{found:?} shows {frame}");
                }
            }
        }
        let (track, looks) = swaying(80, 50.0, 40..42);
        assert_eq!(find_loops(&track, &looks), []);
    }

    #[test]
    fn frames_follow_each_other_through_a_crossing() {
        let found = Loop {
            start: 10,
            end: 110,
            cost: 0.0,
        };
        assert_eq!(found.frame(0), (10, None));
        assert_eq!(found.frame(99), (109, None));
        let (from, into) = found.frame(100);
        assert_eq!((from, into.map(|(frame, _)| frame)), (110, Some(10)));
        let (from, into) = found.frame(100 + CROSSING - 1);
        assert_eq!(from, 110 + CROSSING - 1);
        assert!(into.unwrap().1 > 0.9);
        assert_eq!(found.frame(100 + CROSSING), (10 + CROSSING, None));
        assert_eq!(found.frame(199), (109, None));
        assert_eq!(found.frame(200).0, 110);
    }
}
