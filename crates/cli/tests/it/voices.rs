//! `GET /v3/voices`.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{Server, on_every_backend};

#[tokio::test]
async fn installed_voices_are_listed_and_filtered() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let list = async |query: &str| client.get(&format!("/v3/voices?{query}")).await;
    let all = list("limit=100").await;
    let voices = all.data().as_array().unwrap();
    assert!(
        voices.len() >= 29,
        "hibari's and Kokoro's 28: {}",
        voices.len()
    );
    let ids: HashSet<_> = voices
        .iter()
        .map(|v| v["voice_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), voices.len(), "ids are unique");
    for id in ids {
        let hex = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(hex, "{id} is not 32 hex digits");
    }
    for gender in ["female", "male"] {
        let found = list(&format!("limit=100&gender={gender}")).await;
        let found = found.data().as_array().unwrap();
        assert!(found.len() >= 10 && found.iter().all(|v| v["gender"] == gender));
    }
    assert_eq!(list("type=private").await.data(), &json!([]));
    assert_eq!(list("language=Klingon").await.data(), &json!([]));
    let english = list("limit=100&language=english").await;
    assert_eq!(english.data().as_array().unwrap().len(), voices.len());

    let (mut seen, mut token) = (0, String::new());
    loop {
        let page = list(&format!("limit=10{token}")).await;
        seen += page.data().as_array().unwrap().len();
        match page.body["next_token"].as_str() {
            Some(next) => token = format!("&token={next}"),
            None => break,
        }
    }
    assert_eq!(seen, voices.len());
    for (query, param) in [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("gender=robot", "gender"),
        ("type=stolen", "type"),
        ("token=x", "token"),
    ] {
        list(query)
            .await
            .refused(400, "invalid_parameter", Some(param));
    }
}

#[tokio::test]
async fn a_voice_is_read_by_its_id() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let listed = client.get("/v3/voices?limit=1").await;
    let id = listed.text("/0/voice_id");
    let voice = client.get(&format!("/v3/voices/{id}")).await;
    for field in ["voice_id", "name", "language", "gender"] {
        assert_eq!(voice.data()[field], listed.data()[0][field], "{field}");
    }
    assert_eq!(voice.data()["status"], json!(null), "it is no clone");
    let unknown = client.get(&format!("/v3/voices/{}", "0".repeat(32))).await;
    unknown.refused(404, "voice_not_found", None);
    let malformed = client.get("/v3/voices/a%20b").await;
    malformed.refused(400, "invalid_parameter", Some("voice_id"));
}

#[tokio::test]
async fn text_is_spoken_with_the_time_of_every_word() {
    on_every_backend!(|server| {
        let client = server.client();
        let voices = client.get("/v3/voices?limit=100").await;
        let speak = async |body: Value| client.post("/v3/voices/speech", &body).await;
        let text = "Big boats bring people. Please wait here!";
        // One voice of each engine.
        let ids = [voices.text("/0/voice_id"), voices.text("/28/voice_id")];
        for id in &ids {
            let spoken = speak(json!({"text": text, "voice_id": id})).await;
            let duration = spoken.data()["duration"].as_f64().unwrap();
            assert!((1.5..6.0).contains(&duration), "{duration} s");
            let words = spoken.data()["word_timestamps"].as_array().unwrap();
            let written: Vec<_> = words.iter().map(|w| w["word"].as_str().unwrap()).collect();
            assert_eq!(written.join(" "), text);
            let times: Vec<f64> = words
                .iter()
                .flat_map(|w| [&w["start"], &w["end"]].map(|t| t.as_f64().unwrap()))
                .collect();
            assert!(times.is_sorted() && times[0] >= 0.0 && times[times.len() - 1] <= duration);

            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("speech.mp3");
            let answer = reqwest::get(spoken.text("/audio_url")).await.unwrap();
            assert_eq!(answer.headers()["content-type"], "audio/mpeg");
            std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
            check_sound(&file, duration, &times);

            let again = speak(json!({"text": text, "voice_id": id})).await;
            assert_eq!(
                again.text("/request_id"),
                spoken.text("/request_id"),
                "made once"
            );
            let slow = speak(json!({"text": text, "voice_id": id, "speed": 0.7})).await;
            assert!(slow.data()["duration"].as_f64().unwrap() > duration * 1.15);
        }
    });
}

/// The MP3 has the length that was said, sounds within the words and is silent outside them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a few seconds of samples"
)]
fn check_sound(file: &std::path::Path, duration: f64, times: &[f64]) {
    let ffmpeg = likeness_media::ffmpeg::Ffmpeg::find().unwrap();
    let rate = 16_000;
    let samples = ffmpeg.decode_audio(file, rate, 60).unwrap();
    let level = |from: f64, to: f64| {
        let [from, to] = [from, to].map(|t| (t * f64::from(rate)) as usize);
        let part = &samples[from.min(samples.len())..to.min(samples.len())];
        let energy: f32 = part.iter().map(|s| s * s).sum();
        (energy / part.len().max(1) as f32).sqrt()
    };
    let length = samples.len() as f64 / f64::from(rate);
    assert!(
        (length - duration).abs() < 0.06,
        "{length} s, not {duration} s"
    );
    let whole = level(0.0, duration);
    for word in times.chunks(2) {
        assert!(
            level(word[0], word[1]) > whole * 0.2,
            "a word at {word:?} is silent"
        );
    }
    let before = (times[0] - 0.04).max(0.0);
    assert!(
        level(0.0, before) < whole * 0.1,
        "it begins before the first word"
    );
    assert!(
        level(times[times.len() - 1] + 0.12, duration) < whole * 0.1,
        "it goes on after the last"
    );
}

#[tokio::test]
async fn faults_in_what_is_to_be_spoken_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let voice = client.get("/v3/voices?limit=1").await.text("/0/voice_id");
    let with = |field: &str, value: Value| {
        let mut body = json!({"text": "Hello.", "voice_id": voice});
        body[field] = value;
        body
    };
    for (body, param) in [
        (json!({}), "text"),
        (json!({"text": "Hello."}), "voice_id"),
        (with("text", json!("")), "text"),
        (with("text", json!("a".repeat(5001))), "text"),
        (with("voice_id", json!("a b")), "voice_id"),
        (with("speed", json!(2.1)), "speed"),
        (with("speed", json!("fast")), "speed"),
        (with("input_type", json!("ssml")), "input_type"),
        (with("input_type", json!("song")), "input_type"),
        (with("locale", json!("de-DE")), "locale"),
        (with("colour", json!("red")), "colour"),
    ] {
        let answer = client.post("/v3/voices/speech", &body).await;
        answer.refused(400, "invalid_parameter", Some(param));
    }
    let silent = client
        .post("/v3/voices/speech", &with("text", json!("… !")))
        .await;
    silent.refused(400, "tts_text_invalid", Some("text"));
    let unknown = with("voice_id", json!("0".repeat(32)));
    let unknown = client.post("/v3/voices/speech", &unknown).await;
    unknown.refused(404, "voice_not_found", None);
    let named = with("language", json!("English"));
    client.post("/v3/voices/speech", &named).await.data();
}
