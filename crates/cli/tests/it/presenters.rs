//! The public library, and avatars made of words.

use serde_json::{Value, json};

use crate::support::{Client, Server, on_every_backend, pictures};

/// Tests ask for the library by name, as other tests count what they made.
const LIBRARY: [(&str, &str); 1] = [("LIKENESS_PRESENTERS__LIBRARY", "true")];

const SCRIPT: &str = "Hello.";

async fn prompt(client: &Client, body: Value) -> (String, String) {
    let created = client.post("/v3/avatars", &body).await;
    (
        created.text("/avatar_group/id"),
        created.text("/avatar_item/id"),
    )
}

fn request(look: &str) -> Value {
    json!({
        "type": "avatar", "avatar_id": look, "script": SCRIPT,
        "resolution": "720p", "aspect_ratio": "16:9",
    })
}

#[tokio::test]
async fn the_library_is_there_for_everybody_and_nobodys_to_change() {
    for backend in likeness_testkit::backends().await.unwrap() {
        println!("on {}", backend.name);
        let mut server = Server::start(backend, &LIBRARY).await;
        let client = server.client();
        let groups = client.get("/v3/avatars?ownership=public&limit=50").await;
        let groups = groups.data().as_array().unwrap().clone();
        assert!(groups.len() >= 6);
        for group in &groups {
            let id = group["id"].as_str().unwrap();
            assert!(group["looks_count"].as_i64().unwrap() >= 2, "{group}");
            assert!(group["status"].is_null() && group["consent_status"].is_null());
            assert!(!group["default_voice_id"].is_null() && !group["gender"].is_null());
            let looks = client
                .get(&format!("/v3/avatars/looks?group_id={id}"))
                .await;
            for look in looks.data().as_array().unwrap() {
                assert_eq!(look["avatar_type"], "studio_avatar");
                let engines = look["supported_api_engines"].as_array().unwrap();
                assert!(
                    engines.contains(&json!("avatar_iv")) && engines.contains(&json!("avatar_iii"))
                );
                let picture = reqwest::get(look["preview_image_url"].as_str().unwrap())
                    .await
                    .unwrap();
                assert_eq!(picture.status(), 200);
                assert_eq!(picture.headers()["content-type"], "image/jpeg");
            }
        }
        let group = groups[0]["id"].as_str().unwrap();
        assert_eq!(
            client.get(&format!("/v3/avatars/{group}")).await.data()["name"],
            groups[0]["name"]
        );
        let looks = client
            .get(&format!("/v3/avatars/looks?group_id={group}"))
            .await;
        let look = looks.text("/0/id");
        let voice = json!({ "default_voice_id": client.any_voice().await });
        client
            .delete(&format!("/v3/avatars/{group}"))
            .await
            .refused(403, "forbidden", None);
        client
            .patch(&format!("/v3/avatars/{group}"), &voice)
            .await
            .refused(403, "forbidden", None);
        client
            .delete(&format!("/v3/avatars/looks/{look}"))
            .await
            .refused(403, "forbidden", None);
        let name = json!({ "name": "Mine" });
        client
            .patch(&format!("/v3/avatars/looks/{look}"), &name)
            .await
            .refused(403, "forbidden", None);

        // Test keys see the library, too, and make videos of it.
        let test = server.test_client_of("ws_ci");
        let video = test.video(&request(&look)).await;
        let done = test.ended(&format!("/v3/videos/{video}")).await;
        assert_eq!(done["status"], "completed", "{done}");

        // A second start writes nothing and changes nothing.
        server.kill();
        server.run_again().await;
        let again = server
            .client()
            .get("/v3/avatars?ownership=public&limit=50")
            .await;
        let names = |groups: &[Value]| groups.iter().map(|g| g["id"].clone()).collect::<Vec<_>>();
        assert_eq!(names(again.data().as_array().unwrap()), names(&groups));
        assert_eq!(
            server
                .log()
                .matches("library of presenters installed")
                .count(),
            1
        );
    }
}

#[tokio::test]
async fn a_stock_look_moves_in_its_preview() {
    for backend in likeness_testkit::backends().await.unwrap() {
        println!("on {}", backend.name);
        let server = Server::start(backend, &LIBRARY).await;
        let client = server.client();
        let group = client.get("/v3/avatars?ownership=public&limit=1").await;
        let group_link = group.text("/0/preview_video_url");
        let looks = format!("/v3/avatars/looks?group_id={}", group.text("/0/id"));
        let looks = client.get(&looks).await;
        let links: Vec<String> = looks
            .data()
            .as_array()
            .unwrap()
            .iter()
            .map(|look| look["preview_video_url"].as_str().unwrap().to_owned())
            .collect();
        let path = |link: &str| link.split_once('?').unwrap().0.to_owned();
        let first = links.iter().find(|link| path(link) == path(&group_link));
        let first = first.expect("the group shows one of its looks");
        assert_ne!(path(&links[0]), path(&links[1]));

        // Two that ask at once are sent the same clip; one that asks later need not wait.
        let (one, other) = tokio::join!(clip(first), clip(&group_link));
        assert_eq!(one, other);
        let started = std::time::Instant::now();
        assert_eq!(clip(first).await, one);
        assert!(started.elapsed().as_millis() < 500, "it is made again");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("preview.mp4");
        std::fs::write(&file, &one).unwrap();
        let probed = crate::videos::probe(&file);
        let kinds: Vec<_> = probed["streams"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stream| stream["codec_type"].as_str().unwrap())
            .collect();
        assert!(
            kinds.contains(&"video") && kinds.contains(&"audio"),
            "{kinds:?}"
        );
        let seconds: f64 = probed["format"]["duration"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1.0..10.0).contains(&seconds), "{seconds}");

        // A link is good for its own object only, so nobody has others made.
        let forged = first.replace(".mp4?", ".mp4x?");
        assert_eq!(reqwest::get(forged).await.unwrap().status(), 403);
    }
}

