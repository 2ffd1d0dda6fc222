//! From domain records to the wire.

use likeness_api::assets::{
    AssetInput, AssetSearchItem, CreateAssetUploadRequest, CreateAssetUploadResponse,
    GetAssetV3Response, ImageAssetItem, PendingUpload,
};
use likeness_api::avatars::{
    ApiEngine, AvatarError, AvatarGroupItem, AvatarLookItem, AvatarLookType, AvatarStatus,
    LookOrientation,
};
use likeness_api::batches::{
    BatchDetail, BatchItem, BatchItemStatus, BatchStatus, BulkStatusEntry,
};
use likeness_api::error::Fault;
use likeness_api::sounds::{AudioContentType, AudioSoundItem};
use likeness_api::videos::{VideoDetail, VideoStatus};
use likeness_api::voices::{
    AudioVoiceItem, AudioVoiceType, TextToSpeechResponseData, VoiceCloneStatus, VoiceConsent,
    VoiceDetailV3, VoiceSimilarity, WordWithTimestamp,
};
use likeness_api::webhooks::{
    WebhookEndpointResponse, WebhookEndpointStatus, WebhookEventResponse,
};
use likeness_app::App;
use likeness_app::files::FileSource;
use likeness_app::sounds::{FoundSound, Kind};
use likeness_app::speech::Speech;
use likeness_app::uploads::{FileState, NewUpload, Slot};
use likeness_app::voices::{self, Voice};
use likeness_app::webhooks::iso_8601;
use likeness_domain::asset::Asset;
use likeness_domain::avatar::{self, AvatarGroup, Engine, Failure, Gender, Look, LookType};
use likeness_domain::id::VoiceId;
use likeness_domain::page::{Cursor, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::upload::{Batch, Upload};
use likeness_domain::video::{self, Video};
use likeness_domain::voice::{VoiceKind, VoiceStatus};
use likeness_domain::webhook::{Endpoint, Event};

use crate::error::ApiError;
use crate::extract::parse_id;

fn status(status: avatar::AvatarStatus) -> AvatarStatus {
    match status {
        avatar::AvatarStatus::Processing => AvatarStatus::Processing,
        avatar::AvatarStatus::PendingConsent => AvatarStatus::PendingConsent,
        avatar::AvatarStatus::Failed => AvatarStatus::Failed,
        avatar::AvatarStatus::Completed => AvatarStatus::Completed,
    }
}

fn error(failure: Option<Failure>) -> Option<AvatarError> {
    failure.map(|Failure { code, message }| AvatarError { code, message })
}

fn gender(gender: Option<Gender>) -> Option<String> {
    gender.map(|g| g.as_str().to_owned())
}

fn voice(id: Option<VoiceId>) -> Option<String> {
    id.map(String::from)
}

pub(crate) fn group(app: &App, group: AvatarGroup) -> AvatarGroupItem {
    let link = |key: Option<String>| key.map(|key| app.link(&key));
    AvatarGroupItem {
        id: group.id.into(),
        name: group.name,
        preview_image_url: link(group.preview_image_key),
        preview_video_url: link(group.preview_video_key),
        gender: gender(group.gender),
        created_at: group.created_at.seconds(),
        looks_count: group.looks_count,
        default_voice_id: voice(group.default_voice_id),
        consent_status: group
            .consent_status
            .map(|status| status.as_str().to_owned()),
        status: (!group.is_public).then(|| status(group.status)),
        error: error(group.error).filter(|_| !group.is_public),
    }
}

pub(crate) fn look(app: &App, look: Look) -> AvatarLookItem {
    let link = |key: Option<String>| key.map(|key| app.link(&key));
    let engines = look.engines().iter().map(|engine| match engine {
        Engine::AvatarV => ApiEngine::AvatarV,
        Engine::AvatarIv => ApiEngine::AvatarIv,
        Engine::AvatarIii => ApiEngine::AvatarIii,
    });
    AvatarLookItem {
        id: look.id.into(),
        name: look.name,
        avatar_type: match look.look_type {
            LookType::StudioAvatar => AvatarLookType::StudioAvatar,
            LookType::DigitalTwin => AvatarLookType::DigitalTwin,
            LookType::PhotoAvatar => AvatarLookType::PhotoAvatar,
        },
        group_id: Some(look.group_id.into()),
        gender: gender(look.gender),
        default_voice_id: voice(look.default_voice_id),
        preview_image_url: link(look.preview_image_key),
        preview_video_url: link(look.preview_video_key),
        image_width: look.image_width,
        image_height: look.image_height,
        preferred_orientation: look.image_width.zip(look.image_height).map(orientation),
        supported_api_engines: engines.collect(),
        tags: Vec::new(),
        status: (!look.is_public).then(|| status(look.status)),
        error: error(look.error).filter(|_| !look.is_public),
        progress: look.progress,
        prompt_notes: look.notes,
    }
}

/// A picture within a twentieth of square is square.
fn orientation((width, height): (i64, i64)) -> LookOrientation {
    if width * 20 > height * 21 {
        LookOrientation::Landscape
    } else if height * 20 > width * 21 {
        LookOrientation::Portrait
    } else {
        LookOrientation::Square
    }
}

pub(crate) fn asset(app: &App, asset: Asset) -> GetAssetV3Response {
    GetAssetV3Response {
        kind: asset.kind().to_owned(),
        owner: asset.workspace_id.as_str().to_owned(),
        space_id: asset.workspace_id.into(),
        folder_id: None,
        uploaded_at: asset.created_at.seconds(),
        url: Some(app.link(&asset.object_key)),
        id: asset.id.into(),
        name: asset.name,
    }
}

/// A voice that an operator added need not say what it is.
fn gender_word(gender: Option<Gender>) -> &'static str {
    gender.map_or("unknown", Gender::as_str)
}

