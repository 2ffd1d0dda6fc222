//! The `video.render` job: the sound of all scenes; then, scene by scene, motion and frames; one file.
//!
//! Every stage writes to a scratch folder of the job; objects and the row are written once, at the end, so a job
//! that is taken up again after a crash starts over and still ends once.

mod behind;
mod frames;
pub(crate) mod job;
mod outputs;
mod persona;
mod sound;
mod speech;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{
    Acting, Background, LookPicture, OutputFormat, Picture, SceneRequest, Sound, VideoRequest,
};
use likeness_media::encode::{Container, EncodeSpec};
use likeness_render::{Direction, MotionOptions, SceneOptions};

use crate::Engines;
use frames::Shot;
use outputs::{CaptionTrack, Extras, Outputs};

pub use behind::Pictures;
pub(crate) use behind::cut_out;
pub use frames::FramesError;
pub use persona::{Persona, PersonaError};
pub use speech::SpeakError;
pub(crate) use speech::speak;

/// Frames in a second of every video; the contract's figure.
pub const FPS: u32 = 25;

/// Side of a thumbnail, in pixels, at its longer edge.
pub(crate) const THUMBNAIL_SIDE: u32 = 640;

/// How a long computation tells how far it is and learns that nobody wants it any more.
pub struct Progress<'a> {
    report: &'a (dyn Fn(f64) + Sync),
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Progress<'a> {
    pub fn new(report: &'a (dyn Fn(f64) + Sync), cancelled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { report, cancelled }
    }

    pub(crate) fn report(&self, share: f64) {
        (self.report)(share);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        (self.cancelled)()
    }
}

impl std::fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

/// Why a clip could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the script could not be spoken: {0}")]
    Speak(#[from] SpeakError),
    #[error("the frames could not be encoded: {0}")]
    Frames(#[from] FramesError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl RenderError {
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Speak(SpeakError::Cancelled) | Self::Frames(FramesError::Cancelled)
        )
    }
}

/// A finished clip on disk, and where its time went.
#[derive(Debug)]
pub struct Clip {
    pub video: PathBuf,
    /// The same with captions drawn in, where that was asked for.
    pub captioned: Option<PathBuf>,
    pub duration_s: f64,
    pub timing: SpeechTiming,
    pub thumbnail: image::RgbImage,
    pub speech_time: Duration,
    pub drawing_time: Duration,
    pub encoder_wait: Duration,
    pub frames: u64,
}

/// What a scene is made from, as far as the request only names it.
#[derive(Debug, Clone)]
pub enum Material {
    /// A trained look that is open already.
    Persona(Arc<Persona>),
    /// The downloaded object of a trained look, opened when its scene is reached.
    Trained(PathBuf),
}

impl Material {
    fn persona(&self) -> anyhow::Result<Arc<Persona>> {
        match self {
            Self::Persona(persona) => Ok(persona.clone()),
            Self::Trained(file) => Ok(Arc::new(Persona::open(file)?)),
        }
    }
}

/// What a clip needs besides the request.
#[derive(Debug, Clone, Copy)]
pub struct ClipInputs<'a> {
    pub engines: &'a Engines,
    pub request: &'a VideoRequest,
    /// One for each scene, in their order.
    pub materials: &'a [Material],
    /// Backgrounds and the watermark.
    pub pictures: &'a Pictures,
    pub encoding: &'a likeness_media::encode::EncodeSettings,
    /// An existing folder for the clip and its sound.
    pub dir: &'a Path,
}

/// Share of the work that speech is taken to be when progress is reported.
const SPEECH_SHARE: f64 = 0.25;

