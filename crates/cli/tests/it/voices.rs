//! All of `/v3/voices`.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{Answer, Server, on_every_backend};

#[tokio::test]
async fn installed_voices_are_listed_and_filtered() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let list = async |query: &str| client.get(&format!("/v3/voices?{query}")).await;
    let all = list("limit=100").await;
    let voices = all.data().as_array().unwrap();
    assert!(
        voices.len() >= 55,
        "hibari's and Kokoro's 54: {}",
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
    for (language, count) in [
        ("english", 29),
        ("en-gb", 8),
        ("Spanish", 3),
        ("FR", 1),
        ("ja_JP", 5),
        ("chinese", 8),
        ("pt-BR", 3),
    ] {
        let found = list(&format!("limit=100&language={language}")).await;
        let found = found.data().as_array().unwrap().len();
        assert!(found >= count, "{found} voices speak {language}");
    }

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
        ("limit=", "limit"),
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
        (with("input_type", json!("song")), "input_type"),
        (with("locale", json!("de-DE")), "locale"),
        (with("colour", json!("red")), "colour"),
    ] {
        let answer = client.post("/v3/voices/speech", &body).await;
        answer.refused(400, "invalid_parameter", Some(param));
    }
    for ssml in [
        "<speak>Hi <audio src='x'/></speak>",
        "<speak>Hi",
        "<speak/>",
    ] {
        let mut body = with("input_type", json!("ssml"));
        body["text"] = json!(ssml);
        let answer = client.post("/v3/voices/speech", &body).await;
        answer.refused(400, "tts_text_invalid", Some("text"));
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

#[tokio::test]
async fn marked_up_text_is_spoken_as_marked() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let voice = client.get("/v3/voices?limit=1").await.text("/0/voice_id");
    let speak = async |text: &str| {
        let body = json!({"text": text, "voice_id": voice, "input_type": "ssml"});
        client.post("/v3/voices/speech", &body).await
    };
    let plain = speak("<speak>Wait here. Now go.</speak>").await;
    let paused = speak("<speak>Wait here. <break time='2s'/> Now go.</speak>").await;
    let gap = |answer: &Answer| {
        let words = &answer.data()["word_timestamps"];
        words[2]["start"].as_f64().unwrap() - words[1]["end"].as_f64().unwrap()
    };
    assert!((gap(&paused) - 2.0).abs() < 0.25, "{} s", gap(&paused));
    assert!(gap(&plain) < 1.0);
}

#[tokio::test]
async fn samples_are_made_when_listened_to() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let listed = client.get("/v3/voices?limit=1").await;
    let link = listed.text("/0/preview_audio_url");
    let listen = async || {
        let answer = reqwest::get(&link).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "audio/mpeg");
        answer.bytes().await.unwrap()
    };
    let sound = listen().await;
    assert!(sound.len() > 10_000, "{} bytes", sound.len());
    assert_eq!(listen().await, sound, "made once");
}

