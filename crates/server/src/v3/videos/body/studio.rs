//! `type: studio`: scenes, cut one after another.

use likeness_api::scenes::{
    AvatarVideoScene, CreateVideoFromStudio, ImageScene, PlaybackMode, StudioAvatarInput,
    StudioBackgroundInput, StudioImageInput, VideoScene,
};
use likeness_api::videos::VideoOutputFormat;
use likeness_app::videos::{NewActing, NewPicture, NewScene, NewSound, NewVideo};
use likeness_domain::video::FilmPlayback;
use serde_json::Value;

use super::super::dressing;
use super::fields::{self, SoundFields, short};
use crate::convert::file_source;
use crate::error::ApiError;
use crate::extract::{JsonBody, parse_id, typed};

/// Scenes of one video.
const MAX_SCENES: usize = 50;

/// Longest silent picture, in seconds.
const MAX_STILL_S: f64 = 300.0;

pub(super) fn read(request: CreateVideoFromStudio) -> Result<NewVideo, ApiError> {
    fields::refuse(&[("brand_glossary_id", request.brand_glossary_id.is_some())])?;
    if !(1..=MAX_SCENES).contains(&request.scenes.len()) {
        let message = format!("A video has 1 to {MAX_SCENES} scenes.");
        return Err(ApiError::invalid("scenes", message));
    }
    let mut scenes = Vec::with_capacity(request.scenes.len());
    for (index, scene) in request.scenes.into_iter().enumerate() {
        let path = format!("scenes[{index}].");
        let (kind, fields) = variant(scene, &["avatar_video", "image", "video"], &path)?;
        scenes.push(match kind {
            "avatar_video" => speaker(at(&path, typed(fields))?, &path)?,
            "image" => still(at(&path, typed(fields))?, path)?,
            _ => film(at(&path, typed(fields))?, path)?,
        });
    }
    Ok(NewVideo {
        scenes,
        resolution: fields::resolution(request.resolution),
        aspect_ratio: fields::aspect_ratio(request.aspect_ratio),
        fit: None,
        dressing: dressing::read(dressing::Fields {
            background: None,
            remove_background: None,
            output_format: VideoOutputFormat::Mp4,
            caption: request.caption,
            watermark: request.watermark,
            music: request.background_music,
        })?,
        title: short(request.title, "title")?,
        folder_id: short(request.folder_id, "folder_id")?,
        callback_id: short(request.callback_id, "callback_id")?,
        callback_url: request.callback_url,
    })
}

fn speaker(scene: AvatarVideoScene, path: &str) -> Result<NewScene, ApiError> {
    let path = format!("{path}input.");
    let (kind, fields) = variant(scene.input, &["avatar", "image"], &path)?;
    match kind {
        "avatar" => avatar(at(&path, typed(fields))?, path),
        _ => face(at(&path, typed(fields))?, path),
    }
}

/// The kind of a part of the body that stands at `path`, and its fields.
fn variant(
    part: Value,
    known: &[&'static str],
    path: &str,
) -> Result<(&'static str, Value), ApiError> {
    at(path, JsonBody::from(part).variant(known, &[]))
}

/// Puts the path of a part of the body before what a fault in it names.
fn at<T>(path: &str, read: Result<T, ApiError>) -> Result<T, ApiError> {
    read.map_err(|error| {
        let param = match error.param.as_deref() {
            None | Some("body") => path.trim_end_matches('.').to_owned(),
            Some(param) => format!("{path}{param}"),
        };
        ApiError {
            param: Some(param),
            ..error
        }
    })
}

fn avatar(input: StudioAvatarInput, path: String) -> Result<NewScene, ApiError> {
    let sound = SoundFields {
        script: input.script,
        audio_url: input.audio_url,
        audio_asset_id: input.audio_asset_id,
        voice_id: input.voice_id,
        voice_settings: input.voice_settings,
    };
    Ok(NewScene {
        picture: NewPicture::Look {
            look_id: parse_id(&input.avatar_id, &format!("{path}avatar_id"))?,
            engine: fields::engine(input.engine, &path)?,
        },
        sound: sound.demand(&path)?,
        background: input
            .background
            .map(|StudioBackgroundInput::Color { color }| {
                let param = format!("{path}background.color");
                dressing::colour(Some(&color), &param, true)
            })
            .transpose()?,
        acting: fields::acting(input.expressiveness, input.motion_prompt),
        camera: None,
        path,
    })
}

fn face(input: StudioImageInput, path: String) -> Result<NewScene, ApiError> {
    let sound = SoundFields {
        script: input.script,
        audio_url: input.audio_url,
        audio_asset_id: input.audio_asset_id,
        voice_id: input.voice_id,
        voice_settings: input.voice_settings,
    };
    Ok(NewScene {
        picture: NewPicture::Face(file_source(input.image, &format!("{path}image"))?),
        sound: sound.demand(&path)?,
        background: None,
        acting: fields::acting(input.expressiveness, input.motion_prompt),
        camera: None,
        path,
    })
}

fn still(scene: ImageScene, path: String) -> Result<NewScene, ApiError> {
    let source = file_source(scene.source, &format!("{path}source"))?;
    let sound = SoundFields {
        script: scene.script,
        audio_url: scene.audio_url,
        audio_asset_id: scene.audio_asset_id,
        voice_id: scene.voice_id,
        voice_settings: scene.voice_settings,
    };
    let param = format!("{path}duration");
    let sound = match (scene.duration, sound.read(&path)?) {
        (Some(_), Some(_)) => {
            let message = "A picture is silent for a duration or has narration, not both.";
            return Err(ApiError::invalid(param, message));
        }
        (None, None) => {
            let message = "A picture needs a duration or narration.";
            return Err(ApiError::invalid(param, message));
        }
        (Some(duration), None) if duration > 0.0 && duration <= MAX_STILL_S => {
            NewSound::Silence(duration)
        }
        (Some(_), None) => {
            let message = format!("Must be above 0 and at most {MAX_STILL_S} seconds.");
            return Err(ApiError::invalid(param, message));
        }
        (None, Some(sound)) => sound,
    };
    Ok(NewScene {
        picture: NewPicture::Still(source),
        sound,
        background: None,
        acting: NewActing::default(),
        camera: None,
        path,
    })
}

fn film(scene: VideoScene, path: String) -> Result<NewScene, ApiError> {
    let source = file_source(scene.source, &format!("{path}source"))?;
    let sound = SoundFields {
        script: scene.script,
        audio_url: scene.audio_url,
        audio_asset_id: scene.audio_asset_id,
        voice_id: scene.voice_id,
        voice_settings: scene.voice_settings,
    };
    let playback = scene.playback.unwrap_or_default();
    let volume = fields::within(playback.volume, 0.0..=1.0, format!("{path}playback.volume"))?;
    Ok(NewScene {
        picture: NewPicture::Film {
            source,
            volume: if playback.mute { 0.0 } else { volume },
            playback: match playback.mode {
                None | Some(PlaybackMode::Freeze) => FilmPlayback::Freeze,
                Some(PlaybackMode::Loop) => FilmPlayback::Loop,
                Some(PlaybackMode::FitToScene) => FilmPlayback::FitToScene,
            },
        },
        sound: sound.read(&path)?.unwrap_or(NewSound::OfFilm),
        background: None,
        acting: NewActing::default(),
        camera: None,
        path,
    })
}
