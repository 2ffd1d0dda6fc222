//! Whether the lips of a film follow its sound.

use crate::rendering::FPS;

/// Frames by which picture and sound of a recording may be apart.
const MAX_LAG: i64 = 8;
/// Frames that lips must move by themselves to be compared at all.
const MIN_SEEN: usize = 50;

/// How lips follow a sound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Following {
    /// Best correlation with what the sound asks for, within [`MAX_LAG`] frames; none where too little is seen or moves.
    pub(crate) near: Option<f32>,
    /// Frames by which the picture is behind the sound there.
    pub(crate) lag: i64,
    /// Best correlation a second and more away from it: what any speech has with any other.
    pub(crate) by_chance: Option<f32>,
}

/// Compares the opening of the lips, where it was seen, with what the sound asks for, both at [`FPS`].
pub(crate) fn follow(openings: &[Option<f32>], asked: &[f32]) -> Following {
    let second = i64::from(FPS);
    let at = |lag: i64| correlation(openings, asked, lag);
    let near = (-MAX_LAG..=MAX_LAG).filter_map(|lag| Some((at(lag)?, lag)));
    let best = near.max_by(|a, b| a.0.total_cmp(&b.0));
    let far = (second..4 * second).flat_map(|lag| [at(lag), at(-lag)]);
    Following {
        near: best.map(|(value, _)| value),
        lag: best.map_or(0, |(_, lag)| lag),
        by_chance: far.flatten().reduce(f32::max),
    }
}

/// Pearson's correlation of the openings with the curve `lag` frames earlier; none where too little is seen, or nothing
/// moves: a photo's lips follow nothing.
fn correlation(openings: &[Option<f32>], asked: &[f32], lag: i64) -> Option<f32> {
    let pairs: Vec<(f64, f64)> = (0_i64..)
        .zip(openings)
        .filter_map(|(index, opening)| {
            let other = asked.get(usize::try_from(index - lag).ok()?)?;
            Some((f64::from((*opening)?), f64::from(*other)))
        })
        .collect();
    if pairs.len() < MIN_SEEN {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a film has few frames")]
    let length = pairs.len() as f64;
    let (a, b) = pairs
        .iter()
        .fold((0.0, 0.0), |(a, b), pair| (a + pair.0, b + pair.1));
    let (mean_a, mean_b) = (a / length, b / length);
    let (mut both, mut own_a, mut own_b) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        own_a += a * a;
        own_b += b * b;
    }
    // Lips that move by less than a hundredth of the eyes' distance do not speak.
    if (own_a / length).sqrt() < 0.01 || own_b <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a correlation")]
    let value = (both / (own_a * own_b).sqrt()) as f32;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An uneven opening and closing, as in speech.
    fn curve(seed: u32, frames: usize) -> Vec<f32> {
        let mut state = seed;
        let mut value = 0.0_f32;
        (0..frames)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let step = f32::from(u16::try_from(state >> 16).unwrap()) / 65_535.0;
                value = 0.6 * value + 0.4 * step;
                value
            })
            .collect()
    }

    #[test]
    fn lips_that_lag_a_little_follow_and_others_do_not() {
        let asked = curve(1, 300);
        let mut late = vec![Some(0.3); 4];
        late.extend(asked.iter().map(|value| Some(value * 0.4 + 0.1)));
        let followed = follow(&late, &asked);
        let (near, far) = (followed.near, followed.by_chance);
        assert_eq!(followed.lag, 4);
        assert!(
            near.unwrap() > 0.95 && far.unwrap() < 0.5,
            "{near:?} {far:?}"
        );
        let other: Vec<_> = curve(7, 300).into_iter().map(Some).collect();
        let near = follow(&other, &asked).near;
        assert!(near.unwrap() < 0.4, "{near:?}");
    }

    #[test]
    fn a_photo_and_a_hidden_face_follow_nothing() {
        let asked = curve(1, 300);
        assert_eq!(follow(&vec![Some(0.1); 300], &asked), Following::default());
        assert_eq!(follow(&vec![None; 300], &asked), Following::default());
        assert_eq!(follow(&[], &[]), Following::default());
    }
}
