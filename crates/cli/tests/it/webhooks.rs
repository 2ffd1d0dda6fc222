//! Webhook endpoints, events, and calls that arrive.

use serde_json::{Value, json};

use crate::support::{Client, Receiver, Server, on_every_backend, pictures};

/// The receivers of these tests are on this machine.
const OPEN: [(&str, &str); 1] = [("LIKENESS_NET__ALLOW_PRIVATE_HOSTS", "true")];

const ENDPOINTS: &str = "/v3/webhooks/endpoints";

/// Registers an endpoint; gives its id and secret.
async fn register(client: &Client, url: &str, events: &Value) -> (String, String) {
    let body = json!({"url": url, "events": events});
    let made = client.post(ENDPOINTS, &body).await;
    (made.text("/endpoint_id"), made.text("/secret"))
}

#[tokio::test]
async fn endpoints_are_made_changed_listed_and_deleted() {
    on_every_backend!(|server| {
        let client = server.client();
        let all = json!({"url": "https://example.com/hook"});
        let made = client.post(ENDPOINTS, &all).await;
        assert_eq!(made.data()["status"], "enabled");
        assert_eq!(made.data()["events"], json!(null));
        assert!(made.text("/secret").starts_with("whsec_"));
        let id = made.text("/endpoint_id");
        let path = format!("{ENDPOINTS}/{id}");

        let some = json!({"events": ["avatar_video.success"]});
        let changed = client.patch(&path, &some).await;
        assert_eq!(changed.data()["events"], some["events"]);
        assert_eq!(changed.data()["secret"], json!(null), "it is shown once");
        let moved = client
            .patch(&path, &json!({"url": "https://example.com/b"}))
            .await;
        assert_eq!(moved.data()["url"], "https://example.com/b");
        assert_eq!(
            moved.data()["events"],
            some["events"],
            "what is left out stays"
        );
        let opened = client.patch(&path, &json!({"events": null})).await;
        assert_eq!(opened.data()["events"], json!(null));

        let rotate = format!("{path}/rotate-secret");
        let rotated = client.post(&rotate, &json!({})).await;
        assert_ne!(rotated.text("/secret"), made.text("/secret"));

        let (other, _) = register(&client, "https://example.com/c", &json!(null)).await;
        let first = client.get(&format!("{ENDPOINTS}?limit=1")).await;
        assert_eq!(first.text("/0/endpoint_id"), other);
        let token = first.body["next_token"].as_str().unwrap();
        let rest = client
            .get(&format!("{ENDPOINTS}?limit=1&token={token}"))
            .await;
        assert_eq!(rest.text("/0/endpoint_id"), id);
        assert_eq!(rest.data()[0]["secret"], json!(null));

        let stranger = server.client_of("ws_stranger");
        assert_eq!(stranger.get(ENDPOINTS).await.data(), &json!([]));
        for refused in [
            stranger.patch(&path, &some).await,
            stranger.delete(&path).await,
            stranger.post(&rotate, &json!({})).await,
            client.delete(&format!("{ENDPOINTS}/ep_1")).await,
        ] {
            refused.refused(404, "webhook_not_found", None);
        }
        let gone = client.delete(&path).await;
        assert_eq!(gone.body, json!({"data": {}, "error": null}));
        client
            .delete(&path)
            .await
            .refused(404, "webhook_not_found", None);
    });
}

#[tokio::test]
async fn faults_in_the_request_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    for (body, param) in [
        (json!({}), "url"),
        (json!({"url": 7}), "url"),
        (json!({"url": "http://example.com/hook"}), "url"),
        (json!({"url": "https://127.0.0.1/hook"}), "url"),
        (json!({"url": "https://user:secret@example.com/"}), "url"),
        (json!({"url": "example.com"}), "url"),
        (
            json!({"url": "https://example.com", "events": ["lunch"]}),
            "events[0]",
        ),
        (
            json!({"url": "https://example.com", "colour": "red"}),
            "colour",
        ),
    ] {
        let answer = client.post(ENDPOINTS, &body).await;
        answer.refused(400, "invalid_parameter", Some(param));
    }
    for (path, param) in [
        ("/v3/webhooks/endpoints?limit=101", "limit"),
        ("/v3/webhooks/endpoints?token=x", "token"),
        ("/v3/webhooks/events?limit=0", "limit"),
        ("/v3/webhooks/events?token=x", "token"),
        ("/v3/webhooks/events?event_type=lunch", "event_type"),
    ] {
        client
            .get(path)
            .await
            .refused(400, "invalid_parameter", Some(param));
    }
    let path = format!("{ENDPOINTS}/a%20b");
    let malformed = [
        client.delete(&path).await,
        client.patch(&path, &json!({})).await,
        client
            .post(&format!("{path}/rotate-secret"), &json!({}))
            .await,
    ];
    for answer in malformed {
        answer.refused(400, "invalid_parameter", Some("endpoint_id"));
    }
    let types = client.get("/v3/webhooks/event-types").await;
    let named = |name: &str| {
        let types = types.data().as_array().unwrap().iter();
        types.filter(|item| item["event_type"] == name).count()
    };
    assert_eq!(
        (named("avatar_video.success"), named("batch.finished")),
        (1, 1)
    );
}

