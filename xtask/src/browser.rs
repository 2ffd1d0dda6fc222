//! `cargo xtask browser`: what is done in a real browser. A film goes through the page of consent in place of camera and
//! microphone, and a video plays while it is made. `out/consent` and `out/preview.png` show what was seen.

use anyhow::Result;

use crate::{process, setup};

pub(crate) fn run() -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    setup::packages(setup::BROWSER_PACKAGES)?;
    let models = setup::models()?;
    process::slow_tests(&models, "likeness", &["--test", "it"], "browser")
}
