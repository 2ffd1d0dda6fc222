//! `cargo xtask quality` and the stages of `cargo xtask bench render`.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a report to the terminal on counts that are small"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use likeness_media::child::WorkerCommand;
use likeness_quality::clip::{Order, Portrait, Reference, Seen, Studio, portraits_dir};
use likeness_quality::footage::{self, Filming, Said};
use likeness_quality::measures::{self, Row};
use likeness_quality::report::{Column, Crops, Page, table};
use likeness_quality::set::Set;
use likeness_quality::takes::Takes;
use likeness_quality::{bench, sync, twin};

/// First argument with which this program is its own media worker.
const WORKER_VERB: &str = "media-worker";

/// Times that a scene of a long video says its text.
const LONG_TURNS: usize = 8;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the clips of the set, measure them, and write the table and the page.
    Measure(MeasureArgs),
    /// Measure the offset at the start and the end of a long video.
    Long(MeasureArgs),
    /// Time the stages of drawing.
    Stages(bench::StageArgs),
    /// Train a twin of footage, let it speak, and measure both.
    Twin(TwinArgs),
}

#[derive(Debug, clap::Args)]
struct MeasureArgs {
    /// Folder of the page.
    #[arg(long, default_value = "out/quality")]
    out: PathBuf,
    /// Another set than the crate's own.
    #[arg(long)]
    set: Option<PathBuf>,
    /// Only these portraits of the set.
    #[arg(long, value_delimiter = ',')]
    portraits: Vec<String>,
    /// Only these scripts of the set.
    #[arg(long, value_delimiter = ',')]
    scripts: Vec<String>,
    /// Let the faces follow recordings of the voices instead of scripts.
    #[arg(long)]
    recorded: bool,
    /// Another rate factor for the encoder than the default.
    #[arg(long)]
    crf: Option<u8>,
    /// Sizes of the clips.
    #[arg(long, value_delimiter = ',', default_value = "720p,1080p")]
    sizes: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct TwinArgs {
    /// Footage; the bundled portrait is filmed when none is named.
    footage: Vec<PathBuf>,
    /// Make twins of the takes of takes.toml instead; their films are in this folder.
    #[arg(long, conflicts_with = "footage")]
    takes: Option<PathBuf>,
    /// Only these takes.
    #[arg(long, requires = "takes")]
    only: Vec<String>,
    /// What the twin says; several times, so that its footage has to begin again.
    #[arg(long, default_value = TWIN_SCRIPT)]
    script: String,
    #[arg(long, default_value = "hibari/heart")]
    voice: String,
    /// Longer side of the film that is made of the portrait: 1920 is 1080p.
    #[arg(long, default_value_t = 1920)]
    side: u32,
    /// Its length in seconds.
    #[arg(long, default_value_t = likeness_quality::footage::LENGTH_S)]
    seconds: f64,
    /// Show the person's own mouths where the footage offers them, as the engine `avatar_v` does.
    #[arg(long)]
    own_mouths: bool,
    /// Only train.
    #[arg(long)]
    no_video: bool,
    /// Folder of the sheets and videos.
    #[arg(long, default_value = "out/twin")]
    out: PathBuf,
}

const TWIN_SCRIPT: &str = "My mama bought a big balm, and papa may pop by a palm. We see three green leaves. \
    Who knew the moon was blue? Wait... Listen. There is nothing to hear. Bob will bring a pumpkin pie, but keep my map. \
    Every morning, people move big boxes from the warehouse to the harbour.";

fn main() -> ExitCode {
    // First of all, before any thread is started.
    if std::env::args_os().nth(1).as_deref() == Some(OsStr::new(WORKER_VERB)) {
        return likeness_media::worker::main();
    }
    let done = match Cli::parse().what {
        What::Measure(args) => measure(&args),
        What::Long(args) => long(&args),
        What::Twin(args) => twin(&args),
        What::Stages(args) => studio().and_then(|studio| bench::stages(&studio, &args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn twin(args: &TwinArgs) -> Result<()> {
    let studio = studio()?;
    fs::create_dir_all(&args.out)?;
    let mut rows = Vec::new();
    if let Some(films) = &args.takes {
        for take in chosen(Takes::read()?.takes, &args.only, |take| &take.name) {
            let dir = tempfile::tempdir()?;
            let footage = take.footage(films, dir.path())?;
            let out = args.out.join(&take.name);
            let twin = OneTwin {
                name: &take.name,
                footage: &footage,
                refused: take.refused.as_deref(),
                out: &out,
            };
            rows.extend(twin.measure(&studio, args)?);
        }
    } else {
        let mut footage = args.footage.clone();
        if footage.is_empty() {
            let file = args.out.join("footage.mp4");
            film(&studio, args, &file)?;
            footage.push(file);
        }
        for (number, file) in footage.iter().enumerate() {
            let twin = OneTwin {
                name: &file.display().to_string(),
                footage: &file.canonicalize()?,
                refused: None,
                out: &args.out.join(format!("{number}")),
            };
            rows.extend(twin.measure(&studio, args)?);
        }
    }
    let column = Column {
        name: "twins".to_owned(),
        rows: measures::pooled(rows),
    };
    let table = table(&[column]);
    fs::write(args.out.join("table.md"), &table)?;
    println!("{table}");
    Ok(())
}

/// Footage of which a twin is made and measured.
struct OneTwin<'a> {
    name: &'a str,
    footage: &'a std::path::Path,
    /// The code that it must be refused with.
    refused: Option<&'a str>,
    /// Folder of its pictures and its video.
    out: &'a std::path::Path,
}

impl OneTwin<'_> {
    fn measure(&self, studio: &Studio, args: &TwinArgs) -> Result<Vec<Row>> {
        println!("{}", self.name);
        let dir = tempfile::tempdir()?;
        let trained = match (twin::train(studio, self.footage, dir.path())?, self.refused) {
            (Ok(_), Some(code)) => bail!("{} should be refused: {code}", self.name),
            (Err(failure), Some(code)) if failure.code == code => {
                println!("  refused, as it should be: {}", failure.message);
                return Ok(Vec::new());
            }
            (Err(failure), _) => bail!("{}: {}", failure.code, failure.message),
            (Ok(trained), None) => trained,
        };
        fs::create_dir_all(self.out)?;
        let (took, length) = (trained.took.as_secs_f64(), trained.files.duration_s);
        println!(
            "  trained in {took:.1} s: {:.2} of the footage's {length:.1} s, {}x{}; {:.1} MB, {} mouths; memory at most {} MB",
            took / length,
            trained.files.size.0,
            trained.files.size.1,
            trained.bytes as f64 / 1e6,
            trained.files.own_mouths,
            peak_mb(),
        );
        trained.files.poster.save(self.out.join("poster.png"))?;
        if args.no_video {
            return Ok(Vec::new());
        }
        let own = args.own_mouths && trained.files.own_mouths > 0;
        let shown = twin::show(studio, &trained, own, &args.script, &args.voice, dir.path())?;
        println!(
            "  {:.1} s of video in {:.1} s, {:.1} of them drawing; memory at most {} MB; {} frames at loop points",
            shown.clip.duration_s,
            shown.took.as_secs_f64(),
            shown.clip.drawing_time.as_secs_f64(),
            peak_mb(),
            shown.figures.loop_frames,
        );
        fs::copy(&shown.clip.video, self.out.join("video.mp4"))?;
        for sheet in twin::sheets(studio, &shown, self.out)? {
            println!("  {}", sheet.display());
        }
        Ok(shown.figures.rows(self.name))
    }
}

/// Films the bundled portrait as it speaks, as large as is asked for.
fn film(studio: &Studio, args: &TwinArgs, file: &std::path::Path) -> Result<()> {
    let portrait = image::open(portraits_dir().join("astronaut.png"))?.into_rgb8();
    // The portrait is square; a grey wall is to its sides.
    let (width, height) = (args.side, args.side * 9 / 16 / 2 * 2);
    let filter = format!(
        "rotate=a='0.008*sin(1.1*t)':bilinear=1,crop=iw*0.96:ih*0.96,scale={height}:{height},\
         pad={width}:{height}:(ow-iw)/2:0:0x8a8a84,noise=alls=4:allf=t"
    );
    let camera = [
        "-vf",
        &filter,
        "-c:v",
        "libx264",
        "-preset",
        "superfast",
        "-crf",
        "22",
        "-pix_fmt",
        "yuv420p",
    ];
    let dir = tempfile::tempdir()?;
    let said = Said::new(&studio.engines, &args.voice, args.seconds, dir.path())?;
    let filming = Filming {
        size: height,
        says: Some(&said),
        camera: &camera,
        ..Filming::default()
    };
    footage::film(studio.engines.faces()?, &portrait, &filming, file)
}

/// The most memory that this process has had, without its children.
fn peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

fn studio() -> Result<Studio> {
    let models = std::env::var_os("LIKENESS_MODELS").context("LIKENESS_MODELS is not set")?;
    Studio::open(
        &PathBuf::from(models),
        Some(WorkerCommand::this_program(WORKER_VERB)),
    )
}

fn size(name: &str) -> Result<(u32, u32)> {
    match name {
        "360p" => Ok((640, 360)),
        "720p" => Ok((1280, 720)),
        "1080p" => Ok((1920, 1080)),
        other => bail!("no size {other}: 360p, 720p and 1080p are known"),
    }
}

fn chosen<T>(all: Vec<T>, names: &[String], name: impl Fn(&T) -> &str) -> Vec<T> {
    let wanted = |item: &T| names.is_empty() || names.iter().any(|n| n == name(item));
    all.into_iter().filter(wanted).collect()
}

fn measure(args: &MeasureArgs) -> Result<()> {
    let set = Set::read(args.set.as_deref())?;
    let mut studio = studio()?;
    studio.encoding.crf = args.crf.unwrap_or(studio.encoding.crf);
    let portraits = chosen(set.portraits.clone(), &args.portraits, |p| &p.name);
    let mut page = Page::new(&args.out)?;
    let mut columns = Vec::new();
    for name in &args.sizes {
        let mut rows = Vec::new();
        for (turn, entry) in portraits.iter().enumerate() {
            let portrait = studio.of_set(entry)?;
            let reference = studio.reference(&portrait, size(name)?)?;
            let clips = Clips {
                studio: &studio,
                portrait: &portrait,
                reference: &reference,
                size: size(name)?,
                label: name,
            };
            rows.extend(clips.all(&set, args, turn, &mut page)?);
        }
        columns.push(Column {
            name: name.clone(),
            rows: measures::pooled(rows),
        });
    }
    let table = table(&columns);
    page.finish(&table)?;
    fs::write(args.out.join("table.md"), &table)?;
    println!("{table}\n{}", args.out.join("index.html").display());
    Ok(())
}

/// The clips of one portrait at one size.
struct Clips<'a> {
    studio: &'a Studio,
    portrait: &'a Portrait,
    reference: &'a Reference,
    size: (u32, u32),
    label: &'a str,
}

impl Clips<'_> {
    fn all(&self, set: &Set, args: &MeasureArgs, turn: usize, page: &mut Page) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut stiffest: Option<Seen> = None;
        let scripts = chosen(set.scripts.clone(), &args.scripts, |s| &s.name);
        for (k, script) in scripts.iter().enumerate() {
            let voice = &set.voices[(turn + k) % set.voices.len()];
            let order = Order {
                name: format!("{}/{}", self.portrait.name, script.name),
                script: script.text.clone(),
                voice: self.studio.voice(voice)?,
                size: self.size,
                recorded: args.recorded,
            };
            let mut crops = Crops::default();
            let seen =
                self.studio
                    .see(self.portrait, self.reference, &order, |_, frame, sight| {
                        crops.take(frame, sight)
                    })?;
            rows.extend(measures::of_clip(&seen, self.reference));
            let whole = self.studio.frame(&seen.clip, seen.clip.duration_s * 0.4)?;
            let title = format!("{}, {}, {voice}", order.name, self.label);
            page.add(&title, &seen, self.reference, &crops, &whole)?;
            let silence = |seen: &Seen| measures::silences(seen).iter().map(|s| s.1 - s.0).sum();
            let longest: f64 = stiffest.as_ref().map_or(-1.0, silence);
            if silence(&seen) > longest {
                stiffest = Some(seen);
            }
        }
        if let Some(seen) = stiffest {
            let stiff = self.reference.stiff(&seen.trace);
            let only_speaking = self.reference.only_speaking(&seen);
            let never_speaking = self.reference.never_speaking(&seen);
            let floors = measures::Floors {
                stiff: self.studio.floor(stiff, |_, _, _| Ok(()))?,
                only_speaking: self.studio.floor(only_speaking, |_, _, _| Ok(()))?,
                never_speaking: self.studio.floor(never_speaking, |_, _, _| Ok(()))?,
            };
            rows.extend(measures::against_floor(&seen, &floors));
        }
        for voice in &set.voices {
            rows.extend(self.offset(set, voice, args.recorded)?);
        }
        Ok(rows)
    }

