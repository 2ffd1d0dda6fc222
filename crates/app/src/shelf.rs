//! Results of earlier renders, kept so that nothing is made twice for the same content.
//!
//! A result is named by the digest of everything that decides it, its workspace included: what one has said is not to be
//! found out by another. It goes with the last video that it was made or used for, and otherwise when it has not been used
//! for days or when all of them together take too much room.
//!
//! Speech is kept, that of scripts and that which was asked for by itself. Motion is not: planning it takes less time than reading it would.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use likeness_blobs::{BlobError, keys};
use likeness_domain::id::{VideoId, WorkspaceId};
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::Script;
use likeness_store::KeptResult;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use crate::files::bytes_of;
use crate::rendering::Shelf;
use crate::{App, Caller, Error};

/// Version of the sound and its times, of scripts and of what is asked for by itself: a change of voices, reading, levels
/// or word times makes the kept ones stale.
pub(crate) const SPEECH_VERSION: u32 = 6;

/// Kind of a script's speech: a WAV file and its timing.
const SPEECH: &str = "speech";

/// Kind of what `POST /v3/voices/speech` made: an MP3 and its words.
const SPOKEN: &str = "spoken";

/// The shelf of one video's workspace, for the threads that render.
#[derive(Debug)]
pub(crate) struct WorkspaceShelf {
    app: App,
    workspace: WorkspaceId,
    video: VideoId,
    /// Of the runtime that the store and the blobs need.
    runtime: Handle,
}

impl WorkspaceShelf {
    /// Must be made on the runtime.
    pub(crate) fn new(app: &App, workspace: &WorkspaceId, video: &VideoId) -> Self {
        Self {
            app: app.clone(),
            workspace: workspace.clone(),
            video: video.clone(),
            runtime: Handle::current(),
        }
    }

