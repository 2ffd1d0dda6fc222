//! The head that all presenters are made of: a mesh, and the named shapes that change it.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::subdivide::Refined;
use crate::vector::{V3, v3};

/// What a face of the mesh belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Skin,
    /// Left and right as the presenter sees it.
    Eye(usize),
    /// Guides of the lashes: eye, and whether the upper.
    Lashes(usize, bool),
    UpperTeeth,
    LowerTeeth,
    Tongue,
}

const PARTS: [Part; 10] = [
    Part::Skin,
    Part::Eye(0),
    Part::Eye(1),
    Part::Lashes(0, false),
    Part::Lashes(0, true),
    Part::Lashes(1, false),
    Part::Lashes(1, true),
    Part::UpperTeeth,
    Part::LowerTeeth,
    Part::Tongue,
];

/// How much a vertex belongs to some regions of the skin, 0 to 1 each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Masks {
    pub lips: f32,
    pub lids: f32,
    pub ears: f32,
    /// Inside of the mouth.
    pub inner: f32,
}

/// A named displacement of some vertices.
pub(crate) type Shape = Vec<(u32, V3)>;

/// Mesh and shapes as installed by the setup command.
#[derive(Debug)]
pub struct HeadBase {
    pub(crate) places: Vec<V3>,
    pub(crate) masks: Vec<Masks>,
    /// Four corners each.
    pub(crate) faces: Vec<[u32; 4]>,
    pub(crate) parts: Vec<Part>,
    shapes: HashMap<String, Shape>,
    /// The part of the mesh that is drawn, refined: made when it is first needed.
    pub(crate) refined: OnceLock<Drawn>,
}

/// Faces that are drawn, and what they are refined to.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// Numbers of the faces.
    pub chosen: Vec<usize>,
    pub refined: Refined,
}

/// The file is not a head, or cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the installed head for presenters is damaged; run the setup command again")]
pub struct HeadBaseError;

/// First bytes of the file.
pub const HEAD_MAGIC: &[u8; 4] = b"LKHD";

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], HeadBaseError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(HeadBaseError)?;
        self.0 = rest;
        Ok(head)
    }

    fn word(&mut self) -> Result<u32, HeadBaseError> {
        let bytes = self.take(4)?.try_into().map_err(|_| HeadBaseError)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn place(&mut self) -> Result<V3, HeadBaseError> {
        let mut next = || self.word().map(f32::from_bits);
        let place = v3(next()?, next()?, next()?);
        let whole = place.to_array().into_iter().all(f32::is_finite);
        if whole { Ok(place) } else { Err(HeadBaseError) }
    }
}

impl HeadBase {
    /// Reads what the setup command has written.
    ///
    /// # Errors
    ///
    /// If the bytes are not such a file.
    pub fn read(bytes: &[u8]) -> Result<Self, HeadBaseError> {
        let mut reader = Reader(bytes);
        if reader.take(4)? != HEAD_MAGIC {
            return Err(HeadBaseError);
        }
        let count = reader.word()?;
        let places: Vec<V3> = (0..count)
            .map(|_| reader.place())
            .collect::<Result<_, _>>()?;
        let mut masks = Vec::new();
        for _ in 0..count {
            let lips = reader.word().map(f32::from_bits)?;
            let rest = reader.place()?;
            masks.push(Masks {
                lips,
                lids: rest.x,
                ears: rest.y,
                inner: rest.z,
            });
        }
        let mut faces = Vec::new();
        let mut parts = Vec::new();
        for _ in 0..reader.word()? {
            let corners = [
                reader.word()?,
                reader.word()?,
                reader.word()?,
                reader.word()?,
            ];
            if corners.iter().any(|&corner| corner >= count) {
                return Err(HeadBaseError);
            }
            faces.push(corners);
            let part = PARTS.get(reader.word()? as usize).ok_or(HeadBaseError)?;
            parts.push(*part);
        }
        let mut shapes = HashMap::new();
        for _ in 0..reader.word()? {
            let length = usize::from(reader.take(1)?[0]);
            let name =
                String::from_utf8(reader.take(length)?.to_vec()).map_err(|_| HeadBaseError)?;
            let mut shape = Vec::new();
            for _ in 0..reader.word()? {
                let index = reader.word()?;
                if index >= count {
                    return Err(HeadBaseError);
                }
                shape.push((index, reader.place()?));
            }
            shapes.insert(name, shape);
        }
        Ok(Self {
            places,
            masks,
            faces,
            parts,
            shapes,
            refined: OnceLock::new(),
        })
    }

    /// Adds shapes by weight; names that the file lacks change nothing.
    pub(crate) fn add(&self, places: &mut [V3], name: &str, weight: f32) {
        for &(index, offset) in self.shape(name) {
            places[index as usize] += offset * weight;
        }
    }

    pub(crate) fn shape(&self, name: &str) -> &[(u32, V3)] {
        self.shapes.get(name).map_or(&[], Vec::as_slice)
    }
}
