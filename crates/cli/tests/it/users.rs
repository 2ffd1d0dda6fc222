//! `GET /v3/users/me`.

use serde_json::json;

use crate::support::{Server, on_every_backend, pictures};

#[tokio::test]
async fn the_account_is_the_workspace_and_owes_nothing() {
    let server = Server::embedded(&[]).await;
    let me = server.client().get("/v3/users/me").await;
    assert_eq!(me.data()["username"], "ws_default");
    assert_eq!(me.data()["billing_type"], "usage_based");
    assert_eq!(me.data()["usage_based"]["spending_current_usd"], 0.0);
    assert_eq!(me.data()["usage_based"]["spending_cap_usd"], json!(null));
    assert_eq!(me.data()["wallet"], json!(null));
    assert_eq!(me.data()["subscription"], json!(null));
}

#[tokio::test]
async fn usage_is_what_was_made_and_what_is_kept() {
    on_every_backend!(|server| {
        let client = server.client_of("ws_meter");
        let usage = async || client.get("/v3/users/me").await.data()["usage"].clone();
        let fresh = usage().await;
        assert_eq!(fresh["video_seconds"], 0.0);
        assert_eq!(fresh["spoken_characters"], 0);
        assert_eq!(fresh["stored_bytes"], 0);

        let portrait = pictures::portrait();
        let asset = client.asset("me.png", portrait.clone()).await;
        let kept = usage().await["stored_bytes"].as_u64().unwrap();
        assert_eq!(kept, portrait.len() as u64);
        let (_, look) = client.trained_avatar("Anna").await;
        let script = "Hello there.";
        let body = json!({
            "type": "avatar", "avatar_id": look, "script": script, "resolution": "720p",
        });
        let video = client.video(&body).await;
        let done = client.ended(&format!("/v3/videos/{video}")).await;
        let after = usage().await;
        let seconds = after["video_seconds"].as_f64().unwrap();
        assert!((seconds - done["duration"].as_f64().unwrap()).abs() < 1e-6);
        assert_eq!(after["spoken_characters"], script.len());

        let speech = json!({"text": "Good morning.", "voice_id": client.any_voice().await});
        for _ in 0..2 {
            client.post("/v3/voices/speech", &speech).await.data();
        }
        assert_eq!(
            usage().await["spoken_characters"],
            script.len() + "Good morning.".len(),
            "what is kept is not spoken again"
        );
        let film = reqwest::get(done["video_url"].as_str().unwrap())
            .await
            .unwrap();
        let film = film.bytes().await.unwrap().len() as u64;
        let full = after["stored_bytes"].as_u64().unwrap();
        assert!(
            full > kept * 2 + film,
            "{full}: the look and the video are kept, too"
        );
        client.delete(&format!("/v3/videos/{video}")).await.data();
        client.delete(&format!("/v3/assets/{asset}")).await.data();
        let less = usage().await["stored_bytes"].as_u64().unwrap();
        assert!(full - less >= film + kept, "{full} {less} {film}");
        assert_eq!(usage().await["video_seconds"], after["video_seconds"]);
        let stranger = server.client_of("ws_stranger_meter");
        let theirs = stranger.get("/v3/users/me").await;
        assert_eq!(theirs.data()["usage"]["video_seconds"], 0.0);
    });
}
