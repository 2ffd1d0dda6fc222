//! Preview videos of stock looks, made when somebody first watches.
//!
//! Made beforehand they would be megabytes of the repository, or a minute of a server's first start, for clips most of
//! which nobody opens.

use std::sync::Arc;

use anyhow::Context as _;
use likeness_domain::id::{LookId, WorkspaceId};
use likeness_presenters::Attributes;
use likeness_store::{PUBLIC_WORKSPACE, StoreError};

use super::library::{PREVIEW_VIDEO, stock_id};
use crate::rendering::Persona;
use crate::training::{preview_request, preview_video};
use crate::{App, Error};

/// Makes the preview video that a key names, if it is a stock look's and is not there; a key of anything else is left
/// alone.
///
/// Whoever calls has checked the link. The clip is finished and kept even if the one who asked goes away meanwhile.
pub async fn make_preview(app: &App, key: &str) -> Result<(), Error> {
    let Some(id) = stock_id(key, PREVIEW_VIDEO) else {
        return Ok(());
    };
    if app.blobs().has(key).await? {
        return Ok(());
    }
    let (app, key) = (app.clone(), key.to_owned());
    let made = tokio::spawn(async move {
        // One at a time, as each uses all cores; who waits here may find it made.
        let _turn = app.filming().acquire().await;
        if app.blobs().has(&key).await? {
            return Ok(());
        }
        make(&app, &key, &id).await
    });
    made.await
        .context("the preview was given up")
        .and_then(|made| made)
        .map_err(Error::Internal)
}

async fn make(app: &App, key: &str, id: &str) -> anyhow::Result<()> {
    let workspace: WorkspaceId = PUBLIC_WORKSPACE.parse()?;
    let id: LookId = id.parse()?;
    let look = match app.store().get_look(&workspace, &id).await {
        Ok(look) => look,
        Err(StoreError::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    // A link to what the look was before a newer build; there is nothing to make it from.
    if look.preview_video_key.as_deref() != Some(key) {
        return Ok(());
    }
    let attributes = app.blobs().get(&look.source_key).await?;
    let attributes = Attributes::from_bytes(&attributes)?;
    let engines = app.engines().clone();
    let voices = engines.voices();
    let voice = look
        .default_voice_id
        .filter(|id| voices.get(id).is_some())
        .unwrap_or_else(|| voices.default_for(look.gender).id.clone());
    let size = look.image_width.zip(look.image_height);
    let (width, height) = size.context("a stock look without a size")?;
    let size = (u32::try_from(width)?, u32::try_from(height)?);
    let encoding = app.settings().encoding.clone();
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let dir = scratch.path().to_owned();
    let filming = tokio::task::spawn_blocking(move || {
        let persona = Arc::new(Persona::Presenter(Box::new(attributes)));
        let request = preview_request(&look.id, &voice, size);
        preview_video(&engines, &request, persona, &encoding, &dir, &|| false)
    });
    let video = filming.await.context("filming stopped")??;
    app.blobs().put_file(key, &video).await?;
    Ok(())
}
