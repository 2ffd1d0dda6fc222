//! `cargo xtask bench`: what a video costs on this machine, measured on the release build through the API.
//!
//! The encoder's own share is measured by running `ffmpeg` alone on the same frames and arguments, in a run of its own
//! so that the timed run is undisturbed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::api::Api;
use crate::process::{self, Profile, Server};
use crate::setup;
use crate::{bench_api, bench_render, bench_twin, bench_video, demo};

/// About 15 seconds of speech at the default rate.
pub(crate) const SCRIPT: &str = "Every morning, people move big boxes from the warehouse to the harbour. \
    Five of them are marked for export, and the rest stay here until the weather improves. \
    Would you please wait for me by the blue door, so that we can walk over together? The ship leaves at noon.";

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Photo to animate.
    #[arg(long, default_value = demo::PORTRAIT)]
    portrait: PathBuf,
    /// Voice to speak with; the avatar's default voice otherwise.
    #[arg(long)]
    voice: Option<String>,
    /// What is spoken.
    #[arg(long, default_value = SCRIPT)]
    script: String,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// How many requests the server answers with a million avatar groups.
    Api(bench_api::ApiArgs),
    /// How long videos take from the request to the file, with fast and rich voices, one by one and together.
    Video(bench_video::VideoArgs),
    /// What the training of a digital twin costs, and how its videos compare with its footage.
    Twin(bench_twin::TwinArgs),
    /// Where a video's time goes, stage by stage, and whether memory grows with its length.
    Render(bench_render::RenderArgs),
}

pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    match &args.what {
        Some(What::Api(args)) => return bench_api::run(args),
        Some(What::Video(args)) => return bench_video::run(args),
        Some(What::Render(args)) => return bench_render::run(args),
        Some(What::Twin(args)) => return bench_twin::run(args),
        None => {}
    }
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    let program = process::build_likeness(Profile::Release)?;
    println!("{}\n", machine());
    println!("{HEAD}");
    for resolution in ["720p", "1080p"] {
        let order = Order {
            portrait: &args.portrait,
            voice: args.voice.as_deref(),
            script: &args.script,
            resolution,
        };
        println!("{}", figures(&program, &models, &order)?.row(resolution));
    }
    Ok(())
}

/// First lines of the table of [`Figures`].
pub(crate) const HEAD: &str = "| size | video s | speech s | drawing s | waiting for ffmpeg s | total s | \
     total / length | peak MB (server + children) | ffmpeg alone s | total / ffmpeg alone |\n\
     |---|---|---|---|---|---|---|---|---|---|";

/// A video to be measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) portrait: &'a Path,
    pub(crate) voice: Option<&'a str>,
    pub(crate) script: &'a str,
    pub(crate) resolution: &'a str,
}

/// Where the time and the memory of one video went.
#[derive(Debug)]
pub(crate) struct Figures {
    length_s: f64,
    speech_s: f64,
    drawing_s: f64,
    waiting_s: f64,
    total_s: f64,
    server_mb: f64,
    children_mb: f64,
    ffmpeg_s: f64,
}

impl Figures {
    pub(crate) fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} + {:.0} | {:.2} | {:.2} |",
            self.length_s,
            self.speech_s,
            self.drawing_s,
            self.waiting_s,
            self.total_s,
            self.total_s / self.length_s,
            self.server_mb,
            self.children_mb,
            self.ffmpeg_s,
            self.total_s / self.ffmpeg_s,
        )
    }
}

/// All figures of one video.
pub(crate) fn figures(program: &Path, models: &Path, order: &Order<'_>) -> Result<Figures> {
    let Made {
        length_s,
        total_s,
        server_mb,
        children_mb,
        log,
    } = make(program, models, order, 1.0)?;
    let stages = rendered_event(&log)?;
    let seconds = |field: &str| stages[field].as_f64().unwrap_or(f64::NAN) / 1000.0;
    Ok(Figures {
        length_s,
        speech_s: seconds("speech_ms"),
        drawing_s: seconds("drawing_ms"),
        waiting_s: seconds("encoder_wait_ms"),
        total_s,
        server_mb,
        children_mb,
        ffmpeg_s: ffmpeg_alone(models, order)?,
    })
}

/// What making a video took.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) length_s: f64,
    pub(crate) total_s: f64,
    pub(crate) server_mb: f64,
    pub(crate) children_mb: f64,
    log: String,
}

