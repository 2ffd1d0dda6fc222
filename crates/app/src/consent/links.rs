//! Pages and recordings: how consent is asked for, and how it arrives.

use std::path::Path;
use std::time::Duration;

use likeness_blobs::keys;
use likeness_domain::avatar::AvatarGroup;
use likeness_domain::consent::{Act, ConsentLink, ConsentRecording, LedgerEntry, Verdict};
use likeness_domain::id::{ConsentLinkId, GroupId, KeyId, RecordingId, WorkspaceId};
use likeness_store::{NewRecording, StoreError, Text};
use sha2::{Digest as _, Sha256};

use super::{actor, words};
use crate::assets::ReceivedFile;
use crate::error::Missing;
use crate::files::{self, FileSource};
use crate::links::LinkError;
use crate::{App, Caller, Error, avatars, keys as secrets, work};

/// How long a page takes a recording.
const LINK_LIFE: Duration = Duration::from_hours(24);

/// Longest address to go on to, in characters.
const MAX_URL_CHARS: usize = 2048;

/// Types of films that consent can be recorded as.
const RECORDING_TYPES: &[&str] = &["video/mp4", "video/webm"];

/// Largest recording, in bytes: a minute from a phone.
pub const MAX_RECORDING_BYTES: u64 = 100 << 20;

/// What `POST /v3/avatars/{group_id}/consent` asks for.
#[derive(Debug, Clone)]
pub enum NewConsent {
    /// A page on which the person records themselves.
    Page {
        text: Option<String>,
        reroute_url: Option<String>,
    },
    /// A recording that is there.
    Recording(FileSource),
}

/// A page as its maker is told of it.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: String,
    /// All that is to be spoken.
    pub statement: String,
}

/// A salt of 256 bits for words that may have to be erased.
pub(crate) fn salted(text: &str) -> Result<Text, Error> {
    Ok(Text {
        salt: hex::encode(secrets::random_secret().map_err(Error::Internal)?),
        text: text.to_owned(),
    })
}

/// Starts consent for a group with a digital twin; gives a page, unless a recording was sent.
pub async fn create(
    app: &App,
    caller: &Caller,
    group_id: &GroupId,
    new: NewConsent,
) -> Result<(AvatarGroup, Option<Page>), Error> {
    let group = avatars::get_group(app, caller, group_id).await?;
    if group.is_public || group.consent_status.is_none() {
        let message = "This group needs no consent: it has no digital twin.";
        return Err(Error::invalid("group_id", message));
    }
    let page = match new {
        NewConsent::Page { text, reroute_url } => {
            Some(make_page(app, caller, &group, text.as_deref(), reroute_url).await?)
        }
        NewConsent::Recording(source) => {
            take_sent(app, caller, &group, &source).await?;
            None
        }
    };
    Ok((avatars::get_group(app, caller, group_id).await?, page))
}

async fn make_page(
    app: &App,
    caller: &Caller,
    group: &AvatarGroup,
    text: Option<&str>,
    reroute_url: Option<String>,
) -> Result<Page, Error> {
    if let Some(url) = &reroute_url {
        check_reroute(url)?;
    }
    let text = match text {
        Some(text) => words::check_text(text)?.to_owned(),
        None => words::default_text(&group.name),
    };
    let passphrase = words::passphrase()?;
    let now = app.now();
    let life = i64::try_from(LINK_LIFE.as_millis()).unwrap_or(0);
    let link = ConsentLink {
        id: ConsentLinkId::new(),
        group_id: group.id.clone(),
        workspace_id: caller.workspace_id.clone(),
        statement: words::statement(&text, &passphrase),
        passphrase,
        reroute_url,
        created_at: now,
        expires_at: now.plus_millis(life),
        used_at: None,
    };
    let entry = LedgerEntry {
        at: now,
        workspace_id: link.workspace_id.clone(),
        group_id: link.group_id.clone(),
        act: Act::LinkCreated,
        actor: actor(caller),
        recording_sha256: None,
        detail: serde_json::json!({ "link_id": link.id.as_str() }).to_string(),
    };
    app.store()
        .insert_consent_link(&link, &entry, &salted(&link.statement)?)
        .await
        .map_err(Error::or_missing(Missing::Group))?;
    Ok(Page {
        url: app.links().consent_url(&link.id, link.expires_at),
        statement: link.statement,
    })
}

