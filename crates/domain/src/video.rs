//! Videos.

use serde::{Deserialize, Serialize};

use crate::avatar::{Failure, text_enum};
use crate::id::{BatchId, LookId, VideoId, VoiceId, WorkspaceId};
use crate::time::UnixMillis;

/// State of a video's job as the API shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatus {
    Pending,
    Processing,
    Completed,
    Failed,
}

text_enum!(VideoStatus {
    Pending = "pending",
    Processing = "processing",
    Completed = "completed",
    Failed = "failed",
});

/// What a video is made from, checked when it was accepted; the payload of its render job.
///
/// Kept as JSON in the video's row. A field that comes later has a default, so that rows written before stay readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoRequest {
    /// Output size in pixels; both even.
    pub width: u32,
    pub height: u32,
    /// Shown one after another; at least one.
    pub scenes: Vec<SceneRequest>,
    /// The kind of file.
    #[serde(default)]
    pub output: OutputFormat,
    /// A picture that lies over all scenes.
    #[serde(default)]
    pub watermark: Option<Watermark>,
    /// Whether the same video is also made with captions drawn into it.
    #[serde(default)]
    pub burn_captions: bool,
    /// Played under all scenes.
    #[serde(default)]
    pub music: Option<Music>,
}

/// A bed of music from the audio library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Music {
    /// Id in the library.
    pub sound_id: String,
    /// 1 is as loud as the speech; above 0, up to 1.
    pub volume: f32,
}

/// The kind of a video's file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    #[default]
    Mp4,
    /// Nothing is seen behind the people.
    TransparentWebm,
}

/// A picture that lies over a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watermark {
    /// Key of the picture's object.
    pub key: String,
    pub corner: Corner,
    /// How far it is moved to the right and down, as shares of the frame's sides, -1 to 1.
    pub offset_x: f32,
    pub offset_y: f32,
    /// 1 fits it into a fifth of the frame's sides; up to 2.
    pub scale: f32,
    /// 0 is invisible, 1 as the picture is.
    pub opacity: f32,
}

/// A corner of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corner {
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

impl VideoRequest {
    /// A video of one scene.
    pub fn of_scene(width: u32, height: u32, scene: SceneRequest) -> Self {
        Self::of_scenes(width, height, vec![scene])
    }

    /// A video of scenes, with nothing beside them.
    pub fn of_scenes(width: u32, height: u32, scenes: Vec<SceneRequest>) -> Self {
        Self {
            width,
            height,
            scenes,
            output: OutputFormat::default(),
            watermark: None,
            burn_captions: false,
            music: None,
        }
    }

    /// Keys of the objects that were stored for this video alone, beside what it is made into.
    pub fn material_keys(&self) -> Vec<String> {
        let backgrounds = self
            .scenes
            .iter()
            .filter_map(|scene| match &scene.background {
                Some(Background::Image { key }) => Some(key.clone()),
                Some(Background::Colour(_)) | None => None,
            });
        let watermark = self.watermark.iter().map(|mark| mark.key.clone());
        backgrounds.chain(watermark).collect()
    }

    /// All that is spoken, scene by scene.
    pub fn scripts(&self) -> impl Iterator<Item = &Script> {
        self.scenes.iter().filter_map(|scene| match &scene.sound {
            Sound::Script(script) => Some(script),
            Sound::Audio(_) | Sound::Silence { .. } => None,
        })
    }

    /// All recorded audio, scene by scene.
    pub fn audio(&self) -> impl Iterator<Item = &AudioFile> {
        self.scenes.iter().filter_map(|scene| match &scene.sound {
            Sound::Audio(audio) => Some(audio),
            Sound::Script(_) | Sound::Silence { .. } => None,
        })
    }

    /// Keys of all objects that were sent for this video alone.
    pub fn sent_keys(&self) -> Vec<String> {
        let pictures = self.scenes.iter().filter_map(|scene| match &scene.picture {
            Picture::Look(_) => None,
            Picture::Face { key } | Picture::Still { key } => Some(key.clone()),
            Picture::Film(film) => Some(film.key.clone()),
        });
        let audio = self.audio().map(|audio| audio.key.clone());
        pictures.chain(audio).chain(self.material_keys()).collect()
    }
}

/// One uncut part of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneRequest {
    pub picture: Picture,
    pub sound: Sound,
    pub fit: Fit,
    /// What lies behind a picture that does not fill the frame, or behind the person cut out of it.
    pub background: Option<Background>,
    #[serde(default)]
    pub acting: Acting,
    /// Whether the person is cut out, so that nothing of the picture's own background is seen.
    #[serde(default)]
    pub cut_out: bool,
    /// Whether nobody asked for a fit: a person cut out is then shown whole where it stands free of the picture's sides,
    /// and fills the frame where it does not. Without meaning where nobody is cut out.
    #[serde(default)]
    pub fit_by_person: bool,
    /// How the camera moves while the scene, which is then a silent one, lasts.
    #[serde(default)]
    pub camera: Option<CameraMove>,
}

