//! Consent moves as it should, nothing is used without it, and the ledger cannot be changed unseen.

use likeness_domain::avatar::{AvatarGroup, AvatarStatus, Look, LookType};
use likeness_domain::consent::{
    Act, ConsentLink, ConsentRecording, ConsentStatus, LedgerEntry, Verdict,
};
use likeness_domain::id::{ConsentLinkId, RecordingId};
use likeness_domain::video::{Picture, Video};
use likeness_store::{NewRecording, Settled, Store, StoreError, Text};

use crate::records::*;
use crate::stores;

fn entry(group: &AvatarGroup, act: Act) -> LedgerEntry {
    LedgerEntry {
        at: NOW,
        workspace_id: group.workspace_id.clone(),
        group_id: group.id.clone(),
        act,
        actor: "test".to_owned(),
        recording_sha256: None,
        detail: "{}".to_owned(),
    }
}

fn words(text: &str) -> Text {
    Text {
        salt: "00112233445566778899aabbccddeeff".to_owned(),
        text: text.to_owned(),
    }
}

/// A group with a trained twin, and a video of it.
async fn twin(store: &Store) -> (AvatarGroup, Look, Video) {
    let ws = workspace(store).await;
    let group = group(&ws, NOW.0);
    let look = Look {
        look_type: LookType::DigitalTwin,
        ..look(&group, NOW.0)
    };
    let training = job(&ws, look.id.as_str());
    store
        .insert_look(Some(&group), &look, training)
        .await
        .unwrap();
    let begun = store.get_group(&ws, &group.id).await.unwrap();
    assert_eq!(begun.consent_status, Some(ConsentStatus::Pending));
    assert_eq!(begun.status, AvatarStatus::Processing);
    let lease = claim_of(store, look.id.as_str()).await.lease;
    store
        .complete_training(&lease, &look.id, &trained(&look), NOW)
        .await
        .unwrap();
    let mut video = video(&ws, None, NOW.0);
    if let Picture::Look(shown) = &mut video.request.scenes[0].picture {
        shown.look_id = look.id.clone();
    }
    (group, look, video)
}

async fn standing(store: &Store, group: &AvatarGroup) -> (AvatarStatus, Option<ConsentStatus>) {
    let found = store.get_group(&group.workspace_id, &group.id).await;
    let found = found.unwrap();
    (found.status, found.consent_status)
}

fn link(group: &AvatarGroup) -> ConsentLink {
    ConsentLink {
        id: ConsentLinkId::new(),
        group_id: group.id.clone(),
        workspace_id: group.workspace_id.clone(),
        statement: "I agree. river, candle, piano".to_owned(),
        passphrase: "river candle piano".to_owned(),
        reroute_url: None,
        created_at: NOW,
        expires_at: NOW.plus_millis(1000),
        used_at: None,
    }
}

fn recording(group: &AvatarGroup, link: Option<&ConsentLink>) -> ConsentRecording {
    let id = RecordingId::new();
    ConsentRecording {
        object_key: format!("consent/{id}.webm"),
        id,
        group_id: group.id.clone(),
        workspace_id: group.workspace_id.clone(),
        link_id: link.map(|link| link.id.clone()),
        mime_type: "video/webm".to_owned(),
        size_bytes: 10,
        sha256: "ab".repeat(32),
        statement: "I agree.".to_owned(),
        passphrase: link.map(|link| link.passphrase.clone()),
        verdict: Verdict::Verifying,
        reasons: Vec::new(),
        measures: "{}".to_owned(),
        created_at: NOW,
        decided_at: None,
    }
}

async fn receive(
    store: &Store,
    group: &AvatarGroup,
    recording: &ConsentRecording,
) -> Result<(), StoreError> {
    let new = NewRecording {
        recording,
        entry: &entry(group, Act::RecordingReceived),
        statement: &words("I, Anna, agree."),
        job: job(&group.workspace_id, recording.id.as_str()),
    };
    store.insert_consent_recording(new).await
}

async fn settle(store: &Store, group: &AvatarGroup, made: &ConsentRecording, verdict: Verdict) {
    let lease = claim_of(store, made.id.as_str()).await.lease;
    let settled = Settled {
        verdict,
        reasons: &["face_differs".to_owned()],
        measures: "{\"face\":0.7}",
        entries: &[entry(group, Act::Checked), entry(group, Act::Granted)],
        words: None,
    };
    let written = store.settle_consent(Some(&lease), made, settled, NOW).await;
    written.unwrap();
}

