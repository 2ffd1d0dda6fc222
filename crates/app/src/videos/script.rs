//! Scripts: whether there is something to speak, and a voice that can.

use likeness_domain::id::VoiceId;
use likeness_domain::video::Script;
use likeness_voice::VoiceInfo;

use super::MAX_SCENE_S;
use super::new::{NewScene, NewScript};
use crate::error::NotUsable;
use crate::speech::check_locale;
use crate::{App, Caller, Error, voices};

/// Longest script, in characters.
pub const MAX_SCRIPT_CHARS: usize = 5000;

/// The script as it will be spoken. `default_voice` is that of the look that speaks.
pub(super) async fn check(
    app: &App,
    caller: &Caller,
    scene: &NewScene,
    new: &NewScript,
    default_voice: Option<&VoiceId>,
) -> Result<Script, Error> {
    check_text(&new.text, &scene.param("script"))?;
    let voice = choose_voice(app, caller, scene, new, default_voice).await?;
    if let Some(locale) = &new.locale {
        check_locale(locale, &voice, &scene.param("voice_settings.locale"))?;
    }
    if new.pitch_st != 0.0 && !voice.can_pitch() {
        let message = format!("The pitch of the voice {} cannot be changed.", voice.name);
        return Err(Error::invalid(scene.param("voice_settings.pitch"), message));
    }
    if let Some(writing) = unreadable(&new.text, &voice.locale) {
        let message = format!(
            "The script is written in {writing}, which the voice {} ({}) cannot read.",
            voice.name, voice.locale
        );
        return Err(Error::invalid(scene.param("script"), message));
    }
    Ok(Script {
        speed: new.speed,
        volume: new.volume,
        pitch_st: new.pitch_st,
        ..Script::new(new.text.clone(), voice.id.clone())
    })
}

fn check_text(script: &str, param: &str) -> Result<(), Error> {
    if script.chars().count() > MAX_SCRIPT_CHARS {
        return Err(Error::invalid(
            param,
            format!("The script must have at most {MAX_SCRIPT_CHARS} characters."),
        ));
    }
    if likeness_voice::pauses_s(script) >= MAX_SCENE_S {
        let message = format!("A scene lasts at most {MAX_SCENE_S} seconds, pauses included.");
        return Err(Error::invalid(param, message));
    }
    if !script.chars().any(char::is_alphanumeric) {
        return Err(Error::NotUsable {
            code: NotUsable::ScriptTooShort,
            param: param.to_owned(),
            message: "The script has nothing to speak.".to_owned(),
        });
    }
    Ok(())
}

async fn choose_voice(
    app: &App,
    caller: &Caller,
    scene: &NewScene,
    new: &NewScript,
    default_voice: Option<&VoiceId>,
) -> Result<VoiceInfo, Error> {
    let param = scene.param("voice_id");
    let chosen = new.voice_id.as_ref().or(default_voice).ok_or_else(|| {
        Error::invalid(
            param.clone(),
            "A script needs a voice, and there is no avatar with a default one; name one.",
        )
    })?;
    match voices::find(app, &caller.workspace_id, chosen).await {
        Ok(voice) => Ok(voice),
        Err(Error::NotUsable { code, message, .. }) => Err(Error::NotUsable {
            code,
            param,
            message,
        }),
        Err(error) if new.voice_id.is_some() => Err(error),
        Err(_) => Err(Error::NotUsable {
            code: NotUsable::Voice,
            param,
            message: "The avatar's default voice is not installed on this server.".to_owned(),
        }),
    }
}

/// A way of writing, its blocks in Unicode, and the languages that use it.
type Writing = (
    &'static str,
    &'static [std::ops::RangeInclusive<char>],
    &'static [&'static str],
);

/// Latin letters and digits are read by all voices.
const WRITINGS: &[Writing] = &[
    ("Greek", &['\u{370}'..='\u{3ff}'], &["el"]),
    (
        "Cyrillic",
        &['\u{400}'..='\u{52f}'],
        &["ru", "uk", "bg", "sr", "mk", "kk", "be"],
    ),
    ("Armenian", &['\u{530}'..='\u{58f}'], &["hy"]),
    ("Hebrew", &['\u{590}'..='\u{5ff}'], &["he"]),
    (
        "Arabic",
        &['\u{600}'..='\u{6ff}', '\u{750}'..='\u{77f}'],
        &["ar", "fa", "ur"],
    ),
    ("Devanagari", &['\u{900}'..='\u{97f}'], &["hi", "mr", "ne"]),
    ("Bengali", &['\u{980}'..='\u{9ff}'], &["bn"]),
    ("Tamil", &['\u{b80}'..='\u{bff}'], &["ta"]),
    ("Telugu", &['\u{c00}'..='\u{c7f}'], &["te"]),
    ("Malayalam", &['\u{d00}'..='\u{d7f}'], &["ml"]),
    ("Thai", &['\u{e00}'..='\u{e7f}'], &["th"]),
    ("Georgian", &['\u{10a0}'..='\u{10ff}'], &["ka"]),
    (
        "Korean",
        &['\u{1100}'..='\u{11ff}', '\u{ac00}'..='\u{d7af}'],
        &["ko"],
    ),
    ("Japanese kana", &['\u{3041}'..='\u{30ff}'], &["ja"]),
    (
        "Chinese characters",
        &['\u{3400}'..='\u{9fff}', '\u{20000}'..='\u{3ffff}'],
        &["zh", "cmn", "yue", "ja", "ko"],
    ),
];

/// The writing that most of the text's letters are of, if a voice of this locale cannot read it.
fn unreadable(text: &str, locale: &str) -> Option<&'static str> {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    WRITINGS
        .iter()
        .filter(|(_, _, languages)| !languages.iter().any(|l| l.eq_ignore_ascii_case(language)))
        .find(|(_, blocks, _)| {
            let of_it = |c: &char| c.is_alphanumeric() && blocks.iter().any(|b| b.contains(c));
            text.chars().filter(of_it).count() * 2 > letters
        })
        .map(|(name, _, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_reads_the_writing_of_its_language() {
        for (text, locale, writing) in [
            ("Hello there", "en-US", None),
            ("Привет, мир", "en-US", Some("Cyrillic")),
            ("Привет, мир", "ru-RU", None),
            ("你好，世界", "en-GB", Some("Chinese characters")),
            ("你好，世界", "zh-CN", None),
            ("東京へようこそ", "ja-JP", None),
            ("こんにちは", "zh-CN", Some("Japanese kana")),
            ("नमस्ते दुनिया", "en-US", Some("Devanagari")),
            // A foreign name within a text of the voice's own.
            ("The town of Москва is large", "en-US", None),
            ("12 345", "hi-IN", None),
        ] {
            assert_eq!(unreadable(text, locale), writing, "{text} in {locale}");
        }
    }
}
