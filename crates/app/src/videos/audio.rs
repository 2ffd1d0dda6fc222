//! Recorded audio that a video is made from: its rules, checked before the job.

use super::MAX_SCENE_S;
use super::new::NewScene;
use crate::files::{self, FileSource, SourceFile};
use crate::{App, Caller, Error};

/// Types of audio that a face can speak with; also the extensions that the contract names.
const AUDIO_TYPES: &[&str] = &["audio/mpeg", "audio/wav"];

/// Largest file, in bytes.
const MAX_AUDIO_BYTES: u64 = 50 << 20;

/// Shortest recording, in seconds.
const MIN_AUDIO_S: f64 = 0.1;

/// The file with its length, if it is a recording that can be heard.
pub(super) async fn check(
    app: &App,
    caller: &Caller,
    scene: &NewScene,
    source: &FileSource,
) -> Result<(SourceFile, f64), Error> {
    let field = match source {
        FileSource::Asset(_) => "audio_asset_id",
        FileSource::Url(_) | FileSource::Base64 { .. } => "audio_url",
    };
    let param = scene.param(field);
    let read =
        files::read_as_named(app, caller, source, &param, AUDIO_TYPES, MAX_AUDIO_BYTES).await;
    let file = read.map_err(|error| named(error, &param))?;
    let duration_s = duration_s(app, &file, &param).await?;
    if !(MIN_AUDIO_S..=MAX_SCENE_S).contains(&duration_s) {
        let message = format!(
            "The audio lasts {duration_s:.1} seconds; it must be {MIN_AUDIO_S} to {MAX_SCENE_S}."
        );
        return Err(Error::invalid(param, message));
    }
    Ok((file, duration_s))
}

/// These fields are not within an object, as those of other files are.
fn named(error: Error, param: &str) -> Error {
    let param = param.to_owned();
    match error {
        Error::Invalid { message, .. } => Error::Invalid { param, message },
        Error::DownloadFailed { message, .. } => Error::DownloadFailed { param, message },
        other => other,
    }
}

/// How long the sound is, by the confined prober.
async fn duration_s(app: &App, file: &SourceFile, param: &str) -> Result<f64, Error> {
    let unreadable = "The file is no audio that can be read.";
    let info = files::probe(app, file.bytes.clone(), param, unreadable).await?;
    let stream = info
        .audio
        .ok_or_else(|| Error::invalid(param, "The file has no sound."))?;
    Ok(stream.duration_s.or(info.duration_s).unwrap_or(0.0))
}
