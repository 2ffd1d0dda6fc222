//! The bodies that make videos: what each asks for, as far as its own fields tell.

mod avatar;
mod cinematic;
mod fields;
mod image;
mod studio;

use likeness_app::videos::NewVideo;

use crate::error::ApiError;
use crate::extract::{JsonBody, typed};

pub(super) use fields::short;

/// What a payload asks for.
pub(super) fn read(body: JsonBody) -> Result<NewVideo, ApiError> {
    let kinds = ["avatar", "image", "studio", "cinematic_avatar"];
    let (kind, fields) = body.variant(&kinds, &[])?;
    match kind {
        "avatar" => avatar::read(typed(fields)?),
        "image" => image::read(typed(fields)?),
        "cinematic_avatar" => cinematic::read(typed(fields)?),
        _ => studio::read(typed(fields)?),
    }
}
