//! Words of a prompt, looked up with what stands before them.

use super::Said;
use crate::attributes::Rgb;

pub(super) const COLOURS: &[(&str, Rgb)] = &[
    ("white", [238, 238, 236]),
    ("ivory", [236, 228, 208]),
    ("cream", [234, 222, 196]),
    ("beige", [214, 196, 168]),
    ("black", [30, 30, 33]),
    ("charcoal", [54, 56, 61]),
    ("grey", [128, 130, 134]),
    ("gray", [128, 130, 134]),
    ("silver", [176, 178, 182]),
    ("navy", [34, 44, 82]),
    ("blue", [52, 92, 164]),
    ("turquoise", [44, 150, 152]),
    ("teal", [30, 112, 116]),
    ("green", [58, 116, 76]),
    ("olive", [98, 100, 58]),
    ("mint", [166, 210, 186]),
    ("yellow", [224, 184, 66]),
    ("gold", [196, 152, 62]),
    ("orange", [214, 120, 48]),
    ("coral", [226, 118, 98]),
    ("red", [170, 38, 42]),
    ("burgundy", [98, 28, 44]),
    ("maroon", [96, 30, 36]),
    ("pink", [222, 146, 162]),
    ("purple", [102, 62, 132]),
    ("lavender", [176, 160, 206]),
    ("lilac", [182, 158, 200]),
    ("brown", [104, 72, 50]),
    ("tan", [188, 154, 116]),
    ("khaki", [168, 154, 112]),
];

pub(super) struct Reader<'a> {
    pub(super) words: &'a [String],
    pub(super) said: Vec<Said>,
    pub(super) notes: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn has(&self, any: &[&str]) -> bool {
        self.find(any).is_some()
    }

    /// Place of the first of these words that no "no" or "without" stands before.
    pub(super) fn find(&self, any: &[&str]) -> Option<usize> {
        self.words
            .iter()
            .enumerate()
            .find(|(k, word)| any.contains(&word.as_str()) && !self.denied(*k))
            .map(|(k, _)| k)
    }

    pub(super) fn denied(&self, k: usize) -> bool {
        let before = &self.words[k.saturating_sub(2)..k];
        before
            .iter()
            .any(|word| matches!(word.as_str(), "no" | "not" | "without" | "never"))
    }

    /// Whether these words are there, but denied.
    pub(super) fn refused(&self, any: &[&str]) -> bool {
        self.words
            .iter()
            .enumerate()
            .any(|(k, word)| any.contains(&word.as_str()) && self.denied(k))
    }

    pub(super) fn pair(&self, first: &[&str], second: &[&str]) -> bool {
        self.words
            .windows(2)
            .any(|pair| first.contains(&pair[0].as_str()) && second.contains(&pair[1].as_str()))
    }

    /// A colour among the words just before a thing.
    pub(super) fn colour_before(&self, k: usize, reach: usize) -> Option<Rgb> {
        let from = k.saturating_sub(reach);
        let (at, colour) = (from..k).rev().find_map(|k| {
            let found = COLOURS.iter().find(|(name, _)| *name == self.words[k]);
            found.map(|(_, colour)| (k, *colour))
        })?;
        let deepened = |share: f32| colour.map(|c| (f32::from(c) * share) as u8);
        let lightened = || colour.map(|c| c + ((255 - c) / 5 * 2));
        Some(match at.checked_sub(1).map(|k| self.words[k].as_str()) {
            Some("dark" | "deep") => deepened(0.62),
            Some("light" | "pale" | "soft") => lightened(),
            _ => colour,
        })
    }
}
