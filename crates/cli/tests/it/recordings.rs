//! Videos from recorded audio.

use serde_json::json;

use crate::support::Server;

/// "He was not an ill-disposed young man."
const READING: &[u8] = include_bytes!("../../../../assets/recordings/sense_and_sensibility.wav");

#[tokio::test]
async fn a_recording_is_spoken_and_written_down() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Jane").await;
    let audio = client.asset("reading.wav", READING.to_vec()).await;
    let body = json!({
        "type": "avatar", "avatar_id": look, "audio_asset_id": audio, "resolution": "720p",
        "voice_settings": {"speed": 1.4},
    });
    let id = client.video(&body).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    let duration_s = done["duration"].as_f64().unwrap();
    assert!((2.9..3.2).contains(&duration_s), "{duration_s}");
    let captions = reqwest::get(done["subtitle_url"].as_str().unwrap())
        .await
        .unwrap();
    let captions = captions.text().await.unwrap();
    for word in ["was not an", "young", "man"] {
        assert!(captions.contains(word), "{word} in {captions}");
    }
}

#[tokio::test]
async fn what_cannot_be_heard_is_refused_before_the_job() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Jane").await;
    let picture = client
        .asset("a.png", crate::support::pictures::small_portrait())
        .await;
    let mut cut = READING[..40].to_vec();
    cut.resize(60, 0);
    let broken = client.asset("broken.wav", cut).await;
    let good = client.asset("good.wav", READING.to_vec()).await;
    let refused =
        async |fields: serde_json::Value, status: u16, code: &str, param: Option<&str>| {
            let mut body = json!({"type": "avatar", "avatar_id": look});
            for (name, value) in fields.as_object().unwrap() {
                body[name] = value.clone();
            }
            let answer = client.post("/v3/videos", &body).await;
            answer.refused(status, code, param);
        };
    let invalid = "invalid_parameter";
    refused(
        json!({"audio_asset_id": picture}),
        400,
        invalid,
        Some("audio_asset_id"),
    )
    .await;
    refused(
        json!({"audio_asset_id": broken}),
        400,
        invalid,
        Some("audio_asset_id"),
    )
    .await;
    refused(
        json!({"audio_asset_id": "a b"}),
        400,
        invalid,
        Some("audio_asset_id"),
    )
    .await;
    refused(
        json!({"audio_asset_id": good, "script": "Hello."}),
        400,
        invalid,
        Some("audio_asset_id"),
    )
    .await;
    refused(
        json!({"audio_url": "https://127.0.0.1:1/a.mp3"}),
        400,
        "download_failed",
        Some("audio_url"),
    )
    .await;
    refused(json!({}), 400, invalid, Some("script")).await;
    let unknown = json!({"audio_asset_id": "ast_00000000000000000000000000000000"});
    refused(unknown, 404, "asset_not_found", None).await;
}
