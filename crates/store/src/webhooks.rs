//! Endpoints, events, and their delivery jobs.
//!
//! An event is written in the transaction that ends what it tells of, together with one job for every endpoint that
//! wants it: none is lost, whenever the server is killed.

use std::sync::LazyLock;

use likeness_domain::id::{EndpointId, EventId, WorkspaceId};
use likeness_domain::page::{Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::webhook::{Endpoint, Event};
use serde::{Deserialize, Serialize};

use crate::db::{Db, reading, writing};
use crate::found::Row as _;
use crate::jobs::{Lease, end_job, insert_job};
use crate::rows::{EndpointRow, EventRow, after, all, page};
use crate::{Store, StoreError};

/// Kind of the jobs that deliver an event.
pub const DELIVER_EVENT: &str = "deliver_event";

/// Tries that a delivery has. With the pauses between them they take about a day.
pub(crate) const DELIVERY_ATTEMPTS: i64 = 16;

/// Payload of a delivery job; its subject is the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Version of this shape.
    pub v: u32,
    /// The endpoint; a video's own `callback_url` otherwise.
    pub endpoint_id: Option<EndpointId>,
    pub callback_url: Option<String>,
}

/// The endpoints that want an event: of the workspace, on, and asking for its kind and entity.
pub(crate) const WANTING: &str = "SELECT id FROM webhook_endpoints WHERE workspace_id = $1 \
    AND enabled AND (events IS NULL OR events LIKE $2) AND (entity_id IS NULL OR entity_id = $3) \
    ORDER BY created_at, id";

