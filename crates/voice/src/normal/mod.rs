//! Numbers, dates, money and signs in words, language by language, for the readers that know only digits and letters.
//!
//! Plain numbers stay digits: `espeak-ng` says them in each language. What it does not know, or says in a way that no
//! listener expects, is put into words here.

mod rules;

use crate::reading::chunked;

pub(crate) use rules::{Rules, rules};

/// Longest run of letters or digits handed on in one piece.
const MAX_RUN: usize = 30;

/// What is said for a written word; `next` is the word behind it. Punctuation at the edges stays.
pub(crate) fn reading(word: &str, next: Option<&str>, rules: &Rules) -> String {
    let word: String = word.chars().filter_map(plain).collect();
    let is_core = |c: char| c.is_alphanumeric() || is_sign(c, rules) || is_joining(c);
    let Some(start) = word.find(is_core) else {
        return word;
    };
    let end = word.rfind(is_core).map_or(word.len(), |last| {
        last + word[last..].chars().next().map_or(1, char::len_utf8)
    });
    let (before, behind) = (&word[..start], &word[end..]);
    let inner = &word[start..end];
    let said = abbreviation(inner, behind, rules)
        .map(|said| (said, behind.strip_prefix('.').unwrap_or(behind)))
        .or_else(|| core(inner, next, rules).map(|said| (said, behind)));
    let (said, behind) = said.unwrap_or_else(|| (signs(inner, rules), behind));
    format!("{before}{}{behind}", chunked(said.trim(), MAX_RUN))
}

/// Vowel signs and viramas, which are no letters by themselves.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{951}'..='\u{957}' | '\u{962}'..='\u{963}')
}

fn is_sign(c: char, rules: &Rules) -> bool {
    rules.signs.iter().any(|(sign, _)| *sign == c)
        || rules.money.iter().any(|(sign, ..)| *sign == c)
}

fn plain(c: char) -> Option<char> {
    Some(match c {
        '’' | '‘' | '`' | '´' | 'ʼ' => '\'',
        '«' | '„' => '“',
        '»' => '”',
        '‐' | '‑' | '−' | '–' => '-',
        '¿' | '¡' => return None,
        '०'..='९' => char::from_digit(c as u32 - '०' as u32, 10)?,
        // Letters with their marks, digits, and the signs that some rule knows.
        _ if c.is_alphanumeric() || is_joining(c) => c,
        _ if "'-_/.,!?;:—…\"“”()$£€¥₹#@&%+=°*|।॥".contains(c) => c,
        _ => return None,
    })
}

fn abbreviation(inner: &str, behind: &str, rules: &Rules) -> Option<String> {
    if !behind.starts_with('.') {
        return None;
    }
    let lower = inner.to_lowercase();
    let known = rules
        .abbreviations
        .iter()
        .find(|(short, _)| *short == lower)?;
    Some(known.1.to_owned())
}

fn core(inner: &str, next: Option<&str>, rules: &Rules) -> Option<String> {
    address(inner, rules)
        .or_else(|| date(inner, rules))
        .or_else(|| time(inner, rules))
        .or_else(|| money(inner, next, rules))
        .or_else(|| fraction(inner, rules))
        .or_else(|| telephone(inner))
        .or_else(|| quantity(inner, rules))
}

/// `a@b.com`, `www.example.com/x`, `https://…`.
fn address(inner: &str, rules: &Rules) -> Option<String> {
    let lower = inner.to_lowercase();
    let rest = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?;
    let (name, top) = host.rsplit_once('.')?;
    let letters = |text: &str| text.chars().all(char::is_alphabetic);
    let named =
        name.chars().any(char::is_alphabetic) && letters(top) && (2..=4).contains(&top.len());
    let marked = lower.contains("://") || lower.starts_with("www.") || name.contains('@');
    let known = matches!(
        top,
        "com" | "org" | "net" | "es" | "fr" | "it" | "br" | "in" | "io" | "ai"
    );
    if !named || !(marked || known) {
        return None;
    }
    let at = rules
        .signs
        .iter()
        .find(|(sign, _)| *sign == '@')
        .map_or(" ", |(_, word)| word);
    Some(
        rest.replace('.', &format!(" {} ", rules.dot))
            .replace('@', &format!(" {at} "))
            .replace(['/', '-', '_', '?', '=', '#', ':'], " "),
    )
}

