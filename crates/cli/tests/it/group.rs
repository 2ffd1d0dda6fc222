//! `GET /v3/avatars/{group_id}`, to the letter.

use reqwest::Method;
use serde_json::json;

use crate::support::{Client, Server, on_every_backend, pictures};

/// Every field that the operation documents.
const FIELDS: [&str; 11] = [
    "consent_status",
    "created_at",
    "default_voice_id",
    "error",
    "gender",
    "id",
    "looks_count",
    "name",
    "preview_image_url",
    "preview_video_url",
    "status",
];

#[tokio::test]
async fn every_field_tells_the_groups_true_state() {
    on_every_backend!(|server| {
        let client = server.client();
        let (group, _) = client.photo_avatar("Anna", pictures::portrait()).await;
        let path = format!("/v3/avatars/{group}");

        let early = client.get(&path).await;
        assert_eq!(early.body.as_object().unwrap().len(), 1, "only data");
        let mut fields: Vec<_> = early.data().as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, FIELDS, "nulls are emitted");

        let done = client.ended(&path).await;
        assert_eq!(done["id"], json!(group));
        assert_eq!(done["name"], "Anna");
        assert_eq!(done["status"], "completed");
        assert_eq!(done["error"], json!(null));
        assert_eq!(done["looks_count"], 1);
        assert_eq!(done["gender"], "female");
        assert_eq!(done["consent_status"], json!(null));
        let voices = client.get("/v3/voices?limit=100").await;
        assert!(
            voices.data().as_array().unwrap().iter().any(|voice| {
                voice["voice_id"] == done["default_voice_id"] && voice["gender"] == "female"
            }),
            "the default voice is an installed one that suits"
        );
        let age = jiff::Timestamp::now().as_second() - done["created_at"].as_i64().unwrap();
        assert!((0..600).contains(&age), "created {age} s ago");
        for (field, kind) in [
            ("preview_image_url", "image/jpeg"),
            ("preview_video_url", "video/mp4"),
        ] {
            let link = done[field].as_str().unwrap();
            let file = reqwest::get(link).await.unwrap();
            assert_eq!(file.status(), 200, "{field}");
            assert_eq!(file.headers()["content-type"], kind);
        }
    });
}

#[tokio::test]
async fn a_photo_without_a_face_fails_the_group_with_a_reason() {
    on_every_backend!(|server| {
        let client = server.client();
        let (group, _) = client.photo_avatar("Nobody", pictures::no_face()).await;
        let done = client.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "failed");
        assert_eq!(done["error"]["code"], "no_face", "{done}");
        assert!(!done["error"]["message"].as_str().unwrap().is_empty());
        for field in [
            "gender",
            "default_voice_id",
            "preview_image_url",
            "preview_video_url",
        ] {
            assert_eq!(done[field], json!(null), "{field}");
        }
    });
}

#[tokio::test]
async fn what_is_not_the_callers_is_not_found() {
    on_every_backend!(|server| {
        let (ours, theirs) = (server.client_of("ws_ours"), server.client_of("ws_theirs"));
        let (group, _) = ours.photo_avatar("Anna", pictures::no_face()).await;
        let not_found = json!({"error": {
            "code": "avatar_group_not_found",
            "message": "Avatar group not found.",
            "param": null,
            "doc_url": null,
        }});
        let foreign = theirs.get(&format!("/v3/avatars/{group}")).await;
        assert_eq!((foreign.status.as_u16(), &foreign.body), (404, &not_found));
        let unknown = ours
            .get("/v3/avatars/ag_00000000000000000000000000000000")
            .await;
        assert_eq!((unknown.status.as_u16(), &unknown.body), (404, &not_found));
        assert_eq!(ours.get(&format!("/v3/avatars/{group}")).await.status, 200);
    });
}

