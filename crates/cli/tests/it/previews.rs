//! Videos that are watched while they are made, and speech that is spoken once.

use std::process::Command;
use std::time::Instant;

use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::{Client, Server, on_every_backend, workspace};

/// Long enough that its beginning is seen before its end is spoken.
fn script() -> String {
    let sentence = "This is one of many sentences, and every one of them takes a while to say. ";
    sentence.repeat(6)
}

fn request(look: &str, script: &str, background: &str) -> Value {
    json!({
        "type": "avatar", "avatar_id": look, "script": script, "resolution": "720p",
        "aspect_ratio": "1:1", "background": {"type": "color", "value": background},
    })
}

/// What ffprobe says of the streams: one line each.
fn probe(file: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file.mp4");
    std::fs::write(&path, file).unwrap();
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_entries"])
        .args(["stream=codec_name,width,nb_read_frames", "-of", "csv=p=0"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Packets of AAC, by what [`probe`] says.
fn sound_packets(probed: &str) -> i64 {
    let sound = probed.lines().find_map(|line| line.strip_prefix("aac,"));
    sound.unwrap().trim_end_matches(',').parse().unwrap()
}

/// MD5 of the decoded sound or pictures.
fn decoded(file: &[u8], stream: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file.mp4");
    std::fs::write(&path, file).unwrap();
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&path)
        .args(["-map", stream, "-f", "md5", "-"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn bytes(link: &Value) -> Vec<u8> {
    let answer = reqwest::get(link.as_str().unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{link}");
    answer.bytes().await.unwrap().to_vec()
}

async fn preview(client: &Client, video: &str) -> Value {
    let shown = client.get(&format!("/v3/videos/{video}/preview")).await;
    shown.data().clone()
}

#[tokio::test]
async fn a_video_is_watched_while_it_is_made() {
    on_every_backend!(|server| {
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let video = client.video(&request(&look, &script(), "#204080")).await;
        let path = format!("/v3/videos/{video}");
        // Asked for before anything of it is there.
        let link = preview(&client, &video).await["preview_url"].clone();
        let answer = reqwest::get(link.as_str().unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "video/mp4");
        let mut stream = answer.bytes_stream();
        let mut seen = stream.next().await.unwrap().unwrap().to_vec();
        let state = client.get(&path).await;
        assert_eq!(
            state.data()["status"],
            "processing",
            "it is not finished yet"
        );
        assert!(
            state.data()["progress"].as_f64().unwrap() < 0.9,
            "{}",
            state.body
        );
        assert_eq!(&seen[4..8], b"ftyp");
        let beginning = probe(&seen);
        assert!(
            beginning.starts_with("h264,720,"),
            "it can be played: {beginning}"
        );

        while let Some(piece) = stream.next().await {
            seen.extend_from_slice(&piece.unwrap());
        }
        let done = client.ended(&path).await;
        assert_eq!(done["status"], "completed", "{done}");
        let file = bytes(&done["video_url"]).await;
        let (watched, kept) = (probe(&seen), probe(&file));
        let (pictures, kept_pictures) = (watched.lines().next(), kept.lines().next());
        assert_eq!(pictures, kept_pictures);
        // The copy skips the encoder's priming, which is up to one packet of sound.
        let missing = sound_packets(&watched) - sound_packets(&kept);
        assert!((0..=1).contains(&missing), "{watched} against {kept}");
        assert_eq!(
            decoded(&seen, "0:v"),
            decoded(&file, "0:v"),
            "the same pictures"
        );
        let index = file.windows(4).position(|four| four == b"moov").unwrap();
        assert!(index < 100, "its index is in front: {index}");

        let finished = preview(&client, &video).await;
        assert_eq!(finished["status"], "completed");
        assert_eq!(
            bytes(&finished["preview_url"]).await,
            file,
            "the link goes on"
        );
        let stranger = server.client_of("ws_stranger");
        let foreign = stranger.get(&format!("{path}/preview")).await;
        foreign.refused(404, "video_not_found", None);
        let forged = link.as_str().unwrap().replace("signature=", "signature=00");
        assert_eq!(reqwest::get(forged).await.unwrap().status(), 403);
        client.delete(&path).await.data();
        let gone = reqwest::get(link.as_str().unwrap()).await.unwrap();
        assert_eq!(gone.status(), 404);
        assert_eq!(count(&server, "previews").await, 0);
    });
}

#[tokio::test]
async fn a_video_that_fails_or_has_no_parts_is_told() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_watch");
    let (_, look) = client.trained_avatar("Anna").await;
    let mut body = request(&look, "Good morning.", "#204080");
    body["title"] = json!("test:fail=rendering_failed");
    let video = client.video(&body).await;
    client.ended(&format!("/v3/videos/{video}")).await;
    let shown = preview(&client, &video).await;
    assert_eq!(
        (&shown["status"], &shown["preview_url"]),
        (&json!("failed"), &json!(null))
    );
    // What test mode makes comes in one piece.
    body["title"] = json!("test:delay=1");
    let video = client.video(&body).await;
    let link = preview(&client, &video).await["preview_url"].clone();
    let seen = bytes(&link).await;
    assert!(probe(&seen).starts_with("h264,720,"));
    let malformed = client.get("/v3/videos/a%20b/preview").await;
    malformed.refused(400, "invalid_parameter", Some("video_id"));
}

/// Prints how long it takes from the request to the first frame that is shown, as the clock of a busy machine fails no
/// test.
#[tokio::test]
#[ignore = "drives a browser; `cargo xtask browser` runs it"]
async fn a_video_plays_in_a_browser_while_it_is_made() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    // What is loaded once is loaded; the browser is open, as that of somebody who waits is.
    let warm = client
        .video(&request(&look, "Good morning.", "#204080"))
        .await;
    client.ended(&format!("/v3/videos/{warm}")).await;
    let browser = Browser::blind().await;
    // A page of the same server: browsers ask before a page from elsewhere reaches this machine.
    browser
        .open(&format!("{}/healthz", server.base_url()))
        .await;

    let script = script().repeat(2);
    let asked = Instant::now();
    let video = client.video(&request(&look, &script, "#204080")).await;
    let link = preview(&client, &video).await["preview_url"].clone();
    browser
        .value(&format!(
            "(() => {{ const v = document.createElement('video'); v.autoplay = v.muted = true; v.id = 'v';\
             v.src = {link}; document.body.append(v); }})()"
        ))
        .await;
    browser
        .until("document.getElementById('v').currentTime > 0")
        .await;
    let shown_s = asked.elapsed().as_secs_f64();
    let state = client.get(&format!("/v3/videos/{video}")).await;
    assert_eq!(state.data()["status"], "processing", "{}", state.body);
    assert_eq!(
        browser
            .value("document.getElementById('v').videoWidth")
            .await,
        720
    );
    // It goes on to its end, however much slower it is made than it is watched.
    client.ended(&format!("/v3/videos/{video}")).await;
    browser
        .value("(() => { document.getElementById('v').playbackRate = 8; })()")
        .await;
    browser.until("document.getElementById('v').ended").await;
    let length_s = browser
        .value("document.getElementById('v').currentTime")
        .await;
    browser.picture(&workspace().join("out/preview.png")).await;
    browser.close().await;
    println!("shown {shown_s:.2} s after the request, of {length_s} s");
}

#[tokio::test]
async fn speech_is_made_once_and_goes_with_its_last_video() {
    on_every_backend!(|server| {
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let made = async |client: &Client, look: &str, background: &str| {
            let body = request(look, "Good morning. This is said once.", background);
            let video = client.video(&body).await;
            let path = format!("/v3/videos/{video}");
            let done = client.ended(&path).await;
            assert_eq!(done["status"], "completed", "{done}");
            (path, bytes(&done["video_url"]).await)
        };
        let (first, blue) = made(&client, &look, "#0000ff").await;
        let (second, red) = made(&client, &look, "#ff0000").await;
        assert_eq!(decoded(&blue, "0:a"), decoded(&red, "0:a"));
        assert_ne!(decoded(&blue, "0:v"), decoded(&red, "0:v"));
        assert_eq!(count(&server, "kept_results").await, 1, "spoken once");
        assert_eq!(count(&server, "result_uses").await, 2);

        let stranger = server.client_of("ws_stranger");
        let (_, theirs) = stranger.trained_avatar("Berta").await;
        let (third, _) = made(&stranger, &theirs, "#0000ff").await;
        assert_eq!(count(&server, "kept_results").await, 2, "nothing is shared");
        stranger.delete(&third).await.data();
        client.delete(&first).await.data();
        assert_eq!(count(&server, "kept_results").await, 1, "one still uses it");
        client.delete(&second).await.data();
        assert_eq!(count(&server, "kept_results").await, 0);
    });
}

async fn count(server: &Server, table: &str) -> i64 {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(server.database_url()).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    let counted = sqlx::query_scalar(sql);
    let counted = counted.fetch_one(&pool).await.unwrap();
    pool.close().await;
    counted
}
