//! Answers kept for requests that come again with the same idempotency key.

use likeness_domain::time::UnixMillis;

use crate::db::writing;
use crate::{Store, StoreError};

/// What became of a request with this scope before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing: it is the first, and its answer may be kept.
    None,
    /// It is still under way.
    UnderWay,
    /// It was answered with this status and body.
    Answered { status: u16, body: String },
}

impl Store {
    /// Marks a request as under way, unless one with the scope is or was. Answers older than `keep_from` are dropped,
    /// and a request that began before `lost_before` without an answer is taken to have died with its server.
    pub async fn begin_answer(
        &self,
        scope: &str,
        now: UnixMillis,
        keep_from: UnixMillis,
        lost_before: UnixMillis,
    ) -> Result<Earlier, StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "DELETE FROM answers WHERE started_at < $1 OR (status IS NULL AND started_at < $2)",
            )
            .bind(keep_from.0)
            .bind(lost_before.0)
            .execute(&mut *tx)
            .await?;
            let first = sqlx::query(
                "INSERT INTO answers (scope, started_at) VALUES ($1, $2) \
                 ON CONFLICT (scope) DO NOTHING",
            )
            .bind(scope)
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if first == 1 {
                return Ok(Earlier::None);
            }
            let (status, body): (Option<i64>, Option<String>) =
                sqlx::query_as("SELECT status, body FROM answers WHERE scope = $1")
                    .bind(scope)
                    .fetch_one(&mut *tx)
                    .await?;
            let Some((status, body)) = status.zip(body) else {
                return Ok(Earlier::UnderWay);
            };
            let status = u16::try_from(status).map_err(|_| StoreError::Corrupt("status"))?;
            Ok(Earlier::Answered { status, body })
        })
    }

    /// Keeps the answer of a request that was marked as under way.
    pub async fn keep_answer(
        &self,
        scope: &str,
        status: u16,
        body: &str,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query("UPDATE answers SET status = $2, body = $3 WHERE scope = $1")
                .bind(scope)
                .bind(i64::from(status))
                .bind(body)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    /// Forgets a request that was marked as under way: it may be tried again.
    pub async fn forget_answer(&self, scope: &str) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query("DELETE FROM answers WHERE scope = $1 AND status IS NULL")
                .bind(scope)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }
}
