//! Results of earlier work that may be used again: never by another workspace, and no longer than what they were made for.

use likeness_domain::id::WorkspaceId;
use likeness_domain::time::UnixMillis;

use crate::db::{reading, writing};
use crate::{Store, StoreError};

/// What is known of a kept result besides its objects.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptResult {
    /// Digest of everything that decides it.
    pub id: String,
    /// Tells where its objects are.
    pub kind: String,
    pub size_bytes: i64,
}

const USE: &str =
    "INSERT INTO result_uses (result_id, subject_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Deletes the results that nothing uses any more.
const DELETE_UNUSED: &str = "DELETE FROM kept_results WHERE NOT EXISTS \
    (SELECT 1 FROM result_uses u WHERE u.result_id = kept_results.id) \
    RETURNING id, kind, size_bytes";

impl Store {
    /// Whether the result is there. If it is, `subject` uses it from now on.
    pub async fn use_result(
        &self,
        id: &str,
        subject: &str,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            let found = sqlx::query("UPDATE kept_results SET used_at = $2 WHERE id = $1")
                .bind(id)
                .bind(now.0)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if found == 0 {
                return Ok(false);
            }
            sqlx::query(USE)
                .bind(id)
                .bind(subject)
                .execute(&mut *tx)
                .await?;
            Ok(true)
        })
    }

    /// Notes a result whose objects are stored, and that `subject` uses it.
    pub async fn keep_result(
        &self,
        result: &KeptResult,
        workspace: &WorkspaceId,
        subject: &str,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "INSERT INTO kept_results (id, workspace_id, kind, size_bytes, used_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET used_at = $5",
            )
            .bind(&result.id)
            .bind(workspace.as_str())
            .bind(&result.kind)
            .bind(result.size_bytes)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            sqlx::query(USE)
                .bind(&result.id)
                .bind(subject)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    /// Ends all uses by `subject`; gives the results that have gone with them, whose objects nobody needs any more.
    pub async fn release_results(&self, subject: &str) -> Result<Vec<KeptResult>, StoreError> {
        writing!(self, |tx| {
            let ended = sqlx::query("DELETE FROM result_uses WHERE subject_id = $1")
                .bind(subject)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if ended == 0 {
                return Ok(Vec::new());
            }
            Ok(sqlx::query_as(DELETE_UNUSED).fetch_all(&mut *tx).await?)
        })
    }

    /// Ends all uses by keys that were revoked, and forgets what was used before `before`; gives what has gone.
    pub async fn delete_old_results(
        &self,
        before: UnixMillis,
    ) -> Result<Vec<KeptResult>, StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "DELETE FROM result_uses WHERE subject_id IN \
                 (SELECT id FROM api_keys WHERE revoked_at IS NOT NULL)",
            )
            .execute(&mut *tx)
            .await?;
            let mut gone: Vec<KeptResult> = sqlx::query_as(
                "DELETE FROM kept_results WHERE used_at < $1 RETURNING id, kind, size_bytes",
            )
            .bind(before.0)
            .fetch_all(&mut *tx)
            .await?;
            let unused: Vec<KeptResult> = sqlx::query_as(DELETE_UNUSED).fetch_all(&mut *tx).await?;
            gone.extend(unused);
            Ok(gone)
        })
    }

    /// Forgets the results whose last use is the longest ago, until the rest has at most `max_bytes`; gives what has gone.
    pub async fn shrink_results(&self, max_bytes: i64) -> Result<Vec<KeptResult>, StoreError> {
        let all: Option<i64> = reading!(self, |pool| {
            sqlx::query_scalar("SELECT CAST(SUM(size_bytes) AS BIGINT) FROM kept_results")
                .fetch_one(pool)
                .await
        })?;
        let mut over = all.unwrap_or(0) - max_bytes;
        let mut gone = Vec::new();
        while over > 0 {
            let oldest: Option<KeptResult> = writing!(self, |tx| {
                Ok(sqlx::query_as(
                    "DELETE FROM kept_results WHERE id = (SELECT id FROM kept_results \
                     ORDER BY used_at, id LIMIT 1) RETURNING id, kind, size_bytes",
                )
                .fetch_optional(&mut *tx)
                .await?)
            })?;
            let Some(oldest) = oldest else { break };
            over -= oldest.size_bytes;
            gone.push(oldest);
        }
        Ok(gone)
    }
}
