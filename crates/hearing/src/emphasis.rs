//! Which syllables are stressed: where the words do not say, as the recogniser does not, loudness and length do.

use likeness_domain::speech::Stress;

use crate::alphabet::is_vowel;
use crate::level::Level;
use crate::placing::Sound;

/// A stressed vowel has at least this share of the recording's loud steps.
const PRIMARY_SHARE: f32 = 0.7;
const SECONDARY_SHARE: f32 = 0.5;

/// Marks the strongest vowel of every word, if it is strong.
pub(crate) fn mark(sounds: &mut [Sound], level: &Level) {
    let starts = |sound: &Sound| sound.starts_word || sound.phoneme.symbol == ' ';
    let mut from = 0;
    while from < sounds.len() {
        let next = sounds[from + 1..].iter().position(starts);
        let to = next.map_or(sounds.len(), |place| from + 1 + place);
        if !sounds[from..to].iter().any(|sound| sound.stress_is_known) {
            mark_word(&mut sounds[from..to], level);
        }
        from = to;
    }
}

fn mark_word(word: &mut [Sound], level: &Level) {
    let loudness = |sound: &Sound| level.mean(sound.phoneme.start_s, sound.phoneme.end_s);
    let strength = |sound: &Sound| {
        let length_s = (sound.phoneme.end_s - sound.phoneme.start_s).clamp(0.0, 0.3);
        loudness(sound) * (length_s as f32).sqrt()
    };
    let strongest = word
        .iter_mut()
        .filter(|sound| is_vowel(sound.phoneme.symbol) && sound.phoneme.symbol != 'ə')
        .max_by(|a, b| strength(a).total_cmp(&strength(b)));
    let Some(strongest) = strongest else {
        return;
    };
    let share = loudness(strongest) / level.loud.max(f32::MIN_POSITIVE);
    strongest.phoneme.stress = if share >= PRIMARY_SHARE {
        Stress::Primary
    } else if share >= SECONDARY_SHARE {
        Stress::Secondary
    } else {
        Stress::None
    };
}

#[cfg(test)]
mod tests {
    use likeness_domain::speech::TimedPhoneme;

    use super::*;

    #[test]
    fn the_loud_vowel_of_a_word_is_stressed() {
        let sound = |symbol: char, at: usize, starts_word: bool| Sound {
            phoneme: TimedPhoneme {
                symbol,
                start_s: at as f64 / 10.0,
                end_s: (at + 1) as f64 / 10.0,
                stress: Stress::None,
            },
            starts_word,
            stress_is_known: false,
        };
        let mut sounds = [
            sound('b', 0, true),
            sound('ɪ', 1, false),
            sound('ɡ', 2, false),
            sound('ɪ', 3, false),
            sound('ə', 4, true),
            sound(' ', 5, false),
        ];
        let mut envelope = vec![0.02; 60];
        envelope[30..50].fill(0.2);
        mark(&mut sounds, &Level::new(envelope));
        let stresses = sounds.map(|sound| sound.phoneme.stress);
        assert_eq!(stresses[3], Stress::Primary);
        assert!([0, 1, 2, 4, 5].iter().all(|i| stresses[*i] == Stress::None));
    }
}
