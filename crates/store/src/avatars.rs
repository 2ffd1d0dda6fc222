//! Avatar groups and looks. A group's status, error, gender, default voice and previews follow its looks and are
//! rewritten in the transaction that changes a look.

use std::sync::LazyLock;

use likeness_domain::avatar::{AvatarGroup, Failure, Gender, Look, LookType};
use likeness_domain::consent::ConsentStatus;
use likeness_domain::id::{GroupId, LookId, VoiceId, WorkspaceId};
use likeness_domain::page::{Ownership, Page, PageRequest};
use likeness_domain::time::UnixMillis;

use crate::consent::erase;
use crate::db::{Db, reading, writing};
use crate::found::Row as _;
use crate::jobs::{Lease, NewJob, cancel_jobs, end_job, held, insert_job};
use crate::rows::{GroupRow, LookRow, after, all, page};
use crate::{Store, StoreError};

/// What training made of a look. The objects are stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainedLook {
    pub puppet_key: String,
    pub preview_image_key: String,
    pub preview_video_key: String,
    pub gender: Option<Gender>,
    pub default_voice_id: Option<VoiceId>,
    pub image_width: u32,
    pub image_height: u32,
    /// Bytes of what the training stored.
    pub stored_bytes: i64,
    /// Takes the place of the look's notes.
    pub notes: Option<Vec<String>>,
    pub own_mouths: bool,
}

static GROUP: LazyLock<String> = LazyLock::new(|| {
    GroupRow::select("FROM avatar_groups WHERE id = $1 AND (workspace_id = $2 OR is_public)")
});
static LOOK: LazyLock<String> = LazyLock::new(|| {
    LookRow::select("FROM looks WHERE id = $1 AND (workspace_id = $2 OR is_public)")
});

/// One page of public rows and one of the workspace's own, each by its index, then the first of both together: a
/// condition with OR would read the whole table.
macro_rules! page_of_both {
    ($table:literal, $more:expr) => {
        concat!(
            "(SELECT * FROM (SELECT * FROM ",
            $table,
            " WHERE $5 AND is_public = TRUE AND (created_at, id) < ($2, $3)",
            $more,
            " ORDER BY created_at DESC, id DESC LIMIT $4) p UNION ALL \
             SELECT * FROM (SELECT * FROM ",
            $table,
            " WHERE $6 AND workspace_id = $1 AND is_public = FALSE AND (created_at, id) < ($2, $3)",
            $more,
            " ORDER BY created_at DESC, id DESC LIMIT $4) o)"
        )
    };
}

static LIST_GROUPS: LazyLock<String> = LazyLock::new(|| {
    GroupRow::select(concat!(
        "FROM ",
        page_of_both!("avatar_groups", ""),
        " g ORDER BY g.created_at DESC, g.id DESC LIMIT $4"
    ))
});

macro_rules! list_looks_sql {
    ($text:literal) => {
        concat!(
            "SELECT * FROM ",
            page_of_both!(
                "looks",
                concat!(" AND ($7", $text, " IS NULL OR look_type = $7)")
            ),
            " l ORDER BY created_at DESC, id DESC LIMIT $4"
        )
    };
}
const LIST_LOOKS: &str = list_looks_sql!("");
// Postgres must be told the type of a parameter that is only compared with NULL.
const LIST_LOOKS_POSTGRES: &str = list_looks_sql!("::TEXT");

macro_rules! list_looks_of_group_sql {
    ($text:literal) => {
        concat!(
            "SELECT * FROM looks WHERE group_id = $8 AND (($5 AND is_public) OR ($6 \
             AND workspace_id = $1 AND NOT is_public)) AND (created_at, id) < ($2, $3) AND ($7",
            $text,
            " IS NULL OR look_type = $7) ORDER BY created_at DESC, id DESC LIMIT $4"
        )
    };
}
const LIST_LOOKS_OF_GROUP: &str = list_looks_of_group_sql!("");
const LIST_LOOKS_OF_GROUP_POSTGRES: &str = list_looks_of_group_sql!("::TEXT");

