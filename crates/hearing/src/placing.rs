//! From peaks to spans: when each sound begins and ends.

use likeness_domain::speech::{Stress, TimedPhoneme};

use crate::alphabet::{is_vowel, lag_s};
use crate::level::Level;
use crate::phonemes::Peak;

/// Shortest silence that is told as a pause, in seconds.
const MIN_PAUSE_S: f64 = 0.08;
/// No sound lasts longer; what lies behind is a pause.
const LONGEST_S: f64 = 0.45;
/// A sound that ends in silence is not shorter.
const SHORTEST_S: f64 = 0.03;
/// What sounds louder than this share of loud sound, behind a silence and before the first peak, is that peak's: the
/// recogniser leaves out an "ah" of its own. Breath is softer.
const VOICED_SHARE: f32 = 0.2;
/// A peak without sound this near is an error of the recogniser.
const NEAR_S: f64 = 0.06;

/// A phoneme in its word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sound {
    pub(crate) phoneme: TimedPhoneme,
    pub(crate) starts_word: bool,
    /// Whether the phoneme's stress is the word's own.
    pub(crate) stress_is_known: bool,
}

/// The sounds and the pauses (`' '`) from 0 to `duration_s`, without a hole.
pub(crate) fn spans(peaks: &[Peak], level: &Level, duration_s: f64) -> Vec<Sound> {
    let heard =
        |peak: &&Peak| level.peak(peak.time_s - NEAR_S, peak.time_s + NEAR_S) >= level.silence;
    let peaks: Vec<&Peak> = peaks.iter().filter(heard).collect();
    let mut row = Row::default();
    for (index, peak) in peaks.iter().enumerate() {
        let begin_s = begin(
            index.checked_sub(1).map(|i| peaks[i]),
            peak,
            level,
            row.end_s,
        );
        let next = peaks.get(index + 1).copied();
        let end_s = end(peak, begin_s, next, level, duration_s);
        row.pause_until(begin_s);
        row.add(peak, end_s.max(row.end_s));
    }
    row.pause_until(duration_s);
    row.sounds
}

fn lagging(peak: &Peak) -> f64 {
    peak.time_s - peak.symbols.first().copied().map_or(0.0, lag_s)
}

/// When a peak's sound begins: its lag before the peak, but not before the silence between it and the last one ends, and
/// with that if a voice is heard from there on.
fn begin(last: Option<&Peak>, peak: &Peak, level: &Level, end_of_last_s: f64) -> f64 {
    let from_s = last.map_or(0.0, |last| last.time_s);
    let silence = level.longest_silence(from_s, peak.time_s);
    let quiet_until_s = silence
        .filter(|(from, to)| to - from >= MIN_PAUSE_S)
        .map_or(0.0, |(_, to)| to);
    let own_s = lagging(peak);
    let is_voiced = quiet_until_s > 0.0
        && (quiet_until_s..quiet_until_s + LONGEST_S).contains(&own_s)
        && level.mean(quiet_until_s, own_s) > level.loud * VOICED_SHARE;
    let begin_s = if is_voiced { quiet_until_s } else { own_s };
    begin_s
        .max(quiet_until_s.min(peak.time_s))
        .max(end_of_last_s)
}

/// When it ends: with the next one's beginning, or with the silence before that.
fn end(peak: &Peak, begin_s: f64, next: Option<&Peak>, level: &Level, duration_s: f64) -> f64 {
    let to_s = next.map_or(duration_s, |next| next.time_s);
    let silence = level.longest_silence(peak.time_s - SHORTEST_S, to_s);
    let quiet_from_s = silence
        .filter(|(from, to)| to - from >= MIN_PAUSE_S)
        .map_or(f64::INFINITY, |(from, _)| from);
    next.map_or(duration_s, lagging)
        .min(quiet_from_s.max(begin_s + SHORTEST_S))
        .min(begin_s + LONGEST_S)
        .max(begin_s)
        .min(duration_s)
}

/// Sounds in the making.
#[derive(Debug, Default)]
struct Row {
    sounds: Vec<Sound>,
    end_s: f64,
}

impl Row {
    fn pause_until(&mut self, start_s: f64) {
        let gap_s = start_s - self.end_s;
        match self.sounds.last_mut() {
            // Too short for the lips to rest.
            Some(last) if gap_s < MIN_PAUSE_S && last.phoneme.symbol != ' ' => {
                last.phoneme.end_s = last.phoneme.end_s.max(start_s);
            }
            _ if gap_s > 0.0 => self.push(' ', start_s, false, None),
            _ => {}
        }
        self.end_s = self.end_s.max(start_s);
    }

