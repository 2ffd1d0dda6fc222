//! `POST /v3/avatars`, `GET /v3/avatars` and `DELETE /v3/avatars/{group_id}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::support::{Client, Server, on_every_backend, pictures};

fn inline(media_type: &str, bytes: &[u8]) -> Value {
    json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes)})
}

fn photo(name: &str, file: &Value) -> Value {
    json!({"type": "photo", "name": name, "file": file})
}

#[tokio::test]
async fn a_photo_in_every_format_becomes_an_avatar() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    for (format, kind) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let file = inline(kind, &pictures::portrait_as(format));
        let created = client.post("/v3/avatars", &photo(kind, &file)).await;
        assert_eq!(created.data()["avatar_group"]["status"], "processing");
        assert_eq!(created.data()["avatar_item"]["status"], "processing");
        assert_eq!(created.data()["avatar_item"]["avatar_type"], "photo_avatar");
        let (group, look) = (
            created.text("/avatar_group/id"),
            created.text("/avatar_item/id"),
        );
        assert_eq!(created.text("/avatar_item/group_id"), group);
        let done = client.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "completed", "{kind}: {done}");
        let look = client.get(&format!("/v3/avatars/looks/{look}")).await;
        assert_eq!(look.data()["status"], "completed");
        assert_eq!(look.data()["image_width"], 512);
        assert_eq!(look.data()["image_height"], 512);
        assert_eq!(look.data()["preferred_orientation"], "square");
    }
}

#[tokio::test]
async fn a_photo_is_fetched_from_a_url_only_where_that_is_allowed() {
    // The server's own links serve as the public place.
    let open = Server::embedded(&[("LIKENESS_NET__ALLOW_PRIVATE_HOSTS", "true")]).await;
    let client = open.client();
    let asset = client.upload("file", "me.png", pictures::portrait()).await;
    let file = json!({"type": "url", "url": asset.text("/url")});
    let created = client.post("/v3/avatars", &photo("Linked", &file)).await;
    let group = created.text("/avatar_group/id");
    let done = client.ended(&format!("/v3/avatars/{group}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    let gone = json!({"type": "url", "url": format!("{}/media/nothing", open.base_url())});
    let refused = client.post("/v3/avatars", &photo("Gone", &gone)).await;
    refused.refused(400, "download_failed", Some("file.url"));

    let closed = Server::embedded(&[]).await;
    let client = closed.client();
    for url in [
        asset.text("/url"),
        "https://127.0.0.1/me.png".to_owned(),
        "https://localhost/me.png".to_owned(),
        "https://[::1]/me.png".to_owned(),
        "https://10.0.0.1/me.png".to_owned(),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::ffff:10.0.0.1]/me.png".to_owned(),
        "file:///etc/passwd".to_owned(),
        "not a url".to_owned(),
    ] {
        let file = json!({"type": "url", "url": url});
        let refused = client.post("/v3/avatars", &photo("Inside", &file)).await;
        refused.refused(400, "download_failed", Some("file.url"));
    }
}

#[tokio::test]
async fn a_photo_that_cannot_be_used_says_why() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let mut cut = pictures::portrait();
    cut.truncate(cut.len() / 2);
    for (picture, code) in [
        (pictures::no_face(), "no_face"),
        (pictures::two_faces(), "several_faces"),
        (pictures::small_portrait(), "image_too_small"),
        (cut, "image_damaged"),
    ] {
        let (group, look) = client.photo_avatar(code, picture).await;
        let done = client.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "failed", "{code}");
        assert_eq!(done["error"]["code"], code);
        let look = client.get(&format!("/v3/avatars/looks/{look}")).await;
        assert_eq!(look.data()["error"], done["error"]);
    }
}