/// Writes an event and the jobs that deliver it.
macro_rules! emit {
    ($tx:expr, $workspace:expr, $kind:expr, $entity:expr, $data:expr, $callback:expr, $now:expr) => {{
        let event = likeness_domain::id::EventId::new();
        sqlx::query(
            "INSERT INTO webhook_events (id, workspace_id, kind, data, entity_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(event.as_str())
        .bind($workspace)
        .bind($kind)
        .bind($data.to_string())
        .bind($entity)
        .bind($now.0)
        .execute(&mut *$tx)
        .await?;
        let endpoints: Vec<(String,)> = sqlx::query_as($crate::webhooks::WANTING)
            .bind($workspace)
            .bind(format!("%\"{}\"%", $kind))
            .bind($entity)
            .fetch_all(&mut *$tx)
            .await?;
        let callback: Option<String> = $callback;
        for job in $crate::webhooks::deliveries($workspace, &event, &endpoints, callback, $now)? {
            $crate::jobs::insert_job!($tx, job);
        }
    }};
}
pub(crate) use emit;

/// The jobs that deliver an event.
pub(crate) fn deliveries(
    workspace: &str,
    event: &EventId,
    endpoints: &[(String,)],
    callback: Option<String>,
    now: UnixMillis,
) -> Result<Vec<crate::NewJob>, StoreError> {
    let corrupt = |_| StoreError::Corrupt("id");
    let to_endpoints = endpoints.iter().map(|(id,)| {
        Ok::<_, StoreError>(Delivery {
            v: 1,
            endpoint_id: Some(id.parse().map_err(corrupt)?),
            callback_url: None,
        })
    });
    let to_callback = callback.into_iter().map(|url| {
        Ok(Delivery {
            v: 1,
            endpoint_id: None,
            callback_url: Some(url),
        })
    });
    let jobs = to_endpoints.chain(to_callback).map(|delivery| {
        let payload =
            serde_json::to_string(&delivery?).map_err(|_| StoreError::Corrupt("delivery"))?;
        Ok(crate::NewJob {
            id: likeness_domain::id::JobId::new(),
            kind: DELIVER_EVENT,
            lane: crate::Lane::Delivery,
            payload,
            workspace_id: workspace.parse().map_err(corrupt)?,
            key_id: None,
            subject_id: event.as_str().to_owned(),
            max_attempts: DELIVERY_ATTEMPTS,
            run_at: now,
            limit: None,
        })
    });
    jobs.collect()
}

const LIST_EVENTS: &str = "SELECT * FROM webhook_events WHERE workspace_id = $1 \
    AND (created_at, id) < ($2, $3) AND ($5 IS NULL OR kind = $5) \
    AND ($6 IS NULL OR entity_id = $6) ORDER BY created_at DESC, id DESC LIMIT $4";
// Postgres must be told the type of a parameter that is only compared with NULL.
const LIST_EVENTS_POSTGRES: &str = "SELECT * FROM webhook_events WHERE workspace_id = $1 \
    AND (created_at, id) < ($2, $3) AND ($5::TEXT IS NULL OR kind = $5) \
    AND ($6::TEXT IS NULL OR entity_id = $6) ORDER BY created_at DESC, id DESC LIMIT $4";

fn event_list(events: Option<&[String]>) -> Option<String> {
    events.map(|names| serde_json::json!(names).to_string())
}

static ENDPOINT: LazyLock<String> = LazyLock::new(|| {
    EndpointRow::select("FROM webhook_endpoints WHERE id = $1 AND workspace_id = $2")
});

static EVENT: LazyLock<String> =
    LazyLock::new(|| EventRow::select("FROM webhook_events WHERE id = $1 AND workspace_id = $2"));

impl Store {
    pub async fn insert_endpoint(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "INSERT INTO webhook_endpoints (id, workspace_id, url, events, entity_id, \
                 enabled, generation, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(endpoint.id.as_str())
            .bind(endpoint.workspace_id.as_str())
            .bind(&endpoint.url)
            .bind(event_list(endpoint.events.as_deref()))
            .bind(&endpoint.entity_id)
            .bind(endpoint.enabled)
            .bind(endpoint.generation)
            .bind(endpoint.created_at.0)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    pub async fn get_endpoint(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
    ) -> Result<Endpoint, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<EndpointRow>(&ENDPOINT, &binds)
            .await?
            .try_into()
    }

    /// Newest first.
    pub async fn list_endpoints(
        &self,
        workspace: &WorkspaceId,
        request: &PageRequest,
    ) -> Result<Page<Endpoint>, StoreError> {
        let (created_at, id) = after(request);
        let rows: Vec<EndpointRow> = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT * FROM webhook_endpoints WHERE workspace_id = $1 \
                 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
            )
            .bind(workspace.as_str())
            .bind(created_at)
            .bind(id)
            .bind(i64::from(request.limit) + 1)
            .fetch_all(pool)
            .await
        })?;
        Ok(page(all(rows)?, request))
    }

    /// Writes the endpoint's URL, events, state and generation; an endpoint that is on is not held to earlier failures.
    pub async fn update_endpoint(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let found = sqlx::query(
                "UPDATE webhook_endpoints SET url = $3, events = $4, enabled = $5, \
                 generation = $6, failing_since = CASE WHEN $7 THEN failing_since END, \
                 last_failure = CASE WHEN $7 THEN last_failure END \
                 WHERE id = $1 AND workspace_id = $2",
            )
            .bind(endpoint.id.as_str())
            .bind(endpoint.workspace_id.as_str())
            .bind(&endpoint.url)
            .bind(event_list(endpoint.events.as_deref()))
            .bind(endpoint.enabled)
            .bind(endpoint.generation)
            .bind(endpoint.failing.is_some())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if found == 0 {
                Err(StoreError::NotFound)
            } else {
                Ok(())
            }
        })
    }

    pub async fn delete_endpoint(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let found =
                sqlx::query("DELETE FROM webhook_endpoints WHERE id = $1 AND workspace_id = $2")
                    .bind(id.as_str())
                    .bind(workspace.as_str())
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
            if found == 0 {
                Err(StoreError::NotFound)
            } else {
                Ok(())
            }
        })
    }

    pub async fn get_event(
        &self,
        workspace: &WorkspaceId,
        id: &EventId,
    ) -> Result<Event, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<EventRow>(&EVENT, &binds).await?.try_into()
    }

    /// Newest first.
    pub async fn list_events(
        &self,
        workspace: &WorkspaceId,
        kind: Option<&str>,
        entity_id: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<Event>, StoreError> {
        let (created_at, id) = after(request);
        let sql = match &self.db {
            Db::Sqlite { .. } => LIST_EVENTS,
            Db::Postgres(_) => LIST_EVENTS_POSTGRES,
        };
        let rows: Vec<EventRow> = reading!(self, |pool| {
            sqlx::query_as(sql)
                .bind(workspace.as_str())
                .bind(created_at)
                .bind(id)
                .bind(i64::from(request.limit) + 1)
                .bind(kind)
                .bind(entity_id)
                .fetch_all(pool)
                .await
        })?;
        Ok(page(all(rows)?, request))
    }

    /// Tells an event once more: to the endpoint, or to all that want it. Gives how many are told; `NotFound` when there
    /// is no such event.
    pub async fn redeliver(
        &self,
        workspace: &WorkspaceId,
        id: &EventId,
        endpoint: Option<&EndpointId>,
        now: UnixMillis,
    ) -> Result<usize, StoreError> {
        writing!(self, |tx| {
            let (kind, entity): (String, String) = sqlx::query_as(
                "SELECT kind, entity_id FROM webhook_events WHERE id = $1 AND workspace_id = $2",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .fetch_one(&mut *tx)
            .await?;
            let endpoints: Vec<(String,)> = match endpoint {
                Some(endpoint) => vec![(endpoint.as_str().to_owned(),)],
                None => {
                    sqlx::query_as(WANTING)
                        .bind(workspace.as_str())
                        .bind(format!("%\"{kind}\"%"))
                        .bind(&entity)
                        .fetch_all(&mut *tx)
                        .await?
                }
            };
            let jobs = deliveries(workspace.as_str(), id, &endpoints, None, now)?;
            for job in &jobs {
                insert_job!(tx, job);
            }
            Ok(jobs.len())
        })
    }

    /// Ends a delivery that nobody wants any more.
    pub async fn end_delivery(&self, lease: &Lease, now: UnixMillis) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "done", None, now);
            Ok(())
        })
    }

    /// Ends a delivery that has arrived: its endpoint works.
    pub async fn delivered(
        &self,
        lease: &Lease,
        endpoint: Option<&EndpointId>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "done", None, now);
            if let Some(endpoint) = endpoint {
                sqlx::query(
                    "UPDATE webhook_endpoints SET failing_since = NULL, last_failure = NULL \
                     WHERE id = $1 AND failing_since IS NOT NULL",
                )
                .bind(endpoint.as_str())
                .execute(&mut *tx)
                .await?;
            }
            Ok(())
        })
    }

    /// Remembers that a call of the endpoint has failed, and why.
    pub async fn note_failure(
        &self,
        endpoint: &EndpointId,
        why: &str,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "UPDATE webhook_endpoints SET failing_since = COALESCE(failing_since, $2), \
                 last_failure = $3 WHERE id = $1",
            )
            .bind(endpoint.as_str())
            .bind(now.0)
            .bind(why)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// Ends a delivery that never arrived, and turns its endpoint off if no call has succeeded since `failing_from` or
    /// longer.
    pub async fn give_up_delivery(
        &self,
        lease: &Lease,
        endpoint: Option<&EndpointId>,
        failing_from: UnixMillis,
        failure: &likeness_domain::avatar::Failure,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "failed", Some(failure), now);
            if let Some(endpoint) = endpoint {
                sqlx::query(
                    "UPDATE webhook_endpoints SET enabled = FALSE WHERE id = $1 \
                     AND failing_since <= $2",
                )
                .bind(endpoint.as_str())
                .bind(failing_from.0)
                .execute(&mut *tx)
                .await?;
            }
            Ok(())
        })
    }

    /// Forgets events from before `before`; those that are still being told are kept. Gives how many there were.
    pub async fn delete_old_events(&self, before: UnixMillis) -> Result<u64, StoreError> {
        writing!(self, |tx| {
            let deleted = sqlx::query(
                "DELETE FROM webhook_events WHERE created_at < $1 AND NOT EXISTS \
                 (SELECT 1 FROM jobs j WHERE j.subject_id = webhook_events.id \
                 AND j.state IN ('queued', 'running'))",
            )
            .bind(before.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            Ok(deleted)
        })
    }
}
