//! Samples of voices, made when somebody first listens.

use anyhow::Context as _;
use likeness_domain::id::VoiceId;
use likeness_domain::video::Script;
use likeness_voice::VoiceInfo;

use crate::error::Missing;
use crate::rendering::{Progress, speak};
use crate::{App, Error};

/// Where the samples are. A change of what they sound like needs another folder.
const FOLDER: &str = "voices/previews-1/";

/// Key of a voice's sample, whether it has been made or not.
pub fn key(id: &VoiceId) -> String {
    format!("{FOLDER}{id}.mp3")
}

/// Makes the sample that a key names, if it is one's and is not there; an object that is none of ours is left alone.
///
/// Whoever calls has checked the link: this tells nobody which voices there are.
pub async fn make(app: &App, key: &str) -> Result<(), Error> {
    let id = key
        .strip_prefix(FOLDER)
        .and_then(|rest| rest.strip_suffix(".mp3"));
    let Some(id) = id.and_then(|id| id.parse::<VoiceId>().ok()) else {
        return Ok(());
    };
    if app.blobs().has(key).await? {
        return Ok(());
    }
    let voice = voice(app, &id).await?;
    // Each uses all cores; who waits here may find it made.
    let _turn = app.speaking().acquire().await;
    if app.blobs().has(key).await? {
        return Ok(());
    }
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir)
        .context("no scratch folder")
        .map_err(Error::Internal)?;
    let (wav, mp3) = (
        scratch.path().join("preview.wav"),
        scratch.path().join("preview.mp3"),
    );
    let (engines, encoding) = (app.engines().clone(), app.settings().encoding.clone());
    let sound = mp3.clone();
    let speaking = tokio::task::spawn_blocking(move || {
        let progress = Progress::new(&|_| {}, &|| false);
        let script = Script::new(voice.sample(), voice.id.clone());
        speak(engines.voices(), &script, false, &wav, &progress)
            .context("the sample could not be spoken")?;
        encoding
            .ffmpeg
            .encode_mp3(&wav, &sound)
            .context("the sample could not be encoded")
    });
    speaking
        .await
        .context("speaking stopped")
        .and_then(|spoken| spoken)
        .map_err(Error::Internal)?;
    app.blobs().put_file(key, &mp3).await?;
    Ok(())
}

async fn voice(app: &App, id: &VoiceId) -> Result<VoiceInfo, Error> {
    if let Some(voice) = app.engines().voices().get(id) {
        return Ok(voice.clone());
    }
    let own = app.store().find_voice(id).await;
    let own = own.map_err(Error::or_missing(Missing::Object))?;
    super::ready(app, &own)
}
