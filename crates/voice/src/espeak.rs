//! Words to phonemes by the program `espeak-ng`, for all languages that have no reader of their own.
//!
//! It is free software under the GPL, so it only ever runs beside this program. It gets the text through a pipe, an empty
//! environment, and limits of time and memory from `prlimit`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::VoiceError;

/// Limits of one run: processor seconds, bytes of memory, and bytes of any file. It makes a shared memory of 64 MB for a
/// sound server that it never calls, which counts as a file.
const LIMITS: [&str; 4] = [
    "--cpu=10",
    "--as=536870912",
    "--fsize=134217728",
    "--core=0",
];

/// What is made of the diphthongs and affricates that it ties with `^` (as `EspeakG2P` of `misaki` 0.9 does).
const TIED: [(&str, &str); 11] = [
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^z", "ʣ"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("ə^ʊ", "Q"),
    ("s^s", "S"),
    ("t^s", "ʦ"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
];

/// The program with one of its languages.
#[derive(Debug, Clone)]
pub(crate) struct Espeak {
    program: PathBuf,
    limiter: PathBuf,
    /// Its name of the language, such as `pt-br`.
    language: String,
    /// Whether the engine knows the `misaki` alphabet, in which some pairs of sounds are one sign.
    misaki: bool,
}

/// Where the program is, if it is installed.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    espeak: PathBuf,
    limiter: PathBuf,
}

impl Program {
    pub(crate) fn find() -> Option<Self> {
        let find = |name: &str| {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path)
                .map(|dir| dir.join(name))
                .find(|file| file.is_file())
        };
        Some(Self {
            espeak: find("espeak-ng")?,
            limiter: find("prlimit")?,
        })
    }
}

impl Espeak {
    pub(crate) fn new(program: Program, language: &str, misaki: bool) -> Self {
        Self {
            program: program.espeak,
            limiter: program.limiter,
            language: language.to_owned(),
            misaki,
        }
    }

    /// Phonemes of each word of one sentence, with its punctuation. The words between two marks are read together, as
    /// their sounds depend on their neighbours.
    pub(crate) fn read(&self, words: &[String]) -> Result<Vec<String>, VoiceError> {
        let words: Vec<Parts> = words.iter().map(|word| Parts::of(word)).collect();
        let mut clauses: Vec<std::ops::Range<usize>> = Vec::new();
        let mut start = 0;
        for (index, word) in words.iter().enumerate() {
            if !word.behind.is_empty() || index + 1 == words.len() {
                clauses.push(start..index + 1);
                start = index + 1;
            }
        }
        let text = |clause: &std::ops::Range<usize>| {
            let inner: Vec<&str> = words[clause.clone()].iter().map(|w| w.inner).collect();
            inner.join(" ")
        };
        let spoken = self.lines(&clauses.iter().map(text).collect::<Vec<_>>())?;
        let mut sounds: Vec<String> = Vec::with_capacity(words.len());
        for (clause, spoken) in clauses.into_iter().zip(spoken) {
            let group = &words[clause];
            for (word, sound) in group.iter().zip(self.shared(group, &spoken)?) {
                sounds.push(format!("{}{sound}{}", word.before, word.behind));
            }
        }
        Ok(sounds)
    }

