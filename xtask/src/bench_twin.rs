//! `cargo xtask bench twin`: what training a digital twin costs, and how its videos compare with its footage.

use std::path::PathBuf;

use anyhow::Result;

use crate::{process, quality, setup};

#[derive(Debug, clap::Args)]
pub(crate) struct TwinArgs {
    /// Footage of people who agreed; the bundled portrait, filmed at 1080p, when none is named.
    footage: Vec<PathBuf>,
    /// Length of that film in seconds.
    #[arg(long)]
    seconds: Option<f64>,
    /// Show the person's own mouths, as the engine `avatar_v` does.
    #[arg(long)]
    own_mouths: bool,
    /// Folder of the sheets and videos.
    #[arg(long, default_value = "out/twin")]
    out: PathBuf,
}

pub(crate) fn run(args: &TwinArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    let mut command = quality::measuring(&models, "twin")?;
    command.arg("--out").arg(&args.out);
    if let Some(seconds) = args.seconds {
        command.arg("--seconds").arg(seconds.to_string());
    }
    if args.own_mouths {
        command.arg("--own-mouths");
    }
    command.args(&args.footage);
    process::run(&mut command, "the measurement")
}
