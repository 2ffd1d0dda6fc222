//! Real footage to make twins of, as data: which pieces of which films.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use likeness_media::ffmpeg::Ffmpeg;
use serde::Deserialize;

/// The contents of `takes.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Takes {
    pub takes: Vec<Take>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    pub name: String,
    /// File below the folder of fetched films.
    pub file: String,
    /// The whole film where there is none.
    pub piece: Option<Piece>,
    /// Code with which training must refuse it.
    pub refused: Option<String>,
}

/// A piece that is played forwards and backwards.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    pub from_s: f64,
    pub to_s: f64,
    /// How often there and back.
    pub times: u32,
}

impl Takes {
    /// The takes that belong to this crate.
    pub fn read() -> Result<Self> {
        toml::from_str(include_str!("../takes.toml"))
            .context("takes.toml is not of the form expected")
    }
}

impl Take {
    /// The footage as a file: the film itself, or its piece, written to `dir` without loss.
    pub fn footage(&self, films: &Path, dir: &Path) -> Result<PathBuf> {
        let film = films.join(&self.file);
        let Some(piece) = self.piece else {
            return Ok(film);
        };
        let once = dir.join("once.mp4");
        let filter = format!(
            "[0:v]trim={}:{},setpts=PTS-STARTPTS,split[there][again];[again]reverse[back];[there][back]concat",
            piece.from_s, piece.to_s
        );
        // Nothing that an encoder does may be taken for the camera's.
        let exact = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"];
        ffmpeg(
            &[],
            &film,
            &[&["-filter_complex", &filter], &exact[..]].concat(),
            &once,
        )?;
        let footage = dir.join("footage.mp4");
        let more = piece.times.saturating_sub(1).to_string();
        ffmpeg(&["-stream_loop", &more], &once, &["-c", "copy"], &footage)?;
        Ok(footage)
    }
}

fn ffmpeg(before: &[&str], source: &Path, after: &[&str], out: &Path) -> Result<()> {
    let status = Command::new(Ffmpeg::find()?.ffmpeg)
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(before)
        .arg("-i")
        .arg(source)
        .args(after)
        .arg(out)
        .status()?;
    ensure!(status.success(), "{} could not be cut", source.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_as_long_as_footage_must_be() {
        let all = Takes::read().unwrap().takes;
        assert!(!all.is_empty());
        for take in all {
            if let Some(piece) = take.piece {
                let seconds = (piece.to_s - piece.from_s) * 2.0 * f64::from(piece.times);
                assert!((15.5..600.0).contains(&seconds), "{}: {seconds}", take.name);
            }
        }
    }

    #[test]
    fn a_piece_goes_there_and_back() {
        let dir = tempfile::tempdir().unwrap();
        let film = dir.path().join("film.mp4");
        let made = Command::new(Ffmpeg::find().unwrap().ffmpeg)
            .args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i"])
            .args([
                "testsrc=size=64x64:rate=10:duration=3",
                "-pix_fmt",
                "yuv420p",
            ])
            .arg(&film)
            .status()
            .unwrap();
        assert!(made.success());
        let take = Take {
            name: "numbers".to_owned(),
            file: "film.mp4".to_owned(),
            piece: Some(Piece {
                from_s: 1.0,
                to_s: 2.0,
                times: 2,
            }),
            refused: None,
        };
        let footage = take.footage(dir.path(), dir.path()).unwrap();
        let mut frames = Vec::new();
        let ffmpeg = Ffmpeg::find().unwrap();
        ffmpeg
            .decode_frames(&footage, 0.0, 60.0, |frame| {
                frames.push(frame);
                Ok(())
            })
            .unwrap();
        assert_eq!(frames.len(), 40);
        assert_eq!(frames[3].as_raw(), frames[16].as_raw());
        assert_eq!(frames[3].as_raw(), frames[23].as_raw());
        assert_ne!(frames[3].as_raw(), frames[9].as_raw());
    }
}
