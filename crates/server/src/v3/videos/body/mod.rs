//! The bodies that make videos: what each asks for, as far as its own fields tell.

mod avatar;
mod fields;
mod image;
mod studio;

use likeness_app::videos::NewVideo;

use crate::error::ApiError;
use crate::extract::{JsonBody, typed};

pub(super) use fields::short;

/// What a payload asks for.
pub(super) fn read(body: JsonBody) -> Result<NewVideo, ApiError> {
    let (kind, fields) = body.variant(&["avatar", "image", "studio"], &["cinematic_avatar"])?;
    match kind {
        "avatar" => avatar::read(typed(fields)?),
        "image" => image::read(typed(fields)?),
        _ => studio::read(typed(fields)?),
    }
}