#[tokio::test]
async fn faults_in_the_request_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let good = inline("image/png", &pictures::portrait());
    let text = STANDARD.encode("I am no picture");
    let with = |field: &str, value: Value| {
        let mut body = photo("Anna", &good);
        body[field] = value;
        body
    };
    for (body, param) in [
        (json!({}), "type"),
        (json!([]), "body"),
        (json!({"type": 1}), "type"),
        (json!({"type": "hologram"}), "type"),
        (json!({"type": "photo"}), "name"),
        (json!({"type": "photo", "name": "Anna"}), "file"),
        (with("name", json!("")), "name"),
        (with("name", json!(7)), "name"),
        (with("name", json!("a".repeat(256))), "name"),
        (with("colour", json!("red")), "colour"),
        (with("avatar_group_id", json!("a b")), "avatar_group_id"),
        (with("file", json!("me.png")), "file"),
        (with("file", json!({})), "file.type"),
        (with("file", json!({"type": "asset_id"})), "file.asset_id"),
        (
            with("file", json!({"type": "asset_id", "asset_id": "a b"})),
            "file.asset_id",
        ),
        (
            with(
                "file",
                json!({"type": "base64", "media_type": "image/png", "data": "%"}),
            ),
            "file.data",
        ),
        (
            with(
                "file",
                json!({"type": "base64", "media_type": "image/png", "data": text}),
            ),
            "file.data",
        ),
        (
            with("file", inline("image/jpeg", &pictures::portrait())),
            "file.data",
        ),
    ] {
        let answer = client.post("/v3/avatars", &body).await;
        assert_eq!(
            answer.body["error"]["param"], param,
            "{body:.200} {}",
            answer.body
        );
        answer.refused(400, "invalid_parameter", Some(param));
    }
    let unknown_asset = with("file", json!({"type": "asset_id", "asset_id": "ast_1"}));
    let answer = client.post("/v3/avatars", &unknown_asset).await;
    answer.refused(404, "asset_not_found", None);
    let unknown_group = with("avatar_group_id", json!("ag_1"));
    let answer = client.post("/v3/avatars", &unknown_group).await;
    answer.refused(404, "avatar_group_not_found", None);

    let post = || client.request(reqwest::Method::POST, "/v3/avatars");
    let not_json = post().header("content-type", "application/json").body("{");
    client
        .send(not_json)
        .await
        .refused(400, "invalid_parameter", Some("body"));
    let not_even_said = client.send(post().body("{}")).await;
    not_even_said.refused(415, "unsupported_media_type", None);
    assert_eq!(
        client.get("/v3/avatars").await.data(),
        &json!([]),
        "nothing was made"
    );
}

#[tokio::test]
async fn files_beyond_the_limit_are_refused() {
    let server = Server::embedded(&[("LIKENESS_SERVER__MAX_FILE_BYTES", "100000")]).await;
    let client = server.client();
    let body = photo("Anna", &inline("image/png", &pictures::portrait()));
    let refused = client.post("/v3/avatars", &body).await;
    refused.refused(413, "payload_too_large", None);
}

#[tokio::test]
async fn a_workspace_has_a_limit_of_jobs_under_way() {
    let server = Server::embedded(&[("LIKENESS_SERVER__MAX_ACTIVE_JOBS", "2")]).await;
    let client = server.client();
    let body = photo("Anna", &inline("image/png", &pictures::portrait()));
    for _ in 0..2 {
        client.post("/v3/avatars", &body).await.data();
    }
    let refused = client.post("/v3/avatars", &body).await;
    refused.refused(429, "rate_limit_exceeded", None);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    let other = server
        .client_of("ws_other")
        .post("/v3/avatars", &body)
        .await;
    assert_eq!(other.status, 200, "another workspace is not held up");
}

