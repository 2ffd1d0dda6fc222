//! `cargo xtask bench video`: from the request to the finished file, through the API, with a fast and a rich voice; when
//! the first second can be watched; several jobs at once; memory.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::api::Api;
use crate::bench::{MemoryWatch, machine};
use crate::demo;
use crate::process::{self, Profile, Server};
use crate::setup;

/// Names of the voices that are measured: a fast one and a rich one.
const VOICES: [&str; 2] = ["Heart", "Heart (Kokoro)"];

/// Characters that are spoken in a second, about.
const CHARS_PER_SECOND: usize = 15;

/// Longest script that a video may have, in characters.
const MAX_CHARS: usize = 5000;

const SENTENCE: &str = "Every morning, people move big boxes from the warehouse to the harbour. ";

#[derive(Debug, clap::Args)]
pub(crate) struct VideoArgs {
    /// Photo to animate.
    #[arg(long, default_value = demo::PORTRAIT)]
    portrait: PathBuf,
    /// Lengths to measure, in seconds. A script ends at 5000 characters, which are about 330 s; longer ones are spoken more
    /// slowly, down to half the pace.
    #[arg(long, value_delimiter = ',', default_value = "15,60,600")]
    seconds: Vec<usize>,
    /// Sizes to measure.
    #[arg(long, value_delimiter = ',', default_value = "720p,1080p")]
    resolutions: Vec<String>,
    /// Names of the voices to measure.
    #[arg(long, value_delimiter = ',', default_values = VOICES)]
    voices: Vec<String>,
    /// Jobs at once, in a round of their own.
    #[arg(long, value_delimiter = ',', default_value = "2,4")]
    at_once: Vec<usize>,
    /// A program to measure instead of a fresh release build.
    #[arg(long)]
    program: Option<PathBuf>,
}

pub(crate) fn run(args: &VideoArgs) -> Result<()> {
    setup::packages(setup::DEMO_PACKAGES)?;
    let models = setup::models()?;
    let program = match &args.program {
        Some(program) => std::fs::canonicalize(program)?,
        None => process::build_likeness(Profile::Release)?,
    };
    println!("{}\n", machine());
    println!(
        "| voice | size | video s | can be watched after s | total s | total / length | peak MB (server + children) |\n\
         |---|---|---|---|---|---|---|"
    );
    for voice in &args.voices {
        for resolution in &args.resolutions {
            for seconds in &args.seconds {
                let stage = Stage::new(&program, &models, args, 1)?;
                println!("{}", stage.one(voice, resolution, *seconds)?);
                stage.server.stop()?;
            }
        }
    }
    println!(
        "\n| at once | videos | all done after s | peak MB (server + children) |\n|---|---|---|---|"
    );
    for at_once in &args.at_once {
        let stage = Stage::new(&program, &models, args, *at_once)?;
        println!("{}", stage.together(*at_once)?);
        stage.server.stop()?;
    }
    Ok(())
}

/// A fresh server with a trained avatar, so that nothing is kept from the video before.
struct Stage {
    server: Server,
    api: Api,
    look: String,
    _data: tempfile::TempDir,
}

