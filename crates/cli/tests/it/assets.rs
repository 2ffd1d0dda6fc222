//! `POST /v3/assets` and `GET /v3/assets/{asset_id}`.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;

use crate::support::{Server, on_every_backend, pictures};

#[tokio::test]
async fn an_uploaded_file_can_be_read_and_fetched() {
    on_every_backend!(|server| {
        let client = server.client();
        let bytes = pictures::portrait();
        let uploaded = client.upload("file", "me & you.png", bytes.clone()).await;
        assert_eq!(uploaded.data()["mime_type"], "image/png");
        assert_eq!(uploaded.data()["size_bytes"], json!(bytes.len()));
        let id = uploaded.text("/asset_id");

        let read = client.get(&format!("/v3/assets/{id}")).await;
        assert_eq!(read.data()["id"], json!(id));
        assert_eq!(read.data()["name"], "me & you.png");
        for link in [uploaded.text("/url"), read.text("/url")] {
            let file = reqwest::get(link).await.unwrap();
            assert_eq!(file.headers()["content-type"], "image/png");
            assert_eq!(file.bytes().await.unwrap(), bytes);
        }

        let stranger = server.client_of("ws_stranger");
        let foreign = stranger.get(&format!("/v3/assets/{id}")).await;
        foreign.refused(404, "asset_not_found", None);
    });
}

#[tokio::test]
async fn files_that_are_not_taken_are_refused_with_a_reason() {
    let server = Server::embedded(&[("LIKENESS_SERVER__MAX_FILE_BYTES", "400000")]).await;
    let client = server.client();
    let bad = Some("file");
    let text = client.upload("file", "photo.png", b"I am no picture".to_vec());
    text.await.refused(400, "invalid_parameter", bad);
    let empty = client.upload("file", "photo.png", Vec::new());
    empty.await.refused(400, "invalid_parameter", bad);
    let page = client.upload(
        "file",
        "p.html",
        b"<html><script>1</script></html>".to_vec(),
    );
    page.await.refused(400, "invalid_parameter", bad);
    let other_field = client.upload("picture", "photo.png", pictures::portrait());
    other_field
        .await
        .refused(400, "invalid_parameter", Some("picture"));
    let mut large = pictures::portrait();
    large.resize(400_001, 0);
    let large = client.upload("file", "photo.png", large);
    large.await.refused(413, "payload_too_large", bad);

    let post = || client.request(Method::POST, "/v3/assets");
    let nothing = client.send(post().multipart(Form::new())).await;
    nothing.refused(400, "invalid_parameter", bad);
    let json = client.send(post().json(&json!({"file": "x"}))).await;
    json.refused(400, "invalid_parameter", bad);
    let broken = post()
        .header("content-type", "multipart/form-data; boundary=x")
        .body("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf");
    client
        .send(broken)
        .await
        .refused(400, "invalid_parameter", bad);

    let left = std::fs::read_dir(server.data_dir().join("scratch")).unwrap();
    assert_eq!(left.count(), 0, "no refused upload stays on disk");
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_told_apart() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let unknown = client.get("/v3/assets/ast_1").await;
    unknown.refused(404, "asset_not_found", None);
    let malformed = client.get("/v3/assets/a%20b").await;
    malformed.refused(400, "invalid_parameter", Some("asset_id"));
}