/// Every item of the list, page by page.
async fn pages(client: &Client, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let answer = client.get(&format!("{path}{token}")).await;
        let items = answer.data().as_array().unwrap().iter();
        pages.push(
            items
                .map(|item| item["id"].as_str().unwrap().to_owned())
                .collect(),
        );
        let next = &answer.body["next_token"];
        assert_eq!(answer.body["has_more"], json!(next.is_string()));
        match next.as_str() {
            Some(next) => token = format!("&token={next}"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn groups_are_listed_in_pages_newest_first() {
    on_every_backend!(|server| {
        let client = server.client();
        let mut made = Vec::new();
        for index in 0..5 {
            let name = format!("Avatar {index}");
            made.push(client.photo_avatar(&name, pictures::no_face()).await.0);
        }
        made.reverse();
        let listed = pages(&client, "/v3/avatars?limit=2").await;
        assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(listed.concat(), made);
        assert_eq!(pages(&client, "/v3/avatars?limit=5").await, [made.clone()]);
        assert_eq!(
            pages(&client, "/v3/avatars?ownership=private").await,
            [made]
        );
        assert_eq!(
            client.get("/v3/avatars?ownership=public").await.data(),
            &json!([])
        );

        let token = client.get("/v3/avatars?limit=1").await.body["next_token"].clone();
        let token = token.as_str().unwrap();
        let other = server.client_of("ws_other");
        for (client, query, param) in [
            (&client, "limit=0".to_owned(), "limit"),
            (&client, "limit=51".to_owned(), "limit"),
            (&client, "limit=x".to_owned(), "limit"),
            (&client, "ownership=mine".to_owned(), "ownership"),
            (&client, "token=AAAA".to_owned(), "token"),
            (&client, format!("token={token}x"), "token"),
            (&other, format!("token={token}"), "token"),
        ] {
            let answer = client.get(&format!("/v3/avatars?{query}")).await;
            answer.refused(400, "invalid_parameter", Some(param));
        }
        assert_eq!(other.get("/v3/avatars").await.data(), &json!([]));
    });
}

#[tokio::test]
async fn a_deleted_group_is_gone_with_its_looks_and_files() {
    on_every_backend!(|server| {
        let client = server.client();
        let (group, look) = client.trained_avatar("Anna").await;
        let path = format!("/v3/avatars/{group}");
        let image = client.get(&path).await.text("/preview_image_url");

        let stranger = server.client_of("ws_stranger");
        let refused = stranger.delete(&path).await;
        refused.refused(404, "avatar_group_not_found", None);

        assert_eq!(client.delete(&path).await.data()["id"], json!(group));
        client
            .get(&path)
            .await
            .refused(404, "avatar_group_not_found", None);
        let look = client.get(&format!("/v3/avatars/looks/{look}")).await;
        look.refused(404, "not_found", None);
        assert_eq!(reqwest::get(image).await.unwrap().status(), 404);
        client
            .delete(&path)
            .await
            .refused(404, "avatar_group_not_found", None);
        let malformed = client.delete("/v3/avatars/a%20b").await;
        malformed.refused(400, "invalid_parameter", Some("group_id"));
    });
}

#[tokio::test]
async fn deleting_a_group_while_it_trains_leaves_nothing_behind() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (group, look) = client.photo_avatar("Anna", pictures::portrait()).await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    client.delete(&format!("/v3/avatars/{group}")).await.data();
    // A later job is taken up only when the worker has let go of the first.
    client.trained_avatar("Next").await;
    let mut open = vec![server.data_dir().join("objects")];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                let path = entry.path().display().to_string();
                assert!(!path.contains(&look), "{path} is left");
            }
        }
    }
}

#[tokio::test]
async fn text_that_a_database_cannot_keep_is_refused_and_any_other_kept() {
    on_every_backend!(|server| {
        let client = server.client();
        let file = inline("image/png", &pictures::no_face());
        let answer = client.post("/v3/avatars", &photo("a\0b", &file)).await;
        answer.refused(400, "invalid_parameter", Some("name"));
        let hook = json!({"url": "https://example.com", "entity_id": "a\0"});
        let answer = client.post("/v3/webhooks/endpoints", &hook).await;
        answer.refused(400, "invalid_parameter", Some("entity_id"));
        let answer = client.get("/v3/videos?title=a%00b").await;
        answer.refused(400, "invalid_parameter", Some("title"));
        let odd = "\u{202e}Zo\u{eb} 🙂 \u{1f468}\u{200d}\u{1f469} '; DROP TABLE looks; -- %_\\";
        let made = client.post("/v3/avatars", &photo(odd, &file)).await;
        assert_eq!(made.data()["avatar_group"]["name"], odd);
    });
}
