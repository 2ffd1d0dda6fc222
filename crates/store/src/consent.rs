//! Consent: the pages and recordings by which a person agrees, and what follows for their group. Every change writes the
//! ledger in the same transaction.

use likeness_domain::avatar::Failure;
use likeness_domain::consent::{
    Act, ConsentLink, ConsentRecording, ConsentStatus, LedgerEntry, Verdict,
};
use likeness_domain::id::{ConsentLinkId, GroupId, LookId, RecordingId, WorkspaceId};
use likeness_domain::time::UnixMillis;

use crate::avatars::refresh_group;
use crate::db::{reading, writing};
use crate::jobs::{Lease, NewJob, cancel_jobs, end_job, insert_job};
use crate::ledger::{Text, append};
use crate::{Store, StoreError};

/// A recording that has arrived whole, and how it was sent.
#[derive(Debug)]
pub struct NewRecording<'a> {
    pub recording: &'a ConsentRecording,
    pub entry: &'a LedgerEntry,
    /// What was to be spoken.
    pub statement: &'a Text,
    pub job: NewJob,
}

/// How a recording was judged.
#[derive(Debug)]
pub struct Settled<'a> {
    pub verdict: Verdict,
    pub reasons: &'a [String],
    /// JSON object.
    pub measures: &'a str,
    /// What the ledger is told, in order.
    pub entries: &'a [LedgerEntry],
    /// An operator's words, that go with the last entry.
    pub words: Option<&'a Text>,
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    id: String,
    group_id: String,
    workspace_id: String,
    statement: String,
    passphrase: String,
    reroute_url: Option<String>,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
}

impl TryFrom<LinkRow> for ConsentLink {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::Corrupt("id");
        Ok(Self {
            id: row.id.parse().map_err(corrupt)?,
            group_id: row.group_id.parse().map_err(corrupt)?,
            workspace_id: row.workspace_id.parse().map_err(corrupt)?,
            statement: row.statement,
            passphrase: row.passphrase,
            reroute_url: row.reroute_url,
            created_at: UnixMillis(row.created_at),
            expires_at: UnixMillis(row.expires_at),
            used_at: row.used_at.map(UnixMillis),
        })
    }
}

#[derive(sqlx::FromRow)]
struct RecordingRow {
    id: String,
    group_id: String,
    workspace_id: String,
    link_id: Option<String>,
    object_key: String,
    mime_type: String,
    size_bytes: i64,
    sha256: String,
    statement: String,
    passphrase: Option<String>,
    verdict: String,
    reasons: String,
    measures: String,
    created_at: i64,
    decided_at: Option<i64>,
}

impl TryFrom<RecordingRow> for ConsentRecording {
    type Error = StoreError;

    fn try_from(row: RecordingRow) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::Corrupt("id");
        Ok(Self {
            id: row.id.parse().map_err(corrupt)?,
            group_id: row.group_id.parse().map_err(corrupt)?,
            workspace_id: row.workspace_id.parse().map_err(corrupt)?,
            link_id: row
                .link_id
                .map(|id| id.parse().map_err(corrupt))
                .transpose()?,
            object_key: row.object_key,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            statement: row.statement,
            passphrase: row.passphrase,
            verdict: Verdict::from_name(&row.verdict).ok_or(StoreError::Corrupt("verdict"))?,
            reasons: serde_json::from_str(&row.reasons)
                .map_err(|_| StoreError::Corrupt("reasons"))?,
            measures: row.measures,
            created_at: UnixMillis(row.created_at),
            decided_at: row.decided_at.map(UnixMillis),
        })
    }
}

/// Locks the group's row, which comes before the ledger's head everywhere; [`StoreError::NotFound`] when it has gone.
macro_rules! lock_group {
    ($tx:expr, $group:expr) => {{
        let found = sqlx::query("UPDATE avatar_groups SET name = name WHERE id = $1")
            .bind($group)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
        if found == 0 {
            return Err($crate::StoreError::NotFound);
        }
    }};
}

