//! The sound of a video: what each scene lets hear, one after another in one file that is read while it grows.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use anyhow::Context as _;
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{
    FilmPicture, FilmPlayback, Picture, SceneRequest, Script, Sound, VideoRequest,
};
use likeness_media::film::Playback;
use likeness_media::listen::{SoundReader, SoundSpec};
use likeness_media::live::GrowingSound;
use likeness_media::mastering::LOUDNESS_LUFS;
use likeness_voice::{SAMPLE_RATE_HZ, WavWriter};

use super::speech::speak_pieces;
use super::{ClipInputs, FPS, Material, Progress, RenderError, SpeakError, audio, music};
use crate::videos::MAX_SCENE_S;

/// The sound of all scenes.
#[derive(Debug)]
pub(super) struct Soundtrack {
    /// One for each scene, from the scene's own start.
    pub(super) scenes: Vec<SpeechTiming>,
}

impl Soundtrack {
    /// The words of all scenes, from the start of the video.
    pub(super) fn timing(&self) -> SpeechTiming {
        let mut whole = SpeechTiming::default();
        for scene in &self.scenes {
            whole.append(scene);
            whole.duration_s += padding_s(scene);
        }
        whole
    }
}

/// What those who draw are told, in order: the pieces of a scene, then its end.
#[derive(Debug)]
pub(super) enum Piece {
    /// From the piece's own start.
    Said(SpeechTiming),
    SceneEnds,
}

/// How long the video will be, as far as is known yet.
#[derive(Debug, Default)]
pub(super) struct Expected(AtomicU64);

impl Expected {
    /// From `frames` that are known to be `share` of all.
    fn estimate(&self, frames: u64, share: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a video has far fewer than 2^52 frames"
        )]
        let all = (frames as f64 / share.clamp(0.01, 1.0)).ceil() as u64;
        self.0.store(all, Ordering::Relaxed);
    }

    pub(super) fn frames(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Samples of one frame; a whole number, so that sound and picture never drift apart.
const FRAME_SAMPLES: u64 = (SAMPLE_RATE_HZ / FPS) as u64;

/// Frames that a scene of this length takes.
pub(super) fn frames(timing: &SpeechTiming) -> u64 {
    frames_of(timing.duration_s).max(1)
}

pub(super) fn frames_of(duration_s: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a scene lasts at most hours"
    )]
    let frames = (duration_s * f64::from(FPS)).ceil() as u64;
    frames
}

/// From the end of a scene's sound to the end of its last frame.
fn padding_s(timing: &SpeechTiming) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 frames")]
    let shown = frames(timing) as f64 / f64::from(FPS);
    shown - timing.duration_s
}

/// Where the sound goes as it is made.
pub(super) struct Recorder<'a> {
    /// Grows by whole pieces.
    pub(super) growing: &'a GrowingSound,
    pub(super) file: PathBuf,
    /// The same at the loudness of finished videos, when all is said.
    pub(super) mastered: PathBuf,
    /// And that as it goes into the film, where this is joined from parts.
    pub(super) encoded: Option<PathBuf>,
    pub(super) pieces: Sender<Piece>,
    pub(super) expected: &'a Expected,
}

