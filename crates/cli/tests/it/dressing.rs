//! What is seen beside the person: backgrounds, transparency, watermarks, captions drawn in.

#![expect(clippy::cast_precision_loss, reason = "counts of frames and samples")]

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::support::{Server, on_every_backend};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Blue on the left, green on the right.
fn halves() -> Vec<u8> {
    png(RgbImage::from_fn(640, 360, |x, _| {
        Rgb(if x < 320 {
            [20, 40, 200]
        } else {
            [20, 160, 60]
        })
    }))
}

/// Yellow, but for a clear middle.
fn ring() -> Vec<u8> {
    png(RgbaImage::from_fn(60, 60, |x, y| {
        let clear = (20..40).contains(&x) && (20..40).contains(&y);
        Rgba([250, 220, 0, if clear { 0 } else { 255 }])
    }))
}

async fn fetched(link: &Value, to: &Path) {
    let answer = reqwest::get(link.as_str().unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{link}");
    std::fs::write(to, answer.bytes().await.unwrap()).unwrap();
}

fn ffmpeg(before: &[&str], file: &Path, after: &[&str]) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(before)
        .arg("-i")
        .arg(file)
        .args(after)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// Every tenth frame as pictures.
fn pictures_of(file: &Path) -> Vec<RgbImage> {
    let filter = r"select=not(mod(n\,10)),scale=in_color_matrix=bt709";
    let after = [
        "-vf", filter, "-vsync", "0", "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
    ];
    let size = (WIDTH * HEIGHT * 3) as usize;
    ffmpeg(&[], file, &after)
        .chunks_exact(size)
        .map(|frame| RgbImage::from_raw(WIDTH, HEIGHT, frame.to_vec()).unwrap())
        .collect()
}

fn near(picture: &RgbImage, at: (u32, u32), colour: [u8; 3]) -> bool {
    let found = picture.get_pixel(at.0, at.1).0;
    found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 26)
}

/// An object with more fields.
fn extended(mut object: Value, fields: &Value) -> Value {
    let more = fields.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(more);
    object
}

#[tokio::test]
async fn a_person_stands_before_a_picture_under_a_mark_with_captions() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let background = client.asset("b.png", halves()).await;
    let body = json!({
        "type": "avatar", "avatar_id": look, "script": "Good morning to all of you.",
        "resolution": "720p", "fit": "contain",
        "background": {"type": "image", "asset_id": background},
        "caption": {"style": "default"},
        "watermark": {
            "image": {"type": "base64", "media_type": "image/png", "data": STANDARD.encode(ring())},
            "placement": {"position": "top_left"}, "opacity": 0.9,
        },
    });
    let done = client.made(&body).await;
    let dir = tempfile::tempdir().unwrap();
    let (plain, captioned) = (
        dir.path().join("plain.mp4"),
        dir.path().join("captioned.mp4"),
    );
    let id = done["id"].as_str().unwrap();
    let events =
        format!("/v3/webhooks/events?event_type=avatar_video_caption.success&entity_id={id}");
    let events = client.get(&events).await;
    let told = &events.data()[0]["event_data"];
    assert_eq!(told["video_id"], id, "{told}");
    assert_eq!(
        reqwest::get(told["caption_url"].as_str().unwrap())
            .await
            .unwrap()
            .status(),
        200
    );
    fetched(&done["video_url"], &plain).await;
    fetched(&done["captioned_video_url"], &captioned).await;
    let (plain, captioned) = (pictures_of(&plain), pictures_of(&captioned));
    assert!(plain.len() > 3 && plain.len() == captioned.len());
    for picture in &plain {
        // Beside the photo, and inside it where its own wall was.
        for at in [(200, 300), (330, 60)] {
            assert!(
                near(picture, at, [20, 40, 200]),
                "{at:?} {:?}",
                picture.get_pixel(at.0, at.1)
            );
        }
        for at in [(1100, 300), (930, 100)] {
            assert!(
                near(picture, at, [20, 160, 60]),
                "{at:?} {:?}",
                picture.get_pixel(at.0, at.1)
            );
        }
        // The face is nobody's background: skin is red before it is blue.
        let [r, _, b] = picture.get_pixel(595, 140).0;
        assert!(r > b && r > 90, "{r} {b}");
        // The mark is 144 pixels wide, 22 from the edges, and clear in its middle.
        assert!(
            near(picture, (40, 40), [226, 202, 20]),
            "{:?}",
            picture.get_pixel(40, 40)
        );
        assert!(
            near(picture, (94, 94), [20, 40, 200]),
            "{:?}",
            picture.get_pixel(94, 94)
        );
    }
    // White letters on a dark plate low in the middle, and nothing else is different.
    let light = |picture: &RgbImage| {
        let low = (600..700).flat_map(|y| (300..980).map(move |x| (x, y)));
        low.filter(|&(x, y)| picture.get_pixel(x, y).0.iter().all(|&c| c > 225))
            .count()
    };
    let written = plain
        .iter()
        .zip(&captioned)
        .filter(|(plain, captioned)| light(captioned) > light(plain) + 400)
        .count();
    assert!(
        written * 2 > plain.len(),
        "captions in {written} of {} pictures",
        plain.len()
    );
    for (plain, captioned) in plain.iter().zip(&captioned) {
        for at in [(200, 300), (595, 140), (40, 40)] {
            let (a, b) = (
                plain.get_pixel(at.0, at.1).0,
                captioned.get_pixel(at.0, at.1).0,
            );
            assert!(a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 20), "{at:?}");
        }
    }
}

