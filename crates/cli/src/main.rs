//! The program: `likeness serve`, `keys`, `doctor`.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "commands answer on standard output")]

mod config;
mod consent;
mod doctor;
mod keys;
mod log;
mod serve;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;

/// First argument of the limited child process that decodes foreign media.
const MEDIA_WORKER: &str = "media-worker";

#[derive(Debug, Parser)]
#[command(version, about = "A self-hosted avatar-video server")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the API and its workers until SIGTERM or SIGINT.
    Serve(serve::ServeArgs),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Review, vouch for and revoke consent, and check its ledger.
    #[command(subcommand)]
    Consent(consent::ConsentCommand),
    /// Check that everything the server needs is there.
    Doctor(Common),
}

/// Where the server's things are; every command takes these.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Folder for the database, objects and scratch files.
    #[arg(long, env = "LIKENESS_DATA_DIR")]
    data_dir: PathBuf,
    /// Settings file in TOML.
    #[arg(long, env = "LIKENESS_CONFIG")]
    config: Option<PathBuf>,
    /// Folder with the models; the platform's cache folder otherwise.
    #[arg(long, env = "LIKENESS_MODELS")]
    models: Option<PathBuf>,
}

impl Common {
    /// Reads the settings, with `flags` on top, and makes the data folder.
    fn load(&self, flags: &[(&str, Option<String>)]) -> anyhow::Result<Config> {
        // The database holds what signs links, and the objects are people's faces: nobody else on the machine reads them.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data_dir)?;
        let models = self.models.as_ref().map(|dir| dir.display().to_string());
        let flags: Vec<_> = flags
            .iter()
            .cloned()
            .chain([("models.dir", models)])
            .collect();
        Config::load(self.config.as_deref(), &flags)
    }
}

fn main() -> ExitCode {
    // Before anything else: the child must set its limits while it has one thread and no open files.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|verb| verb == MEDIA_WORKER)
    {
        return likeness_media::worker::main();
    }
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Keys(command) => keys::run(&command),
        Command::Consent(command) => consent::run(&command),
        Command::Doctor(common) => doctor::run(&common),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("likeness: {error:#}");
            ExitCode::FAILURE
        }
    }
}
