//! The voices with their networks.
//!
//! The networks are looked for in `LIKENESS_MODELS`, else where `cargo xtask demo` puts them. Without the variable and
//! the folder these tests have nothing to test and pass; with the variable a missing folder fails them.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests may fail loudly, and their counts are small"
)]

mod languages;
mod markup;
mod planning;
mod speaking;
mod word_times;

use std::path::PathBuf;
use std::sync::OnceLock;

use likeness_voice::{Speaker, VoiceLibrary};

/// The installed voices, opened once.
fn library() -> Option<&'static VoiceLibrary> {
    static LIBRARY: OnceLock<Option<VoiceLibrary>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| {
            if let Some(dir) = std::env::var_os("LIKENESS_MODELS") {
                return Some(VoiceLibrary::open(&PathBuf::from(dir)).expect("LIKENESS_MODELS"));
            }
            let home = std::env::var_os("HOME")?;
            VoiceLibrary::open(&PathBuf::from(home).join(".cache/likeness/models")).ok()
        })
        .as_ref()
}

/// The voice with this name in its pack.
fn speaker(key: &str) -> Option<Speaker> {
    let library = library()?;
    let Some(voice) = library.voices().iter().find(|voice| voice.key == key) else {
        assert!(
            std::env::var_os("LIKENESS_MODELS").is_none(),
            "{key} is not in LIKENESS_MODELS"
        );
        return None;
    };
    Some(library.speaker(&voice.id).expect(key))
}
