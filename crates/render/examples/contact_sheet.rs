//! Draws poses of the bundled portrait on sheets, to be looked at, and prints what a frame costs.
//!
//! `cargo run --release -p likeness-render --example contact_sheet -- OUT_DIR`

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small pictures"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use image::{RgbImage, imageops};
use likeness_domain::video::Fit;
use likeness_render::{Pose, Puppet, Scene, SceneOptions};

const SIDE: u32 = 1024;
const TILE: u32 = 360;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photo = image::open(root.join("../../assets/portraits/astronaut.png"))?.into_rgb8();
    let json = std::fs::read(root.join("tests/data/astronaut_landmarks.json"))?;
    let landmarks: Vec<[f32; 3]> = serde_json::from_slice(&json)?;
    // Close enough to judge lips: the face and some of the shoulders.
    let (left, top, side) = (85, 0, 280);
    let crop = imageops::crop_imm(&photo, left, top, side, side).to_image();
    let moved: Vec<[f32; 3]> = landmarks
        .iter()
        .map(|p| [p[0] - left as f32, p[1] - top as f32, p[2]])
        .collect();
    let puppet = Puppet::train(&crop, &moved)?;
    let options = SceneOptions {
        width: SIDE,
        height: SIDE,
        fit: Fit::Cover,
        background: None,
    };
    let scene = Scene::new(&puppet, &options)?;
    let rest = Pose::default();
    let poses = [
        rest,
        Pose { jaw: 0.25, ..rest },
        Pose { jaw: 0.5, ..rest },
        Pose {
            jaw: 0.8,
            lower: 0.3,
            ..rest
        },
        Pose {
            jaw: 0.2,
            pucker: 0.8,
            ..rest
        },
        Pose {
            jaw: 0.05,
            pucker: 1.0,
            ..rest
        },
        Pose {
            jaw: 0.2,
            wide: 0.8,
            upper: 0.3,
            ..rest
        },
        Pose { press: 1.0, ..rest },
        Pose {
            jaw: 0.07,
            lower: -0.8,
            upper: 0.45,
            ..rest
        },
        Pose { blink: 1.0, ..rest },
        Pose {
            blink: 0.5,
            gaze: [0.05, 0.0],
            ..rest
        },
        Pose {
            yaw: 0.08,
            pitch: 0.04,
            roll: 0.03,
            jaw: 0.3,
            ..rest
        },
    ];
    let mut faces = RgbImage::new(TILE * 4, TILE * 3);
    let mut mouths = RgbImage::new(TILE * 4, TILE * 3);
    for (k, pose) in poses.iter().enumerate() {
        let picture = scene.render_rgb(pose);
        let (x, y) = (k as u32 % 4 * TILE, k as u32 / 4 * TILE);
        let small = imageops::resize(&picture, TILE, TILE, imageops::FilterType::CatmullRom);
        imageops::replace(&mut faces, &small, i64::from(x), i64::from(y));
        let mouth = imageops::crop_imm(&picture, 330, 400, TILE, TILE).to_image();
        imageops::replace(&mut mouths, &mouth, i64::from(x), i64::from(y));
    }
    faces.save(out.join("faces.png"))?;
    mouths.save(out.join("mouths.png"))?;
    time(&puppet, (1920, 1080))?;
    time(&puppet, (1280, 720))?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example reports to its terminal")]
fn time(puppet: &Puppet, (width, height): (u32, u32)) -> Result<(), Box<dyn Error>> {
    let options = SceneOptions {
        width,
        height,
        fit: Fit::Contain,
        background: None,
    };
    let scene = Scene::new(puppet, &options)?;
    let mut frame = scene.new_frame();
    let pose = Pose {
        jaw: 0.4,
        yaw: 0.03,
        ..Pose::default()
    };
    let started = Instant::now();
    for _ in 0..20 {
        scene.render(&pose, &mut frame);
    }
    println!(
        "{width}x{height}: {:.1} ms a frame",
        started.elapsed().as_secs_f64() * 50.0
    );
    Ok(())
}
