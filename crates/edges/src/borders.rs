//! The borders of phonemes, moved.

use likeness_domain::speech::TimedPhoneme;

use crate::bands::{Bands, Change};
use crate::sonority::{hisses, rank};

/// No sound is made shorter than this, in seconds. Lips that meet stay together for longer than a frame of a video: their
/// closure lasts 50 to 100 ms (Byrd 1993), and one that falls between two frames is not seen.
const SHORTEST_S: f64 = 0.01;
const SHORTEST_CLOSURE_S: f64 = 0.06;

/// Moves the borders between sounds, of phonemes that follow each other, to where they are heard. Borders of pauses stay.
pub fn settle(phonemes: &mut [TimedPhoneme], bands: &Bands) {
    let mut earliest_s = phonemes
        .first()
        .map_or(0.0, |first| first.start_s + kept_s(first));
    for second in 1..phonemes.len() {
        let [before, after] = [phonemes[second - 1], phonemes[second]];
        let mut border_s = after.start_s;
        if let Some(change) = change(before.symbol, after.symbol) {
            border_s = bands.place(change, border_s);
        }
        let latest_s = after.end_s - kept_s(&after);
        border_s = border_s.min(latest_s).max(earliest_s.min(after.end_s));
        phonemes[second - 1].end_s = border_s;
        phonemes[second].start_s = border_s;
        earliest_s = border_s + kept_s(&after);
    }
}

/// What at least stays of a sound: what was shorter stays as it is.
fn kept_s(phoneme: &TimedPhoneme) -> f64 {
    let shortest_s = if matches!(phoneme.symbol, 'p' | 'b' | 'm') {
        SHORTEST_CLOSURE_S
    } else {
        SHORTEST_S
    };
    (phoneme.end_s - phoneme.start_s).clamp(0.0, shortest_s)
}

/// What is heard between two sounds; `None` for pauses, and where both sound much alike.
fn change(before: char, after: char) -> Option<Change> {
    if before == ' ' || after == ' ' {
        return None;
    }
    match (hisses(before), hisses(after)) {
        (false, true) => return Some(Change::HissBegins),
        (true, false) => return Some(Change::HissEnds),
        _ => {}
    }
    match rank(before)?.cmp(&rank(after)?) {
        std::cmp::Ordering::Less => Some(Change::Opens),
        std::cmp::Ordering::Greater => Some(Change::Closes),
        std::cmp::Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use likeness_domain::speech::Stress;
    use proptest::prelude::*;

    use super::*;

    const RATE_HZ: u32 = 16_000;

    /// Phonemes that end at the given times.
    fn row(ends: &[(char, f64)]) -> Vec<TimedPhoneme> {
        let mut start_s = 0.0;
        let phoneme = |(symbol, end_s): &(char, f64)| {
            let phoneme = TimedPhoneme {
                symbol: *symbol,
                start_s,
                end_s: *end_s,
                stress: Stress::None,
            };
            start_s = *end_s;
            phoneme
        };
        ends.iter().map(phoneme).collect()
    }

    /// An open mouth from 0.1 to 0.3 s and from 0.4 s on, lips that murmur between.
    fn ama() -> Bands {
        let sample = |n: usize| {
            let s = n as f32 / RATE_HZ as f32;
            let tone = |hz: f32| (std::f32::consts::TAU * hz * s).sin();
            let open = (0.1..0.3).contains(&s) || (0.4..0.6).contains(&s);
            0.1 * tone(130.0) + if open { 0.2 } else { 0.01 } * tone(800.0)
        };
        let samples: Vec<f32> = (0..11_000).map(sample).collect();
        Bands::of(&samples, RATE_HZ)
    }

    #[test]
    fn lips_close_when_the_sound_of_the_open_mouth_ends() {
        let mut phonemes = row(&[
            (' ', 0.1),
            ('ɑ', 0.33),
            ('m', 0.37),
            ('ə', 0.6),
            (' ', 0.68),
        ]);
        settle(&mut phonemes, &ama());
        let ends: Vec<f64> = phonemes.iter().map(|phoneme| phoneme.end_s).collect();
        for (end_s, heard_s) in ends.iter().zip([0.1, 0.3, 0.4, 0.6, 0.68]) {
            assert!((end_s - heard_s).abs() < 0.012, "{ends:?}");
        }
        assert!(
            (ends[0] - 0.1).abs() < 1e-9 && (ends[3] - 0.6).abs() < 1e-9,
            "pauses keep theirs"
        );
    }

    #[test]
    fn lips_stay_together_for_a_frame() {
        let mut phonemes = row(&[
            ('ɑ', 0.25),
            ('b', 0.32),
            ('ɑ', 0.35),
            ('b', 0.37),
            ('ɑ', 0.5),
        ]);
        let before = phonemes.clone();
        settle(&mut phonemes, &ama());
        for (after, before) in phonemes
            .iter()
            .zip(&before)
            .filter(|(p, _)| p.symbol == 'b')
        {
            let length_s = |p: &TimedPhoneme| p.end_s - p.start_s;
            assert!(
                length_s(after) > length_s(before).min(SHORTEST_CLOSURE_S) - 1e-9,
                "{phonemes:?}"
            );
        }
    }

    #[test]
    fn sounds_that_sound_alike_keep_their_border() {
        let mut phonemes = row(&[('ɑ', 0.33), ('i', 0.37), ('\u{2460}', 0.5), ('ɑ', 0.6)]);
        let before = phonemes.clone();
        settle(&mut phonemes, &ama());
        assert_eq!(phonemes, before);
        settle(&mut [], &ama());
    }

    proptest! {
        #[test]
        fn they_follow_each_other_without_a_hole(
            lengths in prop::collection::vec((prop::sample::select(vec!['m', 's', 'ɑ', ' ', 'l', '?']), 0.0..0.2_f64), 0..20),
        ) {
            let mut clock = 0.0;
            let ends: Vec<(char, f64)> = lengths.iter().map(|(symbol, s)| { clock += s; (*symbol, clock) }).collect();
            let mut phonemes = row(&ends);
            settle(&mut phonemes, &ama());
            let mut clock = 0.0;
            for phoneme in &phonemes {
                prop_assert!((phoneme.start_s - clock).abs() < 1e-9, "{phonemes:?}");
                prop_assert!(phoneme.end_s >= phoneme.start_s - 1e-9, "{phonemes:?}");
                clock = phoneme.end_s;
            }
            prop_assert_eq!(phonemes.last().map(|p| p.end_s), ends.last().map(|e| e.1));
        }
    }
}
