//! The one object of a trained twin: what is known of the footage, the track of the face, the person's own mouths, and the
//! film.
//!
//! `LKTW`, the version (u16), the lengths of what follows (u32 and u64), a JSON head, the track, the pictures of the mouths
//! one after another as JPEG files, and an MP4 file to the end; numbers are little-endian. Version 1 had no mouths.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use likeness_render::{CROSSING, Face, Loop, MOUTH_NUMBERS, Track};
use serde::{Deserialize, Serialize};

/// The first bytes of a twin.
pub(crate) const TWIN_MAGIC: &[u8; 4] = b"LKTW";
const VERSION: u16 = 2;
/// Longest head, longest track (ten minutes) and longest picture of a mouth, in bytes.
const MAX_HEAD: u32 = 1 << 20;
const MAX_TRACK: u64 = 64 << 20;
const MAX_MOUTH: u64 = 4 << 20;
/// Most mouths.
const MAX_MOUTHS: usize = 256;

/// Why an object is no twin.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    #[error("the twin cannot be read")]
    Io(#[from] io::Error),
    #[error("not a twin, or of another version")]
    Format,
    #[error("the twin's parts do not fit each other: {0}")]
    Parts(&'static str),
}

/// What training found in the footage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub fps: u32,
    /// Sides of the film in pixels.
    pub width: u32,
    pub height: u32,
    pub frames: usize,
    /// Frames in which the mouth rests, the best first.
    pub references: Vec<usize>,
    /// Colour of the teeth (sRGB), if the footage shows them.
    #[serde(default)]
    pub enamel: Option<[u8; 3]>,
    pub loops: Vec<Stretch>,
    /// Medians over the footage: luma of the face (0 to 255) and how much of its detail is fine.
    pub skin_luma: f32,
    pub sharpness: f32,
}

/// A mouth of the person's own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mouth {
    pub frame: usize,
    /// See [`likeness_render::MouthShape`].
    pub shape: [f32; MOUTH_NUMBERS],
    /// Left and top of the picture in the film.
    pub corner: [u32; 2],
    pub jpeg: Vec<u8>,
}

/// The head as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    head: Head,
    #[serde(default)]
    mouths: Vec<WrittenMouth>,
}

/// A [`Mouth`] without its picture.
#[derive(Serialize, Deserialize)]
struct WrittenMouth {
    frame: usize,
    shape: [f32; MOUTH_NUMBERS],
    corner: [u32; 2],
    bytes: u64,
}

/// A [`Loop`] in a file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    pub start: usize,
    pub end: usize,
    pub cost: f32,
}

impl From<Loop> for Stretch {
    fn from(found: Loop) -> Self {
        Self {
            start: found.start,
            end: found.end,
            cost: found.cost,
        }
    }
}

impl From<Stretch> for Loop {
    fn from(stretch: Stretch) -> Self {
        Self {
            start: stretch.start,
            end: stretch.end,
            cost: stretch.cost,
        }
    }
}

/// An opened twin. The film is a file of its own beside the object.
#[derive(Debug)]
pub struct Twin {
    pub(crate) head: Head,
    pub(crate) track: Track,
    /// None if the footage did not offer enough speech.
    pub(crate) mouths: Vec<Mouth>,
    pub(crate) film: PathBuf,
}

impl Twin {
    /// A twin whose parts are there and fit; without mouths.
    pub(crate) fn new(head: Head, track: Track, film: PathBuf) -> Result<Self, TwinError> {
        let fits = |frame: usize| track.face(frame).is_some();
        if head.frames != track.len() || head.width < 2 || head.height < 2 {
            return Err(TwinError::Parts("frames"));
        }
        if head.references.is_empty() || !head.references.iter().copied().all(fits) {
            return Err(TwinError::Parts("references"));
        }
        let whole = |stretch: &Stretch| {
            stretch.start + CROSSING < stretch.end
                && stretch.end + CROSSING <= head.frames
                && (stretch.start..stretch.end + CROSSING).all(fits)
        };
        if head.loops.is_empty() || !head.loops.iter().all(whole) {
            return Err(TwinError::Parts("loops"));
        }
        Ok(Self {
            head,
            track,
            mouths: Vec::new(),
            film,
        })
    }

