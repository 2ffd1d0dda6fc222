//! The last step of a video's sound: brought to the loudness at which others play, with peaks that no player clips.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url};
use crate::sandbox::Paths;

/// Integrated loudness of finished sound, in LUFS (ITU-R BS.1770-4): what podcasts and the video platforms play at.
pub const LOUDNESS_LUFS: f64 = -16.0;

/// Greatest amplification, in decibels: more would raise little but noise.
const MAX_GAIN_DB: f64 = 20.0;

/// Greatest sample that the limiter lets through, of full scale: -2.5 dBFS. What returning to the file's rate and AAC put
/// between the samples stays below -1 dBTP.
const CEILING: f64 = 0.75;

/// The filter that lets one channel be heard whole from both loudspeakers, and leaves two as they are. The usual conversion
/// takes 3 dB away from each.
pub(crate) const BOTH_SIDES: &str =
    "aformat=channel_layouts=stereo|mono,pan=stereo|FL=FC+FL|FR=FC+FR";

/// How the sound of videos is encoded. At these rates the quick way of choosing quantisers is the better one: of 58 s of speech at
/// 128 kbit/s, 42 dB over what is lost in 0.7 CPU seconds, where the usual way leaves 31 dB and takes 1.5.
pub(crate) fn aac(bits_per_second: u32) -> String {
    format!("-c:a aac -aac_coder fast -ar 48000 -b:a {bits_per_second}")
}

/// Both passes of half an hour take seconds; this is for a machine that is very busy.
const TIMEOUT: Duration = Duration::from_hours(1);

/// Loudness of a [`Bed`] before it is turned down, and of speech where none is found.
const BED_LUFS: f64 = LOUDNESS_LUFS;

/// How music gives way to speech: above -36 dBFS of speech it is pressed by half of what speech is above that, within a
/// word's first sound, and comes back within the pause between two sentences.
const DUCKING: &str = "sidechaincompress=threshold=0.016:ratio=2:attack=20:release=600";

/// Seconds in which music comes and goes at the ends of a video.
const FADE_S: f64 = 1.5;

/// Music that is laid under sound.
#[derive(Debug, Clone, Copy)]
pub struct Bed<'a> {
    /// Interleaved 16-bit samples of two channels, at -16 LUFS, that can be played in a circle.
    pub pcm: &'a Path,
    pub rate_hz: u32,
    /// 1 is as loud as the sound above it.
    pub volume: f64,
    /// How long the sound is.
    pub duration_s: f64,
}

impl Ffmpeg {
    /// Writes the WAV file `to`: the sound of `from`, one channel at `rate_hz`, with music under it from its start to its end.
    pub fn lay_under(
        &self,
        from: &Path,
        bed: &Bed<'_>,
        to: &Path,
        rate_hz: u32,
    ) -> Result<(), FfmpegError> {
        let above = self.loudness(from)?.unwrap_or(BED_LUFS);
        let gain_db = above - BED_LUFS + 20.0 * bed.volume.log10();
        let fade_s = FADE_S.min(bed.duration_s / 3.0);
        let leaves_s = bed.duration_s - fade_s;
        let filters = format!(
            "[1:a]aformat=channel_layouts=mono,aresample={rate_hz},volume={gain_db:.3}dB,\
             afade=t=in:d={fade_s:.3},afade=t=out:st={leaves_s:.3}:d={fade_s:.3}[bed];\
             [0:a]asplit[above][key];[bed][key]{DUCKING}[under];\
             [above][under]amix=inputs=2:duration=first:normalize=0"
        );
        let mut args = common_args();
        args.extend(["-y", "-f", "wav", "-i"].map(str::to_owned));
        args.push(file_url(from)?);
        args.extend(["-stream_loop", "-1", "-f", "s16le", "-ac", "2", "-ar"].map(str::to_owned));
        args.extend([bed.rate_hz.to_string(), "-i".to_owned(), file_url(bed.pcm)?]);
        args.extend(["-filter_complex".to_owned(), filters]);
        self.write_wav(args, &[from, bed.pcm], to)
    }

