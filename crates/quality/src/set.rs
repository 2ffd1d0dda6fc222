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
    pub file: Option<String>,
    /// Look of the library of presenters, where there is no file.
    pub stock: Option<String>,
    /// How the look is caught.
    #[serde(default)]
    pub pose: Pose,
}

/// How a presenter is caught.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pose {
    /// Degrees to the picture's right.
    pub yaw_deg: f32,
    /// 0 to 1.
    pub smile: f32,
    /// How far the mouth is open, 0 to 1.
    pub jaw: f32,
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
        let library = likeness_presenters::library().unwrap();
        let looks = library.into_iter().flat_map(|presenter| presenter.looks);
        let looks: Vec<String> = looks.map(|look| look.id).collect();
        for portrait in &set.portraits {
            let drawn = portrait.stock.as_ref();
            match &portrait.file {
                Some(file) => assert!(root.join(file).is_file(), "{file}"),
                None => assert!(
                    drawn.is_some_and(|stock| looks.contains(stock)),
                    "{drawn:?}"
                ),
            }
        }
    }
}
