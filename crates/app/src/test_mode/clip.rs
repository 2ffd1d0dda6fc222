//! Sound and pictures of test mode: of the right size and length, and made in a blink.

use std::f32::consts::TAU;
use std::path::Path;

use likeness_domain::speech::{SpeechTiming, TimedWord};
use likeness_domain::video::{AudioFile, Sound, VideoRequest};
use likeness_voice::{SAMPLE_RATE_HZ, WavWriter};

/// Seconds that a character of a word takes at pace 1: about 15 a second, as people speak.
const CHARACTER_S: f64 = 0.055;

/// Seconds that a word takes at least.
const SHORTEST_WORD_S: f64 = 0.12;

/// Seconds between two words, and after the end of a sentence.
const GAP_S: f64 = 0.06;
const SENTENCE_GAP_S: f64 = 0.35;

/// Seconds of silence before the first word and after the last.
const MARGIN_S: f64 = 0.2;

/// Pitch and loudness of the tone that stands for a word.
const TONE_HZ: f32 = 220.0;
const TONE_LEVEL: f32 = 0.2;

/// Where each word would be if the text were spoken at `speed`.
pub(super) fn timing(text: &str, speed: f32) -> SpeechTiming {
    let pace = 1.0 / f64::from(speed);
    let (mut now, mut sentence) = (MARGIN_S, 0);
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        #[expect(clippy::cast_precision_loss, reason = "a word is short")]
        let letters = word.chars().count() as f64;
        let length = (letters * CHARACTER_S).max(SHORTEST_WORD_S) * pace;
        words.push(TimedWord {
            text: word.to_owned(),
            start_s: now,
            end_s: now + length,
            sentence,
        });
        let ends = word.ends_with(['.', '!', '?', '。', '！', '？']);
        sentence += u32::from(ends);
        now += length + if ends { SENTENCE_GAP_S } else { GAP_S } * pace;
    }
    SpeechTiming {
        duration_s: words.last().map_or(MARGIN_S, |word| word.end_s) + MARGIN_S,
        words,
        ..SpeechTiming::default()
    }
}

/// Where each word of a video would be, scene by scene.
pub(super) fn timing_of(request: &VideoRequest) -> SpeechTiming {
    let mut whole = SpeechTiming::default();
    for scene in &request.scenes {
        whole.append(&match &scene.sound {
            Sound::Script(script) => timing(&script.text, script.speed),
            Sound::Silence { duration_s } | Sound::Audio(AudioFile { duration_s, .. }) => {
                SpeechTiming {
                    duration_s: *duration_s,
                    ..SpeechTiming::default()
                }
            }
        });
    }
    whole
}

/// Writes a tone for every word.
pub(super) fn write_tones(timing: &SpeechTiming, out: &Path) -> std::io::Result<()> {
    let mut wav = WavWriter::create(out)?;
    let mut written = 0_usize;
    for word in &timing.words {
        let (start, end) = (sample(word.start_s), sample(word.end_s));
        wav.write(&vec![0.0; start.saturating_sub(written)])?;
        wav.write(&tone(end.saturating_sub(start)))?;
        written = end;
    }
    wav.write(&vec![
        0.0;
        sample(timing.duration_s).saturating_sub(written)
    ])?;
    wav.finish()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time in a track is small and not negative"
)]
fn sample(time_s: f64) -> usize {
    (time_s * f64::from(SAMPLE_RATE_HZ)).round() as usize
}

/// A sine under an arch, so that nothing clicks.
#[expect(clippy::cast_precision_loss, reason = "a word has few samples")]
fn tone(samples: usize) -> Vec<f32> {
    let step = TAU * TONE_HZ / SAMPLE_RATE_HZ as f32;
    let arch = TAU / 2.0 / samples.max(1) as f32;
    (0..samples)
        .map(|n| (n as f32 * step).sin() * (n as f32 * arch).sin() * TONE_LEVEL)
        .collect()
}

/// Frames of a video that is as long as the sound.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a video's length is small and not negative"
)]
pub(super) fn frames(timing: &SpeechTiming, fps: u32) -> u64 {
    (timing.duration_s * f64::from(fps)).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_each_other_and_pace_stretches_them() {
        let timing_1 = timing("Hello there. How are you?", 1.0);
        assert_eq!(timing_1.words.len(), 5);
        assert!(timing_1.words.windows(2).all(|w| w[0].end_s < w[1].start_s));
        let sentences: Vec<_> = timing_1.words.iter().map(|w| w.sentence).collect();
        assert_eq!(sentences, [0, 0, 1, 1, 1]);
        let slow = timing("Hello there. How are you?", 0.5);
        let spoken = |t: &SpeechTiming| t.duration_s - 2.0 * MARGIN_S;
        assert!((spoken(&slow) / spoken(&timing_1) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn tones_last_as_long_as_the_timing_says() {
        let dir = tempfile::tempdir().unwrap();
        let (file, timing) = (dir.path().join("a.wav"), timing("One two three.", 1.0));
        write_tones(&timing, &file).unwrap();
        let bytes = file.metadata().unwrap().len();
        assert_eq!(bytes, 44 + 2 * sample(timing.duration_s) as u64);
    }
}
