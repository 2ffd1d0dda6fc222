//! Footage of nobody: a portrait that is moved and speaks, filmed by a camera that trembles, has noise and compresses.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use image::imageops::{self, FilterType};
use image::{RgbImage, imageops::crop_imm};
use likeness_app::Engines;
use likeness_app::rendering::FPS;
use likeness_domain::speech::{SpeechTiming, Stress, TimedPhoneme};
use likeness_domain::video::{Expressiveness, Fit};
use likeness_infer::FaceModels;
use likeness_media::encode::{Container, EncodeSettings, EncodeSpec, Encoder};
use likeness_media::ffmpeg::Ffmpeg;
use likeness_render::{MotionOptions, Puppet, Scene, SceneOptions, plan};
use likeness_voice::{SpeakOptions, VoiceInfo, WavWriter};

/// Length in seconds of footage that is long enough for a twin.
pub const LENGTH_S: f64 = 15.4;

/// What is said, over and over: all kinds of mouths, with pauses in which it rests.
const SOUNDS: &str = "mɑbi wuʃo  fɛlæ pɪn  maɪdu bəɹa  ";
/// Length of a sound, in seconds.
const SOUND_S: f64 = 0.09;

/// How the film is to be.
#[derive(Debug, Clone, Copy)]
pub struct Filming<'a> {
    /// Sides in pixels.
    pub size: u32,
    /// How much of the picture's height the face takes.
    pub face_share: f32,
    pub length_s: f64,
    /// What is said and heard, instead of sounds of all kinds that nobody hears. Decides the length.
    pub says: Option<&'a Said>,
    /// ffmpeg's filters and arguments that make the film what it is; [`CAMERA`] for an ordinary one.
    pub camera: &'a [&'a str],
}

/// Speech that is filmed.
#[derive(Debug)]
pub struct Said {
    timing: SpeechTiming,
    /// A WAV file.
    sound: PathBuf,
}

/// All sounds of English in running speech.
const SPEECH: &str = "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. \
    The rainbow is a division of white light into many beautiful colours. These take the shape of a long round arch, \
    with its path high above, and its two ends apparently beyond the horizon. Few people move from house to house, but \
    my father thought of that.";

impl Said {
    /// Has a voice (`pack/key`) speak for at least `length_s`; the sound is kept in `dir`.
    pub fn new(engines: &Engines, voice: &str, length_s: f64, dir: &Path) -> Result<Self> {
        let voices = engines.voices();
        let named = |info: &&VoiceInfo| format!("{}/{}", info.pack, info.key) == voice;
        let info = voices.voices().iter().find(named);
        let speaker = voices.speaker(&info.with_context(|| format!("no voice {voice}"))?.id)?;
        let file = dir.join("said.wav");
        let mut sound = WavWriter::create(&file)?;
        let mut timing = SpeechTiming::default();
        let utterances = speaker.prepare(SPEECH, SpeakOptions::default())?;
        while timing.duration_s < length_s {
            for utterance in &utterances {
                let speech = speaker.speak(utterance)?;
                sound.write(&speech.samples)?;
                timing.append(&speech.timing);
            }
        }
        sound.finish()?;
        Ok(Self {
            timing,
            sound: file,
        })
    }
}

/// A hand-held camera with noise, and a web camera's compression.
pub const CAMERA: &[&str] = &[
    "-vf",
    "rotate=a='0.008*sin(1.1*t)':bilinear=1,crop=iw*0.96:ih*0.96,noise=alls=7:allf=t",
    "-c:v",
    "libx264",
    "-preset",
    "superfast",
    "-crf",
    "25",
    "-pix_fmt",
    "yuv420p",
];

impl Default for Filming<'_> {
    fn default() -> Self {
        Self {
            size: 600,
            face_share: 0.55,
            length_s: LENGTH_S,
            says: None,
            camera: CAMERA,
        }
    }
}

/// Films the person of a portrait; `out`'s ending says which container.
pub fn film(
    faces: &FaceModels,
    portrait: &RgbImage,
    filming: &Filming<'_>,
    out: &Path,
) -> Result<()> {
    let ffmpeg = Ffmpeg::find()?;
    let dir = tempfile::tempdir()?;
    let clean = dir.path().join("clean.mp4");
    let scene = set(faces, portrait, filming)?;
    let sounds;
    let timing = if let Some(said) = filming.says {
        &said.timing
    } else {
        sounds = speech(filming.length_s);
        &sounds
    };
    let motion = plan(
        timing,
        &MotionOptions {
            fps: FPS,
            seed: 7,
            expressiveness: Expressiveness::High,
            ..MotionOptions::default()
        },
    );
    let mut encoder = Encoder::start(&EncodeSpec {
        width: filming.size,
        height: filming.size,
        fps: FPS,
        audio: None,
        out: clean.clone(),
        container: Container::Mp4,
        settings: EncodeSettings {
            crf: 12,
            preset: "ultrafast".to_owned(),
            ..EncodeSettings::new(ffmpeg.clone())
        },
    })?;
    let mut frame = scene.new_frame();
    for pose in motion.rows() {
        scene.render(pose, &mut frame);
        encoder.write_frame(frame.as_bytes())?;
    }
    encoder.finish()?;
    let mut camera = Command::new(&ffmpeg.ffmpeg);
    camera
        .args(["-nostdin", "-loglevel", "error", "-y", "-i"])
        .arg(&clean);
    if let Some(said) = filming.says {
        camera.arg("-i").arg(&said.sound);
    }
    let status = camera.args(filming.camera).arg(out).status()?;
    ensure!(status.success(), "filming failed");
    Ok(())
}

/// The portrait, cut to the face.
fn set(faces: &FaceModels, portrait: &RgbImage, filming: &Filming<'_>) -> Result<Scene> {
    let face = faces
        .analyse(portrait)?
        .into_iter()
        .next()
        .context("no face")?;
    let [left, top, right, bottom] = face.bounds;
    let most = portrait.width().min(portrait.height());
    let side = ((bottom - top) / filming.face_share).min(most as f32);
    let corner = |low: f32, high: f32, side_of: u32| {
        let most = side_of as f32 - side;
        (f32::midpoint(low, high) - side / 2.0).clamp(0.0, most.max(0.0))
    };
    let (x, y) = (
        corner(left, right, portrait.width()),
        corner(top, bottom, portrait.height()),
    );
    let cut = crop_imm(portrait, x as u32, y as u32, side as u32, side as u32).to_image();
    let scale = filming.size as f32 / side;
    let large = imageops::resize(&cut, filming.size, filming.size, FilterType::CatmullRom);
    let landmarks: Vec<[f32; 3]> = face
        .landmarks
        .iter()
        .map(|p| {
            [
                (p[0] - x.floor()) * scale,
                (p[1] - y.floor()) * scale,
                p[2] * scale,
            ]
        })
        .collect();
    let puppet = Puppet::train(&large, &landmarks)?;
    let options = SceneOptions {
        width: filming.size,
        height: filming.size,
        fit: Fit::Cover,
        background: None,
    };
    Ok(Scene::new(&puppet, &options)?)
}

fn speech(length_s: f64) -> SpeechTiming {
    let count = (length_s / SOUND_S) as usize;
    let phonemes = SOUNDS
        .chars()
        .cycle()
        .take(count)
        .enumerate()
        .map(|(k, symbol)| TimedPhoneme {
            symbol,
            start_s: k as f64 * SOUND_S,
            end_s: (k + 1) as f64 * SOUND_S,
            stress: Stress::None,
        })
        .collect();
    SpeechTiming {
        phonemes,
        duration_s: length_s,
        ..SpeechTiming::default()
    }
}
