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

#[tokio::test]
async fn assets_are_listed_and_deleted_without_harm_to_what_was_made_from_them() {
    on_every_backend!(|server| {
        let client = server.client_of("ws_lister");
        let portrait = client.asset("one.png", pictures::portrait()).await;
        let other = client.asset("two.png", pictures::no_face()).await;
        let list = async |query: &str| client.get(&format!("/v3/assets?{query}")).await;
        let names = async |query: &str| -> Vec<String> {
            let list = list(query).await;
            let items = list.data().as_array().unwrap().iter();
            items
                .map(|item| item["id"].as_str().unwrap().to_owned())
                .collect()
        };
        let me = client.get("/v3/users/me").await.text("/username");
        assert_eq!(me, "ws_lister");
        let mine = format!("username={me}");
        assert_eq!(names(&mine).await, [other.as_str(), &portrait]);
        let first = list(&format!("{mine}&limit=1")).await;
        let token = first.body["next_token"].as_str().unwrap();
        let rest = format!("{mine}&limit=1&token={token}");
        assert_eq!(names(&rest).await, [portrait.as_str()]);
        assert_eq!(names("username=somebody").await, [] as [String; 0]);
        assert_eq!(
            names(&format!("{mine}&folder_id=fld_1")).await,
            [] as [String; 0]
        );
        for (query, param) in [
            (String::new(), "username"),
            (format!("{mine}&limit=101"), "limit"),
            (format!("{mine}&token=x"), "token"),
        ] {
            list(&query)
                .await
                .refused(400, "invalid_parameter", Some(param));
        }

        let body = json!({
            "type": "photo", "name": "Anna", "file": {"type": "asset_id", "asset_id": portrait},
        });
        let group = client
            .post("/v3/avatars", &body)
            .await
            .text("/avatar_group/id");
        let path = format!("/v3/assets/{portrait}");
        let link = client.get(&path).await.text("/url");
        let stranger = server.client_of("ws_stranger");
        stranger
            .delete(&path)
            .await
            .refused(404, "asset_not_found", None);
        assert_eq!(client.delete(&path).await.data()["id"], json!(portrait));
        client
            .delete(&path)
            .await
            .refused(404, "asset_not_found", None);
        let malformed = client.delete("/v3/assets/a%20b").await;
        malformed.refused(400, "invalid_parameter", Some("asset_id"));
        assert_eq!(reqwest::get(link).await.unwrap().status(), 404);
        let done = client.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "completed", "it has a copy of its own");
    });
}
