//! What each workspace has had made, and how much it keeps.

use likeness_domain::account::Usage;
use likeness_domain::id::WorkspaceId;
use likeness_domain::time::UnixMillis;

use crate::db::{reading, writing};
use crate::{Store, StoreError};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

pub(crate) const ADD_USAGE: &str = "INSERT INTO usage (workspace_id, day, video_seconds, \
    spoken_characters) VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id, day) DO UPDATE SET \
    video_seconds = usage.video_seconds + $3, spoken_characters = usage.spoken_characters + $4";

/// Adds to the workspace's usage in the transaction.
macro_rules! add_usage {
    ($tx:expr, $workspace:expr, $video_seconds:expr, $characters:expr, $now:expr) => {
        sqlx::query($crate::usage::ADD_USAGE)
            .bind($workspace)
            .bind($crate::usage::day($now))
            .bind($video_seconds)
            .bind($characters)
            .execute(&mut *$tx)
            .await?
    };
}
pub(crate) use add_usage;

pub(crate) fn day(time: UnixMillis) -> i64 {
    time.0.div_euclid(DAY_MS)
}

impl Store {
    /// Counts characters that were spoken on their own.
    pub async fn add_spoken(
        &self,
        workspace: &WorkspaceId,
        characters: i64,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            add_usage!(tx, workspace.as_str(), 0.0, characters, now);
            Ok(())
        })
    }

    /// What was made since `since` (by whole days), and what is kept now.
    pub async fn usage(
        &self,
        workspace: &WorkspaceId,
        since: UnixMillis,
    ) -> Result<Usage, StoreError> {
        // Sums of integers are of a wider type in Postgres.
        let (video_seconds, spoken_characters): (f64, i64) = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT CAST(COALESCE(SUM(video_seconds), 0) AS DOUBLE PRECISION), \
                 CAST(COALESCE(SUM(spoken_characters), 0) AS BIGINT) FROM usage \
                 WHERE workspace_id = $1 AND day >= $2",
            )
            .bind(workspace.as_str())
            .bind(day(since))
            .fetch_one(pool)
            .await
        })?;
        let stored_bytes: i64 = reading!(self, |pool| {
            sqlx::query_scalar(
                "SELECT CAST(\
                 (SELECT COALESCE(SUM(size_bytes), 0) FROM assets WHERE workspace_id = $1) + \
                 (SELECT COALESCE(SUM(stored_bytes), 0) FROM videos WHERE workspace_id = $1) + \
                 (SELECT COALESCE(SUM(stored_bytes), 0) FROM looks WHERE workspace_id = $1) + \
                 (SELECT COALESCE(SUM(size_bytes), 0) FROM consent_recordings \
                  WHERE workspace_id = $1) + \
                 (SELECT COALESCE(SUM(size_bytes), 0) FROM uploads \
                  WHERE workspace_id = $1 AND object_key IS NOT NULL AND state <> 'completed') \
                 AS BIGINT)",
            )
            .bind(workspace.as_str())
            .fetch_one(pool)
            .await
        })?;
        Ok(Usage {
            video_seconds,
            spoken_characters,
            stored_bytes,
        })
    }
}
