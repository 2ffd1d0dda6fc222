//! Rows as the databases give them, and their way into domain records.

use likeness_domain::account::ApiKey;
use likeness_domain::asset::Asset;
use likeness_domain::avatar::{AvatarGroup, AvatarStatus, Failure, Gender, Look, LookType};
use likeness_domain::consent::ConsentStatus;
use likeness_domain::page::{Cursor, Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::upload::{Batch, BatchKind, ReceivedBytes, Upload, UploadState};
use likeness_domain::video::{Video, VideoStatus};
use likeness_domain::voice::{Attestation, PrivateVoice, Similarity, VoiceKind, VoiceStatus};
use likeness_domain::webhook::{Endpoint, Event, Failing};

use crate::StoreError;
use crate::found::row;

fn parsed<T>(text: &str, what: &'static str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
{
    text.parse().map_err(|_| StoreError::Corrupt(what))
}

fn failure(code: Option<String>, message: Option<String>) -> Option<Failure> {
    code.zip(message)
        .map(|(code, message)| Failure { code, message })
}

fn gender(name: Option<String>) -> Result<Option<Gender>, StoreError> {
    name.map(|n| Gender::from_name(&n).ok_or(StoreError::Corrupt("gender")))
        .transpose()
}

fn status(name: &str) -> Result<AvatarStatus, StoreError> {
    AvatarStatus::from_name(name).ok_or(StoreError::Corrupt("status"))
}

/// A row that a page is cut from.
pub(crate) trait Keyed {
    fn cursor(&self) -> Cursor;
}

/// Cuts a page from rows of which one more than asked for was read.
pub(crate) fn page<T: Keyed>(mut items: Vec<T>, request: &PageRequest) -> Page<T> {
    let limit = request.limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = more.then(|| items.last().map(Keyed::cursor)).flatten();
    Page { items, next }
}

/// The key after which a page starts; the first page starts after the end of time.
pub(crate) fn after(request: &PageRequest) -> (i64, &str) {
    request
        .after
        .as_ref()
        .map_or((i64::MAX, ""), |c| (c.created_at.0, c.id.as_str()))
}

macro_rules! keyed {
    ($($name:ty),*) => {$(
        impl Keyed for $name {
            fn cursor(&self) -> Cursor {
                Cursor { created_at: self.created_at, id: self.id.as_str().to_owned() }
            }
        }
    )*};
}
keyed!(AvatarGroup, Look, Video, Asset, Endpoint, Event);

row! {
    pub(crate) struct GroupRow {
        id: String,
        workspace_id: String,
        is_public: bool,
        name: String,
        gender: Option<String>,
        default_voice_id: Option<String>,
        consent_status: Option<String>,
        status: String,
        error_code: Option<String>,
        error_message: Option<String>,
        preview_image_key: Option<String>,
        preview_video_key: Option<String>,
        looks_count: i64,
        created_at: i64,
    }
}

impl TryFrom<GroupRow> for AvatarGroup {
    type Error = StoreError;

    fn try_from(row: GroupRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            is_public: row.is_public,
            name: row.name,
            gender: gender(row.gender)?,
            default_voice_id: row
                .default_voice_id
                .map(|v| parsed(&v, "voice"))
                .transpose()?,
            consent_status: row
                .consent_status
                .map(|name| ConsentStatus::from_name(&name).ok_or(StoreError::Corrupt("consent")))
                .transpose()?,
            status: status(&row.status)?,
            error: failure(row.error_code, row.error_message),
            preview_image_key: row.preview_image_key,
            preview_video_key: row.preview_video_key,
            looks_count: row.looks_count,
            created_at: UnixMillis(row.created_at),
        })
    }
}

row! {
    pub(crate) struct LookRow {
        id: String,
        group_id: String,
        workspace_id: String,
        is_public: bool,
        name: String,
        look_type: String,
        status: String,
        error_code: Option<String>,
        error_message: Option<String>,
        gender: Option<String>,
        default_voice_id: Option<String>,
        source_key: String,
        puppet_key: Option<String>,
        preview_image_key: Option<String>,
        preview_video_key: Option<String>,
        image_width: Option<i64>,
        image_height: Option<i64>,
        stored_bytes: i64,
        progress: f64,
        notes: Option<String>,
        own_mouths: bool,
        created_at: i64,
    }
}

impl TryFrom<LookRow> for Look {
    type Error = StoreError;

