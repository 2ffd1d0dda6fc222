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
use likeness_quality::measures::{self, Row};
use likeness_quality::report::{Column, Crops, Page, table};
use likeness_quality::set::Set;
use likeness_quality::{bench, sync};

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
    /// Sizes of the clips.
    #[arg(long, value_delimiter = ',', default_value = "720p,1080p")]
    sizes: Vec<String>,
}

fn main() -> ExitCode {
    // First of all, before any thread is started.
    if std::env::args_os().nth(1).as_deref() == Some(OsStr::new(WORKER_VERB)) {
        return likeness_media::worker::main();
    }
    let done = match Cli::parse().what {
        What::Measure(args) => measure(&args),
        What::Long(args) => long(&args),
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
    let studio = studio()?;
    let portraits = chosen(set.portraits.clone(), &args.portraits, |p| &p.name);
    let mut page = Page::new(&args.out)?;
    let mut columns = Vec::new();
    for name in &args.sizes {
        let mut rows = Vec::new();
        for (turn, entry) in portraits.iter().enumerate() {
            let portrait = studio.portrait(&entry.name, &portraits_dir().join(&entry.file))?;
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
            let pictures = self.reference.stiff(&seen.trace);
            let floor = self.studio.floor(pictures, |_, _, _| Ok(()))?;
            rows.extend(measures::against_floor(&seen, &floor));
        }
        for voice in &set.voices {
            rows.extend(self.offset(set, voice)?);
        }
        Ok(rows)
    }

    /// The offset between picture and sound with one voice.
    fn offset(&self, set: &Set, voice: &str) -> Result<Option<Row>> {
        let order = Order {
            name: format!("{}/{voice}", self.portrait.name),
            script: set.sync.text.clone(),
            voice: self.studio.voice(voice)?,
            size: self.size,
        };
        let clip = self.studio.make(self.portrait, &order)?;
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
    let portrait = studio.portrait(&entry.name, &portraits_dir().join(&entry.file))?;
    let voice = set.voices.first().context("the set has no voice")?;
    let order = |script: &str| -> Result<Order> {
        Ok(Order {
            name: "long".to_owned(),
            script: script.to_owned(),
            voice: studio.voice(voice)?,
            size: size(args.sizes.first().map_or("720p", String::as_str))?,
        })
    };
    let length = |script: &str| -> Result<f64> {
        let short = Order {
            size: size("360p")?,
            ..order(script)?
        };
        Ok(studio.make(&portrait, &short)?.duration_s)
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
