//! The frames of a foreign recording at an even rate and in one size, decoded by the confined ffmpeg as they are asked for.

use std::path::Path;
use std::time::Duration;

use ::image::RgbImage;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url};
use crate::probe::DEMUXERS;
use crate::sandbox::Paths;
use crate::stream::Stream;

/// Longest life of a decoder.
const LIFE: Duration = Duration::from_mins(30);

/// The pictures of a recording on their way. Blocking; for a thread that looks at them.
#[derive(Debug)]
pub struct RecordingFrames {
    stream: Stream,
    side: u32,
}

impl RecordingFrames {
    /// Starts decoding at most `max_s` seconds of `file` into squares of `side` pixels, `fps` in a second from the start
    /// of the recording on: upright, as large as they fit, with black beside or above and below.
    pub fn start(
        ffmpeg: &Ffmpeg,
        file: &Path,
        side: u32,
        fps: u32,
        max_s: u32,
    ) -> Result<Self, FfmpegError> {
        let mut args = common_args();
        let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
        push(&format!("-format_whitelist {DEMUXERS} -i"));
        args.push(file_url(file)?);
        // Browsers record at an uneven rate and may begin with a late frame. Turning matrices are applied by default.
        let filter = format!(
            "fps={fps}:start_time=0,scale={side}:{side}:force_original_aspect_ratio=decrease,\
             pad={side}:{side}:(ow-iw)/2:(oh-ih)/2,setsar=1"
        );
        let rest = format!("-map 0:v:0 -an -t {max_s} -vf");
        args.extend(rest.split(' ').map(str::to_owned));
        args.push(filter);
        args.extend(
            "-f rawvideo -pix_fmt rgb24 pipe:1"
                .split(' ')
                .map(str::to_owned),
        );
        let call = Call {
            program: &ffmpeg.ffmpeg,
            args,
            paths: Paths {
                read: vec![file.to_owned()],
                write: Vec::new(),
            },
            timeout: LIFE,
        };
        Ok(Self {
            stream: Stream::start(ffmpeg, &call)?,
            side,
        })
    }

    /// The next frame; none after the last.
    pub fn next_frame(&mut self) -> Result<Option<RgbImage>, FfmpegError> {
        let mut frame = RgbImage::new(self.side, self.side);
        let bytes: &mut [u8] = &mut frame;
        let whole = bytes.len();
        Ok((self.stream.read(bytes)? == whole).then_some(frame))
    }
}
