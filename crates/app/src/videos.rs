//! Videos: accepting one, reading, listing and deleting.

use likeness_blobs::keys;
use likeness_domain::avatar::{AvatarStatus, Failure, Look, LookType};
use likeness_domain::id::{BatchId, LookId, VideoId, VoiceId};
use likeness_domain::page::{Page, PageRequest};
use likeness_domain::upload::{Batch, BatchKind};
use likeness_domain::video::{
    Acting, Expressiveness, Fit, SceneRequest, Script, Video, VideoRequest, VideoStatus,
};

use crate::dressing::{Dressing, dress};
use crate::error::{Missing, NotUsable};
use crate::rendering::{self, direction};
use crate::{App, Caller, Error, test_mode, work};

/// Longest script, in characters.
pub const MAX_SCRIPT_CHARS: usize = 5000;

/// Height of a landscape picture, or width of an upright one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    P720,
    P1080,
}

/// Shape of the output; `Auto` follows the look's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AspectRatio {
    Landscape16x9,
    Portrait9x16,
    Portrait4x5,
    Landscape5x4,
    Square,
    Auto,
}

/// What `POST /v3/videos` with `type: avatar` asks for.
#[derive(Debug, Clone)]
pub struct NewAvatarVideo {
    pub look_id: LookId,
    pub script: String,
    /// The look's default voice when absent.
    pub voice_id: Option<VoiceId>,
    pub speed: f32,
    pub volume: f32,
    pub resolution: Resolution,
    pub aspect_ratio: AspectRatio,
    pub fit: Option<Fit>,
    pub dressing: Dressing,
    /// What is absent is left to the default.
    pub expressiveness: Option<Expressiveness>,
    pub motion_prompt: Option<String>,
    pub title: Option<String>,
    pub folder_id: Option<String>,
    pub callback_id: Option<String>,
    pub callback_url: Option<String>,
}

/// Checks the request against the look and the voices, stores it and queues its rendering.
pub async fn create(app: &App, caller: &Caller, new: NewAvatarVideo) -> Result<Video, Error> {
    let mut stored = Vec::new();
    let queue = async {
        let video = prepare(app, caller, new, None, &mut stored).await?;
        app.check_job_limit(caller).await?;
        let job = work::render_video(caller, &video, app.now())?;
        app.store().insert_video(&video, job).await?;
        Ok::<_, Error>(video)
    };
    let queued = queue.await;
    let video = keep_or_delete(app, &stored, queued).await?;
    app.wake(work::lane_of(&caller.workspace_id)).notify_one();
    Ok(video)
}

/// Objects that were stored for what could not be queued belong to nobody.
async fn keep_or_delete<T>(
    app: &App,
    stored: &[String],
    queued: Result<T, Error>,
) -> Result<T, Error> {
    if queued.is_err()
        && let Err(error) = app.blobs().delete(stored).await
    {
        let error: &dyn std::error::Error = &error;
        tracing::error!(error, "pictures of a refused video are left");
    }
    queued
}

/// The video that the request asks for, if it can be made.
async fn prepare(
    app: &App,
    caller: &Caller,
    new: NewAvatarVideo,
    batch: Option<(BatchId, i64)>,
    stored: &mut Vec<String>,
) -> Result<Video, Error> {
    let look = usable_look(app, caller, &new.look_id).await?;
    check_script(&new.script)?;
    check_acting(&new, &look)?;
    test_mode::check(caller, new.title.as_deref().unwrap_or(""), "title")?;
    if let Some(url) = &new.callback_url {
        crate::webhooks::check_url(app, url, "callback_url")?;
    }
    let voice_id = choose_voice(app, &new, &look)?;
    let (width, height) = output_size(new.resolution, new.aspect_ratio, &look);
    let script = Script {
        text: new.script,
        voice_id,
        speed: new.speed,
        volume: new.volume,
    };
    let scene = SceneRequest {
        acting: Acting {
            expressiveness: new.expressiveness.unwrap_or_default(),
            motion_prompt: new.motion_prompt,
        },
        ..SceneRequest::of_look(look.id, script)
    };
    let mut request = VideoRequest::of_scene(width, height, scene);
    let id = VideoId::new();
    dress(
        app,
        caller,
        &id,
        &new.dressing,
        new.fit,
        &mut request,
        stored,
    )
    .await?;
    Ok(Video {
        id,
        workspace_id: caller.workspace_id.clone(),
        title: new.title,
        folder_id: new.folder_id,
        callback_id: new.callback_id,
        callback_url: new.callback_url,
        batch,
        request,
        status: VideoStatus::Pending,
        progress: 0.0,
        failure: None,
        duration_s: None,
        video_key: None,
        thumbnail_key: None,
        subtitle_key: None,
        created_at: app.now(),
        completed_at: None,
    })
}

