//! Arguments of the encoder for transparent videos: WebM with VP9, whose plane of opacity browsers honour, and Opus.

use crate::encode::{EncodeError, EncodeSpec};
use crate::ffmpeg::{common_args, file_url};
use crate::mastering::BOTH_SIDES;

/// Speed of VP9, 0 (slowest) to 8, and its constant rate factor, 0 (lossless) to 63.
const SPEED: u8 = 6;
const CRF: u8 = 28;

/// Frames come on standard input: planar 4:2:0 and opacity.
pub(crate) fn args(spec: &EncodeSpec, out: &str) -> Result<Vec<String>, EncodeError> {
    let mut args = common_args();
    let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
    push("-y -f rawvideo -pix_fmt yuva420p -color_range tv -colorspace bt709");
    push(&format!(
        "-video_size {}x{} -framerate {}",
        spec.width, spec.height, spec.fps
    ));
    push("-i pipe:0");
    if let Some(audio) = &spec.audio {
        push("-f wav -i");
        args.push(file_url(audio)?);
    }
    let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
    // ffmpeg runs a second encoder for the opacity. Alternate reference frames are not shown themselves and would get the
    // two out of step.
    push(
        "-map 0:v:0 -c:v libvpx-vp9 -pix_fmt yuva420p -auto-alt-ref 0 -deadline realtime -row-mt 1",
    );
    push(&format!(
        "-cpu-used {SPEED} -b:v 0 -crf {CRF} -threads {} -g {}",
        spec.settings.threads,
        spec.fps * 2
    ));
    push("-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709");
    if spec.audio.is_some() {
        // Silence without end behind the sound, and the video's length for both.
        push(&format!("-map 1:a:0 -af {BOTH_SIDES},apad -shortest"));
        push("-c:a libopus -ar 48000");
        push(&format!("-b:a {}", spec.settings.audio_bits_per_second));
    }
    push("-map_metadata -1 -fflags +bitexact -metadata:s:v:0 alpha_mode=1 -f webm");
    args.push(out.to_owned());
    Ok(args)
}
