//! Captions from word times: cues, and those as `SubRip` and `WebVTT` text.

use std::fmt::Write as _;

use likeness_domain::speech::TimedWord;

/// Columns of a line; wide characters take two.
pub const LINE_COLUMNS: usize = 42;
/// Shortest and longest time a cue stands, in milliseconds.
const MIN_CUE_MS: u64 = 1_000;
const MAX_CUE_MS: u64 = 7_000;

/// What stands on the screen for a while: one line or two, separated by a line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
}

/// Captions in lines of at most `columns`: cues end with sentences where they fit, have at most two lines, stand for one
/// to seven seconds and never overlap. Words that follow each other faster than that (no speech does) get a shorter cue.
pub fn captions(words: &[TimedWord], columns: usize) -> Vec<Caption> {
    let columns = columns.max(2);
    timed(merged(cues(&pieces(words, columns), columns), columns))
        .into_iter()
        .map(|cue| Caption {
            start_ms: cue.start_ms,
            end_ms: cue.end_ms,
            text: lines(&cue.words, columns).expect("a cue is only made of words that fit"),
        })
        .collect()
}

/// `SubRip` captions in lines of [`LINE_COLUMNS`].
pub fn srt(words: &[TimedWord]) -> String {
    let mut text = String::new();
    for (index, cue) in captions(words, LINE_COLUMNS).iter().enumerate() {
        let (from, to) = (time_code(cue.start_ms, ','), time_code(cue.end_ms, ','));
        // Writing to a string cannot fail.
        let _ = write!(text, "{}\n{from} --> {to}\n{}\n\n", index + 1, cue.text);
    }
    text
}

/// The same as `WebVTT`, where some characters are written by name.
pub fn vtt(words: &[TimedWord]) -> String {
    let mut text = "WEBVTT\n\n".to_owned();
    for cue in captions(words, LINE_COLUMNS) {
        let (from, to) = (time_code(cue.start_ms, '.'), time_code(cue.end_ms, '.'));
        let escaped = cue.text.replace('&', "&amp;");
        let escaped = escaped.replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(text, "{from} --> {to}\n{escaped}\n\n");
    }
    text
}

/// A word, or a part of one that is longer than a line.
#[derive(Debug, Clone)]
struct Piece {
    text: String,
    start_ms: u64,
    end_ms: u64,
    sentence: u32,
}

#[derive(Debug, Clone)]
struct Cue {
    words: Vec<String>,
    start_ms: u64,
    end_ms: u64,
    /// Whether the last word ends a clause.
    complete: bool,
}

fn pieces(words: &[TimedWord], columns: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut clock = 0;
    for word in words {
        let start_ms = milliseconds(word.start_s).max(clock);
        let end_ms = milliseconds(word.end_s).max(start_ms);
        clock = start_ms;
        // An arrow would be taken for a time line by some players.
        let text = word.text.replace("-->", "→");
        let parts: Vec<String> = text
            .split_whitespace()
            .flat_map(|word| line_lengths(word, columns))
            .collect();
        let total: usize = parts.iter().map(String::len).sum();
        let mut said = 0;
        // The parts of a word that is longer than a line share its time.
        let moment =
            |said: usize| start_ms + (end_ms - start_ms) * said as u64 / total.max(1) as u64;
        for text in parts {
            let from = moment(said);
            said += text.len();
            pieces.push(Piece {
                text,
                start_ms: from,
                end_ms: moment(said),
                sentence: word.sentence,
            });
        }
    }
    pieces
}

/// A word cut into lines.
fn line_lengths(word: &str, columns: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        if used + width(c) > columns {
            parts.push(String::new());
            used = 0;
        }
        used += width(c);
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// Columns of a character: two for the square ones of East Asia (`Wide` and `Fullwidth` of Unicode's annex 11, by block)
/// and for pictures.
fn width(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    1 + usize::from(wide)
}

fn columns_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Whether a script sets no spaces between its words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
fn unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x312f | 0x31a0..=0x9fff
        | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x20000..=0x3fffd)
}

/// Words one after the other, as their scripts do it.
fn joined(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let close = text.chars().next_back().is_some_and(unspaced)
            && word.chars().next().is_some_and(unspaced);
        if !text.is_empty() && !close {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

fn milliseconds(seconds: f64) -> u64 {
    if seconds.is_finite() {
        (seconds.max(0.0) * 1000.0).round() as u64
    } else {
        0
    }
}

/// Fills cues word by word; a full cue is cut back to its last clause if that leaves it at least half full.
fn cues(pieces: &[Piece], columns: usize) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let first = &pieces[start];
        let mut end = start + 1;
        while let Some(next) = pieces.get(end) {
            let words = || pieces[start..=end].iter().map(|piece| piece.text.as_str());
            let fits = next.sentence == first.sentence
                && next.end_ms.saturating_sub(first.start_ms) <= MAX_CUE_MS
                && fits(words(), columns);
            if !fits {
                break;
            }
            end += 1;
        }
        let full = pieces
            .get(end)
            .is_some_and(|next| next.sentence == first.sentence);
        if full {
            let half = start + (end - start).div_ceil(2);
            end = (half..=end)
                .rev()
                .find(|&i| ends_clause(&pieces[i - 1].text))
                .unwrap_or(end);
        }
        cues.push(cue(&pieces[start..end]));
        start = end;
    }
    cues
}

