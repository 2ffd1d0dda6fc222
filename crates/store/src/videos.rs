//! Videos.

use std::sync::LazyLock;

use likeness_domain::avatar::Failure;
use likeness_domain::id::{VideoId, WorkspaceId};
use likeness_domain::page::{Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::video::Video;
use likeness_domain::webhook::kind;

use crate::batches::finish_batch;
use crate::consent::record_uses;
use crate::db::{reading, writing};
use crate::found::Row as _;
use crate::jobs::{LOCK_WORKSPACE, Lease, NewJob, cancel_jobs, end_job, held, insert_job};
use crate::rows::{VideoRow, after, all, page};
use crate::usage::add_usage;
use crate::webhooks::emit;
use crate::{Store, StoreError};

/// What a render made. The objects are stored already.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedVideo {
    pub duration_s: f64,
    pub video_key: String,
    pub thumbnail_key: String,
    pub subtitle_key: String,
    /// Bytes of the objects.
    pub stored_bytes: i64,
    /// Characters of the script, where there is one.
    pub spoken_characters: i64,
    /// Of everything that decides the objects' content; `None` if the same is not to be found again.
    pub film_digest: Option<String>,
}

/// Signed links to a finished video, as those are told who asked to be.
#[derive(Debug, Clone, Copy)]
pub struct FileLinks<'a> {
    pub video: &'a str,
    /// The same with captions drawn in, where that was asked for.
    pub captioned: Option<&'a str>,
}

pub(crate) const INSERT_VIDEO: &str = "INSERT INTO videos (id, workspace_id, title, folder_id, \
    callback_id, request, status, progress, created_at, title_folded, callback_url, batch_id, \
    batch_index) VALUES ($1, $2, $3, $4, $5, $6, $7, 0.0, $8, $9, $10, $11, $12)";

