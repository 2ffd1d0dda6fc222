//! The server under the clients that exist: the official command-line client and the n8n node.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::official::{Fault, OfficialClient};
use crate::support::{Client, Receiver, Server, on_every_backend};

fn request(look: &str, title: &str) -> Value {
    json!({
        "type": "avatar", "avatar_id": look, "title": title, "resolution": "720p",
        "aspect_ratio": "1:1", "script": "Good morning. This is one short film.",
    })
}

/// A real video, from the request to its files, as `heygen video create --wait` and `video download` go.
#[tokio::test]
async fn the_command_line_client_waits_and_downloads() {
    on_every_backend!(|server| {
        let client = server.client();
        let official = OfficialClient::new(&client);
        let (_, look) = client.trained_avatar("Anna").await;
        let started = Instant::now();
        let made = official.post("/v3/videos", &request(&look, "One")).await;
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "it gives up then"
        );
        let made = made.unwrap();
        assert_eq!(made["status"], "waiting");
        let path = format!("/v3/videos/{}", made["video_id"].as_str().unwrap());

        let (video, seen) = official.wait(&path).await.unwrap();
        assert_eq!(video["status"], "completed", "{video}");
        let (ends, on_the_way) = seen.split_last().unwrap();
        assert_eq!(ends, "completed");
        let known = |status: &String| status == "pending" || status == "processing";
        assert!(on_the_way.iter().all(known), "{seen:?}");
        let pauses = official.pauses();
        assert!(
            pauses.iter().all(|p| (2..=30).contains(&p.as_secs())),
            "{pauses:?}"
        );

        let film = official.download(&video["video_url"]).await.unwrap();
        assert_eq!(&film[4..8], b"ftyp");
        let captions = official.download(&video["subtitle_url"]).await.unwrap();
        assert!(
            String::from_utf8(captions)
                .unwrap()
                .contains("Good morning.")
        );
        let picture = official.download(&video["thumbnail_url"]).await.unwrap();
        assert!(picture.starts_with(b"\xff\xd8"));

        client.delete(&path).await.data();
        let gone = official.download(&video["video_url"]).await;
        assert!(matches!(gone, Err(Fault::LinkExpired)), "{gone:?}");
        let gone = official.wait(&path).await;
        let Err(Fault::Api { status, code, .. }) = gone else {
            panic!("{gone:?}");
        };
        assert_eq!(
            (status, code.as_str()),
            (StatusCode::NOT_FOUND, "video_not_found")
        );
    });
}

#[tokio::test]
async fn the_command_line_client_is_told_why_a_video_failed() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_cli");
    let official = OfficialClient::new(&client);
    let (_, look) = client.trained_avatar("Anna").await;
    let failing = request(&look, "test:fail=rendering_failed test:delay=1");
    let made = official.post("/v3/videos", &failing).await.unwrap();
    let path = format!("/v3/videos/{}", made["video_id"].as_str().unwrap());
    let (video, seen) = official.wait(&path).await.unwrap();
    assert_eq!(video["status"], "failed");
    assert_eq!(video["failure_code"], "rendering_failed");
    assert!(video["failure_message"].as_str().unwrap().ends_with('.'));
    assert!(seen.len() > 1, "it waited: {seen:?}");
}

/// 429 is tried again whatever was asked, faults of the server only where a repeat changes nothing.
#[tokio::test]
async fn the_command_line_client_comes_through_limits_and_faults() {
    let settings = [
        ("LIKENESS_SERVER__REQUESTS_PER_SECOND", "2"),
        ("LIKENESS_SERVER__BURST", "2"),
    ];
    let server = Server::embedded(&settings).await;
    let official = OfficialClient::new(&server.test_client_of("ws_cli"));
    // Twice as many as may be at once; each that is refused comes again when it is told to.
    for _ in 0..4 {
        official.get("/v3/users/me").await.unwrap();
    }

    let server = Server::embedded(&[]).await;
    let official = OfficialClient::new(&server.test_client_of("ws_cli"));
    let me = "/v3/users/me";
    for code in [
        "internal_error",
        "service_unavailable",
        "rate_limit_exceeded",
    ] {
        let wish = format!("error={code}");
        let header = [("X-Likeness-Test", wish.as_str())];
        let read = official.call(Method::GET, me, None, &header).await;
        assert!(read.is_ok(), "{code}: {read:?}");
    }
    let webhooks = "/v3/webhooks/endpoints";
    let body = json!({"url": "https://example.com/hook"});
    let written = async |wish: &str| {
        let header = [("X-Likeness-Test", wish)];
        official
            .call(Method::POST, webhooks, Some(&body), &header)
            .await
    };
    assert!(written("error=rate_limit_exceeded").await.is_ok());
    let Err(Fault::Api {
        status,
        code,
        request_id,
    }) = written("error=service_unavailable").await
    else {
        panic!("a write is not repeated");
    };
    assert_eq!(
        (status.as_u16(), code.as_str()),
        (503, "service_unavailable")
    );
    assert!(!request_id.is_empty(), "which the client shows");
    let made = official.get(webhooks).await.unwrap();
    assert_eq!(made.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_that_expired_is_had_afresh_by_reading_again() {
    let server = Server::embedded(&[("LIKENESS_SERVER__LINK_LIFETIME_S", "1")]).await;
    let client = server.test_client_of("ws_cli");
    let official = OfficialClient::new(&client);
    let (_, look) = client.trained_avatar("Anna").await;
    let made = official
        .post("/v3/videos", &request(&look, "One"))
        .await
        .unwrap();
    let path = format!("/v3/videos/{}", made["video_id"].as_str().unwrap());
    let (video, _) = official.wait(&path).await.unwrap();
    let link = &video["video_url"];
    let started = Instant::now();
    while official.download(link).await.is_ok() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "it never expires"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let refused = reqwest::get(link.as_str().unwrap()).await.unwrap();
    assert_eq!(refused.status(), 403);
    let fresh = official.get(&path).await.unwrap();
    official.download(&fresh["video_url"]).await.unwrap();
}

/// What the n8n node does with a key, and the fields it sends beyond the contract.
#[tokio::test]
async fn the_n8n_node_is_understood() {
    let server = Server::embedded(&[("LIKENESS_NET__ALLOW_PRIVATE_HOSTS", "true")]).await;
    let client = server.test_client_of("ws_n8n");
    client.get("/v3/users/me").await.data();
    for list in [
        "/v3/avatars",
        "/v3/avatars/looks",
        "/v3/voices",
        "/v3/videos",
    ] {
        client.get(list).await.data();
    }
    let receiver = Receiver::start(0).await;
    let hook = json!({"url": receiver.url("/n8n"), "events": ["avatar_video.success"]});
    client.post("/v3/webhooks/endpoints", &hook).await.data();
    let (_, look) = client.trained_avatar("Anna").await;
    let mut body = request(&look, "From n8n");
    body["test"] = json!(false);
    body["enable_caption"] = json!(true);
    let video = client.video(&body).await;
    finished(&client, &video).await;
    let told = receiver.call(|call| call.path == "/n8n").await;
    assert_eq!(
        told.body["event"], "avatar_video.success",
        "the trigger reads this"
    );
    assert_eq!(told.body["event_data"]["video_id"], json!(video));
    // Fields that no client sends are still refused.
    body["tset"] = json!(true);
    let refused = client.post("/v3/videos", &body).await;
    refused.refused(400, "invalid_parameter", Some("tset"));
}

async fn finished(client: &Client, video: &str) -> Value {
    let ended = client.ended(&format!("/v3/videos/{video}")).await;
    assert_eq!(ended["status"], "completed", "{ended}");
    ended
}
