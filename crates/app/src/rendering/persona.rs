//! What training makes of a look, opened again: one object whose first four bytes tell its kind.

use std::path::Path;

use anyhow::Context as _;
use likeness_render::{Actor, PUPPET_MAGIC, Puppet, PuppetError, Scene, SceneError, SceneOptions};

/// A trained look, ready to be placed in a scene.
#[derive(Debug)]
pub enum Persona {
    /// A photo that moves.
    Photo(Puppet),
}

/// Why an object is no trained look.
#[derive(Debug, thiserror::Error)]
pub enum PersonaError {
    #[error("the object is of no kind of look that this build knows")]
    UnknownKind,
    #[error(transparent)]
    Photo(#[from] PuppetError),
}

impl Persona {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PersonaError> {
        match bytes.first_chunk::<4>() {
            Some(PUPPET_MAGIC) => Ok(Self::Photo(Puppet::from_bytes(bytes)?)),
            _ => Err(PersonaError::UnknownKind),
        }
    }

    /// The inverse of [`Self::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Photo(puppet) => puppet.to_bytes(),
        }
    }

    /// Reads a downloaded object.
    pub(crate) fn open(file: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(file).context("the trained look cannot be read")?;
        Self::from_bytes(&bytes).context("the trained look cannot be used")
    }

    /// Places it in a frame.
    pub fn actor(&self, options: &SceneOptions) -> Result<Box<dyn Actor>, SceneError> {
        match self {
            Self::Photo(puppet) => Ok(Box::new(Scene::new(puppet, options)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_unknown_kinds_are_refused() {
        for bytes in [&b""[..], b"LKP", b"RIFF and more"] {
            let error = Persona::from_bytes(bytes).unwrap_err();
            assert!(matches!(error, PersonaError::UnknownKind), "{error}");
        }
        let error = Persona::from_bytes(b"LKPU").unwrap_err();
        assert!(matches!(error, PersonaError::Photo(_)), "{error}");
    }
}