#[tokio::test]
async fn a_twin_is_used_between_consent_and_its_end_only() {
    for (_backend, store) in stores().await {
        let (group, _, video) = twin(&store).await;
        let pending = (AvatarStatus::PendingConsent, Some(ConsentStatus::Pending));
        assert_eq!(standing(&store, &group).await, pending);
        let early = store
            .insert_video(&video, job(&group.workspace_id, "v"))
            .await;
        assert!(
            matches!(early, Err(StoreError::ConsentRequired)),
            "{early:?}"
        );
        assert!(!store.consent_stands(&video).await.unwrap());

        let page = link(&group);
        store
            .insert_consent_link(&page, &entry(&group, Act::LinkCreated), &words("x"))
            .await
            .unwrap();
        assert_eq!(store.find_consent_link(&page.id).await.unwrap(), page);
        let open = store.open_consent_link(&group.id, NOW).await.unwrap();
        assert_eq!(open.as_ref(), Some(&page));
        let first = recording(&group, Some(&page));
        receive(&store, &group, &first).await.unwrap();
        let second = receive(&store, &group, &recording(&group, Some(&page))).await;
        assert!(matches!(second, Err(StoreError::NotFound)), "{second:?}");
        assert_eq!(store.open_consent_link(&group.id, NOW).await.unwrap(), None);
        assert_eq!(
            standing(&store, &group).await.1,
            Some(ConsentStatus::Verifying)
        );
        settle(&store, &group, &first, Verdict::Rejected).await;
        let rejected = (AvatarStatus::PendingConsent, Some(ConsentStatus::Rejected));
        assert_eq!(standing(&store, &group).await, rejected);

        let sent = recording(&group, None);
        receive(&store, &group, &sent).await.unwrap();
        settle(&store, &group, &sent, Verdict::Approved).await;
        let approved = (AvatarStatus::Completed, Some(ConsentStatus::Approved));
        assert_eq!(standing(&store, &group).await, approved);
        let kept = store.find_consent_recording(&sent.id).await.unwrap();
        assert_eq!((kept.verdict, kept.reasons.len()), (Verdict::Approved, 1));
        new_video(&store, &video).await;
        assert!(store.consent_stands(&video).await.unwrap());

        // A bad recording takes nothing back.
        let worse = recording(&group, None);
        receive(&store, &group, &worse).await.unwrap();
        settle(&store, &group, &worse, Verdict::Rejected).await;
        assert_eq!(standing(&store, &group).await, approved);

        let open = recording(&group, None);
        receive(&store, &group, &open).await.unwrap();
        let revoked = entry(&group, Act::Revoked);
        store
            .set_consent(
                ConsentStatus::Revoked,
                &revoked,
                Some(&words("asked for it")),
            )
            .await
            .unwrap();
        assert_eq!(
            standing(&store, &group).await.0,
            AvatarStatus::PendingConsent
        );
        assert!(!store.consent_stands(&video).await.unwrap());
        let closed = store.find_consent_recording(&open.id).await.unwrap();
        assert_eq!(closed.reasons, ["revoked"]);
        store.record_refused_use(&video, NOW).await.unwrap();
        let told = store.ledger_of(&group.id).await.unwrap();
        let acts: Vec<_> = told
            .iter()
            .map(|record| record.entry.act.as_str())
            .collect();
        let wanted = "link_created recording_received checked granted recording_received checked \
            granted used recording_received checked granted recording_received revoked use_refused";
        assert_eq!(acts.join(" "), wanted);
        assert_eq!(told[12].text.as_deref(), Some("asked for it"));
        let check = store.check_ledger(Some(&told[3].hash)).await.unwrap();
        assert_eq!((check.records, check.faults.len()), (14, 0), "{check:?}");
        assert!(check.holds_expected && check.head == told[13].hash);
    }
}

#[tokio::test]
async fn an_expired_page_takes_no_recording() {
    for (_backend, store) in stores().await {
        let (group, _, _) = twin(&store).await;
        let page = link(&group);
        store
            .insert_consent_link(&page, &entry(&group, Act::LinkCreated), &words("x"))
            .await
            .unwrap();
        let late = ConsentRecording {
            created_at: page.expires_at,
            ..recording(&group, Some(&page))
        };
        let late = receive(&store, &group, &late).await;
        assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
        assert_eq!(
            standing(&store, &group).await.1,
            Some(ConsentStatus::Pending)
        );
    }
}

