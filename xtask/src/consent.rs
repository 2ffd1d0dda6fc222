//! `cargo xtask consent`: the slow tests of consent, which render people, look at and listen to their recordings, and count
//! how often the checks are wrong.

use anyhow::Result;

use crate::{process, setup};

pub(crate) fn run() -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    process::slow_tests(&models, "likeness", &["--test", "it"], "consent::")?;
    process::slow_tests(&models, "likeness-app", &["--lib"], "consent_rates")
}
