//! From what is asked for to a video that can be made: every rule is checked here, before the job.

use bytes::Bytes;
use likeness_blobs::keys;
use likeness_domain::avatar::{AvatarStatus, Engine, Failure, Look, LookType};
use likeness_domain::consent::ConsentStatus;
use likeness_domain::id::{BatchId, LookId, VideoId, VoiceId};
use likeness_domain::video::{
    Acting, AudioFile, Background, FilmPicture, FilmPlayback, LookPicture, Picture, SceneRequest,
    Sound, Video, VideoRequest, VideoStatus,
};

use super::cinematic::{MAX_FILMS, MAX_PICTURES};
use super::new::{NewEngine, NewPicture, NewScene, NewSound, NewVideo, Resolution};
use super::size::output_size;
use super::{audio, script};
use crate::dressing::{dress, dress_scene};
use crate::error::{Missing, NotUsable, sentence};
use crate::files::{self, FileSource};
use crate::{App, Caller, Error, consent, test_mode};

/// Types of pictures that a video can be made from.
const PICTURE_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp"];

/// Types of films that a scene can show.
const FILM_TYPES: &[&str] = &["video/mp4", "video/webm"];

/// Largest picture and largest film, in bytes.
const MAX_PICTURE_BYTES: u64 = 50 << 20;
const MAX_FILM_BYTES: u64 = 100 << 20;

/// Least side of a face's picture, in pixels.
const MIN_FACE_SIDE: u32 = 512;

/// Longest scene, in seconds.
pub const MAX_SCENE_S: f64 = 1800.0;

/// Most pixels of a film's longer side.
const MAX_FILM_SIDE: u32 = 4096;

/// A video that can be made, and the objects that were stored for it.
pub(super) struct Prepared {
    pub(super) video: Video,
    inputs: Vec<String>,
}

impl Prepared {
    /// The video will not be made after all.
    pub(super) async fn discard(self, app: &App) {
        discard(app, &self.inputs).await;
    }
}

async fn discard(app: &App, inputs: &[String]) {
    if let Err(error) = app.blobs().delete(inputs).await {
        let error: &dyn std::error::Error = &error;
        tracing::error!(error, "files of a refused video are left");
    }
}

/// The video that the request asks for, if it can be made. Files that were sent for it are stored.
pub(super) async fn prepare(
    app: &App,
    caller: &Caller,
    new: NewVideo,
    batch: Option<(BatchId, i64)>,
) -> Result<Prepared, Error> {
    test_mode::check(caller, new.title.as_deref().unwrap_or(""), "title")?;
    if let Some(url) = &new.callback_url {
        crate::webhooks::check_url(app, url, "callback_url")?;
    }
    let id = VideoId::new();
    let mut inputs = Vec::new();
    let request = match request(app, caller, &new, &id, &mut inputs).await {
        Ok(request) => request,
        Err(error) => {
            discard(app, &inputs).await;
            return Err(error);
        }
    };
    let video = Video {
        id,
        workspace_id: caller.workspace_id.clone(),
        title: new.title,
        folder_id: new.folder_id,
        callback_id: new.callback_id,
        callback_url: new.callback_url,
        batch,
        request,
        status: VideoStatus::Pending,
        progress: 0.0,
        failure: None,
        duration_s: None,
        video_key: None,
        thumbnail_key: None,
        subtitle_key: None,
        created_at: app.now(),
        completed_at: None,
    };
    Ok(Prepared { video, inputs })
}

/// A scene that can be made, and the size of its picture.
struct Checked {
    request: SceneRequest,
    size: Option<(u32, u32)>,
    /// Where in the request the person is named who is shown as filmed.
    twin: Option<String>,
}

async fn request(
    app: &App,
    caller: &Caller,
    new: &NewVideo,
    id: &VideoId,
    inputs: &mut Vec<String>,
) -> Result<VideoRequest, Error> {
    let checked = scenes(app, caller, new, id, inputs).await?;
    let source = checked.first().and_then(|checked| checked.size);
    let (width, height) = output_size(new.resolution, new.aspect_ratio, source);
    let twins: Vec<_> = checked.iter().map(|checked| checked.twin.clone()).collect();
    let scenes = checked.into_iter().map(|checked| checked.request);
    let mut request = VideoRequest::of_scenes(width, height, scenes.collect());
    dress(
        app,
        caller,
        id,
        &new.dressing,
        new.fit,
        &mut request,
        inputs,
    )
    .await?;
    for (scene, asked) in request.scenes.iter_mut().zip(&new.scenes) {
        if let Some(colour) = asked.background {
            dress_scene(scene, true, Some(Background::Colour(colour)), new.fit);
        }
    }
    for (scene, twin) in request.scenes.iter().zip(twins) {
        if let Some(param) = twin.filter(|_| scene.cut_out) {
            let message = "A digital twin keeps the background of its footage: it takes no other, and no transparent video.";
            return Err(Error::invalid(param, message));
        }
    }
    Ok(request)
}

