//! Footage of a person: brought into one form while it is looked at, and read again frame by frame.

use std::path::PathBuf;
use std::time::Duration;

use ::image::RgbImage;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url, name};
use crate::probe::DEMUXERS;
use crate::sandbox::Paths;
use crate::stream::Stream;

/// Longest life of a decoder.
const LIFE: Duration = Duration::from_hours(3);

/// Largest picture that is accepted of the child, in pixels.
const MAX_PIXELS: u64 = 4096 * 4096;

/// Frames between two from which decoding can begin.
const GROUP: u32 = 25;

/// What footage is brought to.
#[derive(Debug, Clone, PartialEq)]
pub struct ConformSpec {
    /// The footage as it was sent.
    pub source: PathBuf,
    /// The MP4 file to make, in an existing folder: MPEG-4 video without sound and B-frames, a key frame a second, upright,
    /// square pixels, BT.709.
    pub out: PathBuf,
    /// Frames per second.
    pub fps: u32,
    /// Most pixels of its longer side; smaller footage keeps its size.
    pub max_side: u32,
    /// How much is lost of the film: MPEG-4's quantiser, 1 to 31.
    pub quantiser: u8,
    /// Most pixels of the longer side of the frames that are handed over.
    pub look_side: u32,
    /// Frames after which no more are read.
    pub max_frames: u64,
}

/// Footage being conformed. Every frame that was written is handed over once. Dropping it ends the child.
#[derive(Debug)]
pub struct Conform {
    stream: Stream,
    program: String,
    /// Length of a frame's header and its sides, known from the first one.
    head: Option<(usize, u32, u32)>,
}

impl Conform {
    /// Starts the child.
    pub fn start(ffmpeg: &Ffmpeg, spec: &ConformSpec) -> Result<Self, FfmpegError> {
        let folder = spec.out.parent().unwrap_or(&spec.out).to_owned();
        let call = Call {
            program: &ffmpeg.ffmpeg,
            args: conform_args(spec)?,
            paths: Paths {
                read: vec![spec.source.clone()],
                write: vec![folder],
            },
            timeout: LIFE,
        };
        Ok(Self {
            stream: Stream::start(ffmpeg, &call)?,
            program: name(&ffmpeg.ffmpeg),
            head: None,
        })
    }

    /// The next frame, upright; `None` after the last, when the file is whole.
    pub fn next_frame(&mut self) -> Result<Option<RgbImage>, FfmpegError> {
        let (width, height) = match self.head {
            None => {
                let Some(head) = self.read_head()? else {
                    return Ok(None);
                };
                self.head = Some(head);
                (head.1, head.2)
            }
            Some((length, width, height)) => {
                let mut head = vec![0; length];
                match self.stream.read(&mut head)? {
                    0 => return Ok(None),
                    got if got < length => return Err(self.wrong("a frame is cut off")),
                    _ => (width, height),
                }
            }
        };
        let mut frame = RgbImage::new(width, height);
        if self.stream.read(&mut frame)? < frame.len() {
            return Err(self.wrong("a frame is cut off"));
        }
        Ok(Some(frame))
    }

    /// `P6`, width and height, 255, each ended by one blank: the header of a PPM picture.
    fn read_head(&mut self) -> Result<Option<(usize, u32, u32)>, FfmpegError> {
        let mut head = Vec::new();
        let mut byte = [0];
        let mut lines = 0;
        while lines < 3 {
            if self.stream.read(&mut byte)? == 0 {
                return if head.is_empty() {
                    Ok(None)
                } else {
                    Err(self.wrong("a frame is cut off"))
                };
            }
            head.push(byte[0]);
            lines += usize::from(byte == *b"\n");
            if head.len() > 64 {
                return Err(self.wrong("no PPM header"));
            }
        }
        let text = String::from_utf8_lossy(&head);
        let mut words = text.split_ascii_whitespace();
        let kind = words.next();
        let mut side = || words.next().and_then(|w| w.parse::<u32>().ok());
        match (kind, side(), side()) {
            (Some("P6"), Some(width), Some(height))
                if u64::from(width) * u64::from(height) <= MAX_PIXELS =>
            {
                Ok(Some((head.len(), width, height)))
            }
            _ => Err(self.wrong("no PPM header")),
        }
    }

    fn wrong(&self, message: &str) -> FfmpegError {
        FfmpegError::Answer {
            program: self.program.clone(),
            message: message.to_owned(),
        }
    }
}

