//! `POST /v3/videos` and what becomes of it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Client, Server, on_every_backend, pictures};

const SCRIPT: &str = "Maybe my baby bumped a big box. Would you please move it for me?";

/// What ffprobe tells about a file, as JSON.
pub(crate) fn probe(file: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-of",
            "json",
            "-show_streams",
            "-show_format",
        ])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn fetch(url: &str) -> Vec<u8> {
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    answer.bytes().await.unwrap().to_vec()
}

/// Start and end of each caption in seconds, and its text.
fn captions(srt: &str) -> Vec<(f64, f64, String)> {
    let seconds = |time: &str| -> f64 {
        let (clock, millis) = time.split_once(',').unwrap();
        let parts = clock.split(':').map(|part| part.parse::<f64>().unwrap());
        parts.fold(0.0, |sum, part| sum * 60.0 + part) + millis.parse::<f64>().unwrap() / 1000.0
    };
    let blocks = srt.trim().split("\n\n");
    let blocks: Vec<Vec<&str>> = blocks.map(|block| block.lines().collect()).collect();
    for (index, block) in blocks.iter().enumerate() {
        assert_eq!(block[0], (index + 1).to_string());
    }
    let times = |block: &[&str]| {
        let (from, to) = block[1].split_once(" --> ").unwrap();
        (seconds(from), seconds(to))
    };
    let read = blocks.iter().map(|block| {
        let (from, to) = times(block);
        (from, to, block[2..].join(" "))
    });
    read.collect()
}

