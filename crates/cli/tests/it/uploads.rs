//! Direct uploads: a place is reserved, the bytes are sent to its link, and the asset is completed; alone or in batches.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, Client, Server, on_every_backend, pictures};

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn png(name: &str, bytes: &[u8]) -> Value {
    json!({"filename": name, "content_type": "image/png", "size_bytes": bytes.len()})
}

/// Sends bytes as the slot asks for; gives the answer.
async fn put(slot: &Value, bytes: Vec<u8>) -> reqwest::Response {
    let mut request = reqwest::Client::new()
        .put(slot["upload_url"].as_str().unwrap())
        .body(bytes);
    for (name, value) in slot["upload_headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.send().await.unwrap()
}

async fn refused(answer: reqwest::Response, status: u16, code: &str, param: Option<&str>) {
    Answer::read(answer).await.refused(status, code, param);
}

async fn complete(client: &Client, id: &str) -> Answer {
    client
        .post(&format!("/v3/assets/{id}/complete"), &json!({}))
        .await
}

#[tokio::test]
async fn a_file_sent_to_its_link_becomes_an_asset() {
    on_every_backend!(|server| {
        let client = server.client_of("ws_uploader");
        let bytes = pictures::portrait();
        let mut file = png("me.png", &bytes);
        file["checksum_sha256"] = json!(sha256(&bytes));
        let created = client.post("/v3/assets/direct-uploads", &file).await;
        let slot = created.data();
        let id = created.text("/asset_id");
        let max = slot["max_bytes"].as_u64().unwrap();
        assert!(max >= bytes.len() as u64, "{slot}");
        let path = format!("/v3/assets/{id}");
        let kept = async || {
            let me = client.get("/v3/users/me").await;
            me.data()["usage"]["stored_bytes"].as_u64().unwrap()
        };
        assert_eq!(kept().await, 0);

        complete(&client, &id).await.refused(409, "conflict", None);
        client
            .get(&path)
            .await
            .refused(404, "asset_not_found", None);
        let body = json!({
            "type": "photo", "name": "Anna", "file": {"type": "asset_id", "asset_id": id},
        });
        let early = client.post("/v3/avatars", &body).await;
        early.refused(404, "asset_not_found", None);

        assert_eq!(put(slot, bytes.clone()).await.status(), 200);
        assert_eq!(kept().await, bytes.len() as u64, "before it is an asset");
        client
            .get(&path)
            .await
            .refused(404, "asset_not_found", None);
        let stranger = server.client_of("ws_stranger");
        complete(&stranger, &id)
            .await
            .refused(404, "asset_not_found", None);
        let done = complete(&client, &id).await;
        assert_eq!(kept().await, bytes.len() as u64, "and counted once");
        assert_eq!(done.data()["status"], "processing");
        assert_eq!(done.data()["mime_type"], "image/png");
        assert_eq!(done.data()["size_bytes"], json!(bytes.len()));
        let again = complete(&client, &id).await;
        assert_eq!(again.data()["asset_id"], json!(id));
        let file = reqwest::get(done.text("/url")).await.unwrap();
        assert_eq!(file.headers()["content-type"], "image/png");
        assert_eq!(file.bytes().await.unwrap(), bytes);
        assert_eq!(client.get(&path).await.data()["name"], "me.png");
        client.post("/v3/avatars", &body).await.data();

        // What is complete never changes, and what is deleted stays so.
        refused(put(slot, bytes).await, 409, "conflict", None).await;
        client.delete(&path).await.data();
        complete(&client, &id)
            .await
            .refused(404, "asset_not_found", None);
    });
}

#[tokio::test]
async fn bytes_must_be_what_was_announced() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let bytes = pictures::portrait();
    let mut file = png("me.png", &bytes);
    file["checksum_sha256"] = json!(sha256(b"something else"));
    let created = client.post("/v3/assets/direct-uploads", &file).await;
    let (slot, id) = (created.data(), created.text("/asset_id"));
    let bad = "invalid_parameter";
    for wrong in [&bytes[1..], &[&bytes[..], &b"more"[..]].concat(), b""] {
        let answer = put(slot, wrong.to_vec()).await;
        refused(answer, 400, bad, Some("size_bytes")).await;
    }
    complete(&client, &id).await.refused(409, "conflict", None);

    assert_eq!(put(slot, bytes.clone()).await.status(), 200);
    for _ in 0..2 {
        let checksum = complete(&client, &id).await;
        checksum.refused(400, bad, Some("checksum_sha256"));
    }
    let statuses = format!("/v3/assets/statuses?asset_ids={id}");
    assert_eq!(client.get(&statuses).await.data()[0]["status"], "failed");

    // Of the announced size, but no PNG.
    let text = vec![b'x'; bytes.len()];
    assert_eq!(put(slot, text).await.status(), 200);
    let kind = complete(&client, &id).await;
    kind.refused(400, bad, Some("content_type"));
    let message = kind.body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("image/png") && message.contains("application/octet-stream"),
        "{message}"
    );
    let left = std::fs::read_dir(server.data_dir().join("scratch")).unwrap();
    assert_eq!(left.count(), 0, "no refused upload stays on disk");
    let objects = walk(&server.data_dir().join("objects/assets"));
    assert_eq!(objects, 1, "what was replaced is gone");

    let path = format!("/v3/assets/{id}/complete");
    let malformed = client.post(&path, &json!({"checksum_sha256": "abc"})).await;
    malformed.refused(400, bad, Some("checksum_sha256"));
    // Complete for a file that was uploaded in one go is no fault either.
    let whole = client.asset("me.png", bytes).await;
    assert_eq!(
        complete(&client, &whole).await.data()["asset_id"],
        json!(whole)
    );
}

