//! Kana to the sounds Kokoro was trained with (the table and rules of `misaki` 0.9, `cutlet.py`, Apache-2.0 and MIT).

/// Sounds of one or two katakana.
const SOUNDS: [(&str, &str); 164] = [
    ("ァ", "a"),
    ("ア", "a"),
    ("ィ", "i"),
    ("イ", "i"),
    ("ゥ", "ɯ"),
    ("ウ", "ɯ"),
    ("ェ", "e"),
    ("エ", "e"),
    ("ォ", "o"),
    ("オ", "o"),
    ("カ", "ka"),
    ("ガ", "ɡa"),
    ("キ", "kʲi"),
    ("ギ", "ɡʲi"),
    ("ク", "kɯ"),
    ("グ", "ɡɯ"),
    ("ケ", "ke"),
    ("ゲ", "ɡe"),
    ("コ", "ko"),
    ("ゴ", "ɡo"),
    ("サ", "sa"),
    ("ザ", "ʣa"),
    ("シ", "ɕi"),
    ("ジ", "ʥi"),
    ("ス", "sɨ"),
    ("ズ", "zɨ"),
    ("セ", "se"),
    ("ゼ", "ʣe"),
    ("ソ", "so"),
    ("ゾ", "ʣo"),
    ("タ", "ta"),
    ("ダ", "da"),
    ("チ", "ʨi"),
    ("ヂ", "ʥi"),
    ("ツ", "ʦɨ"),
    ("ヅ", "zɨ"),
    ("テ", "te"),
    ("デ", "de"),
    ("ト", "to"),
    ("ド", "do"),
    ("ナ", "na"),
    ("ニ", "ɲi"),
    ("ヌ", "nɯ"),
    ("ネ", "ne"),
    ("ノ", "no"),
    ("ハ", "ha"),
    ("バ", "ba"),
    ("パ", "pa"),
    ("ヒ", "çi"),
    ("ビ", "bʲi"),
    ("ピ", "pʲi"),
    ("フ", "ɸɯ"),
    ("ブ", "bɯ"),
    ("プ", "pɯ"),
    ("ヘ", "he"),
    ("ベ", "be"),
    ("ペ", "pe"),
    ("ホ", "ho"),
    ("ボ", "bo"),
    ("ポ", "po"),
    ("マ", "ma"),
    ("ミ", "mʲi"),
    ("ム", "mɯ"),
    ("メ", "me"),
    ("モ", "mo"),
    ("ャ", "ja"),
    ("ヤ", "ja"),
    ("ュ", "jɯ"),
    ("ユ", "jɯ"),
    ("ョ", "jo"),
    ("ヨ", "jo"),
    ("ラ", "ɾa"),
    ("リ", "ɾʲi"),
    ("ル", "ɾɯ"),
    ("レ", "ɾe"),
    ("ロ", "ɾo"),
    ("ヮ", "βa"),
    ("ワ", "βa"),
    ("ヰ", "i"),
    ("ヱ", "e"),
    ("ヲ", "o"),
    ("ヴ", "vɯ"),
    ("ヵ", "ka"),
    ("ヶ", "ke"),
    ("ヷ", "va"),
    ("ヸ", "vʲi"),
    ("ヹ", "ve"),
    ("ヺ", "vo"),
    ("イェ", "je"),
    ("ウィ", "βi"),
    ("ウェ", "βe"),
    ("ウォ", "βo"),
    ("キェ", "kʲe"),
    ("キャ", "kʲa"),
    ("キュ", "kʲɨ"),
    ("キョ", "kʲo"),
    ("ギャ", "ɡʲa"),
    ("ギュ", "ɡʲɨ"),
    ("ギョ", "ɡʲo"),
    ("クァ", "kᵝa"),
    ("クィ", "kᵝi"),
    ("クェ", "kᵝe"),
    ("クォ", "kᵝo"),
    ("グァ", "ɡᵝa"),
    ("グィ", "ɡᵝi"),
    ("グェ", "ɡᵝe"),
    ("グォ", "ɡᵝo"),
    ("シェ", "ɕe"),
    ("シャ", "ɕa"),
    ("シュ", "ɕɨ"),
    ("ショ", "ɕo"),
    ("ジェ", "ʥe"),
    ("ジャ", "ʥa"),
    ("ジュ", "ʥɨ"),
    ("ジョ", "ʥo"),
    ("チェ", "ʨe"),
    ("チャ", "ʨa"),
    ("チュ", "ʨɨ"),
    ("チョ", "ʨo"),
    ("ヂャ", "ʥa"),
    ("ヂュ", "ʥɨ"),
    ("ヂョ", "ʥo"),
    ("ツァ", "ʦa"),
    ("ツィ", "ʦʲi"),
    ("ツェ", "ʦe"),
    ("ツォ", "ʦo"),
    ("ティ", "tʲi"),
    ("テュ", "tʲɨ"),
    ("ディ", "dʲi"),
    ("デュ", "dʲɨ"),
    ("トゥ", "tɯ"),
    ("ドゥ", "dɯ"),
    ("ニェ", "ɲe"),
    ("ニャ", "ɲa"),
    ("ニュ", "ɲɨ"),
    ("ニョ", "ɲo"),
    ("ヒェ", "çe"),
    ("ヒャ", "ça"),
    ("ヒュ", "çɨ"),
    ("ヒョ", "ço"),
    ("ビャ", "bʲa"),
    ("ビュ", "bʲɨ"),
    ("ビョ", "bʲo"),
    ("ピャ", "pʲa"),
    ("ピュ", "pʲɨ"),
    ("ピョ", "pʲo"),
    ("ファ", "ɸa"),
    ("フィ", "ɸʲi"),
    ("フェ", "ɸe"),
    ("フォ", "ɸo"),
    ("フュ", "ɸʲɨ"),
    ("フョ", "ɸʲo"),
    ("ミャ", "mʲa"),
    ("ミュ", "mʲɨ"),
    ("ミョ", "mʲo"),
    ("リャ", "ɾʲa"),
    ("リュ", "ɾʲɨ"),
    ("リョ", "ɾʲo"),
    ("ヴァ", "va"),
    ("ヴィ", "vʲi"),
    ("ヴェ", "ve"),
    ("ヴォ", "vo"),
    ("ヴュ", "bʲɨ"),
    ("ヴョ", "bʲo"),
];

