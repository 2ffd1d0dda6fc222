//! Groups and looks: the group's state follows its looks, whatever order they end in.

use likeness_domain::avatar::{AvatarStatus, LookType};
use likeness_domain::id::GroupId;
use likeness_domain::page::Ownership;
use likeness_store::{PUBLIC_WORKSPACE, StoreError};

use crate::records::*;
use crate::stores;

#[tokio::test]
async fn a_group_shows_what_its_looks_came_to() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let (group, first_look) = new_avatar(&store, &ws).await;
        let state = async || store.get_group(&ws, &group.id).await.unwrap();
        assert_eq!(state().await.status, AvatarStatus::Processing);

        let lost = claim_of(&store, first_look.id.as_str()).await;
        let why = failure("no_face");
        store
            .fail_training(&lost.lease, &first_look.id, &why, NOW)
            .await
            .unwrap();
        let failed = state().await;
        assert_eq!(
            (failed.status, failed.error),
            (AvatarStatus::Failed, Some(why))
        );

        let second = add_look(&store, &group, NOW.0 + 1).await;
        let busy = state().await;
        assert_eq!(
            (busy.status, busy.error, busy.looks_count),
            (AvatarStatus::Processing, None, 2)
        );

        let job = claim_of(&store, second.id.as_str()).await;
        let made = trained(&second);
        store
            .report_look_progress(&job.lease, &second.id, 0.5)
            .await
            .unwrap();
        let half = store.get_look(&ws, &second.id).await.unwrap();
        assert!((half.progress - 0.5).abs() < 1e-9);
        store
            .complete_training(&job.lease, &second.id, &made, NOW)
            .await
            .unwrap();
        let done = state().await;
        assert_eq!((done.status, done.error), (AvatarStatus::Completed, None));
        assert_eq!(done.gender, made.gender);
        assert_eq!(done.default_voice_id, made.default_voice_id);
        assert_eq!(
            done.preview_image_key.as_ref(),
            Some(&made.preview_image_key)
        );
        let look = store.get_look(&ws, &second.id).await.unwrap();
        assert_eq!(
            (look.image_width, look.image_height),
            (Some(640), Some(480))
        );
        assert_eq!(look.puppet_key.as_ref(), Some(&made.puppet_key));
        assert!((look.progress - 1.0).abs() < 1e-9);
        let late = store
            .report_look_progress(&job.lease, &second.id, 0.7)
            .await;
        assert!(matches!(late, Err(StoreError::LeaseLost)));

        let keys = store
            .delete_look(&ws, &second.id, "test", NOW)
            .await
            .unwrap();
        assert_eq!(keys.len(), 4, "all its objects: {keys:?}");
        let left = state().await;
        assert_eq!((left.status, left.looks_count), (AvatarStatus::Failed, 1));
        assert_eq!(left.preview_image_key, None);
        store
            .delete_look(&ws, &first_look.id, "test", NOW)
            .await
            .unwrap();
        let gone = store.get_group(&ws, &group.id).await;
        assert!(
            matches!(gone, Err(StoreError::NotFound)),
            "the last look takes it along"
        );
    }
}

#[tokio::test]
async fn looks_that_end_at_the_same_moment_leave_no_group_behind_the_times() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        for _ in 0..15 {
            let (group, one) = new_avatar(&store, &ws).await;
            let two = add_look(&store, &group, NOW.0 + 1).await;
            let first_job = claim_of(&store, one.id.as_str()).await;
            let second_job = claim_of(&store, two.id.as_str()).await;
            let why = failure("no_face");
            let (a, b) = tokio::join!(
                store.fail_training(&first_job.lease, &one.id, &why, NOW),
                store.fail_training(&second_job.lease, &two.id, &why, NOW),
            );
            a.and(b).unwrap();
            let state = store.get_group(&ws, &group.id).await.unwrap();
            assert_eq!(state.status, AvatarStatus::Failed);
            let (a, b) = tokio::join!(
                store.delete_look(&ws, &one.id, "test", NOW),
                store.delete_look(&ws, &two.id, "test", NOW),
            );
            a.and(b).unwrap();
            let gone = store.get_group(&ws, &group.id).await;
            assert!(matches!(gone, Err(StoreError::NotFound)));
        }
    }
}

