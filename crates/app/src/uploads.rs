//! Files sent apart from the API: a caller reserves a slot, sends the bytes to its signed link, and completes it.

use std::time::Duration;

use likeness_domain::asset::Asset;
use likeness_domain::avatar::Failure;
use likeness_domain::id::{AssetId, BatchId};
use likeness_domain::time::UnixMillis;
use likeness_domain::upload::{Batch, BatchKind, ReceivedBytes, Upload, UploadState};
use likeness_store::StoreError;

use crate::assets::{ACCEPTED_TYPES, ReceivedFile};
use crate::error::Missing;
use crate::links::LinkError;
use crate::{App, Caller, Error};

/// How long a slot takes bytes.
const SLOT_LIFE: Duration = Duration::from_hours(1);

/// Longest file name, in characters.
const MAX_NAME_CHARS: usize = 255;

/// Files that are reserved in one batch.
pub const MAX_BATCH: usize = 100;

/// Names that the world writes for types of [`ACCEPTED_TYPES`].
const ALIASES: &[(&str, &str)] = &[
    ("image/jpg", "image/jpeg"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/wave", "audio/wav"),
    ("audio/x-wav", "audio/wav"),
    ("audio/vnd.wave", "audio/wav"),
    ("text/srt", "application/x-subrip"),
    ("text/x-subrip", "application/x-subrip"),
];

/// A file as it is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    /// SHA-256 in hex.
    pub sha256: Option<String>,
}

/// A reserved slot, and how to fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub id: AssetId,
    /// Takes one PUT of the raw bytes, or several, of which the last counts.
    pub url: String,
    pub content_type: String,
    pub expires_in_s: u64,
    pub max_bytes: u64,
}

/// Reserves a slot for one file.
pub async fn create(app: &App, caller: &Caller, new: NewUpload) -> Result<Slot, Error> {
    let upload = reserve(app, caller, new, None)
        .map_err(|(field, message)| Error::invalid(field, message))?;
    app.store().insert_upload(&upload).await?;
    Ok(slot(app, &upload))
}

/// Reserves slots for up to [`MAX_BATCH`] files; a file that cannot be taken fails the whole call.
pub async fn create_batch(
    app: &App,
    caller: &Caller,
    title: Option<String>,
    files: Vec<NewUpload>,
) -> Result<(BatchId, Vec<Slot>), Error> {
    if !(1..=MAX_BATCH).contains(&files.len()) {
        let message = format!("A batch has 1 to {MAX_BATCH} files.");
        return Err(Error::invalid("files", message));
    }
    let batch = Batch {
        id: BatchId::new(),
        workspace_id: caller.workspace_id.clone(),
        kind: BatchKind::Assets,
        title,
        callback_url: None,
        total_items: i64::try_from(files.len()).unwrap_or(0),
        created_at: app.now(),
    };
    let mut uploads = Vec::with_capacity(files.len());
    for (index, file) in (0_i64..).zip(files) {
        let place = Some((batch.id.clone(), index));
        let upload = reserve(app, caller, file, place).map_err(|(field, message)| {
            Error::invalid("files", format!("files[{index}].{field}: {message}"))
        })?;
        uploads.push(upload);
    }
    app.store().insert_uploads(&batch, &uploads).await?;
    let slots = uploads.iter().map(|upload| slot(app, upload)).collect();
    Ok((batch.id, slots))
}

/// Checks an announced file; a fault names its field.
fn reserve(
    app: &App,
    caller: &Caller,
    new: NewUpload,
    batch: Option<(BatchId, i64)>,
) -> Result<Upload, (&'static str, String)> {
    let max = app.settings().max_upload_bytes;
    if new.name.trim().is_empty() || new.name.chars().count() > MAX_NAME_CHARS {
        let message = format!("A file name has 1 to {MAX_NAME_CHARS} characters.");
        return Err(("filename", message));
    }
    let mime_type = accepted_type(&new.content_type).ok_or_else(|| {
        let message = format!("The type must be one of {}.", ACCEPTED_TYPES.join(", "));
        ("content_type", message)
    })?;
    if u64::try_from(new.size_bytes).is_ok_and(|size| (1..=max).contains(&size)) {
        let created_at = app.now();
        Ok(Upload {
            id: AssetId::new(),
            workspace_id: caller.workspace_id.clone(),
            batch,
            name: new.name,
            mime_type: mime_type.to_owned(),
            size_bytes: new.size_bytes,
            sha256: new.sha256.map(|text| checksum(&text)).transpose()?,
            state: UploadState::Pending,
            received: None,
            failure: None,
            created_at,
            expires_at: created_at.plus_millis(SLOT_LIFE.as_millis().try_into().unwrap_or(0)),
        })
    } else {
        let message = format!("The size must be from 1 to {max} bytes.");
        Err(("size_bytes", message))
    }
}