/// `25/11/2026`, `2026-11-25`.
fn date(inner: &str, rules: &Rules) -> Option<String> {
    let parts: Vec<u32> = inner
        .split(['/', '-', '.'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let ([year @ 1000..=9999, month, day] | [day, month, year @ 1000..=9999]) = parts[..] else {
        return None;
    };
    let month = rules
        .months
        .get(month.checked_sub(1)? as usize)
        .filter(|name| !name.is_empty())?;
    if !(1..=31).contains(&day) {
        return None;
    }
    let day = if day == 1 && !rules.first.is_empty() {
        rules.first.to_owned()
    } else {
        day.to_string()
    };
    Some(format!("{day} {of} {month} {of} {year}", of = rules.of))
}

/// `7:30`, `7h30`, `19:00`.
fn time(inner: &str, rules: &Rules) -> Option<String> {
    let inner = inner.strip_suffix('h').unwrap_or(inner);
    let (hours, minutes) = inner.split_once([':', 'h'])?;
    if hours.len() > 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 24 || minutes > 59 {
        return None;
    }
    let pattern = if minutes == 0 { rules.hour } else { rules.time };
    Some(
        pattern
            .replace("%1", &hours.to_string())
            .replace("%2", &minutes.to_string()),
    )
}

/// `$5`, `12,50€`, `R$10`; with `million` or the like behind, the unit is left to what follows.
fn money(inner: &str, next: Option<&str>, rules: &Rules) -> Option<String> {
    let (sign, one, many) = rules
        .money
        .iter()
        .find(|(sign, ..)| inner.contains(*sign))?;
    let number: String = inner
        .chars()
        .filter(|c| !c.is_alphabetic() && c != sign)
        .collect();
    let number = ungrouped(&number, rules);
    let mark = if rules.comma_is_decimal { ',' } else { '.' };
    let (whole, part) = match number.split_once([mark, '.']) {
        Some((whole, part)) if part.len() == 2 => (whole.to_owned(), Some(part.to_owned())),
        _ => (number, None),
    };
    if whole.is_empty()
        || !whole
            .chars()
            .all(|c| c.is_ascii_digit() || c == mark || c == '.')
    {
        return None;
    }
    let (one, many) = if *sign == '$' && inner.starts_with("R$") {
        ("real", "reais")
    } else {
        (*one, *many)
    };
    let large = next.is_some_and(|next| {
        let next = next.to_lowercase();
        ["mill", "mil ", "mrd", "bilh", "milh", "लाख", "करोड़"]
            .iter()
            .any(|l| next.starts_with(l))
    });
    if large && part.is_none() {
        return Some(whole);
    }
    let unit = if whole == "1" { one } else { many };
    Some(match part.filter(|part| part != "00") {
        Some(part) => format!(
            "{whole} {unit} {} {}",
            rules.and,
            part.trim_start_matches('0')
        ),
        None => format!("{whole} {unit}"),
    })
}

fn fraction(inner: &str, rules: &Rules) -> Option<String> {
    let name = match inner {
        "1/2" | "½" => rules.fractions[0],
        "1/3" | "⅓" => rules.fractions[1],
        "1/4" | "¼" => rules.fractions[2],
        _ => return None,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

/// `555-1234`, `+34612345678`: digit by digit, in the groups that are written.
fn telephone(inner: &str) -> Option<String> {
    let digits = inner.chars().filter(char::is_ascii_digit).count();
    let only = inner
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '(' | ')'));
    let grouped = inner.contains('-') && !inner.starts_with('-');
    if !only || digits < 7 || !(grouped || inner.starts_with('+')) {
        return None;
    }
    let spelled = |group: &str| -> String {
        let digits: Vec<String> = group
            .chars()
            .filter(char::is_ascii_digit)
            .map(String::from)
            .collect();
        digits.join(" ")
    };
    let groups: Vec<String> = inner.split('-').map(spelled).collect();
    Some(groups.join(" "))
}

/// `5km`, `90%`, `1.000`, `10-20`.
fn quantity(inner: &str, rules: &Rules) -> Option<String> {
    let end = inner
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
        .map_or(inner.len(), |(at, _)| at);
    let (number, unit) = inner.split_at(end);
    if number.is_empty() {
        return None;
    }
    let number = ungrouped(number, rules);
    if unit.is_empty() {
        return Some(number);
    }
    if let Some(other) = unit
        .strip_prefix('-')
        .filter(|o| !o.is_empty() && o.chars().all(|c| c.is_ascii_digit()))
    {
        return Some(format!("{number} {} {other}", rules.to));
    }
    let lower = unit.to_lowercase();
    let (_, one, many) = rules.units.iter().find(|(short, ..)| *short == lower)?;
    Some(format!(
        "{number} {}",
        if number == "1" { one } else { many }
    ))
}

/// Without the marks that group thousands.
fn ungrouped(number: &str, rules: &Rules) -> String {
    let group = if rules.comma_is_decimal { '.' } else { ',' };
    let parts: Vec<&str> = number.split(group).collect();
    let thousands = parts.len() > 1
        && (1..=3).contains(&parts[0].len())
        && parts[1..].iter().all(|part| {
            let whole = part.split([',', '.']).next().unwrap_or_default();
            // Indian numbers group by two but for the last three.
            whole.len() == 3 || (!rules.comma_is_decimal && whole.len() == 2)
        });
    if thousands {
        parts.concat()
    } else {
        number.to_owned()
    }
}

fn signs(inner: &str, rules: &Rules) -> String {
    let mut said = String::with_capacity(inner.len());
    for c in inner.chars() {
        if let Some((_, word)) = rules.signs.iter().find(|(sign, _)| *sign == c) {
            said.extend([" ", word, " "]);
        } else if let Some((_, _, many)) = rules.money.iter().find(|(sign, ..)| *sign == c) {
            said.extend([" ", many, " "]);
        } else if "/_*|#".contains(c) {
            said.push(' ');
        } else {
            said.push(c);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::rules::{NONE, RULES};
    use super::*;

    #[test]
    fn each_language_has_its_words_for_signs_and_numbers() {
        for (code, written, said) in [
            ("es", "$5,", "5 dólares,"),
            ("es", "12,50€", "12 euros con 50"),
            ("es", "25/11/2026", "25 de noviembre de 2026"),
            ("es", "1/1/2026", "primero de enero de 2026"),
            ("es", "7:30", "7 y 30"),
            ("es", "50%", "50 por ciento"),
            ("es", "1.500.000", "1500000"),
            ("es", "5km", "5 kilómetros"),
            ("es", "Sra.", "señora"),
            ("es", "10-20", "10 a 20"),
            ("es", "555-1234", "5 5 5 1 2 3 4"),
            ("es", "ana@correo.es", "ana arroba correo punto es"),
            ("es", "¿Qué?", "Qué?"),
            ("fr", "7h30", "7 heures 30"),
            ("fr", "1/4", "un quart"),
            ("fr", "2026-07-14", "14  juillet  2026"),
            ("fr", "Mme.", "madame"),
            ("it", "€1", "1 euro"),
            ("pt", "R$10,", "10 reais,"),
            ("pt", "19:00", "19 horas"),
            ("hi", "₹500", "500 रुपये"),
            ("hi", "५०%", "50 प्रतिशत"),
            ("hi", "1,00,000", "100000"),
            ("hi", "नमस्ते।", "नमस्ते।"),
            ("de", "1/2", "1/2"),
        ] {
            let said = said.replace("1/2", "1 2");
            let read = reading(written, None, rules(code));
            assert_eq!(read, said, "{code} {written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_word_can_be_read(word in "\\PC{0,60}", next in proptest::option::of("\\PC{0,5}"), n in 0usize..6) {
            let rules = RULES.get(n).map_or(&NONE, |(_, rules)| rules);
            let said = reading(&word, next.as_deref(), rules);
            proptest::prop_assert!(said.len() <= word.len() * 40 + 64);
        }
    }
}
