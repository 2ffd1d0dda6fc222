//! Sounds that were heard against sounds that the words have: the words say which, the ear says when.
//!
//! The recogniser writes some English words as other languages would say them ("became" as *bekame*). Matched against
//! the pronunciation of what was said, its peaks keep their times and lose their mistakes.

use likeness_domain::speech::Stress;

use crate::alphabet::{is_vowel, lag_s, symbols};
use crate::phonemes::Peak;

/// Cost of a sound that only one of the two has.
const GAP: f64 = 0.8;
/// A match that costs more a sound is none: the words are others.
const MOST_COST: f64 = 0.5;
/// Step to a sound that was not heard, at most, in seconds.
const STEP_S: f64 = 0.1;
const LAST_STEP_S: f64 = 0.07;
/// Second and later symbols of one peak come this much later each.
const PART_S: f64 = 0.06;
/// A vowel that is farther from all sounds of the words belongs to none of them.
const AWAY_S: f64 = 0.18;

/// Peaks with the wanted symbols at the heard times; `None` if the two have too little in common.
pub(crate) fn matched(heard: &[Peak], wanted: &[char]) -> Option<Vec<Peak>> {
    // A word begins after a space.
    let before = [' '].iter().chain(wanted);
    let starts: Vec<bool> = before
        .zip(wanted)
        .filter(|(_, symbol)| shown(**symbol).is_some())
        .map(|(before, _)| *before == ' ')
        .collect();
    let stresses = stresses(wanted);
    let wanted: Vec<(char, &'static [char])> = wanted.iter().filter_map(|c| shown(*c)).collect();
    let heard: Vec<(f64, char)> = heard
        .iter()
        .flat_map(|peak| {
            let begin_s = peak.time_s - peak.symbols.first().copied().map_or(0.0, lag_s);
            let parts = peak.symbols.iter().enumerate();
            parts.map(move |(part, symbol)| (begin_s + part as f64 * PART_S, *symbol))
        })
        .collect();
    if heard.is_empty() || wanted.is_empty() {
        return None;
    }
    let (cost, pairs, left) = pairs(&heard, &wanted);
    if cost > MOST_COST * wanted.len().max(heard.len()) as f64 {
        return None;
    }
    let times = filled(&pairs)?;
    let more = unwritten(&left, &times);
    let peaks = wanted
        .iter()
        .zip(times)
        .zip(starts.into_iter().zip(stresses));
    let mut peaks: Vec<Peak> = peaks
        .map(
            |(((symbol, symbols), begin_s), (starts_word, stress))| Peak {
                time_s: begin_s + lag_s(*symbol),
                symbols,
                starts_word,
                stress: Some(stress),
            },
        )
        .chain(more)
        .collect();
    peaks.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    Some(peaks)
}

/// The stress of each sound that is shown, from the marks before syllables: that of the vowel that follows a mark.
fn stresses(wanted: &[char]) -> Vec<Stress> {
    let mut next = Stress::None;
    let mut stresses = Vec::with_capacity(wanted.len());
    for symbol in wanted {
        match symbol {
            'ˈ' => next = Stress::Primary,
            'ˌ' => next = Stress::Secondary,
            _ => {}
        }
        if let Some((first, _)) = shown(*symbol) {
            stresses.push(if is_vowel(first) {
                std::mem::take(&mut next)
            } else {
                Stress::None
            });
        }
    }
    stresses
}

/// Vowels that were heard away from all the words: an "ah" that nobody writes down opens the mouth all the same.
fn unwritten(left: &[(f64, char)], times: &[f64]) -> Vec<Peak> {
    let away = |begin_s: f64| {
        let after = times.partition_point(|time| *time < begin_s);
        let near = after.checked_sub(1).into_iter().chain([after]);
        near.filter_map(|place| times.get(place))
            .all(|time| (time - begin_s).abs() > AWAY_S)
    };
    let vowels = left
        .iter()
        .filter(|(begin_s, symbol)| is_vowel(*symbol) && away(*begin_s));
    vowels
        .filter_map(|(begin_s, symbol)| {
            Some(Peak {
                time_s: begin_s + lag_s(*symbol),
                symbols: shown(*symbol)?.1,
                starts_word: true,
                stress: None,
            })
        })
        .collect()
}

/// A symbol of the pronunciation as the face shows it; `None` for marks and breaks.
fn shown(symbol: char) -> Option<(char, &'static [char])> {
    let mut text = [0; 4];
    let same = symbols(symbol.encode_utf8(&mut text));
    let shown: &'static [char] = match symbol {
        'A' => &['A'],
        'I' => &['I'],
        'O' | 'Q' => &['O'],
        'W' => &['W'],
        'Y' => &['Y'],
        'T' => &['ɾ'],
        'ʧ' => &['ʧ'],
        'ʤ' => &['ʤ'],
        'ʦ' => &['t', 's'],
        'ʣ' => &['d', 'z'],
        'ᵻ' => &['ɪ'],
        // Of an "a" that is not stressed; the recogniser writes so what others write ʌ.
        'ɐ' => &['ə'],
        _ => same,
    };
    shown.first().map(|first| (*first, shown))
}

