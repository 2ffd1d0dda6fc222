//! `say-as`: what is read out for a text of a kind.

use super::markup;
use crate::VoiceError;
use crate::reader::Reader;

/// What is read out for a text that is to be said as `kind`.
pub(super) fn said_as(
    kind: &str,
    format: Option<&str>,
    text: &str,
    reader: &Reader,
    locale: &str,
) -> Result<String, VoiceError> {
    let spaced = |keep: fn(char) -> bool| -> String {
        let signs: Vec<String> = text
            .chars()
            .filter(|c| keep(*c))
            .map(|c| c.to_uppercase().to_string())
            .collect();
        signs.join(if reader.is_unspaced() { "・" } else { " " })
    };
    let not_that = || markup(format!("{text:?} cannot be said as {kind}"));
    Ok(match kind {
        "characters" | "spell-out" | "verbatim" => spaced(char::is_alphanumeric),
        "digits" => spaced(char::is_numeric),
        "telephone" => spaced(|c| c.is_numeric() || c == '+').replace('+', "plus"),
        "cardinal" | "number" => {
            let number: String = text
                .chars()
                .filter(|c| !matches!(c, ' ' | '\'' | '_'))
                .collect();
            if !number.chars().any(|c| c.is_ascii_digit()) {
                return Err(not_that());
            }
            number
        }
        "ordinal" => {
            let number: u64 = text
                .trim_end_matches(|c: char| !c.is_ascii_digit())
                .parse()
                .map_err(|_| not_that())?;
            ordinal(number, locale)
                .ok_or_else(|| markup(format!("ordinal of say-as is not supported in {locale}")))?
        }
        "date" => date(text, format.unwrap_or_default()).ok_or_else(not_that)?,
        "time" | "currency" | "fraction" | "unit" | "address" | "name" => text.to_owned(),
        other => {
            return Err(markup(format!(
                "interpret-as {other} of say-as is not supported"
            )));
        }
    })
}

/// `espeak-ng` does not know the short forms.
const FRENCH: [&str; 10] = [
    "premier",
    "deuxième",
    "troisième",
    "quatrième",
    "cinquième",
    "sixième",
    "septième",
    "huitième",
    "neuvième",
    "dixième",
];

/// The number with the ending that readers take for an ordinal.
fn ordinal(number: u64, locale: &str) -> Option<String> {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    Some(match locale.split('-').next()? {
        "en" => format!("{number}{ending}"),
        "es" | "pt" | "it" => format!("{number}º"),
        "fr" => match FRENCH.get((number as usize).wrapping_sub(1)) {
            Some(word) => (*word).to_owned(),
            None => format!("{number}ème"),
        },
        "ja" | "zh" => format!("第{number}"),
        "hi" => format!("{number}वाँ"),
        "de" => format!("{number}."),
        _ => return None,
    })
}

/// A date in the order that readers know for sure, year first. `format` is a row of `d`, `m` and `y`.
fn date(text: &str, format: &str) -> Option<String> {
    let parts: Vec<&str> = text
        .split(['/', '-', '.', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    let numbers: Option<Vec<u32>> = parts.iter().map(|part| part.parse().ok()).collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() == 3) else {
        // Month names and years by themselves are read as they stand.
        return text.contains(char::is_numeric).then(|| text.to_owned());
    };
    let order = match format {
        "" if numbers[0] > 999 => "ymd",
        "" => return Some(parts.join("/")),
        other => other,
    };
    let part = |letter: char| order.find(letter).and_then(|at| numbers.get(at).copied());
    let (year, month, day) = (part('y')?, part('m')?, part('d')?);
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && year > 999;
    valid.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_put_into_one_order() {
        assert_eq!(date("25/11/2026", "dmy").as_deref(), Some("2026-11-25"));
        assert_eq!(date("11.25.2026", "mdy").as_deref(), Some("2026-11-25"));
        assert_eq!(date("25/25/2026", "mdy"), None);
        assert_eq!(date("May 2026", "").as_deref(), Some("May 2026"));
    }

    #[test]
    fn ordinals_have_endings() {
        assert_eq!(ordinal(1, "en-US").as_deref(), Some("1st"));
        assert_eq!(ordinal(12, "en-GB").as_deref(), Some("12th"));
        assert_eq!(ordinal(23, "en").as_deref(), Some("23rd"));
        assert_eq!(ordinal(5, "es-ES").as_deref(), Some("5º"));
        assert_eq!(ordinal(5, "tr-TR"), None);
    }
}
