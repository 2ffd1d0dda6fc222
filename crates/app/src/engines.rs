//! The engines that look and speak, loaded once and shared by all jobs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use likeness_infer::FaceModels;
use likeness_voice::VoiceLibrary;

/// The face networks and the voices. Networks are loaded on first use, so an idle server stays small.
#[derive(Debug, Clone)]
pub struct Engines {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    models_dir: PathBuf,
    faces: OnceLock<FaceModels>,
    voices: VoiceLibrary,
}

impl Engines {
    /// Opens the model folder that the setup command fills.
    pub fn open(models_dir: &Path) -> anyhow::Result<Self> {
        let voices = VoiceLibrary::open(models_dir)?;
        Ok(Self {
            inner: Arc::new(Inner {
                models_dir: models_dir.to_owned(),
                faces: OnceLock::new(),
                voices,
            }),
        })
    }

    pub fn voices(&self) -> &VoiceLibrary {
        &self.inner.voices
    }

    /// The face networks; the first call loads them (about 20 ms).
    pub fn faces(&self) -> anyhow::Result<&FaceModels> {
        if let Some(faces) = self.inner.faces.get() {
            return Ok(faces);
        }
        let loaded = FaceModels::load(&self.inner.models_dir)?;
        Ok(self.inner.faces.get_or_init(|| loaded))
    }
}
