//! Videos: accepting one, reading, listing and deleting.

mod audio;
mod cinematic;
mod new;
mod prepare;
mod script;
mod size;

use likeness_blobs::keys;
use likeness_domain::id::{BatchId, VideoId};
use likeness_domain::page::{Page, PageRequest};
use likeness_domain::upload::{Batch, BatchKind};
use likeness_domain::video::{Video, VideoRequest};

use crate::error::Missing;
use crate::rendering::{self, direction};
use crate::{App, Caller, Error, work};

pub use cinematic::{CinematicPart, NewCinematic, cinematic_scenes};
pub use new::{
    AspectRatio, NewActing, NewEngine, NewPicture, NewScene, NewScript, NewSound, NewVideo,
    Resolution,
};
pub use prepare::MAX_SCENE_S;
pub use script::MAX_SCRIPT_CHARS;
pub(crate) use size::even;

/// Checks the request, stores it and queues its rendering.
pub async fn create(app: &App, caller: &Caller, new: NewVideo) -> Result<Video, Error> {
    app.check_job_limit(caller).await?;
    let prepared = prepare::prepare(app, caller, new, None).await?;
    let queued = async {
        let job = work::render_video(app, caller, &prepared.video)?;
        Ok::<_, Error>(app.store().insert_video(&prepared.video, job).await?)
    };
    if let Err(error) = queued.await {
        prepared.discard(app).await;
        return Err(error);
    }
    app.wake(work::lane_of(&caller.workspace_id)).notify_one();
    Ok(prepared.video)
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
        let acted = direction(&scene.acting).words().to_vec();
        let filmed = scene.camera.and(scene.acting.motion_prompt.as_deref());
        let filmed = filmed.map(likeness_render::camera_moves);
        for word in acted
            .into_iter()
            .chain(filmed.into_iter().flat_map(|(_, words)| words))
        {
            if !words.contains(&word) {
                words.push(word);
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
    pub videos: Vec<NewVideo>,
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
    app.check_job_limit(caller).await?;
    let (videos, folder_id) = (new.videos, new.folder_id);
    let mut prepared = Vec::with_capacity(videos.len());
    let queued = async {
        for (video, index) in videos.into_iter().zip(0_i64..) {
            let place = Some((batch.id.clone(), index));
            let folder_id = folder_id.clone();
            let video = NewVideo { folder_id, ..video };
            let ready = prepare::prepare(app, caller, video, place).await;
            prepared.push(ready.map_err(|error| of_item(index, error))?);
        }
        let jobs: Result<Vec<_>, Error> = prepared
            .iter()
            .enumerate()
            .map(|(index, ready)| {
                let mut job = work::render_video(app, caller, &ready.video)?;
                if index > 0 {
                    job.limit = None;
                }
                Ok((ready.video.clone(), job))
            })
            .collect();
        Ok::<_, Error>(app.store().insert_videos(&batch, &jobs?).await?)
    };
    if let Err(error) = queued.await {
        for ready in prepared {
            ready.discard(app).await;
        }
        return Err(error);
    }
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
    orphans.extend(video.request.sent_keys());
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
