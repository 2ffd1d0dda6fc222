//! `cargo xtask schemathesis`: the program of that name against a real server.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::process::{self, Server, run as run_command};
use crate::setup;

/// The pinned version.
const PACKAGE: &str = "schemathesis==4.32.5";

/// Its settings. The contract describes ids, page tokens, names and files as mere text, and demands a 400 with the field's
/// name for those that are none: so a request that fits the schema may be answered with 400.
const SETTINGS: &str = "[checks.positive_data_acceptance]\n\
    expected-statuses = [\"2xx\", 400, 401, 403, 404, 409, 413]\n";

/// Limits that made-up requests would run into at once.
const OPEN: &[(&str, &str)] = &[
    ("LIKENESS_SERVER__REQUESTS_PER_SECOND", "1000000"),
    ("LIKENESS_SERVER__BURST", "1000000"),
    ("LIKENESS_SERVER__MAX_ACTIVE_JOBS", "1000000"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct SchemathesisArgs {
    /// Requests made up for each operation.
    #[arg(long, default_value_t = 50)]
    examples: u32,
    /// Where the dice start; the same seed makes the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

pub(crate) fn run(args: &SchemathesisArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    setup::python_venv()?;
    let models = setup::models()?;
    let program = process::build_likeness(process::Profile::Release)?;
    let schemathesis = install()?;

    let scratch = tempfile::tempdir().context("no folder for the server's data")?;
    let server = Server::start(&program, scratch.path(), &models, OPEN)?;
    // A test key: whatever is asked for costs next to nothing.
    let key = server.create_key(&["--test"])?;
    let document = scratch.path().join("openapi.json");
    fs::write(&document, tried(server.base_url())?.to_string())?;
    let settings = scratch.path().join("schemathesis.toml");
    fs::write(&settings, SETTINGS)?;
    run_command(
        Command::new(schemathesis)
            .arg("--config-file")
            .arg(settings)
            .arg("run")
            .arg(document)
            .args(["--url", server.base_url()])
            .args(["--header", &format!("x-api-key: {key}")])
            .args(["--checks", "all", "--no-shrink"])
            .args(["--max-examples", &args.examples.to_string()])
            .args(["--seed", &args.seed.to_string()])
            .args(["--exclude-by", "/x-unbuilt == true"])
            .current_dir(scratch.path()),
        "schemathesis",
    )?;
    server.stop()
}

/// The program, in an environment of its own beside the build.
fn install() -> Result<PathBuf> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let dir = Path::new(&target).join("schemathesis");
    if !dir.join("bin/pip").exists() {
        run_command(
            Command::new("python3").args(["-m", "venv"]).arg(&dir),
            "python3 -m venv",
        )?;
    }
    run_command(
        Command::new(dir.join("bin/pip")).args(["install", "--quiet", PACKAGE]),
        "pip install",
    )?;
    Ok(fs::canonicalize(dir.join("bin/st"))?)
}

/// The server's document, made ready: without `Idempotency-Key`, as a repeated key rightly answers a bad request with an
/// earlier good answer; and with the contract's unbuilt operations, marked, so that their 501 is not taken for a method
/// that nobody announced.
fn tried(base_url: &str) -> Result<Value> {
    let output = Command::new("curl")
        .args(["--silent", "--fail"])
        .arg(format!("{base_url}/openapi.json"))
        .output()?;
    let mut document: Value = serde_json::from_slice(&output.stdout).context("/openapi.json")?;
    let contract: Value = serde_json::from_slice(&fs::read("contract/openapi.json")?)?;
    let paths = document["paths"].as_object_mut().context("no paths")?;
    for operation in paths.values_mut().filter_map(Value::as_object_mut) {
        for (_, operation) in operation {
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            if let Some(parameters) = parameters {
                parameters.retain(|parameter| parameter["name"] != "Idempotency-Key");
            }
        }
    }
    let methods = BTreeSet::from(["get", "post", "put", "patch", "delete"]);
    for (path, item) in contract["paths"].as_object().context("no paths")? {
        let announced = item.as_object().into_iter().flat_map(|item| item.keys());
        for method in announced.filter(|method| methods.contains(method.as_str())) {
            let ours = paths.entry(path).or_insert(json!({}));
            if ours.get(method).is_none() {
                ours[method] = unbuilt(path);
            }
        }
    }
    Ok(document)
}

fn unbuilt(path: &str) -> Value {
    let names = path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    json!({
        "x-unbuilt": true,
        "parameters": names.collect::<Vec<_>>(),
        "responses": {"501": {"description": "Not built yet"}},
    })
}