/// The cheapest matching: its cost, of each wanted sound the time of the one that was heard for it, and what was heard for
/// none.
fn pairs(
    heard: &[(f64, char)],
    wanted: &[(char, &[char])],
) -> (f64, Vec<Option<f64>>, Vec<(f64, char)>) {
    let width = wanted.len() + 1;
    let mut costs = vec![0.0; (heard.len() + 1) * width];
    for row in 0..=heard.len() {
        for column in 0..width {
            let here = row * width + column;
            costs[here] = match (row, column) {
                (0, column) => column as f64 * GAP,
                (row, 0) => row as f64 * GAP,
                _ => {
                    let other = difference(heard[row - 1].1, wanted[column - 1].0);
                    (costs[here - width - 1] + other)
                        .min(costs[here - width] + GAP)
                        .min(costs[here - 1] + GAP)
                }
            };
        }
    }
    let mut pairs = vec![None; wanted.len()];
    let mut left = Vec::new();
    let (mut row, mut column) = (heard.len(), wanted.len());
    while row > 0 && column > 0 {
        let here = row * width + column;
        if (costs[here] - costs[here - width] - GAP).abs() < 1e-9 {
            row -= 1;
            left.push(heard[row]);
        } else if (costs[here] - costs[here - 1] - GAP).abs() < 1e-9 {
            column -= 1;
        } else {
            (row, column) = (row - 1, column - 1);
            pairs[column] = Some(heard[row].0);
        }
    }
    left.extend(heard[..row].iter().rev());
    left.reverse();
    (costs[costs.len() - 1], pairs, left)
}

/// 0 for the same sound, up to 1.4 for one that has nothing in common with the other.
fn difference(a: char, b: char) -> f64 {
    if a == b {
        0.0
    } else if is_vowel(a) != is_vowel(b) {
        // R and L are heard as vowels, and the other way round, more than others are.
        if "ɹlwj".contains(a) || "ɹlwj".contains(b) {
            1.0
        } else {
            1.4
        }
    } else if is_vowel(a) {
        0.4
    } else if class(a) == class(b) {
        0.3
    } else {
        0.8
    }
}

/// Consonants that are taken for each other.
fn class(symbol: char) -> u8 {
    match symbol {
        'p' | 'b' | 'm' => 1,
        'f' | 'v' => 2,
        'θ' | 'ð' | 't' | 'd' | 'n' | 'ɾ' | 's' | 'z' => 3,
        'ʃ' | 'ʒ' | 'ʧ' | 'ʤ' => 4,
        'k' | 'ɡ' | 'ŋ' | 'h' => 5,
        _ => 6,
    }
}

