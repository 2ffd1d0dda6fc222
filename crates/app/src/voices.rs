//! The installed voices.

use likeness_domain::avatar::Gender;
use likeness_domain::id::VoiceId;
use likeness_domain::page::{Cursor, Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_voice::VoiceInfo;

use crate::error::Missing;
use crate::{App, Error};

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

/// Lists voices in the library's order, which is stable as long as no voice is installed or removed.
pub fn list(app: &App, filter: &VoiceFilter, page: &PageRequest) -> Result<Page<VoiceInfo>, Error> {
    let matching: Vec<&VoiceInfo> = app
        .engines()
        .voices()
        .voices()
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
    let items: Vec<VoiceInfo> = matching[start..end]
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

/// One installed voice.
pub fn get(app: &App, id: &VoiceId) -> Result<VoiceInfo, Error> {
    let found = app.engines().voices().get(id).cloned();
    found.ok_or(Error::NotFound(Missing::Voice))
}

fn matches(filter: &VoiceFilter, voice: &VoiceInfo) -> bool {
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
    !filter.private && language && engine && filter.gender.is_none_or(|g| voice.gender == Some(g))
}
