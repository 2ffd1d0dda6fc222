//! The voices that are installed: those of the setup, and those that an operator put into the folder `voices`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use likeness_domain::avatar::Gender;
use likeness_domain::id::VoiceId;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::blend::Blend;
use crate::piper::Config;
use crate::{VoiceError, languages};

/// One voice as shown to users.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceInfo {
    /// The same on every server: 32 hex digits made from pack and name.
    pub id: VoiceId,
    /// A given name, unique among the installed voices.
    pub name: String,
    /// Language in English.
    pub language: String,
    /// BCP 47 tag.
    pub locale: String,
    /// `None` where nobody has said it.
    pub gender: Option<Gender>,
    /// The kind of voice: `hibari`, `kokoro` or `piper`.
    pub pack: &'static str,
    /// Name inside the pack.
    pub key: String,
    /// What a listener should know, in a word each.
    pub tags: Vec<String>,
    pub(crate) origin: Origin,
}

/// Where the sound of a voice comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    Hibari,
    /// A style file.
    Kokoro(PathBuf),
    /// A mixture of installed styles.
    Blend(Arc<Blend>),
    /// A network, what `espeak-ng` calls its language, and the number of one of its speakers.
    Piper {
        network: PathBuf,
        espeak: String,
        speaker: i32,
    },
}

impl VoiceInfo {
    /// A sentence or two in the voice's own language, to show it.
    pub fn sample(&self) -> &'static str {
        languages::sample(&self.locale)
    }

    /// Whether it can speak at another pitch than its own.
    pub fn can_pitch(&self) -> bool {
        !matches!(self.origin, Origin::Piper { .. })
    }
}

const BEST: &[&str] = &["natural", "narration"];
const WARM: &[&str] = &["warm", "narration"];
const SOFT: &[&str] = &["soft", "whisper"];
const PLAIN: &[&str] = &["natural"];
const SEASON: &[&str] = &["character"];

/// Kokoro's voices: name in the pack, shown name, tags; in the order in which lists show them.
const VOICES: [(&str, &str, &[&str]); 54] = [
    ("af_heart", "Heart", BEST),
    ("af_bella", "Bella", WARM),
    ("am_michael", "Michael", BEST),
    ("am_fenrir", "Fenrir", BEST),
    ("am_puck", "Puck", BEST),
    ("bf_emma", "Emma", BEST),
    ("bm_george", "George", WARM),
    ("bm_fable", "Fable", BEST),
    ("bf_isabella", "Isabella", BEST),
    ("af_nicole", "Nicole", SOFT),
    ("af_aoede", "Aoede", BEST),
    ("af_kore", "Kore", BEST),
    ("af_sarah", "Sarah", BEST),
    ("af_alloy", "Alloy", PLAIN),
    ("af_nova", "Nova", PLAIN),
    ("af_sky", "Sky", PLAIN),
    ("af_jessica", "Jessica", PLAIN),
    ("af_river", "River", PLAIN),
    ("am_echo", "Echo", PLAIN),
    ("am_eric", "Eric", PLAIN),
    ("am_liam", "Liam", PLAIN),
    ("am_onyx", "Onyx", PLAIN),
    ("am_adam", "Adam", PLAIN),
    ("am_santa", "Santa", SEASON),
    ("bf_alice", "Alice", PLAIN),
    ("bf_lily", "Lily", PLAIN),
    ("bm_daniel", "Daniel", PLAIN),
    ("bm_lewis", "Lewis", PLAIN),
    ("ef_dora", "Dora", PLAIN),
    ("em_alex", "Alex", PLAIN),
    ("em_santa", "Santa", SEASON),
    ("ff_siwis", "Siwis", BEST),
    ("hf_alpha", "Alpha", PLAIN),
    ("hf_beta", "Beta", PLAIN),
    ("hm_omega", "Omega", PLAIN),
    ("hm_psi", "Psi", PLAIN),
    ("if_sara", "Sara", PLAIN),
    ("im_nicola", "Nicola", PLAIN),
    ("jf_alpha", "Alpha", PLAIN),
    ("jf_gongitsune", "Gongitsune", PLAIN),
    ("jf_nezumi", "Nezumi", PLAIN),
    ("jf_tebukuro", "Tebukuro", PLAIN),
    ("jm_kumo", "Kumo", PLAIN),
    ("pf_dora", "Dora", PLAIN),
    ("pm_alex", "Alex", PLAIN),
    ("pm_santa", "Santa", SEASON),
    ("zf_xiaobei", "Xiaobei", PLAIN),
    ("zf_xiaoni", "Xiaoni", PLAIN),
    ("zf_xiaoxiao", "Xiaoxiao", PLAIN),
    ("zf_xiaoyi", "Xiaoyi", PLAIN),
    ("zm_yunjian", "Yunjian", PLAIN),
    ("zm_yunxi", "Yunxi", PLAIN),
    ("zm_yunxia", "Yunxia", PLAIN),
    ("zm_yunyang", "Yunyang", PLAIN),
];