    /// The offset between picture and sound with one voice.
    fn offset(&self, set: &Set, voice: &str, recorded: bool) -> Result<Option<Row>> {
        let order = Order {
            name: format!("{}/{voice}", self.portrait.name),
            script: set.sync.text.clone(),
            voice: self.studio.voice(voice)?,
            size: self.size,
            recorded,
        };
        let (clip, _) = self.studio.make(self.portrait, &order)?;
        let span = (0.0, clip.duration_s + 1.0);
        let trace = self.studio.watch(&clip, span, |_, _, _| Ok(()))?;
        let sound = self.studio.listen(&clip)?;
        let offset = measures::offset(&trace, 0.0, &sound);
        Ok(offset.map(|(ms, _)| measures::offset_row(&order.name, "picture behind sound", ms)))
    }
}

/// Half an hour of speech between two turns of the sync words: the offset at both ends.
fn long(args: &MeasureArgs) -> Result<()> {
    let set = Set::read(args.set.as_deref())?;
    let studio = studio()?;
    let entry = set.portraits.first().context("the set has no portrait")?;
    let portrait = studio.of_set(entry)?;
    let voice = set.voices.first().context("the set has no voice")?;
    let order = |script: &str| -> Result<Order> {
        Ok(Order {
            name: "long".to_owned(),
            script: script.to_owned(),
            voice: studio.voice(voice)?,
            size: size(args.sizes.first().map_or("720p", String::as_str))?,
            recorded: false,
        })
    };
    let length = |script: &str| -> Result<f64> {
        let short = Order {
            size: size("360p")?,
            ..order(script)?
        };
        Ok(studio.make(&portrait, &short)?.0.duration_s)
    };
    // A scene's script may not be longer than a video's, so the middle is of many scenes.
    let part = [set.long.text.as_str(); LONG_TURNS].join(" ");
    let once = length(&set.long.text)? * LONG_TURNS as f64;
    let words = length(&set.sync.text)?;
    let parts = (f64::from(set.long.minutes) * 60.0 / once).ceil() as usize;
    let mut scripts = vec![part; parts];
    scripts.insert(0, set.sync.text.clone());
    scripts.push(set.sync.text.clone());
    let clip = studio.make_scenes(&portrait, &order("")?, &scripts)?;
    let sound = studio.listen(&clip)?;
    let mut offsets = Vec::new();
    for from in [0.0, (clip.duration_s - words).floor()] {
        let trace = studio.watch(&clip, (from, words), |_, _, _| Ok(()))?;
        let hz = f64::from(sync::SOUND_HZ);
        let part = (from * hz) as usize..(((from + words) * hz) as usize).min(sound.len());
        let offset = measures::offset(&trace, 0.0, &sound[part]);
        offsets.push(offset.context("too few onsets were found")?);
    }
    let [(start, first), (end, last)] = offsets[..] else {
        bail!("two ends were expected");
    };
    println!(
        "{:.1} minutes: picture behind sound {start:+.1} ms at the start ({first} onsets), {end:+.1} ms at the end \
         ({last} onsets), drift {:+.1} ms",
        clip.duration_s / 60.0,
        end - start
    );
    Ok(())
}
