//! The voices in a model folder, loaded when first asked to speak.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use likeness_domain::avatar::Gender;
use likeness_domain::id::VoiceId;

use crate::blend::Blend;
use crate::catalog::{self, HIBARI, KOKORO, Origin, VoiceInfo};
use crate::engine::{Engine, Tint};
use crate::english::{Accent, English};
use crate::espeak::{Espeak, Program};
use crate::japanese::Japanese;
use crate::kokoro::Style;
use crate::mandarin::Mandarin;
use crate::network::Shared;
use crate::reader::Reader;
use crate::speaker::Speaker;
use crate::{VoiceError, languages, normal};

/// Most blended voices that are kept in mind; the one that was admitted first is forgotten first.
const MAX_GUESTS: usize = 1024;
/// Most Piper networks that are loaded at once (some 60 MB each).
const MAX_NETWORKS: usize = 4;

/// What is installed. Opening looks at file names only; networks and lexicons are loaded by the first speaker who needs
/// them, and shared from then on.
#[derive(Debug)]
pub struct VoiceLibrary {
    models_dir: PathBuf,
    /// Never empty.
    voices: Vec<VoiceInfo>,
    espeak: Option<Program>,
    hibari: Shared<Engine>,
    kokoro: Shared<Engine>,
    american: Shared<English>,
    british: Shared<English>,
    japanese: Shared<Japanese>,
    mandarin: Shared<Mandarin>,
    networks: Mutex<Vec<(PathBuf, Arc<Engine>)>>,
    guests: Mutex<Guests>,
}

/// Blended voices in the order of their admission.
#[derive(Debug, Default)]
struct Guests {
    voices: BTreeMap<VoiceId, (u64, VoiceInfo)>,
    count: u64,
}