/// Moves a group's consent on. What was approved stays so, unless it is revoked or the footage has changed: a recording
/// that is not good enough takes nothing back.
const MOVE: &str = "UPDATE avatar_groups SET consent_status = $2 WHERE id = $1 \
    AND (consent_status IS NULL OR consent_status <> 'approved')";
const SET: &str = "UPDATE avatar_groups SET consent_status = $2 WHERE id = $1";

macro_rules! set_status {
    ($tx:expr, $sql:expr, $group:expr, $status:expr) => {
        sqlx::query($sql)
            .bind($group)
            .bind($status.as_str())
            .execute(&mut *$tx)
            .await?;
        refresh_group!($tx, $group);
    };
}

/// Those whom videos show as digital twins must have agreed, and the ledger is told of each use. Gets pairs of video and
/// job. All groups are locked before the ledger is written, in one order, so that no two transactions wait for each other
/// in a circle.
macro_rules! record_uses {
    ($tx:expr, $videos:expr) => {{
        let mut uses = Vec::new();
        let mut groups = std::collections::BTreeSet::new();
        for (video, job) in $videos {
            for group in $crate::consent::twins!($tx, video) {
                groups.insert(group.clone());
                uses.push((video, job, group));
            }
        }
        for group in groups {
            let stands = sqlx::query(
                "UPDATE avatar_groups SET name = name WHERE id = $1 AND consent_status = 'approved'",
            )
            .bind(&group)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
            if stands == 0 {
                return Err($crate::StoreError::ConsentRequired);
            }
        }
        for (video, job, group) in uses {
            let act = likeness_domain::consent::Act::Used;
            let key = job.key_id.as_ref();
            let entry = $crate::consent::use_entry(video, &group, act, key, video.created_at)?;
            $crate::ledger::append!($tx, &entry, None);
        }
    }};
}

/// Ids of the private groups whose twins the video shows, each once.
macro_rules! twins {
    ($tx:expr, $video:expr) => {{
        let mut groups = std::collections::BTreeSet::new();
        for look in $crate::consent::looks_of($video) {
            let group: Option<String> = sqlx::query_scalar(
                "SELECT group_id FROM looks WHERE id = $1 AND look_type = 'digital_twin' \
                 AND is_public = FALSE",
            )
            .bind(look.as_str())
            .fetch_optional(&mut *$tx)
            .await?;
            groups.extend(group);
        }
        groups
    }};
}

/// Deletes what is known of a group's person but for the ledger, which is told so if it knows the group; before the
/// group's own row, whose lock is held. Gives the keys of the recordings.
macro_rules! erase {
    ($tx:expr, $workspace:expr, $group:expr, $actor:expr, $now:expr) => {{
        let recordings: Vec<(String, String)> = sqlx::query_as(
            "DELETE FROM consent_recordings WHERE group_id = $1 RETURNING id, object_key",
        )
        .bind($group)
        .fetch_all(&mut *$tx)
        .await?;
        let mut keys = Vec::with_capacity(recordings.len());
        for (id, key) in recordings {
            $crate::jobs::cancel_jobs!($tx, &id, $now);
            keys.push(key);
        }
        for sql in [
            "DELETE FROM consent_links WHERE group_id = $1",
            "DELETE FROM group_faces WHERE group_id = $1",
            "DELETE FROM consent_texts WHERE group_id = $1",
        ] {
            sqlx::query(sql).bind($group).execute(&mut *$tx).await?;
        }
        let known: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM consent_ledger WHERE group_id = $1")
                .bind($group)
                .fetch_one(&mut *$tx)
                .await?;
        if known > 0 {
            let entry = likeness_domain::consent::LedgerEntry {
                at: $now,
                workspace_id: $workspace.clone(),
                group_id: $group
                    .parse()
                    .map_err(|_| $crate::StoreError::Corrupt("id"))?,
                act: likeness_domain::consent::Act::Erased,
                actor: $actor.to_owned(),
                recording_sha256: None,
                detail: "{}".to_owned(),
            };
            $crate::ledger::append!($tx, &entry, None);
        }
        keys
    }};
}
pub(crate) use {erase, record_uses, twins};