/// How a camera moves through a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameraMove {
    /// It stands, and sees all.
    Still,
    /// It stands near.
    Near,
    PushIn,
    PullOut,
    PanLeft,
    PanRight,
    TiltUp,
    TiltDown,
    /// It is held in the hand.
    Handheld,
}

/// How a face acts while it speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    #[serde(default)]
    pub expressiveness: Expressiveness,
    /// In the caller's words; what of them is understood is the renderer's matter.
    #[serde(default)]
    pub motion_prompt: Option<String>,
}

/// How strongly a face moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expressiveness {
    #[default]
    Low,
    Medium,
    High,
}

impl SceneRequest {
    /// A look that speaks, filling the frame.
    pub fn of_look(look_id: LookId, script: Script) -> Self {
        Self::new(
            Picture::Look(LookPicture::new(look_id)),
            Sound::Script(script),
        )
    }

    /// A picture that fills the frame.
    pub fn new(picture: Picture, sound: Sound) -> Self {
        Self {
            picture,
            sound,
            fit: Fit::Cover,
            background: None,
            acting: Acting::default(),
            cut_out: false,
            fit_by_person: false,
            camera: None,
        }
    }
}

/// What a scene shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    Look(LookPicture),
    /// A picture of a face, made ready to speak for this video alone. `key` names the object as it was sent.
    Face {
        key: String,
    },
    /// A picture that stands still. `key` names the object as it was sent.
    Still {
        key: String,
    },
    Film(FilmPicture),
}

/// A film that was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmPicture {
    /// Names the object as it was sent.
    pub key: String,
    pub duration_s: f64,
    /// Level of the film's own sound, 0 to 1; 0 also where it has none.
    pub volume: f32,
    pub playback: FilmPlayback,
}

/// What happens where a film and its scene are of different length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilmPlayback {
    /// The last frame stays; what is too long is cut.
    Freeze,
    /// It begins again; what is too long is cut.
    Loop,
    /// Its pace is changed.
    FitToScene,
}

/// A trained look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookPicture {
    pub look_id: LookId,
    /// The twin whose person's own mouths are shown, if any are: the look itself or another of its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mouths_of: Option<LookId>,
}

impl LookPicture {
    /// A look as it was trained.
    pub fn new(look_id: LookId) -> Self {
        Self {
            look_id,
            mouths_of: None,
        }
    }
}

/// What a scene lets hear; it decides how long the scene is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    Script(Script),
    Audio(AudioFile),
    Silence { duration_s: f64 },
}

/// Recorded audio that was sent, heard as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioFile {
    /// Names the object as it was sent.
    pub key: String,
    pub duration_s: f64,
}

/// Text to speak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    pub text: String,
    pub voice_id: VoiceId,
    /// Speaking rate; 1 is the voice's own. 0.5 to 1.5.
    pub speed: f32,
    /// Loudness factor, 0 to 1.
    pub volume: f32,
    /// Semitones above the voice's own pitch, -50 to 50. Scripts kept before there was a pitch have none.
    #[serde(default)]
    pub pitch_st: f32,
}

impl Script {
    /// The text as the voice speaks by itself.
    pub fn new(text: impl Into<String>, voice_id: VoiceId) -> Self {
        Self {
            text: text.into(),
            voice_id,
            speed: 1.0,
            volume: 1.0,
            pitch_st: 0.0,
        }
    }
}

/// What lies behind a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// Red, green, blue.
    Colour([u8; 3]),
    /// A picture that fills the frame, by its object's key.
    Image { key: String },
}

/// How a source of another shape is put into the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The whole source is visible; the rest of the frame is background.
    Contain,
    /// The source fills the frame; what lies outside is cut.
    Cover,
}

/// A video, finished or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    pub id: VideoId,
    pub workspace_id: WorkspaceId,
    pub title: Option<String>,
    pub folder_id: Option<String>,
    pub callback_id: Option<String>,
    /// Where the end of this one video is told.
    pub callback_url: Option<String>,
    /// The batch that it was submitted in, and its place there from 0.
    pub batch: Option<(BatchId, i64)>,
    pub request: VideoRequest,
    pub status: VideoStatus,
    /// Share of the work done, 0 to 1.
    pub progress: f64,
    pub failure: Option<Failure>,
    pub duration_s: Option<f64>,
    pub video_key: Option<String>,
    pub thumbnail_key: Option<String>,
    pub subtitle_key: Option<String>,
    pub created_at: UnixMillis,
    pub completed_at: Option<UnixMillis>,
}
