//! The job table: enqueued with its resource, claimed by lease, ended with its result.
//!
//! A claim sets a fresh token and counts the attempt, so a job that kills its worker runs out of attempts. Every
//! later write names the token; a worker whose lease went to another changes nothing.

use likeness_domain::avatar::Failure;
use likeness_domain::id::{JobId, KeyId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use uuid::Uuid;

use crate::db::{Db, reading, writing};
use crate::{Store, StoreError};

/// Which workers take a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Training and rendering: few at a time, as each uses all cores.
    Work,
    /// Jobs of test workspaces: many at a time, as they cost little or wait.
    Test,
    /// Calls to other machines: many at a time, as each mostly waits.
    Delivery,
}

impl Lane {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Test => "test",
            Self::Delivery => "delivery",
        }
    }
}

/// Work to be done on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    pub id: JobId,
    pub kind: &'static str,
    pub lane: Lane,
    /// JSON, of a shape that belongs to the kind.
    pub payload: String,
    pub workspace_id: WorkspaceId,
    /// The key that asked for it; `None` for what the server does by itself.
    pub key_id: Option<KeyId>,
    /// Id of the look or video that the job works on.
    pub subject_id: String,
    pub max_attempts: i64,
    pub run_at: UnixMillis,
    /// Refused with [`StoreError::TooManyJobs`] when as many jobs of the workspace wait or run; `None` is never refused.
    pub limit: Option<u64>,
}

/// The right to work on a job and to write its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub job_id: JobId,
    pub token: String,
}

/// A job in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    pub lease: Lease,
    pub kind: String,
    pub payload: String,
    pub workspace_id: WorkspaceId,
    pub subject_id: String,
    /// 1 on the first try.
    pub attempt: i64,
    pub max_attempts: i64,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: String,
    kind: String,
    payload: String,
    workspace_id: String,
    subject_id: String,
    attempt: i64,
    max_attempts: i64,
}

/// The last turn of those like `j`, in Unix milliseconds; 0 before the first.
macro_rules! last_turn {
    ($like:literal) => {
        concat!(
            "COALESCE((SELECT r.started_at FROM jobs r WHERE ",
            $like,
            " AND r.started_at IS NOT NULL ORDER BY r.started_at DESC LIMIT 1), 0)"
        )
    };
}

/// The next due job. Workspaces take turns: first those with the fewest jobs running, then the one whose last turn is the
/// longest ago. Within a workspace its keys take turns likewise, and within a key the oldest job is next. So neither a
/// workspace nor a key waits behind another's pile, however few jobs are worked on at once.
macro_rules! claim_sql {
    ($lock:literal) => {
        concat!(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, lease_token = $1, \
             lease_until = $2, started_at = $3 WHERE id = (SELECT j.id FROM jobs j \
             WHERE j.state = 'queued' AND j.lane = $4 AND j.run_at <= $3 ORDER BY \
             (SELECT COUNT(*) FROM jobs r WHERE r.state = 'running' \
             AND r.lane = j.lane AND r.workspace_id = j.workspace_id), ",
            last_turn!("r.workspace_id = j.workspace_id AND r.lane = j.lane"),
            ", ",
            last_turn!("r.key_id = j.key_id"),
            ", j.run_at, j.id LIMIT 1",
            $lock,
            ") RETURNING id, kind, payload, workspace_id, subject_id, attempt, max_attempts"
        )
    };
}
const CLAIM_SQLITE: &str = claim_sql!("");
const CLAIM_POSTGRES: &str = claim_sql!(" FOR UPDATE SKIP LOCKED");

/// What a job's owner is told when its workers kept dying.
const WORKER_LOST: &str =
    "The server stopped while working on this, more often than it tries again.";

pub(crate) const INSERT_JOB: &str = "INSERT INTO jobs (id, kind, payload, workspace_id, subject_id, \
    state, run_at, attempt, max_attempts, cancel_requested, created_at, lane, key_id) \
    VALUES ($1, $2, $3, $4, $5, 'queued', $6, 0, $7, FALSE, $6, $8, $9)";

/// Jobs of a workspace that wait or run, deliveries and those of test keys apart.
pub(crate) const COUNT_ACTIVE: &str = "SELECT COUNT(*) FROM jobs WHERE workspace_id = $1 \
    AND lane = 'work' AND state IN ('queued', 'running')";

/// Changes nothing, but makes those wait who add a job to the same workspace at the same time: else each of them would
/// count the jobs before the others' were written.
pub(crate) const LOCK_WORKSPACE: &str = "UPDATE workspaces SET name = name WHERE id = $1";

/// Gives the transaction up if the job would be one too many.
macro_rules! keep_job_limit {
    ($tx:expr, $job:expr) => {
        if let Some(limit) = $job.limit {
            let workspace = $job.workspace_id.as_str();
            sqlx::query($crate::jobs::LOCK_WORKSPACE)
                .bind(workspace)
                .execute(&mut *$tx)
                .await?;
            let active: i64 = sqlx::query_scalar($crate::jobs::COUNT_ACTIVE)
                .bind(workspace)
                .fetch_one(&mut *$tx)
                .await?;
            let active = u64::try_from(active).unwrap_or(0);
            if active >= limit {
                return Err($crate::StoreError::TooManyJobs { active, limit });
            }
        }
    };
}

/// Binds a [`NewJob`] to [`INSERT_JOB`] and runs it in the transaction.
macro_rules! insert_job {
    ($tx:expr, $job:expr) => {{
        $crate::jobs::keep_job_limit!($tx, $job);
        sqlx::query($crate::jobs::INSERT_JOB)
            .bind($job.id.as_str())
            .bind($job.kind)
            .bind(&$job.payload)
            .bind($job.workspace_id.as_str())
            .bind(&$job.subject_id)
            .bind($job.run_at.0)
            .bind($job.max_attempts)
            .bind($job.lane.as_str())
            .bind($job.key_id.as_ref().map(likeness_domain::id::KeyId::as_str))
            .execute(&mut *$tx)
            .await?
    }};
}

/// Ends the leased job in the transaction; without the lease, the transaction is given up.
macro_rules! end_job {
    ($tx:expr, $lease:expr, $state:literal, $failure:expr, $now:expr) => {{
        let failure: Option<&likeness_domain::avatar::Failure> = $failure;
        let ended = sqlx::query(concat!(
            "UPDATE jobs SET state = '",
            $state,
            "', lease_token = NULL, lease_until = NULL, error_code = $3, error_message = $4, \
             ended_at = $5 WHERE id = $1 AND lease_token = $2 AND state = 'running' \
             AND NOT cancel_requested"
        ))
        .bind($lease.job_id.as_str())
        .bind(&$lease.token)
        .bind(failure.map(|f| f.code.as_str()))
        .bind(failure.map(|f| f.message.as_str()))
        .bind($now.0)
        .execute(&mut *$tx)
        .await?
        .rows_affected();
        $crate::jobs::held(ended)?;
    }};
}

/// Stops every job on a subject that is being deleted: a running one at its next checkpoint.
macro_rules! cancel_jobs {
    ($tx:expr, $subject:expr, $now:expr) => {
        sqlx::query(
            "UPDATE jobs SET cancel_requested = TRUE, \
             state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END, \
             ended_at = CASE WHEN state = 'queued' THEN $2 ELSE ended_at END \
             WHERE subject_id = $1 AND state IN ('queued', 'running')",
        )
        .bind($subject)
        .bind($now.0)
        .execute(&mut *$tx)
        .await?
    };
}

/// Whether a change that is only made under a lease was made: it touched `rows` rows.
pub(crate) fn held(rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::LeaseLost)
    } else {
        Ok(())
    }
}

