//! From the phoneme recogniser's IPA to the symbols that the face knows.
//!
//! The recogniser was trained on English and Korean; other languages it writes with the nearest of these sounds. The
//! face knows the misaki alphabet (see `likeness_domain::speech::TimedPhoneme`), so each sound becomes the one of that
//! alphabet whose mouth is nearest.

/// The symbols to show for a sound, in order; none for marks and sounds that the lips do not make.
pub(crate) fn symbols(sound: &str) -> &'static [char] {
    match sound {
        "a" | "ä" | "à" | "å" | "ã" => &['a'],
        "ɑ" => &['ɑ'],
        "ɐ" | "ʌ" => &['ʌ'],
        "æ" => &['æ'],
        "aɪ" => &['I'],
        "aʊ" => &['W'],
        "eɪ" => &['A'],
        "oʊ" => &['O'],
        "ɔɪ" => &['Y'],
        "e" | "ẽ" | "ɛ" | "eə" => &['ɛ'],
        "i" | "ì" | "ĩ" | "ǐ" => &['i'],
        "ɪ" | "ɨ" | "ɪə" => &['ɪ'],
        "o" | "õ" => &['o'],
        "ɔ" | "œ" => &['ɔ'],
        "ɒ" => &['ɒ'],
        "u" | "ũ" | "ʉ" | "y" => &['u'],
        "ʊ" | "ʏ" | "ø" | "ɵ" => &['ʊ'],
        "ə" | "ɘ" | "ɤ" | "ɯ" | "ᵊ" => &['ə'],
        "ɯi" => &['ə', 'i'],
        "ɚ" => &['ɚ'],
        "ɜ" | "ɝ" => &['ɜ'],
        "b" | "ɓ" | "β" | "ʙ" => &['b'],
        "p" | "pʰ" | "p͈" => &['p'],
        "m" => &['m'],
        "f" | "ɸ" => &['f'],
        "v" | "ʋ" | "ɱ" => &['v'],
        "θ" => &['θ'],
        "ð" => &['ð'],
        "t" | "tʰ" | "t͈" | "ʈ" => &['t'],
        "d" | "ɖ" | "ɗ" => &['d'],
        "n" | "ñ" | "ɲ" => &['n'],
        "s" | "s͈" | "ɕ" => &['s'],
        "z" | "ʑ" => &['z'],
        "ɾ" | "ɽ" => &['ɾ'],
        "l" | "ɫ" | "ɮ" | "ʎ" => &['l'],
        "ʃ" | "ʂ" => &['ʃ'],
        "ʒ" | "ʐ" => &['ʒ'],
        "t͡ʃ" | "t͡ɕ" | "t͡ɕʰ" | "t͡ɕ͈" => &['ʧ'],
        "d͡ʒ" | "ɟ" => &['ʤ'],
        "k" | "kʰ" | "k͈" | "c" => &['k'],
        "g" | "ɡ" | "ɣ" => &['ɡ'],
        "ŋ" | "ɴ" => &['ŋ'],
        "h" | "ɦ" | "ħ" | "x" | "χ" | "ç" => &['h'],
        "r" | "ɹ" | "ɻ" | "ʁ" | "ʀ" => &['ɹ'],
        "j" | "ʝ" => &['j'],
        "w" | "ɥ" | "ɰ" => &['w'],
        "ja" => &['j', 'a'],
        "je" => &['j', 'ɛ'],
        "jo" => &['j', 'o'],
        "ju" => &['j', 'u'],
        "jʌ" => &['j', 'ʌ'],
        "wa" => &['w', 'a'],
        "we" => &['w', 'ɛ'],
        "wi" => &['w', 'i'],
        "wʌ" => &['w', 'ʌ'],
        _ => &[],
    }
}

/// Whether the symbol is a vowel, which syllables are counted and stressed by.
pub(crate) fn is_vowel(symbol: char) -> bool {
    "aɑʌæIWAOYɛiɪoɔɒuʊəɚɜ".contains(symbol)
}

/// How long after its sound begins the recogniser's peak comes, in seconds: means over 680 phonemes of four voices of ours,
/// whose times are known (spread 15 to 20 ms); 70 ms for those that were too few.
pub(crate) fn lag_s(symbol: char) -> f64 {
    match symbol {
        'ʤ' => 0.024,
        'k' | 'ʧ' => 0.046,
        'æ' | 'ŋ' | 'v' | 'z' | 'ɹ' | 't' => 0.052,
        'd' | 'l' | 'n' | 'ɡ' => 0.056,
        'u' | 'i' | 'ə' => 0.064,
        'b' | 'ð' | 's' | 'ʌ' | 'ɔ' | 'h' | 'ʊ' | 'W' => 0.084,
        'w' | 'f' | 'O' => 0.089,
        'θ' | 'ɑ' => 0.095,
        'p' | 'I' | 'j' => 0.078,
        _ => 0.072,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_become_mouths_and_marks_vanish() {
        assert_eq!(symbols("t͡ʃ"), ['ʧ']);
        assert_eq!(symbols("wʌ"), ['w', 'ʌ']);
        for mark in ["ː", "ʰ", "ʔ", "<unk>", "<pad>", "%", "一"] {
            assert!(symbols(mark).is_empty(), "{mark}");
        }
        assert!(is_vowel('O') && !is_vowel('j'));
    }
}
