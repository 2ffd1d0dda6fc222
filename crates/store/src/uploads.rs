//! Slots for files that are sent apart from the API, and the batches that some are reserved in.

use std::sync::LazyLock;

use likeness_domain::asset::Asset;
use likeness_domain::avatar::Failure;
use likeness_domain::id::{AssetId, BatchId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use likeness_domain::upload::{Batch, ReceivedBytes, Upload};

use crate::assets::INSERT_ASSET;
use crate::batches::insert_batch;
use crate::db::{reading, writing};
use crate::found::Row as _;
use crate::rows::{UploadRow, all};
use crate::{Store, StoreError};

/// Expired slots that are cleaned up at a time.
const SWEPT_AT_ONCE: i64 = 100;

const INSERT_UPLOAD: &str = "INSERT INTO uploads (id, workspace_id, batch_id, item_index, name, \
    mime_type, size_bytes, sha256, state, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10)";

macro_rules! insert_upload {
    ($tx:expr, $upload:expr) => {
        sqlx::query(INSERT_UPLOAD)
            .bind($upload.id.as_str())
            .bind($upload.workspace_id.as_str())
            .bind($upload.batch.as_ref().map(|(id, _)| id.as_str()))
            .bind($upload.batch.as_ref().map(|(_, index)| *index))
            .bind(&$upload.name)
            .bind(&$upload.mime_type)
            .bind($upload.size_bytes)
            .bind(&$upload.sha256)
            .bind($upload.created_at.0)
            .bind($upload.expires_at.0)
            .execute(&mut *$tx)
            .await?
    };
}

/// A slot that waits for bytes or a completion, or still holds bytes that were refused.
macro_rules! unfinished {
    () => {
        "(state IN ('pending', 'received') OR (state = 'failed' AND object_key IS NOT NULL))"
    };
}

static UPLOAD: LazyLock<String> = LazyLock::new(|| UploadRow::select("FROM uploads WHERE id = $1"));

impl Store {
    /// Reserves a slot.
    pub async fn insert_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        writing!(self, |tx| {
            insert_upload!(tx, upload);
            Ok(())
        })
    }

    /// Reserves a batch of slots, all or none.
    pub async fn insert_uploads(
        &self,
        batch: &Batch,
        uploads: &[Upload],
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            insert_batch!(tx, batch);
            for upload in uploads {
                insert_upload!(tx, upload);
            }
            Ok(())
        })
    }

    /// A slot by its id alone: for those who hold the link to fill it.
    pub async fn find_upload(&self, id: &AssetId) -> Result<Upload, StoreError> {
        let binds = [id.as_str().into()];
        self.find::<UploadRow>(&UPLOAD, &binds).await?.try_into()
    }

    pub async fn get_upload(
        &self,
        workspace: &WorkspaceId,
        id: &AssetId,
    ) -> Result<Upload, StoreError> {
        let upload = self.find_upload(id).await?;
        if upload.workspace_id == *workspace {
            Ok(upload)
        } else {
            Err(StoreError::NotFound)
        }
    }

    /// The slots of a batch in their order; at most 100, as a batch has no more.
    pub async fn batch_uploads(&self, batch: &BatchId) -> Result<Vec<Upload>, StoreError> {
        let rows: Vec<UploadRow> = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM uploads WHERE batch_id = $1 ORDER BY item_index")
                .bind(batch.as_str())
                .fetch_all(pool)
                .await
        })?;
        all(rows)
    }

    /// Notes the bytes that arrived for a slot that still takes some. Gives the key of the object that they replace.
    /// `NotFound` when the slot takes none any more.
    pub async fn receive_upload(
        &self,
        id: &AssetId,
        received: &ReceivedBytes,
        now: UnixMillis,
    ) -> Result<Option<String>, StoreError> {
        writing!(self, |tx| {
            // Locks the row, so that of two that arrive together the first is replaced, not forgotten.
            let replaced: Option<String> = sqlx::query_scalar(
                "UPDATE uploads SET state = state WHERE id = $1 AND state <> 'completed' \
                 AND expires_at > $2 RETURNING object_key",
            )
            .bind(id.as_str())
            .bind(now.0)
            .fetch_one(&mut *tx)
            .await?;
            sqlx::query(
                "UPDATE uploads SET state = 'received', object_key = $2, found_mime_type = $3, \
                 found_sha256 = $4, error_code = NULL, error_message = NULL WHERE id = $1",
            )
            .bind(id.as_str())
            .bind(&received.object_key)
            .bind(&received.mime_type)
            .bind(&received.sha256)
            .execute(&mut *tx)
            .await?;
            Ok(replaced)
        })
    }

    /// Makes the slot's bytes an asset. `NotFound` when other bytes have arrived or it was completed meanwhile.
    pub async fn complete_upload(&self, asset: &Asset) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let ready = sqlx::query(
                "UPDATE uploads SET state = 'completed', error_code = NULL, error_message = NULL \
                 WHERE id = $1 AND workspace_id = $2 AND object_key = $3 \
                 AND state IN ('received', 'failed')",
            )
            .bind(asset.id.as_str())
            .bind(asset.workspace_id.as_str())
            .bind(&asset.object_key)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if ready == 0 {
                return Err(StoreError::NotFound);
            }
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

    /// Says why a slot's bytes became no asset, unless others have arrived meanwhile.
    pub async fn fail_upload(&self, upload: &Upload, failure: &Failure) -> Result<(), StoreError> {
        let key = upload.received.as_ref().map(|bytes| &bytes.object_key);
        writing!(self, |tx| {
            sqlx::query(
                "UPDATE uploads SET state = 'failed', error_code = $3, error_message = $4 \
                 WHERE id = $1 AND object_key = $2 AND state <> 'completed'",
            )
            .bind(upload.id.as_str())
            .bind(key)
            .bind(&failure.code)
            .bind(&failure.message)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// Ends slots that were not completed in time, at most a hundred: with `failure`, unless their bytes were refused and
    /// nobody has sent better ones. Gives how many there were, and the keys of their objects, which nothing names any more.
    pub async fn expire_uploads(
        &self,
        failure: &Failure,
        now: UnixMillis,
    ) -> Result<(u64, Vec<String>), StoreError> {
        writing!(self, |tx| {
            let late: Vec<(String, Option<String>)> = sqlx::query_as(concat!(
                "SELECT id, object_key FROM uploads WHERE ",
                unfinished!(),
                " AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
            ))
            .bind(now.0)
            .bind(SWEPT_AT_ONCE)
            .fetch_all(&mut *tx)
            .await?;
            let (mut count, mut keys) = (0, Vec::new());
            for (id, key) in late {
                let ended = sqlx::query(concat!(
                    "UPDATE uploads SET state = 'failed', object_key = NULL, \
                         error_code = COALESCE(error_code, $2), \
                         error_message = COALESCE(error_message, $3) WHERE id = $1 AND ",
                    unfinished!()
                ))
                .bind(&id)
                .bind(&failure.code)
                .bind(&failure.message)
                .execute(&mut *tx)
                .await?
                .rows_affected();
                count += ended;
                keys.extend(key.filter(|_| ended == 1));
            }
            Ok((count, keys))
        })
    }
}
