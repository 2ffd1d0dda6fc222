//! Avatar groups: making one from a photo or footage, reading, listing and deleting.

use likeness_blobs::keys;
use likeness_domain::avatar::{AvatarGroup, AvatarStatus, Look, LookType};
use likeness_domain::id::{AssetId, GroupId, LookId, VoiceId};
use likeness_domain::page::{Ownership, Page, PageRequest};

use crate::error::{Missing, NotUsable};
use crate::files::{self, FileSource};
use crate::{App, Caller, Error, consent, test_mode, work};

/// Types that a photo avatar can be made from.
pub const PHOTO_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp"];

/// Types of footage that a digital twin can be made from.
pub const FOOTAGE_TYPES: &[&str] = &["video/mp4", "video/quicktime", "video/webm"];

/// Largest footage that is fetched from a URL, in bytes, as it passes through memory; assets may be as large as uploads.
const MAX_FETCHED_FOOTAGE_BYTES: u64 = 200 << 20;

/// Longest name of a group or look, in characters.
pub const MAX_NAME_CHARS: usize = 255;

/// What an avatar can be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeFrom {
    Photo,
    /// Footage of a person, who becomes a digital twin.
    Footage,
}

/// What `POST /v3/avatars` asks for.
#[derive(Debug, Clone)]
pub struct NewAvatar {
    pub made_from: MadeFrom,
    pub name: String,
    pub file: FileSource,
    /// Group to add the look to; a new one otherwise.
    pub group_id: Option<GroupId>,
}

/// Stores the photo or footage and queues its training; answers at once with status `processing`.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewAvatar,
) -> Result<(AvatarGroup, Look), Error> {
    let name = check_name(&new.name)?;
    test_mode::check(caller, name, "name")?;
    let group = match &new.group_id {
        Some(id) => Some(own_group(app, caller, id).await?),
        None => None,
    };
    app.check_job_limit(caller).await?;
    let look_id = LookId::new();
    let (source_key, stored_bytes) = store_source(app, caller, &new, &look_id).await?;

    let added = Added {
        id: look_id,
        name,
        look_type: match new.made_from {
            MadeFrom::Photo => LookType::PhotoAvatar,
            MadeFrom::Footage => LookType::DigitalTwin,
        },
        source_key,
        stored_bytes,
        notes: Vec::new(),
    };
    add(app, caller, group, added).await
}

/// A look whose source is stored.
pub(crate) struct Added<'a> {
    pub id: LookId,
    pub name: &'a str,
    pub look_type: LookType,
    pub source_key: String,
    pub stored_bytes: i64,
    /// What of a prompt could not be done as asked, one sentence each.
    pub notes: Vec<String>,
}

/// Writes a look that is to be trained, in a group of its own if it is given none, and queues its training.
pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    group: Option<AvatarGroup>,
    added: Added<'_>,
) -> Result<(AvatarGroup, Look), Error> {
    let name = added.name;
    let now = app.now();
    let new_group = group.is_none().then(|| AvatarGroup {
        id: GroupId::new(),
        workspace_id: caller.workspace_id.clone(),
        is_public: false,
        name: name.to_owned(),
        gender: None,
        default_voice_id: None,
        consent_status: None,
        status: AvatarStatus::Processing,
        error: None,
        preview_image_key: None,
        preview_video_key: None,
        looks_count: 1,
        created_at: now,
    });
    let group_id = group.as_ref().or(new_group.as_ref()).map(|g| g.id.clone());
    let look = Look {
        id: added.id,
        group_id: group_id.ok_or_else(|| Error::Internal(anyhow::anyhow!("no group")))?,
        workspace_id: caller.workspace_id.clone(),
        is_public: false,
        name: name.to_owned(),
        look_type: added.look_type,
        status: AvatarStatus::Processing,
        error: None,
        gender: None,
        default_voice_id: None,
        source_key: added.source_key,
        puppet_key: None,
        preview_image_key: None,
        preview_video_key: None,
        image_width: None,
        image_height: None,
        stored_bytes: added.stored_bytes,
        progress: 0.0,
        notes: added.notes,
        own_mouths: false,
        created_at: now,
    };
    let job = work::train_look(app, caller, &look)?;
    let written = app.store().insert_look(new_group.as_ref(), &look, job);
    if let Err(error) = written.await {
        // Nobody will look for it.
        app.blobs().delete(&[look.source_key]).await?;
        // The group was deleted between the check and the write.
        return Err(Error::or_missing(Missing::Group)(error));
    }
    app.wake(work::lane_of(&caller.workspace_id)).notify_one();
    let group = get_group(app, caller, &look.group_id).await?;
    Ok((group, look))
}

