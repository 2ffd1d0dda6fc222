//! Videos that are watched while they are made: sound that grows goes in beside the frames, parts of a fragmented MP4
//! come out as soon as each is whole.
//!
//! The encoder is the same, and so are its frames: at the end the parts are copied into an ordinary file, nothing is
//! encoded twice.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{CWD, FileType, Mode, OFlags};

/// Seconds of video in a part: what a viewer waits for at least.
pub(crate) const PART_S: f64 = 1.0;

/// How often a blocked feeder looks whether the encoder has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Largest box that is taken for one: a second of 4K at the lowest compression is a fraction of it.
const MAX_BOX_BYTES: u64 = 256 << 20;

/// Bytes of the header of the WAV files that our voices write.
const WAV_HEADER_BYTES: u64 = 44;

/// A WAV file of one channel of 16 bits that is still being written.
#[derive(Debug)]
pub struct GrowingSound {
    file: PathBuf,
    sample_rate_hz: u32,
    state: Mutex<Grown>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Grown {
    /// Bytes of the file that may be read.
    bytes: u64,
    ended: bool,
}

impl GrowingSound {
    pub fn new(file: PathBuf, sample_rate_hz: u32) -> Self {
        Self {
            file,
            sample_rate_hz,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The first `bytes` of the file are written and will not change, but for the sizes in its header.
    pub fn grown_to(&self, bytes: u64) {
        self.lock().bytes = bytes;
        self.changed.notify_all();
    }

    /// Nothing follows: all has been written, or nobody will write more.
    pub fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    pub(crate) fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn lock(&self) -> MutexGuard<'_, Grown> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for more than `bytes`; gives how many there are, or `None` at the end.
    fn more_than(&self, bytes: u64, stop: &AtomicBool) -> Option<u64> {
        let mut grown = self.lock();
        loop {
            if grown.bytes > bytes {
                return Some(grown.bytes);
            }
            if grown.ended || stop.load(Ordering::Relaxed) {
                return None;
            }
            (grown, _) = self
                .changed
                .wait_timeout(grown, LOOK)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What makes a video one that can be watched while it is made.
pub struct Live {
    /// The sound as it comes.
    pub sound: Arc<GrowingSound>,
    /// Takes the parts in their order, on a thread of its own; the first begins with the header of all.
    pub parts: Box<dyn FnMut(Vec<u8>) + Send>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("sound", &self.sound)
            .finish_non_exhaustive()
    }
}

/// Feeds a sound into a pipe with a name, from its own thread, until the sound or the reader ends.
#[derive(Debug)]
pub(crate) struct Feeder {
    fifo: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Feeder {
    pub(crate) fn start(sound: Arc<GrowingSound>, fifo: PathBuf) -> io::Result<Self> {
        rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (pipe, watch) = (fifo.clone(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("sound-feeder".into())
            .spawn(move || feed(&sound, &pipe, &watch))?;
        Ok(Self {
            fifo,
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A reader that went away is known by its own end.
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.fifo);
    }
}

fn feed(sound: &GrowingSound, fifo: &Path, stop: &AtomicBool) -> io::Result<()> {
    let Some(mut pipe) = open(fifo, stop)? else {
        return Ok(());
    };
    let mut done = WAV_HEADER_BYTES;
    let Some(_) = sound.more_than(done, stop) else {
        return Ok(());
    };
    let mut file = File::open(&sound.file)?;
    let mut buffer = vec![0; 64 << 10];
    while let Some(there) = sound.more_than(done, stop) {
        file.seek(SeekFrom::Start(done))?;
        let wanted = usize::try_from(there - done).unwrap_or(usize::MAX);
        let count = wanted.min(buffer.len());
        let piece = buffer.get_mut(..count).unwrap_or_default();
        file.read_exact(piece)?;
        if !write(&mut pipe, piece, stop)? {
            return Ok(());
        }
        done += count as u64;
    }
    Ok(())
}

/// Opens the pipe for writing once its reader has; `None` when nobody will read any more.
fn open(fifo: &Path, stop: &AtomicBool) -> io::Result<Option<File>> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    while !stop.load(Ordering::Relaxed) {
        match File::options().write(true).custom_flags(flags).open(fifo) {
            Ok(pipe) => return Ok(Some(pipe)),
            // No reader yet.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether all was written.
fn write(pipe: &mut File, mut bytes: &[u8], stop: &AtomicBool) -> io::Result<bool> {
    while !bytes.is_empty() {
        match pipe.write(bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if stop.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                let look = Timespec {
                    tv_sec: 0,
                    tv_nsec: i64::from(LOOK.subsec_nanos()),
                };
                let mut fds = [PollFd::new(pipe, PollFlags::OUT)];
                match rustix::event::poll(&mut fds, Some(&look)) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Copies a fragmented MP4 from `from` to the file `to`, and gives its parts to `parts` as they end: each but the first is
/// one movie fragment with its data.
pub(crate) fn split(
    mut from: impl Read,
    to: &Path,
    parts: &mut dyn FnMut(Vec<u8>),
) -> io::Result<()> {
    let mut file = File::create(to)?;
    let mut part = Vec::new();
    while let Some((kind, bytes)) = read_box(&mut from)? {
        file.write_all(&bytes)?;
        part.extend_from_slice(&bytes);
        if &kind == b"mdat" {
            parts(std::mem::take(&mut part));
        }
    }
    // What is left is the index for seeking, of no use to those who watch.
    Ok(())
}

/// The next box of an MP4 (ISO/IEC 14496-12, section 4.2): its kind and all its bytes.
fn read_box(from: &mut impl Read) -> io::Result<Option<([u8; 4], Vec<u8>)>> {
    let mut head = [0; 8];
    match from.read(&mut head)? {
        0 => return Ok(None),
        some => from.read_exact(head.get_mut(some..).unwrap_or_default())?,
    }
    let [s0, s1, s2, s3, kind @ ..] = head;
    let mut bytes = head.to_vec();
    let size = match u32::from_be_bytes([s0, s1, s2, s3]) {
        1 => {
            let mut long = [0; 8];
            from.read_exact(&mut long)?;
            bytes.extend_from_slice(&long);
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "not a box of an MP4");
    let left = size.checked_sub(bytes.len() as u64).ok_or_else(wrong)?;
    if left > MAX_BOX_BYTES {
        return Err(wrong());
    }
    let whole = from.take(left).read_to_end(&mut bytes)? as u64;
    if whole < left {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((kind, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(8 + body.len()).unwrap();
        [&size.to_be_bytes(), &kind[..], body].concat()
    }

    #[test]
    fn parts_end_where_their_data_ends() {
        let boxes = [
            a_box(*b"ftyp", b"iso5"),
            a_box(*b"moov", b"header"),
            a_box(*b"moof", b"1"),
            a_box(*b"mdat", b"one"),
            a_box(*b"moof", b"2"),
            a_box(*b"mdat", b"two"),
            a_box(*b"mfra", b"index"),
        ];
        let dir = tempfile::tempdir().unwrap();
        let (file, mut parts) = (dir.path().join("live.mp4"), Vec::new());
        let whole = boxes.concat();
        split(&whole[..], &file, &mut |part| parts.push(part)).unwrap();
        assert_eq!(parts, [boxes[..4].concat(), boxes[4..6].concat()]);
        assert_eq!(fs::read(&file).unwrap(), whole);

        let cut = whole.len() - 3;
        let broken = split(&whole[..cut], &file, &mut |_| {}).unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::UnexpectedEof);
        let huge = [&[0xff; 4][..], b"mdat"].concat();
        let wrong = split(&huge[..], &file, &mut |_| {}).unwrap_err();
        assert_eq!(wrong.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_sound_is_fed_as_it_grows_and_stops_with_its_reader() {
        let dir = tempfile::tempdir().unwrap();
        let (wav, fifo) = (dir.path().join("sound.wav"), dir.path().join("pipe"));
        let header = usize::try_from(WAV_HEADER_BYTES).unwrap();
        let body: Vec<u8> = (0..200_000_u32).map(|k| (k % 251) as u8).collect();
        fs::write(&wav, [vec![0; header], body.clone()].concat()).unwrap();
        let sound = Arc::new(GrowingSound::new(wav, 24_000));
        let feeder = Feeder::start(sound.clone(), fifo.clone()).unwrap();
        let mut reader = File::open(&fifo).unwrap();
        sound.grown_to(44 + 1000);
        let mut first = [0; 1000];
        reader.read_exact(&mut first).unwrap();
        assert_eq!(first[..], body[..1000]);
        sound.grown_to(44 + body.len() as u64);
        sound.end();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest[..], body[1000..]);
        drop(feeder);
        assert!(!fifo.exists());

        // Nobody ever reads this one.
        drop(Feeder::start(sound, fifo).unwrap());
    }
}
