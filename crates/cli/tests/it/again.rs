//! The same video, asked for twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::scenes::plain;
use crate::support::{Client, on_every_backend};

const COPIED: &str = "the same video was there already";

fn body(colour: [u8; 3], duration: f64, title: &str) -> Value {
    let data = STANDARD.encode(plain(colour));
    json!({
        "type": "studio", "title": title, "resolution": "720p", "caption": {"style": "default"},
        "scenes": [{
            "type": "image", "duration": duration,
            "source": {"type": "base64", "media_type": "image/png", "data": data},
        }],
    })
}

async fn made(client: &Client, body: &Value) -> (String, Vec<Vec<u8>>) {
    let done = client.made(body).await;
    let mut files = Vec::new();
    for link in [
        "video_url",
        "captioned_video_url",
        "thumbnail_url",
        "subtitle_url",
    ] {
        let answer = reqwest::get(done[link].as_str().unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{link}");
        files.push(answer.bytes().await.unwrap().to_vec());
    }
    (done["id"].as_str().unwrap().to_owned(), files)
}

/// Whether a video is drawn or copied cannot be told from its bytes, as both give the same: the server's log says it.
#[tokio::test]
async fn the_same_video_is_not_drawn_twice() {
    on_every_backend!(|server| {
        let copies = || server.log().matches(COPIED).count();
        let client = server.client();
        let (first, files) = made(&client, &body([200, 30, 30], 0.4, "One")).await;
        assert_eq!(copies(), 0);
        // The picture is another object with the same bytes.
        let (second, copied) = made(&client, &body([200, 30, 30], 0.4, "Two")).await;
        assert_eq!((copies(), copied == files), (1, true));
        // The copy has files of its own.
        client.delete(&format!("/v3/videos/{first}")).await.data();
        let done = client.ended(&format!("/v3/videos/{second}")).await;
        assert_eq!(done["title"], "Two");
        let answer = reqwest::get(done["video_url"].as_str().unwrap()).await;
        assert_eq!(answer.unwrap().bytes().await.unwrap(), files[0]);

        for other in [
            body([30, 200, 30], 0.4, "One"),
            body([200, 30, 30], 0.6, "One"),
        ] {
            assert!(made(&client, &other).await.1 != files);
        }
        let stranger = server.client_of("another");
        assert!(made(&stranger, &body([200, 30, 30], 0.4, "One")).await.1 == files);
        assert_eq!(copies(), 1, "other content, and another workspace");
        client.delete(&format!("/v3/videos/{second}")).await.data();
        made(&client, &body([200, 30, 30], 0.4, "One")).await;
        assert_eq!(copies(), 1, "what was deleted is made anew");
    });
}

#[tokio::test]
async fn of_two_that_are_asked_for_at_once_one_waits_for_the_other() {
    on_every_backend!(|server| {
        let client = server.client();
        let body = body([20, 90, 200], 3.0, "Twin");
        let (first, second) = tokio::join!(made(&client, &body), made(&client, &body));
        assert!(first.0 != second.0 && first.1 == second.1);
        assert_eq!(server.log().matches(COPIED).count(), 1);
    });
}