async fn scenes(
    app: &App,
    caller: &Caller,
    new: &NewVideo,
    id: &VideoId,
    inputs: &mut Vec<String>,
) -> Result<Vec<Checked>, Error> {
    let mut checked = Vec::with_capacity(new.scenes.len());
    let (mut films, mut pictures) = (0, 0);
    for scene in &new.scenes {
        let shown = picture(app, caller, scene, id, inputs).await?;
        if matches!(scene.picture, NewPicture::Reference(_)) {
            match shown.picture {
                Picture::Film(_) => films += 1,
                _ => pictures += 1,
            }
            if films > MAX_FILMS || pictures > MAX_PICTURES {
                let message =
                    format!("Must hold no more than {MAX_FILMS} videos and {MAX_PICTURES} images.");
                return Err(Error::invalid("references", message));
            }
        }
        if new.resolution == Resolution::P2160 && shown.is_photo {
            let message = "Photos of faces are rendered at 1080p at most; 4k is for other avatars.";
            return Err(Error::invalid("resolution", message));
        }
        let sound = match (&scene.sound, &shown.picture) {
            (NewSound::Script(script), _) => {
                let voice = shown.default_voice.as_ref();
                Sound::Script(script::check(app, caller, scene, script, voice).await?)
            }
            (NewSound::Audio(source), _) => {
                let (file, duration_s) = audio::check(app, caller, scene, source).await?;
                let key = store(app, id, inputs, file).await?;
                Sound::Audio(AudioFile { key, duration_s })
            }
            (NewSound::Silence(duration_s), _) => Sound::Silence {
                duration_s: *duration_s,
            },
            (NewSound::OfFilm, Picture::Film(film)) => Sound::Silence {
                duration_s: film.duration_s,
            },
            (NewSound::OfFilm, _) => {
                return Err(Error::invalid(
                    scene.param("script"),
                    "A script is required.",
                ));
            }
        };
        checked.push(Checked {
            request: SceneRequest {
                acting: Acting {
                    expressiveness: scene.acting.expressiveness.unwrap_or_default(),
                    motion_prompt: scene.acting.motion_prompt.clone(),
                },
                camera: scene.camera,
                ..SceneRequest::new(shown.picture, sound)
            },
            size: shown.size,
            twin: shown.is_twin.then(|| scene.param("avatar_id")),
        });
    }
    Ok(checked)
}

/// What a scene shows, found and checked.
struct Shown {
    picture: Picture,
    size: Option<(u32, u32)>,
    default_voice: Option<VoiceId>,
    /// Whether it is a photo of a face, which has no 4k.
    is_photo: bool,
    /// Whether it is footage, whose person is not cut out.
    is_twin: bool,
}

async fn picture(
    app: &App,
    caller: &Caller,
    scene: &NewScene,
    id: &VideoId,
    inputs: &mut Vec<String>,
) -> Result<Shown, Error> {
    match &scene.picture {
        NewPicture::Look { look_id, engine } => {
            look(app, caller, scene, look_id, engine.as_ref()).await
        }
        NewPicture::Face(source) => {
            let param = scene.param("image");
            let (size, file) = still(app, caller, source, &param).await?;
            if size.0.min(size.1) < MIN_FACE_SIDE {
                let message = format!(
                    "The picture has {} by {} pixels; a face needs at least {MIN_FACE_SIDE} by {MIN_FACE_SIDE}.",
                    size.0, size.1
                );
                return Err(Error::invalid(param, message));
            }
            let key = store(app, id, inputs, file).await?;
            Ok(Shown {
                picture: Picture::Face { key },
                size: Some(size),
                default_voice: None,
                is_photo: true,
                is_twin: false,
            })
        }
        NewPicture::Still(source) => {
            let (size, file) = still(app, caller, source, &scene.param("source")).await?;
            Ok(still_shown(size, store(app, id, inputs, file).await?))
        }
        NewPicture::Reference(source) => {
            let types = [PICTURE_TYPES, FILM_TYPES].concat();
            let file =
                files::read_as_named(app, caller, source, &scene.path, &types, MAX_FILM_BYTES)
                    .await?;
            if FILM_TYPES.contains(&file.mime_type) {
                return film_shown(
                    app,
                    &scene.path,
                    file,
                    (1.0, FilmPlayback::Freeze),
                    id,
                    inputs,
                )
                .await;
            }
            if file.bytes.len() as u64 > MAX_PICTURE_BYTES {
                let message = format!("{} is larger than {MAX_PICTURE_BYTES} bytes.", scene.path);
                return Err(Error::TooLarge(message));
            }
            let size = size_of(app, &file, &scene.path).await?;
            Ok(still_shown(size, store(app, id, inputs, file).await?))
        }
        NewPicture::Film {
            source,
            volume,
            playback,
        } => {
            let param = scene.param("source");
            let file =
                files::read_as_named(app, caller, source, &param, FILM_TYPES, MAX_FILM_BYTES)
                    .await?;
            film_shown(app, &param, file, (*volume, *playback), id, inputs).await
        }
    }
}

