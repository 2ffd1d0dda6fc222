//! Endpoints that fail, and events that grow old.

use likeness_domain::id::EndpointId;
use likeness_domain::webhook::Endpoint;
use likeness_store::{ClaimedJob, Lane, Store};

use crate::records::*;
use crate::stores;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// An endpoint of a workspace where one video has failed, and the delivery of that event.
async fn told(store: &Store) -> (Endpoint, ClaimedJob) {
    let ws = workspace(store).await;
    let endpoint = Endpoint {
        id: EndpointId::new(),
        workspace_id: ws.clone(),
        url: "https://example.com".to_owned(),
        events: None,
        entity_id: None,
        enabled: true,
        failing: None,
        generation: 0,
        created_at: NOW,
    };
    store.insert_endpoint(&endpoint).await.unwrap();
    (endpoint.clone(), tell(store, &endpoint).await)
}

/// The delivery of one more event.
async fn tell(store: &Store, endpoint: &Endpoint) -> ClaimedJob {
    let film = video(&endpoint.workspace_id, None, NOW.0);
    new_video(store, &film).await;
    let job = claim_of(store, film.id.as_str()).await;
    let why = failure("over");
    let failed = store.fail_video(&job.lease, &film.id, &why, NOW);
    failed.await.unwrap();
    let until = NOW.plus_millis(LEASE_MS);
    let delivery = store.claim_job(Lane::Delivery, NOW, until).await.unwrap();
    delivery.unwrap()
}

#[tokio::test]
async fn an_endpoint_is_turned_off_after_days_without_any_success() {
    for (_backend, store) in stores().await {
        let (endpoint, first) = told(&store).await;
        let read = async || {
            let found = store.get_endpoint(&endpoint.workspace_id, &endpoint.id);
            found.await.unwrap()
        };
        let give_up = async |job: &ClaimedJob, now: i64| {
            let now = NOW.plus_millis(now);
            let from = now.plus_millis(-3 * DAY_MS);
            let why = failure("delivery_failed");
            let id = Some(&endpoint.id);
            let given_up = store.give_up_delivery(&job.lease, id, from, &why, now);
            given_up.await.unwrap();
        };
        store
            .note_failure(&endpoint.id, "It is down.", NOW)
            .await
            .unwrap();
        let later = NOW.plus_millis(DAY_MS);
        store
            .note_failure(&endpoint.id, "It is late.", later)
            .await
            .unwrap();
        let failing = read().await.failing.unwrap();
        assert_eq!((failing.since, failing.last.as_str()), (NOW, "It is late."));
        give_up(&first, DAY_MS).await;
        assert!(read().await.enabled, "one event in one day is not enough");

        let second = tell(&store, &endpoint).await;
        let id = Some(&endpoint.id);
        store.delivered(&second.lease, id, later).await.unwrap();
        assert_eq!(read().await.failing, None, "it works again");

        let third = tell(&store, &endpoint).await;
        store
            .note_failure(&endpoint.id, "It is down.", later)
            .await
            .unwrap();
        give_up(&third, 3 * DAY_MS).await;
        assert!(read().await.enabled, "two days after it worked");
        let fourth = tell(&store, &endpoint).await;
        give_up(&fourth, 4 * DAY_MS).await;
        let off = read().await;
        assert!(!off.enabled && off.failing.is_some(), "and says why");

        let on = Endpoint {
            enabled: true,
            failing: None,
            ..off
        };
        store.update_endpoint(&on).await.unwrap();
        assert_eq!(read().await, on);
    }
}

#[tokio::test]
async fn old_events_are_forgotten_once_they_are_told() {
    for (_backend, store) in stores().await {
        let (endpoint, delivery) = told(&store).await;
        let ws = &endpoint.workspace_id;
        let count = async || {
            let page = first(10);
            let listed = store.list_events(ws, None, None, &page).await;
            listed.unwrap().items.len()
        };
        let later = NOW.plus_millis(1);
        assert_eq!(
            store.delete_old_events(later).await.unwrap(),
            0,
            "it is being told"
        );
        store.end_delivery(&delivery.lease, NOW).await.unwrap();
        assert_eq!(
            store.delete_old_events(NOW).await.unwrap(),
            0,
            "it is not old"
        );
        assert_eq!(count().await, 1);
        assert_eq!(store.delete_old_events(later).await.unwrap(), 1);
        assert_eq!(count().await, 0);
    }
}
