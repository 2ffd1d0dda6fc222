//! Watching a video while it is made. Beyond the contract.
//!
//! The worker stores each second of the film as an object of its own as soon as it is encoded, and counts them in the
//! database; whoever watches, in whatever process, sends them on as they are counted. So the one who draws and the one who
//! is asked need not be the same.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use likeness_blobs::keys;
use likeness_domain::id::VideoId;
use likeness_domain::video::VideoStatus;
use likeness_jobs::JobContext;
use likeness_store::{Preview, StoreError};
use tokio::sync::mpsc;

use crate::error::Missing;
use crate::{App, Error};

/// How often a watcher looks for the next part.
const LOOK: Duration = Duration::from_millis(100);

/// Longest wait for the next part, which may have a queue before it.
const PATIENCE: Duration = Duration::from_mins(10);

/// Parts that wait to be stored before the encoder is held up.
const WAITING: usize = 8;

/// What a link of [`crate::links::Links::live_url`] leads to.
pub enum Watch {
    /// The file is there: its key.
    Finished(String),
    /// The bytes of an MP4, as they come.
    Live(BoxStream<'static, std::io::Result<Bytes>>),
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Finished(key) => f.debug_tuple("Finished").field(key).finish(),
            Self::Live(_) => f.write_str("Live"),
        }
    }
}

/// Opens a video for whoever holds its signed link.
pub async fn watch(app: &App, id: &VideoId) -> Result<Watch, Error> {
    let found = app.store().get_preview(id).await;
    let preview = found.map_err(Error::or_missing(Missing::Video))?;
    match (preview.status, preview.video_key) {
        (VideoStatus::Completed, Some(key)) => Ok(Watch::Finished(key)),
        (VideoStatus::Failed, _) => {
            let message = "This video has failed. Read it to learn why.";
            Err(Error::Conflict(message.to_owned()))
        }
        _ => Ok(Watch::Live(live(Watcher::new(app, id)).boxed())),
    }
}

struct Watcher {
    app: App,
    id: VideoId,
    /// Of the attempt that is watched.
    prefix: Option<String>,
    sent: u64,
}

impl Watcher {
    fn new(app: &App, id: &VideoId) -> Self {
        Self {
            app: app.clone(),
            id: id.clone(),
            prefix: None,
            sent: 0,
        }
    }

    /// What comes next; `None` at the end.
    async fn next(
        &mut self,
    ) -> std::io::Result<Option<BoxStream<'static, std::io::Result<Bytes>>>> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            let preview = match self.app.store().get_preview(&self.id).await {
                Ok(preview) => preview,
                Err(StoreError::NotFound) => return Err(broken("the video was deleted")),
                Err(error) => return Err(std::io::Error::other(error)),
            };
            if let Some(key) = self.next_part(&preview)? {
                let part = self.app.blobs().get(&key).await;
                let part = part.map_err(std::io::Error::other)?;
                self.sent += 1;
                return Ok(Some(stream::iter([Ok(part)]).boxed()));
            }
            match preview.status {
                VideoStatus::Failed => return Err(broken("the video has failed")),
                // It was made without parts, or they have been swept: the file itself, whole.
                VideoStatus::Completed if self.sent == 0 => {
                    self.sent = u64::MAX;
                    return self.whole(preview.video_key).await.map(Some);
                }
                VideoStatus::Completed => return Ok(None),
                VideoStatus::Pending | VideoStatus::Processing => {}
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        Err(broken("nothing came for too long"))
    }

    fn next_part(&mut self, preview: &Preview) -> std::io::Result<Option<String>> {
        let Some((prefix, parts)) = &preview.parts else {
            return Ok(None);
        };
        if self.sent > 0 && self.prefix.as_ref() != Some(prefix) {
            return Err(broken("the video is being made anew"));
        }
        self.prefix = Some(prefix.clone());
        Ok((self.sent < *parts).then(|| keys::live_part(prefix, self.sent)))
    }

    async fn whole(
        &self,
        key: Option<String>,
    ) -> std::io::Result<BoxStream<'static, std::io::Result<Bytes>>> {
        let key = key.ok_or_else(|| broken("the video has no file"))?;
        let blobs = self.app.blobs();
        let object = blobs.head(&key).await.map_err(std::io::Error::other)?;
        let bytes = blobs.stream(&key, 0..object.size_bytes).await;
        let bytes = bytes.map_err(std::io::Error::other)?;
        Ok(bytes.map_err(std::io::Error::other).boxed())
    }
}

fn broken(why: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionAborted, why)
}

fn live(watcher: Watcher) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    let pieces = stream::try_unfold(watcher, async |mut watcher| {
        let piece = watcher.next().await?;
        Ok::<_, std::io::Error>(piece.map(|piece| (piece, watcher)))
    });
    pieces.try_flatten()
}

/// The worker's side: takes parts and stores them.
#[derive(Debug)]
pub(crate) struct Publisher {
    prefix: String,
    parts: mpsc::Receiver<Vec<u8>>,
}

/// Where the encoder's thread leaves the parts. What fails behind it ends the preview, never the video.
#[derive(Debug, Clone)]
pub struct Parts(mpsc::Sender<Vec<u8>>);

impl Parts {
    /// Blocks while too many wait.
    pub(crate) fn take(&self, part: Vec<u8>) {
        // Nobody takes them when the preview has ended early.
        let _ = self.0.blocking_send(part);
    }
}

impl Publisher {
    /// Begins the preview of the job's video.
    pub(crate) async fn begin(
        app: &App,
        job: &JobContext,
        video: &VideoId,
    ) -> Result<(Self, Parts), Error> {
        let prefix = keys::live(video, &job.lease().token);
        let begun = app
            .store()
            .begin_preview(job.lease(), video, &prefix, app.now());
        if let Some(before) = begun.await? {
            app.blobs().delete_under(&before).await?;
        }
        let (sender, parts) = mpsc::channel(WAITING);
        Ok((Self { prefix, parts }, Parts(sender)))
    }

    /// Stores what comes until the encoder ends.
    pub(crate) async fn run(mut self, app: &App, video: &VideoId) -> Result<(), Error> {
        let mut stored = 0;
        while let Some(part) = self.parts.recv().await {
            let key = keys::live_part(&self.prefix, stored);
            app.blobs().put_bytes(&key, Bytes::from(part)).await?;
            stored += 1;
            let grown = app
                .store()
                .grow_preview(video, &self.prefix, stored, app.now());
            match grown.await {
                Ok(()) => {}
                // The video was deleted, or is being made by another worker.
                Err(StoreError::NotFound) => {
                    return Ok(app.blobs().delete_under(&self.prefix).await?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Forgets what could be watched of a video, if there is anything.
pub(crate) async fn forget(app: &App, video: &VideoId) -> Result<(), Error> {
    if let Some(prefix) = app.store().take_preview(video).await? {
        app.blobs().delete_under(&prefix).await?;
    }
    Ok(())
}

/// How long parts stay after the last one, for those who are still watching.
const KEPT: Duration = Duration::from_hours(1);

/// Forgets what nobody watches any more. Gives how many there were.
pub(crate) async fn sweep(app: &App) -> Result<u64, Error> {
    let millis = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    let old = app
        .store()
        .old_previews(app.now().plus_millis(-millis))
        .await?;
    for video in &old {
        forget(app, video).await?;
    }
    Ok(old.len() as u64)
}
