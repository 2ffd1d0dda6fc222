//! Speech Synthesis Markup Language: what of it is understood, and how it is put into words, pauses and manners.
//!
//! `speak`, `p`, `s`, `break`, `phoneme`, `sub`, `say-as`, `prosody` and `emphasis` are; every other element, and every
//! attribute that would change something and is not understood, is refused by its name. Entities and document types are
//! not read.

mod said;

use roxmltree::{Document, Node, ParsingOptions};

use crate::VoiceError;
use crate::lines::{End, Item, Say, Word};
use crate::manner::Manner;
use crate::reader::Reader;

use self::said::said_as;

/// Deepest nesting.
const MAX_DEPTH: usize = 24;
/// Most nodes of a document.
const MAX_NODES: u32 = 4_000;
/// Longest pause of one `break`, in seconds.
const MAX_PAUSE_S: f64 = 10.0;

/// The items of a marked-up script.
pub(crate) fn items(text: &str, reader: &Reader, locale: &str) -> Result<Vec<Item>, VoiceError> {
    let wrapped = wrapped(text);
    let document = parse(&wrapped)?;
    let root = document.root_element();
    if name(root) != "speak" {
        return Err(markup(format!(
            "SSML begins with speak, not {}",
            name(root)
        )));
    }
    let mut walk = Walk {
        items: Vec::new(),
        reader,
        locale,
    };
    walk.children(root, Manner::default(), 0)?;
    Ok(walk.items)
}

/// The pauses that a plain script asks for, in seconds all together.
pub fn pauses_s(text: &str) -> f64 {
    let pauses = plain_items(text).into_iter().map(|item| match item {
        Item::Pause(pause_s) => pause_s,
        _ => 0.0,
    });
    pauses.sum()
}

/// The items of a plain script. Of markup only pauses are known in it, as in `Wait. <break time="0.5s"/> Now.`; what is
/// not a whole `break` is text like any other.
pub(crate) fn plain_items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = text;
    let mut from = 0;
    let words = |text: &str| Item::Text(text.to_owned(), Manner::default());
    while let Some(at) = rest[from..].find("<break") {
        let at = from + at;
        let end = rest[at..].find("/>").map(|end| at + end + 2);
        let pause = end.and_then(|end| {
            let document = Document::parse(&rest[at..end]).ok()?;
            let root = document.root_element();
            if name(root) == "break" {
                pause_s(root).ok()
            } else {
                None
            }
        });
        if let (Some(pause), Some(end)) = (pause, end) {
            items.push(words(&rest[..at]));
            items.push(Item::Pause(pause));
            rest = &rest[end..];
            from = 0;
        } else {
            from = at + 1;
        }
    }
    items.push(words(rest));
    items
}

/// The words of an SSML document without their markup, if it can be read; nothing else about it is checked.
pub fn ssml_text(text: &str) -> Result<String, VoiceError> {
    let wrapped = wrapped(text);
    let document = parse(&wrapped)?;
    let texts = document
        .descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text());
    Ok(texts.collect::<Vec<_>>().join(" "))
}

/// The text as a document: a missing `speak` around it is added.
fn wrapped(text: &str) -> String {
    let text = text.trim();
    if text.starts_with("<speak") || text.starts_with("<?xml") {
        text.to_owned()
    } else {
        format!("<speak>{text}</speak>")
    }
}

fn parse(text: &str) -> Result<Document<'_>, VoiceError> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options)
        .map_err(|error| markup(format!("the SSML cannot be read: {error}")))
}

fn markup(reason: impl Into<String>) -> VoiceError {
    VoiceError::Markup(reason.into())
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

#[derive(Debug)]
struct Walk<'a> {
    items: Vec<Item>,
    reader: &'a Reader,
    locale: &'a str,
}

