//! Voices: the installed ones, and those of a workspace's own.

mod cloning;
mod design;
mod preview;

use likeness_domain::avatar::Gender;
use likeness_domain::id::{VoiceId, WorkspaceId};
use likeness_domain::page::{Cursor, Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::voice::{PrivateVoice, VoiceStatus};
use likeness_store::StoreError;
use likeness_voice::{Blend, VoiceInfo};

use crate::error::Missing;
use crate::{App, Caller, Error};

pub(crate) use cloning::{CloneJobError, run as run_clone};
pub use cloning::{NewClone, clone};
pub use design::{NewDesign, create as design};
pub use preview::{key as preview_key, make as make_preview};

/// Which voices a list shows. Text filters ignore case.
#[derive(Debug, Clone, Default)]
pub struct VoiceFilter {
    /// The contract's `type=private`: the caller's own voices.
    pub private: bool,
    /// Language name (`English`) or code (`en`, `en-GB`).
    pub language: Option<String>,
    pub gender: Option<Gender>,
    /// Engine name; the installed voices all answer to `starfish`, the contract's standard engine.
    pub engine: Option<String>,
}

/// The contract's name for the engine of ordinary voices.
pub const STANDARD_ENGINE: &str = "starfish";

/// A voice as callers see it.
#[derive(Debug, Clone)]
pub struct Voice {
    pub id: VoiceId,
    pub name: String,
    /// In English.
    pub language: String,
    pub locale: String,
    pub gender: Option<Gender>,
    /// What is known of it if it is the caller's own.
    pub own: Option<PrivateVoice>,
}

impl From<VoiceInfo> for Voice {
    fn from(voice: VoiceInfo) -> Self {
        Self {
            id: voice.id,
            name: voice.name,
            language: voice.language,
            locale: voice.locale,
            gender: voice.gender,
            own: None,
        }
    }
}

impl From<PrivateVoice> for Voice {
    fn from(own: PrivateVoice) -> Self {
        Self {
            id: own.id.clone(),
            name: own.name.clone(),
            language: likeness_voice::language_name(&own.locale).to_owned(),
            locale: own.locale.clone(),
            gender: own.gender,
            own: Some(own),
        }
    }
}

/// Lists the installed voices in the library's order, or the caller's own ones, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &VoiceFilter,
    page: &PageRequest,
) -> Result<Page<Voice>, Error> {
    let voices: Vec<Voice> = if filter.private {
        let own = app.store().list_voices(&caller.workspace_id).await?;
        own.into_iter().map(Voice::from).collect()
    } else {
        let installed = app.engines().voices().voices();
        installed.iter().cloned().map(Voice::from).collect()
    };
    let matching: Vec<&Voice> = voices
        .iter()
        .filter(|voice| matches(filter, voice))
        .collect();
    let start = match &page.after {
        None => 0,
        Some(cursor) => matching
            .iter()
            .position(|voice| voice.id.as_str() == cursor.id)
            .map(|index| index + 1)
            .ok_or_else(|| Error::invalid("token", "This page token is no longer valid."))?,
    };
    let end = matching.len().min(start + page.limit as usize);
    let items: Vec<Voice> = matching[start..end]
        .iter()
        .map(|&voice| voice.clone())
        .collect();
    let next = (end < matching.len())
        .then(|| items.last())
        .flatten()
        .map(|last| Cursor {
            created_at: UnixMillis(0),
            id: last.id.as_str().to_owned(),
        });
    Ok(Page { items, next })
}

/// An installed voice, or one of the caller's own in whatever state.
pub async fn get(app: &App, caller: &Caller, id: &VoiceId) -> Result<Voice, Error> {
    if let Some(voice) = app.engines().voices().get(id) {
        return Ok(voice.clone().into());
    }
    let own = app.store().get_voice(&caller.workspace_id, id).await;
    own.map(Voice::from)
        .map_err(Error::or_missing(Missing::Voice))
}

/// A voice that the workspace may speak with, made ready: after this, the voice library's `speaker` knows it. To be asked
/// for by whoever is about to speak, in this process, as a voice of one's own is only made ready where it is used.
pub async fn find(app: &App, workspace: &WorkspaceId, id: &VoiceId) -> Result<VoiceInfo, Error> {
    let voices = app.engines().voices();
    if let Some(voice) = voices.get(id) {
        return Ok(voice.clone());
    }
    let own = app.store().get_voice(workspace, id).await;
    let own = own.map_err(Error::or_missing(Missing::Voice))?;
    ready(app, &own)
}

/// Lets the library speak with a voice of one's own.
fn ready(app: &App, own: &PrivateVoice) -> Result<VoiceInfo, Error> {
    let unfinished = |message: &str| Error::NotUsable {
        code: crate::NotUsable::Voice,
        param: "voice_id".to_owned(),
        message: message.to_owned(),
    };
    let recipe = match (own.status, &own.recipe) {
        (VoiceStatus::Complete, Some(recipe)) => recipe,
        (VoiceStatus::Failed, _) => return Err(unfinished("This voice could not be cloned.")),
        _ => return Err(unfinished("This voice is still being cloned.")),
    };
    let blend: Blend = serde_json::from_str(recipe).map_err(|e| Error::Internal(e.into()))?;
    let voices = app.engines().voices();
    Ok(voices.admit(&own.id, &own.name, &own.locale, own.gender, blend))
}

/// Deletes a voice of the caller's own.
pub async fn delete(app: &App, caller: &Caller, id: &VoiceId) -> Result<(), Error> {
    if app.engines().voices().get(id).is_some() {
        let message = "This voice belongs to the server and cannot be deleted.".to_owned();
        return Err(Error::AccessDenied(message));
    }
    let deleted = app
        .store()
        .delete_voice(&caller.workspace_id, id, app.now())
        .await;
    let source = deleted.map_err(Error::or_missing(Missing::Voice))?;
    let mut keys = vec![preview_key(id)];
    keys.extend(source);
    match app.blobs().delete(&keys).await {
        Ok(()) | Err(likeness_blobs::BlobError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a store error only says that the row is gone.
fn is_gone(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound)
}

fn matches(filter: &VoiceFilter, voice: &Voice) -> bool {
    let language = filter.language.as_deref().is_none_or(|wanted| {
        let wanted = wanted.trim().replace('_', "-");
        let code = voice.locale.split('-').next().unwrap_or_default();
        [voice.language.as_str(), voice.locale.as_str(), code]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(&wanted))
    });
    let engine = filter
        .engine
        .as_deref()
        .is_none_or(|e| e.eq_ignore_ascii_case(STANDARD_ENGINE));
    language && engine && filter.gender.is_none_or(|g| voice.gender == Some(g))
}
