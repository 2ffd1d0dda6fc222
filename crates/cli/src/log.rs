//! The log: lines on standard error, written by a thread of their own.
//!
//! Writing a line costs a call to the system, and where the disk is busy it waits; threads that answer requests do
//! neither. Lines wait for a few milliseconds and are written together. **Invariant:** a warning or an error is written
//! before the code that says it goes on, with all that was said before it, so that nothing is missing before a crash.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Config, LogFormat};

/// How long lines wait for others.
const WAIT: Duration = Duration::from_millis(5);

/// Bytes that may wait. A line that finds more writes them itself, so that who speaks faster than the disk is held up.
const MAX_WAITING: usize = 1 << 20;

/// Begins to log. What waits is written when the value goes.
pub(crate) fn start(config: &Config) -> Result<Flush> {
    let filter = EnvFilter::try_new(&config.log.filter).context("log.filter")?;
    let lines = Lines::to(Box::new(io::stderr()));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(wants_colour())
        .with_writer(lines.clone());
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    let writing = lines.clone();
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || writing.write_on())
        .context("the log's thread")?;
    Ok(Flush(lines))
}

/// Colours are for terminals, and for people who have not said otherwise.
fn wants_colour() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|text| !text.is_empty());
    io::stderr().is_terminal() && !unwanted
}

/// Writes what waits when it is dropped.
pub(crate) struct Flush(Lines);

impl Drop for Flush {
    fn drop(&mut self) {
        self.0.write_out();
    }
}

/// Lines on their way. Clones are the same lines.
#[derive(Clone)]
struct Lines {
    shared: Arc<Shared>,
}

struct Shared {
    waiting: Mutex<Vec<u8>>,
    some: Condvar,
    /// Locked before `waiting`, by whoever writes: lines stay in order.
    out: Mutex<Box<dyn Write + Send>>,
}

impl Lines {
    fn to(out: Box<dyn Write + Send>) -> Self {
        Self {
            shared: Arc::new(Shared {
                waiting: Mutex::default(),
                some: Condvar::new(),
                out: Mutex::new(out),
            }),
        }
    }

    /// Writes lines as they come, for ever.
    fn write_on(&self) {
        loop {
            let waiting = lock(&self.shared.waiting);
            let some = self
                .shared
                .some
                .wait_while(waiting, |lines| lines.is_empty());
            drop(some.unwrap_or_else(PoisonError::into_inner));
            std::thread::sleep(WAIT);
            self.write_out();
        }
    }

    /// Writes what waits.
    fn write_out(&self) {
        let mut out = lock(&self.shared.out);
        let lines = std::mem::take(&mut *lock(&self.shared.waiting));
        // A log that cannot be written has nowhere to say so.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
    }
}

fn lock<T: ?Sized>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes one line.
struct Line<'a> {
    lines: &'a Lines,
    urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = lock(&self.lines.shared.waiting);
        let first = waiting.is_empty();
        waiting.extend_from_slice(line);
        let full = waiting.len() > MAX_WAITING;
        drop(waiting);
        if self.urgent || full {
            self.lines.write_out();
        } else if first {
            self.lines.shared.some.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line {
            lines: self,
            urgent: true,
        }
    }

    fn make_writer_for(&'a self, what: &Metadata<'_>) -> Self::Writer {
        Line {
            lines: self,
            urgent: *what.level() <= Level::WARN,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn say(lines: &Lines, text: &[u8], urgent: bool) {
        Line { lines, urgent }.write_all(text).unwrap();
    }

    #[test]
    fn what_is_urgent_is_written_at_once_and_in_its_place() {
        let paper = Paper::default();
        let lines = Lines::to(Box::new(paper.clone()));
        say(&lines, b"one\n", false);
        assert_eq!(*lock(&paper.0), b"");
        say(&lines, b"two\n", true);
        assert_eq!(*lock(&paper.0), b"one\ntwo\n");
        say(&lines, b"three\n", false);
        drop(Flush(lines));
        assert_eq!(*lock(&paper.0), b"one\ntwo\nthree\n");
    }

    #[test]
    fn the_rest_is_written_soon() {
        let paper = Paper::default();
        let lines = Lines::to(Box::new(paper.clone()));
        let writing = lines.clone();
        std::thread::spawn(move || writing.write_on());
        let mut expected = Vec::new();
        for number in 0..100 {
            let line = format!("{number}\n");
            say(&lines, line.as_bytes(), false);
            expected.extend_from_slice(line.as_bytes());
        }
        let started = Instant::now();
        while *lock(&paper.0) != expected {
            assert!(started.elapsed() < Duration::from_secs(10), "nothing came");
            std::thread::yield_now();
        }
    }

    #[test]
    fn lines_that_nobody_writes_do_not_pile_up() {
        let paper = Paper::default();
        let lines = Lines::to(Box::new(paper.clone()));
        say(&lines, &vec![b'x'; MAX_WAITING], false);
        assert!(lock(&paper.0).is_empty());
        say(&lines, b"y", false);
        assert_eq!(lock(&paper.0).len(), MAX_WAITING + 1);
        assert!(lock(&lines.shared.waiting).is_empty());
    }
}
