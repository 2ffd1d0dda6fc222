//! `cargo xtask demo`: from nothing to a talking video, through the public API.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::api::Api;
use crate::process::{self, Server};
use crate::setup;

/// What the demo's presenter says.
const SCRIPT: &str = "Hello! Five minutes ago I was only a photograph. Now I can say whatever you write, and \
    nothing has left this computer: no cloud, no bill, no face in somebody else's hands. \
    My lips follow every sound, because the voice tells the face when each one begins and ends. \
    Send me a script, and I will read it for you.";

/// The bundled portrait; where it comes from stands beside it.
pub(crate) const PORTRAIT: &str = "assets/portraits/astronaut.png";

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Leave the server running and say how to reach it.
    #[arg(long)]
    keep: bool,
    /// What the presenter says.
    #[arg(long, default_value = SCRIPT)]
    script: String,
    /// Photo to animate: JPEG, PNG or WebP, at least 512 pixels on each side.
    #[arg(long, default_value = PORTRAIT)]
    portrait: std::path::PathBuf,
    /// Height of the video: 720p or 1080p.
    #[arg(long, default_value = "720p")]
    resolution: String,
}

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let mut stages = Stages::default();
    let models = stages.time("programs and models", || {
        setup::packages(setup::DEMO_PACKAGES)?;
        setup::models()
    })?;
    let program = stages.time("release build", || {
        process::build_likeness(process::Profile::Release)
    })?;

    let data = tempfile::tempdir().context("no folder for the demo's data")?;
    let server = Server::start(&program, data.path(), &models, &[])?;
    println!("Server: {}", server.base_url());
    let api = Api::new(server.base_url(), &server.create_key(&[])?);

    let look = stages.time("photo to avatar", || make_avatar(&api, &args.portrait))?;
    let video = stages.time("script to video", || {
        let order = VideoOrder {
            look: &look,
            script: &args.script,
            resolution: &args.resolution,
            voice: None,
            speed: 1.0,
        };
        make_video(&api, &order)
    })?;

    fs::create_dir_all("out")?;
    let out = Path::new("out/demo.mp4");
    Api::download(
        video["video_url"]
            .as_str()
            .context("the video has no link")?,
        out,
    )?;
    println!(
        "\n{} ({:.1} s of video)",
        out.display(),
        video["duration"].as_f64().unwrap_or(0.0)
    );
    stages.print();
    if args.keep {
        // The folder must outlive this program, as the server still writes to it.
        let data = data.keep();
        let key = api.key();
        println!(
            "\nThe server keeps running: process {}, data in {}.",
            server.pid(),
            data.display()
        );
        println!(
            "  curl -H 'x-api-key: {key}' {}/v3/avatars",
            server.base_url()
        );
        server.leave_running();
    } else {
        server.stop()?;
    }
    Ok(())
}

/// Uploads the portrait and waits until its look is trained; gives the look's id.
pub(crate) fn make_avatar(api: &Api, portrait: &Path) -> Result<String> {
    let asset = api.upload("/v3/assets", portrait)?;
    let created = api.post(
        "/v3/avatars",
        &json!({
            "type": "photo",
            "name": "Demo",
            "file": {"type": "asset_id", "asset_id": asset["asset_id"]},
        }),
    )?;
    let group = text(&created["avatar_group"], "id")?;
    wait(api, &format!("/v3/avatars/{group}"), "training")?;
    text(&created["avatar_item"], "id")
}

/// A video to ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VideoOrder<'a> {
    pub(crate) look: &'a str,
    pub(crate) script: &'a str,
    pub(crate) resolution: &'a str,
    pub(crate) voice: Option<&'a str>,
    /// Pace of the voice; 1 is its own.
    pub(crate) speed: f64,
}

/// Asks for a video and waits until it is rendered; gives the finished resource.
pub(crate) fn make_video(api: &Api, order: &VideoOrder<'_>) -> Result<Value> {
    let created = api.post(
        "/v3/videos",
        &json!({
            "type": "avatar",
            "avatar_id": order.look,
            "script": order.script,
            "voice_id": order.voice,
            "voice_settings": {"speed": order.speed},
            "resolution": order.resolution,
            "aspect_ratio": "16:9",
            "title": "Demo",
        }),
    )?;
    let id = text(&created, "video_id")?;
    wait(api, &format!("/v3/videos/{id}"), "rendering")
}

/// Polls a resource until its status is final, showing how far it is.
fn wait(api: &Api, path: &str, what: &str) -> Result<Value> {
    let started = Instant::now();
    loop {
        let resource = api.get(path)?;
        let progress = resource["progress"].as_f64();
        let share = progress.map_or(String::new(), |p| format!(" {:3.0} %", p * 100.0));
        let seconds = started.elapsed().as_secs_f64();
        if std::io::stdout().is_terminal() {
            print!("\r  {what}:{share} {seconds:5.1} s ");
            std::io::stdout().flush()?;
        }
        match resource["status"].as_str() {
            Some("completed") => {
                println!("\r  {what}: done in {seconds:.1} s ");
                return Ok(resource);
            }
            Some("failed") => bail!("{what} failed: {resource}"),
            _ if started.elapsed() > Duration::from_mins(30) => bail!("{what} takes too long"),
            _ => std::thread::sleep(Duration::from_millis(300)),
        }
    }
}

fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field]
        .as_str()
        .with_context(|| format!("no {field} in {value}"))?
        .to_owned())
}

/// How long each part of the demo took.
#[derive(Debug, Default)]
struct Stages(Vec<(&'static str, Duration)>);

impl Stages {
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("== {name}");
        let started = Instant::now();
        let done = work()?;
        self.0.push((name, started.elapsed()));
        Ok(done)
    }

    fn print(&self) {
        for (name, took) in &self.0 {
            println!("  {name:<20} {:8.1} s", took.as_secs_f64());
        }
    }
}
