//! A script cut into sentences of words as written.

/// A sentence, in the writer's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// What stood between white space, control characters removed.
    pub(crate) words: Vec<String>,
    /// Whether a line break follows.
    pub(crate) ends_paragraph: bool,
}

/// Abbreviations whose full stop does not end a sentence when a capital follows.
const ABBREVIATIONS: [&str; 26] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "sgt", "capt", "lt", "col", "gen", "rev",
    "hon", "gov", "sen", "rep", "mt", "vs", "no", "fig", "e.g", "i.e", "approx", "dept",
];

/// Marks that end a sentence, in the scripts that users paste.
const ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];
/// Marks that may stand between the end mark and the next word.
const CLOSERS: [char; 8] = ['"', '\'', '”', '’', ')', ']', '»', '*'];

/// Cuts at line breaks, and after end marks unless they belong to an abbreviation or an initial.
pub(crate) fn sentences(script: &str) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = Vec::new();
    for line in script.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let words: Vec<String> = line.split_whitespace().map(visible).collect();
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let mut start = 0;
        for index in 0..words.len() {
            let next = words.get(index + 1);
            if next.is_none_or(|next| ends_sentence(&words[index], next)) {
                let words = words[start..=index].to_vec();
                sentences.push(Sentence {
                    words,
                    ends_paragraph: next.is_none(),
                });
                start = index + 1;
            }
        }
    }
    sentences
}

fn visible(word: &str) -> String {
    word.chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .collect()
}

/// Zero-width and direction marks, and the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn ends_sentence(word: &str, next: &str) -> bool {
    let bare = word.trim_end_matches(CLOSERS);
    let Some(mark) = bare.chars().last().filter(|mark| ENDS.contains(mark)) else {
        return false;
    };
    let first_letter = next.chars().find(|c| c.is_alphanumeric());
    if first_letter.is_some_and(char::is_lowercase) && mark != '!' && mark != '?' {
        return false;
    }
    if mark != '.' || bare.ends_with("..") {
        return true;
    }
    let stem = bare
        .trim_end_matches('.')
        .trim_start_matches(|c: char| !c.is_alphanumeric());
    let initial = stem.chars().count() == 1 && stem.chars().all(char::is_uppercase) && stem != "I";
    let number_follows = next.starts_with(|c: char| c.is_ascii_digit());
    let lower = stem.to_lowercase();
    let abbreviation = ABBREVIATIONS.contains(&lower.as_str()) && (lower != "no" || number_follows);
    !(initial || abbreviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(script: &str) -> Vec<String> {
        sentences(script)
            .iter()
            .map(|s| s.words.join(" "))
            .collect()
    }

    #[test]
    fn sentences_end_at_end_marks_and_lines() {
        assert_eq!(
            cut("Hi there. How are you?\tFine!\nA title\n\nDone."),
            ["Hi there.", "How are you?", "Fine!", "A title", "Done."]
        );
    }

    #[test]
    fn abbreviations_initials_and_numbers_do_not_end_a_sentence() {
        assert_eq!(
            cut("Dr. Smith met J. K. Rowling."),
            ["Dr. Smith met J. K. Rowling."]
        );
        assert_eq!(
            cut("See No. 5 at 3.14 p.m. today."),
            ["See No. 5 at 3.14 p.m. today."]
        );
        assert_eq!(
            cut("I said no. Then I left."),
            ["I said no.", "Then I left."]
        );
        assert_eq!(cut("“Stop!” He ran."), ["“Stop!”", "He ran."]);
    }

    #[test]
    fn invisible_characters_and_empty_lines_vanish() {
        assert_eq!(cut("\u{feff}a\u{200b}b \u{0} \r\n \u{202e}\n"), ["ab"]);
        assert!(cut(" \t\n ").is_empty());
    }
}
