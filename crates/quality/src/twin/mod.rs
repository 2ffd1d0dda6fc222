//! Twins: what their training costs, and whether anything shows that a video is not the footage.

mod figures;
mod sheets;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use likeness_app::rendering::{Clip, ClipInputs, Material, Persona, Pictures, Progress, make_clip};
use likeness_app::training::TrainError;
use likeness_app::twin::training::{self, TwinFiles};
use likeness_domain::avatar::Failure;
use likeness_domain::id::LookId;
use likeness_domain::video::{SceneRequest, Script, VideoRequest};

use crate::clip::Studio;

pub use figures::Figures;
pub use sheets::sheets;

/// A trained twin and what that cost.
#[derive(Debug)]
pub struct Trained {
    pub files: TwinFiles,
    pub took: Duration,
    pub bytes: u64,
}

/// Trains a twin of a file, as the server does, or says why the file cannot be used.
pub fn train(
    studio: &Studio,
    footage: &Path,
    dir: &Path,
) -> Result<std::result::Result<Trained, Failure>> {
    let started = Instant::now();
    let progress = Progress::new(&|_| {}, &|| false);
    let made = training::make(&studio.engines, &studio.encoding, footage, dir, &progress);
    let files = match made {
        Err(TrainError::Unusable(failure)) => return Ok(Err(failure)),
        other => other?,
    };
    Ok(Ok(Trained {
        took: started.elapsed(),
        bytes: fs::metadata(&files.twin)?.len(),
        files,
    }))
}

/// A finished video and where it lies.
#[derive(Debug)]
pub struct Shown {
    pub clip: Clip,
    pub took: Duration,
    pub figures: Figures,
}

/// Makes a video of the twin at the size of its film, with the person's own mouths or without, and measures it.
pub fn show(
    studio: &Studio,
    trained: &Trained,
    own_mouths: bool,
    script: &str,
    voice: &str,
    dir: &Path,
) -> Result<Shown> {
    let voice = studio.voice(voice)?;
    let (width, height) = trained.files.size;
    let scene = SceneRequest::of_look(LookId::new(), Script::new(script, voice));
    let request = VideoRequest::of_scene(width, height, scene);
    let twin = trained.files.twin.clone();
    let material = if own_mouths {
        let mouths = twin.clone();
        Material::OwnMouths { twin, mouths }
    } else {
        Material::Trained(twin)
    };
    let inputs = ClipInputs {
        engines: &studio.engines,
        request: &request,
        materials: &[material],
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
    let figures = Figures::of(studio, &twin, &clip)?;
    Ok(Shown {
        clip,
        took,
        figures,
    })
}
