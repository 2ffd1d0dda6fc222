//! Consent over HTTP: pages, recordings, the gate before videos, the operator's commands, and erasure.

use likeness_infer::{FaceEmbedder, FaceModels};
use likeness_store::Store;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Server, on_every_backend, pictures};

/// Makes a trained avatar of the portrait a digital twin that waits for consent, as if its footage had shown the same
/// face.
pub(crate) async fn twin(server: &Server, client: &Client, name: &str) -> (String, String) {
    let (group, look) = client.trained_avatar(name).await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(server.database_url()).await.unwrap();
    for statement in [
        "UPDATE looks SET look_type = 'digital_twin' WHERE group_id = $1",
        "UPDATE avatar_groups SET consent_status = 'pending', status = 'pending_consent' WHERE id = $1",
    ] {
        let done = sqlx::query(statement).bind(&group).execute(&pool).await;
        assert_eq!(done.unwrap().rows_affected(), 1);
    }
    let workspace: String =
        sqlx::query_scalar("SELECT workspace_id FROM avatar_groups WHERE id = $1")
            .bind(&group)
            .fetch_one(&pool)
            .await
            .unwrap();
    pool.close().await;
    let store = Store::connect(server.database_url()).await.unwrap();
    let faces = vec![face(&pictures::portrait()); 4];
    let now = likeness_domain::time::UnixMillis::now();
    store
        .put_group_faces(
            &workspace.parse().unwrap(),
            &group.parse().unwrap(),
            &faces,
            now,
        )
        .await
        .unwrap();
    store.close().await;
    (group, look)
}

/// The embedding of the face in a picture.
fn face(picture: &[u8]) -> Vec<f32> {
    let models = likeness_testkit::models_dir();
    let image = image::load_from_memory(picture).unwrap().to_rgb8();
    let found = FaceModels::load(&models).unwrap().analyse(&image).unwrap();
    let embedder = FaceEmbedder::load(&models).unwrap();
    let embedding = embedder.embed(&image, &found[0].landmarks).unwrap();
    embedding.values().to_vec()
}

pub(crate) async fn consent(client: &Client, group: &str, body: &Value) -> Answer {
    client
        .post(&format!("/v3/avatars/{group}/consent"), body)
        .await
}

pub(crate) async fn standing(client: &Client, group: &str) -> (String, String) {
    let found = client.get(&format!("/v3/avatars/{group}")).await;
    (found.text("/status"), found.text("/consent_status"))
}

/// The page's address with `part` behind its path.
fn part(url: &str, part: &str) -> String {
    url.replacen('?', &format!("/{part}?"), 1)
}

/// Runs `likeness consent`; gives whether it succeeded, and what it said.
pub(crate) fn operator(server: &Server, arguments: &[&str]) -> (bool, String) {
    let output = server
        .program()
        .arg("consent")
        .args(arguments)
        .arg("--data-dir")
        .arg(server.data_dir())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A film of a second with a picture and a sound; nobody is in it.
fn film() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("film.webm");
    let made = std::process::Command::new("ffmpeg")
        .args("-loglevel error -f lavfi -i testsrc=d=1:s=320x240 -f lavfi -i sine=d=1".split(' '))
        .args("-c:v libvpx -c:a libopus".split(' '))
        .arg(&file)
        .status()
        .unwrap();
    assert!(made.success());
    std::fs::read(file).unwrap()
}

