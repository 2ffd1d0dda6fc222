//! Signed links to files: what opens them, what does not, and parts of files.

use reqwest::{Client, StatusCode};

use crate::support::{Server, on_every_backend, pictures};

#[tokio::test]
async fn parts_of_a_file_are_served_as_asked() {
    on_every_backend!(|server| {
        let bytes = pictures::portrait();
        let size = bytes.len();
        let uploaded = server
            .client()
            .upload("file", "me.png", bytes.clone())
            .await;
        let url = uploaded.text("/url");
        let http = Client::new();
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=100-199", 100..200),
            ("bytes=-7", size - 7..size),
            ("bytes=1000-", 1000..size),
            ("bytes=10-99999999", 10..size),
        ] {
            let answer = http.get(&url).header("range", range).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{range}");
            let expected = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            assert_eq!(answer.headers()["content-range"], expected.as_str());
            assert_eq!(answer.bytes().await.unwrap(), bytes[part]);
        }
        let beyond = http.get(&url).header("range", format!("bytes={size}-"));
        let beyond = beyond.send().await.unwrap();
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(
            beyond.headers()["content-range"],
            format!("bytes */{size}").as_str()
        );

        let whole = http.get(&url).send().await.unwrap();
        assert_eq!(whole.headers()["accept-ranges"], "bytes");
        assert_eq!(whole.headers()["x-content-type-options"], "nosniff");
        let etag = whole.headers()["etag"].clone();
        assert_eq!(whole.bytes().await.unwrap(), bytes);
        let same = http.get(&url).header("range", "bytes=0-4");
        let same = same.header("if-range", etag).send().await.unwrap();
        assert_eq!(same.status(), StatusCode::PARTIAL_CONTENT);
        let changed = http.get(&url).header("range", "bytes=0-4");
        let changed = changed
            .header("if-range", "\"other\"")
            .send()
            .await
            .unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
        let head = http.head(&url).send().await.unwrap();
        assert_eq!(head.headers()["content-length"], size.to_string().as_str());
        assert!(head.bytes().await.unwrap().is_empty());
    });
}

#[tokio::test]
async fn a_link_opens_one_file_for_a_while() {
    let server = Server::embedded(&[("LIKENESS_SERVER__LINK_LIFETIME_S", "2")]).await;
    let client = server.client();
    let id = client.asset("me.png", pictures::portrait()).await;
    let other = client
        .upload("file", "other.png", pictures::no_face())
        .await;
    let link = async || client.get(&format!("/v3/assets/{id}")).await.text("/url");
    let status = async |url: &str| reqwest::get(url).await.unwrap().status().as_u16();

    let url = link().await;
    assert_eq!(status(&url).await, 200);
    let (path, query) = url.split_once('?').unwrap();
    let other_url = other.text("/url");
    let (other_path, _) = other_url.split_once('?').unwrap();
    let (expires, signature) = query.split_once('&').unwrap();
    let later = format!("expires={}", expires[8..].parse::<u64>().unwrap() + 1000);
    for forged in [
        path.to_owned(),
        format!("{path}?{expires}"),
        format!("{path}?{signature}"),
        format!("{path}?{later}&{signature}"),
        format!("{path}?{expires}&signature=00"),
        format!("{other_path}?{query}"),
        format!("{path}/../x?{query}"),
    ] {
        assert_eq!(status(&forged).await, 403, "{forged}");
    }
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(status(&url).await, 403, "it has expired");
    assert_eq!(
        status(&link().await).await,
        200,
        "each read gives a fresh one"
    );
}
