//! Foreign film as frames for the encoder: cut to the middle, at our rate and size, decoded by the confined ffmpeg.

use std::path::PathBuf;
use std::time::Duration;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url, name};
use crate::probe::DEMUXERS;
use crate::sandbox::Paths;
use crate::stream::Stream;

/// Longest life of a decoder.
const LIFE: Duration = Duration::from_hours(6);

/// What happens where a film and the scene that shows it are of different length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Playback {
    /// The last frame stays, in silence.
    Freeze,
    /// It begins again.
    Loop,
    /// It is played at this multiple of its own pace.
    Pace(f64),
}

/// Which frames are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmSpec {
    /// The file.
    pub file: PathBuf,
    /// Sides of the frames in pixels, even. The film fills them; what lies outside is cut on both sides alike.
    pub width: u32,
    /// See `width`.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// Frames in all.
    pub frames: u64,
    /// How the film is brought to that length.
    pub playback: Playback,
}

/// A film on its way. Blocking; for a thread that renders.
#[derive(Debug)]
pub struct Film {
    stream: Stream,
    program: String,
    frame_bytes: usize,
}

impl Film {
    /// Starts decoding.
    pub fn start(ffmpeg: &Ffmpeg, spec: &FilmSpec) -> Result<Self, FfmpegError> {
        let call = Call {
            program: &ffmpeg.ffmpeg,
            args: args(spec)?,
            paths: Paths {
                read: vec![spec.file.clone()],
                write: Vec::new(),
            },
            timeout: LIFE,
        };
        Ok(Self {
            stream: Stream::start(ffmpeg, &call)?,
            program: name(&ffmpeg.ffmpeg),
            frame_bytes: spec.width as usize * spec.height as usize * 3 / 2,
        })
    }

    /// The next frame, into planar YUV 4:2:0 (BT.709, limited range) of `width * height * 3 / 2` bytes.
    pub fn read_frame(&mut self, frame: &mut [u8]) -> Result<(), FfmpegError> {
        let wrong = |message: &str| FfmpegError::Answer {
            program: self.program.clone(),
            message: message.to_owned(),
        };
        if frame.len() != self.frame_bytes {
            return Err(wrong("a frame of another size was asked for"));
        }
        if self.stream.read(frame)? < self.frame_bytes {
            return Err(wrong("the film has no more frames"));
        }
        Ok(())
    }
}

fn args(spec: &FilmSpec) -> Result<Vec<String>, FfmpegError> {
    let FilmSpec {
        width,
        height,
        fps,
        frames,
        ..
    } = spec;
    let mut args = common_args();
    let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
    push(&format!("-format_whitelist {DEMUXERS}"));
    if spec.playback == Playback::Loop {
        push("-stream_loop -1");
    }
    push("-i");
    args.push(file_url(&spec.file)?);
    let pace = match spec.playback {
        Playback::Pace(pace) => format!("setpts=(PTS-STARTPTS)/{pace:.6},"),
        Playback::Freeze | Playback::Loop => String::new(),
    };
    // Lanczos is sharp when a film is made smaller, which most are; turning matrices are applied by default.
    let filter = format!(
        "{pace}fps={fps},\
         scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos:\
         out_color_matrix=bt709:out_range=tv,\
         crop={width}:{height},setsar=1,tpad=stop_mode=clone:stop=-1"
    );
    let rest = format!("-map 0:v:0 -frames:v {frames} -f rawvideo -pix_fmt yuv420p");
    args.extend(["-vf".to_owned(), filter]);
    args.extend(rest.split(' ').map(str::to_owned));
    args.push("pipe:1".to_owned());
    Ok(args)
}
