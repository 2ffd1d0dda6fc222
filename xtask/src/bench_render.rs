//! `cargo xtask bench render`: where a video's time goes, stage by stage, what all of it costs against ffmpeg alone, and
//! whether memory grows with a video's length.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::{self, HEAD, Order};
use crate::{demo, process, quality, setup};

/// Characters of a minute and of ten at half the pace, the longest script that the API takes being the limit.
const MINUTE_CHARS: usize = 470;
const TEN_MINUTES_CHARS: usize = 4700;
const HALF_PACE: f64 = 0.5;

#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    /// Photo to animate.
    #[arg(long, default_value = demo::PORTRAIT)]
    portrait: PathBuf,
    /// Leave the video of ten minutes out, which takes some minutes.
    #[arg(long)]
    short: bool,
}

pub(crate) fn run(args: &RenderArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    let program = process::build_likeness(process::Profile::Release)?;
    println!("{}\n", bench::machine());
    let mut stages = quality::measuring(&models, "stages")?;
    stages.arg("--portrait").arg(&args.portrait);
    stages.args(["--script", bench::SCRIPT]);
    process::run(&mut stages, "the timing of the stages")?;

    let minute = [bench::SCRIPT; 4].join(" ");
    println!("\n{HEAD}");
    for resolution in ["720p", "1080p"] {
        let order = Order {
            portrait: &args.portrait,
            voice: None,
            script: &minute,
            resolution,
        };
        let figures = bench::figures(&program, &models, &order)?;
        println!("{}", figures.row(resolution));
    }
    if args.short {
        return Ok(());
    }
    memory(&program, &models, &args.portrait)
}

/// Peaks of short and of long videos, spoken at the same pace.
fn memory(program: &Path, models: &Path, portrait: &Path) -> Result<()> {
    println!(
        "\n| size | length s | total s | peak MB, server | peak MB, ffmpeg |\n|---|---|---|---|---|"
    );
    for resolution in ["720p", "1080p"] {
        for characters in [MINUTE_CHARS, TEN_MINUTES_CHARS] {
            let script = words(characters);
            let order = Order {
                portrait,
                voice: None,
                script: &script,
                resolution,
            };
            let made = bench::make(program, models, &order, HALF_PACE)?;
            println!(
                "| {resolution} | {:.1} | {:.1} | {:.0} | {:.0} |",
                made.length_s, made.total_s, made.server_mb, made.children_mb
            );
        }
    }
    Ok(())
}

/// Whole sentences of about so many characters.
fn words(characters: usize) -> String {
    let mut script = String::new();
    for sentence in bench::SCRIPT.split_inclusive(['.', '?']).cycle() {
        if script.len() + sentence.len() > characters {
            break;
        }
        script.push_str(sentence);
    }
    script
}
