//! Sheets of frames, for eyes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use image::RgbImage;

use super::Shown;
use crate::clip::Studio;
use crate::trace;

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
