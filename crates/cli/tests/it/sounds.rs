//! `GET /v3/audio/sounds`.

use crate::support::Server;

#[tokio::test]
async fn sounds_are_found_by_meaning_and_their_links_play() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let search = async |query: &str| client.get(&format!("/v3/audio/sounds?{query}")).await;

    let found = search("type=sound_effects&query=someone%20is%20at%20the%20door").await;
    assert_eq!(found.text("/0/id"), "sfx_knock");
    let knock = &found.data()[0];
    assert_eq!(knock["type"], "sound_effects");
    assert_eq!(knock["placement"], "hit");
    assert!(knock["peak_offset"].as_f64().unwrap() < 0.2);
    assert!(knock["score"].as_f64().unwrap() >= 0.7, "{knock}");

    let url = knock["audio_url"].as_str().unwrap();
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "audio/mpeg");
    let first = answer.bytes().await.unwrap();
    assert!(first.len() > 10_000, "{} bytes", first.len());
    let again = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    assert_eq!(first, again);
    let forged = url.replace("sfx_knock", "sfx_pop");
    assert_eq!(reqwest::get(&forged).await.unwrap().status(), 403);

    let all = search("query=music&min_score=0&limit=50").await;
    assert_eq!(all.data().as_array().unwrap().len(), 24);
    let scores = all.data().as_array().unwrap().iter();
    let scores: Vec<f64> = scores.map(|s| s["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = search(&format!("query=music&min_score=0&limit=7{token}")).await;
        let ids = page.data().as_array().unwrap().iter();
        seen.extend(ids.map(|s| s["id"].as_str().unwrap().to_owned()));
        match page.body["next_token"].as_str() {
            Some(next) => token = format!("&token={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 24);
    assert_eq!(seen[0], all.text("/0/id"));
}

#[tokio::test]
async fn bad_searches_are_refused_by_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    for (query, param) in [
        ("", "query"),
        ("query=", "query"),
        (&format!("query={}", "a".repeat(5001)), "query"),
        ("query=a&type=speech", "type"),
        ("query=a&min_score=1.5", "min_score"),
        ("query=a&min_score=NaN", "min_score"),
        ("query=a&min_score=", "min_score"),
        ("query=a&limit=51", "limit"),
        ("query=a&token=x", "token"),
    ] {
        let answer = client.get(&format!("/v3/audio/sounds?{query}")).await;
        answer.refused(400, "invalid_parameter", Some(param));
    }
}