#[tokio::test]
async fn what_happens_is_told_signed_and_remembered() {
    for backend in likeness_testkit::backends().await.unwrap() {
        let server = Server::start(backend, &OPEN).await;
        let client = server.client();
        let receiver = Receiver::start(0).await;
        let (id, secret) = register(&client, &receiver.url("/all"), &json!(null)).await;
        let videos = json!(["avatar_video.success"]);
        register(&client, &receiver.url("/videos"), &videos).await;
        let stranger = server.client_of("ws_stranger");
        register(&stranger, &receiver.url("/stranger"), &json!(null)).await;

        client.photo_avatar("Nobody", pictures::no_face()).await;
        let failed = receiver
            .call(|c| c.body["event_type"] == "photo_avatar_train.fail")
            .await;
        assert!(
            failed.body["event_data"]["msg"]
                .as_str()
                .unwrap()
                .contains("face")
        );
        let (group, look) = client.trained_avatar("Anna").await;
        let trained = receiver
            .call(|c| c.body["event_type"] == "photo_avatar_train.success")
            .await;
        assert_eq!(trained.body["event_data"]["avatar_id"], json!(look));
        assert_eq!(trained.body["event_data"]["avatar_group_id"], json!(group));

        let body = json!({
            "type": "avatar", "avatar_id": look, "script": "Hi.", "resolution": "720p",
            "aspect_ratio": "1:1", "callback_id": "cb-7", "callback_url": receiver.url("/callback"),
        });
        let video = client.video(&body).await;
        for path in ["/all", "/videos", "/callback"] {
            let wanted = |c: &crate::support::Call| {
                c.path == path && c.body["event_type"] == "avatar_video.success"
            };
            let told = receiver.call(wanted).await;
            assert_eq!(
                told.body["event"], told.body["event_type"],
                "for the n8n trigger"
            );
            let data = &told.body["event_data"];
            assert_eq!(
                (&data["video_id"], &data["callback_id"]),
                (&json!(video), &json!("cb-7"))
            );
            let file = reqwest::get(data["url"].as_str().unwrap()).await.unwrap();
            assert_eq!(file.status(), 200, "the link works");
            let event_id = told.body["event_id"].as_str();
            assert_eq!(told.header("heygen-event-id"), event_id);
            let sent: i64 = told.header("heygen-timestamp").unwrap().parse().unwrap();
            assert!((jiff::Timestamp::now().as_second() - sent).abs() < 300);
            match path {
                "/all" => assert!(told.is_signed_with(&secret)),
                "/videos" => assert!(!told.is_signed_with(&secret), "each has its own secret"),
                _ => assert_eq!(told.header("heygen-signature"), None),
            }
        }
        let paths: Vec<_> = receiver.calls().into_iter().map(|call| call.path).collect();
        let count = |path: &str| paths.iter().filter(|p| *p == path).count();
        assert_eq!(
            (count("/all"), count("/videos"), count("/callback")),
            (3, 1, 1),
            "{paths:?}"
        );
        assert_eq!(count("/stranger"), 0, "nobody else is told");

        let events = async |query: &str| {
            let found = client.get(&format!("/v3/webhooks/events?{query}")).await;
            found.data().as_array().unwrap().len()
        };
        assert_eq!(events("").await, 3);
        assert_eq!(events("event_type=photo_avatar_train.fail").await, 1);
        assert_eq!(events(&format!("entity_id={video}")).await, 1);
        assert_eq!(stranger.get("/v3/webhooks/events").await.data(), &json!([]));

        let rotate = format!("{ENDPOINTS}/{id}/rotate-secret");
        let fresh = client.post(&rotate, &json!({})).await.text("/secret");
        client.photo_avatar("Nobody", pictures::no_face()).await;
        let again = receiver
            .call(|c| {
                c.path == "/all"
                    && c.body["event_id"] != failed.body["event_id"]
                    && c.body["event_type"] == "photo_avatar_train.fail"
            })
            .await;
        assert!(again.is_signed_with(&fresh) && !again.is_signed_with(&secret));
    }
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_even_after_sigkill() {
    for backend in likeness_testkit::backends().await.unwrap() {
        let settings = [OPEN[0], ("LIKENESS_WORKER__LEASE_S", "2")];
        let mut server = Server::start(backend, &settings).await;
        let client = server.client();
        let receiver = Receiver::start(1).await;
        register(&client, &receiver.url("/hook"), &json!(null)).await;
        client.photo_avatar("Nobody", pictures::no_face()).await;
        let refused = receiver.call(|_| true).await;
        server.kill();
        server.run_again().await;
        let told = receiver
            .call(|call| receiver.calls()[0].raw == call.raw && receiver.calls().len() == 2)
            .await;
        assert_eq!(
            told.body["event_id"], refused.body["event_id"],
            "told apart by its id"
        );
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        assert_eq!(receiver.calls().len(), 2, "and then no more");
    }
}

#[tokio::test]
async fn an_endpoint_may_be_limited_to_one_thing() {
    let server = Server::embedded(&OPEN).await;
    let client = server.client();
    let receiver = Receiver::start(0).await;
    let (_, look) = client.photo_avatar("Nobody", pictures::no_face()).await;
    let body = json!({"url": receiver.url("/one"), "entity_id": "lk_other"});
    client.post(ENDPOINTS, &body).await.data();
    let body = json!({"url": receiver.url("/all")});
    client.post(ENDPOINTS, &body).await.data();
    let (group, _) = client.photo_avatar("Nobody", pictures::no_face()).await;
    client.ended(&format!("/v3/avatars/{group}")).await;
    receiver
        .call(|call| {
            call.path == "/all" && call.body["event_data"]["avatar_group_id"] == json!(group)
        })
        .await;
    assert!(
        receiver.calls().iter().all(|call| call.path == "/all"),
        "{look}"
    );
}

#[tokio::test]
async fn an_event_is_told_again_on_demand() {
    for backend in likeness_testkit::backends().await.unwrap() {
        let server = Server::start(backend, &OPEN).await;
        let client = server.client();
        let receiver = Receiver::start(0).await;
        let (first, _) = register(&client, &receiver.url("/first"), &json!(null)).await;
        client.photo_avatar("Nobody", pictures::no_face()).await;
        let told = receiver.call(|_| true).await;
        // An endpoint that came later can have what it missed.
        register(&client, &receiver.url("/second"), &json!(null)).await;
        let others = json!(["avatar_video.success"]);
        let (third, _) = register(&client, &receiver.url("/third"), &others).await;
        let id = told.body["event_id"].as_str().unwrap();
        let path = format!("/v3/webhooks/events/{id}/redeliver");
        let again = async |body: &Value| client.post(&path, body).await;
        assert_eq!(again(&json!({})).await.data()["deliveries"], 2);
        for (path, count) in [("/second", 1), ("/first", 2)] {
            let is_next = |call: &crate::support::Call| {
                let calls = receiver.calls();
                call.path == path && calls.iter().filter(|c| c.path == path).count() == count
            };
            assert_eq!(receiver.call(is_next).await.body, told.body);
        }
        let one = again(&json!({"endpoint_id": third})).await;
        assert_eq!(
            one.data()["deliveries"],
            1,
            "even if it does not ask for such"
        );
        receiver.call(|call| call.path == "/third").await;

        let bad = again(&json!({"endpoint_id": "a b"})).await;
        bad.refused(400, "invalid_parameter", Some("endpoint_id"));
        let none = again(&json!({"endpoint_id": "ep_none"})).await;
        none.refused(404, "webhook_not_found", None);
        let unknown = "/v3/webhooks/events/evt_none/redeliver";
        let unknown = client.post(unknown, &json!({})).await;
        unknown.refused(404, "not_found", None);
        let stranger = server.client_of("ws_stranger");
        let foreign = stranger.post(&path, &json!({})).await;
        foreign.refused(404, "not_found", None);
        client.delete(&format!("{ENDPOINTS}/{first}")).await;
        assert_eq!(again(&json!({})).await.data()["deliveries"], 1);
    }
}
