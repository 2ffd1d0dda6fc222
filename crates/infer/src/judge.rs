//! Whether a photo can become an avatar.

use image::RgbImage;

use crate::faces::Face;
use crate::mouth;

/// Least shorter side of a picture in pixels.
pub const MIN_PICTURE: u32 = 512;
/// Least size of the face in pixels: below, the mouth is too few pixels to be moved.
pub const MIN_FACE: f32 = 96.0;
/// Largest turn to a side: beyond, one corner of the mouth is out of sight.
pub const MAX_YAW_DEGREES: f32 = 30.0;
/// Largest tilt of the head to a shoulder: beyond, the photo itself lies on its side.
pub const MAX_ROLL_DEGREES: f32 = 50.0;
/// A second face of at least this share of the first one's size makes the choice unclear.
const SECOND_FACE_SHARE: f32 = 1.0 / 3.0;

/// Why a photo cannot become an avatar.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unusable {
    #[error("no face was found in the photo")]
    NoFace,
    #[error("the photo shows {count} faces; use a photo of one person")]
    SeveralFaces {
        /// Faces of comparable size, the first one included.
        count: usize,
    },
    #[error(
        "the photo has {width}x{height} pixels; at least {MIN_PICTURE} on each side are needed"
    )]
    ImageTooSmall { width: u32, height: u32 },
    #[error("the face is only {pixels} pixels large; at least {MIN_FACE} are needed")]
    FaceTooSmall { pixels: u32 },
    #[error(
        "the head is turned {degrees} degrees to the side; at most {MAX_YAW_DEGREES} can be used"
    )]
    TurnedTooFar { degrees: u32 },
    #[error("the head lies on its side, {degrees} degrees from upright; turn the photo upright")]
    NotUpright { degrees: u32 },
    #[error("the mouth is covered or cannot be made out")]
    MouthHidden,
}

impl Unusable {
    /// A stable word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::SeveralFaces { .. } => "several_faces",
            Self::ImageTooSmall { .. } => "image_too_small",
            Self::FaceTooSmall { .. } => "face_too_small",
            Self::TurnedTooFar { .. } => "turned_too_far",
            Self::NotUpright { .. } => "not_upright",
            Self::MouthHidden => "mouth_hidden",
        }
    }
}

/// The index of the face to use, or the first reason against the photo.
///
/// `faces` are those of [`crate::FaceModels::analyse`] for the same picture.
pub fn judge(faces: &[Face], image: &RgbImage) -> Result<usize, Unusable> {
    let (width, height) = image.dimensions();
    if width.min(height) < MIN_PICTURE {
        return Err(Unusable::ImageTooSmall { width, height });
    }
    let (chosen, face) = faces
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| a.size().total_cmp(&b.size()))
        .ok_or(Unusable::NoFace)?;
    let count = faces
        .iter()
        .filter(|f| f.size() >= face.size() * SECOND_FACE_SHARE)
        .count();
    if count > 1 {
        return Err(Unusable::SeveralFaces { count });
    }
    // Before the size, which is not to be trusted in a face that lies.
    let degrees = face.pose.roll.to_degrees().abs();
    if degrees > MAX_ROLL_DEGREES {
        return Err(Unusable::NotUpright {
            degrees: degrees.round() as u32,
        });
    }
    if face.size() < MIN_FACE {
        return Err(Unusable::FaceTooSmall {
            pixels: face.size().max(0.0) as u32,
        });
    }
    let degrees = face.pose.yaw.to_degrees().abs();
    if degrees > MAX_YAW_DEGREES {
        return Err(Unusable::TurnedTooFar {
            degrees: degrees.round() as u32,
        });
    }
    if !mouth::is_visible(image, &face.landmarks) {
        return Err(Unusable::MouthHidden);
    }
    Ok(chosen)
}
