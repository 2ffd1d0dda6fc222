//! Pictures of the stock looks, to look at and to ship.
//!
//! `cargo run --release -p likeness-presenters --example pictures -- HEAD DIR previews` draws the library's previews
//! into a directory, as `assets/presenters` has them. With `poses WIDTH HEIGHT [LOOK...]` instead of `previews` it
//! draws looks at rest, speaking, turned and blinking, as PNG, to judge a change by.

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use likeness_presenters::{Expression, Ground, HeadBase, Portrait, library};

type Done = Result<(), Box<dyn Error>>;

/// Size of previews in pixels.
const PREVIEW: (usize, usize) = (960, 540);
const PREVIEW_QUALITY: u8 = 90;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words.as_slice() {
        [head, dir, "previews"] => previews(head, Path::new(dir)),
        [head, dir, "poses", width, height, ref looks @ ..] => poses(
            head,
            Path::new(dir),
            (width.parse()?, height.parse()?),
            looks,
        ),
        _ => Err("HEAD DIR previews | HEAD DIR poses WIDTH HEIGHT [LOOK...]".into()),
    }
}

fn previews(head: &str, dir: &Path) -> Done {
    let base = HeadBase::read(&fs::read(head)?)?;
    fs::create_dir_all(dir)?;
    for look in library()?.iter().flat_map(|presenter| &presenter.looks) {
        let portrait = Portrait::new(&base, &look.attributes, PREVIEW.0, PREVIEW.1, Ground::Own);
        let path = dir.join(format!("{}.jpg", look.id));
        JpegEncoder::new_with_quality(File::create(&path)?, PREVIEW_QUALITY)
            .encode_image(portrait.still())?;
        println!("{}", path.display());
    }
    Ok(())
}

fn poses(head: &str, dir: &Path, size: (usize, usize), looks: &[&str]) -> Done {
    let base = HeadBase::read(&fs::read(head)?)?;
    fs::create_dir_all(dir)?;
    let library = library()?;
    let all = library.iter().flat_map(|presenter| &presenter.looks);
    for look in all.filter(|look| looks.is_empty() || looks.contains(&look.id.as_str())) {
        let portrait = Portrait::new(&base, &look.attributes, size.0, size.1, Ground::Own);
        let path = |pose: &str| -> PathBuf { dir.join(format!("{}_{pose}.png", look.id)) };
        portrait.still().save(path("rest"))?;
        for (name, pose) in shown() {
            portrait.picture(&pose).save(path(name))?;
        }
        println!("{}", look.id);
    }
    Ok(())
}

/// Poses that show what can go wrong.
fn shown() -> [(&'static str, Expression); 3] {
    let rest = Expression::default();
    let turn = 8_f32.to_radians();
    [
        (
            "open",
            Expression {
                jaw: 0.9,
                upper: 0.3,
                lower: 0.4,
                ..rest
            },
        ),
        (
            "turned",
            Expression {
                turn: [0.03, turn, 0.04],
                gaze: [0.15, 0.0],
                jaw: 0.25,
                ..rest
            },
        ),
        (
            "blink",
            Expression {
                turn: [0.05, -turn, -0.03],
                blink: 1.0,
                pucker: 0.7,
                lean: 0.05,
                ..rest
            },
        ),
    ]
}
