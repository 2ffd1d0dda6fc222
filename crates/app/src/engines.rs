//! The engines that look and speak, loaded once and shared by all jobs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use likeness_hearing::Hearing;
use likeness_infer::{FaceEmbedder, FaceModels};
use likeness_presenters::HeadBase;
use likeness_sounds::Meaning;
use likeness_text::Fonts;
use likeness_voice::VoiceLibrary;

/// The face networks, the voices, the ears and the search by meaning. Networks are loaded on first use, so an idle server stays small.
#[derive(Debug, Clone)]
pub struct Engines {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    models_dir: PathBuf,
    faces: OnceLock<FaceModels>,
    embedder: OnceLock<FaceEmbedder>,
    fonts: OnceLock<Fonts>,
    head: OnceLock<Arc<HeadBase>>,
    voices: VoiceLibrary,
    hearing: Hearing,
    meaning: OnceLock<Meaning>,
}

impl Engines {
    /// Opens the model folder that the setup command fills.
    pub fn open(models_dir: &Path) -> anyhow::Result<Self> {
        let voices = VoiceLibrary::open(models_dir)?;
        Ok(Self {
            inner: Arc::new(Inner {
                models_dir: models_dir.to_owned(),
                faces: OnceLock::new(),
                embedder: OnceLock::new(),
                fonts: OnceLock::new(),
                head: OnceLock::new(),
                voices,
                hearing: Hearing::new(models_dir),
                meaning: OnceLock::new(),
            }),
        })
    }

    /// The folder that the setup command fills.
    pub(crate) fn models_dir(&self) -> &Path {
        &self.inner.models_dir
    }

    pub fn voices(&self) -> &VoiceLibrary {
        &self.inner.voices
    }

    /// The fonts of captions; the first call opens them.
    pub fn fonts(&self) -> anyhow::Result<&Fonts> {
        if let Some(fonts) = self.inner.fonts.get() {
            return Ok(fonts);
        }
        let opened = Fonts::open(&self.inner.models_dir)?;
        Ok(self.inner.fonts.get_or_init(|| opened))
    }

    /// The head that presenters are made of; the first call reads it.
    pub fn head(&self) -> anyhow::Result<&Arc<HeadBase>> {
        if let Some(head) = self.inner.head.get() {
            return Ok(head);
        }
        let file = self.inner.models_dir.join("presenters/head.bin");
        let bytes =
            std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let head = Arc::new(HeadBase::read(&bytes)?);
        Ok(self.inner.head.get_or_init(|| head))
    }

    /// The face networks; the first call loads them (about 20 ms).
    pub fn faces(&self) -> anyhow::Result<&FaceModels> {
        if let Some(faces) = self.inner.faces.get() {
            return Ok(faces);
        }
        let loaded = FaceModels::load(&self.inner.models_dir)?;
        Ok(self.inner.faces.get_or_init(|| loaded))
    }

    /// What tells whether two faces are of one person; the first call loads it.
    pub fn embedder(&self) -> anyhow::Result<&FaceEmbedder> {
        if let Some(embedder) = self.inner.embedder.get() {
            return Ok(embedder);
        }
        let loaded = FaceEmbedder::load(&self.inner.models_dir)?;
        Ok(self.inner.embedder.get_or_init(|| loaded))
    }

    /// The recognisers of speech, each loaded when it is first needed.
    pub fn hearing(&self) -> &Hearing {
        &self.inner.hearing
    }

    /// The search of the audio library; the first call loads it (about a second).
    pub fn meaning(&self) -> anyhow::Result<&Meaning> {
        if let Some(meaning) = self.inner.meaning.get() {
            return Ok(meaning);
        }
        let loaded = Meaning::load(&self.inner.models_dir)?;
        Ok(self.inner.meaning.get_or_init(|| loaded))
    }
}
