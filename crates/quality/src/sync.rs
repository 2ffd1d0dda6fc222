//! When sounds begin and when lips part.
//!
//! Before a `b` or a `p` that opens a word after a pause the lips are closed and no sound comes; the burst that ends the
//! closure is the first sound. So the parting of the lips in the picture and the rise of the energy in the sound track
//! are one event, seen twice, and their distance is the offset between picture and sound. The plan is not asked.

use crate::signal::quantile;

/// Samples a second of the decoded sound.
pub const SOUND_HZ: u32 = 16_000;

/// Step of the energy curve, in seconds: 40 samples.
const STEP_S: f64 = 0.0025;
const STEP: usize = 40;

/// Share of the loud parts' level above which there is sound (about -26 dB).
const AUDIBLE: f32 = 0.05;

/// Silence that an onset needs before it, in seconds.
const QUIET_S: f64 = 0.12;

/// Root mean square of the sound over 5 ms, every [`STEP_S`].
fn energy(sound: &[f32]) -> Vec<f32> {
    (0..sound.len() / STEP)
        .map(|k| {
            let from = (k * STEP).saturating_sub(STEP / 2);
            let to = (k * STEP + 3 * STEP / 2).min(sound.len());
            crate::signal::rms(&sound[from..to])
        })
        .collect()
}

/// Whether there is sound, every 2.5 ms.
fn audible(sound: &[f32]) -> Vec<bool> {
    let energy = energy(sound);
    let floor = AUDIBLE * quantile(&energy, 0.95);
    energy.iter().map(|&e| e > floor).collect()
}

/// Seconds at which sound begins after silence.
pub fn onsets(sound: &[f32]) -> Vec<f64> {
    let mut quiet = QUIET_S;
    let mut found = Vec::new();
    for (k, sounds) in audible(sound).into_iter().enumerate() {
        if sounds {
            if quiet >= QUIET_S {
                found.push(k as f64 * STEP_S);
            }
            quiet = 0.0;
        } else {
            quiet += STEP_S;
        }
    }
    found
}

/// Spans of at least `least_s` seconds without sound, made shorter by `margin_s` at both ends: lips may move a little
/// before a sound and after it.
pub fn silences(sound: &[f32], least_s: f64, margin_s: f64) -> Vec<(f64, f64)> {
    let mut spans = Vec::new();
    let mut start = Some(0.0);
    let audible = audible(sound);
    let end_s = audible.len() as f64 * STEP_S;
    let mut close = |start: Option<f64>, end: f64| {
        if let Some(from) = start.filter(|from| end - from >= least_s) {
            spans.push((from + margin_s, end - margin_s));
        }
    };
    for (k, sounds) in audible.into_iter().enumerate() {
        let at = k as f64 * STEP_S;
        if sounds {
            close(start.take(), at);
        } else if start.is_none() {
            start = Some(at);
        }
    }
    close(start, end_s);
    spans
}

/// How late the picture is against the sound at each onset, in milliseconds (negative: the picture leads). `opening` has
/// one value a frame; its first frame is shown at `start_s` of the sound.
pub fn offsets(opening: &[f32], fps: f64, start_s: f64, onsets: &[f64]) -> Vec<f32> {
    let mut all = Vec::new();
    for &sound_s in onsets {
        let at = (sound_s - start_s) * fps;
        if let Some(parting) = parting(opening, at, fps) {
            all.push(((parting - at) / fps * 1000.0) as f32);
        }
    }
    all
}

/// Where the lips part about frame `at`: the line through the crossings of a fifth and a half of the rise, drawn on to
/// where the rise begins. None without a clear rise from a rest.
fn parting(opening: &[f32], at: f64, fps: f64) -> Option<f64> {
    let index = |seconds: f64| (at + seconds * fps).max(0.0) as usize;
    let window = index(-0.2)..(index(0.3) + 1).min(opening.len());
    if window.len() < 6 || at < 0.0 {
        return None;
    }
    let peak = window
        .clone()
        .max_by(|&a, &b| opening[a].total_cmp(&opening[b]))?;
    let low = (window.start..peak).min_by(|&a, &b| opening[a].total_cmp(&opening[b]))?;
    let (base, rise) = (opening[low], opening[peak] - opening[low]);
    if rise < 0.05 {
        return None;
    }
    // The last time the curve passes a level on its way up.
    let passes = |share: f32| {
        let level = base + share * rise;
        let k = (low..peak)
            .rev()
            .find(|&k| opening[k] < level && opening[k + 1] >= level)?;
        let step = (opening[k + 1] - opening[k]).max(1e-6);
        Some(k as f64 + f64::from((level - opening[k]) / step))
    };
    let (early, late) = (passes(0.2)?, passes(0.5)?);
    Some(early - (late - early) * (0.2 / 0.3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tones of 0.3 s that begin at the given seconds.
    fn tones(at: &[f64], length_s: f64) -> Vec<f32> {
        let hz = f64::from(SOUND_HZ);
        (0..(length_s * hz) as usize)
            .map(|k| {
                let t = k as f64 / hz;
                let on = at.iter().any(|s| (*s..s + 0.3).contains(&t));
                if on {
                    (t * 1200.0).sin() as f32 * 0.5
                } else {
                    0.0005
                }
            })
            .collect()
    }

    #[test]
    fn onsets_and_silences_are_found() {
        let sound = tones(&[0.5, 1.0, 2.0], 3.0);
        let found = onsets(&sound);
        assert_eq!(found.len(), 3);
        for (found, at) in found.iter().zip([0.5, 1.0, 2.0]) {
            assert!((found - at).abs() < 0.005, "{found} {at}");
        }
        let spans = silences(&sound, 0.3, 0.1);
        let wanted = [(0.1, 0.4), (1.4, 1.9), (2.4, 2.9)];
        assert_eq!(spans.len(), wanted.len(), "{spans:?}");
        for (span, wanted) in spans.iter().zip(wanted) {
            assert!((span.0 - wanted.0).abs() < 0.01 && (span.1 - wanted.1).abs() < 0.01);
        }
    }

    #[test]
    fn a_shift_of_the_picture_is_measured_between_frames() {
        let at = [0.5, 1.3, 2.1, 2.9];
        for shift in [-0.05, -0.013, 0.0, 0.02, 0.06] {
            let opening: Vec<f32> = (0..90)
                .map(|k| {
                    let t = f64::from(k) / 25.0 - shift;
                    // Lips part at the onset and are open after 100 ms.
                    let open = |s: f64| ((t - s) / 0.1).clamp(0.0, 1.0);
                    let close = |s: f64| ((s + 0.4 - t) / 0.1).clamp(0.0, 1.0);
                    at.iter()
                        .map(|&s| open(s).min(close(s)))
                        .fold(0.0, f64::max) as f32
                        * 0.3
                })
                .collect();
            let all = offsets(&opening, 25.0, 0.0, &at);
            assert_eq!(all.len(), at.len());
            let median = quantile(&all, 0.5);
            let wanted = (shift * 1000.0) as f32;
            assert!((median - wanted).abs() < 8.0, "{median} not {wanted}");
        }
    }
}