/// Writes a video in the transaction.
macro_rules! insert_video_row {
    ($tx:expr, $video:expr) => {{
        let request = serde_json::to_string(&$video.request)
            .map_err(|_| $crate::StoreError::Corrupt("video request"))?;
        sqlx::query($crate::videos::INSERT_VIDEO)
            .bind($video.id.as_str())
            .bind($video.workspace_id.as_str())
            .bind(&$video.title)
            .bind(&$video.folder_id)
            .bind(&$video.callback_id)
            .bind(&request)
            .bind($video.status.as_str())
            .bind($video.created_at.0)
            .bind($video.title.as_deref().map(str::to_lowercase))
            .bind(&$video.callback_url)
            .bind($video.batch.as_ref().map(|(id, _)| id.as_str()))
            .bind($video.batch.as_ref().map(|(_, index)| *index))
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use insert_video_row;

/// Marks a video as failed, if the subject is one and it has not ended.
macro_rules! fail_video_rows {
    ($tx:expr, $subject:expr, $failure:expr, $now:expr) => {
        let failed: Option<$crate::videos::Owner> = sqlx::query_as(
            "UPDATE videos SET status = 'failed', failure_code = $2, failure_message = $3, \
             completed_at = $4 WHERE id = $1 AND status IN ('pending', 'processing') \
             RETURNING workspace_id, folder_id, callback_id, callback_url, batch_id",
        )
        .bind($subject.as_str())
        .bind(&$failure.code)
        .bind(&$failure.message)
        .bind($now.0)
        .fetch_optional(&mut *$tx)
        .await?;
        if let Some((workspace, _, callback_id, callback_url, batch)) = failed {
            let data = serde_json::json!({
                "video_id": $subject.as_str(),
                "msg": &$failure.message,
                "callback_id": callback_id,
            });
            let kind = likeness_domain::webhook::kind::VIDEO_FAIL;
            let entity = $subject.as_str();
            $crate::webhooks::emit!($tx, &workspace, kind, entity, data, callback_url, $now);
            $crate::batches::finish_batch!($tx, batch, $now);
        }
    };
}
pub(crate) use fail_video_rows;

/// Workspace, folder, callback id, callback URL and batch of a video that has ended.
pub(crate) type Owner = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// Keys of a video's objects, and its batch.
type Files = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

const LIST: &str = "SELECT * FROM videos WHERE workspace_id = $1 AND (created_at, id) < ($2, $3) \
    AND ($5 IS NULL OR title_folded LIKE $5 ESCAPE '!') AND ($6 IS NULL OR folder_id = $6) \
    ORDER BY created_at DESC, id DESC LIMIT $4";
// Postgres must be told the type of a parameter that is only compared with NULL.
const LIST_POSTGRES: &str = "SELECT * FROM videos WHERE workspace_id = $1 \
    AND (created_at, id) < ($2, $3) AND ($5::TEXT IS NULL OR title_folded LIKE $5 ESCAPE '!') \
    AND ($6::TEXT IS NULL OR folder_id = $6) ORDER BY created_at DESC, id DESC LIMIT $4";

static VIDEO: LazyLock<String> =
    LazyLock::new(|| VideoRow::select("FROM videos WHERE id = $1 AND workspace_id = $2"));

impl Store {
    /// Writes the video and the job that renders it; the ledger is told whom it shows. [`StoreError::ConsentRequired`]
    /// when one of them has not agreed.
    pub async fn insert_video(&self, video: &Video, job: NewJob) -> Result<(), StoreError> {
        writing!(self, |tx| {
            record_uses!(tx, [(video, &job)]);
            insert_video_row!(tx, video);
            insert_job!(tx, job);
            Ok(())
        })
    }

    pub async fn get_video(
        &self,
        workspace: &WorkspaceId,
        id: &VideoId,
    ) -> Result<Video, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<VideoRow>(&VIDEO, &binds).await?.try_into()
    }

    /// A finished video of the workspace with this digest, if there still is one.
    pub async fn find_film(
        &self,
        workspace: &WorkspaceId,
        digest: &str,
    ) -> Result<Option<Video>, StoreError> {
        let row: Option<VideoRow> = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT * FROM videos WHERE workspace_id = $1 AND film_digest = $2 \
                 AND status = 'completed' ORDER BY created_at DESC LIMIT 1",
            )
            .bind(workspace.as_str())
            .bind(digest)
            .fetch_optional(pool)
            .await
        })?;
        row.map(TryInto::try_into).transpose()
    }

    /// Notes that the video is being made, unless another of the workspace with this digest is: gives whether it was noted.
    pub async fn begin_film(
        &self,
        lease: &Lease,
        video: &Video,
        digest: &str,
    ) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            // Of two that begin at once, the second waits here and sees the first.
            sqlx::query(LOCK_WORKSPACE)
                .bind(video.workspace_id.as_str())
                .execute(&mut *tx)
                .await?;
            let others: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM videos WHERE workspace_id = $1 AND film_digest = $2 \
                 AND status = 'processing' AND id <> $3",
            )
            .bind(video.workspace_id.as_str())
            .bind(digest)
            .bind(video.id.as_str())
            .fetch_one(&mut *tx)
            .await?;
            if others > 0 {
                return Ok(false);
            }
            let noted = sqlx::query(
                "UPDATE videos SET status = 'processing', film_digest = $4 WHERE id = $1 \
                 AND status IN ('pending', 'processing') AND EXISTS (SELECT 1 FROM jobs j \
                 WHERE j.id = $2 AND j.lease_token = $3 AND NOT j.cancel_requested)",
            )
            .bind(video.id.as_str())
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .bind(digest)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            held(noted)?;
            Ok(true)
        })
    }

    /// Newest first. `title` is a part of the title, without regard to case.
    pub async fn list_videos(
        &self,
        workspace: &WorkspaceId,
        title: Option<&str>,
        folder_id: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<Video>, StoreError> {
        let (created_at, id) = after(request);
        let pattern = title.map(like_pattern);
        let sql = match &self.db {
            crate::db::Db::Sqlite { .. } => LIST,
            crate::db::Db::Postgres(_) => LIST_POSTGRES,
        };
        let rows: Vec<VideoRow> = reading!(self, |pool| {
            sqlx::query_as(sql)
                .bind(workspace.as_str())
                .bind(created_at)
                .bind(id)
                .bind(i64::from(request.limit) + 1)
                .bind(&pattern)
                .bind(folder_id)
                .fetch_all(pool)
                .await
        })?;
        Ok(page(all(rows)?, request))
    }

    /// Shows that the job is at work and how far it is, 0 to 1.
    pub async fn report_video_progress(
        &self,
        lease: &Lease,
        id: &VideoId,
        progress: f64,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let written = sqlx::query(
                "UPDATE videos SET status = 'processing', progress = $4 WHERE id = $1 \
                 AND status IN ('pending', 'processing') AND EXISTS (SELECT 1 FROM jobs j \
                 WHERE j.id = $2 AND j.lease_token = $3 AND NOT j.cancel_requested)",
            )
            .bind(id.as_str())
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .bind(progress)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            held(written)
        })
    }

    /// Ends the job, completes the video, and tells whoever wants to know. Endpoints get an event of its own for a video
    /// with captions drawn in; a callback is called once.
    pub async fn complete_video(
        &self,
        lease: &Lease,
        id: &VideoId,
        rendered: &RenderedVideo,
        links: FileLinks<'_>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "done", None, now);
            let (workspace, folder_id, callback_id, callback_url, batch): Owner = sqlx::query_as(
                "UPDATE videos SET status = 'completed', progress = 1.0, duration_s = $2, \
                 video_key = $3, thumbnail_key = $4, subtitle_key = $5, completed_at = $6, \
                 stored_bytes = $7, film_digest = $8 WHERE id = $1 RETURNING workspace_id, folder_id, callback_id, callback_url, batch_id",
            )
            .bind(id.as_str())
            .bind(rendered.duration_s)
            .bind(&rendered.video_key)
            .bind(&rendered.thumbnail_key)
            .bind(&rendered.subtitle_key)
            .bind(now.0)
            .bind(rendered.stored_bytes)
            .bind(&rendered.film_digest)
            .fetch_one(&mut *tx)
            .await?;
            let mut data = serde_json::json!({
                "video_id": id.as_str(),
                "url": links.video,
                "gif_download_url": null,
                "video_page_url": null,
                "video_share_page_url": null,
                "folder_id": folder_id,
                "callback_id": callback_id,
            });
            let seconds = rendered.duration_s;
            add_usage!(tx, &workspace, seconds, rendered.spoken_characters, now);
            emit!(
                tx,
                &workspace,
                kind::VIDEO_SUCCESS,
                id.as_str(),
                data,
                callback_url,
                now
            );
            if let Some(captioned) = links.captioned {
                data["caption_url"] = captioned.into();
                emit!(
                    tx,
                    &workspace,
                    kind::VIDEO_CAPTION_SUCCESS,
                    id.as_str(),
                    data,
                    None,
                    now
                );
            }
            finish_batch!(tx, batch, now);
            Ok(())
        })
    }

    /// Ends the job and fails the video.
    pub async fn fail_video(
        &self,
        lease: &Lease,
        id: &VideoId,
        failure: &Failure,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "failed", Some(failure), now);
            fail_video_rows!(tx, id, failure, now);
            Ok(())
        })
    }

    /// Deletes the video, stops its job, and gives the keys of the objects nobody needs any more.
    pub async fn delete_video(
        &self,
        workspace: &WorkspaceId,
        id: &VideoId,
        now: UnixMillis,
    ) -> Result<Vec<String>, StoreError> {
        writing!(self, |tx| {
            let (video, thumbnail, subtitle, batch): Files = sqlx::query_as(
                "DELETE FROM videos WHERE id = $1 AND workspace_id = $2 \
                 RETURNING video_key, thumbnail_key, subtitle_key, batch_id",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .fetch_one(&mut *tx)
            .await?;
            cancel_jobs!(tx, id.as_str(), now);
            finish_batch!(tx, batch, now);
            Ok([video, thumbnail, subtitle].into_iter().flatten().collect())
        })
    }
}

/// A pattern that finds `part` anywhere, in lower case, with LIKE's own signs escaped by `!`.
fn like_pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
