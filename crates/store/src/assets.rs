//! Uploaded files.

use std::sync::LazyLock;

use likeness_domain::asset::Asset;
use likeness_domain::id::{AssetId, WorkspaceId};
use likeness_domain::page::{Page, PageRequest};

use crate::db::{reading, writing};
use crate::found::Row as _;
use crate::rows::{AssetRow, after, all, page};
use crate::{Store, StoreError};

pub(crate) const INSERT_ASSET: &str = "INSERT INTO assets (id, workspace_id, name, mime_type, \
    size_bytes, sha256, object_key, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

static LIST: LazyLock<String> = LazyLock::new(|| {
    AssetRow::select(
        "FROM assets WHERE workspace_id = $1 AND (created_at, id) < ($2, $3) \
         ORDER BY created_at DESC, id DESC LIMIT $4",
    )
});
static ASSET: LazyLock<String> =
    LazyLock::new(|| AssetRow::select("FROM assets WHERE id = $1 AND workspace_id = $2"));

impl Store {
    pub async fn insert_asset(&self, asset: &Asset) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(INSERT_ASSET)
                .bind(asset.id.as_str())
                .bind(asset.workspace_id.as_str())
                .bind(&asset.name)
                .bind(&asset.mime_type)
                .bind(asset.size_bytes)
                .bind(&asset.sha256)
                .bind(&asset.object_key)
                .bind(asset.created_at.0)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    pub async fn get_asset(
        &self,
        workspace: &WorkspaceId,
        id: &AssetId,
    ) -> Result<Asset, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<AssetRow>(&ASSET, &binds).await?.try_into()
    }

    /// Newest first.
    pub async fn list_assets(
        &self,
        workspace: &WorkspaceId,
        request: &PageRequest,
    ) -> Result<Page<Asset>, StoreError> {
        let (created_at, id) = after(request);
        let binds = [
            workspace.as_str().into(),
            created_at.into(),
            id.into(),
            (i64::from(request.limit) + 1).into(),
        ];
        let rows = self.find_all::<AssetRow>(&LIST, &binds).await?;
        Ok(page(all(rows)?, request))
    }

    /// Ids and names of all pictures of a workspace, newest first.
    pub async fn picture_names(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<(String, String)>, StoreError> {
        Ok(reading!(self, |pool| {
            sqlx::query_as(
                "SELECT id, name FROM assets WHERE workspace_id = $1 \
                 AND mime_type LIKE 'image/%' ORDER BY created_at DESC, id DESC",
            )
            .bind(workspace.as_str())
            .fetch_all(pool)
            .await
        })?)
    }

    /// Deletes the asset; gives the key of its object. What was made from it has copies of its own.
    pub async fn delete_asset(
        &self,
        workspace: &WorkspaceId,
        id: &AssetId,
    ) -> Result<String, StoreError> {
        writing!(self, |tx| {
            Ok(sqlx::query_scalar(
                "DELETE FROM assets WHERE id = $1 AND workspace_id = $2 RETURNING object_key",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .fetch_one(&mut *tx)
            .await?)
        })
    }
}