/// A completed look makes the group complete, but if it is a twin whose person has not agreed, the group waits for that;
/// else a look under way keeps it processing; else it has failed, with the newest error. The oldest completed look gives what the group shows.
pub(crate) const REFRESH_GROUP: &str = "UPDATE avatar_groups SET \
    status = CASE \
        WHEN EXISTS (SELECT 1 FROM looks l WHERE l.group_id = $1 AND l.status = 'completed' \
            AND l.look_type = 'digital_twin') AND (consent_status IS NULL \
            OR consent_status <> 'approved') AND NOT is_public THEN 'pending_consent' \
        WHEN EXISTS (SELECT 1 FROM looks l WHERE l.group_id = $1 AND l.status = 'completed') \
            THEN 'completed' \
        WHEN EXISTS (SELECT 1 FROM looks l WHERE l.group_id = $1 AND l.status = 'pending_consent') \
            THEN 'pending_consent' \
        WHEN EXISTS (SELECT 1 FROM looks l WHERE l.group_id = $1 AND l.status = 'processing') \
            THEN 'processing' \
        ELSE 'failed' END, \
    gender = COALESCE(gender, (SELECT l.gender FROM looks l WHERE l.group_id = $1 \
        AND l.gender IS NOT NULL ORDER BY l.created_at, l.id LIMIT 1)), \
    default_voice_id = COALESCE(default_voice_id, (SELECT l.default_voice_id FROM looks l \
        WHERE l.group_id = $1 AND l.default_voice_id IS NOT NULL \
        ORDER BY l.created_at, l.id LIMIT 1)), \
    preview_image_key = (SELECT l.preview_image_key FROM looks l WHERE l.group_id = $1 \
        AND l.preview_image_key IS NOT NULL ORDER BY l.created_at, l.id LIMIT 1), \
    preview_video_key = (SELECT l.preview_video_key FROM looks l WHERE l.group_id = $1 \
        AND l.preview_video_key IS NOT NULL ORDER BY l.created_at, l.id LIMIT 1), \
    looks_count = (SELECT COUNT(*) FROM looks l WHERE l.group_id = $1) \
    WHERE id = $1";

/// Locks the row of the look's group, if there is such a look. First in every transaction that changes looks: what runs
/// after it sees what others wrote before they let go of the lock, so that two looks that end at the same moment do not
/// each miss the other's end; and as all lock the group first, none waits for another in a circle.
pub(crate) const LOCK_GROUP_OF_LOOK: &str = "UPDATE avatar_groups SET name = name \
    WHERE id = (SELECT l.group_id FROM looks l WHERE l.id = $1)";

/// Runs after [`REFRESH_GROUP`], as it needs the new status.
pub(crate) const REFRESH_GROUP_ERROR: &str = "UPDATE avatar_groups SET \
    error_code = CASE WHEN status = 'failed' THEN (SELECT l.error_code FROM looks l \
        WHERE l.group_id = $1 AND l.status = 'failed' \
        ORDER BY l.created_at DESC, l.id DESC LIMIT 1) END, \
    error_message = CASE WHEN status = 'failed' THEN (SELECT l.error_message FROM looks l \
        WHERE l.group_id = $1 AND l.status = 'failed' \
        ORDER BY l.created_at DESC, l.id DESC LIMIT 1) END \
    WHERE id = $1";

macro_rules! lock_group_of_look {
    ($tx:expr, $look:expr) => {
        sqlx::query($crate::avatars::LOCK_GROUP_OF_LOOK)
            .bind($look)
            .execute(&mut *$tx)
            .await?
    };
}

macro_rules! refresh_group {
    ($tx:expr, $group:expr) => {
        for sql in [
            $crate::avatars::REFRESH_GROUP,
            $crate::avatars::REFRESH_GROUP_ERROR,
        ] {
            sqlx::query(sql).bind($group).execute(&mut *$tx).await?;
        }
    };
}

/// Marks a look as failed, if the subject is one and it is under way, and brings its group up to date.
macro_rules! fail_look_rows {
    ($tx:expr, $subject:expr, $failure:expr, $now:expr) => {
        let group: Option<(String, String, String)> = sqlx::query_as(
            "UPDATE looks SET status = 'failed', error_code = $2, error_message = $3 \
             WHERE id = $1 AND status = 'processing' RETURNING group_id, workspace_id, look_type",
        )
        .bind($subject.as_str())
        .bind(&$failure.code)
        .bind(&$failure.message)
        .fetch_optional(&mut *$tx)
        .await?;
        if let Some((group, workspace, look_type)) = group {
            $crate::avatars::refresh_group!($tx, &group);
            let data = serde_json::json!({
                "avatar_id": $subject.as_str(),
                "avatar_group_id": group,
                "msg": &$failure.message,
            });
            let [_, kind] = $crate::avatars::event_kinds(&look_type);
            $crate::webhooks::emit!($tx, &workspace, kind, $subject.as_str(), data, None, $now);
        }
    };
}
pub(crate) use {fail_look_rows, lock_group_of_look, refresh_group};

