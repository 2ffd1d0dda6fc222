//! One picture and a sound as a video: what test mode makes instead of rendering.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::encode::Container;
use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url};
use crate::sandbox::Paths;

/// How long each of the two runs may take.
const TIME: Duration = Duration::from_mins(2);

/// A video that stands still.
#[derive(Debug, Clone)]
pub struct StillSpec {
    /// JPEG file, of any size.
    pub picture: PathBuf,
    /// WAV file; padded with silence or cut to the length of the frames.
    pub audio: PathBuf,
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Whether the whole picture is seen; what lies outside the frame is cut otherwise.
    pub contain: bool,
    /// Colour beside a picture that does not fill the frame, as red, green, blue.
    pub background: [u8; 3],
    /// Frames per second.
    pub fps: u32,
    /// Frames in all.
    pub frames: u64,
    /// The kind of file; a transparent one is opaque all over.
    pub container: Container,
    /// The file to make. The second of video that it is repeated from is kept beside it.
    pub out: PathBuf,
}

impl Ffmpeg {
    /// Encodes one second and repeats it, so that the cost hardly depends on the length. The same input makes the same
    /// bytes with the same ffmpeg.
    pub fn encode_still(&self, spec: &StillSpec) -> Result<(), FfmpegError> {
        let second = spec.out.with_extension(match spec.container {
            Container::Mp4 => "second.mp4",
            Container::TransparentWebm => "second.webm",
        });
        self.still_run(spec, &[&spec.picture], second_args(spec, &second)?)?;
        let whole = whole_args(spec, &second)?;
        self.still_run(spec, &[&second, &spec.audio], whole)
    }

    fn still_run(
        &self,
        spec: &StillSpec,
        read: &[&Path],
        args: Vec<String>,
    ) -> Result<(), FfmpegError> {
        let folder = spec.out.parent();
        let folder = folder.ok_or_else(|| FfmpegError::Path(spec.out.clone()))?;
        let call = Call {
            program: &self.ffmpeg,
            args,
            paths: Paths {
                read: read.iter().map(|&path| path.to_owned()).collect(),
                write: vec![folder.to_owned()],
            },
            timeout: TIME,
        };
        self.run(&call, |_| Ok(()))
    }
}

fn words(args: &mut Vec<String>, text: &str) {
    args.extend(text.split(' ').map(str::to_owned));
}

fn second_args(spec: &StillSpec, out: &Path) -> Result<Vec<String>, FfmpegError> {
    let (width, height, fps) = (spec.width, spec.height, spec.fps);
    let mut args = common_args();
    words(
        &mut args,
        &format!("-y -f image2 -c:v mjpeg -loop 1 -framerate {fps} -i"),
    );
    args.push(file_url(&spec.picture)?);
    let [red, green, blue] = spec.background;
    let filter = if spec.contain {
        format!(
            "scale={width}:{height}:force_original_aspect_ratio=decrease,\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:0x{red:02x}{green:02x}{blue:02x}"
        )
    } else {
        format!("scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}")
    };
    args.push("-vf".to_owned());
    args.push(format!(
        "{filter},setsar=1,scale=out_color_matrix=bt709:out_range=tv"
    ));
    let codec = match spec.container {
        // Without B-frames the copies may end at any frame.
        Container::Mp4 => {
            "-c:v libx264 -preset ultrafast -tune stillimage -bf 0 -pix_fmt yuv420p -f mp4"
        }
        Container::TransparentWebm => {
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 0 -crf 40 -auto-alt-ref 0 \
             -pix_fmt yuva420p -metadata:s:v:0 alpha_mode=1 -f webm"
        }
    };
    words(&mut args, &format!("-frames:v {fps} -g {fps} -threads 1"));
    words(
        &mut args,
        "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
         -map_metadata -1 -fflags +bitexact -flags:v +bitexact",
    );
    words(&mut args, codec);
    args.push(file_url(out)?);
    Ok(args)
}

fn whole_args(spec: &StillSpec, second: &Path) -> Result<Vec<String>, FfmpegError> {
    let mut args = common_args();
    let (demuxer, sound, muxer) = match spec.container {
        Container::Mp4 => (
            "mp4",
            "-c:a aac -aac_coder fast -b:a 64k",
            "-movflags +faststart -f mp4",
        ),
        Container::TransparentWebm => (
            "matroska",
            "-c:a libopus -b:a 48k",
            "-metadata:s:v:0 alpha_mode=1 -f webm",
        ),
    };
    words(&mut args, &format!("-y -f {demuxer} -stream_loop -1 -i"));
    args.push(file_url(second)?);
    words(&mut args, "-f wav -i");
    args.push(file_url(&spec.audio)?);
    words(
        &mut args,
        &format!("-map 0:v:0 -c:v copy -map 1:a:0 -af apad {sound} -ar 48000 -ac 1"),
    );
    let frames = spec.frames;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a video has far fewer frames than 2^52"
    )]
    let seconds = frames as f64 / f64::from(spec.fps);
    words(&mut args, &format!("-frames:v {frames} -t {seconds:.3}"));
    words(
        &mut args,
        "-map_metadata -1 -fflags +bitexact -flags:a +bitexact",
    );
    words(&mut args, muxer);
    args.push(file_url(&spec.out)?);
    Ok(args)
}