pub(crate) const HIBARI: &str = "hibari";
pub(crate) const KOKORO: &str = "kokoro";
pub(crate) const PIPER: &str = "piper";

/// Folder below the models folder into which operators put voices of their own.
const OWN_VOICES: &str = "voices";

/// Most speakers of one network that are listed.
const MAX_SPEAKERS: usize = 1000;

/// The voices whose files are in `models_dir`. A file of an operator that is no voice is left out, and the log says why.
pub(crate) fn installed(models_dir: &Path, has_espeak: bool) -> Result<Vec<VoiceInfo>, VoiceError> {
    models_dir.read_dir().map_err(|source| VoiceError::Read {
        path: models_dir.to_owned(),
        source,
    })?;
    let mut list = List::default();
    if models_dir.join("hibari/hibari.onnx").is_file() {
        let about = About {
            name: "Heart".to_owned(),
            locale: "en-US".to_owned(),
            gender: Some(Gender::Female),
            tags: vec!["fast".to_owned(), "narration".to_owned()],
        };
        list.add(HIBARI, "heart", about, Origin::Hibari);
    }
    if models_dir.join("kokoro/model.onnx").is_file() {
        let dir = models_dir.join("kokoro/voices");
        for (key, name, tags) in VOICES {
            let file = dir.join(format!("{key}.bin"));
            if let Some((locale, gender)) = by_letters(key).filter(|_| file.is_file()) {
                let about = About {
                    name: name.to_owned(),
                    locale: locale.to_owned(),
                    gender,
                    tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                };
                list.add(KOKORO, key, about, Origin::Kokoro(file));
            }
        }
        list.add_own_styles(&dir);
        list.add_own_styles(&models_dir.join(OWN_VOICES));
    }
    list.add_networks(&models_dir.join(OWN_VOICES));
    let needs_espeak = |voice: &VoiceInfo| match &voice.origin {
        Origin::Hibari => false,
        Origin::Piper { .. } => true,
        Origin::Kokoro(_) | Origin::Blend(_) => {
            !matches!(languages::code(&voice.locale), "en" | "ja" | "zh")
        }
    };
    if !has_espeak {
        let count = list.voices.len();
        list.voices.retain(|voice| !needs_espeak(voice));
        if list.voices.len() < count {
            let hidden = count - list.voices.len();
            tracing::warn!(
                hidden,
                "voices are left out: espeak-ng or prlimit is not installed"
            );
        }
    }
    Ok(list.voices)
}

/// A voice made of others, which is not in any list here.
pub(crate) fn blended(
    id: VoiceId,
    name: &str,
    locale: &str,
    gender: Option<Gender>,
    blend: Blend,
) -> VoiceInfo {
    VoiceInfo {
        key: id.as_str().to_owned(),
        id,
        name: name.to_owned(),
        language: languages::name(locale).to_owned(),
        locale: locale.to_owned(),
        gender,
        pack: KOKORO,
        tags: Vec::new(),
        origin: Origin::Blend(Arc::new(blend)),
    }
}

/// What is said about a voice; the file `NAME.voice.json` beside an operator's voice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    name: String,
    /// BCP 47 tag such as `de-DE`.
    locale: String,
    #[serde(default, deserialize_with = "gender")]
    gender: Option<Gender>,
    #[serde(default)]
    tags: Vec<String>,
}

fn gender<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Option<Gender>, D::Error> {
    let text = Option::<String>::deserialize(text)?;
    text.map(|text| {
        [Gender::Female, Gender::Male]
            .into_iter()
            .find(|gender| gender.as_str() == text)
            .ok_or_else(|| serde::de::Error::custom("gender is female or male"))
    })
    .transpose()
}