/// The accepted type that a declared one means.
fn accepted_type(declared: &str) -> Option<&'static str> {
    let declared = declared.split(';').next().unwrap_or("").trim();
    let alias = ALIASES
        .iter()
        .find(|(alias, _)| declared.eq_ignore_ascii_case(alias));
    let meant = alias.map_or(declared, |(_, meant)| meant);
    let mut accepted = ACCEPTED_TYPES.iter().copied();
    accepted.find(|accepted| meant.eq_ignore_ascii_case(accepted))
}

fn checksum(text: &str) -> Result<String, (&'static str, String)> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        let message = "A checksum is a SHA-256 of 64 hex digits.".to_owned();
        Err(("checksum_sha256", message))
    }
}

fn slot(app: &App, upload: &Upload) -> Slot {
    Slot {
        url: app.links().upload_url(&upload.id, upload.expires_at),
        id: upload.id.clone(),
        content_type: upload.mime_type.clone(),
        expires_in_s: SLOT_LIFE.as_secs(),
        max_bytes: app.settings().max_upload_bytes,
    }
}

/// Ends what was not completed in time, and frees its bytes. Gives how many slots there were.
pub(crate) async fn sweep(app: &App) -> Result<u64, Error> {
    let mut swept = 0;
    loop {
        let (count, keys) = app.store().expire_uploads(&expired(), app.now()).await?;
        app.blobs().delete(&keys).await?;
        if count == 0 {
            return Ok(swept);
        }
        swept += count;
    }
}

/// The slot that a signed link opens, if it still takes bytes.
pub async fn open(app: &App, id: &AssetId, expires: i64, signature: &str) -> Result<Upload, Error> {
    let now = app.now();
    app.links()
        .verify_upload(id, expires, signature, now)
        .map_err(Error::Link)?;
    let upload = app
        .store()
        .find_upload(id)
        .await
        .map_err(Error::or_missing(Missing::Asset))?;
    match upload.state {
        UploadState::Completed => Err(completed()),
        _ if upload.expires_at <= now => Err(Error::Link(LinkError::Expired)),
        _ => Ok(upload),
    }
}

fn completed() -> Error {
    Error::Conflict("The upload has been completed; its bytes cannot be changed.".to_owned())
}

/// Stores the bytes that arrived for a slot; they must be as many as announced.
pub async fn receive(app: &App, upload: &Upload, file: ReceivedFile<'_>) -> Result<(), Error> {
    if u64::try_from(upload.size_bytes).ok() != Some(file.size_bytes) {
        let message = format!(
            "The file was announced with {} bytes; {} arrived.",
            upload.size_bytes, file.size_bytes
        );
        return Err(Error::invalid("size_bytes", message));
    }
    let mime_type = likeness_media::sniff(file.head).unwrap_or("application/octet-stream");
    let received = ReceivedBytes {
        // Each arrival has an object of its own: what is there is never overwritten.
        object_key: likeness_blobs::keys::asset_bytes(&upload.id, &AssetId::new(), mime_type),
        mime_type: mime_type.to_owned(),
        sha256: file.sha256.to_owned(),
    };
    app.blobs()
        .put_file(&received.object_key, file.path)
        .await?;
    let noted = app
        .store()
        .receive_upload(&upload.id, &received, app.now())
        .await;
    match noted {
        Ok(replaced) => Ok(app.blobs().delete(replaced.as_slice()).await?),
        Err(error) => {
            app.blobs().delete(&[received.object_key]).await?;
            Err(match error {
                StoreError::NotFound => completed(),
                other => other.into(),
            })
        }
    }
}

/// Makes the bytes of a slot an asset. Repeating it answers the same asset.
pub async fn complete(
    app: &App,
    caller: &Caller,
    id: &AssetId,
    sha256: Option<&str>,
) -> Result<Asset, Error> {
    let sha256 = sha256
        .map(checksum)
        .transpose()
        .map_err(|(field, message)| Error::invalid(field, message))?;
    let workspace = &caller.workspace_id;
    let upload = match app.store().get_upload(workspace, id).await {
        // An asset that was uploaded in one go is complete, too.
        Err(StoreError::NotFound) => return crate::assets::get(app, caller, id).await,
        found => found?,
    };
    if upload.state == UploadState::Completed {
        return crate::assets::get(app, caller, id).await;
    }
    let Some(received) = upload
        .received
        .as_ref()
        .filter(|_| upload.expires_at > app.now())
    else {
        let message = "The file's bytes have not been uploaded to its upload_url.";
        return Err(Error::Conflict(message.to_owned()));
    };
    match judge(&upload, received, sha256.as_deref()) {
        Ok(()) => finish(app, caller, &upload, received).await,
        Err((param, message)) => {
            let failure = Failure {
                code: "invalid_parameter".to_owned(),
                message: message.clone(),
            };
            app.store().fail_upload(&upload, &failure).await?;
            Err(Error::invalid(param, message))
        }
    }
}

