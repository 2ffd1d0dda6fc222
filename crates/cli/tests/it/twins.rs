//! `POST /v3/avatars` with `type: digital_twin`, and videos of twins. The footage is made here: the bundled portrait,
//! moved and speaking, filmed by a trembling camera with noise.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use likeness_app::Engines;
use likeness_infer::FaceModels;
use likeness_quality::footage::{CAMERA, Filming, LENGTH_S, Said, film};
use serde_json::{Value, json};

use crate::support::{Client, Server, pictures};

fn twin(name: &str, file: &Value) -> Value {
    json!({"type": "digital_twin", "name": name, "file": file})
}

fn asset(id: &str) -> Value {
    json!({"type": "asset_id", "asset_id": id})
}

/// Starts a twin; gives the ids of the group and of the look.
async fn start(client: &Client, file: &str, footage: Vec<u8>) -> (String, String) {
    let id = client.asset(file, footage).await;
    let created = client.post("/v3/avatars", &twin(file, &asset(&id))).await;
    assert_eq!(created.data()["avatar_item"]["avatar_type"], "digital_twin");
    assert_eq!(created.data()["avatar_group"]["status"], "processing");
    (
        created.text("/avatar_group/id"),
        created.text("/avatar_item/id"),
    )
}

/// A film that ffmpeg draws by itself.
fn drawn(source: &str, name: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    ffmpeg(&["-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p"], &file);
    std::fs::read(file).unwrap()
}

fn ffmpeg(args: &[&str], out: &Path) {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(args)
        .arg(out)
        .status()
        .unwrap();
    assert!(status.success());
}

/// Films the bundled portrait.
fn film_portrait(faces: &FaceModels, filming: &Filming<'_>, out: &Path) {
    let portrait = image::load_from_memory(&pictures::portrait()).unwrap();
    film(faces, &portrait.to_rgb8(), filming, out).unwrap();
}

/// Footage as a telephone makes it: `QuickTime`, lying on its side with a note to turn it, with sound.
fn telephone_footage() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let (lying, marked) = (dir.path().join("lying.mov"), dir.path().join("marked.mov"));
    let filters = format!("{},transpose=2", CAMERA[1]);
    let mut camera = vec![CAMERA[0], filters.as_str()];
    camera.extend(&CAMERA[2..]);
    let faces = FaceModels::load(&likeness_testkit::models_dir()).unwrap();
    let filming = Filming {
        camera: &camera,
        ..Filming::default()
    };
    film_portrait(&faces, &filming, &lying);
    let lying = lying.to_str().unwrap();
    let sound = ["-f", "lavfi", "-i", "sine=duration=15"];
    let mut args = vec!["-i", lying];
    args.extend(sound);
    args.extend([
        "-c:v",
        "copy",
        "-c:a",
        "aac",
        "-metadata:s:v:0",
        "rotate=270",
    ]);
    ffmpeg(&args, &marked);
    std::fs::read(marked).unwrap()
}