/// The voices found so far.
#[derive(Debug, Default)]
struct List {
    voices: Vec<VoiceInfo>,
    names: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl List {
    fn add(&mut self, pack: &'static str, key: &str, about: About, origin: Origin) {
        if !self.keys.insert(format!("{pack}/{key}")) {
            return;
        }
        let language = languages::name(&about.locale).to_owned();
        let qualified = [
            about.name.clone(),
            format!("{} ({language})", about.name),
            format!("{} ({})", about.name, capitalised(pack)),
            format!("{} ({key})", about.name),
        ];
        let is_english = language == "English";
        let name = qualified
            .into_iter()
            .enumerate()
            .filter(|(index, _)| !(*index == 1 && is_english))
            .map(|(_, name)| name)
            .find(|name| !self.names.contains(name))
            .unwrap_or_else(|| format!("{} {}", about.name, self.voices.len()));
        self.names.insert(name.clone());
        self.voices.push(VoiceInfo {
            id: id(pack, key),
            name,
            language,
            locale: about.locale,
            gender: about.gender,
            pack,
            key: key.to_owned(),
            tags: about.tags,
            origin,
        });
    }

    /// Style files that are not Kokoro's own.
    fn add_own_styles(&mut self, dir: &Path) {
        for (key, file) in files(dir, "bin") {
            if VOICES.iter().any(|(known, ..)| *known == key) {
                continue;
            }
            match about(&file).transpose().or_else(|| by_name(&key).map(Ok)) {
                Some(Ok(about)) => self.add(KOKORO, &key, about, Origin::Kokoro(file)),
                Some(Err(error)) => left_out(&file, &error),
                None => left_out(
                    &file,
                    &"its name does not tell the language, and there is no .voice.json beside it",
                ),
            }
        }
    }

    fn add_networks(&mut self, dir: &Path) {
        for (key, file) in files(dir, "onnx") {
            if let Err(error) = self.add_network(&key, &file) {
                left_out(&file, &error);
            }
        }
    }

    fn add_network(&mut self, key: &str, file: &Path) -> Result<(), VoiceError> {
        let config = Config::read(file)?;
        let espeak = config
            .espeak
            .as_ref()
            .map(|espeak| espeak.voice.clone())
            .unwrap_or_default();
        let said = about(file)?;
        let about = said.unwrap_or_else(|| About {
            name: capitalised(config.dataset.as_deref().unwrap_or(key)),
            locale: config.locale(),
            gender: None,
            tags: Vec::new(),
        });
        let mut speakers: Vec<(&String, &i32)> = config.speaker_id_map.iter().collect();
        speakers.sort_by_key(|(_, number)| **number);
        let origin = |speaker| Origin::Piper {
            network: file.to_owned(),
            espeak: espeak.clone(),
            speaker,
        };
        if config.num_speakers < 2 || speakers.is_empty() {
            self.add(PIPER, key, about, origin(0));
            return Ok(());
        }
        for (name, number) in speakers.into_iter().take(MAX_SPEAKERS) {
            let about = About {
                name: format!("{} {name}", about.name),
                ..about.clone()
            };
            self.add(PIPER, &format!("{key}-{number}"), about, origin(*number));
        }
        Ok(())
    }
}

fn left_out(file: &Path, error: &dyn std::fmt::Display) {
    tracing::warn!(file = %file.display(), %error, "a file is not used as a voice");
}

/// The files of a kind with their names, sorted; none if there is no such folder.
fn files(dir: &Path, extension: &str) -> Vec<(String, PathBuf)> {
    let entries = dir.read_dir().into_iter().flatten().flatten();
    let mut files: Vec<(String, PathBuf)> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)))
        .collect();
    files.sort();
    files
}

/// What `NAME.voice.json` beside a voice says.
fn about(file: &Path) -> Result<Option<About>, VoiceError> {
    let path = file.with_extension("voice.json");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(VoiceError::Read { path, source }),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| VoiceError::BadFile {
            path,
            reason: error.to_string(),
        })
}

/// Kokoro's names begin with a letter for language and accent and one for the gender, as in `af_heart`.
fn by_letters(key: &str) -> Option<(&'static str, Option<Gender>)> {
    let mut letters = key.chars();
    let language = letters.next()?;
    let gender = match letters.next()? {
        'f' => Gender::Female,
        'm' => Gender::Male,
        _ => return None,
    };
    let (_, locale, _) = languages::KOKORO
        .iter()
        .find(|(letter, ..)| *letter == language)?;
    (letters.next()? == '_').then_some((*locale, Some(gender)))
}

