//! Pictures from users, decoded in a process of their own.

pub(crate) mod decode;

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ChildStdout;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::image::{RgbImage, RgbaImage};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::child::{self, Finished, WorkerCommand};
use crate::worker::{BROKEN_WORKER, Task};
use decode::{Answer, Header, Refusal, Request};

/// Formats that are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// Baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.
    Jpeg,
    /// Also animated, of which the default picture is taken.
    Png,
    /// Lossy and lossless; of an animation the first frame.
    WebP,
}

impl ImageFormat {
    /// The format that the first bytes show.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match crate::sniff(bytes.get(..64).unwrap_or(bytes))? {
            "image/jpeg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            "image/webp" => Some(Self::WebP),
            _ => None,
        }
    }

    /// MIME type.
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

/// Bounds of one decode.
#[derive(Debug, Clone)]
pub struct DecodeLimits {
    /// Largest file.
    pub max_bytes: u64,
    /// Most pixels, as the header declares them.
    pub max_pixels: u64,
    /// A larger picture is scaled down to this longest side before it reaches the server's memory.
    pub max_side: u32,
    /// Wall time; processor time is bounded by the same number.
    pub timeout: Duration,
    /// Address space of the worker. 64 megapixels of 16-bit RGBA and their result fit.
    pub memory_bytes: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_bytes: 50 * 1024 * 1024,
            max_pixels: 64_000_000,
            max_side: 4096,
            timeout: Duration::from_secs(20),
            memory_bytes: 1024 * 1024 * 1024,
        }
    }
}

/// A decoded picture: upright, opaque, 8-bit RGB.
#[derive(Clone)]
pub struct DecodedImage {
    /// The pixels. Transparent parts lie on white.
    pub image: RgbImage,
    /// What the file was.
    pub format: ImageFormat,
    /// Width and height of the upright picture before scaling down to `max_side`.
    pub source_size: (u32, u32),
    /// Whether the file's EXIF orientation turned or mirrored it.
    pub oriented: bool,
    /// Whether the file had an alpha channel.
    pub had_alpha: bool,
}

impl fmt::Debug for DecodedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodedImage")
            .field("size", &self.image.dimensions())
            .field("format", &self.format)
            .field("source_size", &self.source_size)
            .field("oriented", &self.oriented)
            .field("had_alpha", &self.had_alpha)
            .finish()
    }
}

/// Why a picture was not decoded. All but `Worker` are the file's fault and are worded for its owner.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file is above `max_bytes`.
    #[error("the picture has {bytes} bytes; at most {max} are accepted")]
    TooManyBytes {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// Not a JPEG, PNG or WebP by its first bytes.
    #[error("the file is not a JPEG, PNG or WebP picture")]
    UnknownFormat,
    /// The header declares more than `max_pixels`.
    #[error("the picture measures {width}x{height}; at most {max} pixels are accepted")]
    TooManyPixels {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
        /// The limit.
        max: u64,
    },
    /// The file breaks its format's rules.
    #[error("the picture is damaged: {0}")]
    Damaged(String),
    /// A correct file of a kind that is not supported.
    #[error("the picture uses a feature that is not supported: {0}")]
    Unsupported(String),
    /// The decoder died: out of memory, or a fault in it. Nothing else was harmed.
    #[error("the picture could not be decoded within the limits of this server")]
    Hostile,
    /// The time ran out.
    #[error("the picture took too long to decode")]
    Timeout,
    /// The worker could not be started or did not answer as one: a fault of the installation.
    #[error("the picture decoder does not work: {0}")]
    Worker(String),
}

impl DecodeError {
    /// Stable word for logs, records and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyBytes { .. } => "image_too_large",
            Self::UnknownFormat => "image_format_unknown",
            Self::TooManyPixels { .. } => "image_too_many_pixels",
            Self::Damaged(_) => "image_damaged",
            Self::Unsupported(_) => "image_unsupported",
            Self::Hostile => "image_hostile",
            Self::Timeout => "image_timeout",
            Self::Worker(_) => "image_decoder_broken",
        }
    }

    /// Whether the file is at fault, and trying again is useless.
    pub fn is_file_fault(&self) -> bool {
        !matches!(self, Self::Worker(_))
    }
}

/// Decodes pictures, one worker process each. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ImageDecoder {
    worker: WorkerCommand,
    limits: DecodeLimits,
    /// So that a missing Landlock is logged once, not per picture.
    warned: Arc<AtomicBool>,
}

impl ImageDecoder {
    /// A decoder that starts `worker` for each picture.
    pub fn new(worker: WorkerCommand, limits: DecodeLimits) -> Self {
        Self {
            worker,
            limits,
            warned: Arc::default(),
        }
    }