/// What a link to a video gives.
async fn clip(link: &str) -> Vec<u8> {
    let answer = reqwest::get(link).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "video/mp4");
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_stock_presenter_speaks_and_a_prompt_goes_by_it() {
    let server = Server::embedded(&LIBRARY).await;
    let client = server.client();
    let looks = client
        .get("/v3/avatars/looks?ownership=public&limit=50")
        .await;
    let look = looks.text("/0/id");
    let video = client.video(&request(&look)).await;
    let done = client.ended(&format!("/v3/videos/{video}")).await;
    assert_eq!(done["status"], "completed", "{done}");

    let body = json!({
        "type": "prompt", "name": "Like one of the library", "avatar_id": look,
        "prompt": "The same person in a green hoodie on the beach, smiling", "aspect_ratio": "1:1",
    });
    let (group, made) = prompt(&client, body).await;
    let done = client.ended(&format!("/v3/avatars/looks/{made}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["avatar_type"], "photo_avatar");
    assert_eq!(
        (&done["image_width"], &done["image_height"]),
        (&json!(1080), &json!(1080))
    );
    assert!(
        done["prompt_notes"][0].as_str().unwrap().contains("beach"),
        "{done}"
    );
    assert!(!done["preview_video_url"].is_null());
    // The library's own group cannot be added to.
    assert!(!group.starts_with("ag_stock"));
}

#[tokio::test]
async fn prompts_work_alike_with_test_keys() {
    on_every_backend!(|server| {
        let client = server.test_client_of("ws_ci");
        let body = |name: &str| {
            json!({
                "type": "prompt", "name": name, "aspect_ratio": "9:16",
                "prompt": "A man of 50 with a grey beard and glasses, holding a dog",
            })
        };
        let (group, look) = prompt(&client, body("One")).await;
        let done = client.ended(&format!("/v3/avatars/looks/{look}")).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(done["gender"], "male");
        assert_eq!(
            (&done["image_width"], &done["image_height"]),
            (&json!(1080), &json!(1920))
        );
        assert!(
            done["prompt_notes"][0].as_str().unwrap().contains("dog"),
            "{done}"
        );
        // The same prompt gives the same picture.
        let (_, again) = prompt(&client, body("Two")).await;
        let again = client.ended(&format!("/v3/avatars/looks/{again}")).await;
        let mut pictures = Vec::new();
        for made in [&done, &again] {
            let link = made["preview_image_url"].as_str().unwrap();
            pictures.push(reqwest::get(link).await.unwrap().bytes().await.unwrap());
        }
        assert_eq!(pictures[0], pictures[1]);
        // A look to go by brings its group.
        let body = json!({
            "type": "prompt", "name": "Three", "prompt": "In a red sweater", "avatar_id": look,
        });
        assert_eq!(prompt(&client, body).await.0, group);
    });
}

#[tokio::test]
async fn prompts_are_checked_before_anything_is_made() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let refused = async |body: Value, code: &str, param: &str| {
        let status = if code == "avatar_not_found" { 404 } else { 400 };
        let param = (status == 400).then_some(param);
        client
            .post("/v3/avatars", &body)
            .await
            .refused(status, code, param);
    };
    let with = |more: Value| {
        let mut body = json!({ "type": "prompt", "name": "P", "prompt": "A woman" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    refused(
        with(json!({ "prompt": " " })),
        "invalid_parameter",
        "prompt",
    )
    .await;
    refused(
        with(json!({ "prompt": "a".repeat(1001) })),
        "invalid_parameter",
        "prompt",
    )
    .await;
    refused(
        with(json!({ "aspect_ratio": "3:2" })),
        "invalid_parameter",
        "aspect_ratio",
    )
    .await;
    refused(
        with(json!({ "colour": "red" })),
        "invalid_parameter",
        "colour",
    )
    .await;
    refused(
        with(json!({ "avatar_id": "lk_unknown" })),
        "avatar_not_found",
        "",
    )
    .await;
    let picture = json!({ "type": "base64", "media_type": "image/png", "data": "AAAA" });
    let four = json!({ "reference_images": [picture, picture, picture, picture] });
    refused(with(four), "invalid_parameter", "reference_images").await;
    let one = json!({ "reference_images": [picture] });
    refused(with(one), "invalid_parameter", "reference_images[0].data").await;
    let groups = client.get("/v3/avatars").await;
    assert_eq!(groups.data(), &json!([]));
    // A look without an image yet, and one of another group.
    let (group, look) = client.photo_avatar("No face", pictures::no_face()).await;
    client.ended(&format!("/v3/avatars/{group}")).await;
    refused(
        with(json!({ "avatar_id": look })),
        "avatar_not_usable",
        "avatar_id",
    )
    .await;
}
