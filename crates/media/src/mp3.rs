//! Sound as MP3, which every player takes.

use std::path::Path;
use std::time::Duration;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url};
use crate::sandbox::Paths;

/// Mono speech at this rate is not told from its source (LAME's own recommendation for voice is 64 to 96).
const BITS_PER_SECOND: &str = "96k";
const MUSIC_BITS_PER_SECOND: &str = "160k";

impl Ffmpeg {
    /// Encodes a WAV file as mono MP3 at 44.1 kHz into `out`, whose folder must exist. The header tells players how much
    /// of the encoder's delay to skip.
    pub fn encode_mp3(&self, wav: &Path, out: &Path) -> Result<(), FfmpegError> {
        let mut args = common_args();
        args.extend(["-y", "-f", "wav", "-i"].map(str::to_owned));
        args.push(file_url(wav)?);
        let encoder = "-c:a libmp3lame -ar 44100 -ac 1 -map_metadata -1 -fflags +bitexact -b:a";
        args.extend(encoder.split(' ').map(str::to_owned));
        args.push(BITS_PER_SECOND.to_owned());
        self.write_mp3(args, wav, out)
    }

    /// Encodes interleaved 16-bit samples of two channels as MP3 into `out`, whose folder must exist.
    pub fn encode_stereo_mp3(
        &self,
        pcm: &Path,
        sample_rate_hz: u32,
        out: &Path,
    ) -> Result<(), FfmpegError> {
        let mut args = common_args();
        args.extend(["-y", "-f", "s16le", "-ac", "2", "-ar"].map(str::to_owned));
        args.extend([sample_rate_hz.to_string(), "-i".to_owned(), file_url(pcm)?]);
        let encoder = "-c:a libmp3lame -map_metadata -1 -fflags +bitexact -b:a";
        args.extend(encoder.split(' ').map(str::to_owned));
        args.push(MUSIC_BITS_PER_SECOND.to_owned());
        self.write_mp3(args, pcm, out)
    }

    fn write_mp3(&self, mut args: Vec<String>, from: &Path, out: &Path) -> Result<(), FfmpegError> {
        let folder = out
            .parent()
            .ok_or_else(|| FfmpegError::Path(out.to_owned()))?;
        args.extend(["-f", "mp3"].map(str::to_owned));
        args.push(file_url(out)?);
        let call = Call {
            program: &self.ffmpeg,
            args,
            paths: Paths {
                read: vec![from.to_owned()],
                write: vec![folder.to_owned()],
            },
            timeout: Duration::from_mins(2),
        };
        self.run(&call, |_| Ok(()))
    }
}
