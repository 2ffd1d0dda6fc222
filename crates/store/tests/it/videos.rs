//! Videos: their life, and the lists they are found in.

use likeness_domain::avatar::Failure;
use likeness_domain::video::VideoStatus;
use likeness_store::{FileLinks, Lane, RenderedVideo, StoreError};

use crate::records::*;
use crate::stores;

const LINKS: FileLinks<'_> = FileLinks {
    video: "link",
    captioned: None,
};

fn rendered() -> RenderedVideo {
    RenderedVideo {
        duration_s: 12.5,
        video_key: "v".to_owned(),
        thumbnail_key: "t".to_owned(),
        subtitle_key: "s".to_owned(),
        stored_bytes: 2000,
        spoken_characters: 30,
        film_digest: None,
    }
}

#[tokio::test]
async fn a_video_goes_from_pending_to_completed() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let video = video(&ws, Some("First"), NOW.0);
        new_video(&store, &video).await;
        assert_eq!(store.get_video(&ws, &video.id).await.unwrap(), video);

        let job = claim(&store).await.unwrap();
        store
            .report_video_progress(&job.lease, &video.id, 0.5)
            .await
            .unwrap();
        let busy = store.get_video(&ws, &video.id).await.unwrap();
        assert_eq!((busy.status, busy.progress), (VideoStatus::Processing, 0.5));

        let end = NOW.plus_millis(9);
        store
            .complete_video(&job.lease, &video.id, &rendered(), LINKS, end)
            .await
            .unwrap();
        let done = store.get_video(&ws, &video.id).await.unwrap();
        assert_eq!((done.status, done.progress), (VideoStatus::Completed, 1.0));
        assert_eq!(
            (done.duration_s, done.completed_at),
            (Some(12.5), Some(end))
        );
        let late = store
            .report_video_progress(&job.lease, &video.id, 0.7)
            .await;
        assert!(matches!(late, Err(StoreError::LeaseLost)));
        let keys = store.delete_video(&ws, &video.id, NOW).await.unwrap();
        assert_eq!(keys, ["v", "t", "s"]);
        let again = store.delete_video(&ws, &video.id, NOW).await;
        assert!(matches!(again, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn a_film_is_found_again_while_a_finished_video_of_the_workspace_has_it() {
    for (_backend, store) in stores().await {
        let (ws, other) = (workspace(&store).await, workspace(&store).await);
        let first = video(&ws, None, NOW.0);
        new_video(&store, &first).await;
        let job = claim_of(&store, first.id.as_str()).await;
        assert_eq!(store.find_film(&ws, "d").await.unwrap(), None);
        let made = RenderedVideo {
            film_digest: Some("d".to_owned()),
            ..rendered()
        };
        let ended = store.complete_video(&job.lease, &first.id, &made, LINKS, NOW);
        ended.await.unwrap();
        let found = store.find_film(&ws, "d").await.unwrap();
        assert_eq!(found.map(|film| film.id), Some(first.id.clone()));
        assert_eq!(store.find_film(&ws, "e").await.unwrap(), None);
        assert_eq!(store.find_film(&other, "d").await.unwrap(), None);
        store.delete_video(&ws, &first.id, NOW).await.unwrap();
        assert_eq!(store.find_film(&ws, "d").await.unwrap(), None);
    }
}

#[tokio::test]
async fn only_one_of_two_videos_with_a_digest_is_made_at_a_time() {
    for (_backend, store) in stores().await {
        let (ws, other) = (workspace(&store).await, workspace(&store).await);
        let [first, second, third] = [&ws, &ws, &other].map(|ws| video(ws, None, NOW.0));
        let mut leases = Vec::new();
        for video in [&first, &second, &third] {
            new_video(&store, video).await;
            leases.push(claim_of(&store, video.id.as_str()).await.lease);
        }
        let (a, b) = tokio::join!(
            store.begin_film(&leases[0], &first, "d"),
            store.begin_film(&leases[1], &second, "d"),
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a != b, "{a} {b}");
        let (begun, waiting) = if a { (0, 1) } else { (1, 0) };
        let videos = [&first, &second];
        let again = store.begin_film(&leases[begun], videos[begun], "d").await;
        assert!(again.unwrap(), "another attempt at the same");
        assert!(store.begin_film(&leases[2], &third, "d").await.unwrap());

        let wait = NOW.plus_millis(5);
        store
            .postpone_job(&leases[waiting], wait, NOW)
            .await
            .unwrap();
        let lost = store
            .begin_film(&leases[waiting], videos[waiting], "e")
            .await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
        assert!(claim(&store).await.is_none(), "it is not due");
        let until = wait.plus_millis(LEASE_MS);
        let claimed = store.claim_job(Lane::Work, wait, until).await.unwrap();
        let claimed = claimed.unwrap();
        assert_eq!(claimed.subject_id, videos[waiting].id.as_str());
        assert_eq!(claimed.attempt, 1, "waiting is no attempt");
        let failure = Failure {
            code: "rendering_failed".to_owned(),
            message: "no".to_owned(),
        };
        let failed = store.fail_video(&leases[begun], &videos[begun].id, &failure, wait);
        failed.await.unwrap();
        let next = store.begin_film(&claimed.lease, videos[waiting], "d").await;
        assert!(next.unwrap(), "the other came to nothing");
    }
}

#[tokio::test]
async fn a_worker_whose_lease_went_to_another_changes_nothing() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let video = video(&ws, None, NOW.0);
        new_video(&store, &video).await;
        let slow = claim(&store).await.unwrap();
        let later = NOW.plus_millis(LEASE_MS);
        assert_eq!(store.sweep_expired_leases(later).await.unwrap(), 1);
        let quick = store
            .claim_job(Lane::Work, later, later.plus_millis(LEASE_MS))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(quick.attempt, 2);
        for refused in [
            store
                .complete_video(&slow.lease, &video.id, &rendered(), LINKS, later)
                .await,
            store
                .fail_video(&slow.lease, &video.id, &failure("x"), later)
                .await,
            store
                .report_video_progress(&slow.lease, &video.id, 0.9)
                .await,
            store.renew_lease(&slow.lease, later).await,
            store.release_job(&slow.lease, later).await,
        ] {
            assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
        }
        let untouched = store.get_video(&ws, &video.id).await.unwrap();
        assert_eq!(untouched.status, VideoStatus::Pending);
        let why = failure("rendering_failed");
        store
            .fail_video(&quick.lease, &video.id, &why, later)
            .await
            .unwrap();
        let failed = store.get_video(&ws, &video.id).await.unwrap();
        assert_eq!(
            (failed.status, failed.failure),
            (VideoStatus::Failed, Some(why))
        );
    }
}

