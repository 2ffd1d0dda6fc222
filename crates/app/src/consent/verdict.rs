//! From what was measured in a recording to what is thought of it.

use likeness_domain::consent::Verdict;
use serde::{Deserialize, Serialize};

use super::words::PASSPHRASE_WORDS;

/// Where the lines are drawn. Each pair leaves a gap in which an operator decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Distance of faces up to which they are of one person, and from which they are of two.
    pub same_face: f32,
    pub other_face: f32,
    /// Share of the statement's words that must be heard.
    pub statement_share: f64,
    /// Correlation of the lips with the sound from which they follow it, and below which they do not.
    pub lips_follow: f32,
    pub lips_apart: f32,
    /// Share of the looked-at frames in which the face may be missing, or somebody else be seen.
    pub missing_share: f32,
    pub others_share: f32,
}

/// What was found in a recording. Kept with it, for the operator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Seconds of picture.
    pub duration_s: f64,
    /// Frames in which faces were looked for.
    pub looked: usize,
    /// Of these, without a face, and with somebody else.
    pub missing: usize,
    pub others: usize,
    /// Median distance of the recording's faces to the footage's mean face.
    pub face: Option<f32>,
    /// The largest of the four quarters' medians: a face that changes half-way shows.
    pub worst_quarter: Option<f32>,
    /// Share of the footage's frames whose face is not that of the recording.
    pub footage_of_others: Option<f32>,
    /// Words of the passphrase that were heard.
    pub words: usize,
    /// Share of the statement that was heard.
    pub statement_share: f64,
    /// Best correlation of the mouth's opening with what the sound asks for, at up to a third of a second apart.
    pub lips: Option<f32>,
    /// Best correlation at a second or more apart, which is chance.
    pub lips_by_chance: Option<f32>,
    /// What was understood.
    pub heard: String,
}

/// Codes of what is found wrong or doubtful.
pub mod reason {
    pub const TOO_SHORT: &str = "recording_too_short";
    pub const NOT_READABLE: &str = "recording_not_readable";
    pub const NO_SOUND: &str = "no_sound";
    pub const NO_FACE: &str = "no_face";
    pub const SEVERAL_PEOPLE: &str = "several_people";
    pub const FACE_DIFFERS: &str = "face_differs";
    pub const FACE_UNCERTAIN: &str = "face_uncertain";
    pub const FOOTAGE_OF_SEVERAL: &str = "footage_of_several_people";
    pub const WRONG_WORDS: &str = "wrong_words";
    pub const WORDS_UNCERTAIN: &str = "words_uncertain";
    pub const STATEMENT_NOT_SPOKEN: &str = "statement_not_spoken";
    pub const NO_PASSPHRASE: &str = "no_passphrase";
    pub const LIPS_DIFFER: &str = "lips_do_not_follow";
    pub const LIPS_UNCERTAIN: &str = "lips_uncertain";
    pub const NOT_CHECKED: &str = "could_not_be_checked";
    pub const REVOKED: &str = "revoked";
    pub const OPERATOR: &str = "rejected_by_operator";
}

/// A sentence for the person.
pub fn words_of(code: &str) -> &'static str {
    match code {
        reason::TOO_SHORT => "The recording is too short.",
        reason::NOT_READABLE => "The recording could not be read.",
        reason::NO_SOUND => "Nothing can be heard. Is the microphone on?",
        reason::NO_FACE => {
            "The face cannot be seen well enough. Look at the camera, in good light."
        }
        reason::SEVERAL_PEOPLE => "Somebody else is in view. Be alone before the camera.",
        reason::FACE_DIFFERS => "The face is not the one of the footage.",
        reason::FACE_UNCERTAIN => "The face may not be the one of the footage.",
        reason::FOOTAGE_OF_SEVERAL => "The footage shows more than one person.",
        reason::WRONG_WORDS => "The three words were not heard. Read them aloud and clearly.",
        reason::WORDS_UNCERTAIN => "One of the three words was not heard clearly.",
        reason::STATEMENT_NOT_SPOKEN => "The statement was not heard. Read all of it aloud.",
        reason::NO_PASSPHRASE => "The recording was made without words of the day.",
        reason::LIPS_DIFFER => "The lips do not move with the sound.",
        reason::LIPS_UNCERTAIN => "The lips may not move with the sound.",
        reason::REVOKED => "The consent was taken back.",
        reason::OPERATOR => "An operator has looked at the recording and declined it.",
        _ => "The recording could not be checked.",
    }
}

