//! New voices from a description: mixtures of Kokoro's voices whose measures come closest to what is asked for.
//!
//! The description is read for words about gender, age, pitch, warmth, energy and accent. Mixtures are drawn at random
//! from the voices that fit, with weights from a little below 0 to a little above 1, and those are taken whose measures,
//! averaged by weight, lie nearest to the wish. The same description and seed draw the same mixtures.

use likeness_domain::avatar::Gender;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

use crate::blend::Blend;
use crate::languages;
use crate::traits::{Known, Traits, known};

/// Voices that one description gives at most.
pub const MAX_DESIGNS: usize = 3;

/// Mixtures that are drawn for each voice.
const DRAWS: usize = 600;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct DesignWish<'a> {
    /// Free text.
    pub prompt: &'a str,
    /// If set, what the text says of gender does not count.
    pub gender: Option<Gender>,
    /// BCP 47 tag of what the voice will speak.
    pub locale: Option<&'a str>,
    /// Other seeds give other voices.
    pub seed: u64,
}

/// A new voice.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    pub name: String,
    pub locale: String,
    pub gender: Gender,
    pub blend: Blend,
}

/// The wish as numbers; `None` where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Target {
    gender: Option<Gender>,
    pitch_st: Option<f32>,
    range_st: Option<f32>,
    brightness_db: Option<f32>,
    pace: Option<f32>,
    /// First letter of the voices of the accent.
    accent: Option<char>,
}

/// Word, and what it moves against the middle of the voices: pitch (semitones), range (semitones), brightness
/// (decibels), pace (phonemes a second).
const WORDS: [(&str, [f32; 4]); 52] = [
    ("deep", [-4.0, 0.0, -1.0, 0.0]),
    ("low", [-3.0, 0.0, 0.0, 0.0]),
    ("bass", [-5.0, 0.0, -1.0, 0.0]),
    ("baritone", [-3.5, 0.0, 0.0, 0.0]),
    ("high", [3.5, 0.0, 0.0, 0.0]),
    ("squeaky", [5.0, 0.0, 2.0, 0.0]),
    ("soprano", [4.0, 0.0, 0.0, 0.0]),
    ("tenor", [2.0, 0.0, 0.0, 0.0]),
    ("child", [5.0, 2.0, 1.0, 0.0]),
    ("kid", [5.0, 2.0, 1.0, 0.0]),
    ("girl", [4.0, 1.5, 0.0, 0.0]),
    ("boy", [4.0, 1.5, 0.0, 0.0]),
    ("teen", [2.5, 1.0, 0.0, 0.5]),
    ("teenage", [2.5, 1.0, 0.0, 0.5]),
    ("young", [2.0, 1.0, 0.0, 0.5]),
    ("youthful", [2.0, 1.0, 0.0, 0.5]),
    ("mature", [-1.5, 0.0, 0.0, -0.5]),
    ("middle-aged", [-1.0, 0.0, 0.0, 0.0]),
    ("old", [-2.5, 0.0, 0.0, -1.0]),
    ("elderly", [-2.5, 0.0, 0.0, -1.5]),
    ("aged", [-2.0, 0.0, 0.0, -1.0]),
    ("senior", [-2.0, 0.0, 0.0, -1.0]),
    ("warm", [-0.5, 0.0, -2.5, -0.3]),
    ("soft", [0.0, -1.0, -2.5, -0.5]),
    ("gentle", [0.0, -0.5, -2.0, -0.7]),
    ("smooth", [0.0, -0.5, -2.0, -0.3]),
    ("mellow", [-0.5, -0.5, -2.5, -0.5]),
    ("velvety", [-1.0, 0.0, -2.5, -0.4]),
    ("friendly", [0.5, 1.0, -0.5, 0.3]),
    ("bright", [1.0, 0.5, 3.0, 0.3]),
    ("crisp", [0.0, 0.0, 2.5, 0.2]),
    ("clear", [0.0, 0.0, 1.5, 0.0]),
    ("sharp", [0.5, 0.0, 3.0, 0.3]),
    ("nasal", [0.5, 0.0, 2.0, 0.0]),
    ("raspy", [-2.0, 0.0, 1.5, -0.3]),
    ("husky", [-2.5, 0.0, -0.5, -0.4]),
    ("gravelly", [-4.0, 0.0, 0.5, -0.5]),
    ("energetic", [1.0, 2.5, 1.0, 1.2]),
    ("lively", [0.7, 2.5, 0.7, 0.8]),
    ("excited", [1.5, 3.0, 1.0, 1.5]),
    ("enthusiastic", [1.0, 3.0, 0.7, 1.2]),
    ("cheerful", [1.0, 2.5, 0.7, 0.7]),
    ("upbeat", [1.0, 2.0, 0.7, 1.0]),
    ("fast", [0.0, 0.5, 0.0, 2.0]),
    ("calm", [-0.5, -2.0, -1.0, -1.0]),
    ("relaxed", [-0.5, -1.5, -1.0, -1.0]),
    ("slow", [0.0, -0.5, 0.0, -2.0]),
    ("serious", [-1.0, -2.0, 0.0, -0.5]),
    ("monotone", [0.0, -4.0, 0.0, 0.0]),
    ("authoritative", [-2.0, -0.5, 0.7, -0.3]),
    ("confident", [-1.0, 0.0, 0.7, 0.0]),
    ("professional", [-0.5, -0.5, 0.3, 0.0]),
];

