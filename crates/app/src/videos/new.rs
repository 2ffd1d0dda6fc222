//! What the operations that make videos ask for, as far as its shape is right.

use likeness_domain::avatar::Engine;
use likeness_domain::id::{LookId, VoiceId};
use likeness_domain::video::{CameraMove, Expressiveness, FilmPlayback, Fit};

use crate::dressing::Dressing;
use crate::files::FileSource;

/// Height of a landscape picture, or width of an upright one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    P720,
    P1080,
    /// Not for photos: their faces have not the pixels.
    P2160,
}

/// Shape of the output; `Auto` follows the first scene's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AspectRatio {
    Landscape16x9,
    Portrait9x16,
    Portrait4x5,
    Landscape5x4,
    Square,
    Auto,
}

/// A video to be made.
#[derive(Debug, Clone)]
pub struct NewVideo {
    /// One after another; at least one.
    pub scenes: Vec<NewScene>,
    pub resolution: Resolution,
    pub aspect_ratio: AspectRatio,
    /// How people are put into the frame.
    pub fit: Option<Fit>,
    /// What is seen beside them in all scenes, and what kind of file is made.
    pub dressing: Dressing,
    pub title: Option<String>,
    pub folder_id: Option<String>,
    pub callback_id: Option<String>,
    pub callback_url: Option<String>,
}

/// One scene of it.
#[derive(Debug, Clone)]
pub struct NewScene {
    /// What the paths of the scene's fields begin with: nothing, or such as `scenes[2].input.`.
    pub path: String,
    pub picture: NewPicture,
    pub sound: NewSound,
    /// Colour behind the person of this scene alone.
    pub background: Option<[u8; 3]>,
    /// How a face acts.
    pub acting: NewActing,
    /// How the camera moves, where the prompt is one for the whole film: it is then no fault that this look does not act.
    pub camera: Option<CameraMove>,
}

/// Directions for a face; what is absent is left to the default.
#[derive(Debug, Clone, Default)]
pub struct NewActing {
    pub expressiveness: Option<Expressiveness>,
    pub motion_prompt: Option<String>,
}

impl NewScene {
    /// Path of one of the scene's fields.
    pub(super) fn param(&self, field: &str) -> String {
        format!("{}{field}", self.path)
    }
}

/// What a scene shows.
#[derive(Debug, Clone)]
pub enum NewPicture {
    Look {
        look_id: LookId,
        /// The contract's default when absent.
        engine: Option<NewEngine>,
    },
    /// A face that speaks; the field `image`.
    Face(FileSource),
    /// A picture that stands still; the field `source`.
    Still(FileSource),
    /// A picture or a film, as its bytes tell; the field is the scene's path itself.
    Reference(FileSource),
    /// A film; the field `source`.
    Film {
        source: FileSource,
        /// Level of its own sound.
        volume: f32,
        playback: FilmPlayback,
    },
}

/// How a look is to be rendered.
#[derive(Debug, Clone)]
pub struct NewEngine {
    pub engine: Engine,
    /// Look whose motion is taken for reference; the fifth engine only.
    pub reference_look_id: Option<LookId>,
}

/// What a scene lets hear.
#[derive(Debug, Clone)]
pub enum NewSound {
    Script(NewScript),
    /// A recording; the fields `audio_url` and `audio_asset_id`.
    Audio(FileSource),
    /// Nothing, for so many seconds.
    Silence(f64),
    /// The film's own sound, as long as the film is.
    OfFilm,
}

/// Text to speak.
#[derive(Debug, Clone)]
pub struct NewScript {
    pub text: String,
    /// The look's default voice when absent.
    pub voice_id: Option<VoiceId>,
    pub speed: f32,
    pub volume: f32,
    /// Semitones, -50 to 50.
    pub pitch_st: f32,
    /// Language or locale that the voice must have.
    pub locale: Option<String>,
}