fn conform_args(spec: &ConformSpec) -> Result<Vec<String>, FfmpegError> {
    let ConformSpec {
        fps,
        max_side,
        quantiser,
        look_side,
        max_frames,
        ..
    } = spec;
    let mut args = common_args();
    let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
    push("-y -format_whitelist");
    push(DEMUXERS);
    push("-i");
    args.push(file_url(&spec.source)?);
    // Turning matrices are applied before the filters. Sides become even, pixels square.
    let fitted = |side: u32| {
        let share = format!("min(1,{side}/max(iw*sar,ih))");
        format!(
            "scale=w='2*max(1,round(iw*sar*{share}/2))':h='2*max(1,round(ih*{share}/2))':flags=area"
        )
    };
    let filter = format!(
        "[0:v:0]fps={fps},{},setsar=1,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,split=2[film][look];\
         [look]{},scale=in_color_matrix=bt709:in_range=tv,format=rgb24[seen]",
        fitted(*max_side),
        fitted(*look_side),
    );
    args.extend(["-filter_complex".to_owned(), filter]);
    let mut push = |text: String| args.extend(text.split(' ').map(str::to_owned));
    // Quick, as the face is followed at the same time, and quick to read again: of 39 s of noisy 1080p, MPEG-4 with a quantiser
    // of 2 takes 7.7 CPU seconds and 2.4 when it is read, x264's `ultrafast` 14 and 7.5 for four times the bytes.
    push(format!(
        "-map [film] -an -frames:v {max_frames} -c:v mpeg4 -q:v {quantiser} -bf 0 -g {GROUP} \
         -sc_threshold 1000000000 -threads 2 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
         -movflags +faststart -f mp4"
    ));
    args.push(file_url(&spec.out)?);
    let mut push = |text: String| args.extend(text.split(' ').map(str::to_owned));
    push(format!(
        "-map [seen] -frames:v {max_frames} -f image2pipe -c:v ppm pipe:1"
    ));
    Ok(args)
}

/// Frames of a film, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frames {
    /// This one and all behind it.
    From(u64),
    /// These, which ascend. All between the first and the last are decoded, and not handed over.
    Chosen(Vec<u64>),
}

/// Which frames of conformed footage are wanted, and how large.
#[derive(Debug, Clone, PartialEq)]
pub struct FootageSpec {
    /// A file that [`Conform`] made.
    pub file: PathBuf,
    /// Its frames per second.
    pub fps: u32,
    /// Those that are wanted.
    pub frames: Frames,
    /// Size that the whole picture is brought to, in pixels, even.
    pub scaled: (u32, u32),
    /// Part of that which is read: left and top, even.
    pub corner: (u32, u32),
    /// Its size, even.
    pub size: (u32, u32),
}

/// Frames of conformed footage, one after the other. Blocking; dropping it ends the child.
#[derive(Debug)]
pub struct Footage {
    stream: Stream,
    frame_bytes: usize,
    program: String,
}

impl Footage {
    /// Starts decoding.
    pub fn start(ffmpeg: &Ffmpeg, spec: &FootageSpec) -> Result<Self, FfmpegError> {
        let call = Call {
            program: &ffmpeg.ffmpeg,
            args: footage_args(spec)?,
            paths: Paths {
                read: vec![spec.file.clone()],
                write: Vec::new(),
            },
            timeout: LIFE,
        };
        Ok(Self {
            stream: Stream::start(ffmpeg, &call)?,
            frame_bytes: spec.size.0 as usize * spec.size.1 as usize * 3 / 2,
            program: name(&ffmpeg.ffmpeg),
        })
    }

    /// The next of the wanted frames: planar YUV 4:2:0 (BT.709, limited range) of `width * height * 3 / 2` bytes.
    pub fn read(&mut self, frame: &mut [u8]) -> Result<(), FfmpegError> {
        if frame.len() == self.frame_bytes && self.stream.read(frame)? == frame.len() {
            return Ok(());
        }
        Err(FfmpegError::Answer {
            program: self.program.clone(),
            message: "the footage ends early".to_owned(),
        })
    }
}

fn footage_args(spec: &FootageSpec) -> Result<Vec<String>, FfmpegError> {
    let mut args = common_args();
    let (first, chosen) = match &spec.frames {
        Frames::From(first) => (*first, None),
        Frames::Chosen(frames) => (frames.first().copied().unwrap_or(0), Some(frames)),
    };
    // A quarter of a frame early: the frame at that time and later is the wanted one, however times are rounded.
    let from = (first as f64 - 0.25).max(0.0) / f64::from(spec.fps);
    args.extend(["-format_whitelist", "mov", "-ss"].map(str::to_owned));
    args.push(format!("{from:.6}"));
    args.extend(["-i".to_owned(), file_url(&spec.file)?]);
    let ((scaled_w, scaled_h), (left, top), (width, height)) =
        (spec.scaled, spec.corner, spec.size);
    let select = chosen.map_or_else(String::new, |frames| {
        let these: Vec<String> = frames
            .iter()
            .map(|frame| format!("eq(n,{})", frame - first))
            .collect();
        format!("select='{}',", these.join("+"))
    });
    let filter = format!(
        "{select}scale={scaled_w}:{scaled_h}:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709,\
         crop={width}:{height}:{left}:{top}"
    );
    args.extend(["-vf".to_owned(), filter]);
    let rest = "-map 0:v:0 -vsync passthrough -f rawvideo -pix_fmt yuv420p";
    args.extend(rest.split(' ').map(str::to_owned));
    if let Some(frames) = chosen {
        args.extend(["-frames:v".to_owned(), frames.len().to_string()]);
    }
    args.push("pipe:1".to_owned());
    Ok(args)
}
