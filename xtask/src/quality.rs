//! `cargo xtask quality`: how good finished videos are, measured on the encoded files.
//!
//! The measuring is done by the crate `likeness-quality`; `docs/quality.md` explains the figures.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::setup;

#[derive(Debug, clap::Args)]
pub(crate) struct QualityArgs {
    /// Make half an hour of video and compare the offset of picture and sound at its start and its end, instead of the
    /// table. Takes a quarter of an hour.
    #[arg(long)]
    long: bool,
    /// Fetch films of real people, make twins of them, let them speak, and measure that instead of the table.
    #[arg(long, conflicts_with = "long")]
    footage: bool,
    /// Let the faces follow recordings of the voices, of which they are told nothing else, instead of scripts.
    #[arg(long)]
    recorded: bool,
    /// Folder of the table and the page.
    #[arg(long, default_value = "out/quality")]
    out: PathBuf,
    /// Another set of portraits, scripts and voices than crates/quality/set.toml.
    #[arg(long)]
    set: Option<PathBuf>,
    /// Only these portraits of the set, with commas.
    #[arg(long)]
    portraits: Option<String>,
    /// Only these scripts of the set, with commas.
    #[arg(long)]
    scripts: Option<String>,
    /// Sizes of the clips, with commas.
    #[arg(long)]
    sizes: Option<String>,
    /// Another rate factor for the encoder than the default.
    #[arg(long)]
    crf: Option<String>,
}

pub(crate) fn run(args: &QualityArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    if args.footage {
        let footage = setup::footage()?;
        let mut command = measuring(&models, "twin")?;
        command.arg("--takes").arg(footage);
        command.arg("--out").arg(args.out.join("footage"));
        return process::run(&mut command, "the measurement");
    }
    let what = if args.long { "long" } else { "measure" };
    let mut command = measuring(&models, what)?;
    command.arg("--out").arg(&args.out);
    if args.recorded {
        command.arg("--recorded");
    }
    if let Some(set) = &args.set {
        command.arg("--set").arg(set);
    }
    let values = [
        ("--portraits", &args.portraits),
        ("--scripts", &args.scripts),
        ("--sizes", &args.sizes),
        ("--crf", &args.crf),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            command.args([name, value]);
        }
    }
    process::run(&mut command, "the measurement")
}

/// The measuring program, built for release, with one of its commands.
pub(crate) fn measuring(models: &Path, what: &str) -> Result<Command> {
    let mut command = Command::new(process::build_quality()?);
    command.arg(what).env("LIKENESS_MODELS", models);
    Ok(command)
}
