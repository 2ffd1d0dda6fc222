//! What needs no key.

use reqwest::Method;

use crate::support::{Server, on_every_backend};

#[tokio::test]
async fn health_and_document_need_no_key() {
    on_every_backend!(|server| {
        let client = server.client();
        for path in ["/healthz", "/readyz", "/openapi.json"] {
            let answer = client.send(client.bare(Method::GET, path)).await;
            assert_eq!(answer.status, 200, "{path}");
        }
        let document = client
            .send(client.bare(Method::GET, "/openapi.json"))
            .await
            .body;
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    });
}

#[tokio::test]
async fn a_server_that_lost_its_objects_is_not_ready() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let objects = server.data_dir().join("objects");
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::write(&objects, "in the way").unwrap();
    let ready = client.send(client.bare(Method::GET, "/readyz")).await;
    assert_eq!(ready.status, 503, "{}", ready.body);
    let alive = client.send(client.bare(Method::GET, "/healthz")).await;
    assert_eq!(alive.status, 200);
}