/// Makes a video on a server of its own, spoken at a pace of `speed`.
pub(crate) fn make(program: &Path, models: &Path, order: &Order<'_>, speed: f64) -> Result<Made> {
    let timed = tempfile::tempdir()?;
    let server = Server::start(
        program,
        timed.path(),
        models,
        &[("LIKENESS_LOG__FORMAT", "json")],
    )?;
    let api = Api::new(server.base_url(), &server.create_key(&[])?);
    let look = demo::make_avatar(&api, order.portrait)?;
    let watch = MemoryWatch::start(server.pid());
    let started = Instant::now();
    let wanted = demo::VideoOrder {
        look: &look,
        script: order.script,
        resolution: order.resolution,
        voice: order.voice,
        speed,
    };
    let video = demo::make_video(&api, &wanted)?;
    let total_s = started.elapsed().as_secs_f64();
    let (server_mb, children_mb) = watch.stop();
    let log = server.log()?;
    server.stop()?;
    Ok(Made {
        length_s: video["duration"]
            .as_f64()
            .context("the video has no duration")?,
        total_s,
        server_mb,
        children_mb,
        log,
    })
}

/// The event that the server logs when a video is done, with the time of each stage.
fn rendered_event(log: &str) -> Result<Value> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|event| event.get("fields").cloned().unwrap_or(event))
        .rfind(|fields| fields["message"] == "video rendered")
        .context("the server's log has no `video rendered` event")
}

/// Times ffmpeg alone on the same frames with the same arguments, by the benchmark that keeps both.
fn ffmpeg_alone(models: &Path, order: &Order<'_>) -> Result<f64> {
    let (width, height) = match order.resolution {
        "720p" => ("1280", "720"),
        _ => ("1920", "1080"),
    };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // Both packages are named so that the parts are those of the build before.
    let output = Command::new(cargo)
        .args(["bench", "--quiet", "--package", "likeness", "--package"])
        .args(["likeness-app", "--bench", "encoder", "--"])
        .arg(fs::canonicalize(order.portrait)?)
        .args([width, height, order.script])
        .env("LIKENESS_MODELS", models)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo bench could not be started")?;
    let text = String::from_utf8(output.stdout)?;
    let seconds = text.lines().last().and_then(|line| line.parse().ok());
    seconds
        .filter(|_| output.status.success())
        .with_context(|| format!("the encoder's benchmark failed ({}): {text}", output.status))
}

/// Follows the peak resident memory of a process and of all it starts, from the kernel's own high-water marks.
#[derive(Debug)]
pub(crate) struct MemoryWatch {
    pid: u32,
    done: std::sync::Arc<AtomicBool>,
    thread: std::thread::JoinHandle<u64>,
}

impl MemoryWatch {
    pub(crate) fn start(pid: u32) -> Self {
        let done = std::sync::Arc::new(AtomicBool::new(false));
        let watched = done.clone();
        let thread = std::thread::spawn(move || {
            let mut most = 0;
            while !watched.load(Ordering::Relaxed) {
                let together: u64 = descendants(pid).into_iter().filter_map(high_water_kb).sum();
                most = together.max(most);
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        });
        Self { pid, done, thread }
    }

    /// Peak megabytes of the process itself, and the greatest sum of the peaks of children that ran at one time.
    pub(crate) fn stop(self) -> (f64, f64) {
        let own = high_water_kb(self.pid).unwrap_or(0);
        self.done.store(true, Ordering::Relaxed);
        let children: u64 = self.thread.join().unwrap_or_default();
        #[expect(
            clippy::cast_precision_loss,
            reason = "kilobytes of memory are far below 2^52"
        )]
        let megabytes = |kb: u64| kb as f64 / 1024.0;
        (megabytes(own), megabytes(children))
    }
}

fn high_water_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

fn descendants(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open = vec![pid];
    while let Some(parent) = open.pop() {
        let Ok(tasks) = fs::read_dir(format!("/proc/{parent}/task")) else {
            continue;
        };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            for child in children
                .split_whitespace()
                .filter_map(|text| text.parse().ok())
            {
                found.push(child);
                open.push(child);
            }
        }
    }
    found
}

/// One line about the processor, as figures mean nothing without it.
pub(crate) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([':', '\t', ' '])
        });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores")
}
