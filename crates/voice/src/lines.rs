//! A script cut into sentences of words as written.

use crate::manner::Manner;

/// How a word is to be sounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Say {
    /// As its reader reads it.
    AsWritten,
    /// As another text, which is read out as it stands.
    Text(String),
    /// As these phonemes, in the alphabet of the engines.
    Phonemes(String),
}

/// A word in the writer's own spelling.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    /// What stood between white space, control characters removed.
    pub(crate) text: String,
    pub(crate) say: Say,
    pub(crate) manner: Manner,
}

/// What stops behind a sentence or a part of one, in order of the length of its pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Clause,
    Sentence,
    Paragraph,
}

/// A sentence, or the part of one before a pause that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sentence {
    /// Empty only for a pause before the first word.
    pub(crate) words: Vec<Word>,
    pub(crate) end: End,
    /// Pause that was asked for behind it, in seconds; 0 for the usual one.
    pub(crate) pause_s: f64,
}

/// A piece of a script as its author marked it up; plain text is a single one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// Text with its lines and sentences.
    Text(String, Manner),
    /// What is one word for captions, however it is sounded.
    Word(Word),
    /// Silence, in seconds.
    Pause(f64),
    /// The end of a marked sentence or paragraph.
    Stop(End),
}

/// Abbreviations whose full stop does not end a sentence when a capital follows.
const ABBREVIATIONS: [&str; 40] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "sgt", "capt", "lt", "col", "gen", "rev",
    "hon", "gov", "sen", "rep", "mt", "vs", "no", "fig", "e.g", "i.e", "approx", "dept", "sra",
    "srta", "ud", "uds", "dra", "mme", "mlle", "sig", "dott", "ing", "avv", "pág", "núm", "art",
];

/// Marks that end a sentence, in the scripts that users paste.
const ENDS: [char; 9] = ['.', '!', '?', '…', '。', '！', '？', '।', '॥'];
/// Marks that may stand between the end mark and the next word.
const CLOSERS: [char; 12] = [
    '"', '\'', '”', '’', ')', ']', '»', '*', '」', '』', '）', '》',
];

/// Cuts at line breaks, at pauses and stops, and after end marks unless they belong to an abbreviation or an initial.
/// `words` finds the words of a line.
pub(crate) fn sentences(items: &[Item], words: impl Fn(&str) -> Vec<String>) -> Vec<Sentence> {
    let mut cutter = Cutter::default();
    for item in items {
        match item {
            Item::Text(text, manner) => {
                for (index, line) in text.split(['\n', '\r', '\u{2028}', '\u{2029}']).enumerate() {
                    if index > 0 {
                        cutter.stop(End::Paragraph);
                    }
                    for word in words(line) {
                        cutter.word(Word {
                            text: visible(&word),
                            say: Say::AsWritten,
                            manner: *manner,
                        });
                    }
                }
            }
            Item::Word(word) => cutter.word(Word {
                text: visible(&word.text),
                ..word.clone()
            }),
            Item::Pause(pause_s) => cutter.pause(*pause_s),
            Item::Stop(end) => cutter.stop(*end),
        }
    }
    cutter.stop(End::Paragraph);
    cutter.sentences
}

/// Sentences in the making.
#[derive(Debug, Default)]
struct Cutter {
    sentences: Vec<Sentence>,
    words: Vec<Word>,
}

impl Cutter {
    fn word(&mut self, word: Word) {
        if word.text.is_empty() {
            return;
        }
        let ended = self
            .words
            .last()
            .is_some_and(|last| ends_sentence(&last.text, &word.text));
        if ended {
            self.stop(End::Sentence);
        }
        self.words.push(word);
    }

    fn stop(&mut self, end: End) {
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            if let Some(last) = self.sentences.last_mut() {
                last.end = last.end.max(end);
            }
        } else {
            self.sentences.push(Sentence {
                words,
                end,
                pause_s: 0.0,
            });
        }
    }

    fn pause(&mut self, pause_s: f64) {
        self.stop(End::Clause);
        if let Some(last) = self.sentences.last_mut() {
            last.pause_s += pause_s;
        } else {
            self.sentences.push(Sentence {
                words: Vec::new(),
                end: End::Clause,
                pause_s,
            });
        }
    }
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

    fn spaced(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn texts(sentences: &[Sentence]) -> Vec<String> {
        let text = |s: &Sentence| {
            let words: Vec<&str> = s.words.iter().map(|word| word.text.as_str()).collect();
            words.join(" ")
        };
        sentences.iter().map(text).collect()
    }

    fn cut(script: &str) -> Vec<String> {
        let plain = [Item::Text(script.to_owned(), Manner::default())];
        texts(&sentences(&plain, spaced))
    }

    #[test]
    fn sentences_end_at_end_marks_and_lines() {
        assert_eq!(
            cut("Hi there. How are you?\tFine!\nA title\n\nDone."),
            ["Hi there.", "How are you?", "Fine!", "A title", "Done."]
        );
        assert_eq!(cut("नमस्ते। कैसे हो?"), ["नमस्ते।", "कैसे हो?"]);
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
        assert_eq!(cut("La Sra. López vino."), ["La Sra. López vino."]);
    }

    #[test]
    fn invisible_characters_and_empty_lines_vanish() {
        assert_eq!(cut("\u{feff}a\u{200b}b \u{0} \r\n \u{202e}\n"), ["ab"]);
        assert!(cut(" \t\n ").is_empty());
    }

    #[test]
    fn pauses_cut_and_last() {
        let text = |text: &str| Item::Text(text.to_owned(), Manner::default());
        let cut = sentences(
            &[
                Item::Pause(0.5),
                text("one two"),
                Item::Pause(0.25),
                Item::Pause(0.25),
                text("three."),
                Item::Stop(End::Paragraph),
                text("four"),
            ],
            spaced,
        );
        assert_eq!(texts(&cut), ["", "one two", "three.", "four"]);
        let pauses: Vec<f64> = cut.iter().map(|s| s.pause_s).collect();
        assert_eq!(pauses, [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(cut[1].end, End::Clause);
        assert_eq!(cut[2].end, End::Paragraph);
    }
}