#[tokio::test]
async fn a_webm_is_transparent_but_for_the_person() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let body = json!({
        "type": "avatar", "avatar_id": look, "script": "Hi there.", "resolution": "720p",
        "fit": "contain", "output_format": "webm",
    });
    let created = client.post("/v3/videos", &body).await;
    assert_eq!(created.data()["output_format"], "webm");
    let path = format!("/v3/videos/{}", created.text("/video_id"));
    let done = client.ended(&path).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["captioned_video_url"], json!(null));
    let link = done["video_url"].as_str().unwrap();
    let answer = reqwest::get(link).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "video/webm");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("video.webm");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();

    let after = ["-f", "rawvideo", "-pix_fmt", "yuva420p", "-"];
    let decoded = ffmpeg(&["-c:v", "libvpx-vp9"], &file, &after);
    let pixels = (WIDTH * HEIGHT) as usize;
    let frames: Vec<&[u8]> = decoded.chunks_exact(pixels * 5 / 2).collect();
    let seconds = done["duration"].as_f64().unwrap();
    assert!((frames.len() as f64 / 25.0 - seconds).abs() < 0.05);
    for frame in frames {
        let opacity = &frame[pixels * 3 / 2..];
        let at = |x: u32, y: u32| opacity[(y * WIDTH + x) as usize];
        for (x, y) in [(50, 50), (330, 60), (930, 100), (1250, 700)] {
            assert!(at(x, y) < 8, "{x}, {y}: {}", at(x, y));
        }
        for (x, y) in [(595, 140), (560, 500)] {
            assert!(at(x, y) > 247, "{x}, {y}: {}", at(x, y));
        }
    }
    // 48 kHz sound of the same length.
    let samples = ffmpeg(&[], &file, &["-map", "0:a", "-f", "s16le", "-ac", "1", "-"]);
    let heard = samples.len() as f64 / 2.0 / 48_000.0;
    assert!((heard - seconds).abs() < 0.1, "{heard} s of {seconds} s");
}

