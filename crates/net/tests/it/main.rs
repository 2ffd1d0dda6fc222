//! The client against servers of its own, on loopback.

#![allow(clippy::unwrap_used, reason = "test helpers fail loudly too")]

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use likeness_net::{FetchError, Guarded, NetConfig};

/// Serves `router` on a free port of 127.0.0.1 and returns the base URL.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn open() -> Guarded {
    Guarded::new(NetConfig {
        allow_private_hosts: true,
        ..NetConfig::default()
    })
    .unwrap()
}

/// Trusts 127.0.0.1 and nothing else that is private.
fn trusting() -> Guarded {
    Guarded::new(NetConfig {
        trusted_hosts: vec!["127.0.0.1".into()],
        ..NetConfig::default()
    })
    .unwrap()
}

async fn code(client: &Guarded, url: &str) -> &'static str {
    match client.fetch(url, 1000).await {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn a_file_arrives_with_its_type() {
    let base = serve(Router::new().route(
        "/a",
        get(|| async { ([(header::CONTENT_TYPE, "Image/PNG; q=1")], vec![7u8; 500]) }),
    ))
    .await;
    let fetched = open().fetch(&format!("{base}/a"), 1000).await.unwrap();
    assert_eq!(fetched.bytes, vec![7u8; 500]);
    assert_eq!(fetched.content_type.as_deref(), Some("image/png"));
}

#[tokio::test]
async fn by_default_nothing_inside_is_reached() {
    let base = serve(Router::new().route("/", get(|| async { "secret" }))).await;
    let port = base.rsplit(':').next().unwrap();
    let client = Guarded::new(NetConfig::default()).unwrap();
    let plain = Guarded::new(NetConfig {
        allow_http: true,
        ..NetConfig::default()
    })
    .unwrap();
    assert_eq!(code(&client, &base).await, "scheme_not_allowed");
    assert_eq!(
        code(&client, "file:///etc/passwd").await,
        "scheme_not_allowed"
    );
    assert_eq!(
        code(&client, "ftp://example.org/x").await,
        "scheme_not_allowed"
    );
    assert_eq!(
        code(&client, "data:text/plain,hi").await,
        "scheme_not_allowed"
    );
    assert_eq!(
        code(&client, "https://u:p@example.org/").await,
        "credentials_in_url"
    );
    assert_eq!(code(&client, "not a url").await, "invalid_url");
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "LOCALHOST",
    ] {
        assert_eq!(
            code(&plain, &format!("http://{host}:{port}/")).await,
            "address_not_public",
            "{host}"
        );
        assert_eq!(
            code(&client, &format!("https://{host}:{port}/")).await,
            "address_not_public",
            "{host}"
        );
    }
}

#[tokio::test]
async fn redirects_are_followed_and_each_is_checked_again() {
    let router = Router::new()
        .route("/", get(|| async { "file" }))
        .route("/one", get(|| async { Redirect::temporary("/") }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/nowhere", get(|| async { StatusCode::FOUND }))
        .route(
            "/inside",
            get(|| async { Redirect::temporary("http://169.254.169.254/latest/") }),
        )
        .route(
            "/inside6",
            get(|| async { Redirect::temporary("https://[::ffff:10.0.0.1]/") }),
        )
        .route(
            "/name",
            get(|| async { Redirect::temporary("https://localhost/") }),
        )
        .route(
            "/file",
            get(|| async { Redirect::temporary("file:///etc/passwd") }),
        )
        .route(
            "/user",
            get(|| async { Redirect::temporary("http://u@127.0.0.1/") }),
        );
    let base = serve(router).await;
    let client = trusting();
    for (path, expected) in [
        ("one", "ok"),
        ("loop", "bad_redirect"),
        ("nowhere", "bad_redirect"),
        ("inside", "scheme_not_allowed"),
        ("inside6", "address_not_public"),
        ("name", "address_not_public"),
        ("file", "scheme_not_allowed"),
        ("user", "credentials_in_url"),
    ] {
        assert_eq!(
            code(&client, &format!("{base}/{path}")).await,
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn bodies_over_the_limit_are_cut_off_announced_or_not() {
    let router = Router::new()
        .route("/exact", get(|| async { vec![0u8; 1000] }))
        .route("/announced", get(|| async { vec![0u8; 1001] }))
        .route(
            "/endless",
            get(|| async {
                let chunks = futures::stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[0; 256]))
                });
                Body::from_stream(chunks)
            }),
        );
    let base = serve(router).await;
    let client = open();
    assert_eq!(code(&client, &format!("{base}/exact")).await, "ok");
    assert_eq!(
        code(&client, &format!("{base}/announced")).await,
        "too_large"
    );
    assert_eq!(code(&client, &format!("{base}/endless")).await, "too_large");
    let capped = Guarded::new(NetConfig {
        allow_private_hosts: true,
        max_bytes: 999,
        ..NetConfig::default()
    })
    .unwrap();
    assert_eq!(code(&capped, &format!("{base}/exact")).await, "too_large");
}

#[tokio::test]
async fn what_is_no_file_is_refused_with_a_reason() {
    let router = Router::new()
        .route(
            "/page",
            get(|| async { axum::response::Html("<html>login</html>") }),
        )
        .route("/empty", get(|| async { StatusCode::OK }))
        .route("/gone", get(|| async { StatusCode::GONE }))
        .route(
            "/busy",
            get(|| async { StatusCode::SERVICE_UNAVAILABLE.into_response() }),
        );
    let base = serve(router).await;
    let client = open();
    assert_eq!(code(&client, &format!("{base}/page")).await, "web_page");
    assert_eq!(code(&client, &format!("{base}/empty")).await, "empty");
    let gone = client
        .fetch(&format!("{base}/gone?token=abc"), 10)
        .await
        .unwrap_err();
    assert!(matches!(gone, FetchError::Status { status: 410, .. }) && !gone.is_transient());
    assert_eq!(gone.to_string(), "127.0.0.1 answered with status 410");
    assert!(
        client
            .fetch(&format!("{base}/busy"), 10)
            .await
            .unwrap_err()
            .is_transient()
    );
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = Guarded::new(NetConfig {
        allow_private_hosts: true,
        total_timeout: Duration::from_millis(200),
        ..NetConfig::default()
    })
    .unwrap();
    assert_eq!(code(&client, &url).await, "timeout");
    drop(listener);
    assert_eq!(code(&client, &url).await, "connect_failed");
}

#[tokio::test]
async fn a_name_without_address_is_said_to_be_unknown() {
    assert_eq!(
        code(&open(), "https://no-such-host.invalid/x").await,
        "host_not_found"
    );
}