#[tokio::test]
async fn a_malformed_id_is_a_bad_parameter() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let long = "a".repeat(300);
    for id in [
        "a%20b",
        "..%2fetc",
        "%00",
        "a%27b",
        "%F0%9F%98%80",
        long.as_str(),
    ] {
        client.get(&format!("/v3/avatars/{id}")).await.refused(
            400,
            "invalid_parameter",
            Some("group_id"),
        );
    }
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_answer_in_the_envelope() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    for path in [
        "/",
        "/v3",
        "/v3/nothing",
        "/v3/avatars/a/b/c",
        "/favicon.ico",
    ] {
        client.get(path).await.refused(404, "not_found", None);
    }
    for (method, path) in [
        (Method::PUT, "/v3/avatars/ag_1"),
        (Method::PATCH, "/v3/avatars"),
        (Method::DELETE, "/healthz"),
        (Method::POST, "/openapi.json"),
    ] {
        let answer = client.send(client.request(method, path)).await;
        answer.refused(405, "method_not_allowed", None);
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let settings = [
        ("LIKENESS_SERVER__REQUESTS_PER_SECOND", "1"),
        ("LIKENESS_SERVER__BURST", "3"),
    ];
    let server = Server::embedded(&settings).await;
    let client = server.client();
    let refused = loop {
        let answer = client.get("/v3/avatars/ag_1").await;
        if answer.status != 404 {
            break answer;
        }
    };
    refused.refused(429, "rate_limit_exceeded", None);
    assert_eq!(
        refused.body["error"]["message"],
        "Too many requests. Retry after the duration specified in the Retry-After header."
    );
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait));
    // Another key has a limit of its own, and waiting as told is enough.
    assert_eq!(server.client().get("/v3/avatars/ag_1").await.status, 404);
    tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    assert_eq!(client.get("/v3/avatars/ag_1").await.status, 404);
}

#[tokio::test]
async fn a_request_id_is_taken_over_or_made() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let get = || client.request(Method::GET, "/v3/avatars");
    let given = client.send(get().header("x-request-id", "mine-42")).await;
    assert_eq!(given.header("x-request-id"), "mine-42");
    let (one, two) = (client.send(get()).await, client.send(get()).await);
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
    let hostile = client.send(get().header("x-request-id", "a b\tc")).await;
    assert_ne!(hostile.header("x-request-id"), "a b\tc");
    let stranger = Client::new(server.base_url(), "wrong");
    assert_eq!(stranger.get("/v3/avatars").await.status, 401);
}

#[tokio::test]
async fn a_group_gets_another_default_voice() {
    on_every_backend!(|server| {
        let client = server.client();
        let voices = client.get("/v3/voices?gender=male").await;
        let voice = voices.text("/0/voice_id");
        let body = json!({"default_voice_id": voice});

        let (failed, _) = client.photo_avatar("Nobody", pictures::no_face()).await;
        client.ended(&format!("/v3/avatars/{failed}")).await;
        let early = client.patch(&format!("/v3/avatars/{failed}"), &body).await;
        early.refused(409, "resource_not_ready", Some("group_id"));

        let (group, look) = client.trained_avatar("Anna").await;
        let path = format!("/v3/avatars/{group}");
        let set = client.patch(&path, &body).await;
        assert_eq!(set.data()["default_voice_id"], json!(voice));
        let kept = client
            .patch(&path, &json!({"default_voice_id": null}))
            .await;
        assert_eq!(kept.data()["default_voice_id"], json!(voice));
        let look = client.get(&format!("/v3/avatars/looks/{look}")).await;
        assert_eq!(
            look.data()["default_voice_id"],
            json!(voice),
            "videos speak with it"
        );

        let unknown = json!({"default_voice_id": "0".repeat(32)});
        let unknown = client.patch(&path, &unknown).await;
        unknown.refused(403, "voice_not_usable", Some("default_voice_id"));
        for (body, param) in [
            (json!({"default_voice_id": "a b"}), "default_voice_id"),
            (json!({"default_voice_id": 7}), "default_voice_id"),
            (json!({"name": "x"}), "name"),
        ] {
            let refused = client.patch(&path, &body).await;
            refused.refused(400, "invalid_parameter", Some(param));
        }
        let stranger = server.client_of("ws_stranger");
        let foreign = stranger.patch(&path, &body).await;
        foreign.refused(404, "avatar_group_not_found", None);
    });
}