/// Where a browser may be sent: a page of the web, without a password in its address.
fn check_reroute(url: &str) -> Result<(), Error> {
    let wrong = |message: &str| Err(Error::invalid("reroute_url", message));
    if url.len() > MAX_URL_CHARS {
        return wrong("The address is too long.");
    }
    match url::Url::parse(url) {
        Ok(parsed) if !matches!(parsed.scheme(), "https" | "http") || parsed.host().is_none() => {
            wrong("The address must begin with https:// or http://.")
        }
        Ok(parsed) if !parsed.username().is_empty() || parsed.password().is_some() => {
            wrong("The address must not have a user name or password.")
        }
        Ok(_) => Ok(()),
        Err(_) => wrong("This is no web address."),
    }
}

/// A recording that the caller has. When a page of the group is open, its words are those that must be spoken, and it is
/// used up; without one the recording may be an old one, so that an operator decides.
async fn take_sent(
    app: &App,
    caller: &Caller,
    group: &AvatarGroup,
    source: &FileSource,
) -> Result<(), Error> {
    let file = files::read_up_to(
        app,
        caller,
        source,
        "consent_video",
        RECORDING_TYPES,
        MAX_RECORDING_BYTES,
    )
    .await?;
    let open = app.store().open_consent_link(&group.id, app.now()).await?;
    let id = RecordingId::new();
    let object_key = keys::consent_recording(&id, file.mime_type);
    let recording = ConsentRecording {
        id,
        group_id: group.id.clone(),
        workspace_id: caller.workspace_id.clone(),
        object_key: object_key.clone(),
        mime_type: file.mime_type.to_owned(),
        size_bytes: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
        sha256: hex::encode(Sha256::digest(&file.bytes)),
        statement: match &open {
            Some(link) => link.statement.clone(),
            None => words::default_text(&group.name),
        },
        passphrase: open.as_ref().map(|link| link.passphrase.clone()),
        link_id: open.map(|link| link.id),
        verdict: Verdict::Verifying,
        reasons: Vec::new(),
        measures: "{}".to_owned(),
        created_at: app.now(),
        decided_at: None,
    };
    app.blobs().put_bytes(&object_key, file.bytes).await?;
    let who = actor(caller);
    write(app, &recording, &who, Some(&caller.key_id)).await
}

/// The page that a signed link opens, whatever became of it.
pub async fn open(
    app: &App,
    id: &ConsentLinkId,
    expires: i64,
    signature: &str,
) -> Result<ConsentLink, Error> {
    app.links()
        .verify_consent(id, expires, signature, app.now())
        .map_err(Error::Link)?;
    app.store()
        .find_consent_link(id)
        .await
        .map_err(Error::or_missing(Missing::Object))
}

fn used() -> Error {
    Error::Conflict("This page has taken its recording. Ask for a new one.".to_owned())
}

/// Whether the page still takes a recording.
pub fn check_open(app: &App, link: &ConsentLink) -> Result<(), Error> {
    if link.used_at.is_some() {
        return Err(used());
    }
    if link.expires_at <= app.now() {
        return Err(Error::Link(LinkError::Expired));
    }
    Ok(())
}

