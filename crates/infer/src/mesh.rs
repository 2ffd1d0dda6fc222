//! The 478 landmarks of one face.

use image::RgbImage;

use crate::InferError;
use crate::area::Area;
use crate::conv::ConvNetwork;
use crate::detect::{Detection, sigmoid};
use crate::sample::{Region, Sampling, sample};

/// Number of landmarks: 468 of the face mesh, then five for each iris.
pub const LANDMARKS: usize = 478;
/// The outputs that are used of the network: places, and certainty that there is a face.
pub(crate) const OUTPUTS: usize = 2;
/// Input side of the network in pixels; its answers are in the same unit.
const INPUT: u16 = 256;
const SAMPLING: Sampling = Sampling::like_mediapipe(INPUT, [0.0, 1.0]);
/// The network wants the face with this much around it.
const REGION_SCALE: f32 = 1.5;
/// Outer corners of the eyes, the one on the left side of the picture first.
const EYE_CORNERS: [usize; 2] = [33, 263];

/// Landmarks and how sure the network is that there is a face (0..1).
#[derive(Debug, Clone)]
pub(crate) struct Mesh {
    pub(crate) points: Box<[[f32; 3]]>,
    pub(crate) presence: f32,
}

/// The region to look at for a face just detected: its eyes are level in it.
pub(crate) fn region_of_detection(face: &Detection) -> Region {
    Region {
        center: face.area.center(),
        side: face.area.longer() * REGION_SCALE,
        turn: slope(face.eyes[0], face.eyes[1]),
    }
}

/// The region to look at when the face was there a moment ago; nothing without a usable size.
pub(crate) fn region_of_landmarks(points: &[[f32; 3]]) -> Option<Region> {
    let corner = |n: usize| points.get(EYE_CORNERS[n]).map(|point| [point[0], point[1]]);
    let turn = slope(corner(0)?, corner(1)?);
    let (sin, cos) = turn.sin_cos();
    let level = |&[x, y, _]: &[f32; 3]| [x * cos + y * sin, y * cos - x * sin];
    let area = Area::of_points(points.iter().map(level));
    let [u, v] = area.center();
    let side = area.longer() * REGION_SCALE;
    let center = [u * cos - v * sin, u * sin + v * cos];
    let usable = side >= 4.0 && side.is_finite() && center.iter().all(|value| value.is_finite());
    usable.then_some(Region { center, side, turn })
}

fn slope(from: [f32; 2], to: [f32; 2]) -> f32 {
    (to[1] - from[1]).atan2(to[0] - from[0])
}

/// Finds the landmarks in a region that holds one face.
pub(crate) fn find(
    network: &ConvNetwork,
    picture: &RgbImage,
    region: Region,
) -> Result<Mesh, InferError> {
    let input = sample(picture, region, SAMPLING);
    let [values, presence] = network.run(&input, [LANDMARKS * 3, 1])?;
    let unit = f32::from(INPUT);
    let to_picture = region.to_picture();
    let points = values.as_chunks::<3>().0[..LANDMARKS]
        .iter()
        .map(|&[x, y, z]| {
            let [x, y] = to_picture([x / unit, y / unit]);
            [x, y, z / unit * region.side]
        });
    Ok(Mesh {
        points: points.collect(),
        presence: sigmoid(presence[0]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_follows_a_turned_face() {
        let (sin, cos) = 0.4f32.sin_cos();
        let mut points = vec![[0.0f32, 0.0, 0.0]; LANDMARKS];
        points[33] = [-50.0, -20.0, 0.0];
        points[263] = [50.0, -20.0, 0.0];
        points[152] = [0.0, 80.0, 0.0];
        for [x, y, _] in &mut points {
            (*x, *y) = (300.0 + *x * cos - *y * sin, 200.0 + *x * sin + *y * cos);
        }
        let region = region_of_landmarks(&points).unwrap();
        assert!((region.turn - 0.4).abs() < 1e-5);
        assert!((region.side - 150.0).abs() < 0.01, "{region:?}");
        // The middle of the box is 30 px below the origin of the face, along its own axis.
        assert!(
            (region.center[0] - (300.0 - 30.0 * sin)).abs() < 0.01,
            "{region:?}"
        );
        assert!(
            (region.center[1] - (200.0 + 30.0 * cos)).abs() < 0.01,
            "{region:?}"
        );
    }

    #[test]
    fn landmarks_without_extent_or_number_give_no_region() {
        assert_eq!(region_of_landmarks(&vec![[5.0; 3]; LANDMARKS]), None);
        assert_eq!(region_of_landmarks(&vec![[f32::NAN; 3]; LANDMARKS]), None);
        assert_eq!(region_of_landmarks(&[]), None);
    }
}