/// A voice that can speak has a sample; it is made when the link is first followed.
fn preview(app: &App, voice: &Voice) -> Option<String> {
    let can_speak = voice
        .own
        .as_ref()
        .is_none_or(|own| own.status == VoiceStatus::Complete);
    can_speak.then(|| app.link(&voices::preview_key(&voice.id)))
}

pub(crate) fn voice_item(app: &App, voice: Voice) -> AudioVoiceItem {
    AudioVoiceItem {
        preview_audio_url: preview(app, &voice),
        voice_id: voice.id.into(),
        name: voice.name,
        language: voice.language,
        gender: gender_word(voice.gender).to_owned(),
        support_pause: true,
        support_locale: false,
        kind: if voice.own.is_some() {
            AudioVoiceType::Private
        } else {
            AudioVoiceType::Public
        },
    }
}

pub(crate) fn voice_detail(app: &App, voice: Voice) -> VoiceDetailV3 {
    let preview_audio_url = preview(app, &voice);
    let own = voice.own;
    let clone = own.as_ref().filter(|own| own.kind == VoiceKind::Clone);
    VoiceDetailV3 {
        voice_id: voice.id.into(),
        name: Some(voice.name),
        language: Some(voice.language),
        gender: voice.gender.map(|gender| gender.as_str().to_owned()),
        preview_audio_url,
        support_pause: true,
        support_interactive_avatar: false,
        status: clone.map(|clone| match clone.status {
            VoiceStatus::Processing => VoiceCloneStatus::Processing,
            VoiceStatus::Complete => VoiceCloneStatus::Complete,
            VoiceStatus::Failed => VoiceCloneStatus::Failed,
        }),
        failure_message: clone
            .and_then(|clone| clone.failure.as_ref())
            .map(|failure| failure.message.clone()),
        created_at: own.as_ref().map(|own| own.created_at.seconds()),
        similarity: clone
            .and_then(|clone| clone.similarity)
            .map(|found| VoiceSimilarity {
                before: found.before,
                after: found.after,
            }),
        consent: clone
            .and_then(|clone| clone.attestation.as_ref())
            .map(|said| VoiceConsent {
                attested_by: said.key_id.to_string(),
                attested_at: said.at.seconds(),
            }),
    }
}

pub(crate) fn speech(app: &App, speech: Speech) -> TextToSpeechResponseData {
    TextToSpeechResponseData {
        audio_url: app.link(&speech.audio_key()),
        duration: speech.duration_s,
        request_id: Some(speech.digest),
        word_timestamps: Some(
            speech
                .words
                .into_iter()
                .map(|word| WordWithTimestamp {
                    word: word.text,
                    start: word.start_s,
                    end: word.end_s,
                })
                .collect(),
        ),
    }
}

