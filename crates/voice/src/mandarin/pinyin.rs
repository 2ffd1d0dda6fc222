//! Pinyin syllables to sounds with tone arrows.

/// Initials, longest first.
const INITIALS: [(&str, &str); 21] = [
    ("zh", "ꭧ"),
    ("ch", "ꭧʰ"),
    ("sh", "ʂ"),
    ("b", "p"),
    ("p", "pʰ"),
    ("m", "m"),
    ("f", "f"),
    ("d", "t"),
    ("t", "tʰ"),
    ("n", "n"),
    ("l", "l"),
    ("g", "k"),
    ("k", "kʰ"),
    ("h", "x"),
    ("j", "ʨ"),
    ("q", "ʨʰ"),
    ("x", "ɕ"),
    ("r", "ɻ"),
    ("z", "ʦ"),
    ("c", "ʦʰ"),
    ("s", "s"),
];

/// Finals; `0` is where the tone is written.
const FINALS: [(&str, &str); 38] = [
    ("a", "a0"),
    ("ai", "ai0"),
    ("an", "a0n"),
    ("ang", "a0ŋ"),
    ("ao", "au0"),
    ("e", "ɤ0"),
    ("ei", "ei0"),
    ("en", "ə0n"),
    ("eng", "ə0ŋ"),
    ("er", "ɚ0"),
    ("ê", "ɛ0"),
    ("i", "i0"),
    ("ia", "ja0"),
    ("ian", "jɛ0n"),
    ("iang", "ja0ŋ"),
    ("iao", "jau0"),
    ("ie", "je0"),
    ("in", "i0n"),
    ("iou", "jou0"),
    ("ing", "i0ŋ"),
    ("iong", "jʊ0ŋ"),
    ("io", "jɔ0"),
    ("ong", "ʊ0ŋ"),
    ("ou", "ou0"),
    ("u", "u0"),
    ("uei", "wei0"),
    ("ua", "wa0"),
    ("uai", "wai0"),
    ("uan", "wa0n"),
    ("uen", "wə0n"),
    ("uang", "wa0ŋ"),
    ("ueng", "wə0ŋ"),
    ("uo", "wo0"),
    ("o", "wo0"),
    ("ü", "y0"),
    ("üe", "ɥe0"),
    ("üan", "ɥɛ0n"),
    ("ün", "y0n"),
];

/// Arrows of the four tones; the fifth has none.
const TONES: [&str; 5] = ["→", "↗", "↓", "↘", ""];

/// The sounds of a syllable as `pypinyin` writes it, with the tone as an accent; empty for what is no syllable.
pub(crate) fn sounds(syllable: &str) -> String {
    let (plain, tone) = toneless(syllable);
    let tone = TONES[tone];
    match plain.as_str() {
        "m" | "n" => return format!("{plain}{tone}"),
        "ng" => return format!("ŋ{tone}"),
        "hm" => return format!("hm{tone}"),
        "hng" => return format!("hŋ{tone}"),
        // By itself an interjection, without the w it has behind a consonant.
        "o" => return format!("ɔ{tone}"),
        _ => {}
    }
    let (initial, rest) = divided(&plain);
    let sound = match (initial, rest.as_str()) {
        ("zh" | "ch" | "sh" | "r" | "z" | "c" | "s", "i") => Some("ɨ0"),
        _ => FINALS
            .iter()
            .find(|(key, _)| *key == rest)
            .map(|(_, sound)| *sound),
    };
    let onset = INITIALS
        .iter()
        .find(|(key, _)| *key == initial)
        .map_or("", |(_, sound)| *sound);
    sound.map_or_else(String::new, |sound| {
        format!("{onset}{}", sound.replace('0', tone))
    })
}

