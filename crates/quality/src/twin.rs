//! Twins: what their training costs, and whether anything shows that a video is not the footage.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use image::RgbImage;
use likeness_app::rendering::{
    Clip, ClipInputs, FPS, Material, Persona, Pictures, Progress, make_clip,
};
use likeness_app::twin::Twin;
use likeness_app::twin::training::{self, TwinFiles};
use likeness_domain::id::LookId;
use likeness_domain::video::{SceneRequest, Script, VideoRequest};
use likeness_render::{MotionOptions, TwinScene, plan};

use crate::clip::Studio;
use crate::lips::{self, CLOSED};
use crate::signal::{best_lag, jitter, quantile};
use crate::trace::{self, Sight, Trace};

/// Points that no speech moves: forehead, bridge and tip of the nose, cheekbones, temples.
const FIRM: [usize; 9] = [10, 168, 4, 50, 280, 117, 346, 127, 356];

/// Half sides of what belongs to the face, in eye distances about the nose: all outside is background, hair and body.
const FACE: [f32; 2] = [1.7, 2.6];

/// Longest shift, in frames, at which the best correlation is sought.
const MOST_LAG: usize = 5;

/// A trained twin and what that cost.
#[derive(Debug)]
pub struct Trained {
    pub files: TwinFiles,
    pub took: Duration,
    pub bytes: u64,
}

/// Trains a twin of a file, as the server does.
pub fn train(studio: &Studio, footage: &Path, dir: &Path) -> Result<Trained> {
    let started = Instant::now();
    let progress = Progress::new(&|_| {}, &|| false);
    let files = training::make(&studio.engines, &studio.encoding, footage, dir, &progress)?;
    Ok(Trained {
        took: started.elapsed(),
        bytes: fs::metadata(&files.twin)?.len(),
        files,
    })
}

/// Figures of one video of a twin, held against its footage.
#[derive(Debug)]
pub struct Figures {
    /// How trembling the firm points of the face are, against the same frames of the footage.
    pub jitter: f32,
    /// Change from frame to frame outside of the face (mean of 0 to 255): the greatest of the video and of the footage.
    pub change: f32,
    pub source_change: f32,
    /// Share of all changes of the footage that the greatest change of a crossing exceeds: 1 would show.
    pub crossing_rank: f32,
    /// Frames that were part of a crossing.
    pub crossing_frames: usize,
    /// Correlation of the mouth's opening with what was planned, at the best shift, and that shift in frames.
    pub opening: f32,
    pub lag: f32,
    /// The same with the opening of the mouth in the footage: what of it was left would show here.
    pub left_over: f32,
    /// Share of closures in which the lips meet, and how many there are.
    pub closed: f32,
    pub closures: usize,
}

impl Figures {
    /// The figures with their aims, a line each.
    pub fn text(&self) -> String {
        let Self {
            jitter,
            change,
            source_change,
            crossing_rank,
            crossing_frames,
            opening,
            lag,
            left_over,
            closed,
            closures,
        } = self;
        format!(
            "  jitter of the firm points against the footage's: {jitter:.2} (at most 1.2)\n  \
             greatest change outside the face: {change:.2}, the footage's own {source_change:.2}\n  \
             greatest change at a crossing exceeds {:.0} % of the footage's changes ({crossing_frames} frames)\n  \
             opening of the mouth against the plan: r {opening:.3} at {lag:.2} frames; against the footage's: r {left_over:.3}\n  \
             lips that meet for p, b and m: {:.0} % of {closures}",
            crossing_rank * 100.0,
            closed * 100.0,
        )
    }
}

/// A finished video and where it lies.
#[derive(Debug)]
pub struct Shown {
    pub clip: Clip,
    pub took: Duration,
    pub figures: Figures,
}