/// Least length, in seconds.
const MIN_S: f64 = 3.0;

/// The faults, and the doubts.
#[derive(Default)]
struct Found {
    wrong: Vec<&'static str>,
    doubtful: Vec<&'static str>,
}

impl Found {
    /// A value that should be small: over `bad` it is wrong, over `good` doubtful.
    fn small(&mut self, value: f32, [good, bad]: [f32; 2], codes: [&'static str; 2]) {
        if value.is_nan() || value > bad {
            self.wrong.push(codes[1]);
        } else if value > good {
            self.doubtful.push(codes[0]);
        }
    }
}

/// Judges a recording; `with_passphrase` tells whether the person was given words.
pub fn judge(
    measures: &Measures,
    thresholds: &Thresholds,
    with_passphrase: bool,
) -> (Verdict, Vec<String>) {
    let mut found = Found::default();
    if measures.duration_s < MIN_S {
        found.wrong.push(reason::TOO_SHORT);
    }
    faces(measures, thresholds, &mut found);
    speech(measures, thresholds, with_passphrase, &mut found);
    let verdict = if !found.wrong.is_empty() {
        Verdict::Rejected
    } else if !found.doubtful.is_empty() {
        Verdict::NeedsReview
    } else {
        Verdict::Approved
    };
    let codes = found.wrong.into_iter().chain(found.doubtful);
    (verdict, codes.map(str::to_owned).collect())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a recording has some hundred frames"
)]
fn faces(measures: &Measures, thresholds: &Thresholds, found: &mut Found) {
    let looked = measures.looked.max(1) as f32;
    if measures.looked == 0 || measures.missing as f32 / looked > thresholds.missing_share {
        found.wrong.push(reason::NO_FACE);
        return;
    }
    if measures.others as f32 / looked > thresholds.others_share {
        found.wrong.push(reason::SEVERAL_PEOPLE);
    } else if measures.others > 0 {
        found.doubtful.push(reason::SEVERAL_PEOPLE);
    }
    let lines = [thresholds.same_face, thresholds.other_face];
    let worst = match (measures.face, measures.worst_quarter) {
        (Some(all), Some(quarter)) => all.max(quarter),
        _ => f32::NAN,
    };
    let codes = [reason::FACE_UNCERTAIN, reason::FACE_DIFFERS];
    found.small(worst, lines, codes);
    if worst <= thresholds.other_face && measures.footage_of_others.is_none_or(|share| share > 0.25)
    {
        found.wrong.push(reason::FOOTAGE_OF_SEVERAL);
    }
}

