//! `cargo xtask listen`: every installed voice speaks, the word recogniser writes down what it hears, and what differs is
//! counted.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup;

/// Where the result is kept.
const PAGE: &str = "docs/voices.md";
const BEGIN: &str = "<!-- listening test: begin -->";
const END: &str = "<!-- listening test: end -->";

#[derive(Debug, clap::Args)]
pub(crate) struct ListenArgs {
    /// Only the voice of this name; nothing is written then.
    #[arg(long)]
    voice: Option<String>,
}

pub(crate) fn run(args: &ListenArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "likeness-voice",
        "--example",
        "listen",
        "--",
    ]);
    command.arg(&models).args(&args.voice);
    let output = command
        .output()
        .context("the listening test could not be started")?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{table}");
    if args.voice.is_none() && !table.trim().is_empty() {
        write(&table)?;
    }
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Puts the tables between their marks on the page.
fn write(table: &str) -> Result<()> {
    let page = Path::new(PAGE);
    let old = fs::read_to_string(page).unwrap_or_else(|_| format!("# Voices\n\n{BEGIN}\n{END}\n"));
    let (before, rest) = old
        .split_once(BEGIN)
        .context("the page has no place for the listening test")?;
    let (_, after) = rest
        .split_once(END)
        .context("the page has no end of the listening test")?;
    let text = format!(
        "{before}{BEGIN}\nEvery installed voice spoke three everyday sentences, and Whisper base wrote down what it heard. \
         Errors are words changed, added or missed, as a share of those spoken; the recogniser's own mistakes are among \
         them. Japanese is counted in characters, Mandarin in syllables (which character Whisper writes for one does not \
         matter) and Hindi in consonants: Whisper base hears Hindi well but writes it in the script of Urdu, which leaves \
         short vowels out. Made by `cargo xtask listen`.\n\n{}\n{END}{after}",
        table.trim()
    );
    fs::write(page, text).with_context(|| format!("write {PAGE}"))
}