    /// The peak's symbols share its time.
    fn add(&mut self, peak: &Peak, end_s: f64) {
        let share_s = (end_s - self.end_s) / peak.symbols.len() as f64;
        for (index, symbol) in peak.symbols.iter().enumerate() {
            let last = index + 1 == peak.symbols.len();
            let until_s = if last { end_s } else { self.end_s + share_s };
            let stress = peak.stress.map(|stress| {
                if is_vowel(*symbol) {
                    stress
                } else {
                    Stress::None
                }
            });
            self.push(*symbol, until_s, peak.starts_word && index == 0, stress);
        }
    }

    fn push(&mut self, symbol: char, end_s: f64, starts_word: bool, stress: Option<Stress>) {
        let phoneme = TimedPhoneme {
            symbol,
            start_s: self.end_s,
            end_s,
            stress: stress.unwrap_or_default(),
        };
        self.sounds.push(Sound {
            phoneme,
            starts_word,
            stress_is_known: stress.is_some(),
        });
        self.end_s = end_s;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn peak(time_s: f64, symbols: &'static [char]) -> Peak {
        Peak {
            time_s,
            symbols,
            starts_word: false,
            stress: None,
        }
    }

    fn level(loud: &[(usize, usize)], steps: usize) -> Level {
        let mut envelope = vec![0.0; steps];
        for (from, to) in loud {
            envelope[*from..*to].fill(0.1);
        }
        Level::new(envelope)
    }

    #[test]
    fn a_pause_lies_where_it_is_silent() {
        let level = level(&[(20, 50), (80, 110)], 150);
        let peaks = [peak(0.3, &['a']), peak(0.9, &['m', 'a'])];
        let sounds = spans(&peaks, &level, 1.5);
        let told: Vec<(char, f64)> = sounds
            .iter()
            .map(|s| (s.phoneme.symbol, (s.phoneme.end_s * 100.0).round()))
            .collect();
        let (pause, a, m) = (told[0].1, told[1].1, told[2].1);
        assert_eq!(told.iter().map(|t| t.0).collect::<String>(), " a ma ");
        assert!((20.0..30.0).contains(&pause), "{told:?}");
        assert!((a - 50.0).abs() < 2.0, "{told:?}");
        assert!((80.0..90.0).contains(&m), "{told:?}");
        assert!((told[4].1 - 110.0).abs() < 2.0, "{told:?}");
    }

    #[test]
    fn a_voice_behind_a_silence_belongs_to_the_first_peak() {
        let sounds = spans(
            &[peak(0.3, &['a']), peak(1.0, &['a'])],
            &level(&[(20, 50), (75, 120)], 150),
            1.5,
        );
        let second = sounds.iter().rfind(|s| s.phoneme.symbol == 'a').unwrap();
        assert!((second.phoneme.start_s - 0.75).abs() < 0.02, "{sounds:?}");
    }

    #[test]
    fn a_peak_in_silence_is_dropped() {
        let level = level(&[(20, 50)], 150);
        let sounds = spans(&[peak(0.3, &['a']), peak(1.2, &['m'])], &level, 1.5);
        assert!(sounds.iter().all(|s| s.phoneme.symbol != 'm'));
    }

    proptest! {
        #[test]
        fn sounds_follow_each_other_without_a_hole(
            gaps in prop::collection::vec(0.0..1.0_f64, 0..20),
            loud in prop::collection::vec(any::<bool>(), 0..300),
        ) {
            let envelope = loud.iter().flat_map(|l| [if *l { 0.2 } else { 0.0 }; 10]).collect();
            let level = Level::new(envelope);
            let mut clock = 0.0;
            let peaks: Vec<Peak> = gaps.iter().map(|gap| { clock += gap; peak(clock, &['j', 'a']) }).collect();
            let duration_s = clock + 0.3;
            let sounds = spans(&peaks, &level, duration_s);
            let mut clock = 0.0;
            for sound in &sounds {
                let phoneme = sound.phoneme;
                prop_assert!((phoneme.start_s - clock).abs() < 1e-9, "{sounds:?}");
                prop_assert!(phoneme.end_s >= phoneme.start_s - 1e-9, "{sounds:?}");
                clock = phoneme.end_s;
            }
            prop_assert!((clock - duration_s).abs() < 1e-9);
        }
    }
}
