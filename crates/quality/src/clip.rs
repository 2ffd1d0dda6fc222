//! Making the clips that are measured, and looking at them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use image::RgbImage;
use likeness_app::Engines;
use likeness_app::rendering::{
    Clip, ClipInputs, FPS, Material, Persona, Pictures, Progress, audio_file, make_clip,
};
use likeness_domain::id::{LookId, VoiceId};
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{
    AudioFile, Fit, LookPicture, Picture, SceneRequest, Script, Sound, VideoRequest,
};
use likeness_infer::{FaceEmbedder, FaceEmbedding};
use likeness_media::child::WorkerCommand;
use likeness_media::encode::{Container, EncodeSettings, EncodeSpec, Encoder};
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::{Frame, MotionOptions, Pose, Puppet, Scene, SceneOptions, plan};

use crate::drawn;
use crate::patches::{Patches, Places};
use crate::picture::{self, Luma};
use crate::sync::SOUND_HZ;
use crate::trace::{self, Sight, Trace};

/// Frames between two whose pixels are measured.
const PIXELS_EVERY: usize = 10;

/// Frames of a clip that shows how much the tracker moves by itself.
const FLOOR_FRAMES: usize = 50;

/// Longest file of a floor, in seconds.
const LONGEST_S: f64 = 3600.0;

/// Engines and programs, opened once.
#[derive(Debug)]
pub struct Studio {
    pub engines: Engines,
    pub embedder: FaceEmbedder,
    pub encoding: EncodeSettings,
    dir: tempfile::TempDir,
}

/// A photo ready to speak.
#[derive(Debug)]
pub struct Portrait {
    pub name: String,
    pub photo: RgbImage,
    pub puppet: Puppet,
    pub sight: Sight,
    persona: Arc<Persona>,
    look_id: LookId,
}

/// What a clip is to show.
#[derive(Debug, Clone)]
pub struct Order {
    pub name: String,
    pub script: String,
    pub voice: VoiceId,
    pub size: (u32, u32),
    /// Whether the face follows a recording of the voice, of which it is told nothing else.
    pub recorded: bool,
}

/// A finished clip and everything that was seen and heard in its file.
#[derive(Debug)]
pub struct Seen {
    pub order: Order,
    pub portrait: String,
    pub clip: Clip,
    /// Opening and width of the mouth that the plan asks for in each frame, in eye distances.
    pub intended: Vec<[f32; 2]>,
    pub trace: Trace,
    /// Where patches of the resting face were found in each frame.
    pub places: Vec<Places>,
    /// The poses that were planned.
    pub poses: Vec<Pose>,
    /// The file's sound, mono at [`SOUND_HZ`].
    pub sound: Vec<f32>,
    pub pixels: Pixels,
}

/// Figures of the frames whose pixels were measured.
#[derive(Debug, Default)]
pub struct Pixels {
    /// Similarity of the standing background to the picture before encoding.
    pub background: Vec<f32>,
    /// Fine detail about the mouth against the photo's, at the photo's own resolution.
    pub sharpness: Vec<f32>,
    /// How much the edges of the moving area and of the face show, against the photo's.
    pub seams: Vec<f32>,
    /// Similarity of the face to the photo's, as a cosine.
    pub identity: Vec<f32>,
    /// Bytes that differ from the still outside of the moving area before encoding.
    pub touched: usize,
}

/// What of a still scene the figures are held against.
#[derive(Debug)]
pub struct Reference {
    pub scene: Scene,
    pub still: RgbImage,
    still_luma: Luma,
    /// Border of all that ever moves.
    outline: Vec<[f32; 2]>,
    sight: Sight,
    /// Pixels of the frame for one of the photo.
    scale: f32,
    detail: f64,
    seams: [f64; 2],
    embedding: FaceEmbedding,
    /// Cosine of the photo with itself after encoding.
    pub self_similarity: f32,
    /// Opening that the tracker sees in resting lips.
    pub rest_opening: f32,
    /// The tracker's own movement on a picture that stands.
    pub frozen: Trace,
    patches: Patches,
}

