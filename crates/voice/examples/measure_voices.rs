//! Measures Kokoro's voices: `measure_voices MODELS > data/voices.json`. To be run when a voice is added to the setup.

#![allow(clippy::print_stdout, reason = "a command's output")]

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use likeness_voice::{VoiceLibrary, measured_row};

fn main() -> Result<()> {
    let models = PathBuf::from(std::env::args().nth(1).context("models folder")?);
    let library = VoiceLibrary::open(&models)?;
    let mut rows = Vec::new();
    for voice in library
        .voices()
        .iter()
        .filter(|voice| voice.pack == "kokoro")
    {
        rows.push(measured_row(&library, &models, &voice.key)?.to_string());
    }
    println!("[\n{}\n]", rows.join(",\n"));
    Ok(())
}
