//! Keys of `likeness keys create --test`: the same API at next to no cost, and faults on demand.

use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Receiver, Server, on_every_backend, pictures};

/// The receivers of these tests are on this machine.
const OPEN: [(&str, &str); 1] = [("LIKENESS_NET__ALLOW_PRIVATE_HOSTS", "true")];

const SCRIPT: &str = "Welcome back. Today we look at three small changes, and why they matter.";

fn request(look: &str, title: &str) -> Value {
    json!({
        "type": "avatar", "avatar_id": look, "script": SCRIPT, "title": title,
        "resolution": "720p", "aspect_ratio": "9:16",
    })
}

/// A look and a finished video with this title.
async fn made(client: &Client, look: &str, title: &str) -> Value {
    let video = client.video(&request(look, title)).await;
    client.ended(&format!("/v3/videos/{video}")).await
}

async fn bytes(link: &Value) -> Vec<u8> {
    let answer = reqwest::get(link.as_str().unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{link}");
    answer.bytes().await.unwrap().to_vec()
}

/// What ffprobe says of the first stream of the kind: `entries` joined by commas.
fn probe(file: &[u8], kind: &str, entries: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, file).unwrap();
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", kind])
        .args([
            "-show_entries",
            &format!("stream={entries}"),
            "-of",
            "csv=p=0",
        ])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn everything_looks_real_and_is_the_same_every_time() {
    on_every_backend!(|server| {
        let client = server.test_client_of("ws_ci");
        let (group, look) = client.trained_avatar("Anna").await;
        let shown = client.get(&format!("/v3/avatars/looks/{look}")).await;
        assert_eq!(shown.data()["image_width"], 512);
        let preview = bytes(&shown.data()["preview_image_url"]).await;
        assert!(preview.starts_with(b"\xff\xd8"), "a JPEG");
        assert_eq!(
            probe(
                &bytes(&shown.data()["preview_video_url"]).await,
                "v:0",
                "codec_name"
            ),
            "h264"
        );

        let video = made(&client, &look, "First").await;
        assert_eq!(video["status"], "completed", "{video}");
        let film = bytes(&video["video_url"]).await;
        let seconds = video["duration"].as_f64().unwrap();
        assert!((3.0..9.0).contains(&seconds), "{seconds}");
        #[expect(clippy::cast_possible_truncation, reason = "a small count")]
        let frames = (seconds * 25.0).round() as i64;
        assert_eq!(
            probe(
                &film,
                "v:0",
                "codec_name,width,height,r_frame_rate,nb_read_frames"
            ),
            format!("h264,720,1280,25/1,{frames}")
        );
        let sound: f64 = probe(&film, "a:0", "duration").parse().unwrap();
        assert!((sound - seconds).abs() < 0.05, "{sound} {seconds}");
        let captions = String::from_utf8(bytes(&video["subtitle_url"]).await).unwrap();
        assert!(captions.contains("Welcome back."), "{captions}");
        let again = made(&client, &look, "Second").await;
        assert_eq!(bytes(&again["video_url"]).await, film);

        let voice = client.any_voice().await;
        let speech = json!({"text": "Good morning.", "voice_id": voice});
        let spoken = client.post("/v3/voices/speech", &speech).await;
        let sound = bytes(&spoken.data()["audio_url"]).await;
        let heard: f64 = probe(&sound, "a:0", "duration").parse().unwrap();
        let told = spoken.data()["duration"].as_f64().unwrap();
        assert!((heard - told).abs() < 0.1, "{heard} {told}");
        let words = spoken.data()["word_timestamps"].as_array().unwrap().len();
        assert!(words >= 2, "{}", spoken.body);

        // The same request is checked as a real one is.
        let wrong = json!({"type": "avatar", "avatar_id": look, "script": "..."});
        let wrong = client.post("/v3/videos", &wrong).await;
        wrong.refused(400, "script_too_short", Some("script"));
        let text = client.upload("file", "a.png", b"no picture".to_vec()).await;
        text.refused(400, "invalid_parameter", Some("file"));

        let real = server.client_of("ws_ci");
        for path in [
            format!("/v3/avatars/{group}"),
            format!("/v3/videos/{}", video["id"].as_str().unwrap()),
        ] {
            assert_eq!(real.get(&path).await.status, 404, "test and real never mix");
        }
        assert_eq!(
            client.get("/v3/users/me").await.data()["username"],
            "test_ws_ci"
        );
    });
}

#[tokio::test]
async fn two_servers_make_the_same_bytes() {
    let mut films = Vec::new();
    for _ in 0..2 {
        let server = Server::embedded(&[]).await;
        let client = server.test_client_of("ws_ci");
        let (_, look) = client.trained_avatar("Anna").await;
        let video = made(&client, &look, "Film").await;
        let speech = json!({"text": "Hi there.", "voice_id": client.any_voice().await});
        let spoken = client.post("/v3/voices/speech", &speech).await;
        films.push((
            bytes(&video["video_url"]).await,
            bytes(&spoken.data()["audio_url"]).await,
        ));
    }
    assert!(films[0] == films[1]);
}

#[tokio::test]
async fn names_and_titles_ask_for_faults() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_ci");
    let (group, _) = client
        .photo_avatar("Anna test:fail=no_face", pictures::portrait())
        .await;
    let failed = client.ended(&format!("/v3/avatars/{group}")).await;
    assert_eq!(failed["error"]["code"], "no_face", "{failed}");

    let (_, look) = client.trained_avatar("Anna").await;
    let failed = made(&client, &look, "A test:fail=rendering_failed").await;
    assert_eq!(failed["failure_code"], "rendering_failed", "{failed}");
    assert!(failed["failure_message"].as_str().unwrap().ends_with('.'));

    let started = Instant::now();
    let video = client.video(&request(&look, "test:delay=2")).await;
    let path = format!("/v3/videos/{video}");
    client.until(&path, |v| v["status"] == "processing").await;
    assert_eq!(client.ended(&path).await["status"], "completed");
    assert!(started.elapsed() >= Duration::from_secs(2));
    let video = client.video(&request(&look, "test:delay=600")).await;
    client.delete(&format!("/v3/videos/{video}")).await.data();

    let whole = bytes(&made(&client, &look, "whole").await["video_url"]).await;
    let half = made(&client, &look, "test:download=truncated").await;
    let half = bytes(&half["video_url"]).await;
    assert_eq!(half, whole[..whole.len() / 2]);
    let missing = made(&client, &look, "test:download=missing").await;
    let link = missing["video_url"].as_str().unwrap();
    assert_eq!(reqwest::get(link).await.unwrap().status(), 404);

    let unknown = client
        .post("/v3/videos", &request(&look, "test:explode=1"))
        .await;
    unknown.refused(400, "invalid_parameter", Some("title"));
    let asset = client.asset("a.png", pictures::portrait()).await;
    let body = json!({
        "type": "photo", "name": "test:delay=x",
        "file": {"type": "asset_id", "asset_id": asset},
    });
    let unknown = client.post("/v3/avatars", &body).await;
    unknown.refused(400, "invalid_parameter", Some("name"));

    // A real caller's words are words.
    let real = server.client_of("ws_ci");
    let (group, _) = real
        .photo_avatar("Anna test:fail=lunch", pictures::no_face())
        .await;
    let failed = real.ended(&format!("/v3/avatars/{group}")).await;
    assert_ne!(failed["error"]["code"], "lunch");
}