#[tokio::test]
async fn dressings_that_cannot_be_are_refused_by_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let hello = json!({"type": "avatar", "avatar_id": look, "script": "Hello."});
    let with = |fields: Value| extended(hello.clone(), &fields);
    let mark = |fields: Value| {
        let data = STANDARD.encode(ring());
        let image = json!({"type": "base64", "media_type": "image/png", "data": data});
        with(json!({"watermark": extended(json!({"image": image}), &fields)}))
    };
    let image =
        |fields: Value| with(json!({"background": extended(json!({"type": "image"}), &fields)}));
    let mut broken = halves();
    broken.truncate(broken.len() / 2);
    let broken = client.asset("broken.png", broken).await;
    let sound = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0";
    let sound = client.asset("a.wav", sound.to_vec()).await;
    let colour = json!({"type": "color", "value": "#102030"});
    for (body, param) in [
        (image(json!({})), "background.url"),
        (
            image(json!({"url": "https://a.example/b.png", "asset_id": broken})),
            "background.asset_id",
        ),
        (
            image(json!({"value": "#000000", "asset_id": broken})),
            "background.value",
        ),
        (image(json!({"asset_id": "a b"})), "background.asset_id"),
        (image(json!({"asset_id": sound})), "background.asset_id"),
        (image(json!({"asset_id": broken})), "background"),
        (
            with(
                json!({"background": {"type": "color", "value": "#000000", "url": "https://a.example"}}),
            ),
            "background.url",
        ),
        (
            with(json!({"output_format": "webm", "background": colour})),
            "background",
        ),
        (
            with(json!({"output_format": "webm", "remove_background": false})),
            "remove_background",
        ),
        (with(json!({"output_format": "gif"})), "output_format"),
        (with(json!({"caption": {"style": "loud"}})), "caption.style"),
        (
            with(json!({"caption": {"file_format": "ass"}})),
            "caption.file_format",
        ),
        (with(json!({"watermark": {}})), "watermark.image"),
        (mark(json!({"opacity": 1.5})), "watermark.opacity"),
        (mark(json!({"scale": 0})), "watermark.scale"),
        (mark(json!({"scale": 2.1})), "watermark.scale"),
        (
            mark(json!({"placement": {"offset_x": -1.5}})),
            "watermark.placement.offset_x",
        ),
        (
            mark(json!({"placement": {"offset_y": 7}})),
            "watermark.placement.offset_y",
        ),
        (
            mark(json!({"placement": {"position": "middle"}})),
            "watermark.placement.position",
        ),
        (mark(json!({"colour": "red"})), "watermark.colour"),
    ] {
        let answer = client.post("/v3/videos", &body).await;
        assert_eq!(
            answer.body["error"]["param"], param,
            "{body:.300} {}",
            answer.body
        );
        answer.refused(400, "invalid_parameter", Some(param));
    }
    let absent = image(json!({"asset_id": "ast_00000000000000000000000000000000"}));
    client
        .post("/v3/videos", &absent)
        .await
        .refused(404, "asset_not_found", None);
    let hidden = image(json!({"url": "http://127.0.0.1:1/b.png"}));
    client.post("/v3/videos", &hidden).await.refused(
        400,
        "download_failed",
        Some("background.url"),
    );
    let listed = client.get("/v3/videos").await;
    assert_eq!(listed.body["data"], json!([]), "nothing was queued");
}

#[tokio::test]
async fn test_mode_dresses_nothing_but_answers_alike_and_all_files_go_with_the_video() {
    on_every_backend!(|server| {
        let client = server.test_client_of("ws_ci");
        let (_, look) = client.trained_avatar("Anna").await;
        let background = client.asset("b.png", halves()).await;
        let body = json!({
            "type": "avatar", "avatar_id": look, "script": "Hello.", "resolution": "720p",
            "background": {"type": "image", "asset_id": background},
            "caption": {"style": "default"},
        });
        let done = client.made(&body).await;
        let links = ["video_url", "captioned_video_url", "subtitle_url"];
        for field in links {
            let link = done[field].as_str().unwrap();
            assert_eq!(reqwest::get(link).await.unwrap().status(), 200, "{field}");
        }
        let gone = client
            .delete(&format!("/v3/videos/{}", done["id"].as_str().unwrap()))
            .await;
        assert_eq!(gone.status, 200);
        for field in links {
            let link = done[field].as_str().unwrap();
            assert_eq!(reqwest::get(link).await.unwrap().status(), 404, "{field}");
        }
        let webm = json!({
            "type": "avatar", "avatar_id": look, "script": "Hello.", "resolution": "720p",
            "output_format": "webm",
        });
        let done = client.made(&webm).await;
        let answer = reqwest::get(done["video_url"].as_str().unwrap())
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "video/webm");
        assert!(
            answer
                .bytes()
                .await
                .unwrap()
                .starts_with(b"\x1a\x45\xdf\xa3")
        );
    });
}