fn walk(dir: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                walk(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

#[tokio::test]
async fn announcements_and_links_are_checked() {
    let server = Server::embedded(&[("LIKENESS_SERVER__MAX_UPLOAD_BYTES", "1000")]).await;
    let client = server.client();
    let path = "/v3/assets/direct-uploads";
    let good = || json!({"filename": "a.png", "content_type": "image/png", "size_bytes": 10});
    let created = client.post(path, &good()).await;
    let slot = created.data().clone();
    for (field, value) in [
        ("filename", json!("")),
        ("filename", json!("x".repeat(256))),
        ("filename", json!(5)),
        ("content_type", json!("text/html")),
        ("size_bytes", json!(0)),
        ("size_bytes", json!(-1)),
        ("size_bytes", json!(1001)),
        ("size_bytes", json!("10")),
        ("checksum_sha256", json!("xyz")),
    ] {
        let mut file = good();
        file[field] = value;
        let answer = client.post(path, &file).await;
        answer.refused(400, "invalid_parameter", Some(field));
        let batch = json!({"files": [good(), file]});
        let answer = client.post(&format!("{path}/batches"), &batch).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        let error = answer.body["error"].to_string();
        assert!(error.contains("files[1]"), "{error}");
    }
    let mut lacking = good();
    lacking.as_object_mut().unwrap().remove("size_bytes");
    let lacking = client.post(path, &lacking).await;
    lacking.refused(400, "invalid_parameter", Some("size_bytes"));

    let url = slot["upload_url"].as_str().unwrap();
    let send = async |url: String| {
        reqwest::Client::new()
            .put(url)
            .body("0123456789")
            .send()
            .await
    };
    for (forged, status) in [
        (url.replace("signature=", "signature=00"), 403),
        (url.replace("expires=", "expires=9"), 403),
        (url.split('?').next().unwrap().to_owned(), 403),
        (url.replace("/uploads/ast_", "/uploads/a%20b"), 400),
    ] {
        let answer = send(forged).await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(!answer.headers()["x-request-id"].is_empty());
    }
    let read = reqwest::get(url).await.unwrap();
    refused(read, 405, "method_not_allowed", None).await;
}

#[tokio::test]
async fn batches_tell_the_state_of_every_file() {
    on_every_backend!(|server| {
        let client = server.client_of("ws_batches");
        let (one, two) = (pictures::portrait(), pictures::no_face());
        let files = [png("1.png", &one), png("2.png", &two), png("3.png", &one)];
        let body = json!({"title": "Album", "files": files});
        let created = client
            .post("/v3/assets/direct-uploads/batches", &body)
            .await;
        let batch = created.text("/batch_id");
        let slots = created.data()["items"].as_array().unwrap().clone();
        let path = format!("/v3/assets/batches/{batch}");
        let counts = async || {
            let answer = client.get(&path).await;
            let data = answer.data();
            assert_eq!(data["total_items"], 3);
            let counts = &data["counts_by_status"];
            let number = |status: &str| counts[status].as_i64().unwrap();
            let list = ["queued", "processing", "completed", "failed"].map(number);
            (data["status"].as_str().unwrap().to_owned(), list)
        };
        assert_eq!(counts().await, ("processing".to_owned(), [3, 0, 0, 0]));

        assert_eq!(put(&slots[0], one.clone()).await.status(), 200);
        assert_eq!(put(&slots[1], vec![b'x'; two.len()]).await.status(), 200);
        assert_eq!(counts().await, ("processing".to_owned(), [1, 2, 0, 0]));
        let finish = async || {
            let body = json!({"batch_id": batch});
            let answer = client.post("/v3/assets/complete/batches", &body).await;
            assert_eq!(answer.accepted()["batch_id"], json!(batch));
        };
        finish().await;
        finish().await;
        assert_eq!(counts().await, ("processing".to_owned(), [1, 0, 1, 1]));
        assert_eq!(put(&slots[1], two.clone()).await.status(), 200);
        assert_eq!(put(&slots[2], one.clone()).await.status(), 200);
        finish().await;
        assert_eq!(counts().await, ("completed".to_owned(), [0, 0, 3, 0]));

        let page = client.get(&format!("{path}?limit=2")).await;
        assert_eq!(page.data()["has_more"], json!(true));
        let token = page.text("/next_token");
        let rest = client.get(&format!("{path}?limit=2&token={token}")).await;
        assert_eq!(rest.data()["items"][0]["video_id"], slots[2]["asset_id"]);
        assert_eq!(rest.data()["has_more"], json!(false));

        let first = slots[0]["asset_id"].as_str().unwrap();
        let query = format!("asset_ids={first},ast_none&batch_ids={batch},bat_none");
        let statuses = async |client: &Client| {
            let answer = client.get(&format!("/v3/assets/statuses?{query}")).await;
            let list = answer.data().as_array().unwrap().clone();
            let status = |entry: &Value| entry["status"].as_str().unwrap().to_owned();
            list.iter().map(status).collect::<Vec<_>>()
        };
        let mine = [
            "completed",
            "not_found",
            "completed",
            "completed",
            "completed",
        ];
        assert_eq!(statuses(&client).await[..5], mine);
        let stranger = server.client_of("ws_stranger");
        assert_eq!(statuses(&stranger).await, ["not_found"; 4]);
        stranger.get(&path).await.refused(404, "not_found", None);
        let foreign = json!({"batch_id": batch});
        let foreign = stranger.post("/v3/assets/complete/batches", &foreign).await;
        foreign.refused(404, "not_found", None);
    });
}

#[tokio::test]
async fn batch_requests_are_checked() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let bad = "invalid_parameter";
    let create = async |body: Value| {
        client
            .post("/v3/assets/direct-uploads/batches", &body)
            .await
    };
    let file = png("a.png", b"12345");
    create(json!({"files": []}))
        .await
        .refused(400, bad, Some("files"));
    let many = json!({"files": vec![file.clone(); 101]});
    create(many).await.refused(400, bad, Some("files"));
    let unknown = json!({"files": [file], "folder": "x"});
    create(unknown).await.refused(400, bad, Some("folder"));
    create(json!({})).await.refused(400, bad, Some("files"));
    let finish = async |body: Value| client.post("/v3/assets/complete/batches", &body).await;
    finish(json!({})).await.refused(400, bad, Some("batch_id"));
    finish(json!({"batch_id": "a b"}))
        .await
        .refused(400, bad, Some("batch_id"));
    finish(json!({"batch_id": "bat_1"}))
        .await
        .refused(404, "not_found", None);
    let ids = vec!["a"; 101].join(",");
    let many = client
        .get(&format!("/v3/assets/statuses?asset_ids={ids}"))
        .await;
    many.refused(400, bad, Some("asset_ids"));
    let page = client.get("/v3/assets/batches/bat_1?limit=0").await;
    page.refused(400, bad, Some("limit"));
}

#[tokio::test]
async fn the_same_key_reserves_one_place() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    for (path, body) in [
        ("/v3/assets/direct-uploads", png("a.png", b"12345")),
        (
            "/v3/assets/direct-uploads/batches",
            json!({"files": [png("a.png", b"12345")]}),
        ),
    ] {
        let request = || {
            let request = client.request(Method::POST, path).json(&body);
            request.header("Idempotency-Key", "same")
        };
        let first = client.send(request()).await;
        let again = client.send(request()).await;
        assert_eq!(first.data(), again.data(), "{path}");
    }
}