fn by_name(key: &str) -> Option<About> {
    let (locale, gender) = by_letters(key)?;
    Some(About {
        name: capitalised(&key[3..]),
        locale: locale.to_owned(),
        gender,
        tags: Vec::new(),
    })
}

fn id(pack: &str, key: &str) -> VoiceId {
    let digest = Sha256::digest(format!("likeness-voice:{pack}/{key}"));
    let number = u128::from_be_bytes(*digest.first_chunk().expect("a SHA-256 has 32 bytes"));
    format!("{number:032x}")
        .parse()
        .expect("hex digits make an id")
}

fn capitalised(pack: &str) -> String {
    let mut chars = pack.chars();
    chars
        .next()
        .map(|c| c.to_ascii_uppercase())
        .into_iter()
        .chain(chars)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_files(files: &[(&str, &str)]) -> Vec<VoiceInfo> {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        installed(dir.path(), true).unwrap()
    }

    #[test]
    fn only_installed_voices_are_listed() {
        assert!(with_files(&[]).is_empty());
        let voices = with_files(&[
            ("kokoro/model.onnx", "x"),
            ("kokoro/voices/bm_lewis.bin", "x"),
        ]);
        assert_eq!(voices.len(), 1);
        assert_eq!(
            (voices[0].name.as_str(), voices[0].locale.as_str()),
            ("Lewis", "en-GB")
        );
        assert_eq!(voices[0].gender, Some(Gender::Male));
        assert!(with_files(&[("kokoro/voices/bm_lewis.bin", "x")]).is_empty());
    }

    #[test]
    fn ids_are_fixed_and_names_unique() {
        let names: Vec<String> = VOICES
            .iter()
            .map(|(key, ..)| format!("kokoro/voices/{key}.bin"))
            .collect();
        let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
        files.extend([("kokoro/model.onnx", "x"), ("hibari/hibari.onnx", "x")]);
        let voices = with_files(&files);
        assert_eq!(voices.len(), 55);
        let unique = |of: fn(&VoiceInfo) -> String| voices.iter().map(of).collect::<BTreeSet<_>>();
        assert_eq!(unique(|voice| voice.name.clone()).len(), 55);
        assert_eq!(unique(|voice| voice.id.to_string()).len(), 55);
        assert_eq!(unique(|voice| voice.locale.clone()).len(), 9);
        assert_eq!(unique(|voice| voice.language.clone()).len(), 8);
        assert_eq!(voices[0].gender, Some(Gender::Female));
        assert_eq!(voices[1].name, "Heart (Kokoro)");
        assert!(voices.iter().all(|voice| voice.id.as_str().len() == 32));
    }

    #[test]
    fn operators_add_voices_by_dropping_files() {
        let config = r#"{"audio":{"sample_rate":22050},"espeak":{"voice":"de"},"language":{"code":"de_DE"},
            "dataset":"thorsten","phoneme_id_map":{"_":[0],"^":[1],"$":[2],"a":[3]},"num_speakers":1}"#;
        let many = config.replace(
            "\"num_speakers\":1",
            r#""num_speakers":2,"speaker_id_map":{"b":1,"a":0}"#,
        );
        let voices = with_files(&[
            ("kokoro/model.onnx", "x"),
            ("kokoro/voices/af_mine.bin", "x"),
            ("voices/strange.bin", "x"),
            ("voices/nora.bin", "x"),
            (
                "voices/nora.voice.json",
                r#"{"name":"Nora","locale":"fr-CA","gender":"female"}"#,
            ),
            ("voices/broken.onnx", "x"),
            ("voices/thorsten.onnx", "x"),
            ("voices/thorsten.onnx.json", config),
            ("voices/two.onnx", "x"),
            ("voices/two.onnx.json", &many),
        ]);
        let shown: Vec<(&str, &str, &str, Option<Gender>)> = voices
            .iter()
            .map(|v| {
                (
                    v.name.as_str(),
                    v.language.as_str(),
                    v.locale.as_str(),
                    v.gender,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("Mine", "English", "en-US", Some(Gender::Female)),
                ("Nora", "French", "fr-CA", Some(Gender::Female)),
                ("Thorsten", "German", "de-DE", None),
                ("Thorsten a", "German", "de-DE", None),
                ("Thorsten b", "German", "de-DE", None),
            ]
        );
    }
}