/// The looks that a video shows.
pub(crate) fn looks_of(video: &likeness_domain::video::Video) -> Vec<&LookId> {
    use likeness_domain::video::Picture;
    let pictures = video.request.scenes.iter().map(|scene| &scene.picture);
    pictures
        .filter_map(|picture| match picture {
            Picture::Look(look) => Some(&look.look_id),
            _ => None,
        })
        .collect()
}

/// What the ledger is told of a video.
pub(crate) fn use_entry(
    video: &likeness_domain::video::Video,
    group: &str,
    act: Act,
    key: Option<&likeness_domain::id::KeyId>,
    at: UnixMillis,
) -> Result<LedgerEntry, StoreError> {
    Ok(LedgerEntry {
        at,
        workspace_id: video.workspace_id.clone(),
        group_id: group.parse().map_err(|_| StoreError::Corrupt("id"))?,
        act,
        actor: key.map_or_else(|| "server".to_owned(), |key| format!("key:{key}")),
        recording_sha256: None,
        detail: serde_json::json!({ "video_id": video.id.as_str() }).to_string(),
    })
}

impl Store {
    /// Keeps the faces that a group's footage shows, each of 128 numbers, in place of those before.
    pub async fn put_group_faces(
        &self,
        workspace: &WorkspaceId,
        group: &GroupId,
        faces: &[Vec<f32>],
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_string(faces).map_err(|_| StoreError::Corrupt("faces"))?;
        writing!(self, |tx| {
            lock_group!(tx, group.as_str());
            sqlx::query(
                "INSERT INTO group_faces (group_id, workspace_id, embeddings, updated_at) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (group_id) \
                 DO UPDATE SET embeddings = $3, updated_at = $4",
            )
            .bind(group.as_str())
            .bind(workspace.as_str())
            .bind(&json)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// The faces of [`Self::put_group_faces`]; none for a group without footage.
    pub async fn group_faces(
        &self,
        workspace: &WorkspaceId,
        group: &GroupId,
    ) -> Result<Vec<Vec<f32>>, StoreError> {
        let json: Option<String> = reading!(self, |pool| {
            sqlx::query_scalar(
                "SELECT embeddings FROM group_faces WHERE group_id = $1 AND workspace_id = $2",
            )
            .bind(group.as_str())
            .bind(workspace.as_str())
            .fetch_optional(pool)
            .await
        })?;
        json.map_or(Ok(Vec::new()), |json| {
            serde_json::from_str(&json).map_err(|_| StoreError::Corrupt("faces"))
        })
    }

    /// Sets where a group's consent stands, whatever it was. When it no longer stands, its open pages are closed and its
    /// undecided recordings are not looked at any more.
    pub async fn set_consent(
        &self,
        status: ConsentStatus,
        entry: &LedgerEntry,
        words: Option<&Text>,
    ) -> Result<(), StoreError> {
        let group = entry.group_id.as_str();
        writing!(self, |tx| {
            lock_group!(tx, group);
            set_status!(tx, SET, group, status);
            if status == ConsentStatus::Revoked {
                sqlx::query(
                    "UPDATE consent_links SET used_at = $2 WHERE group_id = $1 AND used_at IS NULL",
                )
                .bind(group)
                .bind(entry.at.0)
                .execute(&mut *tx)
                .await?;
                let open: Vec<String> = sqlx::query_scalar(
                    "UPDATE consent_recordings SET verdict = 'rejected', reasons = '[\"revoked\"]', \
                     decided_at = $2 WHERE group_id = $1 \
                     AND verdict IN ('verifying', 'needs_review') RETURNING id",
                )
                .bind(group)
                .bind(entry.at.0)
                .fetch_all(&mut *tx)
                .await?;
                for id in open {
                    cancel_jobs!(tx, &id, entry.at);
                }
            }
            append!(tx, entry, words);
            Ok(())
        })
    }

    /// The workspace that a group is of, for the operator.
    pub async fn workspace_of_group(&self, group: &GroupId) -> Result<WorkspaceId, StoreError> {
        let id: String = reading!(self, |pool| {
            sqlx::query_scalar("SELECT workspace_id FROM avatar_groups WHERE id = $1")
                .bind(group.as_str())
                .fetch_one(pool)
                .await
        })?;
        id.parse().map_err(|_| StoreError::Corrupt("id"))
    }

    /// Writes a page; consent is waited for from then on, unless it stands already.
    pub async fn insert_consent_link(
        &self,
        link: &ConsentLink,
        entry: &LedgerEntry,
        statement: &Text,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            lock_group!(tx, link.group_id.as_str());
            sqlx::query(
                "INSERT INTO consent_links (id, group_id, workspace_id, statement, passphrase, \
                 reroute_url, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(link.id.as_str())
            .bind(link.group_id.as_str())
            .bind(link.workspace_id.as_str())
            .bind(&link.statement)
            .bind(&link.passphrase)
            .bind(&link.reroute_url)
            .bind(link.created_at.0)
            .bind(link.expires_at.0)
            .execute(&mut *tx)
            .await?;
            append!(tx, entry, Some(statement));
            Ok(())
        })
    }

    /// A page, whoever asks: its signed link is what opens it.
    pub async fn find_consent_link(&self, id: &ConsentLinkId) -> Result<ConsentLink, StoreError> {
        let row: LinkRow = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM consent_links WHERE id = $1")
                .bind(id.as_str())
                .fetch_one(pool)
                .await
        })?;
        row.try_into()
    }

