//! Building the program, and running a server for as long as a chore needs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Which build of the program a chore wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Release,
}

/// Runs a cargo command in the workspace; fails with its name if it fails.
pub(crate) fn cargo(args: &[&str]) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    run(
        Command::new(cargo).args(args),
        &format!("cargo {}", args.join(" ")),
    )
}

/// Runs a command to its end; `name` is what a failure is called.
pub(crate) fn run(command: &mut Command, name: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{name} could not be started"))?;
    if status.success() {
        Ok(())
    } else {
        bail!("{name} failed ({status})")
    }
}

/// Builds `likeness` and gives the program's path.
pub(crate) fn build_likeness(profile: Profile) -> Result<PathBuf> {
    let Profile::Release = profile;
    cargo(&["build", "--release", "--package", "likeness"])?;
    built("likeness")
}

/// Builds the measuring program for release and gives its path.
pub(crate) fn build_quality() -> Result<PathBuf> {
    // Both packages are named so that the parts are those of the server's own build.
    cargo(&[
        "build",
        "--release",
        "--package",
        "likeness",
        "--package",
        "likeness-quality",
    ])?;
    built("likeness-quality")
}

fn built(name: &str) -> Result<PathBuf> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let program = Path::new(&target).join("release").join(name);
    Ok(fs::canonicalize(program)?)
}

/// A server that ends with this value unless it is told to stay.
#[derive(Debug)]
pub(crate) struct Server {
    child: Option<Child>,
    program: PathBuf,
    data_dir: PathBuf,
    base_url: String,
}

impl Server {
    /// Starts `likeness serve` on a free port and waits until it is ready. Its log goes to `server.log` in `data_dir`.
    pub(crate) fn start(
        program: &Path,
        data_dir: &Path,
        models: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let log = fs::File::create(data_dir.join("server.log"))?;
        let child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .env("LIKENESS_MODELS", models)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        let mut server = Self {
            child: Some(child),
            program: program.to_owned(),
            data_dir: data_dir.to_owned(),
            base_url: String::new(),
        };
        server.base_url = server.wait_until_ready()?;
        Ok(server)
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.data_dir.join("server.log"))?)
    }

    /// Makes an API key with the program's own command.
    pub(crate) fn create_key(&self, options: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(["keys", "create", "--name", "chore", "--data-dir"])
            .arg(&self.data_dir)
            .args(options)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            bail!("likeness keys create failed ({})", output.status);
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Ends the server as an operator would, and waits for it.
    pub(crate) fn stop(mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        run(
            Command::new("kill").args(["-TERM", &child.id().to_string()]),
            "kill",
        )?;
        let status = child.wait()?;
        if status.success() {
            Ok(())
        } else {
            bail!("the server ended with {status}")
        }
    }

    /// Lets the server live on.
    pub(crate) fn leave_running(mut self) {
        drop(self.child.take());
    }

    fn wait_until_ready(&mut self) -> Result<String> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            let exited = self
                .child
                .as_mut()
                .map(Child::try_wait)
                .transpose()?
                .flatten();
            if let Some(status) = exited {
                bail!("the server ended at once ({status}):\n{}", self.log()?);
            }
            if let Ok(address) = fs::read_to_string(self.data_dir.join("listen.addr")) {
                let url = format!("http://{}", address.trim());
                let ready = Command::new("curl")
                    .args(["--silent", "--fail", "--output", "/dev/null"])
                    .arg(format!("{url}/readyz"))
                    .status()?;
                if ready.success() {
                    return Ok(url);
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the server was not ready within 30 s:\n{}", self.log()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = self.child.as_mut() {
            // A chore that failed leaves nothing running.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs the slow tests of a package's `target` whose names have the word.
pub(crate) fn slow_tests(models: &Path, package: &str, target: &[&str], word: &str) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--package", package])
        .args(target)
        .args("-- --ignored --nocapture --test-threads=1".split(' '))
        .arg(word)
        .env("LIKENESS_MODELS", models);
    run(&mut command, "the tests")
}
