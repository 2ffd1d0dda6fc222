//! Words in a name or title that make test mode fail, wait or misbehave.
//!
//! A trigger is a word `test:KEY=VALUE`. They are read only in test workspaces; elsewhere they are words like others.

use std::time::Duration;

/// Longest wait that can be asked for, in seconds.
const MAX_DELAY_S: u64 = 600;

/// Longest failure code.
const MAX_CODE_LEN: usize = 40;

/// What is to go wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Triggers {
    /// `test:fail=CODE`: the job ends as failed with this code.
    pub fail: Option<String>,
    /// `test:delay=SECONDS`: the job takes this much longer.
    pub delay: Duration,
    /// `test:download=missing` or `truncated`.
    pub download: Option<BrokenDownload>,
    /// `test:webhook=none`, `twice`, `forged` or `fail`.
    pub webhook: Option<BrokenWebhook>,
}

/// How the files of a result are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenDownload {
    /// The link answers 404.
    Missing,
    /// The second half of the file is not there.
    Truncated,
}

/// How the event of a result is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenWebhook {
    /// Not at all.
    None,
    /// Two times, as happens when a receiver's answer is lost.
    Twice,
    /// With a signature of another secret.
    Forged,
    /// As if the endpoint had failed for days: it is turned off.
    Fail,
}

/// A word begins like a trigger and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no trigger of test mode: test:fail=CODE, test:delay=SECONDS (up to {MAX_DELAY_S}), \
     test:download=missing|truncated, test:webhook=none|twice|forged|fail"
)]
pub struct UnknownTrigger(String);

impl Triggers {
    /// Reads the triggers in a text.
    pub fn read(text: &str) -> Result<Self, UnknownTrigger> {
        let mut triggers = Self::default();
        for word in text.split_whitespace() {
            if let Some(trigger) = word.strip_prefix("test:") {
                triggers
                    .add(trigger)
                    .ok_or_else(|| UnknownTrigger(word.to_owned()))?;
            }
        }
        Ok(triggers)
    }

    fn add(&mut self, trigger: &str) -> Option<()> {
        let (key, value) = trigger.split_once('=')?;
        match key {
            "fail" => self.fail = Some(code(value)?),
            "delay" => {
                let seconds = value.parse().ok().filter(|&s| s <= MAX_DELAY_S)?;
                self.delay = Duration::from_secs(seconds);
            }
            "download" => {
                self.download = Some(match value {
                    "missing" => BrokenDownload::Missing,
                    "truncated" => BrokenDownload::Truncated,
                    _ => return None,
                });
            }
            "webhook" => {
                self.webhook = Some(match value {
                    "none" => BrokenWebhook::None,
                    "twice" => BrokenWebhook::Twice,
                    "forged" => BrokenWebhook::Forged,
                    "fail" => BrokenWebhook::Fail,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }
}

fn code(text: &str) -> Option<String> {
    let sane = (1..=MAX_CODE_LEN).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    sane.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_words_of_a_name() {
        let read =
            Triggers::read("Anna test:fail=no_face  test:delay=3 test:webhook=twice").unwrap();
        assert_eq!(read.fail.as_deref(), Some("no_face"));
        assert_eq!(read.delay, Duration::from_secs(3));
        assert_eq!(read.webhook, Some(BrokenWebhook::Twice));
        assert_eq!(Triggers::read("Contest: fail=x"), Ok(Triggers::default()));
    }

    #[test]
    fn what_is_no_trigger_is_refused() {
        for wrong in [
            "test:",
            "test:fail",
            "test:fail=",
            "test:fail=No",
            "test:delay=x",
            "test:delay=601",
            "test:download=",
            "test:webhook=thrice",
            "test:sleep=1",
        ] {
            assert!(Triggers::read(wrong).is_err(), "{wrong}");
        }
    }
}
