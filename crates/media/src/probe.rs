//! What is inside a media file, by ffprobe.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::ffmpeg::{Call, Ffmpeg, FfmpegError, file_url, name};
use crate::sandbox::Paths;

/// Demuxers that are tried. Playlists and scripts, which name other files, are not among them.
pub(crate) const DEMUXERS: &str =
    "mov,mp4,matroska,webm,wav,mp3,aac,flac,ogg,avi,png_pipe,jpeg_pipe,webp_pipe";

/// A media file.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaInfo {
    /// ffmpeg's name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub format: String,
    /// Length, where the container tells.
    pub duration_s: Option<f64>,
    /// Size of the file.
    pub bytes: u64,
    /// The first video stream.
    pub video: Option<VideoStream>,
    /// The first audio stream.
    pub audio: Option<AudioStream>,
}

/// A video stream.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoStream {
    /// Such as `h264`.
    pub codec: String,
    /// Such as `High`.
    pub profile: Option<String>,
    /// Such as `yuv420p`.
    pub pixel_format: Option<String>,
    /// Such as `bt709`.
    pub color_space: Option<String>,
    /// `tv` or `pc`.
    pub color_range: Option<String>,
    /// Stored width in pixels.
    pub width: u32,
    /// Stored height in pixels.
    pub height: u32,
    /// Average frames per second.
    pub fps: Option<f64>,
    /// Length of this stream.
    pub duration_s: Option<f64>,
    /// Frames, where the container counts them.
    pub frames: Option<u64>,
}

/// An audio stream.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioStream {
    /// Such as `aac`.
    pub codec: String,
    /// Samples per second.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// Length of this stream.
    pub duration_s: Option<f64>,
}

impl Ffmpeg {
    /// Reads the headers of a file, which may be hostile: by the confined child, with a limit on time and answer.
    pub fn probe(&self, path: &Path) -> Result<MediaInfo, FfmpegError> {
        let mut args: Vec<String> = [
            "-hide_banner",
            "-v",
            "error",
            "-protocol_whitelist",
            "file,pipe",
            "-format_whitelist",
            DEMUXERS,
            "-show_format",
            "-show_streams",
            "-of",
            "json",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(file_url(path)?);
        let text = self.text(
            &Call {
                program: &self.ffprobe,
                args,
                paths: Paths {
                    read: vec![path.to_owned()],
                    write: Vec::new(),
                },
                timeout: Duration::from_secs(20),
            },
            1 << 20,
        )?;
        let answer: Answer = serde_json::from_str(&text).map_err(|e| FfmpegError::Answer {
            program: name(&self.ffprobe),
            message: e.to_string(),
        })?;
        Ok(answer.into())
    }
}

#[derive(Deserialize)]
struct Answer {
    format: Format,
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Format {
    #[serde(rename = "format_name")]
    name: String,
    duration: Option<String>,
    size: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    codec_type: Option<String>,
    codec_name: Option<String>,
    profile: Option<String>,
    pix_fmt: Option<String>,
    color_space: Option<String>,
    color_range: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    avg_frame_rate: Option<String>,
    duration: Option<String>,
    nb_frames: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
}

impl From<Answer> for MediaInfo {
    fn from(answer: Answer) -> Self {
        let first = |kind: &str| {
            answer
                .streams
                .iter()
                .find(|s| s.codec_type.as_deref() == Some(kind))
        };
        Self {
            video: first("video").map(video),
            audio: first("audio").map(audio),
            duration_s: seconds(answer.format.duration.as_deref()),
            bytes: answer.format.size.and_then(|s| s.parse().ok()).unwrap_or(0),
            format: answer.format.name,
        }
    }
}

fn video(stream: &Stream) -> VideoStream {
    VideoStream {
        codec: stream.codec_name.clone().unwrap_or_default(),
        profile: stream.profile.clone(),
        pixel_format: stream.pix_fmt.clone(),
        color_space: stream.color_space.clone(),
        color_range: stream.color_range.clone(),
        width: stream.width.unwrap_or(0),
        height: stream.height.unwrap_or(0),
        fps: stream.avg_frame_rate.as_deref().and_then(ratio),
        duration_s: seconds(stream.duration.as_deref()),
        frames: stream.nb_frames.as_deref().and_then(|n| n.parse().ok()),
    }
}

fn audio(stream: &Stream) -> AudioStream {
    AudioStream {
        codec: stream.codec_name.clone().unwrap_or_default(),
        sample_rate_hz: stream
            .sample_rate
            .as_deref()
            .and_then(|r| r.parse().ok())
            .unwrap_or(0),
        channels: stream.channels.unwrap_or(0),
        duration_s: seconds(stream.duration.as_deref()),
    }
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?
        .parse()
        .ok()
        .filter(|s: &f64| s.is_finite() && *s >= 0.0)
}

/// `24000/1001` and the like; `0/0` is unknown.
fn ratio(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/')?;
    let (over, under): (f64, f64) = (over.parse().ok()?, under.parse().ok()?);
    (over > 0.0 && under > 0.0).then(|| over / under)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_with_holes_are_read() {
        let text = r#"{"format":{"format_name":"x","duration":"N/A"},"streams":[{},
            {"codec_type":"video","avg_frame_rate":"24000/1001","width":2},{"codec_type":"audio"}]}"#;
        let info = MediaInfo::from(serde_json::from_str::<Answer>(text).unwrap());
        assert_eq!(info.duration_s, None);
        assert!((info.video.unwrap().fps.unwrap() - 23.976).abs() < 0.001);
        assert_eq!(info.audio.unwrap().sample_rate_hz, 0);
        assert_eq!(ratio("0/0"), None);
        assert_eq!(ratio("x"), None);
    }
}
