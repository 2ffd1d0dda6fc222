//! A small client of the public API over the `curl` program, so that chores need no HTTP library.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The API at one address, called with one key.
#[derive(Debug)]
pub(crate) struct Api {
    base_url: String,
    key: String,
}

impl Api {
    pub(crate) fn new(base_url: &str, key: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            key: key.to_owned(),
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// `data` of the answer.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.call(path, &[])
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let json = "content-type: application/json";
        self.call(
            path,
            &["--header", json, "--data-binary", &body.to_string()],
        )
    }

    /// Sends a file as the multipart field `file`.
    pub(crate) fn upload(&self, path: &str, file: &Path) -> Result<Value> {
        self.call(path, &["--form", &format!("file=@{}", file.display())])
    }

    /// Saves what a link of the server opens.
    pub(crate) fn download(url: &str, out: &Path) -> Result<()> {
        let status = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--output"])
            .arg(out)
            .arg(url)
            .status()
            .context("curl could not be started")?;
        if status.success() {
            Ok(())
        } else {
            bail!("the download of {} failed", out.display())
        }
    }

    /// The key travels on standard input: arguments can be read by other users of the machine.
    fn call(&self, path: &str, args: &[&str]) -> Result<Value> {
        let mut curl = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "120",
                "--config",
                "-",
            ])
            .args(args)
            .arg(format!("{}{path}", self.base_url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("curl could not be started")?;
        let mut stdin = curl.stdin.take().context("curl has no input")?;
        writeln!(stdin, "header = \"x-api-key: {}\"", self.key)?;
        drop(stdin);
        let output = curl.wait_with_output()?;
        if !output.status.success() {
            bail!("{path}: curl ended with {}", output.status);
        }
        let answer: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{path}: {}", String::from_utf8_lossy(&output.stdout)))?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            bail!("{path}: {error}");
        }
        Ok(answer["data"].clone())
    }
}