    /// The phonemes of a clause, handed to its words.
    fn shared(&self, words: &[Parts<'_>], spoken: &str) -> Result<Vec<String>, VoiceError> {
        let groups: Vec<&str> = spoken.split_whitespace().collect();
        let heard = words.iter().filter(|word| !word.inner.is_empty()).count();
        if groups.len() == heard {
            let mut groups = groups.into_iter();
            return Ok(words
                .iter()
                .map(|word| {
                    let group = if word.inner.is_empty() {
                        None
                    } else {
                        groups.next()
                    };
                    group.unwrap_or_default().to_owned()
                })
                .collect());
        }
        // Some words were joined, or one became several: each by itself shows which sounds are whose.
        let alone: Vec<String> = words.iter().map(|word| word.inner.to_owned()).collect();
        let alone = self.lines(&alone)?;
        Ok(divided(spoken, &alone))
    }

    /// Phonemes of each text, one run for all; texts are single clauses.
    fn lines(&self, texts: &[String]) -> Result<Vec<String>, VoiceError> {
        let asked: Vec<&String> = texts
            .iter()
            .filter(|text| !text.trim().is_empty())
            .collect();
        if asked.is_empty() {
            return Ok(vec![String::new(); texts.len()]);
        }
        let mut input = String::new();
        for text in &asked {
            input.push_str(text);
            input.push_str("\n\n");
        }
        let output = self.run(&input)?;
        let mut lines: Vec<String> = output.lines().map(|line| self.signs(line)).collect();
        if lines.len() != asked.len() {
            // One text came out in several lines, or in none: by itself, all lines are its own.
            lines = asked
                .iter()
                .map(|text| self.run(text).map(|output| self.signs(&output)))
                .collect::<Result<_, _>>()?;
        }
        let mut lines = lines.into_iter();
        let line = |text: &String| {
            let spoken = if text.trim().is_empty() {
                None
            } else {
                lines.next()
            };
            spoken.unwrap_or_default()
        };
        Ok(texts.iter().map(line).collect())
    }

    fn run(&self, text: &str) -> Result<String, VoiceError> {
        let failed = |reason: String| VoiceError::Reader {
            program: "espeak-ng",
            reason,
        };
        let io = |error: std::io::Error| failed(error.to_string());
        let mut child = Command::new(&self.limiter)
            .args(LIMITS)
            .arg("--")
            .arg(&self.program)
            .args(["-q", "-b", "1", "--ipa", "--tie=^", "--stdin", "-v"])
            .arg(&self.language)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(io)?;
        // A script is shorter than a pipe is deep, so this cannot wait for the program to read.
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(text.as_bytes()).map_err(io)?;
        }
        let output = child.wait_with_output().map_err(io)?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let last = stderr.lines().last().unwrap_or_default().trim().to_owned();
            return Err(failed(format!("it ended with {}: {last}", output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Its notation in ours: marks of changed language and hyphens dropped, ties resolved.
    fn signs(&self, line: &str) -> String {
        let mut text = String::with_capacity(line.len());
        let mut depth = 0;
        for c in line.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                '\n' => text.push(' '),
                '-' | '\u{200d}' | '_' => {}
                _ if depth > 0 => {}
                _ => text.push(c),
            }
        }
        if self.misaki {
            for (tied, sign) in TIED {
                text = text.replace(tied, sign);
            }
        }
        text.replace('^', "").trim().to_owned()
    }
}

/// A word without the punctuation at its edges.
#[derive(Debug)]
struct Parts<'a> {
    before: String,
    inner: &'a str,
    behind: String,
}

impl<'a> Parts<'a> {
    fn of(word: &'a str) -> Self {
        let is_mark = |c: char| ".,!?;:—…\"“”()।॥".contains(c);
        let inner = word.trim_matches(is_mark);
        let start = inner.as_ptr() as usize - word.as_ptr() as usize;
        let marks = |text: &str| text.replace(['।', '॥'], ".");
        Self {
            before: marks(&word[..start]),
            inner,
            behind: marks(&word[start + inner.len()..]),
        }
    }
}

/// Divides a clause's phonemes among its words, whose own phonemes are known: the borders lie where the two rows of signs
/// agree best (least edits).
fn divided(spoken: &str, alone: &[String]) -> Vec<String> {
    let spoken: Vec<char> = spoken.chars().collect();
    let own: Vec<(char, usize)> = alone
        .iter()
        .enumerate()
        .flat_map(|(word, sound)| sound.chars().chain([' ']).map(move |c| (c, word)))
        .collect();
    let (rows, columns) = (own.len() + 1, spoken.len() + 1);
    // A clause has a few hundred signs at most; beyond that, shares by length must do.
    if rows.saturating_mul(columns) > 4_000_000 {
        return by_length(&spoken, alone);
    }
    let mut costs = vec![0u32; rows * columns];
    for row in 0..rows {
        for column in 0..columns {
            let at = row * columns + column;
            costs[at] = match (row, column) {
                (0, _) => column as u32,
                (_, 0) => row as u32,
                _ => {
                    let same = own[row - 1].0 == spoken[column - 1];
                    let step = costs[at - columns - 1] + if same { 0 } else { 2 };
                    step.min(costs[at - columns] + 1).min(costs[at - 1] + 1)
                }
            };
        }
    }
    let mut words = vec![Vec::new(); alone.len()];
    let (mut row, mut column) = (rows - 1, columns - 1);
    while column > 0 {
        let at = row * columns + column;
        let word = own[row.saturating_sub(1)].1;
        let diagonal = row > 0 && {
            let same = own[row - 1].0 == spoken[column - 1];
            costs[at] == costs[at - columns - 1] + if same { 0 } else { 2 }
        };
        if row > 0 && !diagonal && costs[at] == costs[at - columns] + 1 {
            row -= 1;
            continue;
        }
        words[word].push(spoken[column - 1]);
        column -= 1;
        row -= usize::from(diagonal);
    }
    words
        .into_iter()
        .map(|signs: Vec<char>| {
            signs
                .into_iter()
                .rev()
                .collect::<String>()
                .trim()
                .to_owned()
        })
        .collect()
}

fn by_length(spoken: &[char], alone: &[String]) -> Vec<String> {
    let total = alone.iter().map(String::len).sum::<usize>().max(1);
    let mut said = 0;
    let mut place = |length: usize| {
        said += length;
        said * spoken.len() / total
    };
    let mut from = 0;
    alone
        .iter()
        .map(|sound| {
            let to = place(sound.len());
            let word: String = spoken[from..to].iter().collect();
            from = to;
            word.trim().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_words_are_divided_where_their_sounds_are() {
        let alone = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            divided("lezamˈi dəlekˈɔl", &alone(&["le", "amˈi", "də", "lekˈɔl"])),
            ["lez", "amˈi", "də", "lekˈɔl"]
        );
        assert_eq!(
            divided("sˈɔn θˈinko dˈolaɾes", &alone(&["sˈɔn", "θˈinko dˈolaɾes"])),
            ["sˈɔn", "θˈinko dˈolaɾes"]
        );
        assert_eq!(divided("", &alone(&["a", "b"])), ["", ""]);
    }

    #[test]
    fn punctuation_is_kept() {
        let parts = Parts::of("(«hola!)");
        assert_eq!((parts.before.as_str(), parts.behind.as_str()), ("(", "!)"));
        let parts = Parts::of("…");
        assert_eq!((parts.inner, parts.behind.as_str()), ("", "…"));
    }
}
