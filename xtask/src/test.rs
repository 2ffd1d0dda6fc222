//! `cargo xtask test`: sets the machine up and runs every check that a change must pass.

use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, run};
use crate::setup;

pub(crate) fn test() -> Result<()> {
    setup::packages(setup::TEST_PACKAGES)?;
    let models = setup::models()?;
    let deny = setup::cargo_deny()?;
    // Everything below is started from here, so the checks see the folder that was just filled.
    let cargo_with_models = |args: &[&str]| {
        let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        println!("== cargo {}", args.join(" "));
        run(
            Command::new(program)
                .args(args)
                .env("LIKENESS_MODELS", &models),
            &format!("cargo {}", args.join(" ")),
        )
    };
    cargo(&["fmt", "--all", "--check"])?;
    cargo_with_models(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ])?;
    // Examples are tools, which clippy has seen; there are no tests in the documentation.
    cargo_with_models(&["test", "--workspace", "--lib", "--bins", "--tests"])?;
    docs()?;
    // Licences are those of all platforms; a build has fetched the crates of this one only.
    cargo(&["fetch", "--locked"])?;
    println!("== cargo deny check");
    run(
        Command::new(deny).args(["--offline", "check", "licenses", "bans", "sources"]),
        "cargo deny check",
    )
}

fn docs() -> Result<()> {
    println!("== cargo doc");
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    run(
        Command::new(program)
            .args([
                "doc",
                "--workspace",
                "--no-deps",
                "--document-private-items",
            ])
            .env("RUSTDOCFLAGS", "--deny warnings"),
        "cargo doc",
    )
}