#[tokio::test]
async fn titles_are_found_by_any_part_in_any_case() {
    for (_backend, store) in stores().await {
        let ws = workspace(&store).await;
        let titles = ["Élan 100%", "under_score", "Wow!", "back\\slash"];
        for title in titles {
            new_video(&store, &video(&ws, Some(title), NOW.0)).await;
        }
        new_video(&store, &video(&ws, None, NOW.0)).await;
        for (part, found) in [
            ("éla", vec![0]),
            ("ÉLAN", vec![0]),
            ("%", vec![0]),
            ("_", vec![1]),
            ("!", vec![2]),
            ("\\", vec![3]),
            ("o", vec![1, 2]),
            ("nothing", vec![]),
        ] {
            let page = store
                .list_videos(&ws, Some(part), None, &first(10))
                .await
                .unwrap();
            let mut names: Vec<_> = page.items.iter().filter_map(|v| v.title.clone()).collect();
            names.sort();
            let mut expected: Vec<_> = found.iter().map(|&k| titles[k].to_owned()).collect();
            expected.sort();
            assert_eq!(names, expected, "{part:?}");
        }
        let all = store
            .list_videos(&ws, None, None, &first(10))
            .await
            .unwrap();
        assert_eq!(all.items.len(), 5);
        let filed = store
            .list_videos(&ws, None, Some("fld_1"), &first(10))
            .await
            .unwrap();
        assert!(filed.items.is_empty());
    }
}