/// Small kana, which change the sound of the one before.
const SMALL: &str = "ャュョァィゥェォ";

/// The sounds of a pronunciation in kana of either kind; anything else in it is left out.
pub(crate) fn sounds(kana: &str) -> String {
    let kana: Vec<char> = kana.chars().map(katakana).collect();
    let mut sounds = String::with_capacity(kana.len() * 3);
    let mut index = 0;
    while index < kana.len() {
        let (here, next) = (kana[index], kana.get(index + 1).copied());
        let pair = next.and_then(|next| of(&[here, next]));
        if let Some(pair) = pair {
            sounds.push_str(pair);
            index += 2;
            continue;
        }
        match here {
            'ー' => {
                if !sounds.is_empty() && !sounds.ends_with('ː') {
                    sounds.push('ː');
                }
            }
            // Doubles the consonant behind it; at the end of a word it is not heard.
            'ッ' => {
                if next.is_some() {
                    sounds.push('ʔ');
                }
            }
            'ン' => sounds.push(nasal(next)),
            _ => {
                let sound = of(&[here]).unwrap_or_default();
                let small = next.filter(|next| SMALL.contains(*next));
                let vowel_dropped = small.and_then(|_| {
                    let (at, _) = sound.char_indices().next_back()?;
                    Some(&sound[..at])
                });
                sounds.push_str(vowel_dropped.unwrap_or(sound));
            }
        }
        index += 1;
    }
    sounds
}

/// The nasal is said where the sound behind it is.
fn nasal(next: Option<char>) -> char {
    let next = next.and_then(|next| of(&[next])).unwrap_or_default();
    match next.chars().next() {
        Some('m' | 'p' | 'b') => 'm',
        Some('k' | 'ɡ') => 'ŋ',
        Some('ɲ' | 'ʨ' | 'ʥ') => 'ɲ',
        Some('n' | 't' | 'd' | 'ɾ' | 'z') => 'n',
        _ => 'ɴ',
    }
}

fn of(kana: &[char]) -> Option<&'static str> {
    let found = SOUNDS
        .iter()
        .find(|(key, _)| key.chars().eq(kana.iter().copied()));
    found.map(|(_, sound)| *sound)
}

/// Hiragana as katakana; other characters as they are.
pub(crate) fn katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => c,
    }
}

/// Whether a character is of either kana.
pub(crate) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `misaki` 0.9.4 gives for the same kana.
    #[test]
    fn kana_sound_as_in_the_reference() {
        for (kana, expected) in [
            ("コンニチワ", "koɲɲiʨiβa"),
            ("トーキョー", "toːkʲoː"),
            ("ガッコー", "ɡaʔkoː"),
            ("シンブン", "ɕimbɯɴ"),
            ("ありがと", "aɾʲiɡato"),
            ("ティー", "tʲiː"),
            ("ヴァ", "va"),
        ] {
            assert_eq!(sounds(kana), expected, "{kana}");
        }
    }
}
