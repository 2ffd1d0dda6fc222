//! The page of consent in a real browser, with a film in place of camera and microphone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::consent::{consent, operator, standing, twin};
use crate::support::browser::Browser;
use crate::support::{Client, Server, workspace};

/// A film in which a look says the text, made as any video is; gives it with its length in seconds.
async fn speaking(client: &Client, look: &str, text: &str, to: PathBuf) -> (PathBuf, f64) {
    let body = json!({"type": "avatar", "avatar_id": look, "script": text, "resolution": "720p"});
    let made = client.made(&body).await;
    let film = reqwest::get(made["video_url"].as_str().unwrap()).await;
    std::fs::write(&to, film.unwrap().bytes().await.unwrap()).unwrap();
    (to, made["duration"].as_f64().unwrap())
}

/// Goes through the page as a person with a phone would, and gives what it says in the end.
async fn agree(url: &str, (film, length_s): (&Path, f64), pictures: &str) -> Value {
    let pictures = workspace().join("out/consent").join(pictures);
    let browser = Browser::before(film).await;
    browser.open(url).await;
    browser.picture(&pictures.join("1-opened.png")).await;
    let shown = browser.value("[...document.querySelectorAll('button, a, label')].filter(e => e.checkVisibility()).map(e => e.id)");
    assert_eq!(shown.await, json!(["start"]));
    browser.click("start").await;
    browser
        .until("document.getElementById('stop').checkVisibility()")
        .await;
    tokio::time::sleep(Duration::from_secs_f64(length_s / 2.0)).await;
    browser.picture(&pictures.join("2-recording.png")).await;
    tokio::time::sleep(Duration::from_secs_f64(length_s / 2.0 + 0.3)).await;
    browser.click("stop").await;
    browser.click("send").await;
    browser
        .until("document.body.dataset.state !== 'open'")
        .await;
    browser.picture(&pictures.join("3-verdict.png")).await;
    let mut told = json!({
        "state": browser.value("document.body.dataset.state").await,
        "reasons": browser.value("document.getElementById('reasons').innerText").await,
        // Nothing of the page may come from elsewhere.
        "elsewhere": browser.value(
            "performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith(location.origin) && !n.startsWith('blob:'))",
        ).await,
    });
    if told["state"] == "approved" {
        browser.until("location.hash === '#agreed'").await;
        told["onward"] = browser.value("location.href").await;
        browser.open(url).await;
        told["again"] = browser.value("document.body.innerText").await;
        browser.picture(&pictures.join("4-again.png")).await;
    }
    browser.close().await;
    told
}

#[tokio::test]
#[ignore = "renders people and drives a browser for minutes; `cargo xtask browser` runs it"]
async fn a_person_agrees_in_a_browser_and_others_cannot() {
    let settings = [
        ("LIKENESS_SERVER__MAX_FILE_BYTES", "100000000"),
        ("LIKENESS_PRESENTERS__LIBRARY", "true"),
    ];
    let server = Server::embedded(&settings).await;
    let client = server.client();
    let (group, _) = twin(&server, &client, "Anna").await;
    // The same face, free to speak.
    let (_, own) = client.trained_avatar("Speaker").await;
    let stock = client.get("/v3/avatars/looks?ownership=public").await;
    let other = stock.text("/0/id");
    let dir = tempfile::tempdir().unwrap();
    let onward = format!("{}/healthz#agreed", server.base_url());
    let ask = async || {
        let asked = consent(&client, &group, &json!({"reroute_url": onward})).await;
        (asked.text("/url"), asked.text("/statement"))
    };

    let (url, statement) = ask().await;
    let (film, length_s) =
        speaking(&client, &other, &statement, dir.path().join("other.mp4")).await;
    let told = agree(&url, (&film, length_s), "another-face").await;
    assert_eq!(told["state"], "rejected", "{told}");
    assert!(told["reasons"].as_str().unwrap().contains("face"), "{told}");

    let (url, statement) = ask().await;
    let (film, length_s) = speaking(&client, &own, &statement, dir.path().join("own.mp4")).await;
    // Yesterday's recording on today's page.
    let (later, _) = ask().await;
    let told = agree(&later, (&film, length_s), "other-words").await;
    assert_eq!(told["state"], "rejected", "{told}");
    assert!(
        told["reasons"].as_str().unwrap().contains("words"),
        "{told}"
    );
    assert_eq!(standing(&client, &group).await.1, "rejected");

    let told = agree(&url, (&film, length_s), "agreed").await;
    assert_eq!(told["state"], "approved", "{told}");
    assert_eq!(told["elsewhere"], json!([]), "{told}");
    assert_eq!(told["onward"], onward.as_str(), "{told}");
    let approved = ("completed".to_owned(), "approved".to_owned());
    assert_eq!(standing(&client, &group).await, approved);
    println!(
        "{}\n{}",
        told["again"],
        operator(&server, &["show", &group]).1
    );
}
