//! All networks together: from a picture to its faces.

use std::path::Path;
use std::sync::Arc;

use image::RgbImage;
use rten::ThreadPool;

use crate::InferError;
use crate::area::Area;
use crate::blendshapes::{self, BLENDSHAPES};
use crate::conv::ConvNetwork;
use crate::detect::{self, Detection};
use crate::gender::{self, GenderGuess};
use crate::mesh::{self, Mesh};
use crate::network::Network;
use crate::pose::{self, HeadPose};

/// Longest side of a picture in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Faces looked at closely in one picture; more do not change any judgement.
pub const MAX_FACES: usize = 12;
/// Least certainty that landmarks belong to a face, `MediaPipe`'s own default.
const MIN_PRESENCE: f32 = 0.5;
/// Two meshes that overlap more than this are of the same face.
const SAME_FACE: f32 = 0.4;

/// One face; places in picture pixels, y downwards.
#[derive(Debug, Clone)]
pub struct Face {
    /// Box around the landmarks: left, top, right, bottom. May reach over the picture's edge.
    pub bounds: [f32; 4],
    /// Certainty of the detector, 0.5..1.
    pub score: f32,
    /// Certainty of the landmark network that it looks at a face, 0.5..1.
    pub presence: f32,
    /// The [`crate::LANDMARKS`] points in `MediaPipe`'s order; z grows away from the camera.
    pub landmarks: Box<[[f32; 3]]>,
    /// Scores 0..1 in the order of [`crate::BLENDSHAPE_NAMES`].
    pub blendshapes: [f32; BLENDSHAPES],
    pub gender: GenderGuess,
    pub pose: HeadPose,
}

impl Face {
    /// The longer side of the bounds, in pixels.
    pub fn size(&self) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (right - left).max(bottom - top)
    }
}

/// A face followed from one video frame to the next; fields as in [`Face`].
#[derive(Debug, Clone)]
pub struct Tracked {
    pub presence: f32,
    pub landmarks: Box<[[f32; 3]]>,
    pub blendshapes: [f32; BLENDSHAPES],
    pub pose: HeadPose,
}

/// A face followed without its expression; fields as in [`Face`].
#[derive(Debug, Clone)]
pub struct Followed {
    pub presence: f32,
    pub landmarks: Box<[[f32; 3]]>,
    pub pose: HeadPose,
}

/// The loaded face networks. Shared by reference between threads.
#[derive(Debug)]
pub struct FaceModels {
    detector: Network,
    landmarks: ConvNetwork,
    blendshapes: Network,
    gender: Network,
    person: Network,
}

impl FaceModels {
    /// Loads `face/{detector,landmarks,blendshapes,gender,person}.onnx` below the models folder, and runs
    /// them on rten's own pool (all cores, or `RTEN_NUM_THREADS`).
    pub fn load(models_dir: &Path) -> Result<Self, InferError> {
        Self::load_with(models_dir, None)
    }

    /// Like [`FaceModels::load`] with a pool of `threads` of its own; 0 counts as 1.
    pub fn load_with_threads(models_dir: &Path, threads: usize) -> Result<Self, InferError> {
        Self::load_with(
            models_dir,
            Some(&Arc::new(ThreadPool::with_num_threads(threads.max(1)))),
        )
    }

    fn load_with(dir: &Path, pool: Option<&Arc<ThreadPool>>) -> Result<Self, InferError> {
        let load = |name| Network::load(dir, name, pool.cloned());
        Ok(Self {
            detector: load("detector")?,
            landmarks: ConvNetwork::load(dir, "landmarks", mesh::OUTPUTS)?,
            blendshapes: load("blendshapes")?,
            gender: load("gender")?,
            person: load("person")?,
        })
    }

    pub(crate) fn person_network(&self) -> &Network {
        &self.person
    }

    /// All faces of a picture, the largest first; at most [`MAX_FACES`].
    pub fn analyse(&self, image: &RgbImage) -> Result<Vec<Face>, InferError> {
        check_size(image)?;
        let faces = self.faces_of(image, detect::detect(&self.detector, image)?)?;
        if !faces.is_empty() {
            return Ok(faces);
        }
        self.faces_of(image, detect::detect_turned(&self.detector, image)?)
    }

    fn faces_of(
        &self,
        image: &RgbImage,
        mut detections: Vec<Detection>,
    ) -> Result<Vec<Face>, InferError> {
        detections.sort_by(|a, b| b.area.longer().total_cmp(&a.area.longer()));
        let mut faces: Vec<Face> = Vec::new();
        for detection in detections.iter().take(MAX_FACES) {
            let region = mesh::region_of_detection(detection);
            let mesh = mesh::find(&self.landmarks, image, region)?;
            if !is_face(&mesh) {
                continue;
            }
            let face = self.describe(image, detection, mesh)?;
            let area = Area::from(face.bounds);
            if faces
                .iter()
                .all(|known| area.overlap(known.bounds.into()) < SAME_FACE)
            {
                faces.push(face);
            }
        }
        faces.sort_by(|a, b| b.size().total_cmp(&a.size()));
        Ok(faces)
    }

    /// Finds the face again near its `previous` landmarks; nothing if it is gone.
    pub fn track(
        &self,
        image: &RgbImage,
        previous: &[[f32; 3]],
    ) -> Result<Option<Tracked>, InferError> {
        check_size(image)?;
        let Some(region) = mesh::region_of_landmarks(previous) else {
            return Ok(None);
        };
        let mesh = mesh::find(&self.landmarks, image, region)?;
        if !is_face(&mesh) {
            return Ok(None);
        }
        Ok(Some(Tracked {
            presence: mesh.presence,
            blendshapes: blendshapes::score(&self.blendshapes, &mesh.points)?,
            pose: pose::of_landmarks(&mesh.points),
            landmarks: mesh.points,
        }))
    }

    /// As [`FaceModels::track`], for many frames: without the expression, which costs a tenth more.
    pub fn follow(
        &self,
        image: &RgbImage,
        previous: &[[f32; 3]],
    ) -> Result<Option<Followed>, InferError> {
        check_size(image)?;
        let Some(region) = mesh::region_of_landmarks(previous) else {
            return Ok(None);
        };
        let mesh = mesh::find(&self.landmarks, image, region)?;
        Ok(is_face(&mesh).then(|| Followed {
            presence: mesh.presence,
            pose: pose::of_landmarks(&mesh.points),
            landmarks: mesh.points,
        }))
    }

    fn describe(
        &self,
        image: &RgbImage,
        detection: &Detection,
        mesh: Mesh,
    ) -> Result<Face, InferError> {
        Ok(Face {
            bounds: Area::of_points(mesh.points.iter().map(|&[x, y, _]| [x, y])).into(),
            score: detection.score,
            presence: mesh.presence,
            blendshapes: blendshapes::score(&self.blendshapes, &mesh.points)?,
            gender: gender::guess(&self.gender, image, &mesh.points)?,
            pose: pose::of_landmarks(&mesh.points),
            landmarks: mesh.points,
        })
    }
}

pub(crate) fn check_size(image: &RgbImage) -> Result<(), InferError> {
    let (width, height) = image.dimensions();
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return Err(InferError::PictureSize { width, height });
    }
    Ok(())
}

fn is_face(mesh: &Mesh) -> bool {
    mesh.presence >= MIN_PRESENCE && mesh.points.as_flattened().iter().all(|at| at.is_finite())
}
