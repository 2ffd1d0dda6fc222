//! The stages of a video's way from a photo to the encoder, timed one by one on one thread.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use likeness_domain::video::Fit;
use likeness_render::{Motion, MotionOptions, Scene, SceneOptions, StageTimes, plan};

use crate::clip::{Order, Portrait, Studio, opened};
use crate::picture;

/// What is timed.
#[derive(Debug, Clone, clap::Args)]
pub struct StageArgs {
    /// Photo to animate.
    #[arg(long)]
    pub portrait: PathBuf,
    /// What is spoken.
    #[arg(long)]
    pub script: String,
    /// Voice, as `pack/key`.
    #[arg(long, default_value = "hibari/heart")]
    pub voice: String,
    /// Rounds over all poses.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
}

/// Prints a table of stages at 720p and 1080p.
#[expect(clippy::print_stdout, reason = "a report to the terminal")]
pub fn stages(studio: &Studio, args: &StageArgs) -> Result<()> {
    let portrait = studio.portrait("portrait", opened(&args.portrait)?)?;
    let order = Order {
        name: "stages".to_owned(),
        script: args.script.clone(),
        voice: studio.voice(&args.voice)?,
        size: (64, 64),
        recorded: false,
    };
    let (_, said) = studio.make(&portrait, &order)?;
    let motion = plan(&said, &MotionOptions::default());
    println!("| stage, ms a frame on one thread | 720p | 1080p |\n|---|---|---|");
    let columns = [(1280, 720), (1920, 1080)]
        .map(|size| column(&portrait, &motion, size, args.rounds))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    for (k, (name, _)) in columns[0].iter().enumerate() {
        let cells: Vec<String> = columns.iter().map(|c| format!("{:.2}", c[k].1)).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}

type Line = (&'static str, f64);

/// Each stage's milliseconds a frame.
fn column(
    portrait: &Portrait,
    motion: &Motion,
    (width, height): (u32, u32),
    rounds: u32,
) -> Result<Vec<Line>> {
    let options = SceneOptions {
        width,
        height,
        fit: Fit::Cover,
        background: None,
    };
    let started = Instant::now();
    let scene = Scene::new(&portrait.puppet, &options)?;
    let placing = started.elapsed();
    let mut frame = scene.new_frame();
    scene.render(&motion.rows()[0], &mut frame);
    let mut sum = StageTimes::default();
    let started = Instant::now();
    for pose in (0..rounds).flat_map(|_| motion.rows()) {
        let times = scene.render_timed(pose, &mut frame);
        sum.shape += times.shape;
        sum.mesh += times.mesh;
        sum.eyes += times.eyes;
        sum.sample += times.sample;
        sum.mouth += times.mouth;
    }
    let drawing = started.elapsed();
    let frames = f64::from(rounds) * motion.rows().len() as f64;
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / frames;
    let still = scene.still_rgb();
    let started = Instant::now();
    let planes = picture::i420(&still);
    let converting = started.elapsed();
    Ok(vec![
        (
            "layout: photo to still, once a scene",
            placing.as_secs_f64() * 1e3,
        ),
        (
            "colour conversion of a whole frame, once a scene",
            converting.as_secs_f64() * 1e3,
        ),
        ("shape: points and triangles", each(sum.shape)),
        ("mesh: places of all pixels", each(sum.mesh)),
        ("eyes", each(sum.eyes)),
        ("warp: sampling luma and chroma", each(sum.sample)),
        ("mouth", each(sum.mouth)),
        ("drawing in all", each(drawing)),
        ("hand-over through the pipe", hand_over(&planes)?),
    ])
}

/// Milliseconds that a frame takes through a pipe into a process that only reads.
fn hand_over(frame: &[u8]) -> Result<f64> {
    const FRAMES: u32 = 100;
    let mut reader = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("start cat")?;
    let mut pipe = reader.stdin.take().context("cat has no input")?;
    let started = Instant::now();
    for _ in 0..FRAMES {
        pipe.write_all(frame)?;
    }
    drop(pipe);
    reader.wait()?;
    Ok(started.elapsed().as_secs_f64() * 1000.0 / f64::from(FRAMES))
}