const FEMALE: [&str; 14] = [
    "female",
    "woman",
    "woman's",
    "women",
    "girl",
    "lady",
    "feminine",
    "she",
    "her",
    "mother",
    "grandmother",
    "queen",
    "actress",
    "grandma",
];
const MALE: [&str; 15] = [
    "male",
    "man",
    "man's",
    "men",
    "boy",
    "guy",
    "gentleman",
    "masculine",
    "he",
    "his",
    "father",
    "grandfather",
    "king",
    "grandpa",
    "actor",
];
/// Words of an accent, the first letter of its voices, and what they speak.
const ACCENTS: [(&str, char, &str); 22] = [
    ("american", 'a', "en-US"),
    ("us", 'a', "en-US"),
    ("british", 'b', "en-GB"),
    ("english", 'b', "en-GB"),
    ("uk", 'b', "en-GB"),
    ("london", 'b', "en-GB"),
    ("spanish", 'e', "es-ES"),
    ("mexican", 'e', "es-ES"),
    ("french", 'f', "fr-FR"),
    ("parisian", 'f', "fr-FR"),
    ("hindi", 'h', "hi-IN"),
    ("indian", 'h', "hi-IN"),
    ("italian", 'i', "it-IT"),
    ("japanese", 'j', "ja-JP"),
    ("portuguese", 'p', "pt-BR"),
    ("brazilian", 'p', "pt-BR"),
    ("chinese", 'z', "zh-CN"),
    ("mandarin", 'z', "zh-CN"),
    ("français", 'f', "fr-FR"),
    ("español", 'e', "es-ES"),
    ("italiano", 'i', "it-IT"),
    ("português", 'p', "pt-BR"),
];

const FEMALE_NAMES: [&str; 24] = [
    "Ada", "Bianca", "Clara", "Daria", "Elin", "Freya", "Greta", "Hanna", "Ines", "Juno", "Kaia",
    "Lena", "Mira", "Nadia", "Olive", "Petra", "Rhea", "Selma", "Thea", "Uma", "Vera", "Willa",
    "Yara", "Zoe",
];
const MALE_NAMES: [&str; 24] = [
    "Aron", "Bruno", "Caspar", "Dorian", "Emil", "Felix", "Gideon", "Hugo", "Ivo", "Jonas",
    "Kilian", "Leo", "Milo", "Nico", "Oskar", "Pablo", "Quentin", "Rafael", "Silas", "Theo",
    "Ulric", "Viktor", "Wendel", "Yannick",
];

/// Up to [`MAX_DESIGNS`] voices for a wish, from the Kokoro voices for which `installed` holds.
pub fn design(wish: &DesignWish<'_>, installed: impl Fn(&str) -> bool) -> Vec<Design> {
    let voices: Vec<&Known> = known()
        .iter()
        .filter(|voice| installed(&voice.key))
        .collect();
    let mut target = target(wish.prompt);
    if wish.gender.is_some() {
        target.gender = wish.gender;
    }
    let own_locale = wish.locale.map(str::to_owned).or_else(|| {
        let accent = ACCENTS
            .iter()
            .find(|(_, letter, _)| Some(*letter) == target.accent);
        accent.map(|(.., locale)| (*locale).to_owned())
    });
    let locale = own_locale.unwrap_or_else(|| "en-US".to_owned());
    (0..MAX_DESIGNS as u64)
        .filter_map(|index| {
            let mut rng = StdRng::from_seed(stream(wish, index));
            one(&voices, &target, &locale, &mut rng)
        })
        .collect()
}

