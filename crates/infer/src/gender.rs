//! A guess whether a face looks female, used only to propose a voice.

use image::RgbImage;
use rten_tensor::Tensor;

use crate::InferError;
use crate::align::{aligned, planes};
use crate::network::Network;
use crate::sample::{Sampling, sample};

/// What the network thinks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GenderGuess {
    /// 0 (looks male) to 1 (looks female).
    pub female: f32,
}

/// Input side of the network in pixels.
const INPUT: u16 = 32;
/// dlib halves the picture smoothly until it fits; single pixels would be mostly noise here.
const SAMPLING: Sampling = Sampling {
    size: INPUT,
    range: [0.0, 255.0],
    sharp_reduction: 1.0,
};
/// Room around the face, as a share of its size on each side (the network's manifest).
const PADDING: f32 = 0.2;

pub(crate) fn guess(
    network: &Network,
    picture: &RgbImage,
    landmarks: &[[f32; 3]],
) -> Result<GenderGuess, InferError> {
    let rows = sample(picture, aligned(landmarks, PADDING), SAMPLING);
    let planes = planes(&rows);
    let side = usize::from(INPUT);
    let [answer] = network.run(&Tensor::from_data(&[1, 3, side, side], planes), [2])?;
    Ok(GenderGuess {
        female: answer[0].clamp(0.0, 1.0),
    })
}
