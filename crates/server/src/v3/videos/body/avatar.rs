//! `type: avatar`: a look speaks.

use likeness_api::videos::CreateVideoFromAvatar;
use likeness_app::videos::{NewPicture, NewScene, NewVideo};

use super::super::dressing;
use super::fields::{self, SoundFields, short};
use crate::error::ApiError;
use crate::extract::parse_id;

pub(super) fn read(request: CreateVideoFromAvatar) -> Result<NewVideo, ApiError> {
    fields::refuse(&[("brand_glossary_id", request.brand_glossary_id.is_some())])?;
    let sound = SoundFields {
        script: request.script,
        audio_url: request.audio_url,
        audio_asset_id: request.audio_asset_id,
        voice_id: request.voice_id,
        voice_settings: request.voice_settings,
    };
    let scene = NewScene {
        path: String::new(),
        picture: NewPicture::Look {
            look_id: parse_id(&request.avatar_id, "avatar_id")?,
            engine: fields::engine(request.engine, "")?,
        },
        sound: sound.demand("")?,
        background: None,
        acting: fields::acting(request.expressiveness, request.motion_prompt),
        camera: None,
    };
    Ok(NewVideo {
        scenes: vec![scene],
        resolution: fields::resolution(request.resolution),
        aspect_ratio: fields::aspect_ratio(request.aspect_ratio),
        fit: fields::fit(request.fit),
        dressing: dressing::read(dressing::Fields {
            background: request.background,
            remove_background: request.remove_background,
            output_format: request.output_format,
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