/// The syllable without its accent, and its tone from 0 (first) to 4 (none).
fn toneless(syllable: &str) -> (String, usize) {
    let mut tone = 4;
    let mut plain = String::with_capacity(syllable.len());
    for c in syllable.chars() {
        let (base, mark) = match c {
            'ā' => ('a', 0),
            'á' => ('a', 1),
            'ǎ' => ('a', 2),
            'à' => ('a', 3),
            'ē' => ('e', 0),
            'é' => ('e', 1),
            'ě' => ('e', 2),
            'è' => ('e', 3),
            'ế' => ('ê', 1),
            'ề' => ('ê', 3),
            'ī' => ('i', 0),
            'í' => ('i', 1),
            'ǐ' => ('i', 2),
            'ì' => ('i', 3),
            'ō' => ('o', 0),
            'ó' => ('o', 1),
            'ǒ' => ('o', 2),
            'ò' => ('o', 3),
            'ū' => ('u', 0),
            'ú' => ('u', 1),
            'ǔ' => ('u', 2),
            'ù' => ('u', 3),
            'ǖ' => ('ü', 0),
            'ǘ' => ('ü', 1),
            'ǚ' => ('ü', 2),
            'ǜ' => ('ü', 3),
            'ń' => ('n', 1),
            'ň' => ('n', 2),
            'ǹ' => ('n', 3),
            'ḿ' => ('m', 1),
            other => (other, 4),
        };
        plain.push(base);
        if mark < 4 {
            tone = mark;
        }
    }
    (plain, tone)
}

/// Initial and final in the strict sense: y and w are spellings of finals, and the short forms of finals are written out.
fn divided(plain: &str) -> (&'static str, String) {
    if let Some(rest) = plain.strip_prefix('y') {
        let rest = match rest {
            _ if rest.starts_with('u') => rest.replacen('u', "ü", 1),
            _ if rest.starts_with('i') => rest.to_owned(),
            "ou" => "iou".to_owned(),
            _ => format!("i{rest}"),
        };
        return ("", rest);
    }
    if let Some(rest) = plain.strip_prefix('w') {
        let rest = match rest {
            "u" => "u".to_owned(),
            "ei" => "uei".to_owned(),
            "en" => "uen".to_owned(),
            _ => format!("u{rest}"),
        };
        return ("", rest);
    }
    let found = INITIALS.iter().find(|(key, _)| plain.starts_with(key));
    let initial = found.map_or("", |(key, _)| *key);
    let rest = &plain[initial.len()..];
    let rest = match (initial, rest) {
        ("j" | "q" | "x", _) if rest.starts_with('u') => rest.replacen('u', "ü", 1),
        (_, "iu") => "iou".to_owned(),
        (_, "ui") => "uei".to_owned(),
        (_, "un") => "uen".to_owned(),
        (_, "ue") => "üe".to_owned(),
        _ => rest.to_owned(),
    };
    (initial, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `misaki` 0.9.4 gives for the same syllables (its first variants, tones as arrows), without the arches under
    /// the second part of diphthongs, which Kokoro does not know.
    #[test]
    fn syllables_sound_as_in_the_reference() {
        for (syllable, expected) in [
            ("nǐ", "ni↓"),
            ("hǎo", "xau↓"),
            ("shì", "ʂɨ↘"),
            ("jiè", "ʨje↘"),
            ("zhōng", "ꭧʊ→ŋ"),
            ("guó", "kwo↗"),
            ("yuè", "ɥe↘"),
            ("liù", "ljou↘"),
            ("duì", "twei↘"),
            ("wǒ", "wo↓"),
            ("wén", "wə↗n"),
            ("ér", "ɚ↗"),
            ("xué", "ɕɥe↗"),
            ("lǜ", "ly↘"),
            ("de", "tɤ"),
            ("yīng", "i→ŋ"),
            ("bō", "pwo→"),
            ("cì", "ʦʰɨ↘"),
            ("zuò", "ʦwo↘"),
            ("jūn", "ʨy→n"),
        ] {
            assert_eq!(sounds(syllable), expected, "{syllable}");
        }
        assert_eq!(sounds("xyz"), "");
    }
}
