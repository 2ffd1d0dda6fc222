//! Music of the library under a video.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::scenes::{fetched, loudness, plain};
use crate::support::{Client, Server};

fn body(music: &Value) -> Value {
    let data = STANDARD.encode(plain([40, 60, 90]));
    json!({
        "type": "studio", "resolution": "720p", "background_music": music,
        "scenes": [{
            "type": "image", "duration": 4,
            "source": {"type": "base64", "media_type": "image/png", "data": data},
        }],
    })
}

async fn sound(client: &Client, kind: &str) -> String {
    let path = format!("/v3/audio/sounds?query=calm+piano&type={kind}&min_score=0&limit=1");
    client.get(&path).await.text("/0/id")
}

async fn levels(client: &Client, music: &Value) -> Vec<f64> {
    let done = client.made(&body(music)).await;
    let dir = tempfile::tempdir().unwrap();
    loudness(&fetched(&done["video_url"], dir.path()).await)
}

#[tokio::test]
async fn music_plays_as_loud_as_asked_from_start_to_end() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let id = sound(&client, "music").await;
    let full = levels(&client, &json!({"sound_id": id, "volume": 1})).await;
    let soft = levels(&client, &json!({"sound_id": id, "volume": 0.25})).await;
    let mean = |levels: &[f64]| levels[38..62].iter().sum::<f64>() / 24.0;
    // Nothing else is heard here; a quarter is 12 dB less.
    let ratio = mean(&soft) / mean(&full);
    assert!((0.2..0.32).contains(&ratio), "{ratio}");
    assert!(mean(&full) > 0.03, "{full:?}");
    let last = *full.last().unwrap();
    assert!(last < 0.25 * mean(&full), "it ends with the video: {last}");
}

#[tokio::test]
async fn music_that_there_is_not_is_refused_by_its_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let effect = sound(&client, "sound_effects").await;
    let music = sound(&client, "music").await;
    for (asked, param) in [
        (json!({"sound_id": "no such"}), "background_music.sound_id"),
        (json!({"sound_id": effect}), "background_music.sound_id"),
        (json!({"volume": 0.5}), "background_music.sound_id"),
        (
            json!({"sound_id": music, "volume": 0}),
            "background_music.volume",
        ),
        (
            json!({"sound_id": music, "volume": 1.1}),
            "background_music.volume",
        ),
        (
            json!({"sound_id": music, "loud": true}),
            "background_music.loud",
        ),
    ] {
        let answer = client.post("/v3/videos", &body(&asked)).await;
        answer.refused(400, "invalid_parameter", Some(param));
    }
}
