//! A presenter as an actor: poses of the planned motion become expressions, drawn pixels become parts of frames.

use std::sync::Arc;

use likeness_presenters::{Attributes, Expression, Ground, HeadBase, Portrait};
use likeness_render::{Actor, Behind, Frame, Pose, SceneError, SceneOptions};

/// A presenter placed in a frame.
#[derive(Debug)]
pub(super) struct PresenterActor {
    portrait: Portrait,
    still: Frame,
}

impl PresenterActor {
    pub(super) fn new(
        head: &Arc<HeadBase>,
        attributes: &Attributes,
        options: &SceneOptions,
        behind: Option<&Behind>,
    ) -> Result<Self, SceneError> {
        let SceneOptions { width, height, .. } = *options;
        let fits = |side: u32| (2..=8192).contains(&side) && side.is_multiple_of(2);
        if !fits(width) || !fits(height) {
            return Err(SceneError::Size { width, height });
        }
        let portrait = Portrait::new(
            head,
            attributes,
            width as usize,
            height as usize,
            match behind {
                None => options.background.map_or(Ground::Own, Ground::Colour),
                Some(Behind::Colour(colour)) => Ground::Colour(*colour),
                Some(Behind::Picture(picture)) => Ground::Picture(picture),
                Some(Behind::Nothing) => Ground::Nothing,
            },
        );
        let mut still = Frame::from_rgb(portrait.still());
        if behind == Some(&Behind::Nothing) {
            still.set_alpha(portrait.still_alpha());
        }
        Ok(Self { portrait, still })
    }
}

/// How much larger a head is that leans in all the way; as for photos.
const NEARER: f32 = 0.05;

fn expression(pose: &Pose) -> Expression {
    Expression {
        jaw: pose.jaw,
        pucker: pose.pucker,
        wide: pose.wide,
        upper: pose.upper,
        lower: pose.lower,
        press: pose.press,
        tongue: pose.tongue,
        blink: pose.blink,
        brow: pose.brow,
        smile: pose.smile,
        lean: pose.lean * NEARER,
        gaze: pose.gaze,
        turn: [pose.pitch, pose.yaw, pose.roll],
        lift: pose.lift,
    }
}

impl Actor for PresenterActor {
    fn new_frame(&self) -> Frame {
        self.still.clone()
    }

    fn render(&self, _: usize, pose: &Pose, frame: &mut Frame) {
        if !frame.shows_background_of(&self.still) {
            *frame = self.new_frame();
        }
        let area = self.portrait.area();
        self.portrait.draw(&expression(pose), |rgb, alpha| {
            frame.put_rgb(area.left, area.top, area.width, rgb);
            frame.put_alpha(area.left, area.top, area.width, alpha);
        });
    }
}