#[tokio::test]
async fn a_header_asks_for_answers() {
    let server = Server::embedded(&[]).await;
    let (test, real) = (server.test_client_of("ws_ci"), server.client_of("ws_ci"));
    let ask = async |client: &Client, wish: &str| {
        let request = client.request(Method::GET, "/v3/voices");
        client.send(request.header("X-Likeness-Test", wish)).await
    };
    let limited = ask(&test, "error=rate_limit_exceeded").await;
    limited.refused(429, "rate_limit_exceeded", None);
    assert_eq!(limited.header("retry-after"), "1");
    for (code, status) in [("internal_error", 500), ("service_unavailable", 503)] {
        ask(&test, &format!("error={code}"))
            .await
            .refused(status, code, None);
    }
    let started = Instant::now();
    ask(&test, "delay=300").await.data();
    assert!(started.elapsed() >= Duration::from_millis(300));
    let wrong = ask(&test, "error=lunch").await;
    wrong.refused(400, "invalid_parameter", Some("X-Likeness-Test"));
    ask(&real, "error=internal_error").await.data();
}

#[tokio::test]
async fn events_are_told_or_mistold_as_asked_for() {
    let server = Server::embedded(&OPEN).await;
    let client = server.test_client_of("ws_ci");
    let receiver = Receiver::start(0).await;
    let (_, look) = client.trained_avatar("Anna").await;
    let body = json!({"url": receiver.url("/hook")});
    let endpoint = client.post("/v3/webhooks/endpoints", &body).await;
    let secret = endpoint.text("/secret");
    let told_of = |title: &str| {
        let client = client.clone();
        let body = request(&look, title);
        async move { client.video(&body).await }
    };
    let is_of = |call: &crate::support::Call, video: &str| {
        call.body["event_data"]["video_id"] == json!(video)
    };
    let none = told_of("test:webhook=none").await;
    let twice = told_of("test:webhook=twice").await;
    let two = |call: &crate::support::Call| {
        let calls = receiver.calls();
        is_of(call, &twice) && calls.iter().filter(|c| is_of(c, &twice)).count() == 2
    };
    assert!(receiver.call(two).await.is_signed_with(&secret));
    let forged = told_of("test:webhook=forged").await;
    let call = receiver.call(|call| is_of(call, &forged)).await;
    assert!(!call.is_signed_with(&secret));
    assert!(!receiver.calls().iter().any(|call| is_of(call, &none)));

    told_of("test:webhook=fail").await;
    let list = "/v3/webhooks/endpoints";
    let off = client
        .until(list, |all| all[0]["status"] == "disabled")
        .await;
    let why = off[0]["failure_message"].as_str().unwrap();
    assert!(
        why.starts_with("Disabled, as no call has succeeded since 20"),
        "{why}"
    );
    assert!(why.contains("asked for by a trigger"), "{why}");
    let path = format!("{list}/{}", off[0]["endpoint_id"].as_str().unwrap());
    let on = client.patch(&path, &json!({})).await;
    assert_eq!(on.data()["status"], "enabled");
    assert_eq!(
        on.data()["failing_since"],
        json!(null),
        "its past is forgotten"
    );
}

#[tokio::test]
async fn test_sides_are_reached_with_test_keys_only() {
    let server = Server::embedded(&[]).await;
    let refused = server.keys(&["create", "--workspace", "test_ws_a"]);
    assert!(refused.unwrap_err().contains("--test"));
    let listed = |arguments: &[&str]| {
        server.keys(arguments).unwrap();
        server.keys(&["list"]).unwrap()
    };
    assert!(listed(&["create", "--test"]).contains("test_ws_default"));
}

/// The example of the guide is what a reader would run.
#[test]
fn the_guides_example_passes() {
    let docs = crate::support::workspace();
    let mut script = Command::new(docs.join("docs/examples/ci.sh"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LIKENESS_")) {
        script.env_remove(name);
    }
    let output = script
        .arg(docs.join("assets/portraits/astronaut.png"))
        .env("LIKENESS", env!("CARGO_BIN_EXE_likeness"))
        .env("LIKENESS_MODELS", likeness_testkit::models_dir())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.ends_with("passed\n"), "{output:?}");
}
