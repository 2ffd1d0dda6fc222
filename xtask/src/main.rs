//! Chores of the project: `cargo xtask demo`, `test`, `bench`, `quality`, `setup`.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    reason = "chores talk to the person who runs them"
)]

mod api;
mod bench;
mod bench_api;
mod bench_render;
mod bench_twin;
mod bench_video;
mod browser;
mod consent;
mod demo;
mod listen;
mod process;
mod quality;
mod schemathesis;
mod setup;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Chores of the Likeness project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Set up, build, and make a talking video from the bundled portrait through the API.
    Demo(demo::DemoArgs),
    /// Set up and run every check: format, lints, tests, documentation, licences.
    Test,
    /// Set up and measure what a video costs on this machine.
    Bench(bench::BenchArgs),
    /// Set up, let every voice speak, write down what is heard, and count what differs.
    Listen(listen::ListenArgs),
    /// Set up, and go through the page of consent and watch a video in a real browser.
    Browser,
    /// Set up, and let a portrait give consent by recordings with the right words and with others.
    Consent,
    /// Set up and measure how good videos are: lips against sounds, likeness, sharpness, and more.
    Quality(quality::QualityArgs),
    /// Set up and try the API with thousands of made-up requests, against what `/openapi.json` says.
    Schemathesis(schemathesis::SchemathesisArgs),
    /// Fetch short films of real people, for `quality --footage` and for looking at.
    Footage,
    /// Install the programs and models that the server needs, and stop.
    Setup,
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Demo(args) => demo::run(&args),
        Chore::Test => test::test(),
        Chore::Bench(args) => bench::run(&args),
        Chore::Browser => browser::run(),
        Chore::Consent => consent::run(),
        Chore::Listen(args) => listen::run(&args),
        Chore::Quality(args) => quality::run(&args),
        Chore::Schemathesis(args) => schemathesis::run(&args),
        Chore::Footage => setup::footage().map(drop),
        Chore::Setup => {
            setup::packages(setup::DEMO_PACKAGES)?;
            let models = setup::models()?;
            println!("models: {}", models.display());
            Ok(())
        }
    }
}
