//! Puppet, motion and scene together, on the bundled portrait.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    reason = "tests on small pictures"
)]

use std::path::Path;

use image::RgbImage;
use likeness_domain::speech::{SpeechTiming, Stress, TimedPhoneme};
use likeness_domain::video::Fit;
use likeness_render::{MotionOptions, Pose, Puppet, Scene, SceneOptions, TrainError, plan};

fn portrait() -> (RgbImage, Vec<[f32; 3]>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photo = image::open(root.join("../../assets/portraits/astronaut.png")).unwrap();
    let json = std::fs::read(root.join("tests/data/astronaut_landmarks.json")).unwrap();
    (photo.into_rgb8(), serde_json::from_slice(&json).unwrap())
}

fn puppet() -> Puppet {
    let (photo, landmarks) = portrait();
    Puppet::train(&photo, &landmarks).unwrap()
}

fn scene(width: u32, height: u32, fit: Fit) -> Scene {
    Scene::new(
        &puppet(),
        &SceneOptions {
            width,
            height,
            fit,
            background: None,
        },
    )
    .unwrap()
}

/// Each symbol lasts 0.12 s; a space is half a second of silence.
fn timing(symbols: &str) -> SpeechTiming {
    let mut t = 0.0;
    let phonemes: Vec<_> = symbols
        .chars()
        .map(|symbol| {
            let start_s = t;
            t += if symbol == ' ' { 0.5 } else { 0.12 };
            TimedPhoneme {
                symbol,
                start_s,
                end_s: t,
                stress: Stress::None,
            }
        })
        .collect();
    SpeechTiming {
        phonemes,
        duration_s: t,
        ..SpeechTiming::default()
    }
}

fn options() -> MotionOptions {
    MotionOptions {
        seed: 7,
        ..MotionOptions::default()
    }
}