impl Stage {
    fn new(program: &Path, models: &Path, args: &VideoArgs, slots: usize) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let slots = slots.to_string();
        let settings = [("LIKENESS_WORKER__SLOTS", slots.as_str())];
        let server = Server::start(program, data.path(), models, &settings)?;
        let api = Api::new(server.base_url(), &server.create_key(&[])?);
        let look = demo::make_avatar(&api, &args.portrait)?;
        Ok(Self {
            server,
            api,
            look,
            _data: data,
        })
    }

    fn ask(
        &self,
        voice: Option<&str>,
        resolution: &str,
        (script, speed): (&str, f64),
    ) -> Result<String> {
        let body = json!({
            "type": "avatar", "avatar_id": self.look, "script": script, "voice_id": voice,
            "resolution": resolution, "aspect_ratio": "16:9", "voice_settings": {"speed": speed},
        });
        let made = self.api.post("/v3/videos", &body)?;
        Ok(made["video_id"].as_str().context("no video_id")?.to_owned())
    }

    fn one(&self, voice: &str, resolution: &str, seconds: usize) -> Result<String> {
        let id = self.voice(voice)?;
        let watch = MemoryWatch::start(self.server.pid());
        let started = Instant::now();
        let video = self.ask(Some(&id), resolution, (&script(seconds), pace(seconds)))?;
        let shown = self.api.get(&format!("/v3/videos/{video}/preview"))?;
        let mut player = play(shown["preview_url"].as_str().context("no preview_url")?)?;
        let seen = first_part(&mut player, started)?;
        let done = self.ended(&video)?;
        let total = started.elapsed().as_secs_f64();
        player.wait()?;
        let (server, children) = watch.stop();
        let length = done["duration"].as_f64().context("no duration")?;
        Ok(format!(
            "| {voice} | {resolution} | {length:.1} | {seen:.2} | {total:.1} | {:.2} | {server:.0} + {children:.0} |",
            total / length
        ))
    }

    fn together(&self, count: usize) -> Result<String> {
        let watch = MemoryWatch::start(self.server.pid());
        let started = Instant::now();
        // Scripts of their own, so that none uses another's speech.
        let asked =
            (0..count).map(|k| self.ask(None, "720p", (&format!("{k}. {}", script(15)), 1.0)));
        for video in asked.collect::<Result<Vec<_>>>()? {
            self.ended(&video)?;
        }
        let total = started.elapsed().as_secs_f64();
        let (server, children) = watch.stop();
        Ok(format!(
            "| {count} | {count} of 15 s at 720p | {total:.1} | {server:.0} + {children:.0} |"
        ))
    }

    /// Id of the voice of this name.
    fn voice(&self, name: &str) -> Result<String> {
        let voices = self.api.get("/v3/voices?limit=100")?;
        let mut all = voices.as_array().context("no voices")?.iter();
        let voice = all
            .find(|voice| voice["name"] == name)
            .with_context(|| format!("no voice is called {name}"))?;
        Ok(voice["voice_id"]
            .as_str()
            .context("no voice_id")?
            .to_owned())
    }

    fn ended(&self, video: &str) -> Result<Value> {
        loop {
            let resource = self.api.get(&format!("/v3/videos/{video}"))?;
            match resource["status"].as_str() {
                Some("completed") => return Ok(resource),
                Some("failed") => bail!("the video failed: {resource}"),
                _ => std::thread::sleep(std::time::Duration::from_millis(200)),
            }
        }
    }
}

/// How fast a script is spoken that cannot be long enough.
fn pace(seconds: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "thousands of characters")]
    let share = MAX_CHARS as f64 / (seconds * CHARS_PER_SECOND) as f64;
    share.clamp(0.5, 1.0)
}

fn script(seconds: usize) -> String {
    let chars = (seconds * CHARS_PER_SECOND).min(MAX_CHARS);
    SENTENCE.repeat(
        chars
            .div_ceil(SENTENCE.len())
            .min(MAX_CHARS / SENTENCE.len()),
    )
}

fn play(url: &str) -> Result<Child> {
    Command::new("curl")
        .args(["--silent", "--no-buffer", url])
        .stdout(Stdio::piped())
        .spawn()
        .context("curl could not be started")
}

/// Reads until a whole part of the film has arrived, and goes on reading on a thread; gives seconds since `started`.
fn first_part(player: &mut Child, started: Instant) -> Result<f64> {
    let mut stream = player.stdout.take().context("curl has no output")?;
    let mut seen = Vec::new();
    let mut piece = vec![0; 64 << 10];
    // A player needs the header and the first data box, which begins after the first `moof`.
    while !seen.windows(4).any(|four| four == b"mdat") {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            bail!("the preview ended before it began");
        }
        seen.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
    let seconds = started.elapsed().as_secs_f64();
    std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    Ok(seconds)
}
