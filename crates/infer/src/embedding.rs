//! Whether two faces are of one person: dlib's face recognition network.
//!
//! The network maps a face to a point in 128 dimensions; it was trained so that faces of one person lie within 0.6 of
//! each other and those of different people do not (King, 2017: 99.4 % on Labeled Faces in the Wild).

use std::path::Path;
use std::sync::Arc;

use image::RgbImage;
use rten::ThreadPool;
use rten_tensor::Tensor;

use crate::InferError;
use crate::align::{aligned, planes};
use crate::faces::check_size;
use crate::mesh::LANDMARKS;
use crate::network::Network;
use crate::sample::{Sampling, sample};

/// Numbers of an embedding.
pub const EMBEDDING: usize = 128;

/// Faces nearer to each other than this are of one person, as dlib's author advises.
pub const SAME_PERSON: f32 = 0.6;

/// Input side of the network in pixels.
const INPUT: u16 = 150;
/// Room around the face, as a share of its size on each side: what the network was trained with.
const PADDING: f32 = 0.25;
const SAMPLING: Sampling = Sampling {
    size: INPUT,
    range: [0.0, 255.0],
    sharp_reduction: 1.0,
};

/// What a face looks like, whatever its expression, pose and light. Says nothing but how near it is to another.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceEmbedding(Box<[f32; EMBEDDING]>);

impl FaceEmbedding {
    /// The embedding whose [`Self::values`] these are; none if there are not [`EMBEDDING`] finite numbers.
    pub fn of(values: &[f32]) -> Option<Self> {
        let values: [f32; EMBEDDING] = values.try_into().ok()?;
        let finite = values.iter().all(|value| value.is_finite());
        finite.then(|| Self(Box::new(values)))
    }

    /// Its [`EMBEDDING`] numbers, to be kept.
    pub fn values(&self) -> &[f32] {
        &self.0[..]
    }

    /// Euclidean distance, 0 to about 1.4. Below [`SAME_PERSON`] the faces are taken to be of one person.
    pub fn distance(&self, other: &Self) -> f32 {
        let pairs = self.0.iter().zip(other.0.iter());
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    }

    /// Cosine of the angle between both, -1 to 1; 1 for equal ones.
    pub fn similarity(&self, other: &Self) -> f32 {
        let dot = |a: &Self, b: &Self| a.0.iter().zip(b.0.iter()).map(|(a, b)| a * b).sum::<f32>();
        let sizes = (dot(self, self) * dot(other, other)).sqrt();
        dot(self, other) / sizes.max(f32::MIN_POSITIVE)
    }

    /// Whether both are taken to be of one person.
    pub fn is_same_person(&self, other: &Self) -> bool {
        self.distance(other) < SAME_PERSON
    }

    /// The middle of several of one person, which tells more than each of them; none of none.
    pub fn mean<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut sum = Box::new([0.0; EMBEDDING]);
        let mut count = 0.0;
        for embedding in all {
            for (total, value) in sum.iter_mut().zip(embedding.0.iter()) {
                *total += value;
            }
            count += 1.0;
        }
        for total in sum.iter_mut() {
            *total /= count;
        }
        (count > 0.0).then_some(Self(sum))
    }
}

/// The loaded network. Shared by reference between threads.
#[derive(Debug)]
pub struct FaceEmbedder {
    network: Network,
}

impl FaceEmbedder {
    /// Loads `face/embedding.onnx` (22 MB) below the models folder, and runs it on rten's own pool.
    pub fn load(models_dir: &Path) -> Result<Self, InferError> {
        Ok(Self {
            network: Network::load(models_dir, "embedding", None)?,
        })
    }

    /// Like [`FaceEmbedder::load`] with a pool of `threads` of its own; 0 counts as 1.
    pub fn load_with_threads(models_dir: &Path, threads: usize) -> Result<Self, InferError> {
        let pool = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
        Ok(Self {
            network: Network::load(models_dir, "embedding", Some(pool))?,
        })
    }

    /// Embeds the face whose landmarks (from [`crate::FaceModels`]) these are; about 14 ms of one core.
    pub fn embed(
        &self,
        picture: &RgbImage,
        landmarks: &[[f32; 3]],
    ) -> Result<FaceEmbedding, InferError> {
        check_size(picture)?;
        if landmarks.len() < LANDMARKS {
            let what = format!("{} landmarks instead of {LANDMARKS}", landmarks.len());
            return Err(InferError::Shape {
                network: "embedding",
                what,
            });
        }
        let rows = sample(picture, aligned(landmarks, PADDING), SAMPLING);
        let side = usize::from(INPUT);
        let input = Tensor::from_data(&[1, 3, side, side], planes(&rows));
        let [values] = self.network.run(&input, [EMBEDDING])?;
        let mut embedding = Box::new([0.0; EMBEDDING]);
        embedding.copy_from_slice(&values[..EMBEDDING]);
        Ok(FaceEmbedding(embedding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along(axis: usize, size: f32) -> FaceEmbedding {
        let mut numbers = Box::new([0.0; EMBEDDING]);
        numbers[axis] = size;
        FaceEmbedding(numbers)
    }

    #[test]
    fn distance_and_similarity_are_those_of_geometry() {
        let (a, b) = (along(0, 0.3), along(1, 0.4));
        assert!((a.distance(&b) - 0.5).abs() < 1e-6 && a.is_same_person(&b));
        assert!(a.similarity(&b).abs() < 1e-6);
        assert!((a.similarity(&along(0, 2.0)) - 1.0).abs() < 1e-6);
        assert!(!a.is_same_person(&along(0, 1.0)));
    }

    #[test]
    fn the_mean_lies_in_the_middle() {
        let (a, b) = (along(0, 1.0), along(1, 1.0));
        let mean = FaceEmbedding::mean([&a, &b]).unwrap();
        assert!((mean.distance(&a) - mean.distance(&b)).abs() < 1e-6);
        assert_eq!(FaceEmbedding::mean([]), None);
    }
}
