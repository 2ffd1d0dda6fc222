//! `cargo xtask browser`: what is done in a real browser. A film goes through the page of consent in place of camera and
//! microphone, and a video plays while it is made. `out/consent` and `out/preview.png` show what was seen.

use std::process::Command;

use anyhow::Result;

use crate::{process, setup};

pub(crate) fn run() -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    setup::packages(setup::BROWSER_PACKAGES)?;
    tests("likeness", &["--test", "it"], "browser")
}

/// Runs the slow tests of a package's `target` whose names have the word.
pub(crate) fn tests(package: &str, target: &[&str], word: &str) -> Result<()> {
    let models = setup::models()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--package", package])
        .args(target)
        .args("-- --ignored --nocapture --test-threads=1".split(' '))
        .arg(word)
        .env("LIKENESS_MODELS", models);
    process::run(&mut command, "the tests")
}
