//! Text as the sentence embedder takes it: word pieces (Schuster and Nakajima 2012), lower case, without accents.

use std::collections::HashMap;

const UNKNOWN: i32 = 100;
const START: i32 = 101;
const END: i32 = 102;
/// Longest word that is looked up.
const MAX_WORD_CHARS: usize = 100;
/// Most pieces the network is given; it was trained on 128.
const MAX_PIECES: usize = 254;

/// The vocabulary.
#[derive(Debug)]
pub(crate) struct Words(HashMap<String, i32>);

impl Words {
    /// One piece a line; those that go on within a word begin with `##`.
    pub(crate) fn new(vocabulary: &str) -> Self {
        let pieces = vocabulary.lines().zip(0..);
        Self(pieces.map(|(piece, id)| (piece.to_owned(), id)).collect())
    }

    /// The numbers of a text's pieces, between the marks of start and end.
    pub(crate) fn pieces(&self, text: &str) -> Vec<i32> {
        let mut pieces = vec![START];
        for word in split(text) {
            self.push_word(&word, &mut pieces);
            if pieces.len() > MAX_PIECES {
                break;
            }
        }
        pieces.truncate(MAX_PIECES + 1);
        pieces.push(END);
        pieces
    }

    /// The longest known piece, then the longest that goes on from there; a word that cannot be made up is unknown.
    fn push_word(&self, word: &str, pieces: &mut Vec<i32>) {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() > MAX_WORD_CHARS {
            pieces.push(UNKNOWN);
            return;
        }
        let before = pieces.len();
        let mut from = 0;
        while from < letters.len() {
            let known = (from + 1..=letters.len()).rev().find_map(|to| {
                let mut piece = String::from(if from == 0 { "" } else { "##" });
                piece.extend(&letters[from..to]);
                self.0.get(&piece).map(|id| (*id, to))
            });
            let Some((id, to)) = known else {
                pieces.truncate(before);
                pieces.push(UNKNOWN);
                return;
            };
            pieces.push(id);
            from = to;
        }
    }
}

/// Words in lower case without accents; marks and Chinese characters stand alone.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in text.chars().flat_map(char::to_lowercase).map(plain) {
        let alone = letter.is_ascii_punctuation()
            || ('\u{4e00}'..='\u{9fff}').contains(&letter)
            || ('\u{3000}'..='\u{303f}').contains(&letter);
        if letter.is_whitespace() || letter.is_control() || alone {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if alone {
                words.push(letter.to_string());
            }
        } else if !('\u{300}'..='\u{36f}').contains(&letter) {
            word.push(letter);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The letter without its accent, for those of Western languages.
fn plain(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ī' => 'i',
        'ñ' | 'ń' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ō' => 'o',
        'ś' | 'š' => 's',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_up_of_pieces() {
        let mut vocabulary = vec!["[unused]".to_owned(); 103];
        vocabulary.extend(["happy", "##ness", "un", "##happy", "cafe", "!"].map(str::to_owned));
        let words = Words::new(&vocabulary.join("\n"));
        assert_eq!(words.pieces("Happiness"), [START, UNKNOWN, END]);
        assert_eq!(
            words.pieces("happyness Unhappy!"),
            [START, 103, 104, 105, 106, 108, END]
        );
        assert_eq!(words.pieces("Café"), [START, 107, END]);
        assert_eq!(words.pieces(""), [START, END]);
        assert_eq!(words.pieces(&"happy ".repeat(5000)).len(), MAX_PIECES + 2);
    }
}