impl VoiceLibrary {
    /// Finds the voices in the folder that the setup command fills. A folder without any is an error.
    pub fn open(models_dir: &Path) -> Result<Self, VoiceError> {
        let espeak = Program::find();
        let voices = catalog::installed(models_dir, espeak.is_some())?;
        if voices.is_empty() {
            return Err(VoiceError::NoVoices {
                path: models_dir.to_owned(),
            });
        }
        Ok(Self {
            models_dir: models_dir.to_owned(),
            voices,
            espeak,
            hibari: Shared::default(),
            kokoro: Shared::default(),
            american: Shared::default(),
            british: Shared::default(),
            japanese: Shared::default(),
            mandarin: Shared::default(),
            networks: Mutex::default(),
            guests: Mutex::default(),
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

    /// The Kokoro voice with this name, such as `af_heart`.
    pub fn style(&self, key: &str) -> Option<&VoiceInfo> {
        self.voices
            .iter()
            .find(|voice| voice.key == key && matches!(voice.origin, Origin::Kokoro(_)))
    }

    /// Lets a voice that is made of others speak under its id from now on. It is in no list: who may use it is for the
    /// caller to know.
    pub fn admit(
        &self,
        id: &VoiceId,
        name: &str,
        locale: &str,
        gender: Option<Gender>,
        blend: Blend,
    ) -> VoiceInfo {
        let voice = catalog::blended(id.clone(), name, locale, gender, blend);
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        guests.count += 1;
        let count = guests.count;
        guests.voices.insert(id.clone(), (count, voice.clone()));
        if guests.voices.len() > MAX_GUESTS {
            let oldest = guests.voices.iter().min_by_key(|(_, (count, _))| *count);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                guests.voices.remove(&oldest);
            }
        }
        voice
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
                .filter(move |voice| voice.gender == Some(gender))
        };
        of_gender()
            .find(|voice| voice.key == favourite)
            .or_else(|| of_gender().next())
            .unwrap_or(&self.voices[0])
    }

    /// The voice ready to speak. The first call for an engine or a language loads it (up to a second or two).
    pub fn speaker(&self, id: &VoiceId) -> Result<Speaker, VoiceError> {
        let guest = || {
            let guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
            guests.voices.get(id).map(|(_, voice)| voice.clone())
        };
        let voice = self.get(id).cloned().or_else(guest);
        self.ready(voice.ok_or_else(|| VoiceError::UnknownVoice(id.clone()))?)
    }

    /// A blend that nobody has been told of, ready to speak.
    pub fn try_out(&self, locale: &str, blend: Blend) -> Result<Speaker, VoiceError> {
        let id = "trial".parse().expect("letters make an id");
        self.ready(catalog::blended(id, "Trial", locale, None, blend))
    }

    fn ready(&self, voice: VoiceInfo) -> Result<Speaker, VoiceError> {
        let reader = self.reader(&voice)?;
        let (engine, tint) = match &voice.origin {
            Origin::Hibari => {
                let dir = self.models_dir.join(HIBARI);
                let engine = self.hibari.get_or_load(|| Engine::hibari(&dir))?;
                (engine, Tint::None)
            }
            Origin::Kokoro(file) => (self.kokoro()?, Tint::Style(Arc::new(Style::read(file)?))),
            Origin::Blend(blend) => (self.kokoro()?, Tint::Style(Arc::new(self.blended(blend)?))),
            Origin::Piper {
                network, speaker, ..
            } => (self.network(network)?, Tint::Speaker(*speaker)),
        };
        Ok(Speaker::new(voice, engine, tint, reader))
    }

    fn kokoro(&self) -> Result<Arc<Engine>, VoiceError> {
        let dir = self.models_dir.join(KOKORO);
        self.kokoro.get_or_load(|| Engine::kokoro(&dir))
    }

    fn blended(&self, blend: &Blend) -> Result<Style, VoiceError> {
        let part = |(key, weight): &(String, f32)| {
            let missing = || VoiceError::MissingPart(key.clone());
            match self.style(key).ok_or_else(missing)?.origin {
                Origin::Kokoro(ref file) => Ok((Style::read(file)?, *weight)),
                _ => Err(missing()),
            }
        };
        let parts: Result<Vec<_>, VoiceError> = blend.parts.iter().map(part).collect();
        Ok(Style::blend(&parts?, &blend.shift))
    }

    fn network(&self, path: &Path) -> Result<Arc<Engine>, VoiceError> {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = networks.iter().position(|(known, _)| known == path) {
            let used = networks.remove(at);
            let engine = Arc::clone(&used.1);
            networks.push(used);
            return Ok(engine);
        }
        let engine = Arc::new(Engine::piper(path)?);
        networks.push((path.to_owned(), Arc::clone(&engine)));
        if networks.len() > MAX_NETWORKS {
            networks.remove(0);
        }
        Ok(engine)
    }

    fn reader(&self, voice: &VoiceInfo) -> Result<Reader, VoiceError> {
        let code = languages::code(&voice.locale);
        let espeak = match (&voice.origin, code) {
            (Origin::Piper { espeak, .. }, _) => espeak.clone(),
            (_, "en") => return self.english(&voice.locale).map(Reader::English),
            (_, "ja") => {
                let dir = self.models_dir.join("japanese");
                let japanese = self.japanese.get_or_load(|| Japanese::load(&dir))?;
                return Ok(Reader::Japanese(japanese));
            }
            (_, "zh") => {
                let dir = self.models_dir.join("mandarin");
                let english = self.english("en-US")?;
                let mandarin = self
                    .mandarin
                    .get_or_load(|| Mandarin::load(&dir, english))?;
                return Ok(Reader::Mandarin(mandarin));
            }
            _ => languages::espeak(&voice.locale),
        };
        let program = self.espeak.clone().ok_or_else(|| VoiceError::Reader {
            program: "espeak-ng",
            reason: "it is not installed".to_owned(),
        })?;
        let misaki = !matches!(voice.origin, Origin::Piper { .. });
        Ok(Reader::Espeak(
            Espeak::new(program, &espeak, misaki),
            normal::rules(code),
        ))
    }

    fn english(&self, locale: &str) -> Result<Arc<English>, VoiceError> {
        let (shared, accent) = if locale.eq_ignore_ascii_case("en-GB") {
            (&self.british, Accent::British)
        } else {
            (&self.american, Accent::American)
        };
        let hibari_dir = self.models_dir.join(HIBARI);
        shared.get_or_load(|| English::load(&hibari_dir, accent))
    }
}