#[tokio::test]
async fn pictures_are_found_by_the_words_of_their_names() {
    on_every_backend!(|server| {
        let client = server.client_of("ws_searcher");
        let bytes = pictures::no_face();
        let car = client.asset("Red car (front).png", bytes.clone()).await;
        let other = client.asset("red_cars-behind.png", bytes.clone()).await;
        client.asset("sky.png", bytes.clone()).await;
        let find = async |client: &Client, query: &str| {
            let found = client.get(&format!("/v3/assets/search?{query}")).await;
            let list = found.data().as_array().unwrap().clone();
            let ids = list
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned());
            (ids.collect::<Vec<_>>(), found.body["next_token"].clone())
        };
        let query = "query=red%20car&type=image&scope=personal";
        let (found, _) = find(&client, query).await;
        assert_eq!(found, [car.as_str(), &other]);
        let (first, token) = find(&client, &format!("{query}&limit=1")).await;
        let next = format!("{query}&limit=1&token={}", token.as_str().unwrap());
        let (second, end) = find(&client, &next).await;
        assert_eq!([first, second].concat(), found);
        assert_eq!(end, Value::Null);
        let stranger = server.client_of("ws_stranger");
        for (client, query) in [
            (&stranger, query),
            (&client, "query=red%20car&type=image"),
            (&client, "query=red%20car&type=icon&scope=personal"),
            (&client, "query=zebra&type=image&scope=personal"),
        ] {
            assert_eq!(find(client, query).await.0, [] as [String; 0], "{query}");
        }
        let long = "x".repeat(1001);
        for (query, param) in [
            ("type=image".to_owned(), "query"),
            (format!("type=image&query={long}"), "query"),
            ("query=a".to_owned(), "type"),
            ("query=a&type=film".to_owned(), "type"),
            ("query=a&type=image&scope=mine".to_owned(), "scope"),
            ("query=a&type=image&limit=51".to_owned(), "limit"),
            ("query=a&type=image&token=x".to_owned(), "token"),
        ] {
            let answer = client.get(&format!("/v3/assets/search?{query}")).await;
            answer.refused(400, "invalid_parameter", Some(param));
        }
    });
}
