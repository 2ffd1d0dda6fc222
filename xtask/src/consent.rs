//! `cargo xtask consent`: the slow tests of consent, which render people, look at and listen to their recordings, and count
//! how often the checks are wrong.

use anyhow::Result;

use crate::{browser, setup};

pub(crate) fn run() -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    browser::tests("likeness", &["--test", "it"], "consent::")?;
    browser::tests("likeness-app", &["--lib"], "consent_rates")
}
