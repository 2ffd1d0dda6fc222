//! Draws poses of a portrait on sheets, to be looked at: the bundled one, or a photo with landmarks that the example
//! `landmarks` of `likeness-infer` wrote.
//!
//! `cargo run --release -p likeness-render --example contact_sheet -- OUT_DIR [PHOTO LANDMARKS]`

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small pictures"
)]

use std::error::Error;
use std::path::{Path, PathBuf};

use image::{RgbImage, imageops};
use likeness_domain::video::Fit;
use likeness_render::{Pose, Puppet, Scene, SceneOptions};

const SIDE: u32 = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().unwrap_or_else(|| PathBuf::from("."));
    std::fs::create_dir_all(&out)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let picture = arguments
        .next()
        .unwrap_or_else(|| root.join("../../assets/portraits/astronaut.png"));
    let points = arguments
        .next()
        .unwrap_or_else(|| root.join("tests/data/astronaut_landmarks.json"));
    let photo = image::open(picture)?.into_rgb8();
    let landmarks: Vec<[f32; 3]> = serde_json::from_slice(&std::fs::read(points)?)?;
    let (crop, moved) = close_up(&photo, &landmarks);
    let side = crop.width();
    let puppet = Puppet::train(&crop, &moved)?;
    let options = SceneOptions {
        width: SIDE,
        height: SIDE,
        fit: Fit::Cover,
        background: None,
    };
    let scene = Scene::new(&puppet, &options)?;
    let pictures: Vec<RgbImage> = poses().iter().map(|pose| scene.render_rgb(pose)).collect();
    let scale = SIDE as f32 / side as f32;
    let at = |k: usize| [moved[k][0] * scale, moved[k][1] * scale].map(|v| v as u32);
    let around = |[x, y]: [u32; 2], wide: u32, high: u32| [x - wide / 2, y - high / 2, wide, high];
    let nose = at(6);
    sheet(&pictures, [0, 0, SIDE, SIDE], [360, 360]).save(out.join("faces.png"))?;
    let mouth = around(at(14), 300, 240);
    sheet(&pictures, mouth, [450, 360]).save(out.join("mouths.png"))?;
    sheet(&pictures, around(nose, 560, 200), [560, 200]).save(out.join("eyes.png"))?;
    sheet(&pictures, around(at(4), 640, 640), [640, 640]).save(out.join("outlines.png"))?;
    let lids = [9, 10, 14].map(|k: usize| {
        let [x, y, wide, high] = around(nose, 420, 150);
        imageops::crop_imm(&pictures[k], x, y, wide, high).to_image()
    });
    column(&lids, 3).save(out.join("eyes_x3.png"))?;
    drawn_teeth(&pictures[0], &moved, scale)?.save(out.join("drawn_teeth_x3.png"))?;
    // Four times as large, three poses a picture: the pixels of lips and teeth.
    for (k, three) in pictures.chunks(3).enumerate() {
        let name = format!("mouths_x4_{k}.png");
        let [x, y, wide, high] = around(at(14), 250, 170);
        let tiles: Vec<RgbImage> = three
            .iter()
            .map(|p| imageops::crop_imm(p, x, y, wide, high).to_image())
            .collect();
        column(&tiles, 4).save(out.join(name))?;
    }
    Ok(())
}

/// Close enough to judge lips: the face and some of the shoulders, as a square, with its landmarks.
fn close_up(photo: &RgbImage, landmarks: &[[f32; 3]]) -> (RgbImage, Vec<[f32; 3]>) {
    let eyes = (landmarks[33][0] - landmarks[263][0]).hypot(landmarks[33][1] - landmarks[263][1]);
    let side = ((eyes * 4.4) as u32).min(photo.width()).min(photo.height());
    let start = |middle: f32, most: u32| {
        (middle - side as f32 / 2.0).clamp(0.0, (most - side) as f32) as u32
    };
    let left = start(landmarks[4][0], photo.width());
    let top = start(landmarks[4][1], photo.height());
    let crop = imageops::crop_imm(photo, left, top, side, side).to_image();
    let moved = landmarks
        .iter()
        .map(|p| [p[0] - left as f32, p[1] - top as f32, p[2]])
        .collect();
    (crop, moved)
}

/// The same face from a photo with closed lips, which shows no teeth of its own.
fn drawn_teeth(
    closed: &RgbImage,
    landmarks: &[[f32; 3]],
    scale: f32,
) -> Result<RgbImage, Box<dyn Error>> {
    let mut landmarks: Vec<[f32; 3]> = landmarks.iter().map(|p| p.map(|v| v * scale)).collect();
    let upper = [191, 80, 81, 82, 13, 312, 311, 310, 415];
    let lower = [95, 88, 178, 87, 14, 317, 402, 318, 324];
    for (up, low) in upper.into_iter().zip(lower) {
        let seam = landmarks[up][1] + 0.3 * (landmarks[low][1] - landmarks[up][1]);
        (landmarks[up][1], landmarks[low][1]) = (seam, seam);
    }
    let options = SceneOptions {
        width: SIDE,
        height: SIDE,
        fit: Fit::Cover,
        background: None,
    };
    let scene = Scene::new(&Puppet::train(closed, &landmarks)?, &options)?;
    let [x, y] = [landmarks[14][0] as u32, landmarks[14][1] as u32];
    let tiles = [1, 2, 3, 6].map(|k: usize| {
        let picture = scene.render_rgb(&poses()[k]);
        imageops::crop_imm(&picture, x - 150, y - 70, 300, 140).to_image()
    });
    Ok(column(&tiles, 3))
}

/// A part of each picture, four in a row.
fn sheet(pictures: &[RgbImage], [x, y, wide, high]: [u32; 4], tile: [u32; 2]) -> RgbImage {
    let rows = pictures.len().div_ceil(4) as u32;
    let mut sheet = RgbImage::new(tile[0] * 4, tile[1] * rows);
    for (k, picture) in pictures.iter().enumerate() {
        let part = imageops::crop_imm(picture, x, y, wide, high).to_image();
        let filter = imageops::FilterType::CatmullRom;
        let part = imageops::resize(&part, tile[0], tile[1], filter);
        let (left, top) = (k as u32 % 4 * tile[0], k as u32 / 4 * tile[1]);
        imageops::replace(&mut sheet, &part, i64::from(left), i64::from(top));
    }
    sheet
}

/// Pictures of one size under each other, every pixel `times` as large.
fn column(tiles: &[RgbImage], times: u32) -> RgbImage {
    let (wide, high) = (tiles[0].width() * times, tiles[0].height() * times);
    let mut column = RgbImage::new(wide, high * tiles.len() as u32);
    for (k, tile) in tiles.iter().enumerate() {
        let large = imageops::resize(tile, wide, high, imageops::FilterType::Nearest);
        imageops::replace(&mut column, &large, 0, i64::from(k as u32 * high));
    }
    column
}

fn poses() -> [Pose; 16] {
    let rest = Pose::default();
    [
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
            jaw: 0.08,
            lower: -0.3,
            upper: 0.6,
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
        Pose {
            jaw: 0.16,
            tongue: 1.0,
            lower: 0.1,
            ..rest
        },
        Pose {
            jaw: 0.08,
            wide: 0.2,
            ..rest
        },
        Pose {
            blink: 0.3,
            smile: 0.6,
            ..rest
        },
        Pose {
            yaw: -0.08,
            pitch: -0.03,
            roll: -0.02,
            ..rest
        },
    ]
}