impl Studio {
    /// Opens the engines; ffmpeg is confined by `worker`, or runs freely without one.
    pub fn open(models: &Path, worker: Option<WorkerCommand>) -> Result<Self> {
        let ffmpeg = Ffmpeg {
            worker,
            ..Ffmpeg::find()?
        };
        Ok(Self {
            engines: Engines::open(models)?,
            embedder: FaceEmbedder::load(models)?,
            encoding: EncodeSettings::new(ffmpeg),
            dir: tempfile::tempdir()?,
        })
    }

    fn ffmpeg(&self) -> &Ffmpeg {
        &self.encoding.ffmpeg
    }

    /// A voice by `pack/key`.
    pub fn voice(&self, name: &str) -> Result<VoiceId> {
        let voices = self.engines.voices().voices();
        let voice = voices
            .iter()
            .find(|voice| format!("{}/{}", voice.pack, voice.key) == name);
        Ok(voice
            .with_context(|| format!("no voice {name}"))?
            .id
            .clone())
    }

    /// A portrait of the set.
    pub fn of_set(&self, entry: &crate::set::Portrait) -> Result<Portrait> {
        let photo = match (&entry.file, &entry.stock) {
            (Some(file), _) => opened(&portraits_dir().join(file))?,
            (None, Some(stock)) => drawn::photo(self.engines.head()?, stock, &entry.pose)?,
            (None, None) => anyhow::bail!("{} has neither a file nor a look", entry.name),
        };
        self.portrait(&entry.name, photo)
    }

    pub fn portrait(&self, name: &str, photo: RgbImage) -> Result<Portrait> {
        let faces = self.engines.faces()?.analyse(&photo)?;
        let face = faces
            .into_iter()
            .next()
            .with_context(|| format!("no face in {name}"))?;
        let puppet = Puppet::train(&photo, &face.landmarks)?;
        Ok(Portrait {
            name: name.to_owned(),
            persona: Arc::new(Persona::Photo(puppet.clone())),
            puppet,
            photo,
            sight: Sight {
                landmarks: face.landmarks,
                pose: face.pose,
            },
            look_id: LookId::new(),
        })
    }

    /// Places a portrait and measures what does not depend on a script.
    pub fn reference(&self, portrait: &Portrait, (width, height): (u32, u32)) -> Result<Reference> {
        let scene = Scene::new(
            &portrait.puppet,
            &SceneOptions {
                width,
                height,
                fit: Fit::Cover,
                background: None,
            },
        )?;
        let still = scene.still_rgb();
        // As the encoder is given it: what the way to its colours costs is no encoding.
        let still_luma = Luma::of(&Frame::from_rgb(&still).to_rgb());
        let sight = self.look(&still)?;
        let scale = sight.unit() / portrait.sight.unit();
        let embedding = self
            .embedder
            .embed(&portrait.photo, &portrait.sight.landmarks)?;
        let rest = scene.render_rgb(&Pose::default());
        let resting = Luma::of(&rest);
        let frozen = self.floor(std::iter::repeat_n(rest, FLOOR_FRAMES), |_, _, _| Ok(()))?;
        let first = frozen.sights.first().context("nothing was seen")?;
        let mut alike = Vec::new();
        self.floor(
            std::iter::repeat_n(still.clone(), FLOOR_FRAMES),
            |k, frame, sight| {
                if k.is_multiple_of(PIXELS_EVERY) {
                    let seen = self.embedder.embed(frame, &sight.landmarks)?;
                    alike.push(seen.similarity(&embedding));
                }
                Ok(())
            },
        )?;
        let mut reference = Reference {
            outline: scene.moving_outline(),
            patches: Patches::new(&resting, first),
            scene,
            still,
            still_luma,
            scale,
            detail: 0.0,
            seams: [1.0; 2],
            embedding,
            self_similarity: crate::signal::mean(&alike) as f32,
            rest_opening: crate::signal::quantile(&frozen.curve(Sight::opening), 0.5),
            frozen,
            sight,
        };
        reference.detail = reference.detail_of(&reference.still_luma, &reference.sight);
        reference.seams = reference.seams_of(&reference.still_luma, &reference.sight);
        Ok(reference)
    }

