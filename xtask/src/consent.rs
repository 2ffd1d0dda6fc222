//! `cargo xtask consent`: the slow tests of consent, which render people, look at and listen to recordings, and go through the
//! page in a real browser. `out/consent` has pictures of the page.

use std::process::Command;

use anyhow::Result;

use crate::{process, setup};

pub(crate) fn run() -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    setup::packages(setup::BROWSER_PACKAGES)?;
    let models = setup::models()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(
            "test --package likeness --test it -- --ignored --nocapture --test-threads=1 consent"
                .split(' '),
        )
        .env("LIKENESS_MODELS", models);
    process::run(&mut command, "the tests of consent")
}
