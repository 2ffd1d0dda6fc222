//! `Idempotency-Key`: the same request makes a thing once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Server, on_every_backend, pictures};

fn avatar(name: &str) -> Value {
    let data = STANDARD.encode(pictures::no_face());
    json!({
        "type": "photo", "name": name,
        "file": {"type": "base64", "media_type": "image/png", "data": data},
    })
}

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, path).json(body);
    client.send(request.header("Idempotency-Key", key)).await
}

async fn count(client: &Client, path: &str) -> usize {
    client.get(path).await.data().as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_makes_nothing() {
    on_every_backend!(|server| {
        let client = server.client_of("ws_again");
        let first = post(&client, "/v3/avatars", "k-1", &avatar("Anna")).await;
        // Even if the body differs.
        let again = post(&client, "/v3/avatars", "k-1", &avatar("Berta")).await;
        assert_eq!(again.body, first.body);
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
        assert_eq!(count(&client, "/v3/avatars").await, 1);

        let other_key = post(&client, "/v3/avatars", "k-2", &avatar("Anna")).await;
        assert_ne!(
            other_key.text("/avatar_group/id"),
            first.text("/avatar_group/id")
        );
        let other_caller = server.client_of("ws_again");
        post(&other_caller, "/v3/avatars", "k-1", &avatar("Anna"))
            .await
            .data();
        assert_eq!(count(&client, "/v3/avatars").await, 3);

        let refused = json!({"type": "photo", "name": ""});
        let bad = post(&client, "/v3/avatars", "k-3", &refused).await;
        let good = post(&client, "/v3/avatars", "k-3", &avatar("Anna")).await;
        assert_eq!(
            (good.status, &good.body),
            (bad.status, &bad.body),
            "refusals are kept, too"
        );

        let upload = async || {
            let part = Part::bytes(pictures::portrait()).file_name("me.png");
            let form = Form::new().part("file", part);
            let request = client.request(Method::POST, "/v3/assets").multipart(form);
            client.send(request.header("Idempotency-Key", "k-1")).await
        };
        let (one, two) = (upload().await, upload().await);
        assert_eq!(
            one.text("/asset_id"),
            two.text("/asset_id"),
            "another operation, another key"
        );
        assert_eq!(count(&client, "/v3/assets?username=ws_again").await, 1);
    });
}

#[tokio::test]
async fn answers_outlive_the_server() {
    for backend in likeness_testkit::backends().await.unwrap() {
        let mut server = Server::start(backend, &[]).await;
        let client = server.client();
        let first = post(&client, "/v3/avatars", "k-1", &avatar("Anna")).await;
        server.kill();
        server.run_again().await;
        let client = client.moved_to(server.base_url());
        let again = post(&client, "/v3/avatars", "k-1", &avatar("Anna")).await;
        assert_eq!(again.body, first.body);
    }
}

#[tokio::test]
async fn requests_at_the_same_moment_make_one_thing() {
    on_every_backend!(|server| {
        let client = server.client();
        let asking = (0..8).map(|_| {
            let client = client.clone();
            tokio::spawn(async move { post(&client, "/v3/avatars", "k-1", &avatar("Anna")).await })
        });
        let mut ids = Vec::new();
        for asked in asking.collect::<Vec<_>>() {
            let answer = asked.await.unwrap();
            if answer.status == 409 {
                answer.refused(409, "request_in_progress", None);
            } else {
                ids.push(answer.text("/avatar_group/id"));
            }
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(count(&client, "/v3/avatars").await, 1);
    });
}

#[tokio::test]
async fn keys_of_other_letters_are_refused() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let long = "a".repeat(256);
    for key in ["", "a b", "a/b", "ä", long.as_str()] {
        let refused = post(&client, "/v3/videos", key, &json!({})).await;
        refused.refused(400, "invalid_parameter", Some("Idempotency-Key"));
    }
    // A video that is refused before it is made is refused the same way again.
    let body = json!({"type": "avatar", "avatar_id": "lk_1", "script": "Hi."});
    for _ in 0..2 {
        let missing = post(&client, "/v3/videos", "a_b-c:d.9", &body).await;
        missing.refused(404, "avatar_not_found", None);
    }
}

#[tokio::test]
async fn a_rotation_that_comes_again_gives_the_same_secret() {
    on_every_backend!(|server| {
        let client = server.client();
        let body = json!({"url": "https://example.com/hook"});
        let made = client.post("/v3/webhooks/endpoints", &body).await;
        let id = made.text("/endpoint_id");
        let path = format!("/v3/webhooks/endpoints/{id}/rotate-secret");
        let rotated = async |key: &str| post(&client, &path, key, &json!({})).await;
        let first = rotated("r-1").await;
        let second = rotated("r-2").await;
        assert_ne!(first.text("/secret"), second.text("/secret"));
        assert_eq!(rotated("r-1").await.body, first.body, "even after another");
        assert_eq!(rotated("r-2").await.body, second.body);

        let kept = kept_answers(&server).await;
        assert_eq!(kept.len(), 2);
        let shows = |kept: &String| kept.contains("whsec_");
        assert!(!kept.iter().any(shows), "no secret is stored: {kept:?}");
    });
}

/// Everything that the server keeps to answer again.
async fn kept_answers(server: &Server) -> Vec<String> {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(server.database_url()).await.unwrap();
    let all = sqlx::query_scalar("SELECT body FROM answers").fetch_all(&pool);
    let all = all.await.unwrap();
    pool.close().await;
    all
}

/// A client whose patience ends before the answer asks again with the same key, and must find the thing made once.
#[tokio::test]
async fn a_client_that_went_away_gets_its_answer_later() {
    on_every_backend!(|server| {
        let client = server.client();
        for attempt in 0..5 {
            let key = format!("gone-{attempt}");
            let request = client.request(Method::POST, "/v3/avatars");
            let request = request
                .json(&avatar("Anna"))
                .header("Idempotency-Key", &key)
                // From too short for the server to begin, to long enough for it to end.
                .timeout(std::time::Duration::from_millis(1 << (2 * attempt)));
            let first = request.send().await;
            let again = loop {
                let again = post(&client, "/v3/avatars", &key, &avatar("Anna")).await;
                if again.status != 409 {
                    break again;
                }
            };
            // The patience may also end between the answer's head and its body.
            if let Ok(first) = first
                && let Ok(first) = first.json::<Value>().await
            {
                assert_eq!(first, again.body);
            }
            assert_eq!(count(&client, "/v3/avatars").await, attempt + 1, "{key}");
        }
    });
}