fn speech(measures: &Measures, thresholds: &Thresholds, with_passphrase: bool, found: &mut Found) {
    if measures.heard.trim().is_empty() {
        found.wrong.push(reason::NO_SOUND);
        return;
    }
    if !with_passphrase {
        // Such a recording may be an old one: never without an operator.
        found.doubtful.push(reason::NO_PASSPHRASE);
    } else if measures.words + 1 < PASSPHRASE_WORDS {
        found.wrong.push(reason::WRONG_WORDS);
    } else if measures.words < PASSPHRASE_WORDS {
        found.doubtful.push(reason::WORDS_UNCERTAIN);
    }
    if measures.statement_share < thresholds.statement_share {
        found.wrong.push(reason::STATEMENT_NOT_SPOKEN);
    }
    match (measures.lips, measures.lips_by_chance) {
        (Some(lips), Some(chance)) if lips >= thresholds.lips_follow && lips > chance => {}
        (Some(lips), Some(_)) if lips >= thresholds.lips_apart => {
            found.doubtful.push(reason::LIPS_UNCERTAIN);
        }
        _ => found.wrong.push(reason::LIPS_DIFFER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Thresholds = Thresholds {
        same_face: 0.5,
        other_face: 0.6,
        statement_share: 0.6,
        lips_follow: 0.4,
        lips_apart: 0.2,
        missing_share: 0.2,
        others_share: 0.1,
    };

    fn good() -> Measures {
        Measures {
            duration_s: 9.0,
            looked: 20,
            missing: 1,
            others: 0,
            face: Some(0.3),
            worst_quarter: Some(0.35),
            footage_of_others: Some(0.0),
            words: 3,
            statement_share: 0.9,
            lips: Some(0.7),
            lips_by_chance: Some(0.2),
            heard: "something".to_owned(),
        }
    }

    /// A change, and what follows from it.
    type Case = (fn(&mut Measures), Verdict, &'static str);

    /// Verdict and codes of a good recording with a change.
    fn with(change: impl FnOnce(&mut Measures)) -> (Verdict, String) {
        let mut measures = good();
        change(&mut measures);
        let (verdict, codes) = judge(&measures, &LINES, true);
        (verdict, codes.join(" "))
    }

    #[test]
    fn each_fault_is_told_by_its_code() {
        use Verdict::{Approved, NeedsReview, Rejected};
        assert_eq!(with(|_| {}), (Approved, String::new()));
        let cases: Vec<Case> = vec![
            (|m| m.duration_s = 1.0, Rejected, reason::TOO_SHORT),
            (|m| m.missing = 10, Rejected, reason::NO_FACE),
            (|m| m.looked = 0, Rejected, reason::NO_FACE),
            (|m| m.others = 5, Rejected, reason::SEVERAL_PEOPLE),
            (|m| m.others = 1, NeedsReview, reason::SEVERAL_PEOPLE),
            (|m| m.face = Some(0.7), Rejected, reason::FACE_DIFFERS),
            (|m| m.face = None, Rejected, reason::FACE_DIFFERS),
            (
                |m| m.worst_quarter = Some(0.65),
                Rejected,
                reason::FACE_DIFFERS,
            ),
            (|m| m.face = Some(0.55), NeedsReview, reason::FACE_UNCERTAIN),
            (
                |m| m.footage_of_others = Some(0.5),
                Rejected,
                reason::FOOTAGE_OF_SEVERAL,
            ),
            (
                |m| m.footage_of_others = None,
                Rejected,
                reason::FOOTAGE_OF_SEVERAL,
            ),
            (|m| m.words = 1, Rejected, reason::WRONG_WORDS),
            (|m| m.words = 2, NeedsReview, reason::WORDS_UNCERTAIN),
            (
                |m| m.statement_share = 0.2,
                Rejected,
                reason::STATEMENT_NOT_SPOKEN,
            ),
            (|m| m.lips = Some(0.1), Rejected, reason::LIPS_DIFFER),
            (|m| m.lips = None, Rejected, reason::LIPS_DIFFER),
            (|m| m.lips = Some(0.3), NeedsReview, reason::LIPS_UNCERTAIN),
            (
                |m| m.lips_by_chance = Some(0.8),
                NeedsReview,
                reason::LIPS_UNCERTAIN,
            ),
            (|m| m.heard = String::new(), Rejected, reason::NO_SOUND),
        ];
        for (change, verdict, code) in cases {
            assert_eq!(with(change), (verdict, code.to_owned()));
            assert_ne!(words_of(code), words_of(""), "{code}");
        }
    }

    #[test]
    fn without_a_passphrase_an_operator_decides() {
        let measures = Measures { words: 0, ..good() };
        let (verdict, codes) = judge(&measures, &LINES, false);
        assert_eq!(verdict, Verdict::NeedsReview);
        assert_eq!(codes, [reason::NO_PASSPHRASE]);
    }
}