/// Keeps the file that the look is made from; gives its key and size.
async fn store_source(
    app: &App,
    caller: &Caller,
    new: &NewAvatar,
    id: &LookId,
) -> Result<(String, i64), Error> {
    if let (MadeFrom::Footage, FileSource::Asset(asset)) = (new.made_from, &new.file) {
        return copy_footage(app, caller, asset, id).await;
    }
    let file = match new.made_from {
        MadeFrom::Photo => files::read(app, caller, &new.file, "file", PHOTO_TYPES).await?,
        MadeFrom::Footage => {
            let most = MAX_FETCHED_FOOTAGE_BYTES;
            files::read_up_to(app, caller, &new.file, "file", FOOTAGE_TYPES, most).await?
        }
    };
    let key = keys::look_source(id, file.mime_type);
    let size = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
    app.blobs().put_bytes(&key, file.bytes).await?;
    Ok((key, size))
}

/// Copies an uploaded film, which may be larger than what an operation holds in memory.
async fn copy_footage(
    app: &App,
    caller: &Caller,
    asset: &AssetId,
    id: &LookId,
) -> Result<(String, i64), Error> {
    let asset = app
        .store()
        .get_asset(&caller.workspace_id, asset)
        .await
        .map_err(Error::or_missing(Missing::Asset))?;
    // An asset's type is that of its bytes: it was looked at when it was uploaded.
    if !FOOTAGE_TYPES.contains(&asset.mime_type.as_str()) {
        let wanted = FOOTAGE_TYPES.join(", ");
        let message = format!("The file is {}; expected {wanted}.", asset.mime_type);
        return Err(Error::invalid("file.asset_id", message));
    }
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir)
        .map_err(|error| Error::Internal(error.into()))?;
    let file = scratch.path().join("footage");
    app.blobs().download(&asset.object_key, &file).await?;
    let key = keys::look_source(id, &asset.mime_type);
    app.blobs().put_file(&key, &file).await?;
    Ok((key, asset.size_bytes))
}

pub async fn get_group(app: &App, caller: &Caller, id: &GroupId) -> Result<AvatarGroup, Error> {
    app.store()
        .get_group(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Group))
}

pub async fn list_groups(
    app: &App,
    caller: &Caller,
    ownership: Ownership,
    page: &PageRequest,
) -> Result<Page<AvatarGroup>, Error> {
    Ok(app
        .store()
        .list_groups(&caller.workspace_id, ownership, page)
        .await?)
}

/// Makes `voice` the default of a trained private group.
pub async fn set_default_voice(
    app: &App,
    caller: &Caller,
    id: &GroupId,
    voice: &VoiceId,
) -> Result<AvatarGroup, Error> {
    let group = own_group(app, caller, id).await?;
    if group.status != AvatarStatus::Completed {
        return Err(Error::NotUsable {
            code: NotUsable::NotReady,
            param: "group_id".to_owned(),
            message: "The avatar is not ready.".to_owned(),
        });
    }
    if let Err(error) = crate::voices::find(app, &caller.workspace_id, voice).await {
        if !matches!(error, Error::NotFound(_) | Error::NotUsable { .. }) {
            return Err(error);
        }
        return Err(Error::NotUsable {
            code: NotUsable::VoiceForAvatar,
            param: "default_voice_id".to_owned(),
            message: "There is no such voice on this server.".to_owned(),
        });
    }
    app.store()
        .set_default_voice(&caller.workspace_id, id, voice)
        .await
        .map_err(Error::or_missing(Missing::Group))?;
    get_group(app, caller, id).await
}

/// Deletes a private group with its looks and all that belongs to them.
pub async fn delete_group(app: &App, caller: &Caller, id: &GroupId) -> Result<(), Error> {
    own_group(app, caller, id).await?;
    let orphans = app
        .store()
        .delete_group(&caller.workspace_id, id, &consent::actor(caller), app.now())
        .await
        .map_err(Error::or_missing(Missing::Group))?;
    app.blobs().delete(&orphans).await?;
    Ok(())
}

/// The caller's own group: a public one is visible, but nobody's to change.
pub(crate) async fn own_group(
    app: &App,
    caller: &Caller,
    id: &GroupId,
) -> Result<AvatarGroup, Error> {
    let group = get_group(app, caller, id).await?;
    if group.is_public {
        return Err(Error::Forbidden(
            "Public avatars cannot be changed.".to_owned(),
        ));
    }
    Ok(group)
}

pub(crate) fn check_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "The name must not be empty."));
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(Error::invalid(
            "name",
            format!("The name must have at most {MAX_NAME_CHARS} characters."),
        ));
    }
    Ok(name)
}
