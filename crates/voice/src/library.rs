//! The voices in a model folder, loaded when first asked to speak.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use likeness_domain::avatar::Gender;
use likeness_domain::id::VoiceId;

use crate::VoiceError;
use crate::catalog::{self, HIBARI, KOKORO, VoiceInfo};
use crate::engine::Engine;
use crate::english::{Accent, English};
use crate::kokoro::Style;
use crate::network::Shared;
use crate::speaker::Speaker;

/// What is installed. Opening looks at file names only; networks and lexicons are loaded by the first speaker who needs
/// them, and shared from then on.
#[derive(Debug)]
pub struct VoiceLibrary {
    models_dir: PathBuf,
    /// Never empty.
    voices: Vec<VoiceInfo>,
    hibari: Shared<Engine>,
    kokoro: Shared<Engine>,
    american: Shared<English>,
    british: Shared<English>,
}

impl VoiceLibrary {
    /// Finds the voices in the folder that the setup command fills. A folder without any is an error.
    pub fn open(models_dir: &Path) -> Result<Self, VoiceError> {
        let voices = catalog::installed(models_dir)?;
        if voices.is_empty() {
            return Err(VoiceError::NoVoices {
                path: models_dir.to_owned(),
            });
        }
        Ok(Self {
            models_dir: models_dir.to_owned(),
            voices,
            hibari: Shared::default(),
            kokoro: Shared::default(),
            american: Shared::default(),
            british: Shared::default(),
        })
    }

    /// The installed voices, in an order that stays.
    pub fn voices(&self) -> &[VoiceInfo] {
        &self.voices
    }

    /// The voice with this id, if it is installed.
    pub fn get(&self, id: &VoiceId) -> Option<&VoiceInfo> {
        self.voices.iter().find(|voice| voice.id == *id)
    }

    /// The voice for an avatar that has chosen none: hibari's Heart, which is fast, or Kokoro's Michael for a man. If
    /// that one is not installed, the first of the gender; without any of the gender, the first of all.
    pub fn default_for(&self, gender: Option<Gender>) -> &VoiceInfo {
        let gender = gender.unwrap_or(Gender::Female);
        let favourite = if gender == Gender::Male {
            "am_michael"
        } else {
            "heart"
        };
        let of_gender = || {
            self.voices
                .iter()
                .filter(move |voice| voice.gender == gender)
        };
        of_gender()
            .find(|voice| voice.key == favourite)
            .or_else(|| of_gender().next())
            .unwrap_or(&self.voices[0])
    }

    /// The voice ready to speak. The first call for an engine or an accent loads it (up to a second or two).
    pub fn speaker(&self, id: &VoiceId) -> Result<Speaker, VoiceError> {
        let voice = self
            .get(id)
            .ok_or_else(|| VoiceError::UnknownVoice(id.clone()))?;
        let hibari_dir = self.models_dir.join(HIBARI);
        let kokoro_dir = self.models_dir.join(KOKORO);
        let accent = catalog::accent(voice.key);
        let english = match accent {
            Accent::American => &self.american,
            Accent::British => &self.british,
        };
        let english = english.get_or_load(|| English::load(&hibari_dir, accent))?;
        let (engine, style) = if voice.pack == HIBARI {
            (
                self.hibari.get_or_load(|| Engine::hibari(&hibari_dir))?,
                None,
            )
        } else {
            let style = Style::read(&kokoro_dir.join(format!("voices/{}.bin", voice.key)))?;
            let engine = self.kokoro.get_or_load(|| Engine::kokoro(&kokoro_dir))?;
            (engine, Some(Arc::new(style)))
        };
        Ok(Speaker::new(voice.clone(), engine, style, english))
    }
}