pub(crate) use {cancel_jobs, end_job, insert_job, keep_job_limit};

impl Store {
    /// Takes the lane's next due job, if there is one, until `lease_until`.
    pub async fn claim_job(
        &self,
        lane: Lane,
        now: UnixMillis,
        lease_until: UnixMillis,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        let token = Uuid::new_v4().simple().to_string();
        let row: Option<JobRow> = match &self.db {
            Db::Sqlite { write, .. } => {
                sqlx::query_as(CLAIM_SQLITE)
                    .bind(&token)
                    .bind(lease_until.0)
                    .bind(now.0)
                    .bind(lane.as_str())
                    .fetch_optional(write)
                    .await?
            }
            Db::Postgres(pool) => {
                sqlx::query_as(CLAIM_POSTGRES)
                    .bind(&token)
                    .bind(lease_until.0)
                    .bind(now.0)
                    .bind(lane.as_str())
                    .fetch_optional(pool)
                    .await?
            }
        };
        row.map(|row| {
            Ok(ClaimedJob {
                lease: Lease {
                    job_id: row.id.parse().map_err(|_| StoreError::Corrupt("job id"))?,
                    token,
                },
                kind: row.kind,
                payload: row.payload,
                workspace_id: row
                    .workspace_id
                    .parse()
                    .map_err(|_| StoreError::Corrupt("workspace id"))?,
                subject_id: row.subject_id,
                attempt: row.attempt,
                max_attempts: row.max_attempts,
            })
        })
        .transpose()
    }

