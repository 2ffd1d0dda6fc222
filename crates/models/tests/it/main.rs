//! The installed networks, run in `rten` and held against the originals' results in their own runtimes.

#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

mod installed;
mod networks;

use std::path::PathBuf;

/// The models folder that `cargo xtask setup` fills.
fn models_dir() -> PathBuf {
    let dir = likeness_models::default_dir();
    assert!(
        likeness_models::is_complete(&dir),
        "the models are not installed in {}: run `cargo xtask setup`",
        dir.display()
    );
    dir
}
