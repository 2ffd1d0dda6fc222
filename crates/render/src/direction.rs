//! What a prompt asks the face to do: plain words for head, eyes and mood, with "not" before them and "slightly" or
//! "very" beside them.
//!
//! Left and right are the viewer's. Everything that is not understood is left out, and [`Direction::words`] says what
//! was understood.

/// A prompt, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    /// Factor on all of the head's own way, 0.1 to 2.
    pub energy: f64,
    /// Factor on nods, 0 to 3.
    pub nods: f64,
    /// Corners of the mouth: -0.5 (earnest) to 1 (a clear smile).
    pub smile: f64,
    /// Brows: -0.4 (earnest) to 0.5 (surprised).
    pub brow: f64,
    /// How much nearer the head comes, 0 to 1.
    pub lean: f64,
    /// Where to look, one place after the other: right and down, each -1 to 1.
    pub looks: Vec<[f64; 2]>,
    words: Vec<String>,
}

impl Default for Direction {
    fn default() -> Self {
        Self {
            energy: 1.0,
            nods: 1.0,
            smile: 0.0,
            brow: 0.0,
            lean: 0.0,
            looks: Vec::new(),
            words: Vec::new(),
        }
    }
}

/// What a word means.
#[derive(Debug, Clone, Copy)]
enum Act {
    Still,
    Move,
    Nod,
    Look,
    Lean,
    Smile,
    Serious,
    Surprised,
    Energetic,
    Calm,
}

/// Beginnings of words and what they mean; the longest that fits counts.
const ACTS: &[(&str, Act)] = &[
    ("still", Act::Still),
    ("motionless", Act::Still),
    ("stationary", Act::Still),
    ("freez", Act::Still),
    ("move", Act::Move),
    ("moving", Act::Move),
    ("nod", Act::Nod),
    ("look", Act::Look),
    ("glanc", Act::Look),
    ("gaz", Act::Look),
    ("turn", Act::Look),
    ("lean", Act::Lean),
    ("closer", Act::Lean),
    ("smil", Act::Smile),
    ("grin", Act::Smile),
    ("happy", Act::Smile),
    ("happily", Act::Smile),
    ("cheer", Act::Smile),
    ("friendl", Act::Smile),
    ("joy", Act::Smile),
    ("warm", Act::Smile),
    ("serious", Act::Serious),
    ("stern", Act::Serious),
    ("solemn", Act::Serious),
    ("grave", Act::Serious),
    ("earnest", Act::Serious),
    ("surpris", Act::Surprised),
    ("amaz", Act::Surprised),
    ("energ", Act::Energetic),
    ("livel", Act::Energetic),
    ("excit", Act::Energetic),
    ("enthus", Act::Energetic),
    ("dynamic", Act::Energetic),
    ("animated", Act::Energetic),
    ("passion", Act::Energetic),
    ("calm", Act::Calm),
    ("relax", Act::Calm),
    ("gentl", Act::Calm),
    ("quiet", Act::Calm),
    ("slow", Act::Calm),
    ("steady", Act::Calm),
    ("composed", Act::Calm),
];

/// Places to look at; the same after "lean" or "turn".
const PLACES: &[(&str, [f64; 2])] = &[
    ("left", [-1.0, 0.0]),
    ("right", [1.0, 0.0]),
    ("up", [0.0, -1.0]),
    ("upward", [0.0, -1.0]),
    ("upwards", [0.0, -1.0]),
    ("down", [0.0, 1.0]),
    ("downward", [0.0, 1.0]),
    ("downwards", [0.0, 1.0]),
];

const NEGATIONS: &[&str] = &[
    "not", "no", "never", "without", "don't", "dont", "doesn't", "isn't", "avoid", "stop", "nor",
    "neither", "less",
];
const LESS: &[&str] = &[
    "slightly", "little", "bit", "subtle", "subtly", "softly", "faint", "faintly", "small",
];
const MORE: &[&str] = &[
    "very", "big", "strongly", "much", "broadly", "broad", "wide", "really", "lot", "often",
];