/// Makes the clip that `request` describes. Blocks, and uses all cores.
///
/// The sound of all scenes comes first, as it decides how long they are; then one scene after another is set, moved and
/// drawn into one encoder, so memory is that of one scene.
pub fn make_clip(inputs: &ClipInputs<'_>, progress: &Progress<'_>) -> Result<Clip, RenderError> {
    let request = inputs.request;
    if inputs.materials.len() != request.scenes.len() {
        return Err(anyhow::anyhow!("every scene needs its material").into());
    }
    let started = Instant::now();
    let report_speech = |share: f64| progress.report(share * SPEECH_SHARE);
    let sound = sound::record(inputs, &Progress::new(&report_speech, progress.cancelled))?;
    let speech_time = started.elapsed();

    let (name, container) = match request.output {
        OutputFormat::Mp4 => ("video.mp4", Container::Mp4),
        OutputFormat::TransparentWebm => ("video.webm", Container::TransparentWebm),
    };
    let video = inputs.dir.join(name);
    let spec = EncodeSpec {
        width: request.width,
        height: request.height,
        fps: FPS,
        audio: Some(sound.file.clone()),
        out: video.clone(),
        container,
        settings: inputs.encoding.clone(),
    };
    let captioned = request
        .burn_captions
        .then(|| inputs.dir.join(format!("captioned-{name}")));
    let extras = Extras {
        watermark: behind::watermark(request, inputs.pictures)?,
        captions: match &captioned {
            Some(file) => Some((captions(inputs, &sound.timing())?, file.clone())),
            None => None,
        },
    };
    let outputs = Outputs::start(&spec, extras).map_err(FramesError::from)?;
    let scenes = request.scenes.iter().zip(inputs.materials).enumerate();
    let shots = scenes
        .zip(&sound.scenes)
        .map(|((index, (scene, material)), timing)| shot(inputs, index, scene, material, timing));
    let frames = sound.scenes.iter().map(sound::frames).sum();
    let report_frames = |share: f64| progress.report(SPEECH_SHARE + share * (1.0 - SPEECH_SHARE));
    let progress = Progress::new(&report_frames, progress.cancelled);
    let film = frames::encode(shots, frames, outputs, &progress)?;
    Ok(Clip {
        video,
        captioned,
        duration_s: film.file.duration_s,
        timing: sound.timing(),
        thumbnail: likeness_media::thumbnail(&film.thumbnail, THUMBNAIL_SIDE),
        speech_time,
        drawing_time: film.times.drawing,
        encoder_wait: film.times.waiting,
        frames,
    })
}

/// Captions of the whole video, in lines that fit its frame.
fn captions(inputs: &ClipInputs<'_>, timing: &SpeechTiming) -> Result<CaptionTrack, RenderError> {
    let frame = (inputs.request.width, inputs.request.height);
    let captions = likeness_voice::captions(&timing.words, likeness_text::line_columns(frame));
    let sample: String = captions.iter().map(|c| c.text.as_str()).collect();
    let fonts = inputs.engines.fonts()?;
    let lettering = likeness_text::Lettering::new(fonts, frame, None, &sample);
    Ok(CaptionTrack::new(captions, lettering))
}

/// Sets one scene and plans how it moves.
fn shot(
    inputs: &ClipInputs<'_>,
    index: usize,
    scene: &SceneRequest,
    material: &Material,
    timing: &SpeechTiming,
) -> Result<Shot, RenderError> {
    let motion = likeness_render::plan(
        timing,
        &MotionOptions {
            fps: FPS,
            seed: seed(index, scene),
            expressiveness: scene.acting.expressiveness,
            direction: direction(&scene.acting),
        },
    );
    let options = SceneOptions {
        width: inputs.request.width,
        height: inputs.request.height,
        fit: scene.fit,
        background: match scene.background {
            Some(Background::Colour(colour)) => Some(colour),
            Some(Background::Image { .. }) | None => None,
        },
    };
    let persona = material.persona()?;
    let actor = match behind::of(inputs, scene)? {
        None => persona
            .actor(&options)
            .context("the scene could not be set")?,
        Some(behind) => behind::actor(inputs, &persona, scene, &options, &behind)?,
    };
    Ok(Shot { actor, motion })
}

/// What the scene's prompt asks of the face.
pub(crate) fn direction(acting: &Acting) -> Direction {
    acting
        .motion_prompt
        .as_deref()
        .map(Direction::read)
        .unwrap_or_default()
}

/// The same scene at the same place moves the same way every time.
fn seed(index: usize, scene: &SceneRequest) -> u64 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    match &scene.picture {
        Picture::Look(LookPicture { look_id }) => hash.update(look_id.as_str()),
    }
    hash.update([0]);
    match &scene.sound {
        Sound::Script(script) => hash.update(&script.text),
        Sound::Silence { duration_s } => hash.update(duration_s.to_be_bytes()),
    }
    if index > 0 {
        hash.update((index as u64).to_be_bytes());
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |seed, &byte| seed << 8 | u64::from(byte))
}
