//! What a person is asked to say.

use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::Error;

/// Words in a passphrase.
pub(super) const PASSPHRASE_WORDS: usize = 3;

/// Longest own wording, in characters.
const MAX_TEXT_CHARS: usize = 1000;

/// Common English words of two syllables or more that do not sound alike and are not in the statement. With three of
/// them, each once, there are 96 * 95 * 94 passphrases: a recording made in advance fits one in 857,280.
const WORDS: [&str; 96] = [
    "apple", "anchor", "autumn", "balcony", "banana", "basket", "blanket", "bottle", "bridge",
    "butter", "cabin", "camera", "candle", "carpet", "castle", "chicken", "chimney", "cinema",
    "coffee", "copper", "cotton", "desert", "diamond", "dinner", "doctor", "dolphin", "dragon",
    "elbow", "elephant", "engine", "evening", "feather", "finger", "flower", "football", "forest",
    "garden", "giraffe", "guitar", "hammer", "harbor", "holiday", "honey", "hospital", "island",
    "jacket", "jungle", "kitchen", "ladder", "lemon", "library", "lion", "machine", "marble",
    "market", "melon", "mirror", "monday", "monkey", "morning", "mountain", "museum", "needle",
    "ocean", "office", "orange", "oxygen", "paper", "parrot", "pencil", "pepper", "piano",
    "picture", "pillow", "planet", "pocket", "potato", "rabbit", "river", "saddle", "salad",
    "sandwich", "school", "shadow", "silver", "spider", "summer", "sunday", "table", "ticket",
    "tiger", "tomato", "tunnel", "umbrella", "village", "winter",
];

/// Three random words, with spaces between.
pub(crate) fn passphrase() -> Result<String, Error> {
    let mut chosen: Vec<&str> = Vec::with_capacity(PASSPHRASE_WORDS);
    while chosen.len() < PASSPHRASE_WORDS {
        let random = OsRng
            .try_next_u32()
            .map_err(|error| Error::Internal(error.into()))?;
        let word = WORDS[random as usize % WORDS.len()];
        if !chosen.contains(&word) {
            chosen.push(word);
        }
    }
    Ok(chosen.join(" "))
}

/// The agreement in our words.
pub(crate) fn default_text(name: &str) -> String {
    format!(
        "My name is {name}. I agree that a digital likeness of me is made from my footage, and that it speaks words that \
         I did not say."
    )
}

/// All that is to be spoken.
pub(crate) fn statement(text: &str, passphrase: &str) -> String {
    let words = passphrase.replace(' ', ", ");
    format!("{text} My words today are: {words}.")
}

/// Own wording: plain text, as the contract has it.
pub(crate) fn check_text(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    let wrong = |message: String| Err(Error::invalid("consent_text", message));
    if text.is_empty() {
        return wrong("The text must not be empty.".to_owned());
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return wrong(format!(
            "The text must have at most {MAX_TEXT_CHARS} characters."
        ));
    }
    if text.contains(['<', '>']) {
        return wrong("The text must not contain < or >.".to_owned());
    }
    Ok(text)
}

/// Words in small letters without marks.
fn plain(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words
        .map(|word| word.to_lowercase().replace('\'', ""))
        .filter(|word| !word.is_empty())
        .collect()
}

/// How much of `wanted` is heard in its order: the longest common subsequence of words, in words.
fn common(wanted: &[String], heard: &[String], same: impl Fn(&str, &str) -> bool) -> usize {
    let mut row = vec![0; heard.len() + 1];
    for want in wanted {
        let mut corner = 0;
        for (place, hear) in heard.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if same(want, hear) {
                corner + 1
            } else {
                above.max(row[place])
            };
            corner = above;
        }
    }
    row[heard.len()]
}

/// Changes of letters between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, left) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], index + 1);
        for (place, right) in b.iter().enumerate() {
            let changed = corner + usize::from(left != *right);
            corner = row[place + 1];
            row[place + 1] = changed.min(row[place] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// A word, or one that the recogniser may write for it: a letter in five is wrong at most, and none of the list's words
/// lies so near to another.
fn sounds_like(want: &str, hear: &str) -> bool {
    distance(want, hear) * 5 <= want.chars().count()
}

/// Words of the passphrase that are heard, in their order.
pub(crate) fn heard_words(passphrase: &str, transcript: &str) -> usize {
    common(&plain(passphrase), &plain(transcript), sounds_like)
}

/// Share of a statement's words that are heard, in their order, 0 to 1.
pub(crate) fn heard_share(statement: &str, transcript: &str) -> f64 {
    let wanted = plain(statement);
    let found = common(&wanted, &plain(transcript), |a, b| a == b);
    f64::from(u32::try_from(found).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(wanted.len().max(1)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_the_list_is_taken_for_another() {
        for (index, one) in WORDS.iter().enumerate() {
            assert!(
                !plain(&default_text("")).contains(&(*one).to_owned()),
                "{one}"
            );
            for other in &WORDS[index + 1..] {
                assert!(!sounds_like(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn passphrases_differ_and_have_three_different_words() {
        let all: std::collections::HashSet<_> = (0..50).map(|_| passphrase().unwrap()).collect();
        assert!(all.len() > 45);
        for words in all {
            let mut words: Vec<_> = words.split(' ').collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), PASSPHRASE_WORDS);
        }
    }

    #[test]
    fn words_are_heard_in_order_only() {
        let heard = "My words today are Rivver, candle... and piano!";
        assert_eq!(heard_words("river candle piano", heard), 3);
        assert_eq!(heard_words("piano candle river", heard), 1);
        assert_eq!(heard_words("tiger summer rocket", heard), 0);
        assert!(heard_share("My words today are:", heard) > 0.99);
        assert!(heard_share("Nothing of that", heard) < 0.01);
    }

    #[test]
    fn own_wording_is_plain_text() {
        assert_eq!(check_text("  I agree. ").unwrap(), "I agree.");
        for wrong in ["", "a <b>", &"x".repeat(1001)] {
            assert!(check_text(wrong).is_err(), "{wrong}");
        }
    }
}
