//! A presenter as one object: four bytes that tell its kind, then its attributes as JSON.

use serde::{Deserialize, Serialize};

use crate::attributes::Attributes;

/// First bytes of the object.
pub const PERSONA_MAGIC: &[u8; 4] = b"LKPR";

/// What the object says after its magic.
#[derive(Serialize, Deserialize)]
struct Written {
    /// Version of this shape.
    v: u32,
    attributes: Attributes,
}

const VERSION: u32 = 1;

/// The bytes are no presenter that this build knows.
#[derive(Debug, thiserror::Error)]
pub enum PersonaError {
    #[error("the object is no presenter")]
    NotOne,
    #[error("the presenter cannot be read")]
    Damaged(#[source] serde_json::Error),
    #[error("the presenter has version {0}, which this build does not know")]
    Version(u32),
}

impl Attributes {
    /// The object.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            v: VERSION,
            attributes: self.clone(),
        };
        let mut bytes = PERSONA_MAGIC.to_vec();
        // Numbers, words and lists always become JSON.
        bytes.extend(serde_json::to_vec(&written).unwrap_or_default());
        bytes
    }

    /// The inverse of [`Self::to_bytes`].
    ///
    /// # Errors
    ///
    /// If the bytes are no presenter, or one of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PersonaError> {
        let json = bytes
            .strip_prefix(PERSONA_MAGIC)
            .ok_or(PersonaError::NotOne)?;
        let written: Written = serde_json::from_slice(json).map_err(PersonaError::Damaged)?;
        if written.v == VERSION {
            Ok(written.attributes)
        } else {
            Err(PersonaError::Version(written.v))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presenter_comes_back_whole() {
        let presenter = crate::prompt::read("A woman of 34 with red hair", None).attributes;
        let bytes = presenter.to_bytes();
        assert_eq!(Attributes::from_bytes(&bytes).unwrap(), presenter);
        assert!(matches!(
            Attributes::from_bytes(b"LKPU"),
            Err(PersonaError::NotOne)
        ));
        assert!(matches!(
            Attributes::from_bytes(b"LKPR{"),
            Err(PersonaError::Damaged(_))
        ));
    }
}
