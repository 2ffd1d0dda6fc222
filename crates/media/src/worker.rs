//! The other side of the process border: what the program does when started as the media worker.
//!
//! One worker does one task, which comes in an environment variable: decode the picture on standard input, or limit
//! itself and become another program (ffmpeg). The wrapper is what lets us set limits without unsafe code between
//! `fork` and `exec`.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use serde::{Deserialize, Serialize};

use crate::image::decode::{self, Answer};
use crate::sandbox::{self, Limits, Paths};

/// Names the task, as JSON.
pub(crate) const TASK_VARIABLE: &str = "LIKENESS_MEDIA_TASK";
/// Names the process that must stay alive for us to go on.
pub(crate) const PARENT_VARIABLE: &str = "LIKENESS_MEDIA_PARENT";
/// Exit code where the worker itself, not the work, failed.
pub(crate) const BROKEN_WORKER: u8 = 70;

/// What a worker is started for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Say what the kernel enforces.
    Check,
    /// Decode the picture on standard input.
    Decode(decode::Request),
    /// Limit yourself and become this program.
    Become {
        program: PathBuf,
        args: Vec<String>,
        limits: Limits,
        paths: Paths,
    },
}

/// The whole life of a worker. To be called first thing in `main`, before any thread is started: the limits apply to
/// the calling thread and what comes from it.
pub fn main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is what the server reads for its log; nothing else listens.
            let _ = writeln!(io::stderr(), "media worker: {error}");
            ExitCode::from(BROKEN_WORKER)
        }
    }
}

fn work() -> io::Result<()> {
    let variable = |name: &str| {
        std::env::var(name).map_err(|e| io::Error::other(format!("{name}: {e}; started by hand?")))
    };
    let task: Task = serde_json::from_str(&variable(TASK_VARIABLE)?)?;
    let parent = variable(PARENT_VARIABLE)?
        .parse()
        .map_err(io::Error::other)?;
    sandbox::die_with_parent(parent)?;
    match task {
        Task::Check => check(),
        Task::Decode(request) => decode(&request),
        Task::Become {
            program,
            args,
            limits,
            paths,
        } => {
            sandbox::limit(&limits)?;
            confine(&paths)?;
            Err(Command::new(program)
                .args(args)
                .env_clear()
                .env("LC_ALL", "C")
                .exec())
        }
    }
}

/// Without Landlock we go on with the limits that are left; [`crate::child::WorkerCommand::check`] tells the operator.
fn confine(paths: &Paths) -> io::Result<bool> {
    sandbox::confine(paths).map_err(io::Error::other)
}

fn check() -> io::Result<()> {
    let word = if confine(&Paths::default())? {
        "landlock"
    } else {
        "no landlock"
    };
    writeln!(io::stdout(), "{word}")
}

fn decode(request: &decode::Request) -> io::Result<()> {
    sandbox::limit(&Limits {
        memory_bytes: request.memory_bytes,
        cpu_s: request.cpu_s,
        file_bytes: 0,
        may_fork: false,
    })?;
    let confined = confine(&Paths::default())?;
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(request.max_bytes)
        .read_to_end(&mut bytes)?;
    let mut stdout = io::stdout().lock();
    let answer = match decode::decode(bytes, request) {
        Ok((mut header, pixels)) => {
            header.confined = confined;
            write_line(&mut stdout, &Answer::Decoded(header))?;
            stdout.write_all(&pixels)?;
            return stdout.flush();
        }
        Err(refusal) => Answer::Refused(refusal),
    };
    write_line(&mut stdout, &answer)?;
    stdout.flush()
}

fn write_line(to: &mut impl io::Write, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    to.write_all(&line)
}
