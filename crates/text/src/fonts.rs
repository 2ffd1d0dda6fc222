//! The fonts of the models folder, and which of them writes what.

use std::path::{Path, PathBuf};

use cosmic_text::fontdb::{Database, FaceInfo, Weight};
use cosmic_text::{Fallback, FontSystem};
use unicode_script::{Script, UnicodeScript as _};

/// All letters have this weight: light ones break up when a video is small.
pub(crate) const WEIGHT: Weight = Weight::SEMIBOLD;

/// The family that is tried first.
pub(crate) const FAMILY: &str = "Noto Sans";

/// The files, below `<models>/fonts`.
const FILES: [&str; 6] = [
    "NotoSans.ttf",
    "NotoSansArabic.ttf",
    "NotoSansDevanagari.ttf",
    "NotoSansHebrew.ttf",
    "NotoSansThai.ttf",
    "NotoSansCJK.ttc",
];

/// The fonts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A file is missing or is no font.
    #[error("load the font {path}")]
    Font {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// The fonts that captions are written with; cheap to clone, as files are mapped and not read.
#[derive(Debug, Clone)]
pub struct Fonts {
    faces: Database,
}

impl Fonts {
    /// Opens `<models>/fonts`.
    pub fn open(models_dir: &Path) -> Result<Self, TextError> {
        let mut faces = Database::new();
        for file in FILES {
            let path = models_dir.join("fonts").join(file);
            faces
                .load_font_file(&path)
                .map_err(|source| TextError::Font { path, source })?;
        }
        Ok(Self { faces })
    }

    /// Fonts for texts of one language, a BCP-47 code. It decides which forms Chinese characters have; without it, the
    /// texts themselves do.
    pub(crate) fn system(&self, language: Option<&str>, sample: &str) -> FontSystem {
        let han = Han::of(language, sample);
        let mut faces = Database::new();
        for face in self.faces.faces() {
            if let Some(face) = chosen(face, han) {
                faces.push_face_info(face);
            }
        }
        FontSystem::new_with_locale_and_db_and_fallback("en-US".to_owned(), faces, ByScript(han))
    }
}

/// The face as it is to be found: of the forms of Chinese characters only one; and all under one weight, because faces of
/// another weight are passed over, and not every family has ours.
fn chosen(face: &FaceInfo, han: Han) -> Option<FaceInfo> {
    let is_cjk = |name: &str| name.contains("CJK");
    let names = || face.families.iter().map(|(name, _)| name.as_str());
    if names().any(is_cjk) && !names().any(|name| name == han.family()) {
        return None;
    }
    let mut face = face.clone();
    face.weight = WEIGHT;
    Some(face)
}

/// Whose forms Chinese characters have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Han {
    Japan,
    Korea,
    Mainland,
    Taiwan,
}

impl Han {
    fn of(language: Option<&str>, sample: &str) -> Self {
        let language = language.unwrap_or_default().to_ascii_lowercase();
        let any = |scripts: &[Script]| sample.chars().any(|c| scripts.contains(&c.script()));
        if language.starts_with("ja") || any(&[Script::Hiragana, Script::Katakana]) {
            Self::Japan
        } else if language.starts_with("ko") || any(&[Script::Hangul]) {
            Self::Korea
        } else if language.starts_with("zh")
            && ["hant", "tw", "hk", "mo"]
                .iter()
                .any(|end| language.contains(end))
        {
            Self::Taiwan
        } else {
            Self::Mainland
        }
    }

    fn family(self) -> &'static str {
        match self {
            Self::Japan => "Noto Sans CJK JP",
            Self::Korea => "Noto Sans CJK KR",
            Self::Mainland => "Noto Sans CJK SC",
            Self::Taiwan => "Noto Sans CJK TC",
        }
    }

    fn list(self) -> &'static [&'static str] {
        match self {
            Self::Japan => &["Noto Sans CJK JP"],
            Self::Korea => &["Noto Sans CJK KR"],
            Self::Mainland => &["Noto Sans CJK SC"],
            Self::Taiwan => &["Noto Sans CJK TC"],
        }
    }
}

/// Which family writes a script that the first one does not have.
#[derive(Debug)]
struct ByScript(Han);

impl Fallback for ByScript {
    fn common_fallback(&self) -> &[&'static str] {
        // Punctuation and signs that the first family lacks.
        self.0.list()
    }

    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }

    fn script_fallback(&self, script: Script, _: &str) -> &[&'static str] {
        match script {
            Script::Arabic => &["Noto Sans Arabic"],
            Script::Devanagari => &["Noto Sans Devanagari"],
            Script::Hebrew => &["Noto Sans Hebrew"],
            Script::Thai => &["Noto Sans Thai"],
            Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Hangul
            | Script::Bopomofo => self.0.list(),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_the_forms_of_the_language() {
        for (language, sample, han) in [
            (None, "漢字かな", Han::Japan),
            (None, "汉字", Han::Mainland),
            (None, "한국", Han::Korea),
            (Some("ja-JP"), "漢字", Han::Japan),
            (Some("zh-TW"), "漢字", Han::Taiwan),
            (Some("zh-Hans"), "汉字", Han::Mainland),
        ] {
            assert_eq!(Han::of(language, sample), han, "{language:?} {sample}");
        }
    }
}
