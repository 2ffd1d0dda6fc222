//! The fields of a request that say what is seen and heard beside the person: background, watermark, captions, music,
//! kind of file.

use std::ops::RangeInclusive;

use likeness_api::videos::{
    BackgroundKind, BackgroundMusicInput, BackgroundSetting, CaptionSetting, CaptionStyle,
    VideoOutputFormat, WatermarkInput, WatermarkPosition,
};
use likeness_app::dressing::{Dressing, NewBackground, NewWatermark};
use likeness_app::files::FileSource;
use likeness_domain::video::{Corner, Music, OutputFormat};

use crate::convert::file_source;
use crate::error::ApiError;
use crate::extract::parse_id;

/// Those fields, as bodies of several types have them.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub background: Option<BackgroundSetting>,
    pub remove_background: Option<bool>,
    pub output_format: VideoOutputFormat,
    pub caption: Option<CaptionSetting>,
    pub watermark: Option<WatermarkInput>,
    pub music: Option<BackgroundMusicInput>,
}

/// What they ask for.
pub(super) fn read(fields: Fields) -> Result<Dressing, ApiError> {
    Ok(Dressing {
        background: fields.background.map(background).transpose()?,
        remove_background: fields.remove_background,
        output: match fields.output_format {
            VideoOutputFormat::Mp4 => OutputFormat::Mp4,
            VideoOutputFormat::Webm => OutputFormat::TransparentWebm,
        },
        burn_captions: matches!(
            fields.caption,
            Some(CaptionSetting {
                style: Some(CaptionStyle::Default),
                ..
            })
        ),
        watermark: fields.watermark.map(watermark).transpose()?,
        music: fields.music.map(music).transpose()?,
    })
}

fn background(given: BackgroundSetting) -> Result<NewBackground, ApiError> {
    match given.kind {
        BackgroundKind::Color => {
            for (other, param) in [(&given.url, "url"), (&given.asset_id, "asset_id")] {
                if other.is_some() {
                    let message = "A background of type color takes a value only.";
                    return Err(ApiError::invalid(format!("background.{param}"), message));
                }
            }
            colour(given.value.as_deref(), "background.value", false).map(NewBackground::Colour)
        }
        BackgroundKind::Image => {
            if given.value.is_some() {
                let message = "A background of type image takes a url or an asset_id only.";
                return Err(ApiError::invalid("background.value", message));
            }
            Ok(NewBackground::Image(match (given.url, given.asset_id) {
                (Some(url), None) => FileSource::Url(url),
                (None, Some(id)) => FileSource::Asset(parse_id(&id, "background.asset_id")?),
                (Some(_), Some(_)) => {
                    let message = "An image is named by its url or its asset_id, not by both.";
                    return Err(ApiError::invalid("background.asset_id", message));
                }
                (None, None) => {
                    let message = "An image needs a url or an asset_id.";
                    return Err(ApiError::invalid("background.url", message));
                }
            }))
        }
    }
}

/// `#RRGGBB`; the hash is optional, unless it is told that it must stand there.
pub(super) fn colour(value: Option<&str>, param: &str, hash: bool) -> Result<[u8; 3], ApiError> {
    let not_a_colour = || ApiError::invalid(param, "A colour is written as #RRGGBB.");
    let text = value.ok_or_else(not_a_colour)?;
    let digits = match text.strip_prefix('#') {
        Some(digits) => digits,
        None if hash => return Err(not_a_colour()),
        None => text,
    };
    let digits = hex::decode(digits).map_err(|_| not_a_colour())?;
    digits.try_into().map_err(|_| not_a_colour())
}

fn watermark(given: WatermarkInput) -> Result<NewWatermark, ApiError> {
    let placement = given.placement;
    let offset = |value: Option<f32>, param| within(value.unwrap_or(0.0), -1.0..=1.0, param);
    let place = placement.as_ref();
    let offset_x = offset(
        place.and_then(|p| p.offset_x),
        "watermark.placement.offset_x",
    )?;
    let offset_y = offset(
        place.and_then(|p| p.offset_y),
        "watermark.placement.offset_y",
    )?;
    if given.scale <= 0.0 {
        return Err(ApiError::invalid("watermark.scale", "Must be above 0."));
    }
    Ok(NewWatermark {
        corner: match placement.map(|p| p.position).unwrap_or_default() {
            WatermarkPosition::TopLeft => Corner::TopLeft,
            WatermarkPosition::TopRight => Corner::TopRight,
            WatermarkPosition::BottomLeft => Corner::BottomLeft,
            WatermarkPosition::BottomRight => Corner::BottomRight,
        },
        offset_x,
        offset_y,
        scale: within(given.scale, 0.0..=2.0, "watermark.scale")?,
        opacity: within(given.opacity, 0.0..=1.0, "watermark.opacity")?,
        image: file_source(given.image, "watermark.image")?,
    })
}

fn music(given: BackgroundMusicInput) -> Result<Music, ApiError> {
    let param = "background_music.volume";
    if given.volume <= 0.0 {
        return Err(ApiError::invalid(param, "Must be above 0."));
    }
    Ok(Music {
        sound_id: given.sound_id,
        volume: within(given.volume, 0.0..=1.0, param)?,
    })
}

fn within(value: f32, range: RangeInclusive<f32>, param: &str) -> Result<f32, ApiError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (range.start(), range.end());
    let message = format!("Must be from {least} to {most}.");
    Err(ApiError::invalid(param, message))
}
