//! `GET /v3/voices`.

use std::collections::HashSet;

use serde_json::json;

use crate::support::Server;

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