/// Only photos take directions: the other looks move as they were filmed or drawn.
fn check_acting(new: &NewAvatarVideo, look: &Look) -> Result<(), Error> {
    let asked = [
        ("expressiveness", new.expressiveness.is_some()),
        ("motion_prompt", new.motion_prompt.is_some()),
    ];
    match asked.into_iter().find(|(_, given)| *given) {
        Some((param, _)) if look.look_type != LookType::PhotoAvatar => Err(Error::invalid(
            param,
            "Only photo avatars take this; leave it out for this look.",
        )),
        _ => Ok(()),
    }
}

/// The words of the prompts for motion that the faces follow; nothing if there was no prompt.
pub fn motion_words(request: &VideoRequest) -> Option<Vec<String>> {
    let mut prompts = request
        .scenes
        .iter()
        .filter(|scene| scene.acting.motion_prompt.is_some())
        .peekable();
    prompts.peek()?;
    let mut words: Vec<String> = Vec::new();
    for scene in prompts {
        for word in direction(&scene.acting).words() {
            if !words.contains(word) {
                words.push(word.clone());
            }
        }
    }
    Some(words)
}

/// Videos that one request asks for.
#[derive(Debug, Clone)]
pub struct NewBatch {
    pub title: Option<String>,
    /// Folder of all of them.
    pub folder_id: Option<String>,
    /// Called once, when all have ended.
    pub callback_url: Option<String>,
    pub videos: Vec<NewAvatarVideo>,
}

/// Videos in one batch.
pub const MAX_BATCH: usize = 100;

/// Checks all requests, stores them and queues their rendering: all or none. A batch is one step over the limit of jobs
/// at once, as its videos wait for each other.
pub async fn create_batch(app: &App, caller: &Caller, new: NewBatch) -> Result<BatchId, Error> {
    if let Some(url) = &new.callback_url {
        crate::webhooks::check_url(app, url, "callback_url")?;
    }
    let batch = Batch {
        id: BatchId::new(),
        workspace_id: caller.workspace_id.clone(),
        kind: BatchKind::Videos,
        title: new.title,
        callback_url: new.callback_url,
        total_items: i64::try_from(new.videos.len()).unwrap_or(i64::MAX),
        created_at: app.now(),
    };
    let mut stored = Vec::new();
    let queue = async {
        let mut videos = Vec::with_capacity(new.videos.len());
        for (video, index) in new.videos.into_iter().zip(0_i64..) {
            let place = Some((batch.id.clone(), index));
            let folder_id = new.folder_id.clone();
            let video = NewAvatarVideo { folder_id, ..video };
            let prepared = prepare(app, caller, video, place, &mut stored).await;
            let video = prepared.map_err(|error| of_item(index, error))?;
            let job = work::render_video(caller, &video, app.now())?;
            videos.push((video, job));
        }
        app.check_job_limit(caller).await?;
        Ok::<_, Error>(app.store().insert_videos(&batch, &videos).await?)
    };
    let queued = queue.await;
    keep_or_delete(app, &stored, queued).await?;
    app.wake(work::lane_of(&caller.workspace_id)).notify_one();
    Ok(batch.id)
}

/// What is wrong with one item is wrong with the list; the index is in the message, as the contract has it.
pub fn of_item(index: i64, error: Error) -> Error {
    let (field, message) = match error {
        Error::Invalid { param, message }
        | Error::NotUsable { param, message, .. }
        | Error::DownloadFailed { param, message } => (format!(".{param}"), message),
        Error::NotFound(missing) => (String::new(), format!("{missing:?} not found.")),
        other => return other,
    };
    let message = format!("Invalid payload(s) at index {index}. videos[{index}]{field}: {message}");
    Error::invalid("videos", message)
}