/// Draws mixtures and takes the best one.
fn one(voices: &[&Known], target: &Target, locale: &str, rng: &mut StdRng) -> Option<Design> {
    let genders = [Gender::Female, Gender::Male];
    let gender = target.gender.or_else(|| genders.choose(rng).copied())?;
    let of_gender: Vec<&Known> = voices
        .iter()
        .copied()
        .filter(|v| gender_of(&v.key) == Some(gender))
        .collect();
    let letter = target.accent.or_else(|| letter_of(locale));
    let own: Vec<&Known> = of_gender
        .iter()
        .copied()
        .filter(|v| v.key.chars().next() == letter)
        .collect();
    // A language with few voices borrows timbre from the others.
    let pool = if own.len() >= 3 { &own } else { &of_gender };
    let middle = middle(pool)?;
    let best = (0..DRAWS)
        .map(|_| draw(pool, &own, rng))
        .min_by(|a, b| distance(a, target, &middle).total_cmp(&distance(b, target, &middle)))?;
    let names = if gender == Gender::Male {
        &MALE_NAMES
    } else {
        &FEMALE_NAMES
    };
    Some(Design {
        name: (*names.choose(rng)?).to_owned(),
        locale: locale.to_owned(),
        gender,
        blend: Blend {
            parts: best
                .iter()
                .map(|(voice, weight)| (voice.key.clone(), *weight))
                .collect(),
            shift: Vec::new(),
        },
    })
}

type Mixture<'a> = Vec<(&'a Known, f32)>;

/// Two to four voices; the first is one of the language's own where it has any.
fn draw<'a>(pool: &[&'a Known], own: &[&'a Known], rng: &mut StdRng) -> Mixture<'a> {
    let count = rng.random_range(2..=4.min(pool.len().max(2)));
    let mut voices: Vec<&Known> = Vec::new();
    voices.extend(own.choose(rng));
    for voice in pool.choose_multiple(rng, count) {
        if voices.len() < count && !voices.iter().any(|known| known.key == voice.key) {
            voices.push(voice);
        }
    }
    let mut weights: Vec<f32> = voices
        .iter()
        .map(|_| -rng.random_range(1e-4_f32..1.0).ln())
        .collect();
    let sum: f32 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    // A little past the edge: the first two are pulled apart.
    if weights.len() > 1 && rng.random_bool(0.4) {
        let pull = rng.random_range(0.0..0.35);
        weights[0] += pull;
        weights[1] -= pull;
    }
    let weights = weights
        .into_iter()
        .map(|weight| (weight * 1000.0).round() / 1000.0);
    voices.into_iter().zip(weights).collect()
}

/// Median measures of the voices.
fn middle(voices: &[&Known]) -> Option<Traits> {
    let median = |of: fn(&Traits) -> f32| {
        let mut values: Vec<f32> = voices.iter().map(|voice| of(&voice.traits)).collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(Traits {
        pitch_hz: median(|t| t.pitch_hz)?,
        range_st: median(|t| t.range_st)?,
        brightness_db: median(|t| t.brightness_db)?,
        pace: median(|t| t.pace)?,
    })
}

/// How far a mixture's measures are from the wish, in units that are about as audible as each other.
fn distance(mixture: &Mixture, target: &Target, middle: &Traits) -> f32 {
    let mean = |of: &dyn Fn(&Traits) -> f32| -> f32 {
        mixture
            .iter()
            .map(|(voice, weight)| weight * of(&voice.traits))
            .sum()
    };
    let pitch = 12.0 * mean(&|t| t.pitch_hz.log2()) - 12.0 * middle.pitch_hz.log2();
    let off = |wanted: Option<f32>, is: f32, unit: f32| {
        wanted.map_or(0.0, |wanted| ((is - wanted) / unit).powi(2))
    };
    // Weights far outside 0 to 1 are a risk for the sound.
    let strain: f32 = mixture
        .iter()
        .map(|(_, w)| (w - 1.0).max(0.0) + (-w).max(0.0))
        .sum();
    off(target.pitch_st, pitch, 1.0)
        + off(
            target.range_st,
            mean(&|t| t.range_st) - middle.range_st,
            1.5,
        )
        + off(
            target.brightness_db,
            mean(&|t| t.brightness_db) - middle.brightness_db,
            1.5,
        )
        + off(target.pace, mean(&|t| t.pace) - middle.pace, 1.0)
        + strain
}

fn target(prompt: &str) -> Target {
    let lower = prompt.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '\''))
        .filter(|word| !word.is_empty())
        .collect();
    let mut target = Target::default();
    let mut sums: [Option<f32>; 4] = [None; 4];
    let mut negated = false;
    let mut weight = 1.0;
    for word in words {
        if let Some((_, moves)) = WORDS.iter().find(|(known, _)| *known == word) {
            let factor = if negated { -0.5 } else { weight };
            for (sum, step) in sums.iter_mut().zip(moves) {
                if *step != 0.0 {
                    *sum = Some(sum.unwrap_or(0.0) + factor * step);
                }
            }
            (negated, weight) = (false, 1.0);
        }
        match word {
            "not" | "without" | "less" | "no" => negated = true,
            "very" | "extremely" | "really" => weight = 1.5,
            "slightly" | "somewhat" => weight = 0.6,
            _ => {}
        }
        if FEMALE.contains(&word) {
            target.gender.get_or_insert(Gender::Female);
        }
        if MALE.contains(&word) {
            target.gender.get_or_insert(Gender::Male);
        }
        if let Some((_, letter, _)) = ACCENTS.iter().find(|(known, ..)| *known == word) {
            target.accent.get_or_insert(*letter);
        }
    }
    [
        target.pitch_st,
        target.range_st,
        target.brightness_db,
        target.pace,
    ] = sums;
    target
}

