//! What a frame costs on one thread, over the motion of fifteen seconds of speech.
//!
//! `cargo bench -p likeness-render --bench frame`

#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a report to the terminal"
)]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use likeness_domain::speech::{SpeechTiming, Stress, TimedPhoneme};
use likeness_domain::video::Fit;
use likeness_render::{MotionOptions, Pose, Puppet, Scene, SceneOptions, plan};

/// "The north wind and the sun were disputing which was the stronger", in misaki's letters.
const SENTENCE: &str = "ðə nɔɹθ wɪnd ænd ðə sʌn wɜ dɪspjutɪŋ wɪʧ wʌz ðə stɹɔŋɡɜ ";
const DURATION_S: f64 = 15.0;

fn main() -> Result<(), Box<dyn Error>> {
    let puppet = portrait()?;
    let motion = plan(&speech(), &MotionOptions::default());
    for (width, height) in [(1280, 720), (1920, 1080)] {
        for fit in [Fit::Contain, Fit::Cover] {
            let options = SceneOptions {
                width,
                height,
                fit,
                background: None,
            };
            let started = Instant::now();
            let scene = Scene::new(&puppet, &options)?;
            let placed = started.elapsed().as_secs_f64() * 1e3;
            let (mean, worst) = time(&scene, motion.rows());
            println!(
                "{width}x{height} {fit:?}: mean {mean:.2} ms, worst {worst:.2} ms a frame; scene {placed:.0} ms"
            );
        }
    }
    Ok(())
}

/// Mean and longest time of a frame, in milliseconds.
fn time(scene: &Scene, rows: &[Pose]) -> (f64, f64) {
    let mut frame = scene.new_frame();
    scene.render(&rows[0], &mut frame);
    let times: Vec<f64> = rows
        .iter()
        .map(|row| {
            let started = Instant::now();
            scene.render(row, &mut frame);
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let worst = times.iter().copied().fold(0.0, f64::max);
    (times.iter().sum::<f64>() / times.len() as f64, worst)
}

fn portrait() -> Result<Puppet, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photo = image::open(root.join("../../assets/portraits/astronaut.png"))?.into_rgb8();
    let json = std::fs::read(root.join("tests/data/astronaut_landmarks.json"))?;
    let landmarks: Vec<[f32; 3]> = serde_json::from_slice(&json)?;
    Ok(Puppet::train(&photo, &landmarks)?)
}

/// The sentence over and over, each sound 80 ms long, with a pause after each turn.
fn speech() -> SpeechTiming {
    let mut phonemes = Vec::new();
    let mut t = 0.0;
    for symbol in SENTENCE.chars().filter(|c| *c != ' ').chain([' ']).cycle() {
        let end_s = t + if symbol == ' ' { 0.3 } else { 0.08 };
        if end_s > DURATION_S {
            break;
        }
        phonemes.push(TimedPhoneme {
            symbol,
            start_s: t,
            end_s,
            stress: Stress::None,
        });
        t = end_s;
    }
    SpeechTiming {
        phonemes,
        duration_s: DURATION_S,
        ..SpeechTiming::default()
    }
}