/// A batch and those of its videos that were not deleted, in their order.
pub async fn find_batch(
    app: &App,
    caller: &Caller,
    id: &BatchId,
) -> Result<(Batch, Vec<Video>), Error> {
    let store = app.store();
    let batch = store
        .get_batch(&caller.workspace_id, BatchKind::Videos, id)
        .await
        .map_err(Error::or_missing(Missing::Batch))?;
    let videos = store.batch_videos(&batch.id).await?;
    Ok((batch, videos))
}

pub async fn get(app: &App, caller: &Caller, id: &VideoId) -> Result<Video, Error> {
    app.store()
        .get_video(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Video))
}

/// Each of the caller's videos among `ids`, in their order; `None` for what is unknown or somebody else's.
pub async fn get_many(
    app: &App,
    caller: &Caller,
    ids: &[VideoId],
) -> Result<Vec<Option<Video>>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        match get(app, caller, id).await {
            Ok(video) => found.push(Some(video)),
            Err(Error::NotFound(_)) => found.push(None),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Which videos a list shows.
#[derive(Debug, Clone, Default)]
pub struct VideoFilter {
    /// Part of the title, without regard to case.
    pub title: Option<String>,
    pub folder_id: Option<String>,
}

pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &VideoFilter,
    page: &PageRequest,
) -> Result<Page<Video>, Error> {
    Ok(app
        .store()
        .list_videos(
            &caller.workspace_id,
            filter.title.as_deref(),
            filter.folder_id.as_deref(),
            page,
        )
        .await?)
}

/// Deletes a video and its files; a running render stops at its next checkpoint.
pub async fn delete(app: &App, caller: &Caller, id: &VideoId) -> Result<(), Error> {
    let video = get(app, caller, id).await?;
    let mut orphans = app
        .store()
        .delete_video(&caller.workspace_id, id, app.now())
        .await
        .map_err(Error::or_missing(Missing::Video))?;
    orphans.extend(video.request.material_keys());
    orphans.extend(captioned_key(&video));
    app.blobs().delete(&orphans).await?;
    crate::preview::forget(app, id).await?;
    crate::shelf::release(app, id.as_str()).await
}

/// Where the file with captions drawn in is kept, of a video that was to have one.
pub fn captioned_key(video: &Video) -> Option<String> {
    let plain = rendering::job::video_key(video);
    let wanted = video.request.burn_captions;
    wanted.then(|| keys::captioned_video(&video.id, &plain))
}

async fn usable_look(app: &App, caller: &Caller, id: &LookId) -> Result<Look, Error> {
    let look = app
        .store()
        .get_look(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Avatar))?;
    match look.status {
        AvatarStatus::Completed => Ok(look),
        // The contract answers 404 for a look that still trains.
        AvatarStatus::Processing => Err(Error::NotFound(Missing::Avatar)),
        AvatarStatus::PendingConsent => Err(Error::NotUsable {
            code: NotUsable::ConsentRequired,
            param: "avatar_id".to_owned(),
            message: "This avatar's consent has not been approved.".to_owned(),
        }),
        AvatarStatus::Failed => Err(Error::NotUsable {
            code: NotUsable::Avatar,
            param: "avatar_id".to_owned(),
            message: format!(
                "This avatar cannot be rendered. {}",
                reason(look.error.as_ref())
            ),
        }),
    }
}

fn reason(error: Option<&Failure>) -> &str {
    error.map_or("Its training failed.", |failure| failure.message.as_str())
}

fn check_script(script: &str) -> Result<(), Error> {
    if script.chars().count() > MAX_SCRIPT_CHARS {
        return Err(Error::invalid(
            "script",
            format!("The script must have at most {MAX_SCRIPT_CHARS} characters."),
        ));
    }
    if !script.chars().any(char::is_alphanumeric) {
        return Err(Error::NotUsable {
            code: NotUsable::ScriptTooShort,
            param: "script".to_owned(),
            message: "The script has nothing to speak.".to_owned(),
        });
    }
    Ok(())
}

