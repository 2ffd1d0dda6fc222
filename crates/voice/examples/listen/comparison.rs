//! How far what was heard is from what was spoken, without counting one spelling against another.
//!
//! Whisper base hears Hindi but cannot write it: asked for Hindi it gives Urdu script, Latin letters or a translation, and
//! held to Devanagari it loses its way. Hindi and Urdu are one spoken language, so it is asked for Urdu, and both sides
//! become their consonants, which both scripts write (short vowels they do not). Mandarin it writes in old or new
//! characters as it likes: a character that has a reading in common with the one spoken is right, as nobody could hear the
//! difference.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use likeness_hearing::{character_error_rate, word_error_rate};

/// What the recogniser is told of the language of a voice.
pub(crate) fn asked(code: &str) -> &str {
    if code == "hi" { "ur" } else { code }
}

/// What errors are counted in.
pub(crate) fn unit(code: &str) -> &'static str {
    match code {
        "hi" => "consonants",
        "ja" => "characters",
        "zh" => "syllables",
        _ => "words",
    }
}

/// The readings of Chinese characters.
pub(crate) struct Comparison(HashMap<char, Vec<String>>);

impl Comparison {
    /// Reads `mandarin/characters.json` of the models: numbers of characters, each with its readings.
    pub(crate) fn load(models: &Path) -> Result<Self> {
        let path = models.join("mandarin/characters.json");
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let rows: HashMap<String, String> = serde_json::from_slice(&text)?;
        let row = |(number, readings): (String, String)| {
            let character = char::from_u32(number.parse().ok()?)?;
            Some((character, readings.split(',').map(str::to_owned).collect()))
        };
        Ok(Self(rows.into_iter().filter_map(row).collect()))
    }

    /// Units changed, added or missed, as a share of those spoken.
    pub(crate) fn errors(&self, code: &str, spoken: &str, heard: &str) -> f64 {
        match code {
            "hi" => character_error_rate(&hindi_consonants(spoken), &urdu_consonants(heard)),
            "ja" => character_error_rate(spoken, heard),
            "zh" => self.syllable_errors(spoken, heard),
            _ => word_error_rate(spoken, heard),
        }
    }

    fn syllable_errors(&self, spoken: &str, heard: &str) -> f64 {
        let characters =
            |text: &str| -> Vec<char> { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        let (spoken, mut heard) = (characters(spoken), characters(heard));
        // Each heard character becomes a spoken one that sounds the same, the nearest in place.
        for (place, own) in heard.iter_mut().enumerate() {
            let alike = (0..spoken.len()).filter(|&at| self.sound_alike(*own, spoken[at]));
            if let Some(at) = alike.min_by_key(|at| at.abs_diff(place)) {
                *own = spoken[at];
            }
        }
        let text = |characters: Vec<char>| -> String { characters.into_iter().collect() };
        character_error_rate(&text(spoken), &text(heard))
    }

    fn sound_alike(&self, a: char, b: char) -> bool {
        let readings = |c| self.0.get(&c).map_or(&[][..], Vec::as_slice);
        a == b
            || readings(a)
                .iter()
                .any(|reading| readings(b).contains(reading))
    }
}

const NUKTA: char = '\u{93c}';
const ANUSVARA: char = 'ं';

/// The consonants of a text in Devanagari, in Latin letters; capitals are retroflex. Semivowels are left out, as Urdu
/// writes them as vowels, and `h` behind the last vowel of a word, where it is not heard.
fn hindi_consonants(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '।' | '?' | ','));
    words.map(|word| without_end_h(&hindi_word(word))).collect()
}

fn hindi_word(word: &str) -> String {
    let mut letters = String::new();
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let nukta = chars.next_if_eq(&NUKTA).is_some();
        letters.push_str(match (c, nukta) {
            ('ज', true) | ('\u{95b}', _) => "z",
            ('फ', true) | ('\u{95e}', _) => "f",
            ('ड', true) | ('\u{95c}' | 'र', _) => "r",
            ('ढ', true) | ('\u{95d}', _) => "rh",
            ('ख' | '\u{959}', _) => "kh",
            ('क' | '\u{958}', _) => "k",
            ('ग' | '\u{95a}', _) => "g",
            ('घ', _) => "gh",
            ('च', _) => "c",
            ('छ', _) => "ch",
            ('ज', false) => "j",
            ('झ', _) => "jh",
            ('ट', _) => "T",
            ('ठ', _) => "Th",
            ('ड', false) => "D",
            ('ढ', false) => "Dh",
            ('त', _) => "t",
            ('थ', _) => "th",
            ('द', _) => "d",
            ('ध', _) => "dh",
            ('न' | 'ण' | 'ङ' | 'ञ', _) => "n",
            ('प', _) => "p",
            ('फ', false) => "ph",
            ('ब', _) => "b",
            ('भ', _) => "bh",
            ('म', _) => "m",
            ('ल', _) => "l",
            ('श' | 'ष', _) => "S",
            ('स', _) => "s",
            ('ह', _) => "h",
            // Before a consonant it is one; elsewhere the vowel goes through the nose.
            (ANUSVARA, _) if chars.peek().is_some_and(|next| ('क'..='ह').contains(next)) => "n",
            _ => "",
        });
    }
    letters
}

/// The same of a text in the script of Urdu; Latin letters that stand in it are kept.
fn urdu_consonants(text: &str) -> String {
    let letter = |c: char| match c {
        'ب' => "b",
        'پ' => "p",
        'ت' | 'ط' => "t",
        'ٹ' => "T",
        'ث' | 'س' | 'ص' => "s",
        'ج' => "j",
        'چ' => "c",
        'ح' | 'ہ' | 'ھ' | 'ه' | 'ة' => "h",
        'خ' => "kh",
        'د' => "d",
        'ڈ' => "D",
        'ر' | 'ڑ' => "r",
        'ز' | 'ذ' | 'ض' | 'ظ' | 'ژ' => "z",
        'ش' => "S",
        'غ' | 'گ' => "g",
        'ف' => "f",
        'ق' | 'ک' | 'ك' => "k",
        'ل' => "l",
        'م' => "m",
        'ن' => "n",
        _ => "",
    };
    let word = |word: &str| -> String {
        let latin: String = word.chars().filter(char::is_ascii_alphabetic).collect();
        let letters: String = word.chars().map(letter).collect();
        without_end_h(&letters) + &latin
    };
    text.split_whitespace().map(word).collect()
}

fn without_end_h(word: &str) -> String {
    let aspirated = word.len() < 2
        || word[..word.len() - 1]
            .ends_with(['k', 'g', 'c', 'j', 'T', 'D', 't', 'd', 'p', 'b', 'r']);
    match word.strip_suffix('h') {
        Some(rest) if !aspirated => rest.to_owned(),
        _ => word.to_owned(),
    }
}

/// Run before each test: a comparison that is wrong is worse than none.
pub(crate) fn check() -> Result<()> {
    let hindi = hindi_consonants("मेरी ट्रेन आधे घंटे में निकलती है, सबसे नज़दीकी स्टेशन");
    let urdu = urdu_consonants("میری ٹرین آدھے گھنٹے میں نکلتی ہے سب سے نزدیکی اسٹیشن");
    anyhow::ensure!(
        hindi == "mrTrndhghnTmnklthsbsnzdksTSn",
        "Hindi became {hindi}"
    );
    anyhow::ensure!(hindi == urdu, "{hindi} is not {urdu}");
    Ok(())
}