/// Makes a video of the twin at the size of its film, and measures it.
pub fn show(
    studio: &Studio,
    trained: &Trained,
    script: &str,
    voice: &str,
    dir: &Path,
) -> Result<Shown> {
    let voice = studio.voice(voice)?;
    let (width, height) = trained.files.size;
    let scene = SceneRequest::of_look(LookId::new(), Script::new(script, voice));
    let request = VideoRequest::of_scene(width, height, scene);
    let inputs = ClipInputs {
        engines: &studio.engines,
        request: &request,
        materials: &[Material::Trained(trained.files.twin.clone())],
        pictures: &Pictures::default(),
        encoding: &studio.encoding,
        dir,
        shelf: None,
        parts: None,
    };
    let started = Instant::now();
    let clip = make_clip(&inputs, &Progress::new(&|_| {}, &|| false))?;
    let took = started.elapsed();
    let Persona::Twin(twin) = Persona::open(&trained.files.twin)? else {
        anyhow::bail!("no twin");
    };
    let figures = measure(studio, &twin, &clip)?;
    Ok(Shown {
        clip,
        took,
        figures,
    })
}

fn measure(studio: &Studio, twin: &Twin, clip: &Clip) -> Result<Figures> {
    let faces = studio.engines.faces()?;
    let ffmpeg = &studio.encoding.ffmpeg;
    let (source, source_changes) = watch(faces, ffmpeg, twin.film())?;
    let (video, changes) = watch(faces, ffmpeg, &clip.video)?;
    let shown: Vec<(usize, bool)> = (0..video.sights.len()).map(|k| twin.shown(0, k)).collect();
    let firm = |trace: &Trace, frames: &dyn Fn(usize) -> usize, count: usize| -> f32 {
        let of = |axis: usize, point: usize| {
            let curve: Vec<f32> = (0..count)
                .filter_map(|k| trace.sights.get(frames(k)))
                .map(|sight| sight.at(point)[axis] / sight.unit())
                .collect();
            jitter(&curve).powi(2)
        };
        FIRM.iter()
            .map(|&p| of(0, p) + of(1, p))
            .sum::<f32>()
            .sqrt()
    };
    // Before the first crossing both are the same frames.
    let before = shown.iter().take_while(|(_, crossing)| !crossing).count();
    let first = shown.first().map_or(0, |s| s.0);
    let own = firm(&video, &|k| k, before);
    let of_source = firm(&source, &|k| first + k, before);
    // Both are encoded once more than the footage was, so its film stands for it; changes are those into a frame.
    let played: Vec<f32> = shown
        .iter()
        .filter_map(|(frame, _)| frame.checked_sub(1).and_then(|k| source_changes.get(k)))
        .copied()
        .collect();
    let crossings: Vec<f32> = (1..shown.len())
        .filter(|&k| shown[k].1 || shown[k - 1].1)
        .filter_map(|k| changes.get(k - 1).copied())
        .collect();
    let worst = crossings.iter().copied().fold(0.0, f32::max);
    let above = played.iter().filter(|c| **c < worst).count();
    let intended = intended(twin, clip)?;
    let opening = video.curve(Sight::opening);
    let (r, lag) = best_lag(&intended, &opening, MOST_LAG);
    let source_opening: Vec<f32> = shown
        .iter()
        .map(|(frame, _)| source.sights.get(*frame).map_or(0.0, Sight::opening))
        .collect();
    let (left_over, _) = best_lag(&source_opening, &opening, 1);
    let rest = quantile(&opening, 0.05);
    let closures = lips::closures(&clip.timing, &opening, f64::from(FPS), rest);
    let closed = closures.iter().filter(|gap| **gap < CLOSED).count();
    Ok(Figures {
        jitter: own / of_source.max(1e-6),
        change: quantile(&changes, 1.0),
        source_change: quantile(&played, 1.0),
        crossing_rank: above as f32 / played.len().max(1) as f32,
        crossing_frames: crossings.len(),
        opening: r,
        lag,
        left_over,
        closed: closed as f32 / closures.len().max(1) as f32,
        closures: closures.len(),
    })
}

/// Opening of the mouth that each frame was to have.
fn intended(twin: &Twin, clip: &Clip) -> Result<Vec<f32>> {
    let face = twin.resting_face().context("no resting face")?;
    let motion = plan(&clip.timing, &MotionOptions::default());
    Ok(TwinScene::mouths(&face, motion.rows())
        .into_iter()
        .map(|[opening, _]| opening)
        .collect())
}