#[tokio::test]
async fn ending_and_deleting_at_the_same_moment_do_not_block_each_other() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        for _ in 0..15 {
            let (group, look) = new_avatar(&store, &ws).await;
            let job = claim_of(&store, look.id.as_str()).await;
            let made = trained(&look);
            let (ended, deleted) = tokio::join!(
                store.complete_training(&job.lease, &look.id, &made, NOW),
                store.delete_group(&ws, &group.id, "test", NOW),
            );
            deleted.unwrap();
            assert!(
                matches!(ended, Ok(()) | Err(StoreError::LeaseLost)),
                "{ended:?}"
            );
            let gone = store.get_look(&ws, &look.id).await;
            assert!(matches!(gone, Err(StoreError::NotFound)));
        }
    }
}

#[tokio::test]
async fn a_workspace_sees_its_own_and_the_public() {
    for (_backend, store) in stores().await {
        let (ours, theirs) = (workspace(&store).await, workspace(&store).await);
        let public = PUBLIC_WORKSPACE.parse().unwrap();
        let mut shared = group(&public, NOW.0);
        shared.is_public = true;
        let shared_look = look(&shared, NOW.0);
        let job = job(&public, shared_look.id.as_str());
        store
            .insert_look(Some(&shared), &shared_look, job)
            .await
            .unwrap();
        let (private, private_look) = new_avatar(&store, &ours).await;

        for (ws, ownership, expected) in [
            (&ours, Ownership::Both, vec![&private.id, &shared.id]),
            (&ours, Ownership::Private, vec![&private.id]),
            (&ours, Ownership::Public, vec![&shared.id]),
            (&theirs, Ownership::Both, vec![&shared.id]),
            (&theirs, Ownership::Private, vec![]),
        ] {
            let page = store.list_groups(ws, ownership, &first(10)).await.unwrap();
            let found: Vec<&GroupId> = page.items.iter().map(|g| &g.id).collect();
            assert_eq!(found.len(), expected.len());
            assert!(
                expected.iter().all(|id| found.contains(id)),
                "{ownership:?}"
            );
        }
        assert!(store.get_look(&theirs, &shared_look.id).await.is_ok());
        let foreign = store.get_look(&theirs, &private_look.id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)));
        // Nobody deletes or extends what is not theirs.
        let refusals = [
            store
                .delete_look(&ours, &shared_look.id, "test", NOW)
                .await
                .err(),
            store
                .delete_look(&theirs, &private_look.id, "test", NOW)
                .await
                .err(),
            store
                .delete_group(&public, &shared.id, "test", NOW)
                .await
                .err(),
            store
                .delete_group(&theirs, &private.id, "test", NOW)
                .await
                .err(),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Some(StoreError::NotFound)), "{refusal:?}");
        }
        let mut intruder = look(&private, NOW.0);
        intruder.workspace_id = theirs.clone();
        let job = crate::records::job(&theirs, intruder.id.as_str());
        let added = store.insert_look(None, &intruder, job).await;
        assert!(matches!(added, Err(StoreError::NotFound)));
        assert_eq!(
            store
                .get_group(&ours, &private.id)
                .await
                .unwrap()
                .looks_count,
            1
        );
    }
}

#[tokio::test]
async fn pages_lose_and_repeat_nothing_when_times_are_equal() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let mut made = Vec::new();
        for _ in 0..7 {
            made.push(new_avatar(&store, &ws).await);
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let request = next(3, after);
            let page = store
                .list_groups(&ws, Ownership::Private, &request)
                .await
                .unwrap();
            seen.extend(page.items.iter().map(|g| g.id.clone()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        made.reverse();
        let expected: Vec<_> = made.iter().map(|(group, _)| group.id.clone()).collect();
        assert_eq!(seen, expected, "newest first, by id where times are equal");

        let (group, look) = &made[0];
        let of_group = async |kind| {
            let page = store
                .list_looks(&ws, Some(&group.id), kind, Ownership::Both, &first(10))
                .await
                .unwrap();
            page.items
        };
        assert_eq!(of_group(None).await, std::slice::from_ref(look));
        assert_eq!(of_group(Some(LookType::PhotoAvatar)).await.len(), 1);
        assert_eq!(of_group(Some(LookType::DigitalTwin)).await, []);
        let all = store
            .list_looks(&ws, None, None, Ownership::Both, &first(10))
            .await;
        assert_eq!(all.unwrap().items.len(), 7);
    }
}
