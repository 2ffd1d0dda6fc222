//! A clip of several scenes: cut where the sound says, each in its own frame.

use std::process::Command;
use std::sync::Arc;

use likeness_app::Engines;
use likeness_app::rendering::{ClipInputs, FPS, Material, Persona, Pictures, Progress, make_clip};
use likeness_domain::id::LookId;
use likeness_domain::video::{Background, Fit, SceneRequest, Script, Sound, VideoRequest};
use likeness_media::encode::EncodeSettings;
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::Puppet;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;
const PAUSE_S: f64 = 0.75;
/// Frames of it, the last of which is not full.
const PAUSE: usize = 19;

/// What ffmpeg gives for `args` after its input.
fn decoded(ffmpeg: &Ffmpeg, file: &std::path::Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new(&ffmpeg.ffmpeg)
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(args)
        .arg("-")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

#[test]
fn scenes_are_cut_one_after_another() {
    let engines = Engines::open(&likeness_testkit::models_dir()).unwrap();
    let photo = crate::portrait();
    let faces = engines.faces().unwrap().analyse(&photo).unwrap();
    let puppet = Puppet::train(&photo, &faces[0].landmarks).unwrap();
    let look = LookId::new();
    let voice = engines.voices().default_for(None).id.clone();
    let spoken = |text: &str| SceneRequest::of_look(look.clone(), Script::new(text, voice.clone()));
    let silent = SceneRequest {
        sound: Sound::Silence {
            duration_s: PAUSE_S,
        },
        fit: Fit::Contain,
        background: Some(Background::Colour([0, 255, 0])),
        ..spoken("")
    };
    let request = VideoRequest {
        scenes: vec![spoken("Good morning."), silent, spoken("And good night.")],
        ..VideoRequest::of_scene(WIDTH, HEIGHT, spoken(""))
    };
    let dir = tempfile::tempdir().unwrap();
    let ffmpeg = Ffmpeg::find().unwrap();
    let inputs = ClipInputs {
        engines: &engines,
        request: &request,
        materials: &vec![Material::Persona(Arc::new(Persona::Photo(puppet))); 3],
        pictures: &Pictures::default(),
        encoding: &EncodeSettings::new(ffmpeg.clone()),
        dir: dir.path(),
        shelf: None,
        parts: None,
    };
    let clip = make_clip(&inputs, &Progress::new(&|_| {}, &|| false)).unwrap();

    // The only green frames are those of the silent scene.
    let rgb = ["-map", "0:v", "-f", "rawvideo", "-pix_fmt", "rgb24"];
    let pixels = decoded(&ffmpeg, &clip.video, &rgb);
    let green: Vec<bool> = pixels
        .chunks_exact((WIDTH * HEIGHT * 3) as usize)
        .map(|frame| frame[0] < 40 && frame[1] > 200 && frame[2] < 40)
        .collect();
    assert_eq!(green.len() as u64, clip.frames);
    let first = green.iter().position(|&g| g).unwrap();
    let pause = PAUSE;
    assert!(green[first..first + pause].iter().all(|&g| g));
    assert!(green[first + pause..].iter().all(|&g| !g));

    // Nothing is heard in it, and something before and after.
    let pcm = ["-map", "0:a", "-f", "s16le", "-ac", "1", "-ar", "8000"];
    let samples: Vec<f64> = decoded(&ffmpeg, &clip.video, &pcm)
        .chunks_exact(2)
        .map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0)
        .collect();
    let per_frame = 8000 / FPS as usize;
    let loud = |frames: std::ops::Range<usize>| {
        let part = &samples[frames.start * per_frame..frames.end * per_frame];
        (part.iter().map(|s| s * s).sum::<f64>() / part.len() as f64).sqrt()
    };
    let all = green.len();
    assert!(loud(0..first) > 0.02);
    assert!(loud(first + 1..first + pause - 1) < 1e-3);
    assert!(loud(first + pause..all - 1) > 0.02);

    // The words go on after the pause, counted from the start of the video.
    let words = &clip.timing.words;
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(texts, ["Good", "morning.", "And", "good", "night."]);
    let second = (first + pause) as f64 / f64::from(FPS);
    assert!(words[1].end_s <= first as f64 / f64::from(FPS));
    assert!(
        (second..second + 1.0).contains(&words[2].start_s),
        "{words:?}"
    );
    assert_eq!(words[2].sentence, 1);
    assert!((clip.timing.duration_s - clip.duration_s).abs() < 1e-6);
}
