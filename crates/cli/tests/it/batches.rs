//! `POST /v3/videos/batches`, reading a batch, and the event of its end.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Receiver, Server, on_every_backend};

const BATCHES: &str = "/v3/videos/batches";

fn payload(look: &str, title: &str) -> Value {
    json!({
        "type": "avatar", "avatar_id": look, "script": "Hi.", "title": title,
        "resolution": "720p",
    })
}

async fn submit(client: &Client, videos: &[Value]) -> Answer {
    let body = json!({"title": "Album", "folder_id": "fld_1", "videos": videos});
    client.post(BATCHES, &body).await
}

/// Reads the batch until it has ended.
async fn ended(client: &Client, batch: &str) -> Value {
    client.ended(&format!("{BATCHES}/{batch}")).await
}

#[tokio::test]
async fn a_batch_is_rendered_and_its_end_is_told_once() {
    let open = [("LIKENESS_NET__ALLOW_PRIVATE_HOSTS", "true")];
    for backend in likeness_testkit::backends().await.unwrap() {
        let server = Server::start(backend, &open).await;
        let client = server.test_client_of("ws_batches");
        let receiver = Receiver::start(0).await;
        let (_, look) = client.trained_avatar("Anna").await;
        let titles = [
            "One",
            "Two test:fail=rendering_failed",
            "Three test:delay=1",
        ];
        let videos: Vec<_> = titles.iter().map(|title| payload(&look, title)).collect();
        let body = json!({
            "title": "Album", "videos": videos, "callback_url": receiver.url("/batch"),
        });
        let answer = client.post(BATCHES, &body).await;
        let batch = answer.accepted()["batch_id"].as_str().unwrap().to_owned();
        let early = client.get(&format!("{BATCHES}/{batch}")).await;
        assert_eq!(early.data()["status"], "processing");
        assert_eq!(early.data()["total_items"], 3);

        let done = ended(&client, &batch).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(done["title"], "Album");
        let counts = json!({"queued": 0, "processing": 0, "completed": 2, "failed": 1});
        assert_eq!(done["counts_by_status"], counts);
        let items = done["items"].as_array().unwrap();
        let states: Vec<_> = items.iter().map(|item| item["status"].as_str()).collect();
        assert_eq!(
            states,
            [Some("completed"), Some("failed"), Some("completed")]
        );
        assert_eq!(items[1]["error"]["code"], "rendering_failed");
        for (item, title) in items.iter().zip(titles) {
            let id = item["video_id"].as_str().unwrap();
            let video = client.get(&format!("/v3/videos/{id}")).await;
            assert_eq!(video.data()["title"], title, "in the submitted order");
        }

        let told = receiver.call(|call| call.path == "/batch").await;
        assert_eq!(told.body["event_type"], "batch.finished");
        let data = &told.body["event_data"];
        assert_eq!(data["batch_id"], json!(batch));
        assert_eq!(data["counts_by_status"], counts);
        assert_eq!(receiver.calls().len(), 1, "once, and of the batch only");
        let events = "/v3/webhooks/events?event_type=batch.finished";
        assert_eq!(client.get(events).await.data().as_array().unwrap().len(), 1);

        let page = client.get(&format!("{BATCHES}/{batch}?limit=2")).await;
        assert_eq!(page.data()["items"].as_array().unwrap().len(), 2);
        let token = page.text("/next_token");
        let rest = format!("{BATCHES}/{batch}?limit=2&token={token}");
        let rest = client.get(&rest).await;
        assert_eq!(rest.data()["items"][0]["item_index"], 2);
        assert_eq!(rest.data()["next_token"], Value::Null);

        let statuses = format!("/v3/videos/statuses?batch_ids={batch},bat_none");
        let statuses = client.get(&statuses).await;
        let list = statuses.data().as_array().unwrap();
        assert_eq!(list.len(), 4);
        assert_eq!(list[1]["item_index"], 1);
        assert_eq!(list[1]["error"]["code"], "rendering_failed");
        assert_eq!(list[3]["status"], "not_found");

        let stranger = server.client_of("ws_stranger");
        let foreign = stranger.get(&format!("{BATCHES}/{batch}")).await;
        foreign.refused(404, "not_found", None);
        let assets = client.get(&format!("/v3/assets/batches/{batch}")).await;
        assets.refused(404, "not_found", None);
    }
}

