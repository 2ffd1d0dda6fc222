//! What training makes of a look, opened again: one object whose first four bytes tell its kind.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use likeness_presenters::{Attributes, PERSONA_MAGIC};
use likeness_render::{PUPPET_MAGIC, Puppet, PuppetError};

use crate::twin::file::{TWIN_MAGIC, Twin, TwinError};

/// A trained look, ready to be placed in a scene.
#[derive(Debug)]
pub enum Persona {
    /// A photo that moves.
    Photo(Puppet),
    /// Footage that says something else.
    Twin(Arc<Twin>),
    /// A presenter that is drawn.
    Presenter(Box<Attributes>),
}

/// Why an object is no trained look.
#[derive(Debug, thiserror::Error)]
pub enum PersonaError {
    #[error("the object is of no kind of look that this build knows")]
    UnknownKind,
    #[error(transparent)]
    Photo(#[from] PuppetError),
    #[error(transparent)]
    Twin(#[from] TwinError),
    #[error(transparent)]
    Presenter(#[from] likeness_presenters::PersonaError),
}

impl Persona {
    /// Reads a downloaded object. A twin's film is put beside it.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        let mut magic = Vec::new();
        let opened = File::open(file).context("the trained look cannot be read")?;
        opened
            .take(4)
            .read_to_end(&mut magic)
            .context("the trained look cannot be read")?;
        Self::of_kind(&magic, file).context("the trained look cannot be used")
    }

    fn of_kind(magic: &[u8], file: &Path) -> anyhow::Result<Self> {
        if magic == PUPPET_MAGIC {
            let bytes = std::fs::read(file)?;
            let puppet = Puppet::from_bytes(&bytes).map_err(PersonaError::from)?;
            Ok(Self::Photo(puppet))
        } else if magic == TWIN_MAGIC {
            let twin = Twin::open(file).map_err(PersonaError::from)?;
            Ok(Self::Twin(Arc::new(twin)))
        } else if magic == PERSONA_MAGIC {
            let bytes = std::fs::read(file)?;
            let attributes = Attributes::from_bytes(&bytes).map_err(PersonaError::from)?;
            Ok(Self::Presenter(Box::new(attributes)))
        } else {
            Err(PersonaError::UnknownKind.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_unknown_kinds_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("object");
        let refused = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            let error = Persona::open(&file).unwrap_err();
            error.downcast::<PersonaError>().unwrap()
        };
        for bytes in [&b""[..], b"LKP", b"RIFF and more"] {
            let error = refused(bytes);
            assert!(matches!(error, PersonaError::UnknownKind), "{error}");
        }
        let error = refused(b"LKPU");
        assert!(matches!(error, PersonaError::Photo(_)), "{error}");
        let error = refused(b"LKTW");
        assert!(matches!(error, PersonaError::Twin(_)), "{error}");
        let error = refused(b"LKPR");
        assert!(matches!(error, PersonaError::Presenter(_)), "{error}");
    }
}
