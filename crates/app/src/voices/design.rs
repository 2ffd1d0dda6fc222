//! `POST /v3/voices`: voices from a description.

use likeness_domain::avatar::Gender;
use likeness_domain::id::VoiceId;
use likeness_domain::voice::{PrivateVoice, VoiceKind, VoiceStatus};
use likeness_voice::DesignWish;
use sha2::{Digest as _, Sha256};

use super::Voice;
use crate::{App, Caller, Error};

/// Designed voices that a workspace may have.
const MAX_DESIGNED: i64 = 500;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewDesign {
    /// 1 to 1000 characters.
    pub prompt: String,
    pub gender: Option<Gender>,
    pub locale: Option<String>,
    pub seed: u64,
}

/// Designs voices and keeps them as the caller's own. The same wish gives the same voices, with the same ids.
pub async fn create(app: &App, caller: &Caller, new: &NewDesign) -> Result<Vec<Voice>, Error> {
    let locale = new
        .locale
        .as_deref()
        .map(|wanted| locale_of(app, wanted))
        .transpose()?;
    let wish = DesignWish {
        prompt: &new.prompt,
        gender: new.gender,
        locale: locale.as_deref(),
        seed: new.seed,
    };
    let voices = app.engines().voices();
    let designs = likeness_voice::design(&wish, |key| voices.style(key).is_some());
    if designs.is_empty() {
        let message = "No voices are installed that new ones could be made of.".to_owned();
        return Err(Error::invalid("prompt", message));
    }
    let now = app.now();
    let mut made = Vec::with_capacity(designs.len());
    for (index, design) in designs.into_iter().enumerate() {
        let recipe = serde_json::to_string(&design.blend).map_err(|e| Error::Internal(e.into()))?;
        made.push(PrivateVoice {
            id: id(caller, new, index)?,
            workspace_id: caller.workspace_id.clone(),
            kind: VoiceKind::Design,
            name: design.name,
            locale: design.locale,
            gender: Some(design.gender),
            status: VoiceStatus::Complete,
            failure: None,
            recipe: Some(recipe),
            source_key: None,
            remove_noise: false,
            similarity: None,
            attestation: None,
            created_at: now,
        });
    }
    let known = app
        .store()
        .count_voices(&caller.workspace_id, VoiceKind::Design)
        .await?;
    if known >= MAX_DESIGNED && is_new(app, caller, &made).await? {
        let message =
            format!("A workspace has at most {MAX_DESIGNED} designed voices; delete some.");
        return Err(Error::LimitReached(message));
    }
    app.store().insert_designs(&made).await?;
    Ok(made.into_iter().map(Voice::from).collect())
}

async fn is_new(app: &App, caller: &Caller, made: &[PrivateVoice]) -> Result<bool, Error> {
    for voice in made {
        match app.store().get_voice(&caller.workspace_id, &voice.id).await {
            Ok(_) => {}
            Err(error) if super::is_gone(&error) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

/// The locale of an installed voice that a code, a locale or a language's name means.
pub(super) fn locale_of(app: &App, wanted: &str) -> Result<String, Error> {
    let wanted = wanted.trim().replace('_', "-");
    let voices = app.engines().voices().voices();
    let exact = voices
        .iter()
        .find(|voice| voice.locale.eq_ignore_ascii_case(&wanted));
    let code = wanted.split('-').next().unwrap_or_default();
    let same = |voice: &&likeness_voice::VoiceInfo| {
        let own = voice.locale.split('-').next().unwrap_or_default();
        own.eq_ignore_ascii_case(code) || voice.language.eq_ignore_ascii_case(&wanted)
    };
    let found = exact
        .or_else(|| voices.iter().find(same))
        .map(|voice| voice.locale.clone());
    found.ok_or_else(|| Error::invalid("locale", format!("No installed voice speaks {wanted}.")))
}

/// 32 hex digits made from the wish and whose it is.
fn id(caller: &Caller, new: &NewDesign, index: usize) -> Result<VoiceId, Error> {
    let mut hash = Sha256::new();
    for part in [
        "likeness-design",
        caller.workspace_id.as_str(),
        new.prompt.trim(),
        new.gender.map_or("", Gender::as_str),
        new.locale.as_deref().unwrap_or_default(),
    ] {
        crate::digest::put(&mut hash, part);
    }
    hash.update(new.seed.to_be_bytes());
    hash.update((index as u64).to_be_bytes());
    let digest = hex::encode(hash.finalize());
    digest[..32]
        .parse()
        .map_err(|e: likeness_domain::id::MalformedId| Error::Internal(e.into()))
}