/// How many words a "not" reaches over, if no other act or comma comes between.
const REACH: usize = 4;

impl Direction {
    /// Reads a prompt; one without a known word changes nothing.
    pub fn read(prompt: &str) -> Self {
        let mut direction = Self::default();
        let mut looking = false;
        for clause in prompt.split([',', '.', ';', '!', '?', '\n']) {
            let lower = clause.to_lowercase().replace('’', "'");
            let words: Vec<&str> = lower
                .split(|c: char| !(c.is_alphanumeric() || c == '\''))
                .filter(|word| !word.is_empty())
                .collect();
            // "Look left, then right": the second clause goes on with the first.
            let goes_on = words
                .first()
                .is_some_and(|word| matches!(*word, "then" | "and"));
            looking = direction.read_clause(&words, looking && goes_on);
        }
        direction
    }

    /// The words that had an effect, in their order, as the prompt has them but in small letters; each once.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Reads what lies between two commas; answers whether it ends looking somewhere, as it began.
    fn read_clause(&mut self, words: &[&str], mut looking: bool) -> bool {
        let mut negated_until = 0;
        let mut strength = None;
        for (k, &word) in words.iter().enumerate() {
            if NEGATIONS.contains(&word) {
                self.note(word);
                negated_until = k + 1 + REACH;
                continue;
            }
            let negated = k < negated_until;
            if matches!(word, "but" | "then") {
                negated_until = 0;
                continue;
            }
            if let Some(factor) = degree(word) {
                strength = Some(factor);
                self.note(word);
                continue;
            }
            // "Smile a little": the word may come after.
            let after = words[k + 1..].iter().take(2).find_map(|w| degree(w));
            let place = PLACES.iter().find(|(name, _)| *name == word);
            if let Some((_, place)) = place.filter(|_| looking && !negated) {
                self.look(place.map(|way| way * strength.unwrap_or(1.0)));
                self.note(word);
            } else if let Some(act) = act_of(word) {
                let strength = strength.or(after).unwrap_or(1.0);
                let whole = self.acts(act, negated, strength, &words[k + 1..]);
                looking = matches!(act, Act::Look) && !negated;
                if whole {
                    self.note(word);
                }
            }
        }
        // A degree or a "not" that found nothing to change was not used.
        self.drop_idle(words);
        looking
    }

    /// Whether the act had an effect.
    fn acts(&mut self, act: Act, negated: bool, strength: f64, rest: &[&str]) -> bool {
        match (act, negated) {
            (Act::Still, false) | (Act::Move, true) => self.energy = 0.15 / strength.max(0.5),
            (Act::Still, true) | (Act::Move | Act::Energetic, false) => {
                self.energy = 1.0 + 0.5 * strength;
                self.brow = self.brow.max(0.08 * strength);
            }
            (Act::Energetic, true) | (Act::Calm, false) => {
                self.energy = 1.0 - 0.45 * strength.min(1.5);
            }
            (Act::Calm, true) => self.energy = 1.3,
            (Act::Nod, false) => self.nods = 1.0 + 1.2 * strength,
            (Act::Nod, true) => self.nods = 0.0,
            (Act::Look, false) => {
                return rest
                    .iter()
                    .any(|w| PLACES.iter().any(|(name, _)| name == w));
            }
            (Act::Look, true) => return false,
            (Act::Lean, false) => self.lean = (0.7 * strength).min(1.0),
            (Act::Lean, true) => self.lean = 0.0,
            (Act::Smile, false) => self.smile = (0.6 * strength).min(1.0),
            (Act::Smile, true) => self.smile = -0.15,
            (Act::Serious, false) => {
                self.smile = (-0.3 * strength).max(-0.5);
                self.brow = (-0.25 * strength).max(-0.4);
            }
            (Act::Serious, true) => self.smile = 0.3,
            (Act::Surprised, false) => self.brow = (0.35 * strength).min(0.5),
            (Act::Surprised, true) => self.brow = 0.0,
        }
        true
    }

