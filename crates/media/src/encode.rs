//! Frames in, a file out: MP4 (H.264, AAC) or transparent WebM (VP9, Opus) by an ffmpeg child that is fed frame by frame.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::child;
use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url, io_error, name, one_line};
use crate::live::{Feeder, Live, PART_S, split};
use crate::mastering::{BOTH_SIDES, aac};
use crate::sandbox::Paths;
use crate::webm;

/// Longest wait for ffmpeg to take more of a frame. One frame costs it milliseconds; a minute is a fault.
const STALL: Duration = Duration::from_mins(1);
/// Longest wait for the last frames, the index and the move of it to the front of the file.
const FINISH: Duration = Duration::from_mins(10);
/// Longest life of an encoder.
const LIFE: Duration = Duration::from_hours(6);
/// Bytes of the pipe: fewer changes between the two processes than with the default 64 KiB.
const PIPE_BYTES: usize = 1 << 20;

/// Frames that x264 looks ahead.
const LOOKAHEAD: u32 = 20;

/// How videos are encoded.
///
/// Measured with Debian's ffmpeg 5.1.9 on 8 s at 25 fps: "photo" is a portrait that moves as our renderer moves it,
/// "film" is footage of a speaking woman. CPU seconds for the 8 s, kbit/s, SSIM of the luma:
///
/// | 1280x720 | photo CPU | kbit/s | SSIM | film CPU | kbit/s | SSIM |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | ultrafast, crf 23 | 0.8 | 2652 | 0.986 | 0.9 | 3432 | 0.983 |
/// | superfast, crf 23 | 1.4 | 1068 | 0.992 | 1.4 | 1774 | 0.988 |
/// | superfast, crf 22 | 1.4 | 1296 | 0.993 | 1.4 | 2044 | 0.989 |
/// | veryfast, crf 23 | 1.8 | 424 | 0.989 | 2.3 | 1120 | 0.986 |
/// | veryfast, crf 21 | 1.9 | 567 | 0.991 | 2.6 | 1465 | 0.989 |
/// | veryfast, crf 20 | 2.1 | 678 | 0.992 | 2.8 | 1678 | 0.990 |
/// | faster, crf 20 | 4.0 | 926 | 0.993 | 4.6 | 1852 | 0.991 |
///
/// At 1080p (photo) veryfast 21 takes 5.3 CPU seconds for 1108 kbit/s, superfast 22 takes 4.1 for 2506. So `veryfast`
/// halves the file for a third more time, and `faster` costs twice as much for nothing that is seen. A second thread
/// costs no CPU and 22 MB of memory (150 MB in all at 720p, 267 MB at 1080p).
///
/// That was with a key frame every two seconds. With one every five, on a standing picture with a moving face at 720p, crf 16
/// takes 699 kbit/s where crf 21 took 533, and SSIM of what stands rises from 0.9903 to 0.9940.
///
/// x264 spends more on what it sees to stand for longer: with a lookahead of 20 frames instead of the preset's 10 what stands
/// loses a fifth less (0.9957 instead of 0.9946 in luma), the moving face a tenth less, for a fifth more bytes and no more
/// time. 40 frames would win as much again and keep a viewer of the unfinished film waiting for them.
#[derive(Debug, Clone)]
pub struct EncodeSettings {
    /// The programs.
    pub ffmpeg: Ffmpeg,
    /// x264 preset.
    pub preset: String,
    /// x264 constant rate factor, 0 (lossless) to 51.
    pub crf: u8,
    /// x264 threads.
    pub threads: u8,
    /// AAC or Opus bits per second.
    pub audio_bits_per_second: u32,
}

/// What kind of file is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Container {
    /// H.264 and AAC.
    #[default]
    Mp4,
    /// VP9 with a plane of opacity, and Opus: what browsers play transparently. Frames have that plane, too.
    TransparentWebm,
}

impl Container {
    /// Bytes of a frame.
    pub fn frame_bytes(self, width: u32, height: u32) -> usize {
        let pixels = width as usize * height as usize;
        match self {
            Self::Mp4 => pixels * 3 / 2,
            Self::TransparentWebm => pixels * 5 / 2,
        }
    }
}

impl EncodeSettings {
    /// The measured defaults: `veryfast`, crf 16, two threads, AAC at 128 kbit/s (48 kHz stereo).
    pub fn new(ffmpeg: Ffmpeg) -> Self {
        Self {
            ffmpeg,
            preset: "veryfast".into(),
            crf: 16,
            threads: 2,
            audio_bits_per_second: 128_000,
        }
    }
}

