//! What is seen behind a person, what lies over a whole video, and the pictures that both are made of.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context as _;
use likeness_domain::video::{
    Background, Corner, Fit, OutputFormat, SceneRequest, VideoRequest, Watermark,
};
use likeness_media::image::ImageDecoder;
use likeness_render::{Actor, Behind, Overlay, Puppet, Scene, SceneOptions};

use super::ClipInputs;
use crate::Engines;

/// Longer side of the map of where a person is, in pixels: finer than the network sees.
const PERSON_SIDE: u32 = 1024;

/// The largest share of the frame's sides that a watermark of scale 1 takes.
const MARK_SIDE: f32 = 0.2;

/// Its distance from the frame's edges, as a share of the shorter side.
const MARK_MARGIN: f32 = 0.03;

/// Pictures that users gave for a video, as files that are decoded (in the limited child) when they are needed.
#[derive(Debug, Default)]
pub struct Pictures {
    decoder: Option<ImageDecoder>,
    files: HashMap<String, PathBuf>,
}

impl Pictures {
    /// `files` by the keys of their objects.
    pub(crate) fn new(decoder: ImageDecoder, files: HashMap<String, PathBuf>) -> Self {
        Self {
            decoder: Some(decoder),
            files,
        }
    }

    fn read(&self, key: &str) -> anyhow::Result<(&ImageDecoder, Vec<u8>)> {
        let decoder = self.decoder.as_ref().context("no decoder for pictures")?;
        let file = self.files.get(key).context("a picture is missing")?;
        let bytes = std::fs::read(file).context("a picture cannot be read")?;
        Ok((decoder, bytes))
    }
}

/// Cuts the person out of the photo, so that it can be placed in front of something else.
pub(crate) fn cut_out(engines: &Engines, puppet: &mut Puppet) -> anyhow::Result<()> {
    let person = engines
        .faces()?
        .person(puppet.photo(), Some(puppet.face_bounds()), PERSON_SIDE)
        .context("the person could not be found in the photo")?;
    puppet.cut_out(&person);
    Ok(())
}

/// What is seen behind the person of a scene; `None` where the picture keeps its own background.
pub(super) fn of(inputs: &ClipInputs<'_>, scene: &SceneRequest) -> anyhow::Result<Option<Behind>> {
    if !scene.cut_out {
        return Ok(None);
    }
    if inputs.request.output == OutputFormat::TransparentWebm {
        return Ok(Some(Behind::Nothing));
    }
    Ok(Some(match &scene.background {
        // What players show behind a video that has nothing there.
        None => Behind::Colour([255; 3]),
        Some(Background::Colour(colour)) => Behind::Colour(*colour),
        Some(Background::Image { key }) => {
            let (decoder, bytes) = inputs.pictures.read(key)?;
            let decoded = decoder
                .decode_blocking(&bytes)
                .context("the background cannot be decoded")?;
            Behind::Picture(decoded.image)
        }
    }))
}

/// The person of a look in front of something else.
pub(super) fn actor(
    inputs: &ClipInputs<'_>,
    puppet: &Puppet,
    scene: &SceneRequest,
    options: &SceneOptions,
    behind: &Behind,
) -> anyhow::Result<Box<dyn Actor>> {
    let cut;
    let puppet = if puppet.matte().is_some() {
        puppet
    } else {
        // Trained by a version that did not cut people out.
        let mut copy = puppet.clone();
        cut_out(inputs.engines, &mut copy)?;
        cut = copy;
        &cut
    };
    let frame = (options.width, options.height);
    let fit = if !scene.fit_by_person {
        options.fit
    } else if puppet.stands_free(frame) {
        Fit::Contain
    } else {
        Fit::Cover
    };
    let options = SceneOptions { fit, ..*options };
    let scene =
        Scene::in_front_of(puppet, &options, behind).context("the scene could not be set")?;
    Ok(Box::new(scene))
}

/// The picture that lies over all frames.
pub(super) fn watermark(
    request: &VideoRequest,
    pictures: &Pictures,
) -> anyhow::Result<Option<Overlay>> {
    let Some(mark) = &request.watermark else {
        return Ok(None);
    };
    let (decoder, bytes) = pictures.read(&mark.key)?;
    let picture = decoder
        .decode_with_alpha_blocking(&bytes)
        .context("the watermark cannot be decoded")?;
    let frame = (request.width, request.height);
    let (size, place) = placed(mark, picture.dimensions(), frame);
    let picture = likeness_media::picture::resize_with_alpha(&picture, size.0, size.1);
    Ok(Some(Overlay::new(&picture, place.0, place.1, mark.opacity)))
}

/// Size of a watermark and the place of its upper left corner, in pixels of the frame. It never leaves the frame.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels of a frame"
)]
fn placed(mark: &Watermark, picture: (u32, u32), frame: (u32, u32)) -> ((u32, u32), (u32, u32)) {
    let (width, height) = (frame.0 as f32, frame.1 as f32);
    let (own_width, own_height) = (picture.0.max(1) as f32, picture.1.max(1) as f32);
    let share = MARK_SIDE * mark.scale;
    let scale = (width * share / own_width).min(height * share / own_height);
    let side = |own: f32, most: u32| ((own * scale).round() as u32).clamp(1, most);
    let size = (side(own_width, frame.0), side(own_height, frame.1));
    let margin = MARK_MARGIN * width.min(height);
    let far = |whole: f32, own: u32| whole - own as f32 - margin;
    let (left, top) = match mark.corner {
        Corner::TopLeft => (margin, margin),
        Corner::TopRight => (far(width, size.0), margin),
        Corner::BottomLeft => (margin, far(height, size.1)),
        Corner::BottomRight => (far(width, size.0), far(height, size.1)),
    };
    let within = |at: f32, most: u32| (at.max(0.0).round() as u32).min(most);
    let place = (
        within(left + mark.offset_x * width, frame.0 - size.0),
        within(top + mark.offset_y * height, frame.1 - size.1),
    );
    (size, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(corner: Corner) -> Watermark {
        Watermark {
            key: String::new(),
            corner,
            offset_x: 0.0,
            offset_y: 0.0,
            scale: 1.0,
            opacity: 1.0,
        }
    }

    #[test]
    fn marks_stand_in_their_corner_and_never_leave_the_frame() {
        let frame = (1000, 500);
        for (corner, place) in [
            (Corner::TopLeft, (15, 15)),
            (Corner::TopRight, (785, 15)),
            (Corner::BottomLeft, (15, 435)),
            (Corner::BottomRight, (785, 435)),
        ] {
            assert_eq!(placed(&mark(corner), (400, 100), frame), ((200, 50), place));
        }
        let moved = Watermark {
            offset_x: 0.1,
            offset_y: -1.0,
            scale: 2.0,
            ..mark(Corner::BottomLeft)
        };
        // Twice as large; up by a whole frame ends at the edge.
        assert_eq!(placed(&moved, (100, 100), frame), ((200, 200), (115, 0)));
        let sliver = placed(&mark(Corner::TopLeft), (1, 9000), frame);
        assert_eq!(sliver.0, (1, 100));
    }
}
