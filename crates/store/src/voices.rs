//! Voices of a workspace's own.

use std::sync::LazyLock;

use likeness_domain::avatar::{Failure, Gender};
use likeness_domain::id::{VoiceId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use likeness_domain::voice::{PrivateVoice, Similarity, VoiceKind};

use crate::db::{reading, writing};
use crate::found::Row as _;
use crate::jobs::{Lease, NewJob, cancel_jobs, end_job, insert_job};
use crate::rows::{VoiceRow, all};
use crate::{Store, StoreError};

/// A voice that exists already is kept: the same design is asked for again and again.
pub(crate) const INSERT_VOICE: &str = "INSERT INTO voices (id, workspace_id, kind, name, locale, \
    gender, status, recipe, source_key, remove_noise, attested_by, attested_at, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING";

/// Fails a clone that is under way; gives the key of its recording.
pub(crate) const FAIL_VOICE: &str = "UPDATE voices SET status = 'failed', error_code = $2, \
    error_message = $3 WHERE id = $1 AND status = 'processing'";

macro_rules! insert_voice_row {
    ($tx:expr, $voice:expr) => {
        sqlx::query(INSERT_VOICE)
            .bind($voice.id.as_str())
            .bind($voice.workspace_id.as_str())
            .bind($voice.kind.as_str())
            .bind(&$voice.name)
            .bind(&$voice.locale)
            .bind($voice.gender.map(Gender::as_str))
            .bind($voice.status.as_str())
            .bind(&$voice.recipe)
            .bind(&$voice.source_key)
            .bind($voice.remove_noise)
            .bind($voice.attestation.as_ref().map(|a| a.key_id.as_str()))
            .bind($voice.attestation.as_ref().map(|a| a.at.0))
            .bind($voice.created_at.0)
            .execute(&mut *$tx)
            .await?
    };
}

macro_rules! fail_voice_rows {
    ($tx:expr, $id:expr, $failure:expr) => {
        sqlx::query($crate::voices::FAIL_VOICE)
            .bind($id)
            .bind(&$failure.code)
            .bind(&$failure.message)
            .execute(&mut *$tx)
            .await?
    };
}
pub(crate) use fail_voice_rows;

/// What cloning found.
#[derive(Debug, Clone, PartialEq)]
pub struct ClonedVoice {
    /// JSON of the mixture.
    pub recipe: String,
    pub gender: Option<Gender>,
    pub similarity: Similarity,
}

static VOICE: LazyLock<String> =
    LazyLock::new(|| VoiceRow::select("FROM voices WHERE id = $1 AND workspace_id = $2"));

static VOICE_OF_ANY: LazyLock<String> =
    LazyLock::new(|| VoiceRow::select("FROM voices WHERE id = $1"));

impl Store {
    /// Writes designed voices, of which some may be there already.
    pub async fn insert_designs(&self, voices: &[PrivateVoice]) -> Result<(), StoreError> {
        writing!(self, |tx| {
            for voice in voices {
                insert_voice_row!(tx, voice);
            }
            Ok(())
        })
    }

    /// Writes a clone and the job that makes it, unless the workspace has `limit` clones already; tells whether it did.
    pub async fn insert_clone(
        &self,
        voice: &PrivateVoice,
        job: NewJob,
        limit: i64,
    ) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            // Two at once wait for each other here, so that both count what the other wrote.
            sqlx::query("UPDATE workspaces SET name = name WHERE id = $1")
                .bind(voice.workspace_id.as_str())
                .execute(&mut *tx)
                .await?;
            let clones: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM voices WHERE workspace_id = $1 AND kind = 'clone'",
            )
            .bind(voice.workspace_id.as_str())
            .fetch_one(&mut *tx)
            .await?;
            if clones >= limit {
                return Ok(false);
            }
            insert_voice_row!(tx, voice);
            insert_job!(tx, job);
            Ok(true)
        })
    }

    /// How many voices of a kind a workspace has.
    pub async fn count_voices(
        &self,
        workspace: &WorkspaceId,
        kind: VoiceKind,
    ) -> Result<i64, StoreError> {
        Ok(reading!(self, |pool| {
            sqlx::query_scalar("SELECT COUNT(*) FROM voices WHERE workspace_id = $1 AND kind = $2")
                .bind(workspace.as_str())
                .bind(kind.as_str())
                .fetch_one(pool)
                .await
        })?)
    }

    pub async fn get_voice(
        &self,
        workspace: &WorkspaceId,
        id: &VoiceId,
    ) -> Result<PrivateVoice, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<VoiceRow>(&VOICE, &binds).await?.try_into()
    }

    /// Whose-ever it is: for what a signed link has opened.
    pub async fn find_voice(&self, id: &VoiceId) -> Result<PrivateVoice, StoreError> {
        let binds = [id.as_str().into()];
        self.find::<VoiceRow>(&VOICE_OF_ANY, &binds)
            .await?
            .try_into()
    }

    /// Newest first. There are few: both kinds are limited.
    pub async fn list_voices(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<PrivateVoice>, StoreError> {
        let rows: Vec<VoiceRow> = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT * FROM voices WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC",
            )
            .bind(workspace.as_str())
            .fetch_all(pool)
            .await
        })?;
        all(rows)
    }

    /// Ends the job and completes the clone, whose recording is forgotten.
    pub async fn complete_clone(
        &self,
        lease: &Lease,
        id: &VoiceId,
        cloned: &ClonedVoice,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "done", None, now);
            sqlx::query(
                "UPDATE voices SET status = 'complete', recipe = $2, gender = $3, \
                 similarity_before = $4, similarity_after = $5, source_key = NULL WHERE id = $1",
            )
            .bind(id.as_str())
            .bind(&cloned.recipe)
            .bind(cloned.gender.map(Gender::as_str))
            .bind(cloned.similarity.before)
            .bind(cloned.similarity.after)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// Ends the job and fails the clone.
    pub async fn fail_clone(
        &self,
        lease: &Lease,
        id: &VoiceId,
        failure: &Failure,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            end_job!(tx, lease, "failed", Some(failure), now);
            fail_voice_rows!(tx, id.as_str(), failure);
            Ok(())
        })
    }

    /// Deletes the voice and stops its job; gives the key of its recording, if it still has one.
    pub async fn delete_voice(
        &self,
        workspace: &WorkspaceId,
        id: &VoiceId,
        now: UnixMillis,
    ) -> Result<Option<String>, StoreError> {
        writing!(self, |tx| {
            let source: Option<String> = sqlx::query_scalar(
                "DELETE FROM voices WHERE id = $1 AND workspace_id = $2 RETURNING source_key",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .fetch_one(&mut *tx)
            .await?;
            cancel_jobs!(tx, id.as_str(), now);
            Ok(source)
        })
    }
}