    fn look(&self, picture: &RgbImage) -> Result<Sight> {
        let faces = self.engines.faces()?.analyse(picture)?;
        let face = faces.into_iter().next().context("no face in the still")?;
        Ok(Sight {
            landmarks: face.landmarks,
            pose: face.pose,
        })
    }

    /// Encodes pictures as a clip's frames are, and follows the face in the file.
    pub fn floor(
        &self,
        pictures: impl Iterator<Item = RgbImage>,
        also: impl FnMut(usize, &RgbImage, &Sight) -> Result<()> + Send,
    ) -> Result<Trace> {
        let out = self.dir.path().join("floor.mp4");
        let mut pictures = pictures.peekable();
        let first = pictures.peek().context("no pictures")?;
        let spec = EncodeSpec {
            width: first.width(),
            height: first.height(),
            fps: FPS,
            audio: None,
            out: out.clone(),
            container: Container::default(),
            settings: self.encoding.clone(),
        };
        let mut encoder = Encoder::start(&spec)?;
        for picture in pictures {
            encoder.write_frame(&picture::i420(&picture))?;
        }
        encoder.finish()?;
        let models = self.engines.faces()?;
        trace::follow(models, self.ffmpeg(), &out, (0.0, LONGEST_S), also)
    }

    /// Makes a clip as a user's video is made, and tells what is said in it when; its file lies in a folder of its own until
    /// the studio closes.
    pub fn make(&self, portrait: &Portrait, order: &Order) -> Result<(Clip, SpeechTiming)> {
        let spoken = self.make_scenes(portrait, order, std::slice::from_ref(&order.script))?;
        let timing = spoken.timing.clone();
        if !order.recorded {
            return Ok((spoken, timing));
        }
        let dir = tempfile::tempdir_in(self.dir.path())?.keep();
        let audio = AudioFile {
            key: "recording.wav".to_owned(),
            duration_s: timing.duration_s,
        };
        let sound = spoken.video.with_file_name("sound.wav");
        std::fs::copy(sound, audio_file(&dir, &audio))?;
        let look = LookPicture::new(portrait.look_id.clone());
        let scene = SceneRequest::new(Picture::Look(look), Sound::Audio(audio));
        Ok((self.film(portrait, order, vec![scene], &dir)?, timing))
    }

    /// The same of several scenes, one a script, all of the portrait.
    pub fn make_scenes(
        &self,
        portrait: &Portrait,
        order: &Order,
        scripts: &[String],
    ) -> Result<Clip> {
        let dir = tempfile::tempdir_in(self.dir.path())?.keep();
        let scene = |text: &String| {
            let script = Script::new(text, order.voice.clone());
            SceneRequest::of_look(portrait.look_id.clone(), script)
        };
        self.film(portrait, order, scripts.iter().map(scene).collect(), &dir)
    }

    fn film(
        &self,
        portrait: &Portrait,
        order: &Order,
        scenes: Vec<SceneRequest>,
        dir: &Path,
    ) -> Result<Clip> {
        let (width, height) = order.size;
        let materials = vec![Material::Persona(portrait.persona.clone()); scenes.len()];
        let request = VideoRequest::of_scenes(width, height, scenes);
        let inputs = ClipInputs {
            engines: &self.engines,
            request: &request,
            materials: &materials,
            pictures: &Pictures::default(),
            encoding: &self.encoding,
            dir,
            shelf: None,
            parts: None,
        };
        Ok(make_clip(&inputs, &Progress::new(&|_| {}, &|| false))?)
    }

