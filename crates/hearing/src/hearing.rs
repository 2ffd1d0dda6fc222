//! Both recognisers, loaded when first needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use likeness_domain::speech::SpeechTiming;

use crate::HearingError;
use crate::listen::{Pronounce, Wanted, listen};
use crate::network::Shared;
use crate::phonemes::PhonemeRecogniser;
use crate::recording::Recording;
use crate::words::WordRecogniser;

/// The recognisers of a model folder. The phoneme network takes 20 MB of memory, the word network 300 MB, and each is
/// loaded by the first who needs it.
#[derive(Debug)]
pub struct Hearing {
    models_dir: PathBuf,
    phonemes: Shared<PhonemeRecogniser>,
    words: Shared<WordRecogniser>,
}

impl Hearing {
    /// Remembers the folder that the setup command fills; nothing is read yet.
    pub fn new(models_dir: &Path) -> Self {
        Self {
            models_dir: models_dir.to_owned(),
            phonemes: Shared::default(),
            words: Shared::default(),
        }
    }

    /// The recogniser of sounds.
    pub fn phonemes(&self) -> Result<Arc<PhonemeRecogniser>, HearingError> {
        self.phonemes
            .get_or_load(|| PhonemeRecogniser::load(&self.models_dir))
    }

    /// The recogniser of words.
    pub fn words(&self) -> Result<Arc<WordRecogniser>, HearingError> {
        self.words
            .get_or_load(|| WordRecogniser::load(&self.models_dir))
    }

    /// The timing of a recording of any length. Where `pronounce` knows how the words sound, that decides which sounds
    /// there are, and the ear when: it mistakes one sound in eight. `report` learns the share that is done, 0 to 1, and stops the work by
    /// returning [`HearingError::Cancelled`].
    pub fn listen(
        &self,
        recording: &mut dyn Recording,
        wanted: Wanted,
        pronounce: Pronounce<'_>,
        report: &mut dyn FnMut(f64) -> Result<(), HearingError>,
    ) -> Result<SpeechTiming, HearingError> {
        let phonemes = self.phonemes()?;
        let words = match wanted {
            Wanted::Sounds => None,
            Wanted::SoundsAndWords => Some(self.words()?),
        };
        listen(&phonemes, words.as_deref(), recording, pronounce, report)
    }
}
