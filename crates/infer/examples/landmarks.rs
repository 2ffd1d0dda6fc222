//! Prints what is found in pictures: a verdict for each, and the landmarks of its face as `NAME.json` beside it, which
//! the renderer's contact sheets read.
//!
//! `cargo run --release -p likeness-infer --example landmarks -- MODELS PICTURE...`

#![allow(clippy::print_stdout, reason = "a report to the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};

use likeness_infer::{FaceModels, judge};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let models = arguments.next().ok_or("name the folder of models first")?;
    let models = FaceModels::load(&models)?;
    for path in arguments {
        let verdict = look(&models, &path)?;
        println!("{}: {verdict}", path.display());
    }
    Ok(())
}

fn look(models: &FaceModels, path: &Path) -> Result<String, Box<dyn Error>> {
    let picture = image::open(path)?.into_rgb8();
    let faces = models.analyse(&picture)?;
    let verdict = match judge(&faces, &picture) {
        Ok(_) => "usable".to_owned(),
        Err(why) => format!("{} ({why})", why.code()),
    };
    let Some(face) = faces.first() else {
        return Ok(verdict);
    };
    let points: Vec<String> = face
        .landmarks
        .iter()
        .map(|[x, y, z]| format!("[{x:.3},{y:.3},{z:.3}]"))
        .collect();
    std::fs::write(
        path.with_extension("json"),
        format!("[{}]", points.join(",")),
    )?;
    let [yaw, pitch, roll] =
        [face.pose.yaw, face.pose.pitch, face.pose.roll].map(|angle| angle.to_degrees().round());
    let size = face.size().round();
    Ok(format!(
        "{verdict}; {size} px, yaw {yaw}, pitch {pitch}, roll {roll}, presence {:.2}",
        face.presence
    ))
}
