//! The `video.render` job: sound, motion and frames, scene by scene and sentence by sentence, into one file.
//!
//! Every stage writes to a scratch folder of the job; objects and the row are written once, at the end, so a job
//! that is taken up again after a crash starts over and still ends once.

mod again;
mod audio;
mod behind;
mod frames;
pub(crate) mod job;
mod materials;
mod music;
mod outputs;
mod persona;
mod presenter;
mod shots;
mod sound;
mod speech;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{OutputFormat, VideoRequest};
use likeness_media::encode::{Container, EncodeSpec};
use likeness_media::ffmpeg::FfmpegError;
use likeness_media::live::{GrowingSound, Live};
use likeness_voice::SAMPLE_RATE_HZ;

use crate::Engines;
use crate::preview::Parts;
use outputs::{CaptionTrack, Extras, Outputs};
use shots::shot;
use sound::{Expected, Piece, Recorder, Soundtrack};

pub(crate) use audio::ear;
pub use audio::file as audio_file;
pub use behind::Pictures;
pub(crate) use behind::cut_out;
pub use frames::FramesError;
pub use persona::{Persona, PersonaError};
pub(crate) use shots::direction;
pub use sound::Shelf;
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
    /// A film that was sent cannot be decoded.
    #[error("the film could not be decoded: {0}")]
    Film(#[from] FfmpegError),
    #[error("the sound could not be brought to its loudness: {0}")]
    Master(#[source] FfmpegError),
    /// One scene of several.
    #[error("scene {number}: {error}")]
    Scene {
        /// Counted from 1.
        number: usize,
        error: Box<Self>,
    },
    /// The recording ended before its scenes did; it has the reason.
    #[error("the sound ended early")]
    SoundEnded,
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl RenderError {
    pub(crate) fn is_cancelled(&self) -> bool {
        match self {
            Self::Speak(SpeakError::Cancelled) | Self::Frames(FramesError::Cancelled) => true,
            Self::Scene { error, .. } => error.is_cancelled(),
            _ => false,
        }
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
    /// The object of a twin, and that of the twin of the same person whose own mouths it shows; they may be one.
    OwnMouths { twin: PathBuf, mouths: PathBuf },
    /// A PNG file of ours that fills the frame.
    Still(PathBuf),
    /// A film as it was sent.
    Film(PathBuf),
}

impl Material {
    fn film(&self) -> Option<&Path> {
        match self {
            Self::Film(file) => Some(file),
            _ => None,
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
    /// What was made before, and what is kept for later.
    pub shelf: Option<&'a dyn Shelf>,
    /// Takes the parts of the film as they are encoded, for those who watch already.
    pub parts: Option<&'a Parts>,
}

impl ClipInputs<'_> {
    /// Names the scene that failed, counted from 0, where there are several.
    fn in_scene(&self, index: usize, error: RenderError) -> RenderError {
        // The end of the sound is no fault of a scene: the recording has it.
        if self.request.scenes.len() < 2 || matches!(error, RenderError::SoundEnded) {
            return error;
        }
        RenderError::Scene {
            number: index + 1,
            error: Box::new(error),
        }
    }
}

/// A recording's outcome, and how long it took.
type Recorded = Result<(Soundtrack, Duration), RenderError>;

/// Makes the clip that `request` describes. Blocks, and uses all cores.
///
/// The scenes' sound is made sentence by sentence on a thread of its own; scene by scene and sentence by sentence it is
/// moved to and drawn, as far as it is spoken. So memory is that of one scene, and nobody waits for the whole script to be
/// spoken, unless the video has captions drawn in, which are set in lines when all words are known, or is no MP4.
pub fn make_clip(inputs: &ClipInputs<'_>, progress: &Progress<'_>) -> Result<Clip, RenderError> {
    let request = inputs.request;
    if inputs.materials.len() != request.scenes.len() {
        return Err(anyhow::anyhow!("every scene needs its material").into());
    }
    let wav = inputs.dir.join("sound.wav");
    let mastered = inputs.dir.join("mastered.wav");
    let encoded = inputs.dir.join("mastered.m4a");
    let growing = Arc::new(GrowingSound::new(wav.clone(), SAMPLE_RATE_HZ));
    let streams = request.output == OutputFormat::Mp4 && !request.burn_captions;
    let expected = Expected::default();
    let (sender, pieces) = channel();
    let (film, sound) = std::thread::scope(|scope| {
        let recorder = Recorder {
            growing: &growing,
            file: wav,
            mastered: mastered.clone(),
            encoded: streams.then(|| encoded.clone()),
            pieces: sender,
            expected: &expected,
        };
        let recording = scope.spawn(move || -> Recorded {
            let started = Instant::now();
            let sound = recorder.record(inputs, progress)?;
            Ok((sound, started.elapsed()))
        });
        let recorded = || -> Recorded {
            recording
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        // Both are gone with the drawing, so that a recording that nobody draws stops.
        let draw = |outputs, pieces: Receiver<Piece>| {
            let scenes = request.scenes.iter().zip(inputs.materials).enumerate();
            let shots = scenes.map(|(index, (scene, material))| {
                shot(inputs, index, scene, material, &pieces)
                    .map_err(|error| inputs.in_scene(index, error))
            });
            frames::encode(shots, &|| expected.frames(), outputs, progress)
        };
        if streams {
            let film =
                live_outputs(inputs, &growing, &encoded).and_then(|outputs| draw(outputs, pieces));
            (film, recorded())
        } else {
            let sound = recorded();
            let film = match &sound {
                Ok((sound, _)) => outputs(inputs, &mastered, sound).and_then(|o| draw(o, pieces)),
                Err(_) => Err(RenderError::SoundEnded),
            };
            (film, sound)
        }
    });
    let (film, (sound, speech_time)) = both(film, sound)?;
    Ok(Clip {
        video: video_file(inputs),
        captioned: request.burn_captions.then(|| captioned_file(inputs)),
        duration_s: film.file.duration_s,
        timing: sound.timing(),
        thumbnail: likeness_media::thumbnail(&film.thumbnail, THUMBNAIL_SIDE),
        speech_time,
        drawing_time: film.times.drawing,
        encoder_wait: film.times.waiting,
        frames: sound.scenes.iter().map(sound::frames).sum(),
    })
}

/// When one side fails the other stops, too: what counts is the fault of the first.
fn both<A, B>(
    film: Result<A, RenderError>,
    sound: Result<B, RenderError>,
) -> Result<(A, B), RenderError> {
    match (film, sound) {
        (Ok(film), Ok(sound)) => Ok((film, sound)),
        // A recording whose listeners went away is cancelled; any other fault of it is the first.
        (Err(fault), Err(ended)) if ended.is_cancelled() => Err(fault),
        (_, Err(fault)) | (Err(fault), Ok(_)) => Err(fault),
    }
}

fn file_name(inputs: &ClipInputs<'_>) -> &'static str {
    match inputs.request.output {
        OutputFormat::Mp4 => "video.mp4",
        OutputFormat::TransparentWebm => "video.webm",
    }
}

fn video_file(inputs: &ClipInputs<'_>) -> PathBuf {
    inputs.dir.join(file_name(inputs))
}

fn captioned_file(inputs: &ClipInputs<'_>) -> PathBuf {
    inputs.dir.join(format!("captioned-{}", file_name(inputs)))
}

fn spec(inputs: &ClipInputs<'_>, audio: &Path) -> EncodeSpec {
    EncodeSpec {
        width: inputs.request.width,
        height: inputs.request.height,
        fps: FPS,
        audio: Some(audio.to_owned()),
        out: video_file(inputs),
        container: match inputs.request.output {
            OutputFormat::Mp4 => Container::Mp4,
            OutputFormat::TransparentWebm => Container::TransparentWebm,
        },
        settings: inputs.encoding.clone(),
    }
}

/// The encoder of a video that is drawn while its sound grows, and watched while it is drawn.
fn live_outputs(
    inputs: &ClipInputs<'_>,
    growing: &Arc<GrowingSound>,
    sound: &Path,
) -> Result<Outputs, RenderError> {
    let parts = inputs.parts.cloned();
    let live = Live {
        sound: growing.clone(),
        parts: Box::new(move |part| {
            if let Some(parts) = &parts {
                parts.take(part);
            }
        }),
    };
    let watermark = behind::watermark(inputs.request, inputs.pictures)?;
    let outputs = Outputs::start_live(&spec(inputs, sound), live, watermark);
    Ok(outputs.map_err(FramesError::from)?)
}

/// The encoders of a video whose sound is there.
fn outputs(
    inputs: &ClipInputs<'_>,
    mastered: &Path,
    sound: &Soundtrack,
) -> Result<Outputs, RenderError> {
    let request = inputs.request;
    let extras = Extras {
        watermark: behind::watermark(request, inputs.pictures)?,
        captions: if request.burn_captions {
            Some((captions(inputs, &sound.timing())?, captioned_file(inputs)))
        } else {
            None
        },
    };
    let outputs = Outputs::start(&spec(inputs, mastered), extras);
    Ok(outputs.map_err(FramesError::from)?)
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
