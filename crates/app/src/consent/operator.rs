//! What an operator does by hand: decide, vouch, and take back.

use likeness_domain::consent::{Act, ConsentStatus, LedgerEntry, Verdict};
use likeness_domain::id::{GroupId, RecordingId, WorkspaceId};
use likeness_domain::time::UnixMillis;
use likeness_store::{Settled, Store, StoreError};

use super::job::entry_of;
use super::links::salted;
use super::verdict::reason;

/// Who does it, and why: the ledger keeps the name, and the reason until the person is erased.
#[derive(Debug, Clone)]
pub struct Signed {
    pub by: String,
    pub why: String,
}

impl Signed {
    fn actor(&self) -> String {
        format!("operator:{}", self.by)
    }
}

/// Decides a recording that waits for an operator.
pub async fn decide(
    store: &Store,
    id: &RecordingId,
    approve: bool,
    signed: &Signed,
    now: UnixMillis,
) -> anyhow::Result<()> {
    let recording = store.find_consent_recording(id).await?;
    if recording.verdict != Verdict::NeedsReview {
        anyhow::bail!(
            "recording {id} is {}, it waits for nobody",
            recording.verdict.as_str()
        );
    }
    let (verdict, act) = if approve {
        (Verdict::Approved, Act::Granted)
    } else {
        (Verdict::Rejected, Act::Rejected)
    };
    let mut reasons = recording.reasons.clone();
    if !approve {
        reasons.insert(0, reason::OPERATOR.to_owned());
    }
    let entry = entry_of(&recording, act, &signed.actor(), verdict, &reasons, now);
    let words = salted(&signed.why)?;
    let settled = Settled {
        verdict,
        reasons: &reasons,
        measures: &recording.measures,
        entries: &[entry],
        words: Some(&words),
    };
    store.settle_consent(None, &recording, settled, now).await?;
    Ok(())
}

/// Vouches for a person's consent that was given elsewhere; `signed.why` says how.
pub async fn attest(
    store: &Store,
    workspace: &WorkspaceId,
    group: &GroupId,
    signed: &Signed,
    now: UnixMillis,
) -> anyhow::Result<()> {
    change(
        store,
        workspace,
        group,
        (ConsentStatus::Approved, Act::Granted),
        "needs",
        signed,
        now,
    )
    .await
}

/// Takes consent back: no video is made from here on, and those that are being made fail.
pub async fn revoke(
    store: &Store,
    workspace: &WorkspaceId,
    group: &GroupId,
    signed: &Signed,
    now: UnixMillis,
) -> anyhow::Result<()> {
    change(
        store,
        workspace,
        group,
        (ConsentStatus::Revoked, Act::Revoked),
        "has",
        signed,
        now,
    )
    .await
}

/// Changes where the group stands; `lacks` says what one without a digital twin does with consent.
async fn change(
    store: &Store,
    workspace: &WorkspaceId,
    group: &GroupId,
    (status, act): (ConsentStatus, Act),
    lacks: &str,
    signed: &Signed,
    now: UnixMillis,
) -> anyhow::Result<()> {
    let found = store.get_group(workspace, group).await?;
    if found.consent_status.is_none() {
        anyhow::bail!("group {group} has no digital twin, so it {lacks} no consent");
    }
    let entry = LedgerEntry {
        at: now,
        workspace_id: workspace.clone(),
        group_id: group.clone(),
        act,
        actor: signed.actor(),
        recording_sha256: None,
        detail: serde_json::json!({ "by": "operator" }).to_string(),
    };
    let words = salted(&signed.why).map_err(|_| StoreError::Corrupt("random source"))?;
    store.set_consent(status, &entry, Some(&words)).await?;
    Ok(())
}
