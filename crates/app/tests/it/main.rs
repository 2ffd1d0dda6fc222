//! What a finished clip shows, measured in the encoded file by the landmark network, which knows nothing of the plan.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "what the tests share fails the test by panicking; counts of frames are small"
)]

mod scenes;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use image::RgbImage;
use likeness_app::Engines;
use likeness_app::rendering::{
    Clip, ClipInputs, FPS, Material, Persona, Pictures, Progress, make_clip,
};
use likeness_domain::id::LookId;
use likeness_domain::video::{Fit, SceneRequest, Script, VideoRequest};
use likeness_media::encode::EncodeSettings;
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::{MotionOptions, Puppet, Scene, SceneOptions, plan};

/// Many closed lips between open vowels.
const SCRIPT: &str = "My mama bought a big balm. Papa may pop by, maybe, by a palm. Wow, how odd!";

const SIDE: u32 = 720;

struct Made {
    clip: Clip,
    puppet: Puppet,
    engines: Engines,
    ffmpeg: Ffmpeg,
    _dir: tempfile::TempDir,
}

fn portrait() -> RgbImage {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("assets/portraits/astronaut.png");
    image::open(file).unwrap().into_rgb8()
}

fn make() -> Made {
    let engines = Engines::open(&likeness_testkit::models_dir()).unwrap();
    let photo = portrait();
    let faces = engines.faces().unwrap().analyse(&photo).unwrap();
    let puppet = Puppet::train(&photo, &faces[0].landmarks).unwrap();
    let request = VideoRequest::of_scene(
        SIDE,
        SIDE,
        SceneRequest::of_look(
            LookId::new(),
            Script::new(SCRIPT, engines.voices().default_for(None).id.clone()),
        ),
    );
    let dir = tempfile::tempdir().unwrap();
    let ffmpeg = Ffmpeg::find().unwrap();
    let inputs = ClipInputs {
        engines: &engines,
        request: &request,
        materials: &[Material::Persona(Arc::new(Persona::Photo(puppet.clone())))],
        pictures: &Pictures::default(),
        encoding: &EncodeSettings::new(ffmpeg.clone()),
        dir: dir.path(),
        shelf: None,
        parts: None,
    };
    let clip = make_clip(&inputs, &Progress::new(&|_| {}, &|| false)).unwrap();
    Made {
        clip,
        puppet,
        engines,
        ffmpeg,
        _dir: dir,
    }
}

/// Gap of the inner lips in eye distances, for each frame of the file.
fn measured(made: &Made) -> Vec<f32> {
    let mut decoder = Command::new(&made.ffmpeg.ffmpeg)
        .args(["-v", "error", "-i"])
        .arg(&made.clip.video)
        .args(["-map", "0:v", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pixels = decoder.stdout.take().unwrap();
    let models = made.engines.faces().unwrap();
    let mut openings = Vec::new();
    let mut previous: Option<Vec<[f32; 3]>> = None;
    let mut frame = RgbImage::new(SIDE, SIDE);
    while pixels.read_exact(&mut frame).is_ok() {
        let landmarks = match &previous {
            Some(before) => models.track(&frame, before).unwrap().unwrap().landmarks,
            None => models.analyse(&frame).unwrap().remove(0).landmarks,
        };
        let apart = |a: usize, b: usize| {
            let (p, q) = (landmarks[a], landmarks[b]);
            (p[0] - q[0]).hypot(p[1] - q[1])
        };
        let eyes = f32::midpoint(apart(33, 263), apart(133, 362));
        openings.push(apart(13, 14) / eyes);
        previous = Some(landmarks.to_vec());
    }
    assert!(decoder.wait().unwrap().success());
    openings
}

/// What the plan asked of each frame, and how far it wanted the lips pressed together.
fn intended(made: &Made) -> Vec<f32> {
    let options = SceneOptions {
        width: SIDE,
        height: SIDE,
        fit: Fit::Cover,
        background: None,
    };
    let scene = Scene::new(&made.puppet, &options).unwrap();
    let motion = plan(
        &made.clip.timing,
        &MotionOptions {
            fps: FPS,
            ..MotionOptions::default()
        },
    );
    let rows = motion.rows().iter();
    rows.map(|pose| scene.intended_mouth(pose)[0]).collect()
}

/// Pearson's correlation of `a` with `b`, which is read `lag` frames later.
fn correlation(a: &[f32], b: &[f32], lag: isize) -> f32 {
    let pairs: Vec<(f32, f32)> = (0..a.len())
        .filter_map(|k| Some((a[k], *b.get(k.checked_add_signed(lag)?)?)))
        .collect();
    let count = pairs.len() as f32;
    let mean = |get: fn(&(f32, f32)) -> f32| pairs.iter().map(get).sum::<f32>() / count;
    let (ma, mb) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |get: &dyn Fn(&(f32, f32)) -> f32| pairs.iter().map(get).sum::<f32>();
    let covariance = sum(&|p| (p.0 - ma) * (p.1 - mb));
    covariance / (sum(&|p| (p.0 - ma).powi(2)) * sum(&|p| (p.1 - mb).powi(2))).sqrt()
}

#[test]
fn the_lips_in_the_file_are_where_the_sounds_want_them() {
    let made = make();
    let (seen, wanted) = (measured(&made), intended(&made));
    assert_eq!(seen.len(), wanted.len());
    let by_lag: Vec<(isize, f32)> = (-3..=3)
        .map(|lag| (lag, correlation(&wanted, &seen, lag)))
        .collect();
    println!("correlation by lag in frames: {by_lag:?}");
    let best = by_lag.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!(best.0, 0, "sound and lips are apart: {by_lag:?}");
    assert!(best.1 > 0.9, "{by_lag:?}");

    // At the middle of each m, b and p the lips have met.
    let rest = seen[..3].iter().copied().fold(f32::MAX, f32::min);
    let open = seen.iter().copied().fold(0.0, f32::max);
    let (mut closed, mut bilabials) = (0, 0);
    for phoneme in &made.clip.timing.phonemes {
        if !"mbp".contains(phoneme.symbol) {
            continue;
        }
        let from = (phoneme.start_s * f64::from(FPS)).floor();
        let to = (phoneme.end_s * f64::from(FPS)).ceil();
        let within = (0..seen.len()).filter(|&k| (from..=to).contains(&(k as f64)));
        let least = within.map(|k| seen[k]).fold(f32::MAX, f32::min);
        bilabials += 1;
        closed += usize::from(least < rest + 0.12 * (open - rest));
    }
    println!("{closed} of {bilabials} bilabials close; rest {rest}, widest {open}");
    assert!(bilabials >= 15, "{bilabials}");
    assert!(
        closed * 100 >= bilabials * 90,
        "{closed} of {bilabials} close the lips"
    );
}