pub(crate) fn sound_item(app: &App, found: &FoundSound) -> AudioSoundItem {
    let sound = &found.sound;
    let rounded = |number: f32| (f64::from(number) * 1000.0).round() / 1000.0;
    AudioSoundItem {
        id: sound.id.to_owned(),
        name: sound.name.to_owned(),
        description: sound.description.to_owned(),
        audio_url: app.link(&found.audio_key()),
        duration: Some(rounded(sound.duration_s)),
        score: rounded(found.score),
        kind: match sound.kind {
            Kind::Music => AudioContentType::Music,
            Kind::Effect => AudioContentType::SoundEffects,
        },
        placement: sound
            .placement
            .map(|placement| placement.as_str().to_owned()),
        peak_offset: sound.peak_s.map(rounded),
    }
}

/// The entry of one id that was asked for.
pub(crate) fn video_status(id: &str, video: Option<Video>) -> BulkStatusEntry {
    BulkStatusEntry {
        video_id: Some(id.to_owned()),
        status: match video.as_ref().map(|video| video.status) {
            None => "not_found",
            // Here the contract has the words of batch items.
            Some(video::VideoStatus::Pending) => "queued",
            Some(status) => status.as_str(),
        }
        .to_owned(),
        error: video.and_then(|video| video.failure).map(fault),
        batch_id: None,
        item_index: None,
    }
}

pub(crate) fn endpoint(endpoint: Endpoint) -> WebhookEndpointResponse {
    let failure_message = endpoint.failing.as_ref().map(|failing| {
        let last = &failing.last;
        if endpoint.enabled {
            format!("The last call failed: {last} It is made again, for about a day.")
        } else {
            format!(
                "Disabled, as no call has succeeded since {}. The last one failed: {last} \
                 Change the endpoint to turn it on again.",
                iso_8601(failing.since)
            )
        }
    });
    WebhookEndpointResponse {
        failing_since: endpoint.failing.map(|failing| iso_8601(failing.since)),
        failure_message,
        endpoint_id: endpoint.id.into(),
        url: endpoint.url,
        events: endpoint.events,
        status: if endpoint.enabled {
            WebhookEndpointStatus::Enabled
        } else {
            WebhookEndpointStatus::Disabled
        },
        created_at: iso_8601(endpoint.created_at),
        secret: None,
    }
}

pub(crate) fn event(event: Event) -> WebhookEventResponse {
    WebhookEventResponse {
        event_id: event.id.into(),
        event_type: event.kind,
        event_data: serde_json::from_str(&event.data).unwrap_or_default(),
        created_at: iso_8601(event.created_at),
    }
}

pub(crate) fn new_upload(file: CreateAssetUploadRequest) -> NewUpload {
    NewUpload {
        name: file.filename,
        content_type: file.content_type,
        size_bytes: file.size_bytes,
        sha256: file.checksum_sha256,
    }
}

pub(crate) fn slot(slot: Slot) -> CreateAssetUploadResponse {
    CreateAssetUploadResponse {
        asset_id: slot.id.into(),
        upload_url: slot.url,
        upload_headers: [("Content-Type".to_owned(), slot.content_type)].into(),
        expires_in_seconds: slot.expires_in_s,
        max_bytes: slot.max_bytes,
        status: PendingUpload::PendingUpload,
    }
}

fn fault(Failure { code, message }: Failure) -> Fault {
    Fault { code, message }
}

pub(crate) fn asset_status(id: &str, state: Option<FileState>) -> BulkStatusEntry {
    BulkStatusEntry {
        video_id: Some(id.to_owned()),
        status: state
            .as_ref()
            .map_or("not_found", FileState::as_str)
            .to_owned(),
        error: match state {
            Some(FileState::Failed(failure)) => Some(fault(failure)),
            _ => None,
        },
        batch_id: None,
        item_index: None,
    }
}

pub(crate) fn batch_item(upload: &Upload, state: FileState) -> BatchItem {
    let (status, error) = match state {
        FileState::Queued => (BatchItemStatus::Queued, None),
        FileState::Processing => (BatchItemStatus::Processing, None),
        FileState::Completed => (BatchItemStatus::Completed, None),
        FileState::Failed(failure) => (BatchItemStatus::Failed, Some(fault(failure))),
    };
    BatchItem {
        item_index: upload.batch.as_ref().map_or(0, |(_, index)| *index),
        video_id: Some(upload.id.as_str().to_owned()),
        status,
        error,
    }
}

