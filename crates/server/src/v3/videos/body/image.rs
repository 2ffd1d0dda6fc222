//! `type: image`: a picture of a face speaks.

use likeness_api::assets::AssetInput;
use likeness_api::scenes::CreateVideoFromImage;
use likeness_app::files::FileSource;
use likeness_app::videos::{NewPicture, NewScene, NewVideo};

use super::super::dressing;
use super::fields::{self, SoundFields, short};
use crate::convert::file_source;
use crate::error::ApiError;

pub(super) fn read(request: CreateVideoFromImage) -> Result<NewVideo, ApiError> {
    fields::refuse(&[("brand_glossary_id", request.brand_glossary_id.is_some())])?;
    let image = image(request.image, request.image_url, request.image_asset_id)?;
    let sound = SoundFields {
        script: request.script,
        audio_url: request.audio_url,
        audio_asset_id: request.audio_asset_id,
        voice_id: request.voice_id,
        voice_settings: request.voice_settings,
    };
    let scene = NewScene {
        path: String::new(),
        picture: NewPicture::Face(image),
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

/// The picture, which one known client names by a field of its own.
fn image(
    image: Option<AssetInput>,
    url: Option<String>,
    asset_id: Option<String>,
) -> Result<FileSource, ApiError> {
    let aliases = [
        ("image_url", url.map(|url| AssetInput::Url { url })),
        (
            "image_asset_id",
            asset_id.map(|asset_id| AssetInput::AssetId { asset_id }),
        ),
    ];
    let mut given = image.map(|image| ("image", image));
    for (name, alias) in aliases {
        match (&given, alias) {
            (Some((first, _)), Some(_)) => {
                let message = format!("{first} is given already; only one of them can be.");
                return Err(ApiError::invalid(name, message));
            }
            (None, Some(alias)) => given = Some((name, alias)),
            (_, None) => {}
        }
    }
    let (_, image) = given.ok_or_else(|| ApiError::invalid("image", "Missing field `image`."))?;
    file_source(image, "image")
}