/// Times for those that were not heard, between their neighbours.
fn filled(pairs: &[Option<f64>]) -> Option<Vec<f64>> {
    let first = pairs.iter().position(Option::is_some)?;
    let mut times = Vec::with_capacity(pairs.len());
    let (mut last_place, mut last_s) = (first, pairs[first]?);
    for (place, time) in pairs.iter().enumerate() {
        let filled = match time {
            Some(time) => {
                (last_place, last_s) = (place, *time);
                *time
            }
            None if place < first => last_s - (first - place) as f64 * PART_S,
            None => {
                let steps = (place - last_place) as f64;
                let next = pairs[place..].iter().position(Option::is_some);
                let step_s = next.map_or(LAST_STEP_S, |away| {
                    let next_s = pairs[place + away].unwrap_or(last_s);
                    ((next_s - last_s) / (steps + away as f64)).min(STEP_S)
                });
                last_s + steps * step_s
            }
        };
        times.push(filled);
    }
    Some(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peak(time_s: f64, symbols: &'static [char]) -> Peak {
        Peak {
            time_s,
            symbols,
            starts_word: true,
            stress: None,
        }
    }

    #[test]
    fn the_words_say_which_and_the_ear_when() {
        // "became" heard as "bekame".
        let heard = [
            peak(0.1, &['b']),
            peak(0.2, &['ɛ']),
            peak(0.3, &['k']),
            peak(0.4, &['a']),
            peak(0.55, &['m']),
            peak(0.65, &['ɛ']),
        ];
        let better = matched(&heard, &['b', 'ə', 'k', 'ˈ', 'A', 'm']).unwrap();
        let text: String = better.iter().flat_map(|p| p.symbols).collect();
        assert_eq!(text, "bəkAm");
        assert!((better[0].time_s - 0.1).abs() < 1e-9);
        assert!((better[4].time_s - 0.55).abs() < 1e-9);
        assert!((better[3].time_s - 0.4).abs() < 0.01, "{better:?}");
    }

    #[test]
    fn what_was_not_heard_lies_between() {
        let heard = [peak(0.1, &['b']), peak(0.4, &['k']), peak(0.5, &['æ'])];
        let better = matched(&heard, &['b', 'ə', 'k', 'æ']).unwrap();
        assert!(better.is_sorted_by_key(|p| (p.time_s * 1000.0) as i64));
        assert!((0.15..0.35).contains(&better[1].time_s), "{better:?}");
    }

    #[test]
    fn the_words_say_what_is_stressed() {
        let heard = [peak(0.1, &['b']), peak(0.2, &['ə']), peak(0.3, &['k'])];
        let better = matched(&heard, &['b', 'ə', 'ˈ', 'k', 'A', 'm']).unwrap();
        let stresses: Vec<_> = better.iter().map(|peak| peak.stress.unwrap()).collect();
        let (none, primary) = (Stress::None, Stress::Primary);
        assert_eq!(stresses, [none, none, none, primary, none]);
    }

    #[test]
    fn a_vowel_that_no_word_has_is_kept_where_it_stands_alone() {
        let heard = [
            peak(0.1, &['ɑ']),
            peak(0.6, &['b']),
            peak(0.66, &['ɛ']),
            peak(0.7, &['i']),
        ];
        let better = matched(&heard, &['b', 'i']).unwrap();
        let text: String = better.iter().flat_map(|p| p.symbols).collect();
        assert_eq!(text, "ɑbi");
        assert!((better[0].time_s - 0.1).abs() < 1e-9);
    }

    #[test]
    fn other_words_are_not_believed() {
        let heard = [peak(0.1, &['s']), peak(0.2, &['i']), peak(0.3, &['t'])];
        let wanted: Vec<char> = "ɡʊdmɔɹnɪŋɛvɹibɑdi".chars().collect();
        assert!(matched(&heard, &wanted).is_none());
        assert!(matched(&heard, &[]).is_none());
        assert!(matched(&[], &['a']).is_none());
    }
}
