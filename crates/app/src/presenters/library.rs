//! The public library: presenters that come with the program, written into the store when it starts.
//!
//! Their attributes and pictures are part of the program. Objects are named by the digest of what they hold, and a start
//! that finds the same digests in the store writes nothing.

use anyhow::Context as _;
use bytes::Bytes;
use likeness_domain::avatar::{AvatarGroup, AvatarStatus, Look, LookType};
use likeness_domain::id::{GroupId, LookId, VoiceId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use likeness_presenters::{StockLook, StockPresenter};
use likeness_store::{PUBLIC_WORKSPACE, StoreError};
use sha2::{Digest as _, Sha256};

use super::plan::gender;
use crate::App;

/// When the library was made; the presenters follow each other by a second.
const MADE_AT_MS: i64 = 1_767_225_600_000;

/// Size that a stock look is made for.
const SIZE: (i64, i64) = (1920, 1080);

/// How the key of a stock look's preview video ends. A change of what it shows needs another name.
pub(super) const PREVIEW_VIDEO: &str = "preview-1.mp4";

/// How the keys of the library's objects begin.
const FOLDER: &str = "library/";

/// Brings the library of this build into the store.
pub async fn install(app: &App) -> anyhow::Result<()> {
    let workspace: WorkspaceId = PUBLIC_WORKSPACE.parse()?;
    let library = likeness_presenters::library().context("the list of presenters")?;
    let mut stale = false;
    let mut rows = Vec::new();
    for (presenter, order) in library.iter().zip(0_i64..) {
        let group = group(app, &workspace, presenter, order)?;
        let mut looks = Vec::new();
        for stock in &presenter.looks {
            let look = look(&group, stock, order)?;
            stale |= !is_there(app, &workspace, &look).await?;
            looks.push((look, stock));
        }
        rows.push((group, looks));
    }
    if !stale {
        return Ok(());
    }
    let mut written = Vec::new();
    for (group, looks) in rows {
        let mut kept = Vec::new();
        for (look, stock) in looks {
            let picture = Bytes::from_static(stock.picture().context("a presenter's picture")?);
            if let Some(key) = &look.preview_image_key {
                app.blobs().put_bytes(key, picture).await?;
            }
            let presenter = Bytes::from(stock.attributes.to_bytes());
            app.blobs().put_bytes(&look.source_key, presenter).await?;
            kept.push(look);
        }
        written.push((group, kept));
    }
    app.store().put_public_avatars(&workspace, &written).await?;
    tracing::info!(
        presenters = written.len(),
        "library of presenters installed"
    );
    Ok(())
}

async fn is_there(app: &App, workspace: &WorkspaceId, look: &Look) -> anyhow::Result<bool> {
    match app.store().get_look(workspace, &look.id).await {
        Ok(there) => Ok(there.source_key == look.source_key
            && there.preview_video_key == look.preview_video_key),
        Err(StoreError::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn look_id(stock: &str) -> String {
    format!("lk_stock_{stock}")
}

/// The look whose object called `name` the key names, if it is the library's.
pub(super) fn stock_id(key: &str, name: &str) -> Option<String> {
    let rest = key.strip_prefix(FOLDER)?.strip_suffix(name)?;
    let (stock, _digest) = rest.strip_suffix('/')?.split_once('/')?;
    Some(look_id(stock))
}

fn group(
    app: &App,
    workspace: &WorkspaceId,
    presenter: &StockPresenter,
    order: i64,
) -> anyhow::Result<AvatarGroup> {
    let first = presenter
        .looks
        .first()
        .context("a presenter without looks")?;
    let gender = gender(&first.attributes);
    let voice: VoiceId = presenter.voice.parse()?;
    let voices = app.engines().voices();
    let voice = voices.get(&voice).map_or_else(
        || voices.default_for(Some(gender)).id.clone(),
        |voice| voice.id.clone(),
    );
    let id: GroupId = format!("ag_stock_{}", presenter.id).parse()?;
    Ok(AvatarGroup {
        id,
        workspace_id: workspace.clone(),
        is_public: true,
        name: presenter.name.clone(),
        gender: Some(gender),
        default_voice_id: Some(voice),
        consent_status: None,
        status: AvatarStatus::Completed,
        error: None,
        preview_image_key: None,
        preview_video_key: None,
        looks_count: 0,
        created_at: UnixMillis(MADE_AT_MS - order * 1000),
    })
}

fn look(group: &AvatarGroup, stock: &StockLook, order: i64) -> anyhow::Result<Look> {
    let mut hash = Sha256::new();
    hash.update(stock.attributes.to_bytes());
    hash.update(stock.picture().unwrap_or_default());
    let digest = hex::encode(&hash.finalize()[..16]);
    let id: LookId = look_id(&stock.id).parse()?;
    let key = format!("{FOLDER}{}/{digest}", stock.id);
    Ok(Look {
        id,
        group_id: group.id.clone(),
        workspace_id: group.workspace_id.clone(),
        is_public: true,
        name: stock.name.clone(),
        look_type: LookType::StudioAvatar,
        status: AvatarStatus::Completed,
        error: None,
        gender: group.gender,
        default_voice_id: group.default_voice_id.clone(),
        source_key: format!("{key}/presenter.bin"),
        puppet_key: Some(format!("{key}/presenter.bin")),
        preview_image_key: Some(format!("{key}/preview.jpg")),
        // Made when somebody first watches it.
        preview_video_key: Some(format!("{key}/{PREVIEW_VIDEO}")),
        image_width: Some(SIZE.0),
        image_height: Some(SIZE.1),
        stored_bytes: 0,
        progress: 1.0,
        notes: Vec::new(),
        own_mouths: false,
        created_at: UnixMillis(MADE_AT_MS - order * 1000),
    })
}
