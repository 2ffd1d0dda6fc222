//! Attributes from words.
//!
//! The text is cut into words; each attribute looks for the words it knows, with the words around them where a colour or a
//! "no" belongs to a thing. What is not said is chosen by a digest of the text, so that the same prompt gives the same
//! presenter and another prompt another. Words that ask for something that cannot be drawn are given back.

mod chance;
mod dress;
mod person;
mod place;
mod reader;

use crate::attributes::Attributes;
use crate::vector::Random;
use chance::made_up;
use reader::Reader;

/// What a prompt was understood as.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub attributes: Attributes,
    /// The kinds of attributes that the prompt itself decides.
    pub said: Vec<Said>,
    /// What cannot be done as asked, one sentence each.
    pub notes: Vec<String>,
}

/// Kinds of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Age,
    Gender,
    Origin,
    Skin,
    Eyes,
    HairStyle,
    HairColour,
    Outfit,
    OutfitColour,
    Background,
    BackgroundColour,
}

/// Longest prompt, in characters.
pub const MAX_PROMPT_CHARS: usize = 1000;

/// Reads a prompt; what it leaves open is taken from `base`, else chosen by the prompt's own digest.
pub fn read(prompt: &str, base: Option<&Attributes>) -> Reading {
    let words = words(prompt);
    let mut random = Random::new(digest(&words));
    let mut reader = Reader {
        words: &words,
        said: Vec::new(),
        notes: Vec::new(),
    };
    let mut a = base.cloned().unwrap_or_else(|| made_up(&mut random));
    reader.person(&mut a);
    reader.hair(&mut a);
    reader.face(&mut a);
    reader.outfit(&mut a);
    reader.background(&mut a);
    reader.mood(&mut a);
    reader.impossible();
    Reading {
        attributes: a,
        said: reader.said,
        notes: reader.notes,
    }
}

fn words(prompt: &str) -> Vec<String> {
    prompt
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// FNV-1a.
fn digest(words: &[String]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([b' ']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::{BackgroundKind, Beard, GlassesShape, HairStyle, OutfitKind};

    #[test]
    fn what_is_said_is_drawn() {
        let a = read(
            "A Black woman in her early 40s with short curly grey hair, round gold glasses, green eyes and a dark red \
             blazer in a library",
            None,
        )
        .attributes;
        assert!(a.masculinity < 0.5 && a.origin.african > 0.9);
        assert!((a.age - 42.0).abs() < 0.1, "{}", a.age);
        assert_eq!(a.hair.style, HairStyle::ShortCurly);
        assert!(a.hair.grey > 0.5);
        assert_eq!(a.glasses.map(|g| g.shape), Some(GlassesShape::Round));
        assert_eq!(a.eyes, [92, 112, 70]);
        assert_eq!(a.outfit.kind, OutfitKind::Blazer);
        assert!(
            a.outfit.colour[0] > 90 && a.outfit.colour[1] < 40,
            "{:?}",
            a.outfit.colour
        );
        assert_eq!(a.background.kind, BackgroundKind::Library);
    }

    #[test]
    fn negation_is_understood() {
        let a = read(
            "A man without glasses, no beard, clean shaven, not smiling",
            None,
        )
        .attributes;
        assert_eq!((a.glasses, a.beard), (None, Beard::None));
        assert!(a.smile < 0.2 && a.masculinity > 0.5);
    }

    #[test]
    fn the_same_prompt_gives_the_same_presenter_and_another_prompt_another() {
        let (one, two) = (read("somebody", None), read("somebody else", None));
        assert_eq!(one, read("Somebody!", None));
        assert_ne!(one.attributes.seed, two.attributes.seed);
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let notes = read(
            "Anime girl aged 12 with a cat, dreadlocks and a hat on the beach",
            None,
        )
        .notes;
        let all = notes.join(" ");
        for word in ["anime", "cat", "Braids", "hat", "beach", "18"] {
            assert!(all.contains(word), "{word} is missing in {all}");
        }
        assert!(
            read("A friendly woman in a blue sweater", None)
                .notes
                .is_empty()
        );
    }

    #[test]
    fn a_base_keeps_what_the_prompt_does_not_name() {
        let base = read("A bald man of 60 in a suit", None).attributes;
        let changed = read("now in a green hoodie", Some(&base)).attributes;
        assert_eq!(
            (changed.hair, changed.age, changed.seed),
            (base.hair, base.age, base.seed)
        );
        assert_eq!(changed.outfit.kind, OutfitKind::Hoodie);
    }
}