    fn look(&mut self, place: [f64; 2]) {
        // "Up and to the left" is one place, "left and right" are two.
        if let Some(last) = self.looks.last_mut() {
            let apart = |k: usize| (last[k] * place[k]).abs() < 1e-9;
            if apart(0) && apart(1) {
                *last = [last[0] + place[0], last[1] + place[1]];
                return;
            }
        }
        self.looks.push(place);
    }

    fn note(&mut self, word: &str) {
        if !self.words.iter().any(|known| known == word) {
            self.words.push(word.to_owned());
        }
    }

    /// Takes back the words about degree and negation of a clause in which nothing was understood.
    fn drop_idle(&mut self, clause: &[&str]) {
        let helps = |word: &str| NEGATIONS.contains(&word) || degree(word).is_some();
        let understood = clause
            .iter()
            .any(|word| !helps(word) && self.words.iter().any(|known| known == word));
        if !understood {
            self.words
                .retain(|word| !(helps(word) && clause.contains(&word.as_str())));
        }
    }
}

fn act_of(word: &str) -> Option<Act> {
    ACTS.iter()
        .filter(|(start, _)| word.starts_with(start))
        .max_by_key(|(start, _)| start.len())
        .map(|(_, act)| *act)
}

fn degree(word: &str) -> Option<f64> {
    if LESS.contains(&word) {
        Some(0.5)
    } else {
        MORE.contains(&word).then_some(1.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(prompt: &str) -> Vec<String> {
        Direction::read(prompt).words
    }

    #[test]
    fn plain_cases_are_understood() {
        assert!(Direction::read("Stand still").energy < 0.3);
        assert!(Direction::read("nodding").nods > 1.5);
        assert!(Direction::read("leans in towards the camera").lean > 0.5);
        assert!(Direction::read("Smile warmly").smile > 0.4);
        assert!(Direction::read("serious").smile < 0.0);
        assert!(Direction::read("energetic").energy > 1.2);
        assert!(Direction::read("calm").energy < 0.8);
        assert_eq!(Direction::read("look left").looks, [[-1.0, 0.0]]);
        assert_eq!(Direction::read("looking up").looks, [[0.0, -1.0]]);
    }

    #[test]
    fn combinations_and_degrees_are_understood() {
        let both = Direction::read(
            "A calm presenter, smiling slightly and nodding; looks left, then right",
        );
        assert!(both.energy < 0.8 && both.nods > 1.5);
        assert!((0.2..0.4).contains(&both.smile));
        assert_eq!(both.looks, [[-1.0, 0.0], [1.0, 0.0]]);
        let two = Direction::read("look left and then right");
        assert_eq!(two.looks, [[-1.0, 0.0], [1.0, 0.0]]);
        assert_eq!(
            Direction::read("look up and to the left").looks,
            [[-1.0, -1.0]]
        );
    }

    #[test]
    fn negations_turn_words_round() {
        assert!(Direction::read("don't smile").smile < 0.0);
        assert!(Direction::read("without nodding").nods.abs() < 1e-9);
        assert!(Direction::read("do not move the head").energy < 0.3);
        assert!(Direction::read("not serious").smile > 0.0);
        assert!(Direction::read("never look left").looks.is_empty());
        let but = Direction::read("not energetic but smiling");
        assert!(but.energy < 1.0 && but.smile > 0.0);
    }

    #[test]
    fn it_says_which_words_it_used() {
        assert_eq!(words("Smile, please, and wave your hand"), ["smile"]);
        assert_eq!(words("Don’t nod!"), ["don't", "nod"]);
        assert_eq!(words("very blue sky without clouds"), Vec::<String>::new());
        assert_eq!(words("look at the camera"), Vec::<String>::new());
        assert_eq!(words(""), Vec::<String>::new());
        assert_eq!(Direction::read("dance a waltz"), Direction::default());
    }
}
