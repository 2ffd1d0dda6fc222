//! A whole recording: its sounds, its words and its loudness in one timing.

use likeness_domain::speech::{SpeechTiming, TimedPhoneme, TimedWord};

use crate::level::Level;
use crate::phonemes::{Peak, PhonemeRecogniser, spans};
use crate::recording::Recording;
use crate::transcript::Transcript;
use crate::words::WordRecogniser;
use crate::{HearingError, matching};

/// What is to be found out about a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Sounds and loudness: enough for a face.
    Sounds,
    /// The words, too: for captions.
    SoundsAndWords,
}

/// Share of the work that the sounds take when words are wanted, too.
const SOUNDS_SHARE: f64 = 0.3;
/// A word begins at the sound that is this near, if one does.
const SNAP_S: f64 = 0.2;

/// How a text of a language (its code) is pronounced, in the alphabet of `likeness_domain::speech::TimedPhoneme`; `None`
/// where that is not known.
pub type Pronounce<'a> = &'a dyn Fn(&str, &str) -> Option<Vec<char>>;

/// The timing of a recording. `report` learns the share that is done, and stops the work by an error.
pub(crate) fn listen(
    sounds: &PhonemeRecogniser,
    words: Option<&WordRecogniser>,
    recording: &mut dyn Recording,
    pronounce: Pronounce<'_>,
    report: &mut dyn FnMut(f64) -> Result<(), HearingError>,
) -> Result<SpeechTiming, HearingError> {
    let level = Level::of(recording)?;
    let duration_s = level.envelope.len() as f64 / 100.0;
    let share = if words.is_some() { SOUNDS_SHARE } else { 1.0 };
    let mut peaks = sounds.peaks(recording, &level, &mut |done| report(done * share))?;
    let mut timed = Vec::new();
    if let Some(words) = words {
        let speaks = |from_s: f64, to_s: f64| {
            let first = peaks.partition_point(|peak| peak.time_s < from_s);
            peaks.get(first).is_some_and(|peak| peak.time_s < to_s)
        };
        let rest = 1.0 - share;
        let report = &mut |done| report(share + done * rest);
        let transcript = words.listen(recording, &level, None, &speaks, report)?;
        peaks = corrected(&peaks, &transcript, pronounce);
        timed = transcript.words;
    }
    let phonemes = spans(&peaks, &level, duration_s);
    snap(&mut timed, &phonemes);
    Ok(SpeechTiming {
        phonemes,
        words: timed,
        envelope: level.envelope,
        duration_s,
    })
}

/// The sounds as the words have them, stretch by stretch. Where they have little in common, the ear is believed.
fn corrected(peaks: &[Peak], transcript: &Transcript, pronounce: Pronounce<'_>) -> Vec<Peak> {
    let mut corrected = Vec::with_capacity(peaks.len());
    let mut from = 0;
    for stretch in stretches(&transcript.words) {
        let text: Vec<&str> = stretch.iter().map(|word| word.text.as_str()).collect();
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else {
            continue;
        };
        let begin = from + peaks[from..].partition_point(|p| p.time_s < first.start_s - SNAP_S);
        let end = from + peaks[from..].partition_point(|p| p.time_s < last.end_s + SNAP_S);
        let (begin, end) = (begin, end.max(begin));
        corrected.extend_from_slice(&peaks[from..begin]);
        let heard = &peaks[begin..end];
        let wanted = pronounce(&transcript.language, &text.join(" "));
        match wanted.and_then(|wanted| matching::matched(heard, &wanted)) {
            Some(better) => corrected.extend(better),
            None => corrected.extend_from_slice(heard),
        }
        from = end;
    }
    corrected.extend_from_slice(&peaks[from..]);
    corrected
}

/// Words in runs that end with a sentence or a pause, and are not so long that matching them takes long.
fn stretches(words: &[TimedWord]) -> impl Iterator<Item = &[TimedWord]> {
    const LONGEST: usize = 60;
    let mut rest = words;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = |pair: &[TimedWord]| {
            pair[0].sentence != pair[1].sentence || pair[1].start_s - pair[0].end_s > 2.0 * SNAP_S
        };
        let end = rest
            .windows(2)
            .position(ends)
            .map_or(rest.len(), |place| place + 1);
        let (run, after) = rest.split_at(end.min(LONGEST));
        rest = after;
        Some(run)
    })
}

/// Moves the beginnings of words to the beginnings of sounds: those after a pause first, as they are heard best.
fn snap(words: &mut [TimedWord], phonemes: &[TimedPhoneme]) {
    let mut clock = 0.0;
    // No two words begin with the same sound.
    let mut taken_s = f64::NEG_INFINITY;
    for word in words {
        let near = |phoneme: &&TimedPhoneme| (phoneme.start_s - word.start_s).abs() <= SNAP_S;
        let from = phonemes.partition_point(|p| p.start_s < word.start_s - SNAP_S);
        let to = phonemes.partition_point(|p| p.start_s <= word.start_s + SNAP_S);
        let window = &phonemes[from.min(to)..to];
        let after_pause = |index: &usize| {
            let before = (from + index).checked_sub(1).and_then(|i| phonemes.get(i));
            before.is_some_and(|before| before.symbol == ' ')
        };
        let distance = |index: &usize| {
            let pause = if after_pause(index) { 0.5 } else { 1.0 };
            (window[*index].start_s - word.start_s).abs() * pause
        };
        let free = |phoneme: &TimedPhoneme| phoneme.symbol != ' ' && phoneme.start_s > taken_s;
        let best = (0..window.len())
            .filter(|index| free(&window[*index]) && near(&&window[*index]))
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(best) = best {
            word.start_s = window[best].start_s;
            taken_s = word.start_s;
        }
        word.start_s = f64::max(word.start_s, clock);
        word.end_s = f64::max(word.end_s, word.start_s);
        clock = word.start_s;
    }
}

#[cfg(test)]
mod tests {
    use likeness_domain::speech::Stress;

    use super::*;

    #[test]
    fn words_begin_with_their_sounds() {
        let phoneme = |symbol: char, start_s: f64, end_s: f64| TimedPhoneme {
            symbol,
            start_s,
            end_s,
            stress: Stress::None,
        };
        let phonemes = [
            phoneme(' ', 0.0, 0.5),
            phoneme('a', 0.5, 0.7),
            phoneme('b', 0.7, 0.8),
        ];
        let word = |start_s: f64, end_s: f64| TimedWord {
            text: "x".to_owned(),
            start_s,
            end_s,
            sentence: 0,
        };
        let mut words = [word(0.36, 0.62), word(0.61, 0.9), word(3.0, 3.1)];
        snap(&mut words, &phonemes);
        let starts = words.map(|word| word.start_s);
        assert!((starts[0] - 0.5).abs() < 1e-9 && (starts[1] - 0.7).abs() < 1e-9);
        assert!((starts[2] - 3.0).abs() < 1e-9);
    }
}
