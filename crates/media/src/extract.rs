//! Single frames and sound out of media files, for previews and for tests that measure.

use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use ::image::RgbImage;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url, name};
use crate::sandbox::Paths;

/// Most pixels of an extracted frame.
const MAX_PIXELS: u64 = 64_000_000;

/// Longest time for all frames of a file, with what is done with each of them.
const DECODING: Duration = Duration::from_hours(2);

impl Ffmpeg {
    /// The frame shown at `at_s` seconds.
    pub fn extract_frame(&self, path: &Path, at_s: f64) -> Result<RgbImage, FfmpegError> {
        let info = self.probe(path)?;
        let wrong = |message: &str| FfmpegError::Answer {
            program: name(&self.ffmpeg),
            message: message.to_owned(),
        };
        let video = info.video.ok_or_else(|| wrong("the file has no video"))?;
        let (width, height) = (video.width, video.height);
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(wrong("the frame is too large"));
        }
        let mut args = common_args();
        // Files with a turning matrix would change the size; we want the stored frame.
        args.extend(["-noautorotate", "-ss"].map(str::to_owned));
        args.push(format!("{:.6}", at_s.max(0.0)));
        args.extend(["-i".to_owned(), file_url(path)?]);
        args.extend(
            [
                "-map",
                "0:v:0",
                "-frames:v",
                "1",
                "-f",
                "rawvideo",
                "-pix_fmt",
                "rgb24",
                "pipe:1",
            ]
            .map(str::to_owned),
        );
        let pixels = self.run(&self.reading(path, args), move |stdout| {
            let mut pixels = vec![0; width as usize * height as usize * 3];
            stdout.read_exact(&mut pixels).map(|()| pixels)
        })?;
        RgbImage::from_raw(width, height, pixels).ok_or_else(|| wrong("the frame is not filled"))
    }

    /// Hands every frame from `from_s` seconds on to `each`, at most `max_s` seconds of them; returns how many. Frames
    /// are those that the file has, none doubled or dropped. An error of `each` ends it.
    pub fn decode_frames(
        &self,
        path: &Path,
        from_s: f64,
        max_s: f64,
        mut each: impl FnMut(RgbImage) -> io::Result<()> + Send,
    ) -> Result<u64, FfmpegError> {
        let info = self.probe(path)?;
        let wrong = |message: &str| FfmpegError::Answer {
            program: name(&self.ffmpeg),
            message: message.to_owned(),
        };
        let video = info.video.ok_or_else(|| wrong("the file has no video"))?;
        let (width, height) = (video.width, video.height);
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(wrong("the frames are too large"));
        }
        let mut args = common_args();
        args.extend(["-noautorotate", "-ss"].map(str::to_owned));
        args.push(format!("{:.6}", from_s.max(0.0)));
        args.extend(["-t".to_owned(), format!("{:.6}", max_s.max(0.0))]);
        args.extend(["-i".to_owned(), file_url(path)?]);
        let rest = "-map 0:v:0 -vsync passthrough -f rawvideo -pix_fmt rgb24 pipe:1";
        args.extend(rest.split(' ').map(str::to_owned));
        let call = Call {
            timeout: DECODING,
            ..self.reading(path, args)
        };
        self.run(&call, move |stdout| {
            let mut count = 0;
            loop {
                let mut frame = RgbImage::new(width, height);
                match stdout.read_exact(&mut frame) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(count),
                    Err(error) => return Err(error),
                }
                if let Err(error) = each(frame) {
                    // What is left over must be drained, or the child would wait for ever.
                    io::copy(stdout, &mut io::sink())?;
                    return Err(error);
                }
                count += 1;
            }
        })
    }

    /// The sound as mono samples in -1..1 at `sample_rate_hz`, at most `max_s` seconds of it.
    pub fn decode_audio(
        &self,
        path: &Path,
        sample_rate_hz: u32,
        max_s: u32,
    ) -> Result<Vec<f32>, FfmpegError> {
        let mut args = common_args();
        args.extend(["-i".to_owned(), file_url(path)?]);
        args.extend(["-map", "0:a:0", "-ac", "1", "-f", "f32le", "-ar"].map(str::to_owned));
        args.extend([
            sample_rate_hz.to_string(),
            "-t".to_owned(),
            max_s.to_string(),
        ]);
        args.push("pipe:1".to_owned());
        let max_bytes = u64::from(sample_rate_hz) * u64::from(max_s) * 4;
        self.run(&self.reading(path, args), move |stdout| {
            let mut bytes = Vec::new();
            stdout.take(max_bytes).read_to_end(&mut bytes)?;
            // What is left over must be drained, or the child would wait for ever.
            io::copy(stdout, &mut io::sink())?;
            Ok(bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect())
        })
    }

    fn reading(&self, path: &Path, args: Vec<String>) -> Call<'_> {
        Call {
            program: &self.ffmpeg,
            args,
            paths: Paths {
                read: vec![path.to_owned()],
                write: Vec::new(),
            },
            timeout: Duration::from_mins(2),
        }
    }
}