fn still_shown(size: (u32, u32), key: String) -> Shown {
    Shown {
        picture: Picture::Still { key },
        size: Some(size),
        default_voice: None,
        is_photo: false,
        is_twin: false,
    }
}

async fn film_shown(
    app: &App,
    param: &str,
    file: files::SourceFile,
    (volume, playback): (f32, FilmPlayback),
    id: &VideoId,
    inputs: &mut Vec<String>,
) -> Result<Shown, Error> {
    let found = film(app, file.bytes.clone(), param).await?;
    let key = store(app, id, inputs, file).await?;
    Ok(Shown {
        picture: Picture::Film(FilmPicture {
            key,
            duration_s: found.duration_s,
            volume: if found.has_sound { volume } else { 0.0 },
            playback,
        }),
        size: Some(found.size),
        default_voice: None,
        is_photo: false,
        is_twin: false,
    })
}

/// Keeps a file until the video is made or deleted.
async fn store(
    app: &App,
    id: &VideoId,
    inputs: &mut Vec<String>,
    file: files::SourceFile,
) -> Result<String, Error> {
    let key = keys::video_input(id, inputs.len(), file.mime_type);
    inputs.push(key.clone());
    app.blobs().put_bytes(&key, file.bytes).await?;
    Ok(key)
}

/// A picture that can be decoded, with its size.
async fn still(
    app: &App,
    caller: &Caller,
    source: &FileSource,
    param: &str,
) -> Result<((u32, u32), files::SourceFile), Error> {
    let file =
        files::read_as_named(app, caller, source, param, PICTURE_TYPES, MAX_PICTURE_BYTES).await?;
    Ok((size_of(app, &file, param).await?, file))
}

/// The size of a picture that can be decoded.
async fn size_of(app: &App, file: &files::SourceFile, param: &str) -> Result<(u32, u32), Error> {
    let decoded = app.decoder().decode(file.bytes.clone()).await;
    let image = decoded
        .map_err(|error| {
            if error.is_file_fault() {
                Error::invalid(param, sentence(&error))
            } else {
                Error::Internal(error.into())
            }
        })?
        .image;
    Ok(image.dimensions())
}

/// What is inside a film that can be shown.
struct FoundFilm {
    duration_s: f64,
    size: (u32, u32),
    has_sound: bool,
}

async fn film(app: &App, bytes: Bytes, param: &str) -> Result<FoundFilm, Error> {
    let info = files::probe(app, bytes, param, "The file is no video that can be read.").await?;
    let unreadable = |message: String| Error::invalid(param, message);
    let video = info
        .video
        .ok_or_else(|| unreadable("The file has no picture.".to_owned()))?;
    let duration_s = video.duration_s.or(info.duration_s).unwrap_or(0.0);
    if duration_s <= 0.0 || duration_s > MAX_SCENE_S {
        let message = format!("A film must last up to {MAX_SCENE_S} seconds, and say how long.");
        return Err(unreadable(message));
    }
    if video.width.max(video.height) > MAX_FILM_SIDE || video.width.min(video.height) == 0 {
        let (width, height) = (video.width, video.height);
        let message =
            format!("The film is {width} by {height}; its sides may have {MAX_FILM_SIDE} pixels.");
        return Err(unreadable(message));
    }
    Ok(FoundFilm {
        duration_s,
        size: (video.width, video.height),
        has_sound: info.audio.is_some(),
    })
}

