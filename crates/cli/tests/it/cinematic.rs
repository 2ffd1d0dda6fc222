//! Films of looks that do not speak: `type: cinematic_avatar`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::scenes::{colours, fetched, film, is_near, loudness, plain};
use crate::support::Server;

fn inline(media_type: &str, bytes: &[u8]) -> Value {
    json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes)})
}

#[tokio::test]
async fn a_prompt_becomes_a_film_with_references_cut_in() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let dir = tempfile::tempdir().unwrap();
    let (_, look) = client.trained_avatar("Anna").await;
    let prompt = "She smiles while the camera zooms in, then pans left. No orbit.";
    let body = json!({
        "type": "cinematic_avatar", "avatar_id": [look], "prompt": prompt, "duration": 4,
        "references": [
            inline("image/png", &plain([0, 200, 0])), inline("video/mp4", &film(dir.path())),
        ],
        "aspect_ratio": "1:1", "title": "Trailer",
    });
    let id = client.video(&body).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(
        done["motion_words_used"],
        json!(["smiles", "zooms in", "pans left"])
    );
    assert_eq!(
        (&done["title"], &done["duration"]),
        (&json!("Trailer"), &json!(4.0))
    );

    let file = fetched(&done["video_url"], dir.path()).await;
    let (seen, heard) = (colours(&file), loudness(&file));
    // 33, 17, 17 and 33 frames: the look twice as long as what is cut in.
    assert_eq!(seen.len(), 100);
    assert!(
        seen[34..49].iter().all(|&c| is_near(c, [0, 200, 0])),
        "{seen:?}"
    );
    assert!(
        seen[51..66].iter().all(|&c| is_near(c, [254, 0, 0])),
        "{seen:?}"
    );
    for frame in [0, 31, 68, 99] {
        let colour = seen[frame];
        assert!(
            !is_near(colour, [0, 200, 0]) && !is_near(colour, [254, 0, 0]),
            "{colour:?}"
        );
    }
    assert!(
        heard[53..64].iter().all(|&l| l > 0.02),
        "the film is heard: {heard:?}"
    );
    assert!(
        heard[..48].iter().all(|&l| l < 0.005),
        "the rest is silent: {heard:?}"
    );
    let picture = image::load_from_memory(
        &reqwest::get(done["thumbnail_url"].as_str().unwrap())
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap(),
    );
    let picture = picture.unwrap();
    assert_eq!(picture.width(), picture.height());
}

#[tokio::test]
async fn faults_in_the_request_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_cinema");
    let (_, look) = client.trained_avatar("Anna").await;
    let with = |name: &str, value: Value| {
        let mut body =
            json!({"type": "cinematic_avatar", "avatar_id": [look], "prompt": "Zoom in"});
        body[name] = value;
        body
    };
    let picture = || inline("image/png", &plain([9, 9, 9]));
    let many = |count| json!(vec![picture(); count]);
    for (name, value, param) in [
        ("prompt", json!(" "), "prompt"),
        ("prompt", json!("x".repeat(10_001)), "prompt"),
        ("avatar_id", json!([]), "avatar_id"),
        ("avatar_id", json!([look, look, look, look]), "avatar_id"),
        ("avatar_id", json!(look), "avatar_id"),
        ("avatar_id", json!(["a b"]), "avatar_id[0]"),
        ("duration", json!(3), "duration"),
        ("duration", json!(16), "duration"),
        ("duration", json!(4.5), "duration"),
        ("aspect_ratio", json!("4:5"), "aspect_ratio"),
        ("resolution", json!("4k"), "resolution"),
        ("enhance_prompt", json!(true), "enhance_prompt"),
        ("references", many(13), "references"),
        ("references", many(10), "references"),
        (
            "references",
            json!([inline("text/plain", b"words")]),
            "references[0].data",
        ),
        ("callback_url", json!("https://example.com"), "callback_url"),
    ] {
        let refused = client.post("/v3/videos", &with(name, value)).await;
        assert_eq!(refused.status, 400, "{name}: {}", refused.body);
        let error = &refused.body["error"];
        assert!(
            error["param"]
                .as_str()
                .is_some_and(|found| found.starts_with(param)),
            "{param}: {error}"
        );
    }
    let mut both = with("duration", json!(5));
    both["auto_duration"] = json!(true);
    let refused = client.post("/v3/videos", &both).await;
    refused.refused(400, "invalid_parameter", Some("duration"));
    // Nine pictures in four seconds are not seen.
    let mut short = with("references", many(9));
    short["duration"] = json!(4);
    let refused = client.post("/v3/videos", &short).await;
    refused.refused(400, "invalid_parameter", Some("references"));
    let unknown = with("avatar_id", json!([look, "lk_none"]));
    client
        .post("/v3/videos", &unknown)
        .await
        .refused(404, "avatar_not_found", None);

    let mut auto = with("references", many(1));
    auto["auto_duration"] = json!(true);
    let id = client.video(&auto).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert!(
        done["duration"]
            .as_f64()
            .is_some_and(|d| (d - 8.0).abs() < 0.05),
        "{done}"
    );
}