    fn try_from(row: LookRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            group_id: parsed(&row.group_id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            is_public: row.is_public,
            name: row.name,
            look_type: LookType::from_name(&row.look_type)
                .ok_or(StoreError::Corrupt("look type"))?,
            status: status(&row.status)?,
            error: failure(row.error_code, row.error_message),
            gender: gender(row.gender)?,
            default_voice_id: row
                .default_voice_id
                .map(|v| parsed(&v, "voice"))
                .transpose()?,
            source_key: row.source_key,
            puppet_key: row.puppet_key,
            preview_image_key: row.preview_image_key,
            preview_video_key: row.preview_video_key,
            image_width: row.image_width,
            image_height: row.image_height,
            stored_bytes: row.stored_bytes,
            progress: row.progress,
            notes: notes(row.notes)?,
            own_mouths: row.own_mouths,
            created_at: UnixMillis(row.created_at),
        })
    }
}

/// A JSON list of sentences.
fn notes(text: Option<String>) -> Result<Vec<String>, StoreError> {
    text.map_or_else(
        || Ok(Vec::new()),
        |text| serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("notes")),
    )
}

row! {
    pub(crate) struct AssetRow {
        id: String,
        workspace_id: String,
        name: String,
        mime_type: String,
        size_bytes: i64,
        sha256: String,
        object_key: String,
        created_at: i64,
    }
}

impl TryFrom<AssetRow> for Asset {
    type Error = StoreError;

    fn try_from(row: AssetRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            name: row.name,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            object_key: row.object_key,
            created_at: UnixMillis(row.created_at),
        })
    }
}

row! {
    pub(crate) struct UploadRow {
        id: String,
        workspace_id: String,
        batch_id: Option<String>,
        item_index: Option<i64>,
        name: String,
        mime_type: String,
        size_bytes: i64,
        sha256: Option<String>,
        state: String,
        object_key: Option<String>,
        found_mime_type: Option<String>,
        found_sha256: Option<String>,
        error_code: Option<String>,
        error_message: Option<String>,
        created_at: i64,
        expires_at: i64,
    }
}

impl TryFrom<UploadRow> for Upload {
    type Error = StoreError;

    fn try_from(row: UploadRow) -> Result<Self, StoreError> {
        let batch_id = row.batch_id.map(|id| parsed(&id, "id")).transpose()?;
        let found = row.found_mime_type.zip(row.found_sha256);
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            batch: batch_id.zip(row.item_index),
            name: row.name,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            state: UploadState::from_name(&row.state).ok_or(StoreError::Corrupt("state"))?,
            received: row
                .object_key
                .zip(found)
                .map(|(object_key, (mime_type, sha256))| ReceivedBytes {
                    object_key,
                    mime_type,
                    sha256,
                }),
            failure: failure(row.error_code, row.error_message),
            created_at: UnixMillis(row.created_at),
            expires_at: UnixMillis(row.expires_at),
        })
    }
}

row! {
    pub(crate) struct BatchRow {
        id: String,
        workspace_id: String,
        kind: String,
        title: Option<String>,
        callback_url: Option<String>,
        total_items: i64,
        created_at: i64,
    }
}

impl TryFrom<BatchRow> for Batch {
    type Error = StoreError;

    fn try_from(row: BatchRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            kind: BatchKind::from_name(&row.kind).ok_or(StoreError::Corrupt("kind"))?,
            title: row.title,
            callback_url: row.callback_url,
            total_items: row.total_items,
            created_at: UnixMillis(row.created_at),
        })
    }
}

row! {
    pub(crate) struct VideoRow {
        id: String,
        workspace_id: String,
        title: Option<String>,
        folder_id: Option<String>,
        callback_id: Option<String>,
        callback_url: Option<String>,
        batch_id: Option<String>,
        batch_index: Option<i64>,
        request: String,
        status: String,
        progress: f64,
        failure_code: Option<String>,
        failure_message: Option<String>,
        duration_s: Option<f64>,
        video_key: Option<String>,
        thumbnail_key: Option<String>,
        subtitle_key: Option<String>,
        created_at: i64,
        completed_at: Option<i64>,
    }
}

impl TryFrom<VideoRow> for Video {
    type Error = StoreError;