async fn put(url: &str, bytes: Vec<u8>) -> (u16, Value) {
    let answer = reqwest::Client::new()
        .put(url)
        .body(bytes)
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// Waits for the verdict on a page's recording.
async fn verdict(url: &str) -> Value {
    for _ in 0..1200 {
        let told: Value = reqwest::get(part(url, "status"))
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        if told["data"]["verdict"] != "verifying" {
            return told["data"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no verdict")
}

fn video_of(look: &str) -> Value {
    json!({"type": "avatar", "avatar_id": look, "script": "Hello."})
}

#[tokio::test]
async fn a_twin_speaks_between_consent_and_its_end_only() {
    on_every_backend!(|server| {
        let client = server.test_client_of("ws_consent");
        let (group, look) = twin(&server, &client, "Anna").await;
        let early = client.post("/v3/videos", &video_of(&look)).await;
        early.refused(400, "avatar_consent_required", Some("avatar_id"));
        let batch = json!({"videos": [video_of(&look)]});
        client.post("/v3/videos/batches", &batch).await.refused(
            400,
            "invalid_parameter",
            Some("videos"),
        );

        let asked = consent(
            &client,
            &group,
            &json!({"reroute_url": "https://example.com/done"}),
        )
        .await;
        let (url, statement) = (asked.text("/url"), asked.text("/statement"));
        assert!(statement.contains("Anna"), "{statement}");
        let page = reqwest::get(&url).await.unwrap();
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"));
        let html = page.text().await.unwrap();
        assert!(
            html.contains(&statement) && html.contains("https://example.com/done"),
            "{html}"
        );
        let forged = reqwest::get(url.replace("signature=", "signature=00"))
            .await
            .unwrap();
        assert_eq!(forged.status(), 403);

        // What is no recording leaves the page open.
        let recording = part(&url, "recording");
        assert_eq!(put(&recording, b"nothing".to_vec()).await.0, 400);
        assert_eq!(put(&recording, pictures::portrait()).await.0, 400);
        assert_eq!(put(&recording, film()).await.0, 200);
        assert_eq!(put(&recording, film()).await.0, 409);
        assert_eq!(verdict(&url).await["verdict"], "approved");
        let approved = ("completed".to_owned(), "approved".to_owned());
        assert_eq!(standing(&client, &group).await, approved);
        let video = client.video(&video_of(&look)).await;
        let made = client.ended(&format!("/v3/videos/{video}")).await;
        assert_eq!(made["status"], "completed", "{made}");

        let waiting = json!({"type": "avatar", "avatar_id": look, "script": "Hello.", "title": "test:delay=2"});
        let waiting = client.video(&waiting).await;
        let (done, said) = operator(
            &server,
            &["revoke", &group, "--by", "Ben", "--why", "she asked"],
        );
        assert!(done, "{said}");
        let late = client.post("/v3/videos", &video_of(&look)).await;
        late.refused(400, "avatar_consent_required", Some("avatar_id"));
        let stopped = client.ended(&format!("/v3/videos/{waiting}")).await;
        assert_eq!(
            stopped["failure_code"], "avatar_consent_required",
            "{stopped}"
        );
        let revoked = ("pending_consent".to_owned(), "revoked".to_owned());
        assert_eq!(standing(&client, &group).await, revoked);

        let told = operator(&server, &["show", &group]).1;
        for word in [
            "link_created",
            "granted",
            "used",
            "use_refused",
            "operator:Ben",
            "she asked",
        ] {
            assert!(told.contains(word), "{word}: {told}");
        }
        client.delete(&format!("/v3/avatars/{group}")).await.data();
        let told = operator(&server, &["show", &group]).1;
        assert!(
            told.contains("erased") && !told.contains("she asked"),
            "{told}"
        );
        let (whole, said) = operator(&server, &["verify"]);
        assert!(whole && said.contains("records"), "{said}");
        assert!(!operator(&server, &["verify", "--expect", &"0".repeat(64)]).0);
        if server.data_dir().join("objects").exists() {
            let left = files_under(&server.data_dir().join("objects"));
            let mine = left
                .iter()
                .filter(|path| path.contains("consent/") || path.contains(&look));
            assert_eq!(mine.count(), 0, "{left:?}");
        }
    });
}

fn files_under(dir: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_under(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn what_cannot_be_consent_is_refused() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_consent");
    let (photo, _) = client.trained_avatar("Photo").await;
    consent(&client, &photo, &json!({}))
        .await
        .refused(400, "invalid_parameter", Some("group_id"));
    consent(&client, "ag_none", &json!({}))
        .await
        .refused(404, "avatar_group_not_found", None);
    let (group, _) = twin(&server, &client, "Anna").await;
    for (param, body) in [
        ("reroute_url", json!({"reroute_url": "javascript:alert(1)"})),
        ("consent_text", json!({"consent_text": "I <b>agree</b>"})),
        ("consent_text", json!({"consent_text": "x".repeat(1001)})),
        (
            "consent_video",
            json!({"consent_text": "I agree.",
            "consent_video": {"type": "url", "url": "https://example.com/a.mp4"}}),
        ),
        ("surely_no_field", json!({"surely_no_field": 1})),
    ] {
        consent(&client, &group, &body)
            .await
            .refused(400, "invalid_parameter", Some(param));
    }
    let own = consent(&client, &group, &json!({"consent_text": "Yes, I do."})).await;
    assert!(
        own.text("/statement")
            .starts_with("Yes, I do. My words today are: ")
    );
    // The default policy takes nobody's word.
    let (done, said) = operator(
        &server,
        &["attest", &group, "--by", "Ben", "--why", "paper"],
    );
    assert!(!done && said.contains("policy"), "{said}");
    let asset = client.asset("consent.webm", film()).await;
    let sent = json!({"consent_video": {"type": "asset_id", "asset_id": asset}});
    let sent = consent(&client, &group, &sent).await;
    assert_eq!(sent.data()["url"], Value::Null);
    let done = client
        .until(&format!("/v3/avatars/{group}"), |group| {
            group["consent_status"] == "approved"
        })
        .await;
    assert_eq!(done["status"], "completed");
}

#[tokio::test]
async fn an_operator_vouches_where_the_policy_allows_it() {
    let settings = [("LIKENESS_CONSENT__POLICY", "attested")];
    let server = Server::embedded(&settings).await;
    let client = server.test_client_of("ws_consent");
    let (group, look) = twin(&server, &client, "Anna").await;
    assert!(
        !operator(&server, &["attest", &group, "--by", "Ben"]).0,
        "without a reason"
    );
    let (done, said) = operator(
        &server,
        &["attest", &group, "--by", "Ben", "--why", "contract 7"],
    );
    assert!(done, "{said}");
    client.video(&video_of(&look)).await;
}

#[tokio::test]
async fn a_link_may_be_asked_for_again_with_the_same_key() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_consent");
    let (group, _) = twin(&server, &client, "Anna").await;
    let ask = async || {
        let path = format!("/v3/avatars/{group}/consent");
        let request = client.request(Method::POST, &path).json(&json!({}));
        client
            .send(request.header("Idempotency-Key", "once"))
            .await
            .text("/url")
    };
    assert_eq!(ask().await, ask().await);
}

/// A film in which the portrait says the text, made as any video is.
async fn speaking(client: &Client, text: &str) -> Vec<u8> {
    let (_, look) = client.trained_avatar("Speaker").await;
    let body = json!({"type": "avatar", "avatar_id": look, "script": text, "resolution": "720p"});
    let made = client.made(&body).await;
    let url = made["video_url"].as_str().unwrap();
    reqwest::get(url)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test]
#[ignore = "renders and hears speech for minutes; `cargo xtask consent` runs it"]
async fn recordings_are_really_looked_at_and_listened_to() {
    let settings = [("LIKENESS_SERVER__MAX_FILE_BYTES", "100000000")];
    let server = Server::embedded(&settings).await;
    let client = server.client();
    let (group, _) = twin(&server, &client, "Anna").await;
    let asked = consent(&client, &group, &json!({})).await;
    let film = speaking(&client, &asked.text("/statement")).await;
    // Another day's words.
    let other = consent(&client, &group, &json!({})).await.text("/url");
    assert_eq!(put(&part(&other, "recording"), film.clone()).await.0, 200);
    let told = verdict(&other).await;
    assert_eq!(told["verdict"], "rejected", "{told}");
    assert_eq!(told["reasons"], json!(["wrong_words"]), "{told}");
    // The right ones.
    let url = asked.text("/url");
    assert_eq!(put(&part(&url, "recording"), film.clone()).await.0, 200);
    let told = verdict(&url).await;
    assert_eq!(told["verdict"], "approved", "{told}");
    println!("{}", operator(&server, &["show", &group]).1);
}
