//! `type: cinematic_avatar`: looks that do not speak, filmed as a prompt says.

use likeness_api::cinematic::{
    CinematicAspectRatio, CinematicResolution, CreateVideoFromCinematicAvatar,
};
use likeness_api::videos::VideoOutputFormat;
use likeness_app::videos::{
    AspectRatio, CinematicPart, NewCinematic, NewVideo, Resolution, cinematic_scenes,
};

use super::super::dressing;
use super::fields::{self, short};
use crate::convert::file_source;
use crate::error::ApiError;
use crate::extract::parse_id;

const MAX_PROMPT_CHARS: usize = 10_000;
const MAX_LOOKS: usize = 3;
/// As many as the contract's pictures and films together.
const MAX_REFERENCES: usize = 12;

pub(super) fn read(request: CreateVideoFromCinematicAvatar) -> Result<NewVideo, ApiError> {
    fields::refuse(&[("enhance_prompt", request.enhance_prompt)])?;
    if request.prompt.trim().is_empty() || request.prompt.chars().count() > MAX_PROMPT_CHARS {
        let message = format!("Must have 1 to {MAX_PROMPT_CHARS} characters.");
        return Err(ApiError::invalid("prompt", message));
    }
    if !(1..=MAX_LOOKS).contains(&request.avatar_id.len()) {
        let message = format!("Must name 1 to {MAX_LOOKS} looks.");
        return Err(ApiError::invalid("avatar_id", message));
    }
    let duration_s = duration(request.duration, request.auto_duration)?;
    let references = request.references.unwrap_or_default();
    if references.len() > MAX_REFERENCES {
        let message = "Must hold no more than 3 videos and 9 images.";
        return Err(ApiError::invalid("references", message));
    }
    let looks = request.avatar_id.iter().enumerate().map(|(index, id)| {
        let path = format!("avatar_id[{index}]");
        parse_id(id, &path).map(|look| CinematicPart { path, source: look })
    });
    let references = references.into_iter().enumerate().map(|(index, source)| {
        let path = format!("references[{index}]");
        file_source(source, &path).map(|source| CinematicPart { path, source })
    });
    let new = NewCinematic {
        prompt: request.prompt,
        looks: looks.collect::<Result<_, _>>()?,
        references: references.collect::<Result<_, _>>()?,
        duration_s,
    };
    Ok(NewVideo {
        scenes: cinematic_scenes(new)?,
        resolution: match request.resolution {
            CinematicResolution::P720 => Resolution::P720,
            CinematicResolution::P1080 => Resolution::P1080,
        },
        aspect_ratio: match request.aspect_ratio {
            CinematicAspectRatio::Landscape16x9 => AspectRatio::Landscape16x9,
            CinematicAspectRatio::Portrait9x16 => AspectRatio::Portrait9x16,
            CinematicAspectRatio::Square => AspectRatio::Square,
        },
        fit: None,
        dressing: dressing::read(dressing::Fields {
            background: None,
            remove_background: None,
            output_format: VideoOutputFormat::Mp4,
            caption: None,
            watermark: None,
            music: None,
        })?,
        title: short(request.title, "title")?,
        folder_id: short(request.folder_id, "folder_id")?,
        callback_id: None,
        callback_url: None,
    })
}

/// Seconds; `None` where they follow from what is shown.
fn duration(given: Option<i64>, auto: bool) -> Result<Option<u32>, ApiError> {
    match (given, auto) {
        (Some(_), true) => {
            let message = "Either duration or auto_duration can be given.";
            Err(ApiError::invalid("duration", message))
        }
        (None, true) => Ok(None),
        (given, false) => match u32::try_from(given.unwrap_or(10)) {
            Ok(seconds @ 4..=15) => Ok(Some(seconds)),
            _ => Err(ApiError::invalid("duration", "Must be from 4 to 15.")),
        },
    }
}
