//! What the mouth does for each phoneme of the misaki alphabet.

/// Target of the lips and the jaw; every value 0 to 1 of its channel's full movement.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Viseme {
    /// Opening of the jaw.
    pub jaw: f64,
    /// Lips rounded and forward.
    pub pucker: f64,
    /// Corners apart.
    pub wide: f64,
    /// Upper lip raised.
    pub upper: f64,
    /// Lower lip lowered; negative raises it, towards the upper teeth.
    pub lower: f64,
    /// Lips pressed together: nothing of the mouth's inside is seen.
    pub closure: f64,
    /// Tip of the tongue between or behind the teeth.
    pub tongue: f64,
}

const REST: Viseme = Viseme {
    jaw: 0.0,
    pucker: 0.0,
    wide: 0.0,
    upper: 0.0,
    lower: 0.0,
    closure: 0.0,
    tongue: 0.0,
};

/// Values that looked right on photographs; unknown symbols open the mouth a little, as most sounds do.
pub(crate) fn of_phoneme(symbol: char) -> Viseme {
    match symbol {
        ' ' | '.' | ',' | '!' | '?' | ';' | ':' | '…' | '—' => REST,
        'p' | 'b' | 'm' => Viseme {
            closure: 1.0,
            ..REST
        },
        'f' | 'v' => Viseme {
            jaw: 0.08,
            lower: -0.3,
            upper: 0.6,
            ..REST
        },
        'θ' | 'ð' => Viseme {
            jaw: 0.16,
            tongue: 1.0,
            lower: 0.1,
            ..REST
        },
        't' | 'd' | 'n' | 's' | 'z' | 'ɾ' | 'T' | 'ʦ' | 'ʣ' => Viseme {
            jaw: 0.12,
            wide: 0.25,
            upper: 0.1,
            lower: 0.15,
            tongue: 0.2,
            ..REST
        },
        'l' => Viseme {
            jaw: 0.2,
            tongue: 0.7,
            wide: 0.1,
            ..REST
        },
        'ʃ' | 'ʒ' | 'ʧ' | 'ʤ' => Viseme {
            jaw: 0.13,
            pucker: 0.5,
            upper: 0.4,
            lower: 0.3,
            ..REST
        },
        'k' | 'ɡ' | 'g' | 'ŋ' | 'h' => Viseme {
            jaw: 0.2,
            wide: 0.1,
            ..REST
        },
        'ɹ' | 'r' | 'ɜ' | 'ɝ' => Viseme {
            jaw: 0.17,
            pucker: 0.45,
            ..REST
        },
        'w' | 'u' | 'ʊ' => Viseme {
            jaw: 0.12,
            pucker: 0.95,
            ..REST
        },
        'j' => Viseme {
            jaw: 0.12,
            wide: 0.5,
            ..REST
        },
        'i' | 'ɪ' | 'ᵻ' => Viseme {
            jaw: 0.2,
            wide: 0.6,
            upper: 0.1,
            ..REST
        },
        'A' | 'ɛ' | 'e' => Viseme {
            jaw: 0.38,
            wide: 0.4,
            ..REST
        },
        'æ' => Viseme {
            jaw: 0.52,
            wide: 0.4,
            ..REST
        },
        'ɑ' | 'a' | 'I' | 'ʌ' => Viseme {
            jaw: 0.6,
            wide: 0.05,
            ..REST
        },
        'ə' | 'ɐ' | 'ᵊ' | 'ɚ' => Viseme { jaw: 0.25, ..REST },
        'O' | 'Q' | 'Y' | 'ɔ' | 'o' | 'ɒ' => Viseme {
            jaw: 0.44,
            pucker: 0.6,
            ..REST
        },
        'W' => Viseme {
            jaw: 0.55,
            pucker: 0.25,
            ..REST
        },
        _ => Viseme { jaw: 0.2, ..REST },
    }
}

/// Whether the symbol is a sound at all.
pub(crate) fn is_pause(symbol: char) -> bool {
    of_phoneme(symbol) == REST
}
