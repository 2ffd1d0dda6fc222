//! What can be watched of videos that are still being made.

use likeness_domain::id::VideoId;
use likeness_domain::time::UnixMillis;
use likeness_domain::video::VideoStatus;

use crate::db::{reading, writing};
use crate::jobs::Lease;
use crate::{Store, StoreError};

/// How far a video is for those who watch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub status: VideoStatus,
    /// How the keys of its parts begin, and how many there are; `None` before the first.
    pub parts: Option<(String, u64)>,
    /// Key of the finished file.
    pub video_key: Option<String>,
}

/// Status, file, prefix and count of parts.
type Row = (String, Option<String>, Option<String>, Option<i64>);

/// Only while the job is this worker's.
const HELD: &str = "SELECT COUNT(*) FROM jobs WHERE id = $1 AND lease_token = $2 \
    AND state = 'running' AND NOT cancel_requested";

impl Store {
    /// Begins a preview whose parts' keys begin with `prefix`. Gives the prefix of an earlier attempt's, whose parts
    /// nobody needs any more.
    pub async fn begin_preview(
        &self,
        lease: &Lease,
        video: &VideoId,
        prefix: &str,
        now: UnixMillis,
    ) -> Result<Option<String>, StoreError> {
        writing!(self, |tx| {
            let held: i64 = sqlx::query_scalar(HELD)
                .bind(lease.job_id.as_str())
                .bind(&lease.token)
                .fetch_one(&mut *tx)
                .await?;
            if held == 0 {
                return Err(StoreError::LeaseLost);
            }
            let before: Option<String> =
                sqlx::query_scalar("SELECT prefix FROM previews WHERE video_id = $1")
                    .bind(video.as_str())
                    .fetch_optional(&mut *tx)
                    .await?;
            sqlx::query(
                "INSERT INTO previews (video_id, prefix, parts, touched_at) \
                 VALUES ($1, $2, 0, $3) ON CONFLICT (video_id) DO UPDATE \
                 SET prefix = $2, parts = 0, touched_at = $3",
            )
            .bind(video.as_str())
            .bind(prefix)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            Ok(before)
        })
    }

    /// Shows that there are so many parts now. [`StoreError::NotFound`] when the preview is another one's.
    pub async fn grow_preview(
        &self,
        video: &VideoId,
        prefix: &str,
        parts: u64,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let grown = sqlx::query(
                "UPDATE previews SET parts = $3, touched_at = $4 \
                 WHERE video_id = $1 AND prefix = $2",
            )
            .bind(video.as_str())
            .bind(prefix)
            .bind(i64::try_from(parts).unwrap_or(i64::MAX))
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if grown == 0 {
                Err(StoreError::NotFound)
            } else {
                Ok(())
            }
        })
    }

    /// For whoever holds a signed link to the video, of whatever workspace.
    pub async fn get_preview(&self, video: &VideoId) -> Result<Preview, StoreError> {
        let (status, video_key, prefix, parts): Row = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT v.status, v.video_key, p.prefix, p.parts FROM videos v \
                 LEFT JOIN previews p ON p.video_id = v.id WHERE v.id = $1",
            )
            .bind(video.as_str())
            .fetch_one(pool)
            .await
        })?;
        let parts = parts.and_then(|parts| u64::try_from(parts).ok());
        Ok(Preview {
            status: VideoStatus::from_name(&status).ok_or(StoreError::Corrupt("video status"))?,
            parts: prefix.zip(parts),
            video_key,
        })
    }

    /// Ends a preview, if there is one; gives its prefix.
    pub async fn take_preview(&self, video: &VideoId) -> Result<Option<String>, StoreError> {
        writing!(self, |tx| {
            Ok(
                sqlx::query_scalar("DELETE FROM previews WHERE video_id = $1 RETURNING prefix")
                    .bind(video.as_str())
                    .fetch_optional(&mut *tx)
                    .await?,
            )
        })
    }

    /// Videos whose preview has not grown since `before`: finished, or given up.
    pub async fn old_previews(&self, before: UnixMillis) -> Result<Vec<VideoId>, StoreError> {
        let ids: Vec<String> = reading!(self, |pool| {
            sqlx::query_scalar("SELECT video_id FROM previews WHERE touched_at < $1 LIMIT 1000")
                .bind(before.0)
                .fetch_all(pool)
                .await
        })?;
        let parsed = ids.iter().map(|id| id.parse());
        parsed
            .collect::<Result<_, _>>()
            .map_err(|_| StoreError::Corrupt("video id"))
    }
}
