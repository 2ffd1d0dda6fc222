//! What was said, and how near that is to what should have been said.

use likeness_domain::speech::TimedWord;

/// Words with their times.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcript {
    /// Code of the language, such as `en`; empty if nothing was said.
    pub language: String,
    /// In order; in Chinese and Japanese and other languages without spaces, a word is a character.
    pub words: Vec<TimedWord>,
}

impl Transcript {
    /// The words as a text, as they are written in the language.
    pub fn text(&self) -> String {
        let space = if has_spaces(&self.language) { " " } else { "" };
        let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        words.join(space)
    }
}

/// Whether the language puts spaces between its words.
pub(crate) fn has_spaces(language: &str) -> bool {
    !matches!(language, "zh" | "ja" | "th" | "lo" | "my" | "yue")
}

/// Words to be changed, added or taken away to get from `heard` to `wanted`, as a share of the words wanted. Case, marks
/// and spaces do not count. 0 if both are empty; may exceed 1.
pub fn word_error_rate(wanted: &str, heard: &str) -> f64 {
    let words = |text: &str| -> Vec<String> {
        let plain = |word: &str| -> String {
            let letters = word.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '—' | '–'));
        words.map(plain).filter(|word| !word.is_empty()).collect()
    };
    error_rate(&words(wanted), &words(heard))
}

/// The same for characters, for languages without spaces.
pub fn character_error_rate(wanted: &str, heard: &str) -> f64 {
    let characters = |text: &str| -> Vec<char> {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    error_rate(&characters(wanted), &characters(heard))
}

/// Levenshtein's distance over the wanted length.
fn error_rate<T: PartialEq>(wanted: &[T], heard: &[T]) -> f64 {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (index, want) in wanted.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], index + 1);
        for (place, hear) in heard.iter().enumerate() {
            let changed = corner + usize::from(want != hear);
            corner = row[place + 1];
            row[place + 1] = changed.min(row[place] + 1).min(corner + 1);
        }
    }
    row[heard.len()] as f64 / wanted.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted() {
        let rate = word_error_rate;
        assert!(rate("Hello, there!", "hello there").abs() < 1e-9);
        assert!((rate("one two three four", "one too three") - 0.5).abs() < 1e-9);
        assert!((rate("one", "one two three") - 2.0).abs() < 1e-9);
        assert!(rate("", "").abs() < 1e-9);
        assert!((rate("a b", "") - 1.0).abs() < 1e-9);
        assert!((character_error_rate("你好，世界", "你号世界") - 0.25).abs() < 1e-9);
    }

    #[test]
    fn text_is_joined_as_the_language_does() {
        let word = |text: &str| TimedWord {
            text: text.to_owned(),
            start_s: 0.0,
            end_s: 0.0,
            sentence: 0,
        };
        let mut transcript = Transcript {
            language: "en".to_owned(),
            words: vec![word("a"), word("b.")],
        };
        assert_eq!(transcript.text(), "a b.");
        transcript.language = "ja".to_owned();
        assert_eq!(transcript.text(), "ab.");
    }
}
