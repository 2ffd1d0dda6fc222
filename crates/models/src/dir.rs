//! Where the installed models are.

use std::path::PathBuf;

/// The folder of the installed models: `LIKENESS_MODELS` if set, else `likeness/models` in the
/// user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`).
///
/// The folder need not exist; `cargo xtask setup` fills it.
pub fn default_dir() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(dir) = set("LIKENESS_MODELS") {
        return dir.into();
    }
    let cache = set("XDG_CACHE_HOME").map_or_else(
        || {
            set("HOME")
                .map_or_else(|| PathBuf::from("."), PathBuf::from)
                .join(".cache")
        },
        PathBuf::from,
    );
    cache.join("likeness").join("models")
}
