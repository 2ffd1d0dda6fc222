//! Text to sound while the caller waits: `POST /v3/voices/speech`.
//!
//! The same text in the same voice is the same sound, so it is kept by the digest of what decides it and made once. It goes
//! as other kept results do: with the keys that asked for it, by age, or by size.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use likeness_blobs::keys;
use likeness_domain::id::VoiceId;
use likeness_domain::speech::{SpeechTiming, TimedWord};
use likeness_domain::video::{Script, VideoRequest};
use likeness_voice::VoiceError;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{NotUsable, sentence};
use crate::rendering::{Progress, SpeakError, speak};
use crate::{App, Caller, Error, shelf, voices};

/// What `POST /v3/voices/speech` asks for.
#[derive(Debug, Clone)]
pub struct NewSpeech {
    pub text: String,
    pub voice_id: VoiceId,
    /// Whether the text is SSML.
    pub ssml: bool,
    /// Pace, 0.5 to 2.
    pub speed: f32,
    /// Language or locale that the voice must have.
    pub locale: Option<String>,
}

/// Spoken text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Speech {
    /// Names the sound; the same for the same request.
    pub digest: String,
    pub duration_s: f64,
    pub words: Vec<TimedWord>,
}

impl Speech {
    /// Key of the MP3.
    pub fn audio_key(&self) -> String {
        keys::speech(&self.digest)
    }
}

/// Speaks the text, or gives the sound that was made of it before.
pub async fn create(app: &App, caller: &Caller, new: NewSpeech) -> Result<Speech, Error> {
    let voice = voices::find(app, &caller.workspace_id, &new.voice_id).await?;
    if let Some(locale) = &new.locale {
        check_locale(locale, &voice, "locale")?;
    }
    let digest = digest(caller, &new);
    match app.blobs().get(&keys::speech_words(&digest)).await {
        Ok(kept) => {
            let speech =
                serde_json::from_slice(&kept).map_err(|error| Error::Internal(error.into()))?;
            shelf::note_speech(app, caller, &digest).await?;
            return Ok(speech);
        }
        Err(likeness_blobs::BlobError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    // Each uses all cores: more at once would only make all of them late.
    let _turn = app.speaking().acquire().await;
    let spoken = characters(&new.text);
    let speech = make(app, new, digest, caller.workspace_id.is_test()).await?;
    app.store()
        .add_spoken(&caller.workspace_id, spoken, app.now())
        .await?;
    shelf::note_speech(app, caller, &speech.digest).await?;
    Ok(speech)
}

/// Characters of a text as usage counts them.
pub(crate) fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// Characters that a video speaks.
pub(crate) fn spoken(request: &VideoRequest) -> i64 {
    request
        .scripts()
        .map(|script| characters(&script.text))
        .sum()
}

/// Whether the voice speaks what is asked for: a locale such as `en-GB`, or a language by code or name.
pub(crate) fn check_locale(
    wanted: &str,
    voice: &likeness_voice::VoiceInfo,
    param: &str,
) -> Result<(), Error> {
    let code = voice.locale.split('-').next().unwrap_or(&voice.locale);
    let wanted = wanted.trim().replace('_', "-");
    let suits = [voice.locale.as_str(), code, voice.language.as_str()];
    if suits.iter().any(|own| own.eq_ignore_ascii_case(&wanted)) {
        return Ok(());
    }
    let message = format!("{} speaks {} only.", voice.name, voice.locale);
    Err(Error::invalid(param, message))
}

/// Workspaces share no sound: what one has said is not to be found out by another.
fn digest(caller: &Caller, new: &NewSpeech) -> String {
    let mut hash = Sha256::new();
    hash.update(shelf::SPEECH_VERSION.to_be_bytes());
    hash.update(new.speed.to_be_bytes());
    hash.update([u8::from(new.ssml)]);
    for part in [
        caller.workspace_id.as_str(),
        new.voice_id.as_str(),
        &new.text,
    ] {
        crate::digest::put(&mut hash, part);
    }
    hex::encode(hash.finalize())
}

async fn make(app: &App, new: NewSpeech, digest: String, test: bool) -> Result<Speech, Error> {
    let internal = |error: anyhow::Error| Error::Internal(error);
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir)
        .context("no scratch folder")
        .map_err(internal)?;
    let mp3 = scratch.path().join("speech.mp3");
    let timing = if test {
        let text = if new.ssml {
            likeness_voice::ssml_text(&new.text).map_err(|error| unspoken(error.into()))?
        } else {
            new.text
        };
        crate::test_mode::speak(app, text, new.speed, mp3.clone())
            .await
            .map_err(internal)?
    } else {
        speak_to(app, new, scratch.path(), mp3.clone()).await?
    };
    let speech = Speech {
        duration_s: timing.duration_s,
        words: timing.words,
        digest,
    };
    let words = serde_json::to_vec(&speech).map_err(|error| Error::Internal(error.into()))?;
    let blobs = app.blobs();
    blobs.put_file(&speech.audio_key(), &mp3).await?;
    // Last, as it is what says that the sound is there.
    blobs
        .put_bytes(&keys::speech_words(&speech.digest), Bytes::from(words))
        .await?;
    Ok(speech)
}

/// Speaks into `mp3`; `dir` is for the sound on its way.
async fn speak_to(
    app: &App,
    new: NewSpeech,
    dir: &Path,
    mp3: PathBuf,
) -> Result<SpeechTiming, Error> {
    let wav = dir.join("speech.wav");
    let (engines, encoding) = (app.engines().clone(), app.settings().encoding.clone());
    let speaking = tokio::task::spawn_blocking(move || {
        let progress = Progress::new(&|_| {}, &|| false);
        let voices = engines.voices();
        let script = Script {
            speed: new.speed,
            ..Script::new(new.text, new.voice_id)
        };
        let timing = speak(voices, &script, new.ssml, &wav, &progress).map_err(unspoken)?;
        encoding
            .ffmpeg
            .encode_mp3(&wav, &mp3)
            .context("the speech could not be encoded")
            .map_err(Error::Internal)?;
        Ok::<_, Error>(timing)
    });
    speaking
        .await
        .context("speaking stopped")
        .map_err(Error::Internal)?
}

fn unspoken(error: SpeakError) -> Error {
    match error {
        SpeakError::Voice(
            voice @ (VoiceError::NothingToSpeak
            | VoiceError::TooLong { .. }
            | VoiceError::Markup(_)
            | VoiceError::NoPitch),
        ) => Error::NotUsable {
            code: NotUsable::Text,
            param: "text".to_owned(),
            message: sentence(&voice),
        },
        error => Error::Internal(error.into()),
    }
}
