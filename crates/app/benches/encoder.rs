//! How long ffmpeg alone needs for the frames and sound of a clip, with the arguments that the server gives it.
//!
//! `cargo bench -p likeness-app --bench encoder -- PHOTO WIDTH HEIGHT SCRIPT` prints seconds. Here and not around a
//! running server, because the server's ffmpeg is confined and could not write what it was given anywhere.

#![expect(clippy::print_stdout, reason = "a report to the terminal")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use likeness_app::Engines;
use likeness_app::rendering::{ClipInputs, Material, Persona, Pictures, Progress, make_clip};
use likeness_domain::id::LookId;
use likeness_domain::video::{SceneRequest, Script, VideoRequest};
use likeness_media::encode::EncodeSettings;
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::Puppet;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let [photo, width, height, script] = arguments.as_slice() else {
        println!("nothing to measure: PHOTO WIDTH HEIGHT SCRIPT are not given");
        return Ok(());
    };
    let models = std::env::var_os("LIKENESS_MODELS").context("LIKENESS_MODELS is not set")?;
    let engines = Engines::open(Path::new(&models))?;
    let photo = image::open(photo)?.into_rgb8();
    let faces = engines.faces()?.analyse(&photo)?;
    let face = faces.first().context("no face")?;
    let puppet = Puppet::train(&photo, &face.landmarks)?;
    let request = VideoRequest::of_scene(
        width.parse()?,
        height.parse()?,
        SceneRequest::of_look(
            LookId::new(),
            Script::new(
                script.clone(),
                engines.voices().default_for(None).id.clone(),
            ),
        ),
    );
    let dir = tempfile::tempdir()?;
    let capture = Ffmpeg {
        ffmpeg: wrapper(dir.path())?,
        ..Ffmpeg::find()?
    };
    let inputs = ClipInputs {
        engines: &engines,
        request: &request,
        materials: &[Material::Persona(Arc::new(Persona::Photo(puppet)))],
        pictures: &Pictures::default(),
        encoding: &EncodeSettings::new(capture),
        dir: dir.path(),
        shelf: None,
        parts: None,
    };
    make_clip(&inputs, &Progress::new(&|_| {}, &|| false))?;
    println!("{:.3}", encode_again(dir.path())?);
    Ok(())
}

/// A program in ffmpeg's place that keeps the arguments and the standard input of its first run; the second only copies.
fn wrapper(dir: &Path) -> Result<std::path::PathBuf> {
    let program = dir.join("ffmpeg");
    let path = std::env::var("PATH")?;
    let place = dir.display();
    let script = format!(
        "#!/bin/sh\nexport PATH='{path}'\n[ -e {place}/args ] && exec ffmpeg \"$@\"\n\
         for a in \"$@\"; do printf '%s\\n' \"$a\"; done > {place}/args\n\
         tee {place}/frames | ffmpeg \"$@\"\n"
    );
    fs::write(&program, script)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(program)
}

/// Seconds that ffmpeg takes for what the wrapper kept.
fn encode_again(dir: &Path) -> Result<f64> {
    let kept = fs::read_to_string(dir.join("args"))?;
    let mut arguments: Vec<&str> = kept.lines().collect();
    let (out, sound) = (dir.join("alone.mp4"), dir.join("sound.wav"));
    // What came through the pipe is in a file by now; its header is a millisecond of noise.
    let sound = format!("file:{}", sound.display());
    for argument in &mut arguments {
        if Path::new(*argument)
            .extension()
            .is_some_and(|e| e == "sound")
        {
            *argument = &sound;
        }
    }
    *arguments.last_mut().context("ffmpeg had no arguments")? =
        out.to_str().context("the folder's name is not UTF-8")?;
    let frames = fs::File::open(dir.join("frames"))?;
    let started = Instant::now();
    let status = Command::new("ffmpeg")
        .args(&arguments)
        .stdin(Stdio::from(frames))
        .status()?;
    if !status.success() {
        bail!("ffmpeg alone failed ({status})");
    }
    Ok(started.elapsed().as_secs_f64())
}
