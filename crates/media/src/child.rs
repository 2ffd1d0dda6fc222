//! Starting children, feeding them, and ending them in time.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::worker::Task;

/// Bytes of a child's standard error kept for messages: the end of it.
const STDERR_TAIL_BYTES: usize = 4096;

/// How to start the media worker: a program that calls [`crate::worker::main`] when given these arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, before which nothing is put and after which nothing follows.
    pub args: Vec<OsString>,
}

impl WorkerCommand {
    /// The running program itself with one hidden verb. Goes on working when the file is replaced by an upgrade.
    pub fn this_program(verb: &str) -> Self {
        // Resolved in the forked child, whose executable is still ours.
        Self {
            program: PathBuf::from("/proc/self/exe"),
            args: vec![verb.into()],
        }
    }

    /// Starts the worker idle, to learn whether it works and what the kernel enforces.
    pub fn check(&self) -> io::Result<WorkerReport> {
        let finished = run(
            self.command(&Task::Check)?,
            &[],
            Duration::from_secs(10),
            |stdout| {
                let mut text = String::new();
                stdout.take(4096).read_to_string(&mut text).map(|_| text)
            },
        )?;
        match finished.answer {
            Some(text) if finished.status.success() => {
                let landlock = text.trim() == "landlock";
                Ok(WorkerReport { landlock })
            }
            _ => Err(io::Error::other(format!(
                "the media worker ended with {}: {}",
                finished.status,
                finished.stderr.trim()
            ))),
        }
    }

    /// A command that will carry out `task`, with an empty environment but for what it needs.
    pub(crate) fn command(&self, task: &Task) -> io::Result<Command> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear();
        command.env(crate::worker::TASK_VARIABLE, serde_json::to_string(task)?);
        command.env(
            crate::worker::PARENT_VARIABLE,
            std::process::id().to_string(),
        );
        Ok(command)
    }
}

/// What the worker found when asked to check itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerReport {
    /// Whether the kernel confines files by Landlock. Without it the other limits still hold.
    pub landlock: bool,
}

/// A child that ran to its end, or was ended.
#[derive(Debug)]
pub(crate) struct Finished<T> {
    /// What was read from its standard output; `None` where reading failed.
    pub answer: Option<T>,
    pub status: ExitStatus,
    pub stderr: String,
    /// Whether it was killed because its time was up.
    pub timed_out: bool,
}

/// Starts a child with pipes on a thread that lives as long as the process.
///
/// The death signal that children ask for fires when the *thread* that started them ends, not the process; threads of
/// a pool end when idle, so they must not start children themselves.
pub(crate) fn spawn(mut command: Command) -> io::Result<Child> {
    type Request = (Command, Sender<io::Result<Child>>);
    static SPAWNER: OnceLock<Sender<Request>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, requests) = mpsc::channel::<Request>();
        // Where no thread can be had, the channel is closed and `spawn` fails below.
        let _ = thread::Builder::new()
            .name("child-spawner".into())
            .spawn(move || {
                for (mut command, answer) in requests {
                    let _ = answer.send(command.spawn());
                }
            });
        sender
    });
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let (answer, result) = mpsc::channel();
    let gone = |_| io::Error::other("the thread that starts children is gone");
    spawner
        .send((command, answer))
        .map_err(|e| gone(e.to_string()))?;
    result.recv().map_err(|e| gone(e.to_string()))?
}

/// Runs a child to its end: writes `input`, hands its standard output to `read`, kills it after `timeout`.
pub(crate) fn run<T: Send>(
    command: Command,
    input: &[u8],
    timeout: Duration,
    read: impl FnOnce(&mut ChildStdout) -> io::Result<T> + Send,
) -> io::Result<Finished<T>> {
    let deadline = Instant::now() + timeout;
    let mut child = spawn(command)?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(mut stdout), Some(stderr)) = pipes else {
        return Err(io::Error::other("a child was started without pipes"));
    };
    thread::scope(|scope| {
        // A child that stops reading has its reasons, which its answer or its status tells.
        scope.spawn(move || stdin.write_all(input));
        let errors = scope.spawn(move || tail(stderr));
        let (send, answer) = mpsc::channel();
        scope.spawn(move || send.send(read(&mut stdout)));
        let answer = match answer.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(answer) => answer.ok(),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        };
        let (status, timed_out) = wait(&mut child, deadline)?;
        let stderr = errors.join().unwrap_or_default();
        Ok(Finished {
            answer,
            status,
            stderr,
            timed_out,
        })
    })
}

/// Waits until `deadline`, then kills. The flag tells which it was.
pub(crate) fn wait(child: &mut Child, deadline: Instant) -> io::Result<(ExitStatus, bool)> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, false));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            return Ok((child.wait()?, true));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Reads to the end and keeps the last bytes.
pub(crate) fn tail(mut from: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if kept.len() > 2 * STDERR_TAIL_BYTES {
            kept.drain(..kept.len() - STDERR_TAIL_BYTES);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
