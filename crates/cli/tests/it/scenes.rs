//! Videos of pictures and of several scenes.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::support::{Server, on_every_backend, pictures};

const SCRIPT: &str = "Good morning, all of you.";

fn inline(media_type: &str, bytes: &[u8]) -> Value {
    json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes)})
}

/// A PNG of one colour, twice as wide as high.
pub(crate) fn plain(colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::from_pixel(400, 200, Rgb(colour)))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A film of 0.8 s: red, at another rate and shape than ours, with a tone.
pub(crate) fn film(dir: &Path) -> Vec<u8> {
    let file = dir.join("film.mp4");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i"])
        .arg("color=red:s=320x240:r=30:d=0.8")
        .args(["-f", "lavfi", "-i", "sine=440:d=0.8"])
        .args(["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read(file).unwrap()
}

pub(crate) async fn fetched(link: &Value, dir: &Path) -> std::path::PathBuf {
    let answer = reqwest::get(link.as_str().unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{link}");
    let file = dir.join("video.mp4");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    file
}

fn decoded(file: &Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(args)
        .arg("-")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// The mean colour of every frame.
pub(crate) fn colours(file: &Path) -> Vec<[u8; 3]> {
    let args = [
        "-vf",
        "scale=in_color_matrix=bt709,format=rgb24,scale=1:1:flags=area",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
    ];
    decoded(file, &args).as_chunks::<3>().0.to_vec()
}

/// Root mean square of the sound of every frame.
pub(crate) fn loudness(file: &Path) -> Vec<f64> {
    let samples = decoded(file, &["-f", "s16le", "-ac", "1", "-ar", "8000"]);
    let samples: Vec<f64> = samples
        .as_chunks::<2>()
        .0
        .iter()
        .map(|bytes| f64::from(i16::from_le_bytes(*bytes)) / 32768.0)
        .collect();
    samples
        .chunks(320)
        .map(|part| (part.iter().map(|s| s * s).sum::<f64>() / 320.0).sqrt())
        .collect()
}

pub(crate) fn is_near(colour: [u8; 3], wanted: [u8; 3]) -> bool {
    colour.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 30)
}

#[tokio::test]
async fn a_picture_speaks_without_an_avatar() {
    on_every_backend!(|server| {
        let client = server.client();
        let voice = client.any_voice().await;
        let body = |image: Value| {
            json!({
                "type": "image", "image": image, "script": SCRIPT, "voice_id": voice,
                "resolution": "720p", "aspect_ratio": "auto",
            })
        };
        let id = client
            .video(&body(inline("image/png", &pictures::portrait())))
            .await;
        // As one known client sends it.
        let asset = client.asset("anna.png", pictures::portrait()).await;
        let mut aliased = body(json!(null));
        aliased.as_object_mut().unwrap().remove("image");
        aliased["image_asset_id"] = json!(asset);
        aliased["enable_caption"] = json!(true);
        let other = client.video(&aliased).await;
        client.delete(&format!("/v3/assets/{asset}")).await.data();
        let nobody = client
            .video(&body(inline("image/png", &pictures::no_face())))
            .await;

        for id in [id, other] {
            let done = client.ended(&format!("/v3/videos/{id}")).await;
            assert_eq!(done["status"], "completed", "{done}");
            let dir = tempfile::tempdir().unwrap();
            let file = fetched(&done["video_url"], dir.path()).await;
            let frames = colours(&file);
            assert!(frames.len() > 25, "{}", frames.len());
            assert!(loudness(&file).iter().copied().fold(0.0, f64::max) > 0.05);
        }
        let failed = client.ended(&format!("/v3/videos/{nobody}")).await;
        assert_eq!(failed["status"], "failed");
        assert_eq!(failed["failure_code"], "no_face", "{failed}");
        assert!(!failed["failure_message"].as_str().unwrap().is_empty());
    });
}

#[tokio::test]
async fn scenes_follow_each_other() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let voice = client.any_voice().await;
    let dir = tempfile::tempdir().unwrap();
    let body = json!({
        "type": "studio", "resolution": "720p", "title": "Four",
        "scenes": [
            {"type": "image", "source": inline("image/png", &plain([0, 200, 0])), "duration": 0.6},
            {"type": "avatar_video", "input": {
                "type": "avatar", "avatar_id": look, "script": SCRIPT,
            }},
            {"type": "video", "source": inline("video/mp4", &film(dir.path()))},
            {"type": "image", "source": inline("image/png", &plain([0, 0, 200])),
                "script": "And good night.", "voice_id": voice},
        ],
    });
    let id = client.video(&body).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    let file = fetched(&done["video_url"], dir.path()).await;
    let (frames, sound) = (colours(&file), loudness(&file));
    let first_not = |colour| frames.iter().position(|&f| !is_near(f, colour)).unwrap();
    assert_eq!(first_not([0, 200, 0]), 15, "the picture stands for 0.6 s");
    let red: Vec<usize> = (0..frames.len())
        .filter(|&k| is_near(frames[k], [254, 0, 0]))
        .collect();
    assert_eq!(red.len(), 20, "the film lasts 0.8 s");
    assert_eq!(red[19] - red[0], 19, "it is shown in one piece");
    assert!(
        frames[red[19] + 1..]
            .iter()
            .all(|&f| is_near(f, [0, 0, 200]))
    );
    assert!(frames.len() - red[19] > 15, "the last scene is spoken");
    assert!(
        sound[..14].iter().all(|&s| s < 1e-3),
        "nothing is heard at first"
    );
    assert!(
        sound[red[2]..red[17]].iter().all(|&s| s > 0.02),
        "the film is heard"
    );
    let srt = reqwest::get(done["subtitle_url"].as_str().unwrap()).await;
    let srt = srt.unwrap().text().await.unwrap();
    assert!(
        srt.contains("Good morning") && srt.contains("good night"),
        "{srt}"
    );
}

#[tokio::test]
async fn films_are_brought_to_the_length_of_their_narration() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let voice = client.any_voice().await;
    let dir = tempfile::tempdir().unwrap();
    let source = inline("video/mp4", &film(dir.path()));
    let scene = |mode: &str, mute: bool| {
        json!({
            "type": "video", "source": source, "script": SCRIPT, "voice_id": voice,
            "playback": {"mode": mode, "mute": mute, "volume": 0.5},
        })
    };
    let scenes = [
        scene("freeze", false),
        scene("loop", true),
        scene("fit_to_scene", false),
    ];
    let body = json!({"type": "studio", "resolution": "720p", "scenes": scenes});
    let id = client.video(&body).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    let file = fetched(&done["video_url"], dir.path()).await;
    let frames = colours(&file);
    // Three times what is spoken, each longer than the film.
    assert!(frames.len() > 3 * 21, "{}", frames.len());
    assert!(frames.iter().all(|&f| is_near(f, [254, 0, 0])));
}

/// Videos of scenes that cannot be, with the fields that are to blame.
fn faults_of_scenes(look: &str, voice: &str) -> Vec<(Value, &'static str)> {
    let picture = inline("image/png", &plain([9, 9, 9]));
    let bytes = b"no film at all, but words".as_slice();
    let studio = |scene: Value| json!({"type": "studio", "scenes": [scene]});
    let speaker = |field: &str, value: Value| {
        let mut input = json!({"type": "avatar", "avatar_id": look, "script": "Hello."});
        input[field] = value;
        studio(json!({"type": "avatar_video", "input": input}))
    };
    let still = |field: &str, value: Value| {
        let mut scene = json!({"type": "image", "source": picture});
        scene[field] = value;
        studio(scene)
    };
    vec![
        (json!({"type": "studio", "scenes": []}), "scenes"),
        (
            json!({"type": "studio", "scenes": vec![json!({"type": "image", "source": picture, "duration": 1}); 51]}),
            "scenes",
        ),
        (studio(json!({"type": "dance"})), "scenes[0].type"),
        (still("duration", json!(0)), "scenes[0].duration"),
        (still("duration", json!(301)), "scenes[0].duration"),
        (still("nothing", json!(1)), "scenes[0].nothing"),
        (still("script", json!("Hello.")), "scenes[0].voice_id"),
        (
            studio(json!({"type": "image", "source": picture})),
            "scenes[0].duration",
        ),
        (
            studio(
                json!({"type": "image", "source": picture, "duration": 1, "script": "Hi.", "voice_id": voice}),
            ),
            "scenes[0].duration",
        ),
        (
            studio(json!({"type": "image", "source": inline("image/png", bytes), "duration": 1})),
            "scenes[0].source.data",
        ),
        (
            studio(json!({"type": "video", "source": inline("video/mp4", bytes)})),
            "scenes[0].source.data",
        ),
        (
            studio(json!({"type": "video", "source": picture, "playback": {"volume": 2}})),
            "scenes[0].playback.volume",
        ),
        (
            studio(json!({"type": "video", "source": picture, "playback": {"mode": "rewind"}})),
            "scenes[0].playback.mode",
        ),
        (speaker("script", json!(null)), "scenes[0].input.script"),
        (
            speaker("voice_settings", json!({"speed": 2})),
            "scenes[0].input.voice_settings.speed",
        ),
        (
            speaker("voice_settings", json!({"pitch": -51})),
            "scenes[0].input.voice_settings.pitch",
        ),
        (
            speaker("background", json!({"type": "color", "color": "green"})),
            "scenes[0].input.background.color",
        ),
        (
            speaker("engine", json!({"type": "avatar_v"})),
            "scenes[0].input.engine",
        ),
    ]
}

/// The same of videos without scenes.
fn faults_of_fields(look: &str, voice: &str) -> Vec<(Value, &'static str)> {
    let image = |field: &str, value: Value| {
        let mut body = json!({
            "type": "image", "image": inline("image/png", &pictures::portrait()),
            "script": "Hello.", "voice_id": voice,
        });
        body[field] = value;
        body
    };
    let avatar = |field: &str, value: Value| {
        let mut body = json!({"type": "avatar", "avatar_id": look, "script": "Hello."});
        body[field] = value;
        body
    };
    vec![
        (image("voice_id", json!(null)), "voice_id"),
        (image("image", json!(null)), "image"),
        (
            image("image_url", json!("https://a.example/b.png")),
            "image_url",
        ),
        (
            image("image", inline("image/png", &pictures::small_portrait())),
            "image",
        ),
        (image("resolution", json!("4k")), "resolution"),
        (avatar("resolution", json!("4k")), "resolution"),
        (avatar("engine", json!({"type": "avatar_v"})), "engine"),
        (
            avatar("audio_url", json!("https://a.example/b.mp3")),
            "audio_url",
        ),
        (avatar("script", json!("Привет, как дела?")), "script"),
        (
            avatar("voice_settings", json!({"locale": "fr-FR"})),
            "voice_settings.locale",
        ),
        (
            avatar("voice_settings", json!({"pitch": 50.5})),
            "voice_settings.pitch",
        ),
        (
            image("voice_settings", json!({"pitch": "high"})),
            "voice_settings.pitch",
        ),
        (
            avatar(
                "voice_settings",
                json!({"engine_settings": {"engine_type": "fish"}}),
            ),
            "voice_settings.engine_settings",
        ),
    ]
}

#[tokio::test]
async fn faults_in_scenes_name_their_field() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let (_, look) = client.trained_avatar("Anna").await;
    let voice = client.any_voice().await;
    let faults = faults_of_scenes(&look, &voice);
    for (body, param) in faults.into_iter().chain(faults_of_fields(&look, &voice)) {
        let answer = client.post("/v3/videos", &body).await;
        assert_eq!(answer.body["error"]["param"], param, "{}", answer.body);
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    let made = client.get("/v3/videos").await;
    assert_eq!(made.data(), &json!([]), "nothing was made");
    let mut settings = json!({"locale": "en", "engine_settings": {"engine_type": "starfish"}});
    settings["speed"] = json!(1.2);
    let body = json!({
        "type": "avatar", "avatar_id": look, "script": "Hello.", "voice_settings": settings,
    });
    client.post("/v3/videos", &body).await.data();
}

/// A web server that gives every path the same bytes.
async fn served(bytes: Vec<u8>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let routes = axum::Router::new().fallback(async move || bytes);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    base_url
}

#[tokio::test]
async fn a_links_extension_is_that_of_its_file() {
    let server = Server::embedded(&[("LIKENESS_NET__ALLOW_PRIVATE_HOSTS", "true")]).await;
    let client = server.client();
    let dir = tempfile::tempdir().unwrap();
    let picture = served(plain([9, 9, 9])).await;
    let film = served(film(dir.path())).await;
    let scene = |scene: Value| json!({"type": "studio", "resolution": "720p", "scenes": [scene]});
    let still = |url: String| {
        scene(json!({"type": "image", "source": {"type": "url", "url": url}, "duration": 0.4}))
    };
    let shown =
        |url: String| scene(json!({"type": "video", "source": {"type": "url", "url": url}}));
    for body in [
        still(format!("{picture}/a.jpg")),
        still(format!("{picture}/a.MP4?b=c.png")),
        shown(format!("{film}/a.webm")),
    ] {
        let answer = client.post("/v3/videos", &body).await;
        answer.refused(400, "invalid_parameter", Some("scenes[0].source.url"));
    }
    for body in [
        still(format!("{picture}/a.png")),
        still(format!("{picture}/a.php?b=c.jpg")),
        shown(format!("{film}/film")),
    ] {
        client.video(&body).await;
    }
}

#[tokio::test]
async fn a_scene_that_fails_is_named() {
    let server = Server::embedded(&[]).await;
    let client = server.client();
    let voice = client.any_voice().await;
    let body = json!({
        "type": "studio", "resolution": "720p",
        "scenes": [
            {"type": "image", "source": inline("image/png", &plain([9, 9, 9])), "duration": 1},
            {"type": "avatar_video", "input": {
                "type": "image", "image": inline("image/png", &pictures::no_face()),
                "script": SCRIPT, "voice_id": voice,
            }},
        ],
    });
    let id = client.video(&body).await;
    let failed = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "no_face", "{failed}");
    let message = failed["failure_message"].as_str().unwrap();
    assert!(message.starts_with("Scene 2: "), "{message}");
}

#[tokio::test]
async fn test_mode_makes_scenes_too() {
    let server = Server::embedded(&[]).await;
    let client = server.test_client_of("ws_ci");
    let voice = client.any_voice().await;
    let dir = tempfile::tempdir().unwrap();
    let body = json!({
        "type": "studio", "resolution": "720p",
        "scenes": [
            {"type": "video", "source": inline("video/mp4", &film(dir.path()))},
            {"type": "image", "source": inline("image/png", &plain([0, 0, 200])),
                "script": "And good night.", "voice_id": voice},
        ],
    });
    let id = client.video(&body).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert!(done["duration"].as_f64().unwrap() > 1.0, "{done}");
    let face = json!({
        "type": "image", "image": inline("image/png", &pictures::portrait()),
        "script": SCRIPT, "voice_id": voice, "resolution": "720p",
    });
    let id = client.video(&face).await;
    let done = client.ended(&format!("/v3/videos/{id}")).await;
    assert_eq!(done["status"], "completed", "{done}");
}