impl Recorder<'_> {
    /// Makes the sound of every scene. Ends early, as cancelled, when nobody draws any more.
    pub(super) fn record(
        self,
        inputs: &ClipInputs<'_>,
        progress: &Progress<'_>,
    ) -> Result<Soundtrack, RenderError> {
        // The growing sound ends after that: whoever has read it to its end finds the finished one.
        let made = self.scenes(inputs, progress).and_then(|sound| {
            let ffmpeg = &inputs.encoding.ffmpeg;
            let lufs = LOUDNESS_LUFS + turned_down_db(inputs.request);
            let mixed = match &inputs.request.music {
                Some(bed) => music::under(inputs, bed, &self.file, &sound)?,
                None => self.file.clone(),
            };
            let finished = ffmpeg
                .master(&mixed, &self.mastered, SAMPLE_RATE_HZ, lufs)
                .and_then(|()| match &self.encoded {
                    Some(to) => {
                        let bits_per_second = inputs.encoding.audio_bits_per_second;
                        ffmpeg.encode_sound(&self.mastered, to, bits_per_second)
                    }
                    None => Ok(()),
                });
            finished.map(|()| sound).map_err(RenderError::Master)
        });
        // Whatever happened, nothing follows.
        self.growing.end();
        made
    }

    fn scenes(
        &self,
        inputs: &ClipInputs<'_>,
        progress: &Progress<'_>,
    ) -> Result<Soundtrack, RenderError> {
        let mut whole = WavWriter::create(&self.file).map_err(SpeakError::Write)?;
        let mut scenes = Vec::with_capacity(inputs.request.scenes.len());
        #[expect(clippy::cast_precision_loss, reason = "a video has few scenes")]
        let share = 1.0 / inputs.request.scenes.len().max(1) as f64;
        let mut before = 0;
        let requests = inputs.request.scenes.iter().zip(inputs.materials);
        for ((scene, material), index) in requests.zip(0_u32..) {
            let made = AtomicU64::new(0);
            let report = |done: f64| {
                let done = (f64::from(index) + done) * share;
                self.expected
                    .estimate(before + made.load(Ordering::Relaxed), done);
            };
            let progress = Progress::new(&report, progress.cancelled);
            let recorded = match Heard::of(scene, material) {
                Some(heard) => self.mixed(inputs, &scene.sound, &heard?, &mut whole, &progress),
                None => self
                    .plain(inputs, &scene.sound, &mut whole, &made, &progress)
                    .map_err(RenderError::from),
            };
            let (timing, written) =
                recorded.map_err(|error| inputs.in_scene(index as usize, error))?;
            let shown = frames(&timing) * FRAME_SAMPLES;
            whole
                .write_silence(shown.saturating_sub(written))
                .map_err(SpeakError::Write)?;
            self.growing
                .grown_to(whole.flush().map_err(SpeakError::Write)?);
            self.say(Piece::SceneEnds)?;
            before += frames(&timing);
            self.expected.estimate(before, f64::from(index + 1) * share);
            scenes.push(timing);
        }
        whole.finish().map_err(SpeakError::Write)?;
        Ok(Soundtrack { scenes })
    }

    /// Records what is said, or silence; gives also the samples written.
    fn plain(
        &self,
        inputs: &ClipInputs<'_>,
        sound: &Sound,
        whole: &mut WavWriter,
        made: &AtomicU64,
        progress: &Progress<'_>,
    ) -> Result<(SpeechTiming, u64), SpeakError> {
        let mut timing = SpeechTiming::default();
        let mut take = |whole: &mut WavWriter, piece: SpeechTiming| {
            timing.append(&piece);
            made.store(frames_of(timing.duration_s), Ordering::Relaxed);
            self.growing.grown_to(whole.flush()?);
            self.say(Piece::Said(piece))
        };
        match sound {
            Sound::Script(script) => record_script(inputs, script, whole, &mut take, progress)?,
            Sound::Audio(recording) => {
                let file = inputs.dir.join("scene.wav");
                let heard = audio::hear(inputs, recording, &file, progress)?;
                whole.append(&file)?;
                take(whole, heard)?;
            }
            Sound::Silence { duration_s } => {
                whole.write_silence(samples_of(*duration_s))?;
                take(whole, silence(*duration_s))?;
            }
        }
        let written = samples_of(timing.duration_s);
        Ok((timing, written))
    }

    /// Records a film's own sound with what is said over it, which is said to its end before: the film's pace may
    /// depend on it.
    fn mixed(
        &self,
        inputs: &ClipInputs<'_>,
        sound: &Sound,
        heard: &Heard<'_>,
        whole: &mut WavWriter,
        progress: &Progress<'_>,
    ) -> Result<(SpeechTiming, u64), RenderError> {
        let (timing, spoken) = match sound {
            Sound::Script(script) => {
                let file = inputs.dir.join("spoken.wav");
                let mut part = WavWriter::create(&file).map_err(SpeakError::Write)?;
                let mut timing = SpeechTiming::default();
                let mut take = |_: &mut WavWriter, piece: SpeechTiming| {
                    timing.append(&piece);
                    Ok(())
                };
                record_script(inputs, script, &mut part, &mut take, progress)?;
                part.finish().map_err(SpeakError::Write)?;
                (timing, Some(file))
            }
            Sound::Audio(recording) => {
                let file = inputs.dir.join("spoken.wav");
                let timing = audio::hear(inputs, recording, &file, progress)?;
                (timing, Some(file))
            }
            Sound::Silence { duration_s } => (silence(*duration_s), None),
        };
        self.say(Piece::Said(timing.clone()))?;
        let mut left = frames(&timing) * FRAME_SAMPLES;
        let written = left;
        let mut mix = heard.start(inputs, &timing, spoken.as_deref(), written)?;
        while left > 0 {
            if progress.is_cancelled() {
                return Err(SpeakError::Cancelled.into());
            }
            let block = mix.block(BLOCK.min(usize::try_from(left).unwrap_or(BLOCK)))?;
            whole.write(&block).map_err(SpeakError::Write)?;
            self.growing
                .grown_to(whole.flush().map_err(SpeakError::Write)?);
            left -= block.len() as u64;
        }
        Ok((timing, written))
    }

    fn say(&self, piece: Piece) -> Result<(), SpeakError> {
        self.pieces.send(piece).map_err(|_| SpeakError::Cancelled)
    }
}

/// By how much the request turns even its loudest scene down, or music where nothing else is heard, in decibels, 0 or less:
/// whoever asks for a soft video gets one.
fn turned_down_db(request: &VideoRequest) -> f64 {
    let volumes = request
        .scenes
        .iter()
        .filter_map(|scene| match &scene.sound {
            Sound::Script(script) => Some(script.volume),
            Sound::Audio(_) => Some(1.0),
            Sound::Silence { .. } => match &scene.picture {
                Picture::Film(film) => Some(film.volume),
                _ => None,
            },
        });
    let mut loudest = volumes.fold(0.0, f32::max);
    if let Some(music) = request.music.as_ref().filter(|_| loudest == 0.0) {
        loudest = music.volume;
    }
    if loudest > 0.0 {
        20.0 * f64::from(loudest.min(1.0)).log10()
    } else {
        0.0
    }
}