/// The face in every frame, and how much each differs from the one before outside of it.
fn watch(
    faces: &likeness_infer::FaceModels,
    ffmpeg: &likeness_media::ffmpeg::Ffmpeg,
    file: &Path,
) -> Result<(Trace, Vec<f32>)> {
    let mut before: Option<(Vec<u8>, [f32; 4])> = None;
    let mut changes = Vec::new();
    let trace = trace::follow(faces, ffmpeg, file, (0.0, 3600.0), |_, frame, sight| {
        let now = (quarter(frame), bounds(sight));
        if let Some(before) = &before {
            changes.push(change(before, &now, frame.width() as usize / 4));
        }
        before = Some(now);
        Ok(())
    })?;
    Ok((trace, changes))
}

/// Mean green of four by four pixels: noise of the camera is no change.
fn quarter(frame: &RgbImage) -> Vec<u8> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let bytes = frame.as_raw();
    let mut out = Vec::with_capacity(width * height / 16);
    for y in 0..height / 4 {
        for x in 0..width / 4 {
            let sum: u32 = (0..16)
                .map(|k| u32::from(bytes[((4 * y + k / 4) * width + 4 * x + k % 4) * 3 + 1]))
                .sum();
            out.push((sum / 16) as u8);
        }
    }
    out
}

/// What belongs to the face, in quarters of pixels: left, top, right, bottom.
fn bounds(sight: &Sight) -> [f32; 4] {
    let ([x, y], unit) = (sight.at(4), sight.unit());
    [
        (x - FACE[0] * unit) / 4.0,
        (y - FACE[0] * unit) / 4.0,
        (x + FACE[0] * unit) / 4.0,
        (y + FACE[1] * unit) / 4.0,
    ]
}

fn change(a: &(Vec<u8>, [f32; 4]), b: &(Vec<u8>, [f32; 4]), width: usize) -> f32 {
    let within = |[left, top, right, bottom]: [f32; 4], x: f32, y: f32| {
        x > left && x < right && y > top && y < bottom
    };
    let (mut sum, mut count) = (0.0, 0.0_f32);
    for (k, (p, q)) in a.0.iter().zip(&b.0).enumerate() {
        let (x, y) = ((k % width) as f32, (k / width) as f32);
        if !within(a.1, x, y) && !within(b.1, x, y) {
            sum += f32::from(p.abs_diff(*q));
            count += 1.0;
        }
    }
    sum / count.max(1.0)
}

/// Sheets of frames and of mouths at full size, for eyes.
pub fn sheets(studio: &Studio, shown: &Shown, out: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(out)?;
    let mut whole: Vec<RgbImage> = Vec::new();
    let mut mouths: Vec<RgbImage> = Vec::new();
    let ffmpeg = &studio.encoding.ffmpeg;
    let faces = studio.engines.faces()?;
    trace::follow(
        faces,
        ffmpeg,
        &shown.clip.video,
        (0.0, 3600.0),
        |k, frame, sight| {
            if k.is_multiple_of(40) && whole.len() < 9 {
                whole.push(frame.clone());
            }
            if k.is_multiple_of(7) && mouths.len() < 36 {
                let [x, y] = sight.at(13);
                let side = (sight.unit() * 2.2) as u32;
                let corner = |v: f32| (v - side as f32 / 2.0).max(0.0) as u32;
                let crop = image::imageops::crop_imm(frame, corner(x), corner(y), side, side);
                mouths.push(image::imageops::resize(
                    &crop.to_image(),
                    240,
                    240,
                    image::imageops::FilterType::CatmullRom,
                ));
            }
            Ok(())
        },
    )?;
    let mut files = Vec::new();
    for (name, pictures, columns) in [("frames", whole, 3), ("mouths", mouths, 6)] {
        let file = out.join(format!("{name}.png"));
        sheet(&pictures, columns)?.save(&file)?;
        files.push(file);
    }
    Ok(files)
}

fn sheet(pictures: &[RgbImage], columns: usize) -> Result<RgbImage> {
    let first = pictures.first().context("nothing to show")?;
    let (w, h) = first.dimensions();
    let rows = pictures.len().div_ceil(columns);
    let mut all = RgbImage::new(w * columns as u32, h * rows as u32);
    for (k, picture) in pictures.iter().enumerate() {
        let (x, y) = ((k % columns) as u32 * w, (k / columns) as u32 * h);
        image::imageops::replace(&mut all, picture, i64::from(x), i64::from(y));
    }
    Ok(all)
}
