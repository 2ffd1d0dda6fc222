//! The ffmpeg programs: where they are, and how every one of them is started.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::time::Duration;

use crate::child::{self, Finished, WorkerCommand};
use crate::sandbox::{Limits, Paths};
use crate::worker::Task;

/// Largest file that ffmpeg may write: ten hours at the bitrate of 1080p.
const MAX_FILE_BYTES: u64 = 16 << 30;
/// Address space of ffmpeg. x264 at 1080p with two threads maps 0.5 GiB.
const MEMORY_BYTES: u64 = 3 << 30;
/// Folders that the programs load themselves from.
const SYSTEM_FOLDERS: &[&str] = &[
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/nix/store",
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
];

/// Where ffmpeg is and how it is confined. Cheap enough to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    /// The encoder program.
    pub ffmpeg: PathBuf,
    /// The program that reads headers.
    pub ffprobe: PathBuf,
    /// The wrapper that sets limits; without it (tools and tests) the programs run unconfined.
    pub worker: Option<WorkerCommand>,
}

/// What `doctor` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FfmpegReport {
    /// As the program names it, such as `5.1.9-0+deb12u1`.
    pub version: String,
    /// Encoders we need that are not built in; empty when all is well.
    pub missing_encoders: Vec<&'static str>,
}

/// A child of ours did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum FfmpegError {
    /// No such program in `PATH`.
    #[error("{0} is not installed (Debian: apt-get install ffmpeg)")]
    NotFound(&'static str),
    /// The program could not be started or spoken to.
    #[error("run {program}")]
    Io {
        /// `ffmpeg` or `ffprobe`.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The program ended with an error; the text is the end of what it said.
    #[error("{program} failed: {message}")]
    Failed {
        /// `ffmpeg` or `ffprobe`.
        program: String,
        /// End of its standard error, one line.
        message: String,
    },
    /// The program was ended because its time was up.
    #[error("{0} took too long")]
    Timeout(String),
    /// The program answered something else than expected.
    #[error("read the answer of {program}: {message}")]
    Answer {
        /// `ffmpeg` or `ffprobe`.
        program: String,
        /// What was wrong.
        message: String,
    },
    /// Paths are passed as text.
    #[error("the path {} is not UTF-8 or not absolute", .0.display())]
    Path(PathBuf),
}

/// One run of a program.
pub(crate) struct Call<'a> {
    pub program: &'a Path,
    pub args: Vec<String>,
    pub paths: Paths,
    pub timeout: Duration,
}

impl Ffmpeg {
    /// Finds both programs in `PATH`.
    pub fn find() -> Result<Self, FfmpegError> {
        Ok(Self {
            ffmpeg: in_path("ffmpeg")?,
            ffprobe: in_path("ffprobe")?,
            worker: None,
        })
    }

    /// Starts the programs through the worker from now on.
    #[must_use]
    pub fn with_worker(mut self, worker: WorkerCommand) -> Self {
        self.worker = Some(worker);
        self
    }

    /// Asks the program for its version and encoders, through the worker when there is one.
    pub fn check(&self) -> Result<FfmpegReport, FfmpegError> {
        let text = |args: &[&str]| {
            let call = Call {
                program: &self.ffmpeg,
                args: args.iter().map(|&a| a.to_owned()).collect(),
                paths: Paths::default(),
                timeout: Duration::from_secs(20),
            };
            self.text(&call, 256 * 1024)
        };
        let version = text(&["-version"])?;
        let version = version
            .strip_prefix("ffmpeg version ")
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or_else(|| FfmpegError::Answer {
                program: name(&self.ffmpeg),
                message: "no version in its first line".into(),
            })?
            .to_owned();
        let encoders = text(&["-hide_banner", "-encoders"])?;
        let missing_encoders = ["libx264", "aac", "libmp3lame"]
            .into_iter()
            .filter(|wanted| {
                !encoders
                    .lines()
                    .any(|l| l.split_whitespace().nth(1) == Some(wanted))
            })
            .collect();
        Ok(FfmpegReport {
            version,
            missing_encoders,
        })
    }

    /// Runs a program whose answer is text of at most `max_bytes`.
    pub(crate) fn text(&self, call: &Call<'_>, max_bytes: u64) -> Result<String, FfmpegError> {
        self.run(call, move |stdout| {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut io::Read::take(stdout, max_bytes), &mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// Runs a program to its end.
    pub(crate) fn run<T: Send>(
        &self,
        call: &Call<'_>,
        read: impl FnOnce(&mut ChildStdout) -> io::Result<T> + Send,
    ) -> Result<T, FfmpegError> {
        let program = name(call.program);
        let command = self.command(call).map_err(|e| io_error(&program, e))?;
        let Finished {
            answer,
            status,
            stderr,
            timed_out,
        } = child::run(command, &[], call.timeout, read).map_err(|e| io_error(&program, e))?;
        match answer {
            _ if timed_out => Err(FfmpegError::Timeout(program)),
            Some(answer) if status.success() => Ok(answer),
            _ => Err(FfmpegError::Failed {
                program,
                message: one_line(&stderr, status),
            }),
        }
    }

    /// The command, wrapped in the worker when there is one.
    pub(crate) fn command(&self, call: &Call<'_>) -> io::Result<Command> {
        let Some(worker) = &self.worker else {
            let mut command = Command::new(call.program);
            command.args(&call.args).env("LC_ALL", "C");
            return Ok(command);
        };
        let mut paths = call.paths.clone();
        paths.read.extend(SYSTEM_FOLDERS.iter().map(PathBuf::from));
        // A program outside the system's folders may bring its libraries: `prefix/bin/ffmpeg`, `prefix/lib`.
        if let Some(folder) = call.program.parent() {
            paths.read.push(folder.to_owned());
            paths.read.push(folder.with_file_name("lib"));
        }
        worker.command(&Task::Become {
            program: call.program.to_owned(),
            args: call.args.clone(),
            limits: Limits {
                memory_bytes: MEMORY_BYTES,
                // Both cores of a small machine may be busy at once.
                cpu_s: call.timeout.as_secs().saturating_mul(4).max(1),
                file_bytes: MAX_FILE_BYTES,
                may_fork: true,
            },
            paths,
        })
    }
}

fn in_path(program: &'static str) -> Result<PathBuf, FfmpegError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .ok_or(FfmpegError::NotFound(program))
}

/// Options that every call begins with.
pub(crate) fn common_args() -> Vec<String> {
    [
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "error",
        "-protocol_whitelist",
        "file,pipe",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// `file:` keeps ffmpeg from reading a protocol, an option or a pattern out of a file's name.
pub(crate) fn file_url(path: &Path) -> Result<String, FfmpegError> {
    match path.to_str() {
        Some(text) if path.is_absolute() => Ok(format!("file:{text}")),
        _ => Err(FfmpegError::Path(path.to_owned())),
    }
}

pub(crate) fn name(program: &Path) -> String {
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}

pub(crate) fn io_error(program: &str, source: io::Error) -> FfmpegError {
    FfmpegError::Io {
        program: program.to_owned(),
        source,
    }
}

/// The end of what a program said, fit for a message.
pub(crate) fn one_line(stderr: &str, status: std::process::ExitStatus) -> String {
    let lines: Vec<_> = stderr
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let last = lines
        .get(lines.len().saturating_sub(3)..)
        .unwrap_or_default()
        .join("; ");
    let last: String = last.chars().filter(|c| !c.is_control()).take(400).collect();
    if last.is_empty() {
        format!("it ended with {status} and said nothing")
    } else {
        last
    }
}
