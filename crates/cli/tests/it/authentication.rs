//! Keys: how they are presented, and every way in which they are refused.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Client, Server, on_every_backend};

#[track_caller]
fn assert_unauthenticated(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert_eq!(
        answer.body,
        json!({"error": {
            "code": "authentication_failed",
            "message": "Invalid or expired API key. Verify your x-api-key header.",
            "param": null,
            "doc_url": null,
        }})
    );
}

#[tokio::test]
async fn keys_that_do_not_work_are_all_refused_alike() {
    on_every_backend!(|server| {
        let client = server.client();
        let path = "/v3/avatars/ag_1";
        assert_unauthenticated(&client.send(client.bare(Method::GET, path)).await);
        let (rest, last) = client.key().split_at(client.key().len() - 1);
        let nearly = format!("{rest}{}", if last == "0" { "1" } else { "0" });
        for wrong in [
            "",
            "x",
            "lkn_",
            nearly.as_str(),
            &client.key().to_uppercase(),
        ] {
            assert_unauthenticated(&Client::new(server.base_url(), wrong).get(path).await);
        }
        for wrong in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            let request = client.bare(Method::GET, path);
            assert_unauthenticated(&client.send(request.header("authorization", wrong)).await);
        }
        assert_eq!(client.get(path).await.status, 404, "the right one works");
    });
}

#[tokio::test]
async fn either_header_in_any_letter_case_opens() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let get = || client.bare(Method::GET, "/v3/avatars");
    for name in ["x-api-key", "X-API-KEY", "X-Api-Key"] {
        let answer = client.send(get().header(name, client.key())).await;
        assert_eq!(answer.status, 200, "{name}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let value = format!("{scheme} {}", client.key());
        let answer = client.send(get().header("Authorization", value)).await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
    // With both, the key decides.
    let bearer = format!("Bearer {}", client.key());
    let both = get()
        .header("x-api-key", "wrong")
        .header("authorization", bearer);
    assert_unauthenticated(&client.send(both).await);
}

#[tokio::test]
async fn a_revoked_key_stops_working() {
    on_every_backend!(|server| {
        let client = server.client();
        assert_eq!(client.get("/v3/avatars").await.status, 200);
        server.keys(&["revoke", &client.key()[..12]]).unwrap();
        // At once: the command ends when no server remembers the key any more.
        assert_unauthenticated(&client.get("/v3/avatars").await);
    });
}

#[tokio::test]
async fn an_expired_key_stops_working() {
    let server = Server::embedded(&[]).await;
    let key = server.keys(&["create", "--expires", "3s"]).unwrap();
    let client = Client::new(server.base_url(), key.trim());
    assert_eq!(client.get("/v3/avatars").await.status, 200);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_unauthenticated(&client.get("/v3/avatars").await);
}

#[tokio::test]
async fn every_operation_wants_a_key() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    for (method, path) in crate::document::operations(&client).await {
        let path = path.replace(['{', '}'], "");
        assert_unauthenticated(&client.send(client.bare(method, &path)).await);
    }
}

#[tokio::test]
async fn a_key_is_never_stored_nor_logged() {
    let server = Server::embedded(&[("LIKENESS_LOG__FILTER", "trace")]).await;
    let client = server.client();
    client.get("/v3/avatars").await;
    let secret = &client.key()[12..];
    assert!(!server.log().contains(secret), "the log has the key");
    assert!(server.log().contains("answered"), "the log works");
    for file in ["test.db", "test.db-wal"] {
        let bytes = std::fs::read(server.data_dir().join(file)).unwrap_or_default();
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{file} has the key");
    }
}

#[tokio::test]
async fn a_key_does_what_its_scopes_allow_and_nothing_else() {
    on_every_backend!(|server| {
        let scoped = |scope: &str| {
            let key = server.keys(&["create", "--scope", scope]).unwrap();
            Client::new(server.base_url(), key.trim())
        };
        let reader = scoped("videos:read,voices:read");
        reader.get("/v3/videos").await.data();
        reader.get("/v3/voices").await.data();
        reader.get("/v3/users/me").await.data();
        let refused = reader.get("/v3/avatars").await;
        refused.refused(403, "insufficient_api_key_scope", None);
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.contains("avatars:read"), "{message}");
        let writing = reader.delete("/v3/videos/v_1").await;
        writing.refused(403, "insufficient_api_key_scope", None);
        let listed = server.keys(&["list"]).unwrap();
        assert!(listed.contains(" videos:read,voices:read "), "{listed}");
    });
}

#[tokio::test]
async fn no_operation_forgets_its_scope() {
    let settings = [("LIKENESS_SERVER__BURST", "1000")];
    let server = Server::embedded(&settings).await;
    let key = |scope: &str| {
        let key = server.keys(&["create", "--scope", scope]).unwrap();
        Client::new(server.base_url(), key.trim())
    };
    let (one, other) = (key("brand:read"), key("voices:read"));
    let mut refused = 0;
    for (method, path) in crate::document::contract_operations() {
        let operation = &crate::support::contract().document["paths"][&path];
        let operation = &operation[method.as_str().to_ascii_lowercase()];
        let Some(scope) = operation["x-required-scope"].as_str() else {
            continue;
        };
        let lacking = if scope == "brand:read" { &other } else { &one };
        let path = path.replace(['{', '}'], "");
        let answer = lacking.send(lacking.request(method, &path)).await;
        answer.refused(403, "insufficient_api_key_scope", None);
        refused += 1;
    }
    assert!(refused > 80, "{refused}");
    let extra = one
        .post("/v3/webhooks/events/evt_1/redeliver", &json!({}))
        .await;
    extra.refused(403, "insufficient_api_key_scope", None);
    let unknown = server.keys(&["create", "--scope", "everything"]);
    assert!(unknown.unwrap_err().contains("avatars:read"));
}
