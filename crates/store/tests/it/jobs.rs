//! The queue: claims, leases, attempts and cancelling.

use std::collections::{HashMap, HashSet};

use likeness_domain::avatar::AvatarStatus;
use likeness_domain::id::KeyId;
use likeness_domain::time::UnixMillis;
use likeness_domain::video::VideoStatus;
use likeness_store::{Lane, NewJob, StoreError};

use crate::records::*;
use crate::stores;

#[tokio::test]
async fn a_job_is_claimed_once_however_many_ask() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        for _ in 0..20 {
            new_video(&store, &video(&ws, None, NOW.0)).await;
        }
        let asking = (0..40).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { claim(&store).await })
        });
        let mut claimed = HashSet::new();
        for asked in asking.collect::<Vec<_>>() {
            if let Some(job) = asked.await.unwrap() {
                assert!(claimed.insert(job.lease.job_id.clone()), "claimed twice");
            }
        }
        // A claim that met another one's lock may have gone empty; nothing is lost by it.
        while let Some(job) = claim(&store).await {
            assert!(claimed.insert(job.lease.job_id.clone()), "claimed twice");
        }
        assert_eq!(claimed.len(), 20);
        assert_eq!(store.active_jobs(&ws).await.unwrap(), 20);
    }
}

/// All of them at the same time, so that each counts before the others are written.
#[tokio::test]
async fn a_burst_does_not_pass_the_limit_of_jobs() {
    for (_backend, store) in stores().await {
        let (ws, other) = (workspace(&store).await, workspace(&store).await);
        let asking = (0..12).map(|i| {
            let (store, film) = (store.clone(), video(&ws, None, NOW.0 + i));
            let job = NewJob {
                limit: Some(5),
                ..job(&ws, film.id.as_str())
            };
            tokio::spawn(async move { store.insert_video(&film, job).await })
        });
        let mut refused = 0;
        for asked in asking.collect::<Vec<_>>() {
            match asked.await.unwrap() {
                Ok(()) => {}
                Err(StoreError::TooManyJobs {
                    active: 5,
                    limit: 5,
                }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(refused, 7);
        assert_eq!(store.active_jobs(&ws).await.unwrap(), 5);
        let film = video(&other, None, NOW.0);
        let job = NewJob {
            limit: Some(1),
            ..job(&other, film.id.as_str())
        };
        store.insert_video(&film, job).await.unwrap();
    }
}

#[tokio::test]
async fn a_workspace_does_not_wait_behind_anothers_pile() {
    for (_backend, store) in stores().await {
        let (busy, small) = (workspace(&store).await, workspace(&store).await);
        for _ in 0..3 {
            new_video(&store, &video(&busy, None, NOW.0)).await;
        }
        assert_eq!(claim(&store).await.unwrap().workspace_id, busy);
        new_video(&store, &video(&small, None, NOW.0)).await;
        assert_eq!(claim(&store).await.unwrap().workspace_id, small);
        assert_eq!(claim(&store).await.unwrap().workspace_id, busy);
    }
}

/// With one worker nothing runs when a job is chosen: turns are remembered, not counted.
#[tokio::test]
async fn workspaces_and_their_keys_take_turns_at_one_worker() {
    for (_backend, store) in stores().await {
        let (busy, small) = (workspace(&store).await, workspace(&store).await);
        let (pile, other, only) = (KeyId::new(), KeyId::new(), KeyId::new());
        let askers = [(&busy, &pile, 5), (&busy, &other, 2), (&small, &only, 2)];
        let mut asked_by = HashMap::new();
        let mut created_at = NOW.0;
        for (ws, key, count) in askers {
            for _ in 0..count {
                let film = video(ws, None, created_at);
                let job = NewJob {
                    key_id: Some(key.clone()),
                    run_at: UnixMillis(created_at),
                    ..job(ws, film.id.as_str())
                };
                created_at += 1;
                asked_by.insert(film.id.as_str().to_owned(), key);
                store.insert_video(&film, job).await.unwrap();
            }
        }
        let mut turns = Vec::new();
        for turn in 0..9 {
            let now = UnixMillis(created_at + turn);
            let until = now.plus_millis(LEASE_MS);
            let job = store.claim_job(Lane::Work, now, until).await.unwrap();
            let job = job.unwrap();
            turns.push(asked_by[&job.subject_id]);
            let film = job.subject_id.parse().unwrap();
            let why = failure("over");
            store
                .fail_video(&job.lease, &film, &why, now)
                .await
                .unwrap();
        }
        let (p, o, s) = (&pile, &other, &only);
        assert_eq!(turns, [p, s, o, s, p, o, p, p, p]);
    }
}

#[tokio::test]
async fn ended_jobs_are_forgotten_and_others_are_not() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let films = [0, 1, 2].map(|i| video(&ws, None, NOW.0 + i));
        for film in &films {
            new_video(&store, film).await;
        }
        for (film, ended_at) in [(&films[0], NOW), (&films[1], NOW.plus_millis(10))] {
            let job = claim_of(&store, film.id.as_str()).await;
            let why = failure("over");
            let failed = store.fail_video(&job.lease, &film.id, &why, ended_at);
            failed.await.unwrap();
        }
        let before = NOW.plus_millis(10);
        assert_eq!(store.delete_ended_jobs(before).await.unwrap(), 1);
        assert_eq!(store.delete_ended_jobs(before).await.unwrap(), 0);
        assert_eq!(store.active_jobs(&ws).await.unwrap(), 1);
        assert_eq!(
            store
                .delete_ended_jobs(before.plus_millis(1))
                .await
                .unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn a_job_put_back_waits_for_its_time() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        new_video(&store, &video(&ws, None, NOW.0)).await;
        let job = claim(&store).await.unwrap();
        let later = NOW.plus_millis(500);
        store
            .retry_job(&job.lease, later, &failure("retry"), NOW)
            .await
            .unwrap();
        assert!(claim(&store).await.is_none(), "not before its time");
        let again = store
            .claim_job(Lane::Work, later, later.plus_millis(LEASE_MS))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(again.attempt, 2);
        store.release_job(&again.lease, later).await.unwrap();
        let third = store
            .claim_job(Lane::Work, later, later.plus_millis(LEASE_MS))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(third.attempt, 2, "a shutdown costs no attempt");
    }
}

#[tokio::test]
async fn jobs_that_outlive_all_their_workers_fail_what_they_worked_on() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let (group, look) = new_avatar(&store, &ws).await;
        let film = video(&ws, None, NOW.0);
        new_video(&store, &film).await;
        let mut now = NOW;
        for _ in 0..2 {
            while store
                .claim_job(Lane::Work, now, now.plus_millis(10))
                .await
                .unwrap()
                .is_some()
            {}
            now = now.plus_millis(10);
            store.sweep_expired_leases(now).await.unwrap();
        }
        let look = store.get_look(&ws, &look.id).await.unwrap();
        assert_eq!(look.status, AvatarStatus::Failed);
        assert_eq!(look.error.unwrap().code, "worker_lost");
        let group = store.get_group(&ws, &group.id).await.unwrap();
        assert_eq!(group.error.unwrap().code, "worker_lost");
        let film = store.get_video(&ws, &film.id).await.unwrap();
        assert_eq!(film.status, VideoStatus::Failed);
        assert_eq!(film.failure.unwrap().code, "worker_lost");
        assert_eq!(store.active_jobs(&ws).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_renewed_lease_is_not_swept() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        new_video(&store, &video(&ws, None, NOW.0)).await;
        let job = claim(&store).await.unwrap();
        let end = NOW.plus_millis(LEASE_MS);
        store
            .renew_lease(&job.lease, end.plus_millis(1))
            .await
            .unwrap();
        assert_eq!(store.sweep_expired_leases(end).await.unwrap(), 0);
        assert_eq!(
            store
                .sweep_expired_leases(end.plus_millis(1))
                .await
                .unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn a_cancelled_job_is_never_claimed_again() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let ways = ["waiting", "released", "retried", "swept", "let go"];
        for way in ways {
            let film = video(&ws, None, NOW.0);
            new_video(&store, &film).await;
            if way == "waiting" {
                store.delete_video(&ws, &film.id, NOW).await.unwrap();
            } else {
                let lease = claim(&store).await.unwrap().lease;
                store.delete_video(&ws, &film.id, NOW).await.unwrap();
                let renewed = store.renew_lease(&lease, NOW.plus_millis(9)).await;
                assert!(matches!(renewed, Err(StoreError::LeaseLost)), "{way}");
                match way {
                    "released" => store.release_job(&lease, NOW).await.unwrap(),
                    "retried" => {
                        let why = failure("retry");
                        store.retry_job(&lease, NOW, &why, NOW).await.unwrap();
                    }
                    "swept" => {
                        let end = NOW.plus_millis(LEASE_MS);
                        assert_eq!(store.sweep_expired_leases(end).await.unwrap(), 0);
                    }
                    _ => store.end_cancelled_job(&lease, NOW).await.unwrap(),
                }
            }
            assert!(claim(&store).await.is_none(), "{way}");
            assert_eq!(store.active_jobs(&ws).await.unwrap(), 0, "{way}");
        }
    }
}