/// Takes the recording that a page sent. One that is no film leaves the page open.
pub async fn receive(app: &App, link: &ConsentLink, file: ReceivedFile<'_>) -> Result<(), Error> {
    check_open(app, link)?;
    let found = likeness_media::sniff(file.head).filter(|found| RECORDING_TYPES.contains(found));
    let Some(mime_type) = found else {
        let message = format!("A recording is one of {}.", RECORDING_TYPES.join(", "));
        return Err(Error::invalid("body", message));
    };
    check_film(app, file.path).await?;
    let id = RecordingId::new();
    let recording = ConsentRecording {
        object_key: keys::consent_recording(&id, mime_type),
        id,
        group_id: link.group_id.clone(),
        workspace_id: link.workspace_id.clone(),
        link_id: Some(link.id.clone()),
        mime_type: mime_type.to_owned(),
        size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
        sha256: file.sha256.to_owned(),
        statement: link.statement.clone(),
        passphrase: Some(link.passphrase.clone()),
        verdict: Verdict::Verifying,
        reasons: Vec::new(),
        measures: "{}".to_owned(),
        created_at: app.now(),
        decided_at: None,
    };
    app.blobs()
        .put_file(&recording.object_key, file.path)
        .await?;
    write(app, &recording, &format!("page:{}", link.id), None).await
}

/// Whether there is a picture and a sound to look at.
async fn check_film(app: &App, path: &Path) -> Result<(), Error> {
    let (ffmpeg, path) = (app.settings().encoding.ffmpeg.clone(), path.to_owned());
    let probing = tokio::task::spawn_blocking(move || ffmpeg.probe(&path));
    let probed = probing.await.map_err(|e| Error::Internal(e.into()))?;
    match probed {
        Ok(info) if info.video.is_some() && info.audio.is_some() => Ok(()),
        Ok(_) => {
            let message = "The recording must have a picture and a sound.";
            Err(Error::invalid("body", message))
        }
        Err(_) => Err(Error::invalid("body", "The recording cannot be read.")),
    }
}

/// Writes a recording whose object is stored, with the job that looks at it.
async fn write(
    app: &App,
    recording: &ConsentRecording,
    who: &str,
    key: Option<&KeyId>,
) -> Result<(), Error> {
    let entry = LedgerEntry {
        at: recording.created_at,
        workspace_id: recording.workspace_id.clone(),
        group_id: recording.group_id.clone(),
        act: Act::RecordingReceived,
        actor: who.to_owned(),
        recording_sha256: Some(recording.sha256.clone()),
        detail: serde_json::json!({ "recording_id": recording.id.as_str() }).to_string(),
    };
    let written = async {
        let job = work::verify_consent(recording, key, app.now())?;
        let statement = salted(&recording.statement)?;
        let new = NewRecording {
            recording,
            entry: &entry,
            statement: &statement,
            job,
        };
        let stored = app.store().insert_consent_recording(new).await;
        stored.map_err(|error| match error {
            // The page took another one meanwhile, or the group was deleted.
            StoreError::NotFound => used(),
            other => other.into(),
        })
    };
    if let Err(error) = written.await {
        let keys = [recording.object_key.clone()];
        app.blobs().delete(&keys).await?;
        return Err(error);
    }
    app.wake(work::lane_of(&recording.workspace_id))
        .notify_one();
    Ok(())
}

/// What became of the recording that a page took; none while it has taken none.
pub async fn recording(app: &App, link: &ConsentLink) -> Result<Option<ConsentRecording>, Error> {
    Ok(app.store().recording_of_link(&link.id).await?)
}

/// The name of the group's person, as the page shows it.
pub async fn name_of(app: &App, workspace: &WorkspaceId, group: &GroupId) -> Result<String, Error> {
    let group = app.store().get_group(workspace, group).await;
    Ok(group.map_err(Error::or_missing(Missing::Group))?.name)
}

#[cfg(test)]
mod tests {
    use super::check_reroute;

    #[test]
    fn browsers_are_sent_to_pages_of_the_web_only() {
        for good in ["https://example.com/done?x=1", "http://localhost:3000/"] {
            assert!(check_reroute(good).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "https://user:secret@example.com/",
            "/done",
            "",
            "https://",
        ] {
            assert!(check_reroute(bad).is_err(), "{bad}");
        }
    }
}
