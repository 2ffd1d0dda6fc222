//! Photos of people who do not exist: the library's presenters, as a camera might have caught them. They stand for what
//! the one public-domain portrait is not: glasses, beards, other skin, a turned head, an open smile.

use anyhow::{Context as _, Result};
use image::RgbImage;
use likeness_presenters::{Expression, Ground, HeadBase, Portrait, library};

use crate::set::Pose;

/// Sides of the picture in pixels.
const SIDE: usize = 1080;

/// The look of the library with this id, in the pose.
pub fn photo(head: &HeadBase, stock: &str, pose: &Pose) -> Result<RgbImage> {
    let library = library().context("the library of presenters")?;
    let looks = library.iter().flat_map(|presenter| &presenter.looks);
    let mut looks = looks.filter(|look| look.id == stock);
    let look = looks
        .next()
        .with_context(|| format!("the library has no look {stock}"))?;
    let portrait = Portrait::new(head, &look.attributes, SIDE, SIDE, Ground::Own);
    let expression = Expression {
        turn: [0.0, pose.yaw_deg.to_radians(), 0.0],
        // Eyes that look into the camera: a gaze of one turns them by 1.6 radians.
        gaze: [-pose.yaw_deg.to_radians() / 1.6, 0.0],
        smile: pose.smile,
        jaw: pose.jaw,
        upper: pose.jaw,
        ..Expression::default()
    };
    Ok(portrait.picture(&expression))
}