pub(crate) fn video_item(video: Video) -> BatchItem {
    BatchItem {
        item_index: video.batch.map_or(0, |(_, index)| index),
        video_id: Some(video.id.into()),
        status: match video.status {
            video::VideoStatus::Pending => BatchItemStatus::Queued,
            video::VideoStatus::Processing => BatchItemStatus::Processing,
            video::VideoStatus::Completed => BatchItemStatus::Completed,
            video::VideoStatus::Failed => BatchItemStatus::Failed,
        },
        error: video.failure.map(fault),
    }
}

/// The batch with the page of its items that is asked for, and where the next begins. The cursor of a batch holds the
/// index of the last item shown in place of a time.
pub(crate) fn batch(
    batch: Batch,
    mut items: Vec<BatchItem>,
    page: &PageRequest,
) -> (BatchDetail, Option<Cursor>) {
    let total = items.len();
    let count = |status: BatchItemStatus| items.iter().filter(|i| i.status == status).count();
    let (completed, failed) = (
        count(BatchItemStatus::Completed),
        count(BatchItemStatus::Failed),
    );
    let counts = [
        ("queued", count(BatchItemStatus::Queued)),
        ("processing", count(BatchItemStatus::Processing)),
        ("completed", completed),
        ("failed", failed),
    ];
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    if let Some(after) = &page.after {
        items.retain(|item| item.item_index > after.created_at.0);
    }
    let has_more = items.len() > page.limit as usize;
    items.truncate(page.limit as usize);
    let next = items.last().filter(|_| has_more).map(|item| Cursor {
        created_at: UnixMillis(item.item_index),
        id: String::new(),
    });
    let detail = BatchDetail {
        batch_id: batch.id.into(),
        title: batch.title,
        status: if completed + failed < total {
            BatchStatus::Processing
        } else if completed > 0 {
            BatchStatus::Completed
        } else {
            BatchStatus::Failed
        },
        total_items: batch.total_items,
        counts_by_status: counts
            .into_iter()
            .map(|(status, count)| (status.to_owned(), number(count)))
            .collect(),
        created_at: batch.created_at.seconds(),
        items,
        has_more,
        next_token: None,
    };
    (detail, next)
}

pub(crate) fn found_asset(app: &App, asset: Asset) -> AssetSearchItem {
    AssetSearchItem::Image(ImageAssetItem {
        url: app.link(&asset.object_key),
        id: asset.id.into(),
        width: None,
        height: None,
        orientation: None,
        is_transparent: None,
    })
}

pub(crate) fn batch_not_found(id: &str) -> BulkStatusEntry {
    BulkStatusEntry {
        video_id: None,
        batch_id: Some(id.to_owned()),
        ..video_status("", None)
    }
}

pub(crate) fn state_of_video(status: video::VideoStatus) -> VideoStatus {
    match status {
        video::VideoStatus::Pending => VideoStatus::Pending,
        video::VideoStatus::Processing => VideoStatus::Processing,
        video::VideoStatus::Completed => VideoStatus::Completed,
        video::VideoStatus::Failed => VideoStatus::Failed,
    }
}

pub(crate) fn video(app: &App, video: Video) -> VideoDetail {
    let captioned = video
        .video_key
        .as_ref()
        .and_then(|_| likeness_app::videos::captioned_key(&video));
    let link = |key: Option<String>| key.map(|key| app.link(&key));
    let (failure_code, failure_message) = video
        .failure
        .map(|Failure { code, message }| (code, message))
        .unzip();
    VideoDetail {
        motion_words_used: likeness_app::videos::motion_words(&video.request),
        id: video.id.into(),
        status: state_of_video(video.status),
        progress: video.progress,
        title: video.title,
        created_at: Some(video.created_at.seconds()),
        completed_at: video.completed_at.map(UnixMillis::seconds),
        duration: video.duration_s,
        video_url: link(video.video_key),
        thumbnail_url: link(video.thumbnail_key),
        subtitle_url: link(video.subtitle_key),
        captioned_video_url: link(captioned),
        gif_url: None,
        video_page_url: None,
        folder_id: video.folder_id,
        output_language: None,
        failure_code,
        failure_message,
    }
}

/// A file that stands in the field `param`.
pub(crate) fn file_source(input: AssetInput, param: &str) -> Result<FileSource, ApiError> {
    Ok(match input {
        AssetInput::Url { url } => FileSource::Url(url),
        AssetInput::AssetId { asset_id } => {
            FileSource::Asset(parse_id(&asset_id, &format!("{param}.asset_id"))?)
        }
        AssetInput::Base64 { media_type, data } => FileSource::Base64 { media_type, data },
    })
}