/// The events that tell how the training of such a look ended: well, or not.
pub(crate) fn event_kinds(look_type: &str) -> [&'static str; 2] {
    use likeness_domain::webhook::kind;
    if look_type == LookType::DigitalTwin.as_str() {
        [kind::TWIN_SUCCESS, kind::TWIN_FAIL]
    } else {
        [kind::PHOTO_SUCCESS, kind::PHOTO_FAIL]
    }
}

/// Sentences as they are kept; none are kept as nothing.
fn json_of(notes: &[String]) -> Option<String> {
    let some = !notes.is_empty();
    some.then(|| serde_json::to_string(notes).unwrap_or_default())
}

/// Columns of `looks` that name objects.
type LookObjects = (String, Option<String>, Option<String>, Option<String>);

fn object_keys(rows: Vec<LookObjects>) -> Vec<String> {
    rows.into_iter()
        .flat_map(|(source, puppet, image, video)| {
            [Some(source), puppet, image, video].into_iter().flatten()
        })
        .collect()
}

impl Store {
    /// Writes the look, its group when it is new, and the job that trains it. [`StoreError::NotFound`] when the
    /// existing group has gone.
    pub async fn insert_look(
        &self,
        new_group: Option<&AvatarGroup>,
        look: &Look,
        job: NewJob,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            if let Some(group) = new_group {
                sqlx::query(
                    "INSERT INTO avatar_groups (id, workspace_id, is_public, name, gender, \
                     default_voice_id, consent_status, status, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(group.id.as_str())
                .bind(group.workspace_id.as_str())
                .bind(group.is_public)
                .bind(&group.name)
                .bind(group.gender.map(Gender::as_str))
                .bind(group.default_voice_id.as_ref().map(VoiceId::as_str))
                .bind(group.consent_status.map(ConsentStatus::as_str))
                .bind(group.status.as_str())
                .bind(group.created_at.0)
                .execute(&mut *tx)
                .await?;
            } else {
                // Also locks the row, so that a deletion under way is seen.
                let kept = sqlx::query(
                    "UPDATE avatar_groups SET name = name WHERE id = $1 AND workspace_id = $2",
                )
                .bind(look.group_id.as_str())
                .bind(look.workspace_id.as_str())
                .execute(&mut *tx)
                .await?
                .rows_affected();
                if kept == 0 {
                    return Err(StoreError::NotFound);
                }
            }
            sqlx::query(
                "INSERT INTO looks (id, group_id, workspace_id, is_public, name, look_type, \
                 status, gender, default_voice_id, source_key, created_at, stored_bytes, notes) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(look.id.as_str())
            .bind(look.group_id.as_str())
            .bind(look.workspace_id.as_str())
            .bind(look.is_public)
            .bind(&look.name)
            .bind(look.look_type.as_str())
            .bind(look.status.as_str())
            .bind(look.gender.map(Gender::as_str))
            .bind(look.default_voice_id.as_ref().map(VoiceId::as_str))
            .bind(&look.source_key)
            .bind(look.created_at.0)
            .bind(look.stored_bytes)
            .bind(json_of(&look.notes))
            .execute(&mut *tx)
            .await?;
            if look.look_type == LookType::DigitalTwin && !look.is_public {
                // From its first moment: nothing must depend on the training's saying so.
                sqlx::query(
                    "UPDATE avatar_groups SET consent_status = COALESCE(consent_status, 'pending') \
                     WHERE id = $1",
                )
                .bind(look.group_id.as_str())
                .execute(&mut *tx)
                .await?;
            }
            refresh_group!(tx, look.group_id.as_str());
            insert_job!(tx, job);
            Ok(())
        })
    }