fn choose_voice(app: &App, new: &NewAvatarVideo, look: &Look) -> Result<VoiceId, Error> {
    let voices = app.engines().voices();
    let chosen = new
        .voice_id
        .as_ref()
        .or(look.default_voice_id.as_ref())
        .ok_or_else(|| Error::invalid("voice_id", "The avatar has no default voice; name one."))?;
    match voices.get(chosen) {
        Some(voice) => Ok(voice.id.clone()),
        None if new.voice_id.is_some() => Err(Error::NotFound(Missing::Voice)),
        None => Err(Error::NotUsable {
            code: NotUsable::Voice,
            param: "voice_id".to_owned(),
            message: "The avatar's default voice is not installed on this server.".to_owned(),
        }),
    }
}

/// Output size in pixels, both even: the short side follows the resolution; `Auto` takes the picture's own ratio
/// with the long side capped at that of 16:9.
fn output_size(resolution: Resolution, ratio: AspectRatio, look: &Look) -> (u32, u32) {
    let short = match resolution {
        Resolution::P720 => 720.0,
        Resolution::P1080 => 1080.0,
    };
    let long_cap = short * 16.0 / 9.0;
    let ratio = match ratio {
        AspectRatio::Landscape16x9 => 16.0 / 9.0,
        AspectRatio::Portrait9x16 => 9.0 / 16.0,
        AspectRatio::Portrait4x5 => 4.0 / 5.0,
        AspectRatio::Landscape5x4 => 5.0 / 4.0,
        AspectRatio::Square => 1.0,
        AspectRatio::Auto => source_ratio(look).unwrap_or(16.0 / 9.0),
    };
    let (width, height) = if ratio >= 1.0 {
        let width = f64::min(short * ratio, long_cap);
        (width, width / ratio)
    } else {
        let height = f64::min(short / ratio, long_cap);
        (height * ratio, height)
    };
    (even(width), even(height))
}

fn source_ratio(look: &Look) -> Option<f64> {
    let width = u32::try_from(look.image_width?).ok().filter(|&w| w > 0)?;
    let height = u32::try_from(look.image_height?).ok().filter(|&h| h > 0)?;
    Some(f64::from(width) / f64::from(height))
}

/// The nearest even number of pixels, at least 128, the contract's smallest side.
pub(crate) fn even(side: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sides are positive and below 4096"
    )]
    let half = (side / 2.0).round() as u32;
    (half * 2).max(128)
}

#[cfg(test)]
mod tests {
    use likeness_domain::id::{GroupId, WorkspaceId};
    use likeness_domain::time::UnixMillis;

    use super::*;

    fn look(width: i64, height: i64) -> Look {
        Look {
            id: LookId::new(),
            group_id: GroupId::new(),
            workspace_id: WorkspaceId::new(),
            is_public: false,
            name: "look".to_owned(),
            look_type: LookType::PhotoAvatar,
            status: AvatarStatus::Completed,
            error: None,
            gender: None,
            default_voice_id: None,
            source_key: String::new(),
            puppet_key: None,
            preview_image_key: None,
            preview_video_key: None,
            image_width: Some(width),
            image_height: Some(height),
            stored_bytes: 0,
            created_at: UnixMillis(0),
        }
    }

    #[test]
    fn output_sizes_follow_the_contract() {
        use AspectRatio::*;
        use Resolution::*;
        let square = look(1000, 1000);
        for (resolution, ratio, size) in [
            (P720, Landscape16x9, (1280, 720)),
            (P1080, Landscape16x9, (1920, 1080)),
            (P1080, Portrait9x16, (1080, 1920)),
            (P1080, Portrait4x5, (1080, 1350)),
            (P1080, Landscape5x4, (1350, 1080)),
            (P720, Square, (720, 720)),
            (P720, Auto, (720, 720)),
        ] {
            assert_eq!(
                output_size(resolution, ratio, &square),
                size,
                "{resolution:?} {ratio:?}"
            );
        }
        // A panorama keeps its ratio, with the long side capped.
        assert_eq!(output_size(P1080, Auto, &look(4000, 1000)), (1920, 480));
        assert_eq!(output_size(P1080, Auto, &look(0, 0)), (1920, 1080));
    }
}