    /// Looks at a span of a finished file; `also` gets every frame.
    pub fn watch(
        &self,
        clip: &Clip,
        span: (f64, f64),
        also: impl FnMut(usize, &RgbImage, &Sight) -> Result<()> + Send,
    ) -> Result<Trace> {
        trace::follow(
            self.engines.faces()?,
            self.ffmpeg(),
            &clip.video,
            span,
            also,
        )
    }

    /// The frame shown at `at_s` seconds.
    pub fn frame(&self, clip: &Clip, at_s: f64) -> Result<RgbImage> {
        Ok(self.ffmpeg().extract_frame(&clip.video, at_s)?)
    }

    /// The sound of a finished file.
    pub fn listen(&self, clip: &Clip) -> Result<Vec<f32>> {
        let most = clip.duration_s.ceil() as u32 + 1;
        Ok(self.ffmpeg().decode_audio(&clip.video, SOUND_HZ, most)?)
    }

    /// Makes a clip and measures all of its frames; `also` gets each of them.
    pub fn see(
        &self,
        portrait: &Portrait,
        reference: &Reference,
        order: &Order,
        mut also: impl FnMut(usize, &RgbImage, &Sight) -> Result<()> + Send,
    ) -> Result<Seen> {
        let (mut clip, said) = self.make(portrait, order)?;
        let motion = plan(&said, &MotionOptions::default());
        // What counts is what was said, not what was heard of it.
        clip.timing = said;
        let intended = motion
            .rows()
            .iter()
            .map(|pose| reference.scene.intended_mouth(&mouth_of(pose)))
            .collect();
        let mut pixels = Pixels {
            touched: reference.touched(motion.rows()),
            ..Pixels::default()
        };
        let (mut search, mut places) = (reference.patches.start(), Vec::new());
        let trace = self.watch(&clip, (0.0, clip.duration_s + 1.0), |k, frame, sight| {
            places.push(search.next(&Luma::of(frame)));
            if k.is_multiple_of(PIXELS_EVERY) {
                reference.measure(frame, sight, &mut pixels);
                let seen = self.embedder.embed(frame, &sight.landmarks)?;
                pixels.identity.push(seen.similarity(&reference.embedding));
            }
            also(k, frame, sight)
        })?;
        Ok(Seen {
            order: order.clone(),
            portrait: portrait.name.clone(),
            intended,
            trace,
            places,
            poses: motion.rows().to_vec(),
            sound: self.listen(&clip)?,
            pixels,
            clip,
        })
    }
}

/// What of a pose the lips do, on a head that stands: openings are measured in eye distances, which turn with the head.
fn mouth_of(pose: &Pose) -> Pose {
    Pose {
        jaw: pose.jaw,
        pucker: pose.pucker,
        wide: pose.wide,
        upper: pose.upper,
        lower: pose.lower,
        press: pose.press,
        tongue: pose.tongue,
        smile: pose.smile,
        ..Pose::default()
    }
}

/// A loop around the lips, at the nose's base, the cheeks' folds and above the chin.
const AROUND_MOUTH: [usize; 20] = [
    164, 393, 391, 322, 410, 287, 273, 335, 406, 313, 18, 83, 182, 106, 43, 57, 186, 92, 165, 167,
];
/// The inner edges of the lips, round.
const INNER_LIPS: [usize; 20] = [
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
];
/// The face's outline, where the mesh of the face meets the rings about it.
const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

impl Reference {
    fn measure(&self, frame: &RgbImage, sight: &Sight, pixels: &mut Pixels) {
        let luma = Luma::of(frame);
        let stands = |x: usize, y: usize| !picture::inside(&self.outline, x as f32, y as f32);
        if let Some(alike) = picture::ssim(&luma, &self.still_luma, stands) {
            pixels.background.push(alike as f32);
        }
        let detail = self.detail_of(&luma, sight) / self.detail.max(1e-9);
        pixels.sharpness.push(detail.sqrt() as f32);
        let seams = self.seams_of(&luma, sight);
        let against = seams.iter().zip(self.seams).map(|(a, b)| a / b.max(1e-3));
        pixels.seams.push(against.fold(0.0, f64::max) as f32);
    }