    /// A public group, or one of the workspace's own.
    pub async fn get_group(
        &self,
        workspace: &WorkspaceId,
        id: &GroupId,
    ) -> Result<AvatarGroup, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<GroupRow>(&GROUP, &binds).await?.try_into()
    }

    /// Newest first.
    pub async fn list_groups(
        &self,
        workspace: &WorkspaceId,
        ownership: Ownership,
        request: &PageRequest,
    ) -> Result<Page<AvatarGroup>, StoreError> {
        let (created_at, id) = after(request);
        let binds = [
            workspace.as_str().into(),
            created_at.into(),
            id.into(),
            (i64::from(request.limit) + 1).into(),
            (ownership != Ownership::Private).into(),
            (ownership != Ownership::Public).into(),
        ];
        let rows = self.find_all::<GroupRow>(&LIST_GROUPS, &binds).await?;
        Ok(page(all(rows)?, request))
    }

    /// A public look, or one of the workspace's own.
    pub async fn get_look(&self, workspace: &WorkspaceId, id: &LookId) -> Result<Look, StoreError> {
        let binds = [id.as_str().into(), workspace.as_str().into()];
        self.find::<LookRow>(&LOOK, &binds).await?.try_into()
    }

    /// Newest first.
    pub async fn list_looks(
        &self,
        workspace: &WorkspaceId,
        group_id: Option<&GroupId>,
        look_type: Option<LookType>,
        ownership: Ownership,
        request: &PageRequest,
    ) -> Result<Page<Look>, StoreError> {
        let (created_at, id) = after(request);
        let sql = match (&self.db, group_id) {
            (Db::Sqlite { .. }, None) => LIST_LOOKS,
            (Db::Sqlite { .. }, Some(_)) => LIST_LOOKS_OF_GROUP,
            (Db::Postgres(_), None) => LIST_LOOKS_POSTGRES,
            (Db::Postgres(_), Some(_)) => LIST_LOOKS_OF_GROUP_POSTGRES,
        };
        let rows: Vec<LookRow> = reading!(self, |pool| {
            let mut query = sqlx::query_as(sql)
                .bind(workspace.as_str())
                .bind(created_at)
                .bind(id)
                .bind(i64::from(request.limit) + 1)
                .bind(ownership != Ownership::Private)
                .bind(ownership != Ownership::Public)
                .bind(look_type.map(LookType::as_str));
            if let Some(group) = group_id {
                query = query.bind(group.as_str());
            }
            query.fetch_all(pool).await
        })?;
        Ok(page(all(rows)?, request))
    }

    /// Renames a private look.
    pub async fn rename_look(
        &self,
        workspace: &WorkspaceId,
        id: &LookId,
        name: &str,
    ) -> Result<Look, StoreError> {
        let row: LookRow = writing!(self, |tx| {
            Ok(sqlx::query_as(
                "UPDATE looks SET name = $3 WHERE id = $1 AND workspace_id = $2 \
                 AND NOT is_public RETURNING *",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .bind(name)
            .fetch_one(&mut *tx)
            .await?)
        })?;
        row.try_into()
    }

    /// Sets the default voice of a private group and of its looks.
    pub async fn set_default_voice(
        &self,
        workspace: &WorkspaceId,
        id: &GroupId,
        voice: &VoiceId,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let found = sqlx::query(
                "UPDATE avatar_groups SET default_voice_id = $3 \
                 WHERE id = $1 AND workspace_id = $2 AND NOT is_public",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .bind(voice.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if found == 0 {
                return Err(StoreError::NotFound);
            }
            sqlx::query("UPDATE looks SET default_voice_id = $2 WHERE group_id = $1")
                .bind(id.as_str())
                .bind(voice.as_str())
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    /// Shows how far the training of a look is, 0 to 1.
    pub async fn report_look_progress(
        &self,
        lease: &Lease,
        id: &LookId,
        progress: f64,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let written = sqlx::query(
                "UPDATE looks SET progress = $4 WHERE id = $1 AND status = 'processing' \
                 AND EXISTS (SELECT 1 FROM jobs j \
                 WHERE j.id = $2 AND j.lease_token = $3 AND NOT j.cancel_requested)",
            )
            .bind(id.as_str())
            .bind(lease.job_id.as_str())
            .bind(&lease.token)
            .bind(progress)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            held(written)
        })
    }

    /// Ends the job and completes the look.
    pub async fn complete_training(
        &self,
        lease: &Lease,
        id: &LookId,
        trained: &TrainedLook,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            lock_group_of_look!(tx, id.as_str());
            end_job!(tx, lease, "done", None, now);
            let (group, workspace, look_type): (String, String, String) = sqlx::query_as(
                "UPDATE looks SET status = 'completed', progress = 1, error_code = NULL, error_message = NULL, \
                 puppet_key = $2, preview_image_key = $3, preview_video_key = $4, gender = $5, \
                 default_voice_id = COALESCE(default_voice_id, $6), image_width = $7, \
                 image_height = $8, stored_bytes = stored_bytes + $9, notes = COALESCE($10, notes), \
                 own_mouths = $11 \
                 WHERE id = $1 RETURNING group_id, workspace_id, look_type",
            )
            .bind(id.as_str())
            .bind(&trained.puppet_key)
            .bind(&trained.preview_image_key)
            .bind(&trained.preview_video_key)
            .bind(trained.gender.map(Gender::as_str))
            .bind(trained.default_voice_id.as_ref().map(VoiceId::as_str))
            .bind(i64::from(trained.image_width))
            .bind(i64::from(trained.image_height))
            .bind(trained.stored_bytes)
            .bind(trained.notes.as_deref().and_then(json_of))
            .bind(trained.own_mouths)
            .fetch_one(&mut *tx)
            .await?;
            refresh_group!(tx, &group);
            let data = serde_json::json!({
                "avatar_id": id.as_str(),
                "avatar_group_id": group,
            });
            let [kind, _] = event_kinds(&look_type);
            crate::webhooks::emit!(tx, &workspace, kind, id.as_str(), data, None, now);
            Ok(())
        })
    }

    /// Ends the job and fails the look.
    pub async fn fail_training(
        &self,
        lease: &Lease,
        id: &LookId,
        failure: &Failure,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            lock_group_of_look!(tx, id.as_str());
            end_job!(tx, lease, "failed", Some(failure), now);
            fail_look_rows!(tx, id, failure, now);
            Ok(())
        })
    }

    /// Deletes the look, and its group with the last one; gives the keys of the objects nobody needs any more. `actor` is
    /// who did it, for the ledger of consent.
    pub async fn delete_look(
        &self,
        workspace: &WorkspaceId,
        id: &LookId,
        actor: &str,
        now: UnixMillis,
    ) -> Result<Vec<String>, StoreError> {
        writing!(self, |tx| {
            lock_group_of_look!(tx, id.as_str());
            let (group, source, puppet, image, video): (
                String,
                String,
                Option<String>,
                Option<String>,
                Option<String>,
            ) = sqlx::query_as(
                "DELETE FROM looks WHERE id = $1 AND workspace_id = $2 AND NOT is_public \
                 RETURNING group_id, source_key, puppet_key, preview_image_key, preview_video_key",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .fetch_one(&mut *tx)
            .await?;
            cancel_jobs!(tx, id.as_str(), now);
            let mut keys = object_keys(vec![(source, puppet, image, video)]);
            let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM looks WHERE group_id = $1")
                .bind(&group)
                .fetch_one(&mut *tx)
                .await?;
            if left == 0 {
                keys.extend(erase!(tx, workspace, group.as_str(), actor, now));
            }
            let emptied = sqlx::query(
                "DELETE FROM avatar_groups WHERE id = $1 \
                 AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.group_id = $1)",
            )
            .bind(&group)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if emptied == 0 {
                refresh_group!(tx, &group);
            }
            Ok(keys)
        })
    }

    /// Deletes the group with its looks and all that is known of its person but for the ledger; gives the keys of the
    /// objects nobody needs any more. `actor` is who did it, for the ledger of consent.
    pub async fn delete_group(
        &self,
        workspace: &WorkspaceId,
        id: &GroupId,
        actor: &str,
        now: UnixMillis,
    ) -> Result<Vec<String>, StoreError> {
        writing!(self, |tx| {
            // Looks first, as they point to the group; the lock keeps a look from being added meanwhile.
            let found = sqlx::query(
                "UPDATE avatar_groups SET name = name \
                 WHERE id = $1 AND workspace_id = $2 AND NOT is_public",
            )
            .bind(id.as_str())
            .bind(workspace.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if found == 0 {
                return Err(StoreError::NotFound);
            }
            sqlx::query(
                "UPDATE jobs SET cancel_requested = TRUE, \
                 state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END, \
                 ended_at = CASE WHEN state = 'queued' THEN $2 ELSE ended_at END \
                 WHERE state IN ('queued', 'running') \
                 AND subject_id IN (SELECT l.id FROM looks l WHERE l.group_id = $1)",
            )
            .bind(id.as_str())
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            let looks: Vec<LookObjects> = sqlx::query_as(
                "DELETE FROM looks WHERE group_id = $1 \
                 RETURNING source_key, puppet_key, preview_image_key, preview_video_key",
            )
            .bind(id.as_str())
            .fetch_all(&mut *tx)
            .await?;
            let mut keys = object_keys(looks);
            keys.extend(erase!(tx, workspace, id.as_str(), actor, now));
            sqlx::query("DELETE FROM avatar_groups WHERE id = $1")
                .bind(id.as_str())
                .execute(&mut *tx)
                .await?;
            Ok(keys)
        })
    }
}