#[tokio::test]
async fn voices_are_designed_kept_and_deleted() {
    on_every_backend!(|server| {
        let client = server.client();
        let wish = json!({"prompt": "A warm, calm older woman with a British accent", "seed": 4});
        let designed = client.post("/v3/voices", &wish).await;
        assert_eq!(designed.data()["seed"], 4);
        let voices = designed.data()["voices"].as_array().unwrap().clone();
        assert_eq!(voices.len(), 3);
        for voice in &voices {
            assert_eq!(voice["type"], "private");
            assert_eq!(
                (&voice["gender"], &voice["language"]),
                (&json!("female"), &json!("English"))
            );
        }
        let again = client.post("/v3/voices", &wish).await;
        let ids = |voices: &[Value]| -> HashSet<String> {
            voices
                .iter()
                .map(|v| v["voice_id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            ids(again.data()["voices"].as_array().unwrap()),
            ids(&voices)
        );
        let mut other = wish.clone();
        other["seed"] = json!(5);
        let other = client.post("/v3/voices", &other).await;
        assert!(ids(other.data()["voices"].as_array().unwrap()).is_disjoint(&ids(&voices)));
        let listed = client.get("/v3/voices?type=private&limit=100").await;
        assert_eq!(listed.data().as_array().unwrap().len(), 6);

        let id = voices[0]["voice_id"].as_str().unwrap();
        let path = format!("/v3/voices/{id}");
        let detail = client.get(&path).await;
        assert_eq!(detail.data()["status"], json!(null), "it is no clone");
        let body = json!({"text": "Good evening, everybody.", "voice_id": id});
        let spoken = client.post("/v3/voices/speech", &body).await;
        assert!(spoken.data()["duration"].as_f64().unwrap() > 1.0);
        let stranger = server.client_of("stranger");
        stranger
            .get(&path)
            .await
            .refused(404, "voice_not_found", None);
        stranger
            .delete(&path)
            .await
            .refused(404, "voice_not_found", None);
        let refused = stranger.post("/v3/voices/speech", &body).await;
        refused.refused(404, "voice_not_found", None);

        assert_eq!(client.delete(&path).await.data()["voice_id"], id);
        client
            .delete(&path)
            .await
            .refused(404, "voice_not_found", None);
        client
            .get(&path)
            .await
            .refused(404, "voice_not_found", None);
        for (body, param) in [
            (json!({}), "prompt"),
            (json!({"prompt": ""}), "prompt"),
            (json!({"prompt": "a".repeat(1001)}), "prompt"),
            (json!({"prompt": "a", "gender": "robot"}), "gender"),
            (json!({"prompt": "a", "locale": "tlh"}), "locale"),
            (json!({"prompt": "a", "seed": -1}), "seed"),
            (json!({"prompt": "a", "seed": 1_u64 << 63}), "seed"),
            (json!({"prompt": "a", "tone": 1}), "tone"),
        ] {
            let answer = client.post("/v3/voices", &body).await;
            answer.refused(400, "invalid_parameter", Some(param));
        }
    });
}

#[tokio::test]
async fn a_recording_becomes_a_voice() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let voices = client.get("/v3/voices?limit=100").await;
    let george = voices.data().as_array().unwrap();
    let george = george
        .iter()
        .find(|voice| voice["name"] == "George")
        .unwrap();
    // A voice of the server reads to be recorded: which one it is should be found out.
    let text = "It was a bright cold day in April, and the clocks were striking thirteen. He went up the stairs.";
    let body = json!({"text": text, "voice_id": george["voice_id"]});
    let spoken = client.post("/v3/voices/speech", &body).await;
    let sound = reqwest::get(spoken.text("/audio_url")).await.unwrap();
    let data = base64(&sound.bytes().await.unwrap());
    let audio = json!({"type": "base64", "media_type": "audio/mpeg", "data": data});
    let body = json!({"audio": audio, "voice_name": "My George"});
    let id = client
        .post("/v3/voices/clone", &body)
        .await
        .text("/voice_clone_id");
    let path = format!("/v3/voices/{id}");
    let done = client
        .until(&path, |voice| voice["status"] != "processing")
        .await;
    assert_eq!(done["status"], "complete", "{done}");
    assert_eq!(
        (&done["name"], &done["gender"]),
        (&json!("My George"), &json!("male"))
    );
    let similarity = |field: &str| done["similarity"][field].as_f64().unwrap();
    assert!(similarity("before") > 0.7, "{done}");
    assert!(similarity("after") >= similarity("before"));
    assert!(
        done["consent"]["attested_by"]
            .as_str()
            .unwrap()
            .starts_with("key_")
    );
    let body = json!({"text": "So this is me.", "voice_id": id});
    assert!(
        client.post("/v3/voices/speech", &body).await.data()["duration"]
            .as_f64()
            .unwrap()
            > 0.8
    );
    client.delete(&path).await.data();

    let silence =
        json!({"type": "base64", "media_type": "audio/wav", "data": base64(&silent_wav())});
    let body = json!({"audio": silence, "voice_name": "Nobody"});
    let id = client
        .post("/v3/voices/clone", &body)
        .await
        .text("/voice_clone_id");
    let done = client
        .until(&format!("/v3/voices/{id}"), |voice| {
            voice["status"] != "processing"
        })
        .await;
    assert_eq!(done["status"], "failed");
    assert!(
        done["failure_message"]
            .as_str()
            .unwrap()
            .contains("no voice"),
        "{done}"
    );
    let body = json!({"text": "Hello.", "voice_id": id});
    let refused = client.post("/v3/voices/speech", &body).await;
    refused.refused(400, "voice_unavailable", Some("voice_id"));
}

#[tokio::test]
async fn clones_are_checked_and_limited() {
    on_every_backend!(|server| {
        let client = server.client();
        let audio =
            json!({"type": "base64", "media_type": "audio/wav", "data": base64(&silent_wav())});
        let with = |field: &str, value: Value| {
            let mut body = json!({"audio": audio, "voice_name": "A"});
            body[field] = value;
            body
        };
        let missing = json!({"type": "asset_id", "asset_id": "ast_none"});
        for (body, param) in [
            (json!({"voice_name": "A"}), "audio"),
            (with("voice_name", json!("")), "voice_name"),
            (with("voice_name", json!("a".repeat(101))), "voice_name"),
            (with("language", json!("Klingon")), "language"),
            (with("loud", json!(true)), "loud"),
            (
                with(
                    "audio",
                    json!({"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}),
                ),
                "audio.data",
            ),
        ] {
            let answer = client.post("/v3/voices/clone", &body).await;
            answer.refused(400, "invalid_parameter", Some(param));
        }
        let unknown = client
            .post("/v3/voices/clone", &with("audio", missing))
            .await;
        unknown.refused(404, "asset_not_found", None);
        let public = client.get("/v3/voices?limit=1").await.text("/0/voice_id");
        let theirs = client.delete(&format!("/v3/voices/{public}")).await;
        theirs.refused(403, "resource_access_denied", None);
    });
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Four seconds of silence.
fn silent_wav() -> Vec<u8> {
    let length: u32 = 4 * 16_000 * 2;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    for number in [16_u32, 0x0001_0001, 16_000, 32_000, 0x0010_0002] {
        wav.extend(number.to_le_bytes());
    }
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.resize(44 + length as usize, 0);
    wav
}