#[tokio::test]
async fn a_script_becomes_a_video() {
    on_every_backend!(|server| {
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let body = json!({
            "type": "avatar", "avatar_id": look, "script": SCRIPT, "resolution": "720p",
            "aspect_ratio": "16:9", "title": "First", "callback_id": "cb-1",
        });
        let created = client.post("/v3/videos", &body).await;
        assert_eq!(created.data()["status"], "waiting");
        let path = format!("/v3/videos/{}", created.text("/video_id"));
        let early = client.get(&path).await;
        assert!(
            ["pending", "processing"].contains(&early.text("/status").as_str()),
            "{}",
            early.body
        );
        assert_eq!(early.data()["video_url"], json!(null));
        let mut seen = Vec::new();
        let done = loop {
            let now = client.get(&path).await;
            seen.push(now.data()["progress"].as_f64().unwrap());
            if now.text("/status") == "completed" {
                break now.data().clone();
            }
            assert_ne!(now.text("/status"), "failed", "{}", now.body);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        assert!(seen.is_sorted(), "progress only grows: {seen:?}");
        assert!(
            seen.iter().any(|p| (0.01..0.99).contains(p)),
            "it is shown: {seen:?}"
        );
        assert_eq!(done["title"], "First");
        check_files(&done, (1280, 720)).await;
    });
}

/// The video, its thumbnail and its captions are what the resource says.
async fn check_files(done: &Value, (width, height): (u32, u32)) {
    let link = |field: &str| done[field].as_str().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("video.mp4");
    let bytes = fetch(link("video_url")).await;
    std::fs::write(&file, &bytes).unwrap();
    let (moov, mdat) = (find(&bytes, b"moov"), find(&bytes, b"mdat"));
    assert!(moov < mdat, "players can start before the file is there");

    let probed = probe(&file);
    let stream = |kind: &str| {
        let streams = probed["streams"].as_array().unwrap();
        streams.iter().find(|s| s["codec_type"] == kind).unwrap()
    };
    let (picture, sound) = (stream("video"), stream("audio"));
    assert_eq!(picture["codec_name"], "h264");
    assert_eq!(picture["pix_fmt"], "yuv420p");
    assert_eq!(picture["r_frame_rate"], "25/1");
    assert_eq!(
        (&picture["width"], &picture["height"]),
        (&json!(width), &json!(height))
    );
    assert_eq!(sound["codec_name"], "aac");
    let length = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let duration = done["duration"].as_f64().unwrap();
    for measured in [
        &picture["duration"],
        &sound["duration"],
        &probed["format"]["duration"],
    ] {
        let measured = length(measured);
        assert!(
            (measured - duration).abs() < 0.1,
            "{measured} s, not {duration} s"
        );
    }
    assert!((3.0..8.0).contains(&duration), "{duration} s");

    let srt = String::from_utf8(fetch(link("subtitle_url")).await).unwrap();
    let captions = captions(&srt);
    let text: Vec<_> = captions.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(text.join(" "), SCRIPT);
    let times: Vec<_> = captions
        .iter()
        .flat_map(|(from, to, _)| [*from, *to])
        .collect();
    assert!(
        times.is_sorted() && times[times.len() - 1] <= duration + 0.001,
        "{times:?}"
    );

    let thumbnail = image::load_from_memory(&fetch(link("thumbnail_url")).await).unwrap();
    assert_eq!(thumbnail.width().max(thumbnail.height()), 640);
    loudness_is_of_speech(&file);
    mouth_moves(&file, (width, height));
}

fn find(bytes: &[u8], name: &[u8]) -> usize {
    bytes
        .windows(name.len())
        .position(|part| part == name)
        .unwrap()
}

/// -16 LUFS, and no peak that a player would clip.
fn loudness_is_of_speech(file: &Path) {
    let output = Command::new("ffmpeg")
        .args(["-nostats", "-i"])
        .arg(file)
        .args(["-vn", "-af", "ebur128=peak=true", "-f", "null", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = text.rsplit_once("Summary:").unwrap().1;
    let value = |name: &str| -> f64 {
        let rest = summary.split_once(name).unwrap().1;
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    let (loudness, peak) = (value("I:"), value("Peak:"));
    assert!((-17.0..-15.0).contains(&loudness), "{loudness} LUFS");
    assert!(peak < -1.0, "{peak} dBTP");
}

/// Grey pictures of the whole video, shrunk to 160 × 90, 9 × 16 or whatever fits: enough to see what moves.
fn mouth_moves(file: &Path, (width, height): (u32, u32)) {
    let (w, h) = (width / 8, height / 8);
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args([
            "-vf",
            &format!("scale={w}:{h},format=gray"),
            "-f",
            "rawvideo",
            "-",
        ])
        .output()
        .unwrap();
    let frames: Vec<&[u8]> = output.stdout.chunks_exact((w * h) as usize).collect();
    let change = |pair: &[&[u8]]| -> u32 {
        let differences = pair[0]
            .iter()
            .zip(pair[1])
            .map(|(a, b)| u32::from(a.abs_diff(*b)));
        differences.sum()
    };
    let moving = frames.windows(2).filter(|pair| change(pair) > 200).count();
    assert!(
        moving * 2 > frames.len(),
        "{moving} of {} frames move",
        frames.len()
    );
}

#[tokio::test]
async fn sizes_backgrounds_and_voices_are_as_asked() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let voices = client.get("/v3/voices?limit=100&gender=male").await;
    let voice = voices.text("/0/voice_id");
    for (resolution, ratio, size) in [
        ("720p", "9:16", (720, 1280)),
        ("1080p", "1:1", (1080, 1080)),
        ("1080p", "16:9", (1920, 1080)),
    ] {
        let body = json!({
            "type": "avatar", "avatar_id": look, "script": "Hi there.", "voice_id": voice,
            "resolution": resolution, "aspect_ratio": ratio, "fit": "contain",
            "background": {"type": "color", "value": "#20c040"},
        });
        let id = client.video(&body).await;
        let done = client.ended(&format!("/v3/videos/{id}")).await;
        assert_eq!(done["status"], "completed", "{done}");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("video.mp4");
        std::fs::write(&file, fetch(done["video_url"].as_str().unwrap()).await).unwrap();
        let probed = probe(&file);
        let picture = &probed["streams"][0];
        assert_eq!(
            (&picture["width"], &picture["height"]),
            (&json!(size.0), &json!(size.1))
        );
        if ratio != "1:1" {
            let thumbnail = fetch(done["thumbnail_url"].as_str().unwrap()).await;
            let corner = image::load_from_memory(&thumbnail).unwrap().to_rgb8();
            let [r, g, b] = corner.get_pixel(3, 3).0;
            let off = [(r, 0x20), (g, 0xc0), (b, 0x40)].map(|(a, b): (u8, u8)| a.abs_diff(b));
            assert!(off.iter().all(|&d| d < 8), "the corner is {:?}", [r, g, b]);
        }
    }
}

#[tokio::test]
async fn faults_in_the_request_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let with = |field: &str, value: Value| {
        let mut body = json!({"type": "avatar", "avatar_id": look, "script": "Hello."});
        body[field] = value;
        body
    };
    for (body, param) in [
        (json!({}), "type"),
        (json!({"type": "opera"}), "type"),
        (json!({"type": "avatar", "script": "Hello."}), "avatar_id"),
        (json!({"type": "avatar", "avatar_id": look}), "script"),
        (with("avatar_id", json!("a b")), "avatar_id"),
        (with("script", json!(7)), "script"),
        (with("script", json!("a".repeat(5001))), "script"),
        (
            with(
                "script",
                json!(format!("Hi.{}", r#"<break time="10s"/>"#.repeat(180))),
            ),
            "script",
        ),
        (with("voice_id", json!("a b")), "voice_id"),
        (with("resolution", json!("8k")), "resolution"),
        (with("aspect_ratio", json!("3:2")), "aspect_ratio"),
        (with("fit", json!("stretch")), "fit"),
        (
            with("background", json!({"type": "color", "value": "green"})),
            "background.value",
        ),
        (
            with("background", json!({"type": "color"})),
            "background.value",
        ),
        (
            with("background", json!({"type": "sky"})),
            "background.type",
        ),
        (
            with("voice_settings", json!({"speed": 9})),
            "voice_settings.speed",
        ),
        (
            with("voice_settings", json!({"volume": 2})),
            "voice_settings.volume",
        ),
        (with("title", json!("a".repeat(5000))), "title"),
        (with("colour", json!("red")), "colour"),
    ] {
        let answer = client.post("/v3/videos", &body).await;
        assert_eq!(
            answer.body["error"]["param"], param,
            "{body:.200} {}",
            answer.body
        );
        answer.refused(400, "invalid_parameter", Some(param));
    }
    let silent = client
        .post("/v3/videos", &with("script", json!(" … !")))
        .await;
    silent.refused(400, "script_too_short", Some("script"));
    let nobody = client
        .post("/v3/videos", &with("avatar_id", json!("lk_1")))
        .await;
    nobody.refused(404, "avatar_not_found", None);
    let mute = "0".repeat(32);
    let mute = client
        .post("/v3/videos", &with("voice_id", json!(mute)))
        .await;
    mute.refused(404, "voice_not_found", None);

    let (group, unusable) = client.photo_avatar("Nobody", pictures::no_face()).await;
    client.ended(&format!("/v3/avatars/{group}")).await;
    let unusable = client
        .post("/v3/videos", &with("avatar_id", json!(unusable)))
        .await;
    unusable.refused(400, "avatar_not_usable", Some("avatar_id"));
    let stranger = server.client_of("ws_stranger");
    let foreign = stranger
        .post("/v3/videos", &with("title", json!("Mine")))
        .await;
    foreign.refused(404, "avatar_not_found", None);
    assert_eq!(
        client.get("/v3/videos").await.data(),
        &json!([]),
        "nothing was made"
    );
}

#[tokio::test]
async fn an_avatar_that_still_trains_is_not_found() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.photo_avatar("Anna", pictures::portrait()).await;
    let body = json!({"type": "avatar", "avatar_id": look, "script": "Hello."});
    let refused = client.post("/v3/videos", &body).await;
    refused.refused(404, "avatar_not_found", None);
}

async fn short_video(client: &Client, look: &str, title: &str, folder: Option<&str>) -> String {
    let body = json!({
        "type": "avatar", "avatar_id": look, "script": "Hi.", "resolution": "720p",
        "aspect_ratio": "1:1", "title": title, "folder_id": folder,
    });
    client.video(&body).await
}

#[tokio::test]
async fn videos_are_listed_found_and_deleted() {
    on_every_backend!(|server| {
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let one = short_video(&client, &look, "Élan 100%", None).await;
        let two = short_video(&client, &look, "Second", Some("fld_1")).await;
        let list = async |query: &str| client.get(&format!("/v3/videos?{query}")).await;
        let ids = async |query: &str| -> Vec<String> {
            let list = list(query).await;
            let items = list.data().as_array().unwrap().iter();
            items
                .map(|item| item["id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(ids("").await, [two.as_str(), &one]);
        assert_eq!(ids("title=%C3%A9LAN").await, [one.as_str()]);
        assert_eq!(ids("title=0%25").await, [one.as_str()]);
        assert_eq!(ids("title=_").await, [] as [String; 0]);
        assert_eq!(ids("folder_id=fld_1").await, [two.as_str()]);
        let first = list("limit=1").await;
        let token = first.body["next_token"].as_str().unwrap();
        assert_eq!(ids(&format!("limit=1&token={token}")).await, [one.as_str()]);
        for (query, param) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("token=x", "token"),
        ] {
            list(query)
                .await
                .refused(400, "invalid_parameter", Some(param));
        }

        let path = format!("/v3/videos/{one}");
        let stranger = server.client_of("ws_stranger");
        stranger
            .get(&path)
            .await
            .refused(404, "video_not_found", None);
        stranger
            .delete(&path)
            .await
            .refused(404, "video_not_found", None);
        let done = client.ended(&path).await;
        client.delete(&path).await.data();
        client
            .get(&path)
            .await
            .refused(404, "video_not_found", None);
        let link = done["video_url"].as_str().unwrap();
        assert_eq!(reqwest::get(link).await.unwrap().status(), 404);
        client
            .delete(&path)
            .await
            .refused(404, "video_not_found", None);
        let malformed = client.get("/v3/videos/a%20b").await;
        malformed.refused(400, "invalid_parameter", Some("video_id"));
        let malformed = client.delete("/v3/videos/a%20b").await;
        malformed.refused(400, "invalid_parameter", Some("video_id"));
        assert_eq!(
            client.ended(&format!("/v3/videos/{two}")).await["status"],
            "completed"
        );
    });
}

#[tokio::test]
async fn a_video_of_a_deleted_avatar_fails_with_a_reason() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let long = json!({
        "type": "avatar", "avatar_id": look, "resolution": "720p", "script": SCRIPT.repeat(3),
    });
    let first = client.video(&long).await;
    // The second waits for the first, so its avatar is gone before its turn.
    let second = client.video(&long).await;
    let is_drawn = |video: &Value| video["progress"].as_f64().unwrap() > 0.0;
    client.until(&format!("/v3/videos/{first}"), is_drawn).await;
    client
        .delete(&format!("/v3/avatars/looks/{look}"))
        .await
        .data();
    let failed = client.ended(&format!("/v3/videos/{second}")).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "avatar_not_found");
    assert!(!failed["failure_message"].as_str().unwrap().is_empty());
    // What was being drawn had all it needed.
    assert_eq!(
        client.ended(&format!("/v3/videos/{first}")).await["status"],
        "completed"
    );
}

#[tokio::test]
async fn many_statuses_are_read_at_once() {
    on_every_backend!(|server| {
        let client = server.client();
        let (_, look) = client.trained_avatar("Anna").await;
        let one = short_video(&client, &look, "One", None).await;
        let two = short_video(&client, &look, "Two", None).await;
        for id in [&one, &two] {
            client.ended(&format!("/v3/videos/{id}")).await;
        }
        let asked =
            format!("/v3/videos/statuses?video_ids={two},v_1,%20{one},a%20b&batch_ids=bat_1");
        let entries = client.get(&asked).await.data().clone();
        let entry = |k: usize| {
            (
                entries[k]["video_id"].as_str(),
                entries[k]["status"].as_str(),
            )
        };
        assert_eq!(entry(0), (Some(two.as_str()), Some("completed")));
        assert_eq!(entry(1), (Some("v_1"), Some("not_found")));
        assert_eq!(entry(2), (Some(one.as_str()), Some("completed")));
        assert_eq!(entry(3), (Some("a b"), Some("not_found")));
        assert_eq!(entry(4), (None, Some("not_found")));
        assert_eq!(entries[4]["batch_id"], "bat_1");
        let stranger = server.client_of("ws_stranger");
        let foreign = stranger
            .get(&format!("/v3/videos/statuses?video_ids={one}"))
            .await;
        assert_eq!(foreign.text("/0/status"), "not_found");
        assert_eq!(client.get("/v3/videos/statuses").await.data(), &json!([]));
        let many = vec!["v_1"; 101].join(",");
        let refused = client
            .get(&format!("/v3/videos/statuses?video_ids={many}"))
            .await;
        refused.refused(400, "invalid_parameter", Some("video_ids"));
    });
}
