//! Languages: their names in English, what `espeak-ng` calls them, and a sentence that shows a voice.

/// Code, name, what a voice says to show itself.
const LANGUAGES: [(&str, &str, &str); 41] = [
    (
        "en",
        "English",
        "Hello! This is how I sound. Give me your words, and I will say them for you.",
    ),
    (
        "es",
        "Spanish",
        "¡Hola! Así sueno yo. Dame tus palabras y las diré por ti.",
    ),
    (
        "fr",
        "French",
        "Bonjour ! Voici ma voix. Donnez-moi vos mots, et je les dirai pour vous.",
    ),
    ("hi", "Hindi", "नमस्ते! यह मेरी आवाज़ है। आप लिखिए, मैं बोलूँगी।"),
    (
        "it",
        "Italian",
        "Ciao! Questa è la mia voce. Dammi le tue parole e le dirò per te.",
    ),
    (
        "ja",
        "Japanese",
        "こんにちは。これが私の声です。あなたの言葉を読み上げます。",
    ),
    (
        "pt",
        "Portuguese",
        "Olá! Esta é a minha voz. Escreva as suas palavras e eu falo por você.",
    ),
    (
        "zh",
        "Chinese",
        "你好！这是我的声音。请写下文字，我来为你朗读。",
    ),
    (
        "de",
        "German",
        "Hallo! So klinge ich. Gib mir deine Worte, und ich spreche sie für dich.",
    ),
    (
        "nl",
        "Dutch",
        "Hallo! Zo klink ik. Geef me je woorden, en ik spreek ze voor je uit.",
    ),
    (
        "pl",
        "Polish",
        "Cześć! Tak brzmi mój głos. Daj mi swoje słowa, a ja je wypowiem.",
    ),
    (
        "ru",
        "Russian",
        "Здравствуйте! Так звучит мой голос. Дайте мне текст, и я его прочитаю.",
    ),
    (
        "uk",
        "Ukrainian",
        "Вітаю! Так звучить мій голос. Дайте мені текст, і я його прочитаю.",
    ),
    (
        "tr",
        "Turkish",
        "Merhaba! Sesim böyle. Sözlerinizi yazın, sizin için söyleyeyim.",
    ),
    (
        "sv",
        "Swedish",
        "Hej! Så här låter jag. Ge mig dina ord, så säger jag dem åt dig.",
    ),
    (
        "da",
        "Danish",
        "Hej! Sådan lyder jeg. Giv mig dine ord, så siger jeg dem for dig.",
    ),
    (
        "no",
        "Norwegian",
        "Hei! Slik høres jeg ut. Gi meg ordene dine, så sier jeg dem for deg.",
    ),
    (
        "nb",
        "Norwegian",
        "Hei! Slik høres jeg ut. Gi meg ordene dine, så sier jeg dem for deg.",
    ),
    (
        "fi",
        "Finnish",
        "Hei! Tältä kuulostan. Anna minulle sanasi, niin sanon ne puolestasi.",
    ),
    (
        "cs",
        "Czech",
        "Dobrý den! Takhle zním. Dejte mi svá slova a já je řeknu za vás.",
    ),
    (
        "sk",
        "Slovak",
        "Dobrý deň! Takto zniem. Dajte mi svoje slová a ja ich poviem za vás.",
    ),
    (
        "hu",
        "Hungarian",
        "Szia! Így szól a hangom. Add meg a szavaidat, és kimondom őket.",
    ),
    (
        "ro",
        "Romanian",
        "Bună! Așa sună vocea mea. Dă-mi cuvintele tale și le voi rosti.",
    ),
    (
        "el",
        "Greek",
        "Γεια σας! Έτσι ακούγομαι. Δώστε μου τα λόγια σας και θα τα πω.",
    ),
    (
        "ar",
        "Arabic",
        "مرحبا! هذا هو صوتي. اكتب كلماتك وسأقولها لك.",
    ),
    (
        "fa",
        "Persian",
        "سلام! این صدای من است. متن خود را بنویسید تا بخوانم.",
    ),
    (
        "vi",
        "Vietnamese",
        "Xin chào! Đây là giọng nói của tôi. Hãy viết, tôi sẽ đọc cho bạn.",
    ),
    (
        "ko",
        "Korean",
        "안녕하세요! 이것이 제 목소리입니다. 글을 주시면 읽어 드리겠습니다.",
    ),
    (
        "ca",
        "Catalan",
        "Hola! Així sona la meva veu. Dona'm les teves paraules i les diré.",
    ),
    ("bg", "Bulgarian", ""),
    ("hr", "Croatian", ""),
    ("is", "Icelandic", ""),
    ("ka", "Georgian", ""),
    ("kk", "Kazakh", ""),
    ("lb", "Luxembourgish", ""),
    ("lv", "Latvian", ""),
    ("ne", "Nepali", ""),
    ("sl", "Slovenian", ""),
    ("sr", "Serbian", ""),
    ("sw", "Swahili", ""),
    ("cy", "Welsh", ""),
];

/// Said where no sentence of the language is known: every reader says digits in its own language.
const DIGITS: &str = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10.";

/// First letter of a Kokoro voice, its locale, and what `espeak-ng` calls the language (none where there is a reader of
/// its own).
pub(crate) const KOKORO: [(char, &str, &str); 9] = [
    ('a', "en-US", ""),
    ('b', "en-GB", ""),
    ('e', "es-ES", "es"),
    ('f', "fr-FR", "fr-fr"),
    ('h', "hi-IN", "hi"),
    ('i', "it-IT", "it"),
    ('j', "ja-JP", ""),
    ('p', "pt-BR", "pt-br"),
    ('z', "zh-CN", ""),
];

/// The part of a locale that names the language.
pub(crate) fn code(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or(locale)
}

/// Name of a locale's language in English; the code itself if it is not known.
pub fn name(locale: &str) -> &str {
    let code = code(locale);
    LANGUAGES
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or(code, |(_, name, _)| name)
}

/// A sentence that shows a voice of this locale.
pub(crate) fn sample(locale: &str) -> &'static str {
    let code = code(locale);
    let found = LANGUAGES.iter().find(|(known, ..)| *known == code);
    found
        .map(|(.., sample)| *sample)
        .filter(|sample| !sample.is_empty())
        .unwrap_or(DIGITS)
}

/// What `espeak-ng` calls the language of a locale that a Kokoro-format voice has.
pub(crate) fn espeak(locale: &str) -> String {
    let code = code(locale).to_lowercase();
    let own = KOKORO
        .iter()
        .find(|(_, known, _)| self::code(known) == code);
    own.map(|(.., espeak)| *espeak)
        .filter(|espeak| !espeak.is_empty())
        .map_or(code, str::to_owned)
}