/// Whether the bytes are what was announced.
fn judge(
    upload: &Upload,
    received: &ReceivedBytes,
    sha256: Option<&str>,
) -> Result<(), (&'static str, String)> {
    if received.mime_type != upload.mime_type {
        let message = format!(
            "The file was announced as {}, but its bytes are {}.",
            upload.mime_type, received.mime_type
        );
        return Err(("content_type", message));
    }
    let expected = [upload.sha256.as_deref(), sha256];
    if expected.into_iter().flatten().any(|e| e != received.sha256) {
        let message = format!("The bytes' SHA-256 is {}.", received.sha256);
        return Err(("checksum_sha256", message));
    }
    Ok(())
}

async fn finish(
    app: &App,
    caller: &Caller,
    upload: &Upload,
    received: &ReceivedBytes,
) -> Result<Asset, Error> {
    let asset = Asset {
        id: upload.id.clone(),
        workspace_id: upload.workspace_id.clone(),
        name: upload.name.clone(),
        mime_type: received.mime_type.clone(),
        size_bytes: upload.size_bytes,
        sha256: received.sha256.clone(),
        object_key: received.object_key.clone(),
        created_at: app.now(),
    };
    match app.store().complete_upload(&asset).await {
        Ok(()) => Ok(asset),
        // Somebody else was quicker: with the same bytes, or with others.
        Err(StoreError::NotFound) => match crate::assets::get(app, caller, &upload.id).await {
            Err(Error::NotFound(_)) => Err(Error::Conflict(
                "Other bytes are arriving for this upload.".to_owned(),
            )),
            found => found,
        },
        Err(error) => Err(error.into()),
    }
}

/// Completes every file of the batch whose bytes are there. What is wrong with one is told by its item.
pub async fn complete_batch(app: &App, caller: &Caller, id: &BatchId) -> Result<(), Error> {
    let (batch, uploads) = find_batch(app, caller, id).await?;
    for upload in uploads {
        if upload.state_at(app.now()) != UploadState::Received {
            continue;
        }
        match complete(app, caller, &upload.id, None).await {
            Ok(_) | Err(Error::Invalid { .. } | Error::Conflict(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    tracing::debug!(batch.id = %batch.id, "completed what has arrived");
    Ok(())
}

/// A batch and its slots in their order.
pub async fn find_batch(
    app: &App,
    caller: &Caller,
    id: &BatchId,
) -> Result<(Batch, Vec<Upload>), Error> {
    let batch = app
        .store()
        .get_batch(&caller.workspace_id, BatchKind::Assets, id)
        .await
        .map_err(Error::or_missing(Missing::Batch))?;
    let uploads = app.store().batch_uploads(&batch.id).await?;
    Ok((batch, uploads))
}

/// State of one file as bulk reads and batches tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// Its bytes have not arrived.
    Queued,
    /// Its bytes wait to be completed.
    Processing,
    Completed,
    Failed(Failure),
}

impl FileState {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
        }
    }
}

/// The state of a slot at `now`.
pub fn file_state(upload: &Upload, now: UnixMillis) -> FileState {
    match upload.state_at(now) {
        UploadState::Pending => FileState::Queued,
        UploadState::Received => FileState::Processing,
        UploadState::Completed => FileState::Completed,
        UploadState::Failed => FileState::Failed(upload.failure.clone().unwrap_or_else(expired)),
    }
}

fn expired() -> Failure {
    Failure {
        code: "upload_expired".to_owned(),
        message: "The file was not uploaded and completed in time.".to_owned(),
    }
}

/// The state of each of the caller's files among `ids`, in their order; `None` for what is unknown or somebody else's.
pub async fn states(
    app: &App,
    caller: &Caller,
    ids: &[AssetId],
) -> Result<Vec<Option<FileState>>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.push(state_of(app, caller, id).await?);
    }
    Ok(found)
}

async fn state_of(app: &App, caller: &Caller, id: &AssetId) -> Result<Option<FileState>, Error> {
    let store = app.store();
    match store.get_asset(&caller.workspace_id, id).await {
        Ok(_) => return Ok(Some(FileState::Completed)),
        Err(StoreError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    match store.get_upload(&caller.workspace_id, id).await {
        // It was an asset and has been deleted.
        Ok(upload) if upload.state == UploadState::Completed => Ok(None),
        Ok(upload) => Ok(Some(file_state(&upload, app.now()))),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_are_read_as_the_world_writes_them() {
        assert_eq!(accepted_type("image/PNG"), Some("image/png"));
        assert_eq!(accepted_type("image/jpg"), Some("image/jpeg"));
        assert_eq!(
            accepted_type("text/srt; charset=utf-8"),
            Some("application/x-subrip")
        );
        for refused in ["", "text/html", "image", "image/svg+xml"] {
            assert_eq!(accepted_type(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn checksums_are_64_hex_digits() {
        assert_eq!(checksum(&"AB".repeat(32)), Ok("ab".repeat(32)));
        assert!(checksum(&"ab".repeat(31)).is_err());
        assert!(checksum(&"xy".repeat(32)).is_err());
    }
}
