//! What browsers and proxies care about: origins and compression.

use std::io::Read as _;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};

use crate::support::Server;

async fn preflight(server: &Server, origin: &str) -> HeaderMap {
    let url = format!("{}/v3/avatars", server.base_url());
    let request = Client::new().request(Method::OPTIONS, url);
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-api-key,content-type");
    request.send().await.unwrap().headers().clone()
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call() {
    let setting = r#"["https://app.example.com", "http://localhost:3000"]"#;
    let server = Server::embedded(&[("LIKENESS_SERVER__CORS_ORIGINS", setting)]).await;
    for origin in ["https://app.example.com", "http://localhost:3000"] {
        let told = preflight(&server, origin).await;
        assert_eq!(told["access-control-allow-origin"], origin);
        let headers = told["access-control-allow-headers"].to_str().unwrap();
        assert!(headers.contains("x-api-key"), "{headers}");
    }
    let stranger = preflight(&server, "https://evil.example").await;
    assert!(!stranger.contains_key("access-control-allow-origin"));
    let client = server.client();
    let read = client.request(Method::GET, "/v3/avatars");
    let read = client
        .send(read.header("origin", "http://localhost:3000"))
        .await;
    assert_eq!(
        read.header("access-control-allow-origin"),
        "http://localhost:3000"
    );
    let exposed = read.header("access-control-expose-headers");
    assert!(
        exposed.contains("x-request-id") && exposed.contains("retry-after"),
        "{exposed}"
    );
}

#[tokio::test]
async fn without_the_setting_no_page_may_call() {
    let server = Server::embedded(&[]).await;
    let told = preflight(&server, "https://app.example.com").await;
    assert!(!told.contains_key("access-control-allow-origin"));
    let any = Server::embedded(&[("LIKENESS_SERVER__CORS_ORIGINS", r#"["*"]"#)]).await;
    let told = preflight(&any, "https://app.example.com").await;
    assert_eq!(told["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can_read_it() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let list = || client.request(Method::GET, "/v3/voices?limit=100");
    let plain = list().send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.unwrap();
    let packed = list()
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.unwrap();
    assert!(
        packed.len() * 2 < plain.len(),
        "{} of {}",
        packed.len(),
        plain.len()
    );
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain);
}
