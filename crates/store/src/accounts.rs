//! Workspaces and API keys.

use std::sync::LazyLock;

use likeness_domain::account::ApiKey;
use likeness_domain::id::WorkspaceId;
use likeness_domain::time::UnixMillis;

use crate::db::{reading, writing};
use crate::found::Row as _;
use crate::rows::{KeyRow, all};
use crate::{DEFAULT_WORKSPACE, PUBLIC_WORKSPACE, Store, StoreError};

const INSERT_WORKSPACE: &str = "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3) \
    ON CONFLICT (id) DO NOTHING";

static KEYS: LazyLock<String> =
    LazyLock::new(|| KeyRow::select("FROM api_keys WHERE prefix = $1 ORDER BY id"));

impl Store {
    /// Makes the workspace unless it is there.
    pub async fn ensure_workspace(
        &self,
        id: &WorkspaceId,
        name: &str,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(INSERT_WORKSPACE)
                .bind(id.as_str())
                .bind(name)
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    pub(crate) async fn ensure_reserved_workspaces(&self) -> Result<(), StoreError> {
        for (id, name) in [(DEFAULT_WORKSPACE, "Default"), (PUBLIC_WORKSPACE, "Public")] {
            let id = id
                .parse()
                .map_err(|_| StoreError::Corrupt("workspace id"))?;
            self.ensure_workspace(&id, name, UnixMillis(0)).await?;
        }
        Ok(())
    }

    pub async fn insert_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(
                "INSERT INTO api_keys (id, workspace_id, name, prefix, hash, created_at, \
                 expires_at, revoked_at, scopes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(key.id.as_str())
            .bind(key.workspace_id.as_str())
            .bind(&key.name)
            .bind(&key.prefix)
            .bind(&key.hash[..])
            .bind(key.created_at.0)
            .bind(key.expires_at.map(|t| t.0))
            .bind(key.revoked_at.map(|t| t.0))
            .bind(key.scopes.as_ref().map(|scopes| scopes.join(" ")))
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// The keys that begin like this; nearly always one.
    pub async fn find_keys(&self, prefix: &str) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.find_all::<KeyRow>(&KEYS, &[prefix.into()]).await?;
        all(rows)
    }

    /// All keys of all workspaces, oldest first: for the operator.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<KeyRow> = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM api_keys ORDER BY created_at, id")
                .fetch_all(pool)
                .await
        })?;
        all(rows)
    }

    /// Ends a key named by its id or its prefix; one that has ended keeps its first end.
    pub async fn revoke_key(&self, id_or_prefix: &str, now: UnixMillis) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let revoked = sqlx::query(
                "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) \
                 WHERE id = $1 OR prefix = $1",
            )
            .bind(id_or_prefix)
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if revoked == 0 {
                Err(StoreError::NotFound)
            } else {
                Ok(())
            }
        })
    }
}
