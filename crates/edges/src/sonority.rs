//! How open the mouth sounds, and what hisses.

/// How much of the formants each kind of sound lets through, in ranks: vowels most, closures least. `None` for sounds of
/// which nothing is known.
pub(crate) fn rank(symbol: char) -> Option<u8> {
    let rank = match symbol {
        'p' | 'b' | 't' | 'd' | 'k' | 'ɡ' | 'g' | 'q' | 'c' | 'ɟ' | 'ʈ' | 'ɖ' | 'ʧ' | 'ʤ' | 'ʦ'
        | 'ʣ' | 'ʨ' | 'ʥ' | 'ꭧ' | 'ʔ' => 0,
        's' | 'z' | 'ʃ' | 'ʒ' | 'ɕ' | 'ʑ' | 'ʂ' | 'ʐ' | 'f' | 'θ' | 'h' | 'ç' | 'x' | 'χ' | 'ɸ' => {
            1
        }
        'v' | 'ð' | 'β' | 'ɾ' | 'T' | 'ɣ' | 'ɦ' => 2,
        'm' | 'n' | 'ŋ' | 'ɲ' | 'ɳ' | 'ɴ' | 'ɱ' => 3,
        'l' | 'ɫ' | 'ʎ' | 'ɭ' => 4,
        'w' | 'j' | 'ɹ' | 'r' | 'ɻ' | 'ʁ' | 'ɥ' | 'ʋ' | 'ɰ' => 5,
        'a' | 'ɑ' | 'ɐ' | 'ʌ' | 'æ' | 'A' | 'I' | 'W' | 'O' | 'Q' | 'Y' | 'ɛ' | 'e' | 'ə' | 'ᵊ'
        | 'ɚ' | 'ɜ' | 'ɝ' | 'i' | 'ɪ' | 'ᵻ' | 'ɨ' | 'o' | 'ɔ' | 'ɒ' | 'ɵ' | 'u' | 'ʊ' | 'ɯ'
        | 'ʉ' | 'y' | 'ø' | 'œ' | 'ɤ' => 6,
        _ => return None,
    };
    Some(rank)
}

/// Whether the sound is a strong hiss above 4 kHz.
pub(crate) fn hisses(symbol: char) -> bool {
    matches!(symbol, 's' | 'z' | 'ʃ' | 'ʒ' | 'ʦ' | 'ɕ' | 'ʑ' | 'ʂ' | 'ʐ')
}