fn gender_of(key: &str) -> Option<Gender> {
    match key.as_bytes().get(1)? {
        b'f' => Some(Gender::Female),
        b'm' => Some(Gender::Male),
        _ => None,
    }
}

fn letter_of(locale: &str) -> Option<char> {
    let exact = languages::KOKORO
        .iter()
        .find(|(_, known, _)| known.eq_ignore_ascii_case(locale));
    let code = languages::code(locale);
    exact
        .or_else(|| {
            languages::KOKORO
                .iter()
                .find(|(_, known, _)| languages::code(known) == code)
        })
        .map(|(letter, ..)| *letter)
}

/// The random stream of one voice of a wish.
fn stream(wish: &DesignWish, index: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(wish.prompt.trim().to_lowercase());
    hash.update([0]);
    hash.update(wish.gender.map_or("", Gender::as_str));
    hash.update([0]);
    hash.update(wish.locale.unwrap_or_default());
    hash.update(wish.seed.to_be_bytes());
    hash.update(index.to_be_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn designs(prompt: &str, seed: u64) -> Vec<Design> {
        let wish = DesignWish {
            prompt,
            gender: None,
            locale: None,
            seed,
        };
        design(&wish, |_| true)
    }

    fn pitch_hz(design: &Design) -> f32 {
        let part = |(key, weight): &(String, f32)| {
            let voice = known().iter().find(|voice| voice.key == *key).unwrap();
            weight * voice.traits.pitch_hz.log2()
        };
        design.blend.parts.iter().map(part).sum::<f32>().exp2()
    }

    #[test]
    fn the_same_wish_gives_the_same_voices_and_another_seed_others() {
        let first = designs("a warm old man", 0);
        assert_eq!(first.len(), MAX_DESIGNS);
        assert_eq!(first, designs("a warm old man", 0));
        let other = designs("a warm old man", 1);
        assert!(first.iter().all(|design| !other.contains(design)));
        assert_ne!(first[0].blend, first[1].blend);
    }

    #[test]
    fn words_decide_gender_accent_and_pitch() {
        for design in designs("Deep, calm British man", 3) {
            assert_eq!(design.gender, Gender::Male);
            assert_eq!(design.locale, "en-GB");
            assert!(
                design
                    .blend
                    .parts
                    .iter()
                    .all(|(key, _)| key.starts_with("bm_"))
            );
        }
        let mean = |prompt: &str| designs(prompt, 0).iter().map(pitch_hz).sum::<f32>() / 3.0;
        assert!(
            mean("a young woman with a high voice")
                > 1.15 * mean("an elderly woman with a deep voice")
        );
        assert!(mean("a man with a high voice") > 1.15 * mean("a man with a very deep voice"));
    }

    #[test]
    fn weights_sum_to_one_and_stay_near_the_voices() {
        for seed in 0..20 {
            for design in designs("anything at all", seed) {
                let weights: Vec<f32> = design.blend.parts.iter().map(|(_, w)| *w).collect();
                let sum: f32 = weights.iter().sum();
                assert!((sum - 1.0).abs() < 0.01, "{weights:?}");
                assert!(
                    weights.iter().all(|w| (-0.4..1.4).contains(w)),
                    "{weights:?}"
                );
            }
        }
    }

    #[test]
    fn a_language_with_few_voices_borrows_from_others() {
        let wish = DesignWish {
            prompt: "a man",
            gender: None,
            locale: Some("fr-FR"),
            seed: 0,
        };
        let designs = design(&wish, |_| true);
        assert_eq!(designs.len(), MAX_DESIGNS);
        assert!(designs.iter().all(|design| design.locale == "fr-FR"));
        assert!(design(&wish, |_| false).is_empty());
    }
}
