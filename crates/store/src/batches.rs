//! Things that were submitted together.

use std::sync::LazyLock;

use likeness_domain::id::{BatchId, WorkspaceId};
use likeness_domain::upload::{Batch, BatchKind};
use likeness_domain::video::Video;

use crate::consent::record_uses;
use crate::db::{reading, writing};
use crate::found::Row as _;
use crate::jobs::{NewJob, insert_job};
use crate::rows::{BatchRow, VideoRow, all};
use crate::videos::insert_video_row;
use crate::{Store, StoreError};

pub(crate) const INSERT_BATCH: &str = "INSERT INTO batches (id, workspace_id, kind, title, callback_url, \
    total_items, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Writes a batch in the transaction.
macro_rules! insert_batch {
    ($tx:expr, $batch:expr) => {
        sqlx::query($crate::batches::INSERT_BATCH)
            .bind($batch.id.as_str())
            .bind($batch.workspace_id.as_str())
            .bind($batch.kind.as_str())
            .bind(&$batch.title)
            .bind(&$batch.callback_url)
            .bind($batch.total_items)
            .bind($batch.created_at.0)
            .execute(&mut *$tx)
            .await?
    };
}
pub(crate) use insert_batch;

/// What is told of a batch that has ended.
pub(crate) type Open = (String, Option<String>, Option<String>, i64, i64);

/// Ends the batch in the transaction that ended one of its videos, if that was the last, and tells it. Locks the batch
/// first, so that of two videos that end together one sees the other's end.
macro_rules! finish_batch {
    ($tx:expr, $batch:expr, $now:expr) => {
        let batch: Option<String> = $batch;
        if let Some(batch) = batch {
            let open: Option<$crate::batches::Open> = sqlx::query_as(
                "UPDATE batches SET id = id WHERE id = $1 AND finished_at IS NULL \
                 RETURNING workspace_id, title, callback_url, total_items, created_at",
            )
            .bind(&batch)
            .fetch_optional(&mut *$tx)
            .await?;
            let (left, completed, failed): (i64, i64, i64) = sqlx::query_as(
                "SELECT COUNT(*) FILTER (WHERE status IN ('pending', 'processing')), \
                 COUNT(*) FILTER (WHERE status = 'completed'), \
                 COUNT(*) FILTER (WHERE status = 'failed') FROM videos WHERE batch_id = $1",
            )
            .bind(&batch)
            .fetch_one(&mut *$tx)
            .await?;
            if let Some((workspace, title, callback_url, total, created_at)) =
                open.filter(|_| left == 0)
            {
                sqlx::query("UPDATE batches SET finished_at = $2 WHERE id = $1")
                    .bind(&batch)
                    .bind($now.0)
                    .execute(&mut *$tx)
                    .await?;
                let data = serde_json::json!({
                    "batch_id": &batch,
                    "title": title,
                    "status": if completed > 0 { "completed" } else { "failed" },
                    "total_items": total,
                    "counts_by_status": {
                        "queued": 0, "processing": 0, "completed": completed, "failed": failed,
                    },
                    "created_at": created_at.div_euclid(1000),
                });
                let kind = likeness_domain::webhook::kind::BATCH_FINISHED;
                $crate::webhooks::emit!($tx, &workspace, kind, &batch, data, callback_url, $now);
            }
        }
    };
}
pub(crate) use finish_batch;

static BATCH: LazyLock<String> = LazyLock::new(|| {
    BatchRow::select("FROM batches WHERE id = $1 AND workspace_id = $2 AND kind = $3")
});

impl Store {
    /// Writes a batch of videos with the jobs that render them, all or none.
    pub async fn insert_videos(
        &self,
        batch: &Batch,
        videos: &[(Video, NewJob)],
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            record_uses!(tx, videos.iter().map(|(video, job)| (video, job)));
            insert_batch!(tx, batch);
            for (video, job) in videos {
                insert_video_row!(tx, video);
                insert_job!(tx, job);
            }
            Ok(())
        })
    }

    pub async fn get_batch(
        &self,
        workspace: &WorkspaceId,
        kind: BatchKind,
        id: &BatchId,
    ) -> Result<Batch, StoreError> {
        let binds = [
            id.as_str().into(),
            workspace.as_str().into(),
            kind.as_str().into(),
        ];
        self.find::<BatchRow>(&BATCH, &binds).await?.try_into()
    }

    /// The videos of a batch that were not deleted, in their order.
    pub async fn batch_videos(&self, batch: &BatchId) -> Result<Vec<Video>, StoreError> {
        let rows: Vec<VideoRow> = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM videos WHERE batch_id = $1 ORDER BY batch_index")
                .bind(batch.as_str())
                .fetch_all(pool)
                .await
        })?;
        all(rows)
    }
}
