//! Scenes, set: who or what is seen, and how it moves as far as the scene is spoken.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use anyhow::Context as _;
use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::{
    Acting, Background, FilmPicture, LookPicture, Picture, SceneRequest, Sound, VideoRequest,
};
use likeness_media::film::{Film, FilmSpec};
use likeness_render::{
    Actor, Direction, Filmed, Frame, MotionOptions, Planner, Pose, Scene, SceneOptions, Still,
};

use super::frames::Shot;
use super::presenter::PresenterActor;
use super::sound::{self, Piece};
use super::{ClipInputs, FPS, Material, Persona, RenderError, behind};
use crate::twin::Twin;
use crate::twin::playing::Player;

/// Sets one scene and plans how it moves.
pub(super) fn shot<'a>(
    inputs: &ClipInputs<'_>,
    index: usize,
    scene: &SceneRequest,
    material: &Material,
    pieces: &'a Receiver<Piece>,
) -> Result<Shot<'a>, RenderError> {
    if let (Picture::Film(film), Some(file)) = (&scene.picture, material.film()) {
        return film_shot(inputs, film, file, pieces);
    }
    let planner = Planner::new(MotionOptions {
        fps: FPS,
        seed: seed(index, scene),
        expressiveness: scene.acting.expressiveness,
        direction: direction(&scene.acting),
    });
    let poses = Box::new(Planned {
        planner: Some(planner),
        pieces,
    });
    let opened;
    let persona = match material {
        Material::Persona(persona) => Some(persona.as_ref()),
        Material::Trained(file) => {
            opened = Persona::open(file)?;
            Some(&opened)
        }
        Material::OwnMouths { twin, .. } => {
            opened = Persona::open(twin)?;
            Some(&opened)
        }
        Material::Still(_) | Material::Film(_) => None,
    };
    if let Some(Persona::Twin(twin)) = persona {
        if scene.cut_out {
            // Refused when the video was asked for.
            return Err(anyhow::anyhow!("twins are not cut out of their footage").into());
        }
        // Footage has a camera of its own.
        let size = (inputs.request.width, inputs.request.height);
        let options = options(scene, size);
        let own = own_mouths(material, twin)?;
        let own = own.as_deref();
        let player = Player::new(&inputs.encoding.ffmpeg, twin, &options, index, own)?;
        return Ok(Shot::Played {
            player: Box::new(player),
            poses,
        });
    }
    let set = actor(inputs, scene, material, persona)?;
    let size = (inputs.request.width, inputs.request.height);
    let actor = match (scene.camera, &scene.sound) {
        (None, _) => set,
        (Some(camera), Sound::Silence { duration_s }) => {
            let frames = sound::frames_of(*duration_s);
            Box::new(Filmed::new(set, camera, frames, FPS, size))
        }
        (Some(_), _) => return Err(anyhow::anyhow!("a camera moves in silent scenes only").into()),
    };
    Ok(Shot::Acted { actor, poses })
}

/// The twin whose own mouths a scene shows, if it shows any.
fn own_mouths(material: &Material, twin: &Arc<Twin>) -> Result<Option<Arc<Twin>>, RenderError> {
    let Material::OwnMouths { twin: file, mouths } = material else {
        return Ok(None);
    };
    if mouths == file {
        return Ok(Some(twin.clone()));
    }
    match Persona::open(mouths)? {
        Persona::Twin(twin) => Ok(Some(twin)),
        _ => Err(anyhow::anyhow!("only twins have mouths of their own").into()),
    }
}

/// Size at which what a scene shows is drawn.
pub(super) fn canvas(request: &VideoRequest, scene: &SceneRequest) -> (u32, u32) {
    match scene.camera {
        Some(_) => Filmed::canvas(request.width, request.height),
        None => (request.width, request.height),
    }
}

/// A film, as long as its scene is: that is known when all of it is spoken.
fn film_shot<'a>(
    inputs: &ClipInputs<'_>,
    film: &FilmPicture,
    file: &Path,
    pieces: &Receiver<Piece>,
) -> Result<Shot<'a>, RenderError> {
    let mut timing = SpeechTiming::default();
    loop {
        match pieces.recv() {
            Ok(Piece::Said(piece)) => timing.append(&piece),
            Ok(Piece::SceneEnds) => break,
            Err(_) => return Err(RenderError::SoundEnded),
        }
    }
    let (width, height) = (inputs.request.width, inputs.request.height);
    let frames = sound::frames(&timing);
    let spec = FilmSpec {
        file: file.to_owned(),
        width,
        height,
        fps: FPS,
        frames,
        playback: sound::playback(film, &timing),
    };
    Ok(Shot::Film {
        film: Film::start(&inputs.encoding.ffmpeg, &spec)?,
        frames,
        blank: Box::new(Frame::black(width, height)),
    })
}

/// Who or what is drawn.
fn actor(
    inputs: &ClipInputs<'_>,
    scene: &SceneRequest,
    material: &Material,
    persona: Option<&Persona>,
) -> anyhow::Result<Box<dyn Actor>> {
    let options = options(scene, canvas(inputs.request, scene));
    let (width, height) = (options.width, options.height);
    if let Some(Persona::Photo(puppet)) = persona {
        return match behind::of(inputs, scene)? {
            None => {
                let scene = Scene::new(puppet, &options).context("the scene could not be set")?;
                Ok(Box::new(scene))
            }
            Some(behind) => behind::actor(inputs, puppet, scene, &options, &behind),
        };
    }
    if let Some(Persona::Presenter(attributes)) = persona {
        let behind = behind::of(inputs, scene)?;
        let head = inputs.engines.head()?;
        let actor = PresenterActor::new(head, attributes, &options, behind.as_ref());
        return Ok(Box::new(actor.context("the scene could not be set")?));
    }
    match material {
        Material::Still(file) => {
            let picture = image::open(file).context("a still scene cannot be read")?;
            let still = Still::new(&picture.into_rgb8(), width, height);
            Ok(Box::new(still.context("the scene could not be set")?))
        }
        _ => Err(anyhow::anyhow!("nobody who could act")),
    }
}

fn options(scene: &SceneRequest, (width, height): (u32, u32)) -> SceneOptions {
    SceneOptions {
        width,
        height,
        fit: scene.fit,
        background: match scene.background {
            Some(Background::Colour(colour)) => Some(colour),
            Some(Background::Image { .. }) | None => None,
        },
    }
}

/// The poses of a scene, as far as it is spoken.
struct Planned<'a> {
    /// Until the scene ends.
    planner: Option<Planner>,
    pieces: &'a Receiver<Piece>,
}

impl Iterator for Planned<'_> {
    type Item = Result<Vec<Pose>, RenderError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut planner = self.planner.take()?;
        match self.pieces.recv() {
            Ok(Piece::Said(piece)) => {
                let rows = planner.append(&piece);
                self.planner = Some(planner);
                Some(Ok(rows))
            }
            Ok(Piece::SceneEnds) => Some(Ok(planner.finish().0)),
            Err(_) => Some(Err(RenderError::SoundEnded)),
        }
    }
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
        Picture::Look(LookPicture { look_id, .. }) => hash.update(look_id.as_str()),
        Picture::Face { key } | Picture::Still { key } => hash.update(key),
        Picture::Film(film) => hash.update(&film.key),
    }
    hash.update([0]);
    match &scene.sound {
        Sound::Script(script) => hash.update(&script.text),
        Sound::Silence { duration_s } => hash.update(duration_s.to_be_bytes()),
        // The key is another one every time.
        Sound::Audio(audio) => hash.update(audio.duration_s.to_be_bytes()),
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