    /// The same with mouths.
    pub(crate) fn with_mouths(mut self, mouths: Vec<Mouth>) -> Result<Self, TwinError> {
        let fits = |mouth: &Mouth| {
            let [left, top] = mouth.corner;
            let number = mouth.shape.iter().all(|number| number.is_finite());
            let within = left < self.head.width && top < self.head.height;
            self.track.face(mouth.frame).is_some() && number && within
        };
        if mouths.len() > MAX_MOUTHS || !mouths.iter().all(fits) {
            return Err(TwinError::Parts("mouths"));
        }
        self.mouths = mouths;
        Ok(self)
    }

    /// The film, a file of its own.
    pub fn film(&self) -> &Path {
        &self.film
    }

    /// The face in the frame in which its mouth rests.
    pub fn resting_face(&self) -> Option<Face> {
        self.track.face(*self.head.references.first()?)
    }

    /// The footage's frame that is shown as frame `index` of the scene `turn`, and whether it is passing into another.
    pub fn shown(&self, turn: usize, index: usize) -> (usize, bool) {
        let loops = &self.head.loops;
        let found: Loop = loops[turn % loops.len()].into();
        let (frame, into) = found.frame(index);
        (frame, into.is_some())
    }

    /// Writes the object.
    pub(crate) fn write(&self, file: &Path) -> Result<(), TwinError> {
        let head = Written {
            head: self.head.clone(),
            mouths: self
                .mouths
                .iter()
                .map(|mouth| WrittenMouth {
                    frame: mouth.frame,
                    shape: mouth.shape,
                    corner: mouth.corner,
                    bytes: mouth.jpeg.len() as u64,
                })
                .collect(),
        };
        let head = serde_json::to_vec(&head).map_err(io::Error::other)?;
        let mut out = io::BufWriter::new(File::create(file)?);
        out.write_all(TWIN_MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        let length = u32::try_from(head.len()).map_err(io::Error::other)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&(self.track.bytes() as u64).to_le_bytes())?;
        out.write_all(&head)?;
        self.track.write(&mut out)?;
        for mouth in &self.mouths {
            out.write_all(&mouth.jpeg)?;
        }
        io::copy(&mut File::open(&self.film)?, &mut out)?;
        out.flush()?;
        Ok(())
    }

    /// Reads an object, and puts its film beside it, where ffmpeg can seek in it.
    pub(crate) fn open(file: &Path) -> Result<Self, TwinError> {
        let mut from = io::BufReader::new(File::open(file)?);
        let mut magic = [0; 4];
        let mut version = [0; 2];
        let mut head_bytes = [0; 4];
        let mut track_bytes = [0; 8];
        from.read_exact(&mut magic)?;
        from.read_exact(&mut version)?;
        from.read_exact(&mut head_bytes)?;
        from.read_exact(&mut track_bytes)?;
        let (head, track) = (
            u32::from_le_bytes(head_bytes),
            u64::from_le_bytes(track_bytes),
        );
        let known = &magic == TWIN_MAGIC && (1..=VERSION).contains(&u16::from_le_bytes(version));
        if !known || head > MAX_HEAD || track > MAX_TRACK {
            return Err(TwinError::Format);
        }
        let head = part(&mut from, u64::from(head))?;
        let Written { head, mouths } =
            serde_json::from_slice(&head).map_err(|_| TwinError::Parts("head"))?;
        let track = Track::from_bytes(&part(&mut from, track)?).ok_or(TwinError::Parts("track"))?;
        let mouths = mouths
            .into_iter()
            .map(|mouth| mouth.read(&mut from))
            .collect::<Result<Vec<Mouth>, TwinError>>()?;
        let film = file.with_extension("mp4");
        io::copy(&mut from, &mut File::create(&film)?)?;
        Self::new(head, track, film)?.with_mouths(mouths)
    }

