//! The face of every frame of a piece of footage, small: 16 bits a coordinate.

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::mesh::LANDMARKS;

/// The landmarks of one frame: x and y in pixels, z in the same scale, negative towards the camera.
pub type Face = Vec<[f32; 3]>;

/// Steps of a coordinate in a pixel.
const STEPS: f32 = 16.0;

/// Coordinates of a face.
const NUMBERS: usize = LANDMARKS * 3;

/// First coordinate of a frame without a face.
const NONE: i16 = i16::MIN;

/// Frames on both sides that a frame is smoothed over, and the spread of their weights, in frames. Nods and turns, which
/// last a quarter of a second and more, pass; what the network trembles from frame to frame is halved.
const REACH: usize = 3;
const SPREAD: f32 = 1.0;

/// Faces, frame by frame. Takes 2.9 KB a frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Track {
    numbers: Vec<i16>,
}

impl Track {
    /// Appends a frame, without a face if there is none or it has not 478 points.
    pub fn push(&mut self, face: Option<&[[f32; 3]]>) {
        if let Some(face) = face.filter(|face| face.len() == LANDMARKS) {
            self.numbers
                .extend(face.iter().flatten().map(|v| small(*v)));
        } else {
            self.numbers.push(NONE);
            self.numbers.resize(self.numbers.len() + NUMBERS - 1, 0);
        }
    }

    /// Frames.
    pub fn len(&self) -> usize {
        self.numbers.len() / NUMBERS
    }

    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The face of a frame, if there is one.
    pub fn face(&self, frame: usize) -> Option<Face> {
        let numbers = self.row(frame)?;
        Some(
            numbers
                .as_chunks::<3>()
                .0
                .iter()
                .map(|p| p.map(|v| f32::from(v) / STEPS))
                .collect(),
        )
    }

    fn row(&self, frame: usize) -> Option<&[i16]> {
        let start = frame.checked_mul(NUMBERS)?;
        let numbers = self.numbers.get(start..start + NUMBERS)?;
        (numbers[0] != NONE).then_some(numbers)
    }

    /// The same with less trembling, in the same memory. Nothing is smoothed over frames without a face.
    #[must_use]
    pub fn smoothed(mut self) -> Self {
        let weights: [f32; REACH + 1] =
            std::array::from_fn(|k| (-0.5 * (k as f32 / SPREAD).powi(2)).exp());
        // The frames before, as they were; the nearest first.
        let mut before: VecDeque<Option<Vec<i16>>> = VecDeque::with_capacity(REACH + 1);
        let mut sums = vec![0.0_f32; NUMBERS];
        for frame in 0..self.len() {
            let own = self.row(frame).map(<[i16]>::to_vec);
            if let Some(own) = &own {
                sums.clear();
                sums.extend(own.iter().map(|v| f32::from(*v)));
                let mut total = 1.0;
                for (k, weight) in weights.iter().enumerate().skip(1) {
                    // Both or none: one side alone would drag the face towards it.
                    let before = before.get(k - 1).and_then(Option::as_ref);
                    let (Some(before), Some(after)) = (before, self.row(frame + k)) else {
                        break;
                    };
                    for ((sum, a), b) in sums.iter_mut().zip(before).zip(after) {
                        *sum += weight * (f32::from(*a) + f32::from(*b));
                    }
                    total += 2.0 * weight;
                }
                let numbers = &mut self.numbers[frame * NUMBERS..][..NUMBERS];
                for (number, sum) in numbers.iter_mut().zip(&sums) {
                    *number = (sum / total).round() as i16;
                }
            }
            before.push_front(own);
            before.truncate(REACH);
        }
        self
    }

    /// Bytes that [`Self::write`] writes.
    pub fn bytes(&self) -> usize {
        self.numbers.len() * size_of::<i16>()
    }

    /// Writes frame by frame, 1,434 numbers each, little-endian; in sixteenths of a pixel.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.numbers
            .iter()
            .try_for_each(|number| out.write_all(&number.to_le_bytes()))
    }

    /// The inverse of [`Self::write`]; `None` unless whole frames are given.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<2>();
        let whole = rest.is_empty() && numbers.len().is_multiple_of(NUMBERS);
        whole.then(|| Self {
            numbers: numbers.iter().map(|b| i16::from_le_bytes(*b)).collect(),
        })
    }
}

fn small(value: f32) -> i16 {
    (value * STEPS)
        .round()
        .clamp(f32::from(NONE + 1), f32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32) -> Face {
        (0..LANDMARKS)
            .map(|k| [x + k as f32, 100.0 - x, -(k as f32) / 8.0])
            .collect()
    }

    #[test]
    fn faces_come_back_to_a_sixteenth_of_a_pixel() {
        let mut track = Track::default();
        track.push(Some(&face(3.3)));
        track.push(None);
        track.push(Some(&face(3.3)[1..]));
        let mut bytes = Vec::new();
        track.write(&mut bytes).unwrap();
        assert_eq!(bytes.len(), track.bytes());
        let track = Track::from_bytes(&bytes).unwrap();
        assert_eq!(track.len(), 3);
        let back = track.face(0).unwrap();
        assert!((back[7][0] - 10.3).abs() < 0.04 && (back[7][1] - 96.7).abs() < 0.04);
        assert_eq!(
            (track.face(1), track.face(2), track.face(3)),
            (None, None, None)
        );
        assert_eq!(Track::from_bytes(&[0; 3]), None);
    }

    #[test]
    fn trembling_shrinks_and_motion_stays() {
        let mut track = Track::default();
        for frame in 0..40 {
            let tremble = if frame % 2 == 0 { 0.5 } else { -0.5 };
            track.push(Some(&face(2.0 * frame as f32 + tremble)));
        }
        track.push(None);
        let smooth = track.clone().smoothed();
        for frame in 3..36 {
            let x = smooth.face(frame).unwrap()[0][0];
            assert!((x - 2.0 * frame as f32).abs() < 0.15, "{frame}: {x}");
        }
        // At the ends there is nobody to be smoothed with.
        assert_eq!(smooth.face(0), track.face(0));
        assert_eq!(smooth.face(40), None);
    }
}