#[tokio::test]
async fn erasure_leaves_the_fact_and_no_words() {
    for (_backend, store) in stores().await {
        let (group, look, _) = twin(&store).await;
        let ws = &group.workspace_id;
        let faces = vec![vec![0.25_f32; 128]; 3];
        store
            .put_group_faces(ws, &group.id, &faces, NOW)
            .await
            .unwrap();
        assert_eq!(store.group_faces(ws, &group.id).await.unwrap(), faces);
        let other = workspace(&store).await;
        assert!(
            store
                .group_faces(&other, &group.id)
                .await
                .unwrap()
                .is_empty()
        );
        let made = recording(&group, None);
        receive(&store, &group, &made).await.unwrap();
        let keys = store
            .delete_group(ws, &group.id, "key:k", NOW)
            .await
            .unwrap();
        assert!(
            keys.contains(&look.source_key) && keys.contains(&made.object_key),
            "{keys:?}"
        );
        assert!(store.group_faces(ws, &group.id).await.unwrap().is_empty());
        let gone = store.find_consent_recording(&made.id).await;
        assert!(matches!(gone, Err(StoreError::NotFound)));
        let told = store.ledger_of(&group.id).await.unwrap();
        let last = told.last().unwrap();
        assert_eq!(
            (last.entry.act, last.entry.actor.as_str()),
            (Act::Erased, "key:k")
        );
        assert!(told.iter().all(|record| record.text.is_none()), "{told:?}");
        assert_eq!(store.check_ledger(None).await.unwrap().faults, [""; 0]);
        assert!(claim(&store).await.is_none(), "its job is cancelled");
    }
}

/// Runs statements past the program, as somebody could who has the database.
async fn tamper(backend: &likeness_testkit::Backend, sql: &str) -> Result<(), sqlx::Error> {
    if let Some(path) = backend.database_url.strip_prefix("sqlite:") {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{path}")).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&pool)
            .await?;
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(&backend.database_url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&pool)
            .await?;
        pool.close().await;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_changed_in_the_ledger_shows() {
    for (backend, store) in stores().await {
        let (group, _, _) = twin(&store).await;
        for text in ["one", "two", "three"] {
            let made = entry(&group, Act::Granted);
            store
                .set_consent(ConsentStatus::Approved, &made, Some(&words(text)))
                .await
                .unwrap();
        }
        let whole = store.check_ledger(None).await.unwrap();
        assert_eq!((whole.records, whole.faults.len()), (3, 0));
        for refused in [
            "UPDATE consent_ledger SET actor = 'nobody' WHERE seq = 2",
            "DELETE FROM consent_ledger WHERE seq = 2",
        ] {
            let error = tamper(&backend, refused).await.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{error}");
        }
        let on = if backend.name.starts_with("postgres") {
            " ON consent_ledger"
        } else {
            ""
        };
        tamper(&backend, &format!("DROP TRIGGER consent_ledger_keeps{on}"))
            .await
            .unwrap();
        if on.is_empty() {
            tamper(&backend, "DROP TRIGGER consent_ledger_stays")
                .await
                .unwrap();
        }
        let faults = async |sql: &str| {
            tamper(&backend, sql).await.unwrap();
            store.check_ledger(Some(&whole.head)).await.unwrap()
        };
        let changed = faults("UPDATE consent_texts SET text = 'other' WHERE text = 'two'").await;
        assert!(
            changed
                .faults
                .iter()
                .any(|f| f.contains("record 2: the words")),
            "{changed:?}"
        );
        let back = "UPDATE consent_texts SET text = 'two' WHERE text = 'other'";
        assert!(faults(back).await.faults.is_empty());
        let changed = faults("UPDATE consent_ledger SET actor = 'nobody' WHERE seq = 2").await;
        assert!(
            changed
                .faults
                .iter()
                .any(|f| f.contains("record 2: its hash")),
            "{changed:?}"
        );
        let cut = faults("DELETE FROM consent_ledger WHERE seq = 3").await;
        assert!(
            cut.faults.iter().any(|f| f.contains("ends with record 2")),
            "{cut:?}"
        );
        assert!(!cut.holds_expected);
    }
}