fn cue(pieces: &[Piece]) -> Cue {
    Cue {
        words: pieces.iter().map(|piece| piece.text.clone()).collect(),
        start_ms: pieces[0].start_ms,
        end_ms: pieces
            .iter()
            .map(|piece| piece.end_ms)
            .max()
            .unwrap_or_default(),
        complete: pieces.last().is_some_and(|piece| ends_clause(&piece.text)),
    }
}

fn ends_clause(word: &str) -> bool {
    word.ends_with([
        ',', ';', ':', '.', '!', '?', '…', '—', '”', '"', '、', '，', '。', '！', '？', '；', '：',
        '،', '؛', '؟', '।',
    ])
}

/// Joins a cue that would stand for less than the least time with the one behind it, if both fit into one.
fn merged(cues: Vec<Cue>, columns: usize) -> Vec<Cue> {
    let mut merged: Vec<Cue> = Vec::new();
    for cue in cues {
        let joins = merged.last().is_some_and(|last| {
            let hasty = cue.start_ms.saturating_sub(last.start_ms) < MIN_CUE_MS || {
                !last.complete && cue.end_ms.saturating_sub(cue.start_ms) < MIN_CUE_MS
            };
            let words = last.words.iter().chain(&cue.words).map(String::as_str);
            hasty && cue.end_ms.saturating_sub(last.start_ms) <= MAX_CUE_MS && fits(words, columns)
        });
        match merged.last_mut() {
            Some(last) if joins => {
                last.words.extend(cue.words);
                last.end_ms = last.end_ms.max(cue.end_ms);
                last.complete = cue.complete;
            }
            _ => merged.push(cue),
        }
    }
    merged
}

/// Gives each cue its least time as far as the next one allows.
fn timed(mut cues: Vec<Cue>) -> Vec<Cue> {
    for index in 0..cues.len() {
        let next_ms = cues.get(index + 1).map_or(u64::MAX, |next| next.start_ms);
        let cue = &mut cues[index];
        cue.end_ms = cue
            .end_ms
            .clamp(cue.start_ms + MIN_CUE_MS, cue.start_ms + MAX_CUE_MS)
            .min(next_ms)
            .max(cue.start_ms);
    }
    cues
}

fn fits<'a>(words: impl Iterator<Item = &'a str>, columns: usize) -> bool {
    let words: Vec<String> = words.map(str::to_owned).collect();
    lines(&words, columns).is_some()
}

/// The words in one line, or in two of about equal length; `None` if they need more.
fn lines(words: &[String], columns: usize) -> Option<String> {
    let line = joined(words);
    if columns_of(&line) <= columns {
        return Some(line);
    }
    (1..words.len())
        .map(|at| [joined(&words[..at]), joined(&words[at..])])
        .map(|two| (columns_of(&two[0]).max(columns_of(&two[1])), two))
        .filter(|(longest, _)| *longest <= columns)
        .min_by_key(|(longest, _)| *longest)
        .map(|(_, [first, second])| format!("{first}\n{second}"))
}

