//! What a confined ffmpeg decodes, read as it comes: memory is that of what is asked for at a time.

use std::io::{self, Read as _};
use std::process::{Child, ChildStdout};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::child;
use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, io_error, name, one_line};

/// Longest wait for the child to give more. It decodes a second in milliseconds; a minute is a fault.
const STALL: Duration = Duration::from_mins(1);
/// Longest wait for a child that has closed its output.
const END: Duration = Duration::from_secs(10);

/// The standard output of a running ffmpeg. Dropping it ends the child.
#[derive(Debug)]
pub(crate) struct Stream {
    child: Child,
    stdout: ChildStdout,
    stderr: Option<JoinHandle<String>>,
    program: String,
}

impl Stream {
    /// Starts the program.
    pub(crate) fn start(ffmpeg: &Ffmpeg, call: &Call<'_>) -> Result<Self, FfmpegError> {
        let program = name(call.program);
        let start = || {
            let mut child = child::spawn(ffmpeg.command(call)?)?;
            drop(child.stdin.take());
            let pipes = (child.stdout.take(), child.stderr.take());
            let (Some(stdout), Some(stderr)) = pipes else {
                return Err(io::Error::other("a child was started without pipes"));
            };
            let stderr = std::thread::Builder::new()
                .name("ffmpeg-stderr".into())
                .spawn(move || child::tail(stderr))?;
            Ok((child, stdout, stderr))
        };
        let (child, stdout, stderr) = start().map_err(|e| io_error(&program, e))?;
        Ok(Self {
            child,
            stdout,
            stderr: Some(stderr),
            program,
        })
    }

    /// Fills as much of `bytes` as there is; less than all of it only at the end. A child that failed is an error.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Result<usize, FfmpegError> {
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            if !self.readable()? {
                return Err(FfmpegError::Timeout(self.program.clone()));
            }
            match self.stdout.read(rest) {
                Ok(0) => {
                    self.end()?;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io_error(&self.program, error)),
            }
        }
        Ok(filled)
    }

    fn readable(&self) -> Result<bool, FfmpegError> {
        let timeout = Timespec {
            tv_sec: STALL.as_secs().cast_signed(),
            tv_nsec: 0,
        };
        let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
        match rustix::event::poll(&mut fds, Some(&timeout)) {
            Ok(0) => Ok(false),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(true),
            Err(error) => Err(io_error(&self.program, error.into())),
        }
    }

    /// The child has closed its output: whether all went well.
    fn end(&mut self) -> Result<(), FfmpegError> {
        let (status, timed_out) = child::wait(&mut self.child, Instant::now() + END)
            .map_err(|e| io_error(&self.program, e))?;
        let stderr = self.stderr.take().and_then(|t| t.join().ok());
        if timed_out {
            return Err(FfmpegError::Timeout(self.program.clone()));
        }
        if status.success() {
            return Ok(());
        }
        Err(FfmpegError::Failed {
            program: self.program.clone(),
            message: one_line(&stderr.unwrap_or_default(), status),
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A child that has ended already is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