    /// The face of a frame that was checked when the twin was opened.
    pub(crate) fn face(&self, frame: usize) -> Result<Face, TwinError> {
        self.track.face(frame).ok_or(TwinError::Parts("face"))
    }
}

impl WrittenMouth {
    fn read(self, from: &mut impl Read) -> Result<Mouth, TwinError> {
        if self.bytes > MAX_MOUTH {
            return Err(TwinError::Parts("mouths"));
        }
        Ok(Mouth {
            frame: self.frame,
            shape: self.shape,
            corner: self.corner,
            jpeg: part(from, self.bytes)?,
        })
    }
}

fn part(from: &mut impl Read, length: u64) -> Result<Vec<u8>, TwinError> {
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(TwinError::Parts("length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twin(dir: &Path) -> Twin {
        let mut track = Track::default();
        for k in 0..120 {
            track.push(Some(&vec![[k as f32, 2.0, 3.0]; 478]));
        }
        track.push(None);
        let film = dir.join("film.mp4");
        std::fs::write(&film, b"moving pictures").unwrap();
        let head = Head {
            fps: 25,
            width: 640,
            height: 360,
            frames: 121,
            references: vec![7],
            enamel: None,
            loops: vec![Stretch {
                start: 3,
                end: 100,
                cost: 0.01,
            }],
            skin_luma: 120.0,
            sharpness: 0.2,
        };
        let mouth = |frame: usize, jpeg: &[u8]| Mouth {
            frame,
            shape: [0.5; MOUTH_NUMBERS],
            corner: [10, 20],
            jpeg: jpeg.to_vec(),
        };
        let twin = Twin::new(head, track, film).unwrap();
        let mouths = vec![mouth(3, b"one picture"), mouth(40, b"another")];
        twin.with_mouths(mouths).unwrap()
    }

    #[test]
    fn a_twin_comes_back_from_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let made = twin(dir.path());
        let file = dir.path().join("object-0");
        made.write(&file).unwrap();
        let read = Twin::open(&file).unwrap();
        assert_eq!((&read.head, &read.track), (&made.head, &made.track));
        assert_eq!(read.mouths, made.mouths);
        assert_eq!(std::fs::read(&read.film).unwrap(), b"moving pictures");
    }

    #[test]
    fn twins_from_before_there_were_mouths_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("object-0");
        let mut made = twin(dir.path());
        made.mouths.clear();
        made.write(&file).unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[4] = 1;
        std::fs::write(&file, bytes).unwrap();
        let read = Twin::open(&file).unwrap();
        assert_eq!((&read.head, read.mouths.len()), (&made.head, 0));
    }

    #[test]
    fn damaged_twins_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("object-0");
        twin(dir.path()).write(&file).unwrap();
        let whole = std::fs::read(&file).unwrap();
        for length in [0, 3, 17, 40, 400] {
            std::fs::write(&file, &whole[..length]).unwrap();
            assert!(Twin::open(&file).is_err(), "{length}");
        }
        let mut other = whole.clone();
        other[4] = 9;
        std::fs::write(&file, &other).unwrap();
        assert!(matches!(Twin::open(&file), Err(TwinError::Format)));

        let good = twin(dir.path());
        let elsewhere = |change: fn(&mut Mouth)| {
            let mut mouth = good.mouths[0].clone();
            change(&mut mouth);
            let twin = Twin::new(good.head.clone(), good.track.clone(), good.film.clone());
            twin.unwrap().with_mouths(vec![mouth])
        };
        assert!(elsewhere(|mouth| mouth.frame = 120).is_err());
        assert!(elsewhere(|mouth| mouth.corner[0] = 640).is_err());
        let change = |change: fn(&mut Head)| {
            let mut head = good.head.clone();
            change(&mut head);
            Twin::new(head, good.track.clone(), good.film.clone())
        };
        // The last frame has no face.
        assert!(change(|head| head.references = vec![120]).is_err());
        assert!(change(|head| head.loops[0].end = 110).is_err());
        assert!(change(|head| head.loops.clear()).is_err());
        assert!(change(|head| head.frames = 5).is_err());
    }
}