    fn try_from(row: VideoRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            title: row.title,
            folder_id: row.folder_id,
            callback_id: row.callback_id,
            callback_url: row.callback_url,
            batch: row
                .batch_id
                .map(|id| parsed(&id, "id"))
                .transpose()?
                .zip(row.batch_index),
            request: crate::requests::read(&row.request)?,
            status: VideoStatus::from_name(&row.status)
                .ok_or(StoreError::Corrupt("video status"))?,
            progress: row.progress,
            failure: failure(row.failure_code, row.failure_message),
            duration_s: row.duration_s,
            video_key: row.video_key,
            thumbnail_key: row.thumbnail_key,
            subtitle_key: row.subtitle_key,
            created_at: UnixMillis(row.created_at),
            completed_at: row.completed_at.map(UnixMillis),
        })
    }
}

row! {
    pub(crate) struct KeyRow {
        id: String,
        workspace_id: String,
        name: String,
        prefix: String,
        hash: Vec<u8>,
        created_at: i64,
        expires_at: Option<i64>,
        revoked_at: Option<i64>,
        scopes: Option<String>,
    }
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            name: row.name,
            prefix: row.prefix,
            hash: row
                .hash
                .try_into()
                .map_err(|_| StoreError::Corrupt("key hash"))?,
            created_at: UnixMillis(row.created_at),
            expires_at: row.expires_at.map(UnixMillis),
            revoked_at: row.revoked_at.map(UnixMillis),
            scopes: row
                .scopes
                .map(|text| text.split_whitespace().map(str::to_owned).collect()),
        })
    }
}

row! {
    pub(crate) struct EndpointRow {
        id: String,
        workspace_id: String,
        url: String,
        events: Option<String>,
        entity_id: Option<String>,
        enabled: bool,
        failing_since: Option<i64>,
        last_failure: Option<String>,
        generation: i64,
        created_at: i64,
    }
}

impl TryFrom<EndpointRow> for Endpoint {
    type Error = StoreError;

    fn try_from(row: EndpointRow) -> Result<Self, StoreError> {
        let events = row.events.map(|text| serde_json::from_str(&text));
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            url: row.url,
            events: events
                .transpose()
                .map_err(|_| StoreError::Corrupt("list of events"))?,
            entity_id: row.entity_id,
            enabled: row.enabled,
            failing: row.failing_since.map(|since| Failing {
                since: UnixMillis(since),
                last: row.last_failure.unwrap_or_default(),
            }),
            generation: row.generation,
            created_at: UnixMillis(row.created_at),
        })
    }
}

row! {
    pub(crate) struct EventRow {
        id: String,
        workspace_id: String,
        kind: String,
        data: String,
        entity_id: String,
        created_at: i64,
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "id")?,
            workspace_id: parsed(&row.workspace_id, "id")?,
            kind: row.kind,
            data: row.data,
            entity_id: row.entity_id,
            created_at: UnixMillis(row.created_at),
        })
    }
}

/// Converts rows, stopping at the first that cannot be understood.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    rows.into_iter().map(T::try_from).collect()
}

row! {
    pub(crate) struct VoiceRow {
        id: String,
        workspace_id: String,
        kind: String,
        name: String,
        locale: String,
        gender: Option<String>,
        status: String,
        error_code: Option<String>,
        error_message: Option<String>,
        recipe: Option<String>,
        source_key: Option<String>,
        remove_noise: bool,
        similarity_before: Option<f64>,
        similarity_after: Option<f64>,
        attested_by: Option<String>,
        attested_at: Option<i64>,
        created_at: i64,
    }
}

impl TryFrom<VoiceRow> for PrivateVoice {
    type Error = StoreError;

    fn try_from(row: VoiceRow) -> Result<Self, StoreError> {
        let attestation = row.attested_by.zip(row.attested_at).map(|(key, at)| {
            Ok::<_, StoreError>(Attestation {
                key_id: parsed(&key, "key id")?,
                at: UnixMillis(at),
            })
        });
        let similarity = row.similarity_before.zip(row.similarity_after);
        Ok(Self {
            id: parsed(&row.id, "voice id")?,
            workspace_id: parsed(&row.workspace_id, "workspace id")?,
            kind: VoiceKind::from_name(&row.kind).ok_or(StoreError::Corrupt("kind of voice"))?,
            name: row.name,
            locale: row.locale,
            gender: gender(row.gender)?,
            status: VoiceStatus::from_name(&row.status)
                .ok_or(StoreError::Corrupt("status of a voice"))?,
            failure: failure(row.error_code, row.error_message),
            recipe: row.recipe,
            source_key: row.source_key,
            remove_noise: row.remove_noise,
            similarity: similarity.map(|(before, after)| Similarity { before, after }),
            attestation: attestation.transpose()?,
            created_at: UnixMillis(row.created_at),
        })
    }
}
