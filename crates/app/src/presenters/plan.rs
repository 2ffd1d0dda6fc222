//! What a prompt avatar is trained from: one object with the attributes that its prompt gave and the pictures that it
//! refers to.

use bytes::Bytes;
use image::{Rgb, RgbImage};
use likeness_domain::avatar::Gender;
use likeness_presenters::Attributes;
use likeness_presenters::prompt::Said;
use serde::{Deserialize, Serialize};

/// First bytes of the object.
const MAGIC: &[u8; 4] = b"LKPP";

/// The source of a prompt look.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub head: Head,
    /// Pictures as they were given, not decoded.
    pub references: Vec<Bytes>,
}

/// What a plan says before its pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Version of this shape.
    pub v: u32,
    pub attributes: Attributes,
    /// Attributes that the prompt decides: pictures do not change them. As names, for the file's sake.
    pub said: Vec<String>,
    pub notes: Vec<String>,
    /// Size of the look in pixels.
    pub width: u32,
    pub height: u32,
    /// Bytes of each picture.
    pub lengths: Vec<usize>,
}

impl Head {
    pub(crate) fn has_said(&self, kind: Said) -> bool {
        self.said.contains(&format!("{kind:?}"))
    }
}

impl Plan {
    pub(crate) fn to_bytes(&self) -> anyhow::Result<Vec<u8>> {
        let json = serde_json::to_vec(&self.head)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32::try_from(json.len())?.to_le_bytes());
        bytes.extend(json);
        for reference in &self.references {
            bytes.extend_from_slice(reference);
        }
        Ok(bytes)
    }

    /// The plan, if the bytes are one.
    pub(crate) fn from_bytes(bytes: &Bytes) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (length, _) = rest.split_first_chunk::<4>()?;
        let start = MAGIC.len() + 4;
        let end = start.checked_add(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let head: Head = serde_json::from_slice(bytes.get(start..end)?).ok()?;
        let mut references = Vec::new();
        let mut at = end;
        for &length in &head.lengths {
            let next = at.checked_add(length)?;
            bytes.get(at..next)?;
            references.push(bytes.slice(at..next));
            at = next;
        }
        Some(Self { head, references })
    }

    pub(crate) fn gender(&self) -> Gender {
        gender(&self.head.attributes)
    }

    /// A cheap stand-in for the portrait: its colours in their places.
    pub(crate) fn swatch(&self) -> RgbImage {
        let Head {
            attributes: a,
            width,
            height,
            ..
        } = &self.head;
        let (w, h) = (*width, *height);
        let (x0, y0, r) = (
            i64::from(w) / 2,
            i64::from(h) * 2 / 5,
            i64::from(w.min(h)) / 5,
        );
        RgbImage::from_fn(w, h, |x, y| {
            let (dx, dy) = (i64::from(x) - x0, i64::from(y) - y0);
            let colour = if dx * dx + dy * dy < r * r {
                if dy < -r / 2 { a.hair.colour } else { a.skin }
            } else if dy > r && dx.abs() < 2 * r {
                a.outfit.colour
            } else {
                a.background.colour
            };
            Rgb(colour)
        })
    }
}

pub(super) fn gender(attributes: &Attributes) -> Gender {
    if attributes.masculinity > 0.5 {
        Gender::Male
    } else {
        Gender::Female
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_comes_back_with_its_pictures() {
        let reading = likeness_presenters::prompt::read("A man in a red sweater", None);
        let plan = Plan {
            head: Head {
                v: 1,
                attributes: reading.attributes,
                said: vec!["Outfit".to_owned()],
                notes: vec!["A note.".to_owned()],
                width: 64,
                height: 36,
                lengths: vec![3, 2],
            },
            references: vec![Bytes::from_static(b"one"), Bytes::from_static(b"22")],
        };
        let bytes = Bytes::from(plan.to_bytes().unwrap());
        let back = Plan::from_bytes(&bytes).unwrap();
        assert_eq!(back.references, plan.references);
        assert_eq!(back.head.attributes, plan.head.attributes);
        assert!(back.head.has_said(Said::Outfit) && !back.head.has_said(Said::Age));
        assert_eq!(back.gender(), Gender::Male);
        assert!(Plan::from_bytes(&bytes.slice(..bytes.len() - 1)).is_none());
        assert!(Plan::from_bytes(&Bytes::from_static(b"\x89PNG")).is_none());
        assert_eq!(plan.swatch().dimensions(), (64, 36));
    }
}