    /// Detail of the size of a pixel of the photo.
    fn detail_of(&self, luma: &Luma, sight: &Sight) -> f64 {
        let around = AROUND_MOUTH.map(|k| sight.at(k));
        let inner = INNER_LIPS.map(|k| sight.at(k)).to_vec();
        let reach = (self.scale.round() as usize).clamp(1, 8);
        picture::detail(luma, &around, &[inner], reach)
    }

    fn seams_of(&self, luma: &Luma, sight: &Sight) -> [f64; 2] {
        let reach = self.scale.clamp(1.0, 4.0);
        let oval = OVAL.map(|k| sight.at(k));
        [
            picture::seam(luma, &self.outline, reach),
            picture::seam(luma, &oval, reach),
        ]
    }

    /// Bytes of luma outside of the moving area that any of the poses changes.
    fn touched(&self, rows: &[Pose]) -> usize {
        let still = self.scene.new_frame();
        let mut frame = still.clone();
        let (width, height) = self.still.dimensions();
        let outside: Vec<usize> = (0..height as usize)
            .flat_map(|y| (0..width as usize).map(move |x| (x, y)))
            .filter(|&(x, y)| !self.near(x, y))
            .map(|(x, y)| y * width as usize + x)
            .collect();
        let mut touched = 0;
        for pose in rows.iter().step_by(PIXELS_EVERY) {
            self.scene.render(pose, &mut frame);
            let (a, b) = (still.as_bytes(), frame.as_bytes());
            touched += outside.iter().filter(|&&k| a[k] != b[k]).count();
        }
        touched
    }

    /// Inside the moving area or within the few pixels that its border may take.
    fn near(&self, x: usize, y: usize) -> bool {
        let (x, y) = (x as f32, y as f32);
        let around = [(0.0, 0.0), (-4.0, 0.0), (4.0, 0.0), (0.0, -4.0), (0.0, 4.0)];
        around
            .iter()
            .any(|(dx, dy)| picture::inside(&self.outline, x + dx, y + dy))
    }

    /// The resting picture moved as stiffly as the head of a trace moves: a face that does not move its lips, under the
    /// same movement of the head.
    pub fn stiff<'a>(&'a self, trace: &'a Trace) -> impl Iterator<Item = RgbImage> + 'a {
        let rest = self.scene.render_rgb(&Pose::default());
        let from = self.sight.eyes();
        trace
            .sights
            .iter()
            .map(move |sight| picture::moved(&rest, from, sight.eyes()))
    }

    /// The face of a clip as it would be if nothing moved but its mouth: forehead and nose stand, pixel by pixel.
    pub fn only_speaking<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = RgbImage> + 'a {
        let mouths = seen.poses.iter().map(mouth_of);
        mouths.map(|pose| self.scene.render_rgb(&pose))
    }

    /// The face of a clip as it would be if everything moved but its mouth: what it says is left out, and what it does besides is
    /// not.
    pub fn never_speaking<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = RgbImage> + 'a {
        let silent = |pose: &Pose| Pose {
            blink: pose.blink,
            brow: pose.brow,
            gaze: pose.gaze,
            yaw: pose.yaw,
            pitch: pose.pitch,
            roll: pose.roll,
            lift: pose.lift,
            lean: pose.lean,
            ..Pose::default()
        };
        let poses = seen.poses.iter().map(silent);
        poses.map(|pose| self.scene.render_rgb(&pose))
    }

    pub fn outline(&self) -> &[[f32; 2]] {
        &self.outline
    }
}

/// Where a file of this crate's pictures lies.
/// A photo on disk.
pub fn opened(file: &Path) -> Result<RgbImage> {
    let photo = image::open(file).with_context(|| format!("read {}", file.display()))?;
    Ok(photo.into_rgb8())
}

pub fn portraits_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/portraits")
}
