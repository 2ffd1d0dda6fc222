//! The voices this program knows, by pack and name.

use std::path::Path;

use likeness_domain::avatar::Gender;
use likeness_domain::id::VoiceId;
use sha2::{Digest as _, Sha256};

use crate::VoiceError;
use crate::english::Accent;

/// One voice as shown to users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceInfo {
    /// The same on every server: 32 hex digits made from pack and name.
    pub id: VoiceId,
    /// A given name, unique among the installed voices.
    pub name: String,
    /// Language in English.
    pub language: &'static str,
    /// BCP 47 tag.
    pub locale: &'static str,
    pub gender: Gender,
    /// The voice pack it comes from, `hibari` or `kokoro`.
    pub pack: &'static str,
    /// Name inside the pack.
    pub key: &'static str,
    /// What a listener should know, in a word each.
    pub tags: &'static [&'static str],
}

const FAST: &[&str] = &["fast", "narration"];
const BEST: &[&str] = &["natural", "narration"];
const WARM: &[&str] = &["warm", "narration"];
const SOFT: &[&str] = &["soft", "whisper"];
const PLAIN: &[&str] = &["natural"];
const SEASON: &[&str] = &["character"];

/// Pack, name in the pack, shown name, tags; in the order in which lists show them.
const VOICES: [(&str, &str, &str, &[&str]); 29] = [
    ("hibari", "heart", "Heart", FAST),
    ("kokoro", "af_heart", "Heart", BEST),
    ("kokoro", "af_bella", "Bella", WARM),
    ("kokoro", "am_michael", "Michael", BEST),
    ("kokoro", "am_fenrir", "Fenrir", BEST),
    ("kokoro", "am_puck", "Puck", BEST),
    ("kokoro", "bf_emma", "Emma", BEST),
    ("kokoro", "bm_george", "George", WARM),
    ("kokoro", "bm_fable", "Fable", BEST),
    ("kokoro", "bf_isabella", "Isabella", BEST),
    ("kokoro", "af_nicole", "Nicole", SOFT),
    ("kokoro", "af_aoede", "Aoede", BEST),
    ("kokoro", "af_kore", "Kore", BEST),
    ("kokoro", "af_sarah", "Sarah", BEST),
    ("kokoro", "af_alloy", "Alloy", PLAIN),
    ("kokoro", "af_nova", "Nova", PLAIN),
    ("kokoro", "af_sky", "Sky", PLAIN),
    ("kokoro", "af_jessica", "Jessica", PLAIN),
    ("kokoro", "af_river", "River", PLAIN),
    ("kokoro", "am_echo", "Echo", PLAIN),
    ("kokoro", "am_eric", "Eric", PLAIN),
    ("kokoro", "am_liam", "Liam", PLAIN),
    ("kokoro", "am_onyx", "Onyx", PLAIN),
    ("kokoro", "am_adam", "Adam", PLAIN),
    ("kokoro", "am_santa", "Santa", SEASON),
    ("kokoro", "bf_alice", "Alice", PLAIN),
    ("kokoro", "bf_lily", "Lily", PLAIN),
    ("kokoro", "bm_daniel", "Daniel", PLAIN),
    ("kokoro", "bm_lewis", "Lewis", PLAIN),
];

pub(crate) const HIBARI: &str = "hibari";
pub(crate) const KOKORO: &str = "kokoro";

/// The known voices whose files are in `models_dir`.
pub(crate) fn installed(models_dir: &Path) -> Result<Vec<VoiceInfo>, VoiceError> {
    models_dir.read_dir().map_err(|source| VoiceError::Read {
        path: models_dir.to_owned(),
        source,
    })?;
    let found = |pack: &str, key: &str| match pack {
        HIBARI => models_dir.join("hibari/hibari.onnx").is_file(),
        _ => {
            models_dir.join("kokoro/model.onnx").is_file()
                && models_dir
                    .join(format!("kokoro/voices/{key}.bin"))
                    .is_file()
        }
    };
    let mut voices: Vec<VoiceInfo> = Vec::new();
    for (pack, key, name, tags) in VOICES {
        if found(pack, key) {
            let taken = voices.iter().any(|voice| voice.name == name);
            let name = if taken {
                format!("{name} ({})", capitalised(pack))
            } else {
                name.to_owned()
            };
            voices.push(info(pack, key, name, tags));
        }
    }
    Ok(voices)
}

fn info(
    pack: &'static str,
    key: &'static str,
    name: String,
    tags: &'static [&'static str],
) -> VoiceInfo {
    VoiceInfo {
        id: id(pack, key),
        name,
        language: "English",
        locale: if accent(key) == Accent::British {
            "en-GB"
        } else {
            "en-US"
        },
        gender: if key.as_bytes().get(1) == Some(&b'm') {
            Gender::Male
        } else {
            Gender::Female
        },
        pack,
        key,
        tags,
    }
}

/// Kokoro's names begin with a letter for the accent and one for the gender; hibari's only voice is American.
pub(crate) fn accent(key: &str) -> Accent {
    if key.starts_with('b') {
        Accent::British
    } else {
        Accent::American
    }
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
    use std::collections::BTreeSet;

    use super::*;

    fn with_files(files: &[&str]) -> Vec<VoiceInfo> {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        installed(dir.path()).unwrap()
    }

    #[test]
    fn only_installed_voices_are_listed() {
        assert!(with_files(&[]).is_empty());
        let voices = with_files(&["kokoro/model.onnx", "kokoro/voices/bm_lewis.bin"]);
        assert_eq!(voices.len(), 1);
        assert_eq!(
            (voices[0].name.as_str(), voices[0].locale),
            ("Lewis", "en-GB")
        );
        assert_eq!(voices[0].gender, Gender::Male);
        assert!(with_files(&["kokoro/voices/bm_lewis.bin"]).is_empty());
    }

    #[test]
    fn ids_are_fixed_and_names_unique() {
        let mut files: Vec<String> = VOICES
            .iter()
            .map(|(_, key, ..)| format!("kokoro/voices/{key}.bin"))
            .collect();
        files.extend([
            "kokoro/model.onnx".to_owned(),
            "hibari/hibari.onnx".to_owned(),
        ]);
        let voices = with_files(&files.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(voices.len(), 29);
        let unique = |of: fn(&VoiceInfo) -> String| voices.iter().map(of).collect::<BTreeSet<_>>();
        assert_eq!(unique(|voice| voice.name.clone()).len(), 29);
        assert_eq!(unique(|voice| voice.id.to_string()).len(), 29);
        assert_eq!(voices[0].gender, Gender::Female);
        assert_eq!(voices[1].name, "Heart (Kokoro)");
        assert!(voices.iter().all(|voice| voice.id.as_str().len() == 32));
        let british = voices
            .iter()
            .filter(|voice| voice.locale == "en-GB")
            .count();
        assert_eq!(british, 8);
    }
}