async fn look(
    app: &App,
    caller: &Caller,
    scene: &NewScene,
    id: &LookId,
    engine: Option<&NewEngine>,
) -> Result<Shown, Error> {
    let param = match scene.camera {
        Some(_) => scene.path.clone(),
        None => scene.param("avatar_id"),
    };
    let look = usable_look(app, caller, id, &param).await?;
    if scene.camera.is_none() {
        check_acting(scene, engine, &look)?;
    }
    let mouths_of = match engine {
        Some(engine) => check_engine(app, caller, scene, engine, &look).await?,
        None => None,
    };
    let side = |pixels: Option<i64>| pixels.and_then(|p| u32::try_from(p).ok());
    Ok(Shown {
        size: side(look.image_width).zip(side(look.image_height)),
        default_voice: look.default_voice_id,
        is_photo: look.look_type == LookType::PhotoAvatar,
        is_twin: look.look_type == LookType::DigitalTwin,
        picture: Picture::Look(LookPicture {
            look_id: look.id,
            mouths_of,
        }),
    })
}

/// Only photos take directions, as the other looks move as they were filmed or drawn; and the oldest engine speaks, but
/// does not act.
fn check_acting(scene: &NewScene, engine: Option<&NewEngine>, look: &Look) -> Result<(), Error> {
    let asked = [
        ("expressiveness", scene.acting.expressiveness.is_some()),
        ("motion_prompt", scene.acting.motion_prompt.is_some()),
    ];
    let Some((field, _)) = asked.into_iter().find(|(_, given)| *given) else {
        return Ok(());
    };
    let message = if engine.is_some_and(|new| new.engine == Engine::AvatarIii) {
        "The engine avatar_iii does not take this; leave it out or take avatar_iv."
    } else if look.look_type != LookType::PhotoAvatar {
        "Only photo avatars take this; leave it out for this look."
    } else {
        return Ok(());
    };
    Err(Error::invalid(scene.param(field), message))
}

/// Whose own mouths are shown, if the engine shows such.
async fn check_engine(
    app: &App,
    caller: &Caller,
    scene: &NewScene,
    new: &NewEngine,
    look: &Look,
) -> Result<Option<LookId>, Error> {
    if !look.engines().contains(&new.engine) {
        let names: Vec<_> = look.engines().iter().map(|e| e.as_str()).collect();
        let message = format!("This avatar can be rendered by {} only.", names.join(", "));
        return Err(Error::invalid(scene.param("engine"), message));
    }
    let Some(reference) = &new.reference_look_id else {
        let own = new.engine == Engine::AvatarV && look.look_type == LookType::DigitalTwin;
        return Ok(own.then(|| look.id.clone()));
    };
    let param = scene.param("engine.reference_look_id");
    let found = app
        .store()
        .get_look(&caller.workspace_id, reference)
        .await
        .map_err(Error::or_missing(Missing::Look))?;
    if found.look_type != LookType::DigitalTwin || found.group_id != look.group_id {
        let message = "The reference must be a digital twin of the avatar's own group.";
        return Err(Error::invalid(param, message));
    }
    if !found.own_mouths {
        let message =
            "The reference's footage does not offer enough speech; see its supported_api_engines.";
        return Err(Error::invalid(param, message));
    }
    Ok(Some(found.id))
}

async fn usable_look(app: &App, caller: &Caller, id: &LookId, param: &str) -> Result<Look, Error> {
    let look = app
        .store()
        .get_look(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Avatar))?;
    match look.status {
        AvatarStatus::Completed => {
            // Asked again in the transaction that writes the video.
            if look.look_type == LookType::DigitalTwin && !look.is_public {
                let group = crate::avatars::get_group(app, caller, &look.group_id).await?;
                if group.consent_status != Some(ConsentStatus::Approved) {
                    return Err(consent::required(param));
                }
            }
            Ok(look)
        }
        // The contract answers 404 for a look that still trains.
        AvatarStatus::Processing => Err(Error::NotFound(Missing::Avatar)),
        AvatarStatus::PendingConsent => Err(consent::required(param)),
        AvatarStatus::Failed => Err(Error::NotUsable {
            code: NotUsable::Avatar,
            param: param.to_owned(),
            message: format!(
                "This avatar cannot be rendered. {}",
                reason(look.error.as_ref())
            ),
        }),
    }
}

fn reason(error: Option<&Failure>) -> &str {
    error.map_or("Its training failed.", |failure| failure.message.as_str())
}
