//! Where the installed models are.

use std::env;
use std::path::PathBuf;

/// The folder of the installed models: `LIKENESS_MODELS` if set, else `models` in [`default_cache_dir`].
///
/// The folder need not exist; `cargo xtask setup` fills it.
pub fn default_dir() -> PathBuf {
    set("LIKENESS_MODELS").unwrap_or_else(|| default_cache_dir().join("models"))
}

/// The folder for what can be fetched again: `likeness` in the user's cache folder (`XDG_CACHE_HOME`, else
/// `~/.cache`).
pub fn default_cache_dir() -> PathBuf {
    let home = || set("HOME").unwrap_or_else(|| PathBuf::from("."));
    set("XDG_CACHE_HOME")
        .unwrap_or_else(|| home().join(".cache"))
        .join("likeness")
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