    /// Keeps the job until `lease_until`. [`StoreError::LeaseLost`] also when its owner has cancelled it.
    pub async fn renew_lease(
        &self,
        lease: &Lease,
        lease_until: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let kept = sqlx::query(
                "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND lease_token = $2 \
                 AND state = 'running' AND NOT cancel_requested",
            )
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .bind(lease_until.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            held(kept)
        })
    }

    /// Whether the job's result is still wanted from this worker: nobody has cancelled it, and the lease is this one's.
    pub async fn is_wanted(&self, lease: &Lease) -> Result<bool, StoreError> {
        let found: i64 = reading!(self, |pool| {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM jobs WHERE id = $1 AND lease_token = $2 \
                 AND state = 'running' AND NOT cancel_requested",
            )
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .fetch_one(pool)
            .await
        })?;
        Ok(found > 0)
    }

    /// Forgets jobs that ended before `before`. Gives how many there were.
    pub async fn delete_ended_jobs(&self, before: UnixMillis) -> Result<u64, StoreError> {
        writing!(self, |tx| {
            let deleted = sqlx::query(
                "DELETE FROM jobs WHERE ended_at < $1 \
                 AND state IN ('done', 'failed', 'cancelled')",
            )
            .bind(before.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            Ok(deleted)
        })
    }

    /// Puts a job back that failed in passing; it is due again at `run_at`.
    pub async fn retry_job(
        &self,
        lease: &Lease,
        run_at: UnixMillis,
        failure: &Failure,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.requeue(lease, Some(run_at), Some(failure), now).await
    }

    /// Puts a job back untouched, because its worker is shutting down: the attempt does not count.
    pub async fn release_job(&self, lease: &Lease, now: UnixMillis) -> Result<(), StoreError> {
        self.requeue(lease, None, None, now).await
    }

    /// Puts a job back that has to wait until `run_at` for another one: the attempt does not count.
    pub async fn postpone_job(
        &self,
        lease: &Lease,
        run_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.requeue(lease, Some(run_at), None, now).await
    }

    /// Only an attempt that failed counts. A job that its owner has cancelled meanwhile ends instead: nobody may claim it
    /// again.
    async fn requeue(
        &self,
        lease: &Lease,
        run_at: Option<UnixMillis>,
        failure: Option<&Failure>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let put_back = sqlx::query(
                "UPDATE jobs SET lease_token = NULL, lease_until = NULL, \
                 state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'queued' END, \
                 ended_at = CASE WHEN cancel_requested THEN $7 END, \
                 attempt = attempt - $6, run_at = COALESCE($3, run_at), error_code = $4, \
                 error_message = $5 WHERE id = $1 AND lease_token = $2 AND state = 'running'",
            )
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .bind(run_at.map(|run_at| run_at.0))
            .bind(failure.map(|failure| failure.code.as_str()))
            .bind(failure.map(|failure| failure.message.as_str()))
            .bind(i64::from(failure.is_none()))
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            held(put_back)
        })
    }

    /// Marks a cancelled job as ended, once its worker has let go of it.
    pub async fn end_cancelled_job(
        &self,
        lease: &Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "UPDATE jobs SET state = 'cancelled', lease_token = NULL, lease_until = NULL, \
                 ended_at = $3 WHERE id = $1 AND lease_token = $2 AND cancel_requested",
            )
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// Jobs of the workspace that wait or run, deliveries apart.
    pub async fn active_jobs(&self, workspace: &WorkspaceId) -> Result<u64, StoreError> {
        let count: i64 = reading!(self, |pool| {
            sqlx::query_scalar(COUNT_ACTIVE)
                .bind(workspace.as_str())
                .fetch_one(pool)
                .await
        })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Returns jobs whose worker has vanished to the queue, and fails those that have no attempt left, together with
    /// the looks, videos and voices they worked on. Gives how many were returned.
    pub async fn sweep_expired_leases(&self, now: UnixMillis) -> Result<u64, StoreError> {
        self.fail_lost_jobs(now).await?;
        writing!(self, |tx| {
            sqlx::query(
                "UPDATE jobs SET state = 'cancelled', lease_token = NULL, lease_until = NULL, \
                 ended_at = $1 WHERE state = 'running' AND lease_until <= $1 AND cancel_requested",
            )
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            let returned = sqlx::query(
                "UPDATE jobs SET state = 'queued', lease_token = NULL, lease_until = NULL \
                 WHERE state = 'running' AND lease_until <= $1 AND attempt < max_attempts",
            )
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            Ok(returned)
        })
    }

    /// Fails the jobs whose worker has vanished and that have no attempt left, each in a transaction of its own.
    async fn fail_lost_jobs(&self, now: UnixMillis) -> Result<(), StoreError> {
        let lost: Vec<(String, String)> = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT id, subject_id FROM jobs WHERE state = 'running' AND lease_until <= $1 \
                 AND attempt >= max_attempts AND NOT cancel_requested",
            )
            .bind(now.0)
            .fetch_all(pool)
            .await
        })?;
        let failure = Failure {
            code: "worker_lost".to_owned(),
            message: WORKER_LOST.to_owned(),
        };
        for (id, subject) in &lost {
            self.fail_lost_job(id, subject, &failure, now).await?;
        }
        Ok(())
    }

    async fn fail_lost_job(
        &self,
        id: &str,
        subject: &String,
        failure: &Failure,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            crate::avatars::lock_group_of_look!(tx, subject);
            // The worker may have come back meanwhile.
            let failed = sqlx::query(
                "UPDATE jobs SET state = 'failed', lease_token = NULL, lease_until = NULL, \
                 error_code = $3, error_message = $4, ended_at = $2 \
                 WHERE id = $1 AND state = 'running' AND lease_until <= $2 AND NOT cancel_requested",
            )
            .bind(id)
            .bind(now.0)
            .bind(&failure.code)
            .bind(&failure.message)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if failed == 1 {
                crate::avatars::fail_look_rows!(tx, subject, failure, now);
                crate::videos::fail_video_rows!(tx, subject, failure, now);
                crate::voices::fail_voice_rows!(tx, subject, failure);
            }
            Ok(())
        })
    }
}