/// Hours, minutes, seconds and milliseconds, these behind `mark`.
fn time_code(ms: u64, mark: char) -> String {
    let (s, ms) = (ms / 1000, ms % 1000);
    format!(
        "{:02}:{:02}:{:02}{mark}{ms:03}",
        s / 3600,
        s / 60 % 60,
        s % 60
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_parts_of_a_very_long_word_follow_each_other() {
        let word = TimedWord {
            text: "a".repeat(200),
            start_s: 1.0,
            end_s: 6.0,
            sentence: 0,
        };
        let text = srt(&[word]);
        let times: Vec<&str> = text.lines().filter(|line| line.contains("-->")).collect();
        assert!(times.len() >= 2, "{text}");
        let codes: Vec<&str> = times.iter().flat_map(|line| line.split(" --> ")).collect();
        assert!(codes.is_sorted(), "{text}");
        assert!(codes.chunks(2).all(|cue| cue[0] < cue[1]), "{text}");
    }

    fn spoken(text: &str) -> Vec<TimedWord> {
        let mut sentence = 0;
        text.split(' ')
            .enumerate()
            .map(|(i, word)| {
                let timed = TimedWord {
                    text: word.to_owned(),
                    start_s: i as f64 * 0.4 + 0.15,
                    end_s: i as f64 * 0.4 + 0.5,
                    sentence,
                };
                sentence += u32::from(word.ends_with('.'));
                timed
            })
            .collect()
    }

    #[test]
    fn a_sentence_is_a_cue_of_balanced_lines() {
        let captions = srt(&spoken(
            "Every morning people move the big boxes from here. Yes they do.",
        ));
        assert_eq!(
            captions,
            "1\n00:00:00,150 --> 00:00:03,700\nEvery morning people move\nthe big boxes from here.\n\n\
             2\n00:00:03,750 --> 00:00:04,900\nYes they do.\n\n"
        );
    }

    #[test]
    fn long_sentences_are_cut_at_clauses_and_long_words_in_lines() {
        let captions = srt(&spoken(
            "When the weather improves and the wind has gone down, they will take every single one of \
             the boxes over to the harbour.",
        ));
        assert!(captions.contains("gone down,\n\n2\n"), "{captions}");
        let captions = srt(&spoken(&"x".repeat(100)));
        assert!(
            captions
                .lines()
                .all(|line| line.chars().count() <= LINE_COLUMNS),
            "{captions}"
        );
        assert_eq!(captions.matches('x').count(), 100);
    }

    #[test]
    fn no_words_make_no_captions_and_hours_are_counted() {
        assert_eq!(srt(&[]), "");
        assert_eq!(time_code(3_723_004, ','), "01:02:03,004");
    }

    #[test]
    fn web_captions_name_what_is_markup_there() {
        let captions = vtt(&spoken("Fish & chips are <b>good</b>."));
        assert_eq!(
            captions,
            "WEBVTT\n\n00:00:00.150 --> 00:00:02.100\nFish &amp; chips are &lt;b&gt;good&lt;/b&gt;.\n\n"
        );
        assert_eq!(vtt(&[]), "WEBVTT\n\n");
    }

    #[test]
    fn scripts_without_spaces_get_none_and_wide_letters_take_two_columns() {
        let words = spoken("今日 は とても いい 天気 です 。 明日 も きっと 晴れる でしょう 。");
        let captions = captions(&words, 20);
        assert_eq!(captions[0].text, "今日はとても\nいい天気です。");
        for caption in &captions {
            assert!(caption.text.lines().all(|line| columns_of(line) <= 20));
        }
        let mixed = spoken("これ は Likeness です");
        assert_eq!(super::captions(&mixed, 42)[0].text, "これは Likeness です");
    }

    fn milliseconds_of(code: &str) -> u64 {
        let parts: Vec<u64> = code
            .split([':', ','])
            .map(|part| part.parse().unwrap())
            .collect();
        ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3]
    }

    fn any_words() -> impl Strategy<Value = Vec<TimedWord>> {
        let word = (
            "[a-zé.,!\\->😀 ]{0,60}",
            0.0..0.8_f64,
            0.0..0.9_f64,
            proptest::bool::weighted(0.1),
        );
        proptest::collection::vec(word, 0..120).prop_map(|words| {
            let (mut clock, mut sentence) = (0.0, 0);
            words
                .into_iter()
                .map(|(text, gap, length, ends)| {
                    let start_s = clock + gap * gap;
                    clock = start_s + length;
                    sentence += u32::from(ends);
                    TimedWord {
                        text,
                        start_s,
                        end_s: clock,
                        sentence,
                    }
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn captions_keep_their_promises(words in any_words()) {
            let captions = srt(&words);
            let mut clock = 0;
            let mut letters = String::new();
            for (index, block) in captions.split_terminator("\n\n").enumerate() {
                let lines: Vec<&str> = block.lines().collect();
                prop_assert!((3..=4).contains(&lines.len()), "{block:?}");
                prop_assert_eq!(lines[0], (index + 1).to_string());
                let (from, to) = lines[1].split_once(" --> ").unwrap();
                let (from, to) = (milliseconds_of(from), milliseconds_of(to));
                prop_assert!(from >= clock && to >= from && to - from <= MAX_CUE_MS, "{block:?}");
                clock = to;
                for line in &lines[2..] {
                    prop_assert!((1..=LINE_COLUMNS).contains(&line.chars().count()), "{line:?}");
                    letters.extend(line.chars().filter(|c| !c.is_whitespace()));
                }
            }
            let written: String = words
                .iter()
                .flat_map(|w| w.text.replace("-->", "→").chars().collect::<Vec<_>>())
                .filter(|c| !c.is_whitespace())
                .collect();
            prop_assert_eq!(letters, written);
        }
    }
}