    /// The newest page of a group that still takes a recording.
    pub async fn open_consent_link(
        &self,
        group: &GroupId,
        now: UnixMillis,
    ) -> Result<Option<ConsentLink>, StoreError> {
        let row: Option<LinkRow> = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT * FROM consent_links WHERE group_id = $1 AND used_at IS NULL \
                 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 1",
            )
            .bind(group.as_str())
            .bind(now.0)
            .fetch_optional(pool)
            .await
        })?;
        row.map(TryInto::try_into).transpose()
    }

    /// Writes a recording with the job that checks it. The page that it came from, or whose words it speaks, takes no
    /// other: [`StoreError::NotFound`] when the page has had its recording already, or has expired.
    pub async fn insert_consent_recording(&self, new: NewRecording<'_>) -> Result<(), StoreError> {
        let NewRecording {
            recording,
            entry,
            statement,
            job,
        } = new;
        writing!(self, |tx| {
            lock_group!(tx, recording.group_id.as_str());
            if let Some(link) = &recording.link_id {
                let taken = sqlx::query(
                    "UPDATE consent_links SET used_at = $2 WHERE id = $1 AND used_at IS NULL \
                     AND expires_at > $2",
                )
                .bind(link.as_str())
                .bind(recording.created_at.0)
                .execute(&mut *tx)
                .await?
                .rows_affected();
                if taken == 0 {
                    return Err(StoreError::NotFound);
                }
            }
            sqlx::query(
                "INSERT INTO consent_recordings (id, group_id, workspace_id, link_id, object_key, \
                 mime_type, size_bytes, sha256, statement, passphrase, verdict, reasons, measures, \
                 created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'verifying', '[]', \
                 '{}', $11)",
            )
            .bind(recording.id.as_str())
            .bind(recording.group_id.as_str())
            .bind(recording.workspace_id.as_str())
            .bind(recording.link_id.as_ref().map(ConsentLinkId::as_str))
            .bind(&recording.object_key)
            .bind(&recording.mime_type)
            .bind(recording.size_bytes)
            .bind(&recording.sha256)
            .bind(&recording.statement)
            .bind(&recording.passphrase)
            .bind(recording.created_at.0)
            .execute(&mut *tx)
            .await?;
            let group = recording.group_id.as_str();
            set_status!(tx, MOVE, group, ConsentStatus::Verifying);
            append!(tx, entry, Some(statement));
            insert_job!(tx, job);
            Ok(())
        })
    }

    /// A recording of a workspace.
    pub async fn get_consent_recording(
        &self,
        workspace: &WorkspaceId,
        id: &RecordingId,
    ) -> Result<ConsentRecording, StoreError> {
        let row: RecordingRow = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM consent_recordings WHERE id = $1 AND workspace_id = $2")
                .bind(id.as_str())
                .bind(workspace.as_str())
                .fetch_one(pool)
                .await
        })?;
        row.try_into()
    }

    /// A recording of any workspace, for the operator.
    pub async fn find_consent_recording(
        &self,
        id: &RecordingId,
    ) -> Result<ConsentRecording, StoreError> {
        let row: RecordingRow = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM consent_recordings WHERE id = $1")
                .bind(id.as_str())
                .fetch_one(pool)
                .await
        })?;
        row.try_into()
    }

    /// The recording that a page took.
    pub async fn recording_of_link(
        &self,
        link: &ConsentLinkId,
    ) -> Result<Option<ConsentRecording>, StoreError> {
        let row: Option<RecordingRow> = reading!(self, |pool| {
            sqlx::query_as("SELECT * FROM consent_recordings WHERE link_id = $1")
                .bind(link.as_str())
                .fetch_optional(pool)
                .await
        })?;
        row.map(TryInto::try_into).transpose()
    }

    /// Recordings that wait for an operator, the oldest first.
    pub async fn recordings_to_review(&self) -> Result<Vec<ConsentRecording>, StoreError> {
        let rows: Vec<RecordingRow> = reading!(self, |pool| {
            sqlx::query_as(
                "SELECT * FROM consent_recordings WHERE verdict = 'needs_review' \
                 ORDER BY created_at, id",
            )
            .fetch_all(pool)
            .await
        })?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Writes what was found in a recording that was not decided yet, and ends the job that looked at it, if one did.
    /// [`StoreError::NotFound`] when it has gone or was decided.
    pub async fn settle_consent(
        &self,
        lease: Option<&Lease>,
        recording: &ConsentRecording,
        settled: Settled<'_>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let group = recording.group_id.as_str();
        let reasons =
            serde_json::to_string(settled.reasons).map_err(|_| StoreError::Corrupt("reasons"))?;
        let no_failure: Option<&Failure> = None;
        writing!(self, |tx| {
            lock_group!(tx, group);
            if let Some(lease) = lease {
                end_job!(tx, lease, "done", no_failure, now);
            }
            let open = sqlx::query(
                "UPDATE consent_recordings SET verdict = $2, reasons = $3, measures = $4, \
                 decided_at = $5 WHERE id = $1 AND verdict IN ('verifying', 'needs_review')",
            )
            .bind(recording.id.as_str())
            .bind(settled.verdict.as_str())
            .bind(&reasons)
            .bind(settled.measures)
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if open == 0 {
                return Err(StoreError::NotFound);
            }
            let status = match settled.verdict {
                Verdict::Verifying => ConsentStatus::Verifying,
                Verdict::NeedsReview => ConsentStatus::NeedsReview,
                Verdict::Approved => ConsentStatus::Approved,
                Verdict::Rejected => ConsentStatus::Rejected,
            };
            set_status!(tx, MOVE, group, status);
            let last = settled.entries.len();
            for (index, entry) in settled.entries.iter().enumerate() {
                let words = settled.words.filter(|_| index + 1 == last);
                append!(tx, entry, words);
            }
            Ok(())
        })
    }

    /// Whether everybody whom the video shows as a digital twin has agreed, and has not taken it back.
    pub async fn consent_stands(
        &self,
        video: &likeness_domain::video::Video,
    ) -> Result<bool, StoreError> {
        for look in looks_of(video) {
            let missing: i64 = reading!(self, |pool| {
                sqlx::query_scalar(
                    "SELECT COUNT(*) FROM looks l JOIN avatar_groups g ON g.id = l.group_id \
                     WHERE l.id = $1 AND l.look_type = 'digital_twin' AND l.is_public = FALSE \
                     AND (g.consent_status IS NULL OR g.consent_status <> 'approved')",
                )
                .bind(look.as_str())
                .fetch_one(pool)
                .await
            })?;
            if missing > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tells the ledger that a video was stopped.
    pub async fn record_refused_use(
        &self,
        video: &likeness_domain::video::Video,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            for group in twins!(tx, video) {
                let entry = use_entry(video, &group, Act::UseRefused, None, now)?;
                append!(tx, &entry, None);
            }
            Ok(())
        })
    }
}