    async fn find(&self, id: &str, into: &Path) -> anyhow::Result<Option<SpeechTiming>> {
        let (app, now) = (&self.app, self.app.now());
        if !app.store().use_result(id, self.video.as_str(), now).await? {
            return Ok(None);
        }
        let [sound, timing] = keys::kept_speech(id);
        let timing = match app.blobs().get(&timing).await {
            Ok(bytes) => serde_json::from_slice(&bytes).context("a kept timing")?,
            // It was swept between the look and the reading.
            Err(BlobError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match app.blobs().download(&sound, into).await {
            Ok(()) => Ok(Some(timing)),
            Err(BlobError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep(&self, id: String, wav: &Path, timing: &SpeechTiming) -> anyhow::Result<()> {
        let (app, now) = (&self.app, self.app.now());
        let json = serde_json::to_vec(timing)?;
        let size_bytes = bytes_of(&[wav]).saturating_add(i64::try_from(json.len())?);
        let [sound, times] = keys::kept_speech(&id);
        app.blobs().put_file(&sound, wav).await?;
        app.blobs().put_bytes(&times, Bytes::from(json)).await?;
        let kind = SPEECH.to_owned();
        let result = KeptResult {
            id,
            kind,
            size_bytes,
        };
        let subject = self.video.as_str();
        app.store()
            .keep_result(&result, &self.workspace, subject, now)
            .await?;
        // Deleted while it was rendered: nobody would release this.
        let there = app.store().get_video(&self.workspace, &self.video).await;
        if matches!(there, Err(likeness_store::StoreError::NotFound)) {
            release(app, subject).await?;
        }
        Ok(())
    }
}

impl Shelf for WorkspaceShelf {
    fn speech(&self, script: &Script, into: &Path) -> Option<SpeechTiming> {
        let id = speech_id(&self.workspace, script);
        let found = self.runtime.block_on(self.find(&id, into));
        found.unwrap_or_else(|error| {
            tracing::warn!(
                error = format!("{error:#}"),
                "kept speech could not be read"
            );
            None
        })
    }

    fn keep_speech(&self, script: &Script, wav: &Path, timing: &SpeechTiming) {
        let id = speech_id(&self.workspace, script);
        if let Err(error) = self.runtime.block_on(self.keep(id, wav, timing)) {
            tracing::warn!(error = format!("{error:#}"), "speech could not be kept");
        }
    }
}

/// Notes that the caller's key has asked for the speech of this digest, whose objects are stored, so that it is forgotten
/// in time.
pub(crate) async fn note_speech(app: &App, caller: &Caller, digest: &str) -> Result<(), Error> {
    let (store, now) = (app.store(), app.now());
    let subject = caller.key_id.as_str();
    if store.use_result(digest, subject, now).await? {
        return Ok(());
    }
    let mut size_bytes = 0;
    for key in [keys::speech(digest), keys::speech_words(digest)] {
        let object = app.blobs().head(&key).await?;
        size_bytes += i64::try_from(object.size_bytes).unwrap_or(i64::MAX);
    }
    let result = KeptResult {
        id: digest.to_owned(),
        kind: SPOKEN.to_owned(),
        size_bytes,
    };
    let kept = store.keep_result(&result, &caller.workspace_id, subject, now);
    Ok(kept.await?)
}

/// The digest of everything that decides how a script sounds.
fn speech_id(workspace: &WorkspaceId, script: &Script) -> String {
    let mut hash = Sha256::new();
    hash.update(SPEECH_VERSION.to_be_bytes());
    // Every field of it, however many there will be.
    let script = serde_json::to_vec(script).unwrap_or_default();
    for part in [workspace.as_str().as_bytes(), SPEECH.as_bytes(), &script] {
        crate::digest::put(&mut hash, part);
    }
    hex::encode(hash.finalize())
}

/// Ends all that was kept for `subject` only.
pub(crate) async fn release(app: &App, subject: &str) -> Result<(), Error> {
    let gone = app.store().release_results(subject).await?;
    delete(app, &gone).await
}

/// Forgets what is too old, and the oldest of what is too much. Gives how many have gone.
pub(crate) async fn sweep(app: &App, kept: Duration, max_bytes: u64) -> Result<u64, Error> {
    let millis = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
    let store = app.store();
    let mut gone = store
        .delete_old_results(app.now().plus_millis(-millis))
        .await?;
    let max_bytes = i64::try_from(max_bytes).unwrap_or(i64::MAX);
    gone.extend(store.shrink_results(max_bytes).await?);
    delete(app, &gone).await?;
    Ok(gone.len() as u64)
}

async fn delete(app: &App, gone: &[KeptResult]) -> Result<(), Error> {
    let objects: Vec<String> = gone.iter().flat_map(objects).collect();
    Ok(app.blobs().delete(&objects).await?)
}

/// The keys of a result's objects; first the one whose absence says that nothing is there.
fn objects(result: &KeptResult) -> [String; 2] {
    if result.kind == SPOKEN {
        [keys::speech_words(&result.id), keys::speech(&result.id)]
    } else {
        keys::kept_speech(&result.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_the_sound_decides_the_name() {
        let workspace: WorkspaceId = "ws_a".parse().unwrap();
        let voice = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let script = Script::new("Hello.", voice);
        let name = speech_id(&workspace, &script);
        assert_eq!(speech_id(&workspace, &script.clone()), name);
        let faster = Script {
            speed: 1.1,
            ..script.clone()
        };
        let quieter = Script {
            volume: 0.5,
            ..script.clone()
        };
        let higher = Script {
            pitch_st: 2.0,
            ..script.clone()
        };
        let other = Script {
            text: "Hello!".to_owned(),
            ..script.clone()
        };
        for changed in [faster, quieter, higher, other] {
            assert_ne!(speech_id(&workspace, &changed), name, "{changed:?}");
        }
        let stranger: WorkspaceId = "ws_b".parse().unwrap();
        assert_ne!(speech_id(&stranger, &script), name);
    }
}
