//! `POST /v3/voices/clone` and its job: a voice from a recording.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use likeness_blobs::keys;
use likeness_domain::avatar::Failure;
use likeness_domain::id::VoiceId;
use likeness_domain::voice::{Attestation, PrivateVoice, Similarity, VoiceKind, VoiceStatus};
use likeness_jobs::JobContext;
use likeness_store::{ClonedVoice, Lane, StoreError};
use likeness_voice::{CloneError, CloneLimits, RECORDING_RATE_HZ, clone_voice};

use super::design::locale_of;
use crate::error::sentence;
use crate::files::{self, FileSource};
use crate::{App, Caller, Error, test_mode, work};

/// Clones that a workspace may have; the contract's example.
const MAX_CLONES: i64 = 10;

/// How long the search for a voice may go on; it ends earlier when it has tried enough.
const SEARCH_TIME: Duration = Duration::from_secs(90);

/// Seconds of a recording that are listened to.
const MAX_RECORDING_S: u32 = 120;

/// Recordings that can be decoded.
const ACCEPTED: &[&str] = &[
    "audio/mpeg",
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "audio/mp4",
    "video/mp4",
    "video/webm",
];

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewClone {
    /// 1 to 100 characters.
    pub name: String,
    pub audio: FileSource,
    /// Language that the clone will speak, by code or name; English if not said.
    pub language: Option<String>,
    pub remove_noise: bool,
}

/// Takes the recording and starts the job. That the speaker agrees is said by asking, and is written down with who asked.
pub async fn clone(app: &App, caller: &Caller, new: NewClone) -> Result<VoiceId, Error> {
    test_mode::check(caller, &new.name, "voice_name")?;
    let locale = match new.language.as_deref() {
        Some(wanted) => locale_of(app, wanted).map_err(|error| match error {
            Error::Invalid { message, .. } => Error::invalid("language", message),
            other => other,
        })?,
        None => "en-US".to_owned(),
    };
    let store = app.store();
    let limit_reached = || {
        let message =
            format!("A workspace has at most {MAX_CLONES} cloned voices; delete one first.");
        Error::LimitReached(message)
    };
    if store
        .count_voices(&caller.workspace_id, VoiceKind::Clone)
        .await?
        >= MAX_CLONES
    {
        return Err(limit_reached());
    }
    app.check_job_limit(caller).await?;
    let file = files::read(app, caller, &new.audio, "audio", ACCEPTED).await?;
    let now = app.now();
    let id = fresh_id()?;
    let key = keys::voice_source(&id, file.mime_type);
    app.blobs().put_bytes(&key, file.bytes).await?;
    let voice = PrivateVoice {
        id: id.clone(),
        workspace_id: caller.workspace_id.clone(),
        kind: VoiceKind::Clone,
        name: new.name,
        locale,
        gender: None,
        status: VoiceStatus::Processing,
        failure: None,
        recipe: None,
        source_key: Some(key.clone()),
        remove_noise: new.remove_noise,
        similarity: None,
        attestation: Some(Attestation {
            key_id: caller.key_id.clone(),
            at: now,
        }),
        created_at: now,
    };
    let job = work::clone_voice(app, caller, &voice)?;
    let lane = work::lane_of(&caller.workspace_id);
    let written = store.insert_clone(&voice, job, MAX_CLONES).await;
    if !matches!(written, Ok(true)) {
        // Nobody will look for it.
        app.blobs().delete(&[key]).await?;
    }
    if !written? {
        return Err(limit_reached());
    }
    wake(app, lane);
    Ok(id)
}

fn wake(app: &App, lane: Lane) {
    app.wake(lane).notify_one();
}

/// 32 hex digits like those of other voices, but random.
fn fresh_id() -> Result<VoiceId, Error> {
    let number = uuid::Uuid::now_v7().simple().to_string();
    number
        .parse()
        .map_err(|e: likeness_domain::id::MalformedId| Error::Internal(e.into()))
}

/// Why a clone was not made.
#[derive(Debug)]
pub(crate) enum CloneJobError {
    /// The recording's own fault: trying again would end the same way.
    Unusable(Failure),
    Cancelled,
    /// The server's fault: trying again may help.
    Other(anyhow::Error),
}

/// The job's work.
pub(crate) async fn run(
    app: &App,
    job: &JobContext,
    voice: &PrivateVoice,
) -> Result<ClonedVoice, CloneJobError> {
    let key = voice
        .source_key
        .clone()
        .context("the clone has no recording");
    let key = key.map_err(CloneJobError::Other)?;
    let bytes = app
        .blobs()
        .get(&key)
        .await
        .context("the recording cannot be read");
    let bytes = bytes.map_err(CloneJobError::Other)?;
    if voice.workspace_id.is_test() {
        return test_mode::clone_voice(job, voice).await;
    }
    let (app, watch, remove_noise) = (app.clone(), job.clone(), voice.remove_noise);
    let ending = key.rsplit('.').next().unwrap_or("bin").to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let scratch =
            tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
        let file = scratch.path().join(format!("recording.{ending}"));
        std::fs::write(&file, &bytes).context("the recording cannot be written")?;
        drop(bytes);
        let ffmpeg = &app.settings().encoding.ffmpeg;
        let samples = ffmpeg
            .decode_audio(&file, RECORDING_RATE_HZ, MAX_RECORDING_S)
            .map_err(|error| unusable("audio_not_readable", &error))?;
        let limits = CloneLimits {
            until: Instant::now() + SEARCH_TIME,
            cancelled: &|| watch.is_stopped(),
        };
        let engines = app.engines();
        clone_voice(
            engines.voices(),
            engines.models_dir(),
            &samples,
            remove_noise,
            &limits,
        )
        .map_err(failed)
    });
    let found = work
        .await
        .context("cloning stopped")
        .map_err(CloneJobError::Other)??;
    let recipe = serde_json::to_string(&found.blend).context("the mixture cannot be written");
    Ok(ClonedVoice {
        recipe: recipe.map_err(CloneJobError::Other)?,
        gender: Some(found.gender),
        similarity: Similarity {
            before: found.before,
            after: found.after,
        },
    })
}

impl From<anyhow::Error> for CloneJobError {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<StoreError> for CloneJobError {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

fn unusable(code: &str, cause: &impl ToString) -> CloneJobError {
    CloneJobError::Unusable(Failure {
        code: code.to_owned(),
        message: sentence(cause),
    })
}

fn failed(error: CloneError) -> CloneJobError {
    let code = match &error {
        CloneError::TooShort(_) => "audio_too_short",
        CloneError::TooNoisy(_) => "audio_too_noisy",
        CloneError::NoVoice => "no_voice_found",
        CloneError::SeveralSpeakers => "several_speakers",
        CloneError::Cancelled => return CloneJobError::Cancelled,
        CloneError::Voice(_) => return CloneJobError::Other(error.into()),
    };
    unusable(code, &error)
}
