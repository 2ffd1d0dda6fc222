//! Uploaded files: the source of pictures for avatars.

use std::path::Path;

use likeness_domain::asset::Asset;
use likeness_domain::id::AssetId;
use likeness_domain::page::{Page, PageRequest};

use crate::error::Missing;
use crate::{App, Caller, Error};

/// Types that may be uploaded, as the contract lists them, and WebP and `QuickTime`, which footage of telephones is.
pub const ACCEPTED_TYPES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "audio/mpeg",
    "audio/wav",
    "application/pdf",
    "application/x-subrip",
];

/// A file that the server has received whole into a scratch file.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedFile<'a> {
    pub path: &'a Path,
    pub name: &'a str,
    pub size_bytes: u64,
    /// SHA-256 of the bytes, in hex.
    pub sha256: &'a str,
    /// The first bytes, at least 4 KB where the file has them: the type is read from these.
    pub head: &'a [u8],
}

/// Stores a received file. Its type is what its bytes show, not what its name says.
pub async fn upload(app: &App, caller: &Caller, file: ReceivedFile<'_>) -> Result<Asset, Error> {
    if file.size_bytes == 0 {
        return Err(Error::invalid("file", "The file is empty."));
    }
    if file.size_bytes > app.settings().max_file_bytes {
        return Err(Error::TooLarge(format!(
            "The file has {} bytes; at most {} are allowed.",
            file.size_bytes,
            app.settings().max_file_bytes
        )));
    }
    let mime_type = likeness_media::sniff(file.head)
        .filter(|found| ACCEPTED_TYPES.contains(found))
        .ok_or_else(|| {
            Error::invalid(
                "file",
                format!(
                    "The file's bytes are of none of the types {}.",
                    ACCEPTED_TYPES.join(", ")
                ),
            )
        })?;
    let id = AssetId::new();
    let object_key = likeness_blobs::keys::asset(&id, mime_type);
    app.blobs().put_file(&object_key, file.path).await?;
    let asset = Asset {
        id,
        workspace_id: caller.workspace_id.clone(),
        name: file.name.to_owned(),
        mime_type: mime_type.to_owned(),
        size_bytes: i64::try_from(file.size_bytes).map_err(|e| Error::Internal(e.into()))?,
        sha256: file.sha256.to_owned(),
        object_key,
        created_at: app.now(),
    };
    if let Err(error) = app.store().insert_asset(&asset).await {
        // Nobody will look for it.
        app.blobs().delete(&[asset.object_key]).await?;
        return Err(error.into());
    }
    Ok(asset)
}

pub async fn get(app: &App, caller: &Caller, id: &AssetId) -> Result<Asset, Error> {
    app.store()
        .get_asset(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Asset))
}

/// The workspace's assets, newest first.
pub async fn list(app: &App, caller: &Caller, page: &PageRequest) -> Result<Page<Asset>, Error> {
    Ok(app.store().list_assets(&caller.workspace_id, page).await?)
}

/// Deletes an asset for good. Avatars and videos that were made from it are not touched.
pub async fn delete(app: &App, caller: &Caller, id: &AssetId) -> Result<(), Error> {
    let key = app
        .store()
        .delete_asset(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Asset))?;
    app.blobs().delete(&[key]).await?;
    Ok(())
}