#[test]
fn a_puppet_comes_back_from_its_bytes() {
    let puppet = puppet();
    let bytes = puppet.to_bytes();
    assert_eq!(Puppet::from_bytes(&bytes).unwrap(), puppet);
    for cut in [0, 3, 5, 100, 5741, bytes.len() / 2] {
        assert!(Puppet::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn what_is_no_face_is_refused() {
    let (photo, mut landmarks) = portrait();
    assert_eq!(
        Puppet::train(&photo, &landmarks[..468]),
        Err(TrainError::LandmarkCount { found: 468 })
    );
    landmarks[9][1] = f32::NAN;
    assert_eq!(
        Puppet::train(&photo, &landmarks),
        Err(TrainError::LandmarkPlace { index: 9 })
    );
}

#[test]
fn there_is_a_row_for_every_begun_frame() {
    let timing = timing("hɛlO");
    let rows = plan(&timing, &options());
    assert_eq!(
        rows.rows().len(),
        (timing.duration_s * 25.0).ceil() as usize
    );
}

#[test]
fn the_mouth_rests_in_silence() {
    let motion = plan(&timing("  ma  "), &options());
    let quiet = motion.rows()[..12].iter().chain(&motion.rows()[46..]);
    for row in quiet {
        let mouth = [
            row.jaw, row.pucker, row.wide, row.upper, row.lower, row.press, row.tongue,
        ];
        assert!(mouth.iter().all(|v| v.abs() < f32::EPSILON), "{row:?}");
    }
}

#[test]
fn bilabials_close_the_lips_and_vowels_open_them() {
    let timing = timing("ɑmɑpɑbɑ");
    let motion = plan(&timing, &options());
    let scene = scene(720, 720, Fit::Cover);
    let opening = |middle: f64| {
        let row = motion.rows()[(middle * 25.0).round() as usize];
        scene.intended_mouth(&row)[0]
    };
    for phoneme in &timing.phonemes {
        let opening = opening(f64::midpoint(phoneme.start_s, phoneme.end_s));
        if phoneme.symbol == 'ɑ' {
            assert!(
                opening > 0.08,
                "a vowel at {} opens by {opening}",
                phoneme.start_s
            );
        } else {
            assert!(
                opening < 0.02,
                "{} leaves a gap of {opening}",
                phoneme.symbol
            );
        }
    }
}

#[test]
fn an_open_mouth_is_dark_inside() {
    let scene = scene(720, 720, Fit::Cover);
    let (_, landmarks) = portrait();
    let dark = |jaw: f32| {
        let picture = scene.render_rgb(&Pose {
            jaw,
            ..Pose::default()
        });
        // From the upper lip to where an open mouth's lower lip is, short of the corners and the chin.
        let scale = 720.0 / 512.0;
        let at = |k: usize| landmarks[k].map(|v| (v * scale) as u32);
        let (xs, ys) = (at(81)[0]..at(311)[0], at(13)[1]..at(14)[1] + 14);
        ys.flat_map(|y| xs.clone().map(move |x| (x, y)))
            .filter(|&(x, y)| picture.get_pixel(x, y).0.iter().all(|&c| c < 90))
            .count()
    };
    let (closed, open) = (dark(0.0), dark(0.8));
    assert!(
        open > closed + 40,
        "{closed} dark pixels closed, {open} open"
    );
}

#[test]
fn the_background_stands_and_frames_are_repeatable() {
    let scene = scene(640, 360, Fit::Contain);
    let still = scene.new_frame();
    let pose = Pose {
        jaw: 0.7,
        yaw: 0.08,
        roll: 0.05,
        blink: 0.6,
        ..Pose::default()
    };
    let mut frame = scene.new_frame();
    scene.render(&pose, &mut frame);
    let (before, after) = (still.as_bytes(), frame.as_bytes());
    assert_ne!(before, after);
    // The backdrop at both sides of the square photo, and the lower third of the photo.
    for y in 0..360 {
        for x in (0..140).chain(500..640) {
            assert_eq!(before[y * 640 + x], after[y * 640 + x], "{x}, {y}");
        }
    }
    assert_eq!(before[250 * 640..360 * 640], after[250 * 640..360 * 640]);
    // A frame drawn over another pose equals a fresh one.
    scene.render(
        &Pose {
            jaw: 1.0,
            pitch: -0.1,
            ..Pose::default()
        },
        &mut frame,
    );
    scene.render(&pose, &mut frame);
    let mut fresh = scene.new_frame();
    scene.render(&pose, &mut fresh);
    assert_eq!(frame.as_bytes(), fresh.as_bytes());
}

#[test]
fn a_frame_of_another_scene_is_made_anew() {
    let of = |colour| {
        let options = SceneOptions {
            width: 640,
            height: 360,
            fit: Fit::Contain,
            background: Some(colour),
        };
        Scene::new(&puppet(), &options).unwrap()
    };
    let (green, blue) = (of([0, 255, 0]), of([0, 0, 255]));
    let mut frame = green.new_frame();
    green.render(&Pose::default(), &mut frame);
    blue.render(&Pose::default(), &mut frame);
    let mut fresh = blue.new_frame();
    blue.render(&Pose::default(), &mut fresh);
    assert_eq!(frame.as_bytes(), fresh.as_bytes());
}

#[test]
fn faces_at_the_border_and_extreme_poses_are_drawn() {
    let (photo, landmarks) = portrait();
    let crop = image::imageops::crop_imm(&photo, 200, 60, 120, 120).to_image();
    let moved: Vec<_> = landmarks
        .iter()
        .map(|p| [p[0] - 200.0, p[1] - 60.0, p[2]])
        .collect();
    let puppet = Puppet::train(&crop, &moved).unwrap();
    for (width, height) in [(2, 2), (64, 360), (360, 64)] {
        for fit in [Fit::Cover, Fit::Contain] {
            let options = SceneOptions {
                width,
                height,
                fit,
                background: Some([0, 255, 0]),
            };
            let scene = Scene::new(&puppet, &options).unwrap();
            for v in [-3.0, -1.0, 0.0, 1.0, 3.0] {
                let pose = Pose {
                    jaw: v,
                    pucker: v,
                    wide: -v,
                    upper: v,
                    lower: v,
                    press: v,
                    tongue: v,
                    blink: v,
                    brow: v,
                    gaze: [v, v],
                    yaw: v,
                    pitch: v,
                    roll: v,
                    lift: v,
                };
                assert_eq!(scene.render_rgb(&pose).dimensions(), (width, height));
            }
        }
    }
}
