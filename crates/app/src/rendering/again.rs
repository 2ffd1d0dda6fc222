//! The same film again: a video whose content was made before gets copies of that one's files instead of being drawn.
//!
//! What decides the content is the request with every object in it known by its bytes, the trained looks, how it is encoded,
//! and the version of what draws. Only videos of the same workspace count, and only while they are kept: nothing is stored
//! for it, and what has been deleted is made anew.

use anyhow::Context as _;
use futures::StreamExt as _;
use likeness_blobs::{BlobError, keys};
use likeness_domain::video::{LookPicture, Picture, Video};
use likeness_store::{RenderedVideo, StoreError};
use sha2::{Digest as _, Sha256};

use super::job::video_key;
use crate::App;
use crate::digest::put;
use crate::shelf::SPEECH_VERSION;
use crate::speech::spoken;
use crate::videos::captioned_key;

/// Version of the picture: a change of what is drawn makes the films before it stale.
const FILM_VERSION: u32 = 2;

/// The digest of everything that decides what the video looks and sounds like; `None` if one of its looks is gone.
pub(super) async fn digest(app: &App, video: &Video) -> anyhow::Result<Option<String>> {
    let mut request = serde_json::to_string(&video.request)?;
    for key in video.request.sent_keys() {
        request = request.replace(&key, &content(app, &key).await?);
    }
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| put(&mut hash, bytes);
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(&FILM_VERSION.to_be_bytes());
    part(&SPEECH_VERSION.to_be_bytes());
    part(format!("{:?}", app.settings().encoding).as_bytes());
    part(request.as_bytes());
    for scene in &video.request.scenes {
        let Picture::Look(LookPicture { look_id, mouths_of }) = &scene.picture else {
            continue;
        };
        for look_id in std::iter::once(look_id).chain(mouths_of) {
            match app.store().get_look(&video.workspace_id, look_id).await {
                Ok(look) => part(look.puppet_key.unwrap_or_default().as_bytes()),
                Err(StoreError::NotFound) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(Some(hex::encode(hash.finalize())))
}

/// The digest of an object's bytes.
async fn content(app: &App, key: &str) -> anyhow::Result<String> {
    let object = app.blobs().head(key).await?;
    let mut bytes = app.blobs().stream(key, 0..object.size_bytes).await?;
    let mut hash = Sha256::new();
    while let Some(piece) = bytes.next().await {
        hash.update(&piece.context("what was sent for the video cannot be read")?);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Copies the files of a finished video with this digest, if there is one.
pub(super) async fn copy(
    app: &App,
    video: &Video,
    digest: &str,
) -> anyhow::Result<Option<RenderedVideo>> {
    let found = app.store().find_film(&video.workspace_id, digest).await?;
    let Some((film, duration_s)) = found.and_then(|film| film.duration_s.map(|s| (film, s))) else {
        return Ok(None);
    };
    let mut stored_bytes = 0;
    for (from, to) in files(&film).into_iter().zip(files(video)) {
        match copy_one(app, &from, &to).await {
            Ok(bytes) => stored_bytes += bytes,
            // Deleted meanwhile.
            Err(BlobError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(RenderedVideo {
        duration_s,
        video_key: video_key(video),
        thumbnail_key: keys::thumbnail(&video.id),
        subtitle_key: keys::subtitles(&video.id),
        stored_bytes,
        spoken_characters: spoken(&video.request),
        film_digest: Some(digest.to_owned()),
    }))
}

async fn copy_one(app: &App, from: &str, to: &str) -> Result<i64, BlobError> {
    app.blobs().copy(from, to).await?;
    let size_bytes = app.blobs().head(to).await?.size_bytes;
    Ok(i64::try_from(size_bytes).unwrap_or(i64::MAX))
}

/// Where the files of a video are; those of videos with one digest are of the same kinds, in the same order.
fn files(video: &Video) -> Vec<String> {
    let id = &video.id;
    let mut files = vec![video_key(video), keys::thumbnail(id), keys::subtitles(id)];
    files.extend(captioned_key(video));
    files
}