/// Speaks a script, or takes it from the shelf as it was spoken before.
fn record_script(
    inputs: &ClipInputs<'_>,
    script: &Script,
    whole: &mut WavWriter,
    take: &mut impl FnMut(&mut WavWriter, SpeechTiming) -> Result<(), SpeakError>,
    progress: &Progress<'_>,
) -> Result<(), SpeakError> {
    let file = inputs.dir.join("scene.wav");
    if let Some(shelf) = inputs.shelf
        && let Some(timing) = shelf.speech(script, &file)
    {
        whole.append(&file)?;
        return take(whole, timing);
    }
    let mut part = WavWriter::create(&file)?;
    let mut timing = SpeechTiming::default();
    speak_pieces(inputs.engines.voices(), script, progress, |speech| {
        part.write(&speech.samples)?;
        whole.write(&speech.samples)?;
        timing.append(&speech.timing);
        if timing.duration_s > MAX_SCENE_S {
            return Err(SpeakError::TooLong);
        }
        take(whole, speech.timing.clone())
    })?;
    part.finish()?;
    if let Some(shelf) = inputs.shelf {
        shelf.keep_speech(script, &file, &timing);
    }
    Ok(())
}

/// The timing of a scene in which nothing is said.
fn silence(duration_s: f64) -> SpeechTiming {
    SpeechTiming {
        duration_s,
        ..SpeechTiming::default()
    }
}

/// Level of a film's own sound below speech that is heard at once with it: 12 dB less.
const UNDER_SPEECH: f32 = 0.25;

/// Samples that are mixed at a time: a tenth of a second.
const BLOCK: usize = SAMPLE_RATE_HZ as usize / 10;

/// A film whose own sound is heard.
struct Heard<'a> {
    film: &'a FilmPicture,
    file: &'a Path,
}

impl<'a> Heard<'a> {
    /// `None` where the scene shows no film, or a silent one.
    fn of(scene: &'a SceneRequest, material: &'a Material) -> Option<anyhow::Result<Self>> {
        let Picture::Film(film) = &scene.picture else {
            return None;
        };
        let file = || material.film().context("a film without its file");
        (film.volume > 0.0).then(|| {
            Ok(Self {
                film,
                file: file()?,
            })
        })
    }

    /// Begins to read both it and what is spoken over it: `samples` samples.
    fn start(
        &self,
        inputs: &ClipInputs<'_>,
        timing: &SpeechTiming,
        spoken: Option<&Path>,
        samples: u64,
    ) -> Result<Mix, RenderError> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 samples")]
        let length_s = samples as f64 / f64::from(SAMPLE_RATE_HZ);
        let open = |file: &Path, playback| {
            let spec = SoundSpec {
                file: file.to_owned(),
                playback,
                rate_hz: SAMPLE_RATE_HZ,
                length_s,
            };
            SoundReader::start(&inputs.encoding.ffmpeg, &spec)
        };
        let volume = match spoken {
            Some(_) => self.film.volume * UNDER_SPEECH,
            None => self.film.volume,
        };
        Ok(Mix {
            film: open(self.file, playback(self.film, timing))?,
            volume,
            spoken: spoken
                .map(|file| open(file, Playback::Freeze))
                .transpose()?,
        })
    }
}

/// A film's sound and what is spoken over it, on their way.
struct Mix {
    film: SoundReader,
    volume: f32,
    spoken: Option<SoundReader>,
}

impl Mix {
    fn block(&mut self, samples: usize) -> Result<Vec<f32>, RenderError> {
        let mut block = vec![0.0; samples];
        self.film.add(&mut block, self.volume)?;
        if let Some(spoken) = &mut self.spoken {
            spoken.add(&mut block, 1.0)?;
        }
        Ok(block)
    }
}

/// How a film is brought to the length of its scene.
pub(super) fn playback(film: &FilmPicture, timing: &SpeechTiming) -> Playback {
    match film.playback {
        FilmPlayback::Freeze => Playback::Freeze,
        FilmPlayback::Loop => Playback::Loop,
        FilmPlayback::FitToScene => Playback::Pace(film.duration_s / timing.duration_s.max(0.04)),
    }
}

pub(super) fn samples_of(duration_s: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a scene lasts at most hours"
    )]
    let samples = (duration_s * f64::from(SAMPLE_RATE_HZ)).round() as u64;
    samples
}

/// Results of earlier renders, for those of the same workspace. What it cannot do it leaves undone: everything on it can be
/// made again.
pub trait Shelf: std::fmt::Debug + Sync {
    /// Puts the speech into the WAV file `into`, if it was made before.
    fn speech(&self, script: &Script, into: &Path) -> Option<SpeechTiming>;

    /// Keeps a speech.
    fn keep_speech(&self, script: &Script, wav: &Path, timing: &SpeechTiming);
}