    /// Writes the WAV file `to`: one channel with the sound of the WAV file `from` at `rate_hz`, as long as that, at
    /// `lufs` when both loudspeakers play it. Quiet sound is amplified by at most 20 dB; silence is copied.
    pub fn master(
        &self,
        from: &Path,
        to: &Path,
        rate_hz: u32,
        lufs: f64,
    ) -> Result<(), FfmpegError> {
        let found = self.loudness(from)?;
        let gain_db = found.map_or(0.0, |found| (lufs - found).min(MAX_GAIN_DB));
        // Limited at eight times the rate: there the samples come close to every peak.
        let filters = format!(
            "volume={gain_db:.3}dB,aresample={},alimiter=level=false:limit={CEILING}:attack=5:release=80:latency=true,\
             aresample={rate_hz}",
            8 * rate_hz
        );
        let mut args = common_args();
        args.extend(["-y", "-f", "wav", "-i"].map(str::to_owned));
        args.push(file_url(from)?);
        args.extend(["-map", "0:a:0", "-af"].map(str::to_owned));
        args.push(filters);
        self.write_wav(args, &[from], to)
    }

    /// Writes the M4A file `to`: the sound of the WAV file `from` as AAC, for both loudspeakers, as finished videos have it.
    pub fn encode_sound(
        &self,
        from: &Path,
        to: &Path,
        bits_per_second: u32,
    ) -> Result<(), FfmpegError> {
        let mut args = common_args();
        args.extend(["-y", "-f", "wav", "-i"].map(str::to_owned));
        args.push(file_url(from)?);
        let sound = format!("-map 0:a:0 -af {BOTH_SIDES} {}", aac(bits_per_second));
        args.extend(sound.split(' ').map(str::to_owned));
        self.write(args, &[from], to, "ipod")
    }

    /// Runs ffmpeg with inputs and filters that are set, into a WAV file of one channel.
    fn write_wav(
        &self,
        mut args: Vec<String>,
        reads: &[&Path],
        to: &Path,
    ) -> Result<(), FfmpegError> {
        args.extend(["-ac", "1", "-c:a", "pcm_s16le"].map(str::to_owned));
        self.write(args, reads, to, "wav")
    }

    /// Runs ffmpeg with inputs, filters and encoder that are set, into a file of this format.
    fn write(
        &self,
        mut args: Vec<String>,
        reads: &[&Path],
        to: &Path,
        format: &str,
    ) -> Result<(), FfmpegError> {
        args.extend(
            ["-map_metadata", "-1", "-fflags", "+bitexact", "-f", format].map(str::to_owned),
        );
        args.push(file_url(to)?);
        let call = Call {
            program: &self.ffmpeg,
            args,
            paths: Paths {
                read: reads.iter().map(|path| (*path).to_owned()).collect(),
                write: vec![to.parent().unwrap_or(to).to_owned()],
            },
            timeout: TIMEOUT,
        };
        self.text(&call, 4096).map(|_| ())
    }

    /// The integrated loudness of a file's sound as both loudspeakers play it, in LUFS; `None` for silence, and for what is
    /// shorter than the 0.4 s over which loudness is defined.
    pub fn loudness(&self, path: &Path) -> Result<Option<f64>, FfmpegError> {
        let mut args = common_args();
        args.extend(["-i".to_owned(), file_url(path)?]);
        args.extend(["-map", "0:a:0", "-af"].map(str::to_owned));
        args.push(format!(
            "{BOTH_SIDES},ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=-"
        ));
        args.extend(["-f", "null", "-"].map(str::to_owned));
        let call = Call {
            program: &self.ffmpeg,
            args,
            paths: Paths {
                read: vec![path.to_owned()],
                write: Vec::new(),
            },
            timeout: TIMEOUT,
        };
        let last = self.run(&call, |stdout| {
            let mut last = None;
            for line in BufReader::new(stdout).lines() {
                if let Some(value) = line?.strip_prefix("lavfi.r128.I=") {
                    last = value.parse::<f64>().ok();
                }
            }
            Ok(last)
        })?;
        // The standard's absolute gate, below which nothing counts.
        Ok(last.filter(|found| *found > -70.0))
    }
}