impl Walk<'_> {
    fn children(&mut self, node: Node, manner: Manner, depth: usize) -> Result<(), VoiceError> {
        if depth > MAX_DEPTH {
            return Err(markup("the SSML is nested too deeply"));
        }
        for child in node.children() {
            if let Some(text) = child.text().filter(|_| child.is_text()) {
                // Line breaks of the markup are white space.
                let text = text.replace(['\n', '\r'], " ");
                self.items.push(Item::Text(text, manner));
            } else if child.is_element() {
                self.element(child, manner, depth)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node, manner: Manner, depth: usize) -> Result<(), VoiceError> {
        match name(node) {
            "speak" => self.children(node, manner, depth + 1),
            "p" | "s" => {
                self.check(node, &[])?;
                let (before, end) = if name(node) == "p" {
                    (End::Paragraph, End::Paragraph)
                } else {
                    (End::Sentence, End::Sentence)
                };
                self.items.push(Item::Stop(before));
                self.children(node, manner, depth + 1)?;
                self.items.push(Item::Stop(end));
                Ok(())
            }
            "break" => {
                self.check(node, &["time", "strength"])?;
                self.items.push(Item::Pause(pause_s(node)?));
                Ok(())
            }
            "prosody" => {
                self.check(node, &["rate", "pitch", "volume"])?;
                self.children(node, manner.with(prosody(node)?), depth + 1)
            }
            "emphasis" => {
                self.check(node, &["level"])?;
                self.children(node, manner.with(emphasis(node)?), depth + 1)
            }
            "sub" => {
                self.check(node, &["alias"])?;
                let alias = needed(node, "alias")?;
                self.word(node, Say::Text(alias.to_owned()), manner)
            }
            "phoneme" => {
                self.check(node, &["alphabet", "ph"])?;
                let alphabet = node.attribute("alphabet").unwrap_or("ipa");
                if alphabet != "ipa" {
                    return Err(markup(format!(
                        "the alphabet {alphabet} of phoneme is not known, only ipa"
                    )));
                }
                let sounds = signs(
                    needed(node, "ph")?,
                    matches!(self.reader, Reader::English(_)),
                );
                self.word(node, Say::Phonemes(sounds), manner)
            }
            "say-as" => {
                self.check(node, &["interpret-as", "format", "detail"])?;
                let kind = needed(node, "interpret-as")?;
                let format = node.attribute("format");
                let text = inner_text(node)?;
                let said = said_as(kind, format, text.trim(), self.reader, self.locale)?;
                self.word(node, Say::Text(said), manner)
            }
            other => Err(markup(format!("the element {other} is not supported"))),
        }
    }

    fn word(&mut self, node: Node, say: Say, manner: Manner) -> Result<(), VoiceError> {
        let text = inner_text(node)?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        // Something is said even where nothing is written.
        let text = match (&say, text.is_empty()) {
            (Say::Text(said), true) => said.clone(),
            _ => text,
        };
        self.items.push(Item::Word(Word { text, say, manner }));
        Ok(())
    }

    /// Refuses attributes that are not understood; a language may be named if it is the voice's own.
    fn check(&self, node: Node, known: &[&str]) -> Result<(), VoiceError> {
        for attribute in node.attributes() {
            let own_language = attribute.name() == "lang"
                && attribute.value().split('-').next() == self.locale.split('-').next();
            if !own_language && !known.contains(&attribute.name()) {
                let (attribute, element) = (attribute.name(), name(node));
                return Err(markup(format!(
                    "the attribute {attribute} of {element} is not supported"
                )));
            }
        }
        Ok(())
    }
}

fn needed<'a>(node: Node<'a, '_>, attribute: &str) -> Result<&'a str, VoiceError> {
    let missing = || markup(format!("{} needs the attribute {attribute}", name(node)));
    node.attribute(attribute).ok_or_else(missing)
}

/// The text of an element that has no elements in it.
fn inner_text(node: Node) -> Result<String, VoiceError> {
    if let Some(child) = node.children().find(Node::is_element) {
        return Err(markup(format!(
            "{} in {} is not supported",
            name(child),
            name(node)
        )));
    }
    Ok(node.children().filter_map(|child| child.text()).collect())
}

fn bad_value(node: Node, attribute: &str, value: &str) -> VoiceError {
    markup(format!("{value:?} is no {attribute} of {}", name(node)))
}

fn pause_s(node: Node) -> Result<f64, VoiceError> {
    if let Some(time) = node.attribute("time") {
        let (number, unit_s) = match time.trim().strip_suffix("ms") {
            Some(number) => (number, 0.001),
            None => (time.trim().trim_end_matches('s'), 1.0),
        };
        let seconds = number.trim().parse::<f64>().map(|number| number * unit_s);
        return match seconds {
            Ok(seconds) if (0.0..=MAX_PAUSE_S).contains(&seconds) => Ok(seconds),
            Ok(_) => Err(markup(format!("a break lasts 0 to {MAX_PAUSE_S} s"))),
            Err(_) => Err(bad_value(node, "time", time)),
        };
    }
    Ok(match node.attribute("strength").unwrap_or("medium") {
        "none" => 0.0,
        "x-weak" => 0.1,
        "weak" => 0.2,
        "medium" => 0.4,
        "strong" => 0.7,
        "x-strong" => 1.0,
        other => return Err(bad_value(node, "strength", other)),
    })
}

fn prosody(node: Node) -> Result<Manner, VoiceError> {
    let mut manner = Manner::default();
    if let Some(rate) = node.attribute("rate") {
        manner.rate = rate_of(rate).ok_or_else(|| bad_value(node, "rate", rate))?;
    }
    if let Some(pitch) = node.attribute("pitch") {
        manner.pitch_st = pitch_of(pitch).ok_or_else(|| bad_value(node, "pitch", pitch))?;
    }
    if let Some(volume) = node.attribute("volume") {
        manner.gain_db = volume_of(volume).ok_or_else(|| bad_value(node, "volume", volume))?;
    }
    Ok(manner)
}

fn rate_of(text: &str) -> Option<f32> {
    let rate = match text.trim() {
        "x-slow" => 0.5,
        "slow" => 0.75,
        "medium" | "default" => 1.0,
        "fast" => 1.25,
        "x-fast" => 1.6,
        percent if percent.ends_with('%') => {
            let number: f32 = percent.trim_end_matches('%').parse().ok()?;
            let relative = percent.starts_with(['+', '-']);
            (if relative { 100.0 + number } else { number }) / 100.0
        }
        number => number.parse().ok()?,
    };
    (0.4..=2.5).contains(&rate).then_some(rate)
}

/// In semitones.
fn pitch_of(text: &str) -> Option<f32> {
    let pitch = match text.trim() {
        "x-low" => -6.0,
        "low" => -3.0,
        "medium" | "default" => 0.0,
        "high" => 3.0,
        "x-high" => 6.0,
        semitones if semitones.ends_with("st") => semitones.trim_end_matches("st").parse().ok()?,
        percent if percent.ends_with('%') => {
            let number: f32 = percent.trim_end_matches('%').parse().ok()?;
            let relative = percent.starts_with(['+', '-']);
            let factor = (if relative { 100.0 + number } else { number }) / 100.0;
            12.0 * factor.log2()
        }
        _ => return None,
    };
    (-50.0..=50.0).contains(&pitch).then_some(pitch)
}

/// In decibels.
fn volume_of(text: &str) -> Option<f32> {
    let gain = match text.trim() {
        "silent" => -96.0,
        "x-soft" => -12.0,
        "soft" => -6.0,
        "medium" | "default" => 0.0,
        "loud" => 4.0,
        "x-loud" => 8.0,
        decibels if decibels.to_lowercase().ends_with("db") => {
            decibels[..decibels.len() - 2].parse().ok()?
        }
        // A share of the full volume, as the first version of SSML had it.
        number => {
            let number: f32 = number.parse().ok().filter(|n| (0.0..=100.0).contains(n))?;
            (20.0 * (number / 100.0).log10()).max(-96.0)
        }
    };
    (-96.0..=12.0).contains(&gain).then_some(gain)
}

fn emphasis(node: Node) -> Result<Manner, VoiceError> {
    let (rate, pitch_st, gain_db) = match node.attribute("level").unwrap_or("moderate") {
        "strong" => (0.85, 2.0, 2.5),
        "moderate" => (0.92, 1.2, 1.2),
        "none" => (1.0, 0.0, 0.0),
        "reduced" => (1.1, -1.0, -2.5),
        other => return Err(bad_value(node, "level", other)),
    };
    Ok(Manner {
        rate,
        pitch_st,
        gain_db,
    })
}

/// IPA in the alphabet of the engines.
fn signs(ipa: &str, english: bool) -> String {
    const AFFRICATES: [(&str, &str); 8] = [
        ("tʃ", "ʧ"),
        ("dʒ", "ʤ"),
        ("ts", "ʦ"),
        ("dz", "ʣ"),
        ("tɕ", "ʨ"),
        ("dʑ", "ʥ"),
        ("ɝ", "ɜɹ"),
        ("g", "ɡ"),
    ];
    const ENGLISH: [(&str, &str); 8] = [
        ("aɪ", "I"),
        ("aʊ", "W"),
        ("eɪ", "A"),
        ("oʊ", "O"),
        ("əʊ", "Q"),
        ("ɔɪ", "Y"),
        ("r", "ɹ"),
        ("ɚ", "əɹ"),
    ];
    // Ties, syllable borders and arches have no sign of their own.
    let mut signs: String = ipa
        .chars()
        .filter(|c| {
            !matches!(
                c,
                '\u{361}' | '\u{35c}' | '.' | '\u{32f}' | '\u{329}' | '/' | '[' | ']'
            )
        })
        .map(|c| match c {
            '\'' => 'ˈ',
            ':' => 'ː',
            other => other,
        })
        .collect();
    let english: &[(&str, &str)] = if english { &ENGLISH } else { &[] };
    for (from, to) in AFFRICATES.iter().chain(english) {
        signs = signs.replace(from, to);
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_all_their_forms() {
        assert_eq!(rate_of("+20%"), Some(1.2));
        assert_eq!(rate_of("80%"), Some(0.8));
        assert_eq!(rate_of("slow"), Some(0.75));
        assert_eq!(rate_of("9"), None);
        assert_eq!(pitch_of("+2st"), Some(2.0));
        assert!((pitch_of("+100%").unwrap() - 12.0).abs() < 1e-4);
        assert_eq!(pitch_of("+10Hz"), None);
        assert_eq!(pitch_of("-100%"), None);
        assert_eq!(volume_of("-6dB"), Some(-6.0));
        assert_eq!(volume_of("silent"), Some(-96.0));
        assert_eq!(volume_of("100"), Some(0.0));
        assert_eq!(volume_of("loudest"), None);
    }

    #[test]
    fn pauses_are_known_in_plain_text() {
        let items = plain_items(
            "One. <break time=\"0.5s\"/> Two <break> <breakfast/> <break time='9'/>three",
        );
        let pauses: Vec<f64> = items
            .iter()
            .filter_map(|item| {
                if let Item::Pause(s) = item {
                    Some(*s)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(pauses, [0.5, 9.0]);
        assert_eq!(items.len(), 5);
        assert_eq!(
            items[2],
            Item::Text(" Two <break> <breakfast/> ".to_owned(), Manner::default())
        );
        assert_eq!(plain_items("<break").len(), 1);
    }

    #[test]
    fn the_words_of_a_document_are_found() {
        assert_eq!(ssml_text("<speak>a <s>b</s></speak>").unwrap(), "a  b");
        assert_eq!(ssml_text("a <break/> b").unwrap(), "a   b");
        assert!(ssml_text("<!DOCTYPE x [<!ENTITY e 'y'>]><speak>&e;</speak>").is_err());
        assert!(ssml_text("<speak>a").is_err());
    }

    #[test]
    fn phonemes_become_the_signs_of_the_engines() {
        assert_eq!(signs("təˈmeɪtoʊ", true), "təˈmAtO");
        assert_eq!(signs("ˈt͡ʃao", false), "ˈʧao");
        assert_eq!(signs("/ɡɹeɪt/", true), "ɡɹAt");
    }
}
