//! The sound of foreign files as samples, decoded by the confined ffmpeg as they are asked for.

use std::path::PathBuf;
use std::time::Duration;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, common_args, file_url};
use crate::film::Playback;
use crate::probe::DEMUXERS;
use crate::sandbox::Paths;
use crate::stream::Stream;

/// Longest life of a decoder.
const LIFE: Duration = Duration::from_hours(6);

/// Beyond full scale by 12 dB: what a decoder that was fed with rubbish may give is cut there.
const MOST: f32 = 4.0;

/// Which sound is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundSpec {
    /// A file with sound in it.
    pub file: PathBuf,
    /// How it is brought to its length: what is missing is silence, what is too long is cut.
    pub playback: Playback,
    /// Samples per second.
    pub rate_hz: u32,
    /// Its length in seconds.
    pub length_s: f64,
}

/// A sound on its way: one channel. Blocking; for a thread that renders.
#[derive(Debug)]
pub struct SoundReader {
    stream: Stream,
    bytes: Vec<u8>,
    ended: bool,
}

impl SoundReader {
    /// Starts decoding.
    pub fn start(ffmpeg: &Ffmpeg, spec: &SoundSpec) -> Result<Self, FfmpegError> {
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
            bytes: Vec::new(),
            ended: false,
        })
    }

    /// Adds what comes next to `block`, times `gain`; nothing once the sound has ended.
    pub fn add(&mut self, block: &mut [f32], gain: f32) -> Result<(), FfmpegError> {
        if self.ended {
            return Ok(());
        }
        self.bytes.resize(block.len() * 4, 0);
        let read = self.stream.read(&mut self.bytes)?;
        self.ended = read < self.bytes.len();
        let samples = self
            .bytes
            .get(..read)
            .unwrap_or_default()
            .as_chunks::<4>()
            .0;
        for (sample, bytes) in block.iter_mut().zip(samples) {
            let heard = f32::from_le_bytes(*bytes);
            if heard.is_finite() {
                *sample += heard.clamp(-MOST, MOST) * gain;
            }
        }
        Ok(())
    }
}

fn args(spec: &SoundSpec) -> Result<Vec<String>, FfmpegError> {
    let mut args = common_args();
    let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
    push(&format!("-format_whitelist {DEMUXERS}"));
    if spec.playback == Playback::Loop {
        push("-stream_loop -1");
    }
    push("-i");
    args.push(file_url(&spec.file)?);
    let mut push = |text: &str| args.extend(text.split(' ').map(str::to_owned));
    push("-map 0:a:0");
    if let Playback::Pace(pace) = spec.playback {
        push(&format!("-af {}", tempo(pace)));
    }
    // Cut to the length: what loops would never end.
    push(&format!("-t {:.6}", spec.length_s));
    push(&format!("-ac 1 -ar {} -f f32le pipe:1", spec.rate_hz));
    Ok(args)
}

/// Filters that change the pace and keep the pitch; each can do half to double.
fn tempo(pace: f64) -> String {
    let mut left = pace.clamp(1.0 / 64.0, 64.0);
    let mut steps = Vec::new();
    while !(0.5..=2.0).contains(&left) {
        let step = left.clamp(0.5, 2.0);
        steps.push(step);
        left /= step;
    }
    steps.push(left);
    let steps: Vec<_> = steps.iter().map(|s| format!("atempo={s:.6}")).collect();
    steps.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_pace_is_made_of_steps_that_the_filter_can_do() {
        assert_eq!(tempo(1.5), "atempo=1.500000");
        assert_eq!(tempo(3.0), "atempo=2.000000,atempo=1.500000");
        assert_eq!(
            tempo(0.2),
            "atempo=0.500000,atempo=0.500000,atempo=0.800000"
        );
    }
}
