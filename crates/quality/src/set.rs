//! What is made and measured: portraits, scripts and voices, as data.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The contents of `set.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Voices as `pack/key`; taken in turn.
    pub voices: Vec<String>,
    pub portraits: Vec<Portrait>,
    pub scripts: Vec<Script>,
    pub sync: SyncScript,
    pub long: LongScript,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portrait {
    pub name: String,
    /// File below `assets/portraits`.
    pub file: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub name: String,
    pub text: String,
}

/// Words that begin with a burst of the lips.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncScript {
    pub text: String,
}

/// What a long video says between two turns of the sync words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongScript {
    pub text: String,
    pub minutes: u32,
}

impl Set {
    /// The set that belongs to this crate, or another file of the same form.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let text = match file {
            Some(path) => {
                std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?
            }
            None => include_str!("../set.toml").to_owned(),
        };
        toml::from_str(&text).context("the set is not of the form expected")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_whole() {
        let set = Set::read(None).unwrap();
        assert!(set.scripts.len() >= 3 && set.voices.len() >= 2);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/portraits");
        for portrait in &set.portraits {
            assert!(root.join(&portrait.file).is_file(), "{}", portrait.file);
        }
    }
}