/// One video.
#[derive(Debug, Clone)]
pub struct EncodeSpec {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// The sound: a WAV file, or for [`Encoder::start_live`] what [`Ffmpeg::encode_sound`] makes of one. Padded with silence
    /// or cut to the length of the frames. Without it the video is silent.
    pub audio: Option<PathBuf>,
    /// The file to make. Appears only when complete.
    pub out: PathBuf,
    /// The kind of file.
    pub container: Container,
    /// With which programs and at which quality.
    pub settings: EncodeSettings,
}

/// A finished file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncodedFile {
    /// Its size.
    pub bytes: u64,
    /// Frames written, over the rate.
    pub duration_s: f64,
    /// Frames written.
    pub frames: u64,
}

/// Why a video could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The request itself is wrong.
    #[error("{0}")]
    Spec(String),
    /// A frame of another size than its container has.
    #[error("a frame of {got} bytes where {expected} are needed")]
    FrameSize {
        /// Bytes given.
        got: usize,
        /// Bytes needed.
        expected: usize,
    },
    /// ffmpeg could not be started, failed or took too long.
    #[error(transparent)]
    Ffmpeg(#[from] FfmpegError),
    /// The finished file could not be put in its place.
    #[error("move the finished video to {}", path.display())]
    Place {
        /// Where it should be.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// A running encoder. Blocking; for a thread that renders. Dropping it ends ffmpeg and removes the unfinished file.
#[derive(Debug)]
pub struct Encoder {
    child: Child,
    stdin: Option<ChildStdin>,
    stderr: Option<JoinHandle<String>>,
    spec: EncodeSpec,
    partial: PathBuf,
    program: String,
    frames: u64,
    live: Option<Running>,
}

/// The threads of a video that is watched while it is made.
#[derive(Debug)]
struct Running {
    feeder: Feeder,
    /// The fragmented file.
    file: PathBuf,
    splitter: JoinHandle<io::Result<()>>,
}

impl Encoder {
    /// Starts ffmpeg for one video.
    pub fn start(spec: &EncodeSpec) -> Result<Self, EncodeError> {
        check(spec)?;
        let partial = beside(&spec.out, "part");
        let args = args(spec, &file_url(&partial)?)?;
        let read = spec.audio.iter().cloned().collect();
        let (encoder, _stdout) = Self::spawn(spec, args, read, partial)?;
        // Nothing is said on standard output; closing it is not noticed.
        Ok(encoder)
    }

    /// Starts ffmpeg for a video that is watched while it is made. Its sound is `live`'s. If the spec has
    /// an `audio`, the file gets that instead of what was heard live; it is needed only when the encoder is finished.
    pub fn start_live(spec: &EncodeSpec, live: Live) -> Result<Self, EncodeError> {
        check(spec)?;
        let (partial, file) = (beside(&spec.out, "part"), beside(&spec.out, "live"));
        let fifo = beside(&spec.out, "sound");
        let args = live_args(spec, &live, &file_url(&fifo)?);
        let failed = |error| EncodeError::from(io_error("ffmpeg", error));
        // The pipe is there before its reader looks for it.
        let feeder = Feeder::start(live.sound, fifo.clone()).map_err(failed)?;
        let (mut encoder, stdout) = Self::spawn(spec, args, vec![fifo], partial)?;
        let stdout = stdout.ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        let (to, mut parts) = (file.clone(), live.parts);
        let splitter = std::thread::Builder::new()
            .name("live-parts".into())
            .spawn(move || split(stdout, &to, &mut parts))
            .map_err(failed)?;
        encoder.live = Some(Running {
            feeder,
            file,
            splitter,
        });
        Ok(encoder)
    }

    fn spawn(
        spec: &EncodeSpec,
        args: Vec<String>,
        read: Vec<PathBuf>,
        partial: PathBuf,
    ) -> Result<(Self, Option<ChildStdout>), EncodeError> {
        let settings = &spec.settings;
        let call = Call {
            program: &settings.ffmpeg.ffmpeg,
            args,
            paths: Paths {
                read,
                write: vec![spec.out.parent().unwrap_or(&spec.out).to_owned()],
            },
            timeout: LIFE,
        };
        let program = name(call.program);
        let start = || {
            let mut child = child::spawn(settings.ffmpeg.command(&call)?)?;
            let stdout = child.stdout.take();
            let stdin = child.stdin.take();
            if let Some(pipe) = &stdin {
                // Refused where the user's pipes are many; slower, not wrong.
                let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
                rustix::io::ioctl_fionbio(pipe, true)?;
            }
            let stderr = child
                .stderr
                .take()
                .map(|pipe| {
                    std::thread::Builder::new()
                        .name("ffmpeg-stderr".into())
                        .spawn(move || child::tail(pipe))
                })
                .transpose()?;
            Ok((child, stdin, stdout, stderr))
        };
        let (child, stdin, stdout, stderr) = start().map_err(|e| io_error(&program, e))?;
        let encoder = Self {
            child,
            stdin,
            stderr,
            spec: spec.clone(),
            partial,
            program,
            frames: 0,
            live: None,
        };
        Ok((encoder, stdout))
    }

    /// Writes one frame: planar 4:2:0, limited range, BT.709; the Y plane, then U, then V, then opacity at full size
    /// (full range, colours straight) if the container has it, no padding. Waits while ffmpeg is busy.
    pub fn write_frame(&mut self, i420: &[u8]) -> Result<(), EncodeError> {
        let expected = self
            .spec
            .container
            .frame_bytes(self.spec.width, self.spec.height);
        if i420.len() != expected {
            return Err(EncodeError::FrameSize {
                got: i420.len(),
                expected,
            });
        }
        match self.feed(i420) {
            Ok(()) => {
                self.frames += 1;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.post_mortem()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(FfmpegError::Timeout(self.program.clone()).into())
            }
            Err(error) => Err(io_error(&self.program, error).into()),
        }
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Ends the stream, waits for the file and puts it in its place.
    pub fn finish(mut self) -> Result<EncodedFile, EncodeError> {
        if self.frames == 0 {
            return Err(EncodeError::Spec("a video needs at least one frame".into()));
        }
        drop(self.stdin.take());
        let (status, timed_out) = child::wait(&mut self.child, Instant::now() + FINISH)
            .map_err(|e| io_error(&self.program, e))?;
        if timed_out {
            return Err(FfmpegError::Timeout(self.program.clone()).into());
        }
        if !status.success() {
            return Err(self.failure(status));
        }
        if let Some(live) = self.live.take() {
            self.join_parts(live)?;
        }
        let place = |source| EncodeError::Place {
            path: self.spec.out.clone(),
            source,
        };
        let bytes = fs::metadata(&self.partial).map_err(place)?.len();
        fs::rename(&self.partial, &self.spec.out).map_err(place)?;
        Ok(EncodedFile {
            bytes,
            duration_s: self.frames as f64 / f64::from(self.spec.fps),
            frames: self.frames,
        })
    }

    /// Copies the parts into one file with its index in front.
    fn join_parts(&self, live: Running) -> Result<(), EncodeError> {
        drop(live.feeder);
        live.splitter
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .map_err(|e| io_error(&self.program, e))?;
        let sound = self.spec.audio.as_ref();
        let length_s = self.frames as f64 / f64::from(self.spec.fps);
        let mut args = common_args();
        let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
        // The sound begins before time 0, by what its decoder drops; without the times as they are, all would be shifted.
        push("-y -copyts -f mov -i");
        args.push(file_url(&live.file)?);
        let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
        if let Some(sound) = sound {
            push("-f mov -i");
            args.push(file_url(sound)?);
        }
        let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
        if sound.is_some() {
            push(&format!("-map 0:v:0 -map 1:a:0 -c copy -t {length_s}"));
        } else {
            push("-map 0 -c copy");
        }
        push("-map_metadata -1 -fflags +bitexact -movflags +faststart -f mp4");
        args.push(file_url(&self.partial)?);
        let call = Call {
            program: &self.spec.settings.ffmpeg.ffmpeg,
            args,
            paths: Paths {
                read: [&live.file].into_iter().chain(sound).cloned().collect(),
                write: vec![self.spec.out.parent().unwrap_or(&self.spec.out).to_owned()],
            },
            timeout: FINISH,
        };
        self.spec.settings.ffmpeg.text(&call, 4096)?;
        let _ = fs::remove_file(&live.file);
        Ok(())
    }

    fn feed(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(stdin) = &mut self.stdin else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        while !bytes.is_empty() {
            match stdin.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::BrokenPipe.into()),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait_writable(stdin)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The reason of a child that has closed its input before we did.
    fn post_mortem(&mut self) -> EncodeError {
        match child::wait(&mut self.child, Instant::now() + Duration::from_secs(5)) {
            Ok((status, _)) => self.failure(status),
            Err(error) => io_error(&self.program, error).into(),
        }
    }

    fn failure(&mut self, status: ExitStatus) -> EncodeError {
        let stderr = self
            .stderr
            .take()
            .and_then(|t| t.join().ok())
            .unwrap_or_default();
        let message = one_line(&stderr, status);
        FfmpegError::Failed {
            program: self.program.clone(),
            message,
        }
        .into()
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // After `finish` the child is gone and the file has moved; then these do nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.partial);
        if let Some(live) = self.live.take() {
            drop(live.feeder);
            // Its pipe has ended with the child.
            let _ = live.splitter.join();
            let _ = fs::remove_file(&live.file);
        }
    }
}

/// The file's path with one more ending.
fn beside(out: &Path, ending: &str) -> PathBuf {
    let mut path = out.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    PathBuf::from(path)
}

fn wait_writable(pipe: &ChildStdin) -> io::Result<()> {
    let timeout = Timespec {
        tv_sec: STALL.as_secs().cast_signed(),
        tv_nsec: 0,
    };
    let mut fds = [PollFd::new(pipe, PollFlags::OUT)];
    match rustix::event::poll(&mut fds, Some(&timeout)) {
        Ok(0) => Err(io::ErrorKind::TimedOut.into()),
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn check(spec: &EncodeSpec) -> Result<(), EncodeError> {
    let sides = [spec.width, spec.height];
    if sides.iter().any(|s| !(16..=4096).contains(s) || s % 2 != 0) {
        return Err(EncodeError::Spec(format!(
            "a video of {}x{}; both sides must be even and between 16 and 4096",
            spec.width, spec.height
        )));
    }
    if !(1..=120).contains(&spec.fps) {
        return Err(EncodeError::Spec(format!(
            "{} frames per second; 1 to 120 are possible",
            spec.fps
        )));
    }
    if spec.settings.crf > 51 {
        return Err(EncodeError::Spec(format!(
            "crf {}; 0 to 51 are possible",
            spec.settings.crf
        )));
    }
    Ok(())
}

fn args(spec: &EncodeSpec, out: &str) -> Result<Vec<String>, EncodeError> {
    if spec.container == Container::TransparentWebm {
        return webm::args(spec, out);
    }
    let mut args = common_args();
    args.extend(words(&picture_args(spec)));
    if let Some(audio) = &spec.audio {
        args.extend(words("-f wav -i"));
        args.push(file_url(audio)?);
    }
    args.extend(words(&video_args(spec)));
    if spec.audio.is_some() {
        // Silence without end behind the sound, and the video's length for both.
        args.extend(words(&format!(
            "-map 1:a:0 -af {BOTH_SIDES},apad -shortest"
        )));
        args.extend(words(&aac(spec.settings.audio_bits_per_second)));
    }
    args.extend(words(
        "-map_metadata -1 -fflags +bitexact -movflags +faststart -f mp4",
    ));
    args.push(out.to_owned());
    Ok(args)
}

/// For a video whose sound comes from `fifo`, and whose parts go to standard output.
fn live_args(spec: &EncodeSpec, live: &Live, fifo: &str) -> Vec<String> {
    let mut args = common_args();
    args.extend(words(&picture_args(spec)));
    let rate = live.sound.sample_rate_hz();
    args.extend(words(&format!("-f s16le -ar {rate} -ac 1 -i")));
    args.push(fifo.to_owned());
    args.extend(words(&video_args(spec)));
    args.extend(words(&format!("-map 1:a:0 -af {BOTH_SIDES}")));
    args.extend(words(&aac(spec.settings.audio_bits_per_second)));
    // The header is written with the first part, when it is known by how much the pictures' order is shifted.
    args.extend(words(
        "-map_metadata -1 -fflags +bitexact -flush_packets 1 \
         -movflags +frag_keyframe+delay_moov+default_base_moof -f mp4 -frag_duration",
    ));
    args.push(format!("{:.0}", PART_S * 1e6));
    args.push("pipe:1".to_owned());
    args
}

fn picture_args(spec: &EncodeSpec) -> String {
    format!(
        "-y -f rawvideo -pix_fmt yuv420p -color_range tv -colorspace bt709 \
         -video_size {}x{} -framerate {} -i pipe:0",
        spec.width, spec.height, spec.fps
    )
}

fn video_args(spec: &EncodeSpec) -> String {
    let settings = &spec.settings;
    // A key frame every five seconds: what stands still is drawn anew with each, which is most of the file. Players seek
    // between them by decoding at most 125 small frames.
    format!(
        "-map 0:v:0 -c:v libx264 -profile:v high -pix_fmt yuv420p -flags +cgop \
         -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
         -g {} -preset {} -crf {} -threads {} -rc-lookahead {LOOKAHEAD}",
        spec.fps * 5,
        settings.preset,
        settings.crf,
        settings.threads
    )
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_owned)
}