#[tokio::test]
async fn a_real_batch_renders_real_videos() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let videos = [payload(&look, "One"), payload(&look, "Two")];
    let answer = submit(&client, &videos).await;
    let batch = answer.accepted()["batch_id"].as_str().unwrap();
    let done = ended(&client, batch).await;
    assert_eq!(done["counts_by_status"]["completed"], 2, "{done}");
    let folder = client.get("/v3/videos?folder_id=fld_1").await;
    assert_eq!(folder.data().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn deleting_what_is_left_ends_the_batch() {
    on_every_backend!(|server| {
        let client = server.test_client_of("ws_deleters");
        let (_, look) = client.trained_avatar("Anna").await;
        let videos = [payload(&look, "One"), payload(&look, "test:delay=600")];
        let answer = submit(&client, &videos).await;
        let batch = answer.accepted()["batch_id"].as_str().unwrap().to_owned();
        let path = format!("{BATCHES}/{batch}");
        client
            .until(&path, |batch| batch["counts_by_status"]["completed"] == 1)
            .await;
        let slow = client.get(&path).await.text("/items/1/video_id");
        client.delete(&format!("/v3/videos/{slow}")).await.data();
        let done = ended(&client, &batch).await;
        assert_eq!(done["total_items"], 2);
        assert_eq!(done["items"].as_array().unwrap().len(), 1);
        let events = "/v3/webhooks/events?event_type=batch.finished";
        assert_eq!(client.get(events).await.data().as_array().unwrap().len(), 1);
    });
}

#[tokio::test]
async fn one_bad_payload_fails_the_whole_call() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_careless");
    let (_, look) = client.trained_avatar("Anna").await;
    let good = || payload(&look, "Good");
    let with = |name: &str, value: Value| {
        let mut body = payload(&look, "Bad");
        body[name] = value;
        body
    };
    for (bad, word) in [
        (json!({}), "type"),
        (json!("text"), "object"),
        (with("type", json!("hologram")), "type"),
        (with("script", json!("")), "script"),
        (with("script", Value::Null), "script"),
        (with("avatar_id", json!("lk_none")), "index 1"),
        (with("voice_id", json!("a b")), "voice_id"),
        (with("surprise", json!(1)), "surprise"),
        (with("folder_id", json!("fld_2")), "folder_id"),
        (with("title", json!("test:explode=1")), "title"),
    ] {
        let answer = submit(&client, &[good(), bad]).await;
        answer.refused(400, "invalid_parameter", Some("videos"));
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("index 1") && message.contains(word),
            "{message}"
        );
    }
    let bad = "invalid_parameter";
    submit(&client, &[]).await.refused(400, bad, Some("videos"));
    let many = vec![good(); 101];
    submit(&client, &many)
        .await
        .refused(400, bad, Some("videos"));
    let unknown = json!({"videos": [good()], "surprise": 1});
    let unknown = client.post(BATCHES, &unknown).await;
    unknown.refused(400, bad, Some("surprise"));
    let url = json!({"videos": [good()], "callback_url": "http://127.0.0.1/"});
    let url = client.post(BATCHES, &url).await;
    url.refused(400, bad, Some("callback_url"));
    let none = client.get("/v3/videos").await;
    assert_eq!(none.data(), &json!([]), "all or none");
    let hundred = submit(&client, &vec![good(); 100]).await;
    let batch = hundred.accepted()["batch_id"].as_str().unwrap();
    assert_eq!(
        ended(&client, batch).await["counts_by_status"]["completed"],
        100
    );
}