    /// Decodes one picture. Must be called within a tokio runtime; the wait is on a blocking thread.
    pub async fn decode(&self, bytes: Bytes) -> Result<DecodedImage, DecodeError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.decode_blocking(&bytes))
            .await
            .map_err(|e| DecodeError::Worker(e.to_string()))?
    }

    /// The same for callers that are on a blocking thread already.
    pub fn decode_blocking(&self, bytes: &[u8]) -> Result<DecodedImage, DecodeError> {
        let (header, pixels) = self.run(bytes, Transparency::OverWhite)?;
        let image = RgbImage::from_raw(header.width, header.height, pixels);
        Ok(DecodedImage {
            image: image.ok_or_else(incomplete)?,
            format: header.format,
            source_size: header.source_size,
            oriented: header.oriented,
            had_alpha: header.had_alpha,
        })
    }

    /// Decodes a picture with its transparency: upright, 8-bit RGBA, straight. Must be called within a tokio runtime.
    pub async fn decode_with_alpha(&self, bytes: Bytes) -> Result<RgbaImage, DecodeError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.decode_with_alpha_blocking(&bytes))
            .await
            .map_err(|e| DecodeError::Worker(e.to_string()))?
    }

    /// The same for callers that are on a blocking thread already.
    pub fn decode_with_alpha_blocking(&self, bytes: &[u8]) -> Result<RgbaImage, DecodeError> {
        let (header, pixels) = self.run(bytes, Transparency::Kept)?;
        RgbaImage::from_raw(header.width, header.height, pixels).ok_or_else(incomplete)
    }

    fn run(
        &self,
        bytes: &[u8],
        transparency: Transparency,
    ) -> Result<(Header, Vec<u8>), DecodeError> {
        let limits = &self.limits;
        if bytes.len() as u64 > limits.max_bytes {
            return Err(DecodeError::TooManyBytes {
                bytes: bytes.len() as u64,
                max: limits.max_bytes,
            });
        }
        let format = ImageFormat::of(bytes).ok_or(DecodeError::UnknownFormat)?;
        let request = Request {
            format,
            max_bytes: limits.max_bytes,
            max_pixels: limits.max_pixels,
            max_side: limits.max_side,
            memory_bytes: limits.memory_bytes,
            cpu_s: limits.timeout.as_secs().max(1),
            keep_alpha: transparency == Transparency::Kept,
        };
        let broken = |e: io::Error| DecodeError::Worker(e.to_string());
        let (max_side, pixel_bytes) = (limits.max_side, request.pixel_bytes());
        let command = self
            .worker
            .command(&Task::Decode(request))
            .map_err(broken)?;
        let finished = child::run(command, bytes, limits.timeout, move |out| {
            read_answer(out, max_side, pixel_bytes)
        })
        .map_err(broken)?;
        self.explain(finished)
    }

    fn explain(
        &self,
        finished: Finished<(Answer, Vec<u8>)>,
    ) -> Result<(Header, Vec<u8>), DecodeError> {
        match finished.answer {
            Some((Answer::Decoded(header), pixels)) => {
                if !header.confined && !self.warned.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        "the kernel has no Landlock; picture decoding is limited but not confined"
                    );
                }
                return Ok((header, pixels));
            }
            Some((Answer::Refused(refusal), _)) => return Err(refusal.into()),
            None => {}
        }
        // SIGXCPU or the hard limit's SIGKILL: the processor time ran out before the wall time did.
        let signal = finished.status.signal();
        if finished.timed_out || signal == Some(24) || signal == Some(9) {
            return Err(DecodeError::Timeout);
        }
        // 101 is a panic. Anything else that is not a signal never was our worker at work.
        if signal.is_some() || finished.status.code() == Some(101) {
            tracing::warn!(status = %finished.status, stderr = finished.stderr.trim(), "picture decoder died");
            return Err(DecodeError::Hostile);
        }
        let what = if finished.status.code() == Some(i32::from(BROKEN_WORKER)) {
            finished.stderr.trim().to_owned()
        } else {
            format!("it ended with {} and no answer", finished.status)
        };
        Err(DecodeError::Worker(what))
    }
}

/// What becomes of a picture's transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transparency {
    OverWhite,
    Kept,
}

fn incomplete() -> DecodeError {
    DecodeError::Worker("its answer has too few pixels".into())
}

/// Reads a worker's answer, which is itself not trusted: its sizes are checked before anything is allocated.
fn read_answer(
    stdout: &mut ChildStdout,
    max_side: u32,
    pixel_bytes: usize,
) -> io::Result<(Answer, Vec<u8>)> {
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    reader
        .by_ref()
        .take(64 * 1024)
        .read_until(b'\n', &mut line)?;
    let answer: Answer = serde_json::from_slice(&line)?;
    let Answer::Decoded(header) = &answer else {
        return Ok((answer, Vec::new()));
    };
    if header.width.max(header.height) > max_side {
        return Err(io::Error::other(
            "the worker's picture is larger than asked for",
        ));
    }
    let mut pixels = vec![0; header.width as usize * header.height as usize * pixel_bytes];
    reader.read_exact(&mut pixels)?;
    Ok((answer, pixels))
}

impl From<Refusal> for DecodeError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyPixels { width, height, max } => {
                Self::TooManyPixels { width, height, max }
            }
            Refusal::Damaged(why) => Self::Damaged(why),
            Refusal::Unsupported(why) => Self::Unsupported(why),
            Refusal::OutOfMemory => Self::Hostile,
        }
    }
}