#[tokio::test]
async fn footage_becomes_a_twin_that_says_something_else() {
    let server = Server::embedded(&[("LIKENESS_CONSENT__POLICY", "trusted")]).await;
    let client = server.client();
    let (group, look) = start(&client, "me.mov", telephone_footage()).await;
    let path = format!("/v3/avatars/looks/{look}");
    let mut seen = Vec::new();
    let done = loop {
        let now = client.get(&path).await;
        seen.push(now.data()["progress"].as_f64().unwrap());
        if now.text("/status") != "processing" {
            break now.data().clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(done["status"], "completed", "{done}");
    assert!(
        seen.is_sorted() && seen.iter().any(|p| (0.05..0.95).contains(p)),
        "{seen:?}"
    );
    assert_eq!(done["progress"], 1.0);
    // Upright, as the note says.
    assert_eq!(
        (&done["image_width"], &done["image_height"]),
        (&json!(576), &json!(576))
    );
    assert_eq!(
        done["supported_api_engines"],
        json!(["avatar_iv", "avatar_iii"])
    );
    assert_eq!(done["gender"], "female");
    for link in ["preview_image_url", "preview_video_url"] {
        let answer = reqwest::get(done[link].as_str().unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{link}");
    }

    refuses_what_twins_cannot(&client, &look).await;
    let script = "My mama may bring a big pumpkin.";
    let body = json!({"type": "avatar", "avatar_id": look, "script": script, "resolution": "720p"});
    let created = client.post("/v3/videos", &body).await;
    let video = client
        .ended(&format!("/v3/videos/{}", created.text("/video_id")))
        .await;
    assert_eq!(video["status"], "completed", "{video}");
    assert!(video["duration"].as_f64().unwrap() > 1.0);

    let deleted = client.delete(&format!("/v3/avatars/{group}")).await;
    assert_eq!(deleted.status, 200);
    client.get(&path).await.refused(404, "not_found", None);
}

/// Footage keeps its background and takes no directions; this one offers no mouths for `avatar_v`.
async fn refuses_what_twins_cannot(client: &Client, look: &str) {
    for (field, value, param) in [
        ("remove_background", json!(true), "avatar_id"),
        ("output_format", json!("webm"), "avatar_id"),
        ("engine", json!({"type": "avatar_v"}), "engine"),
        ("motion_prompt", json!("nod"), "motion_prompt"),
    ] {
        let mut body = json!({"type": "avatar", "avatar_id": look, "script": "Hello there."});
        body[field] = value;
        let refused = client.post("/v3/videos", &body).await;
        refused.refused(400, "invalid_parameter", Some(param));
    }
}

/// The bundled portrait as it speaks.
fn speaking_footage() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("speaks.mp4");
    let engines = Engines::open(&likeness_testkit::models_dir()).unwrap();
    let said = Said::new(&engines, "hibari/heart", LENGTH_S, dir.path()).unwrap();
    let filming = Filming {
        says: Some(&said),
        ..Filming::default()
    };
    film_portrait(engines.faces().unwrap(), &filming, &file);
    std::fs::read(file).unwrap()
}

#[tokio::test]
async fn footage_that_speaks_offers_mouths_of_its_own() {
    let server = Server::embedded(&[("LIKENESS_CONSENT__POLICY", "trusted")]).await;
    let client = server.client();
    let (group, look) = start(&client, "me.mp4", speaking_footage()).await;
    let id = client.asset("quiet.mov", telephone_footage()).await;
    let mut quiet = twin("Quiet", &asset(&id));
    quiet["avatar_group_id"] = json!(group);
    let quiet = client
        .post("/v3/avatars", &quiet)
        .await
        .text("/avatar_item/id");
    let mut offered = Vec::new();
    for look in [&look, &quiet] {
        let path = format!("/v3/avatars/looks/{look}");
        let done = client.ended(&path).await;
        assert_eq!(done["status"], "completed", "{done}");
        offered.push(done["supported_api_engines"].clone());
    }
    let all = json!(["avatar_v", "avatar_iv", "avatar_iii"]);
    assert_eq!(offered, [all, json!(["avatar_iv", "avatar_iii"])]);

    let body = |look: &str, engine: Value| {
        let script = "My mama may bring a big pumpkin.";
        json!({"type": "avatar", "avatar_id": look, "script": script, "resolution": "720p", "engine": engine})
    };
    let own = json!({"type": "avatar_v"});
    let refused = client.post("/v3/videos", &body(&quiet, own.clone())).await;
    refused.refused(400, "invalid_parameter", Some("engine"));
    let of_quiet = json!({"type": "avatar_v", "reference_look_id": quiet});
    let refused = client.post("/v3/videos", &body(&look, of_quiet)).await;
    refused.refused(400, "invalid_parameter", Some("engine.reference_look_id"));
    let of_itself = json!({"type": "avatar_v", "reference_look_id": look});
    for engine in [own, of_itself] {
        let created = client.post("/v3/videos", &body(&look, engine)).await;
        let video = client
            .ended(&format!("/v3/videos/{}", created.text("/video_id")))
            .await;
        assert_eq!(video["status"], "completed", "{video}");
    }
}

#[tokio::test]
async fn footage_that_cannot_be_used_says_why() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let mut cut = drawn("testsrc2=size=128x128:rate=25:duration=16", "cut.webm");
    cut.truncate(cut.len() / 3);
    let words = "Footage duration must be between 15s and 600s";
    for (name, footage, code, message) in [
        (
            "short.mp4",
            drawn("testsrc2=size=128x128:duration=14", "short.mp4"),
            "training_failed",
            Some(words),
        ),
        (
            "long.webm",
            drawn("color=size=64x64:rate=1:duration=602", "long.webm"),
            "training_failed",
            Some(words),
        ),
        (
            "nobody.mp4",
            drawn("testsrc2=size=320x240:rate=5:duration=16", "nobody.mp4"),
            "no_face",
            None,
        ),
        ("cut.webm", cut, "training_failed", Some(words)),
    ] {
        let (group, look) = start(&client, name, footage).await;
        let done = client.ended(&format!("/v3/avatars/{group}")).await;
        assert_eq!(done["status"], "failed", "{name}");
        assert_eq!(done["error"]["code"], code, "{name}: {done}");
        if let Some(message) = message {
            assert_eq!(done["error"]["message"], message, "{name}");
        }
        let look = client.get(&format!("/v3/avatars/looks/{look}")).await;
        assert_eq!(look.data()["error"], done["error"]);
    }
}

#[tokio::test]
async fn faults_in_the_request_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let picture = client.asset("me.png", pictures::portrait()).await;
    let film = drawn("testsrc2=size=64x64:duration=1", "film.mp4");
    let inline = |kind: &str, bytes: &[u8]| json!({"type": "base64", "media_type": kind, "data": STANDARD.encode(bytes)});
    for (file, param) in [
        (asset(&picture), "file.asset_id"),
        (inline("video/mp4", b"I am no film"), "file.data"),
        (inline("video/webm", &film), "file.data"),
    ] {
        let refused = client.post("/v3/avatars", &twin("Anna", &file)).await;
        refused.refused(400, "invalid_parameter", Some(param));
    }
    let good = inline("video/mp4", &film);
    let refused = client.post("/v3/avatars", &twin(" ", &good)).await;
    refused.refused(400, "invalid_parameter", Some("name"));
    let mut unknown = twin("Anna", &good);
    unknown["avatar_group_id"] = json!("ag_1");
    let refused = client.post("/v3/avatars", &unknown).await;
    refused.refused(404, "avatar_group_not_found", None);
    let refused = client
        .post("/v3/avatars", &twin("Anna", &asset("ast_1")))
        .await;
    refused.refused(404, "asset_not_found", None);
    let gone = json!({"type": "url", "url": "https://127.0.0.1/me.mp4"});
    let refused = client.post("/v3/avatars", &twin("Anna", &gone)).await;
    refused.refused(400, "download_failed", Some("file.url"));
}

#[tokio::test]
async fn test_mode_takes_footage_for_what_it_says() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("acme");
    let film = drawn("testsrc2=size=128x128:duration=16", "me.mp4");
    let (_, look) = start(&client, "me.mp4", film).await;
    let done = client
        .until(&format!("/v3/avatars/looks/{look}"), |look| {
            look["status"] != "processing"
        })
        .await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["image_width"], 128);
    assert_eq!(done["supported_api_engines"][0], "avatar_v");
    let short = drawn("testsrc2=size=128x128:duration=3", "short.mp4");
    let (group, _) = start(&client, "short.mp4", short).await;
    let done = client.ended(&format!("/v3/avatars/{group}")).await;
    assert_eq!(done["error"]["code"], "training_failed");
}
