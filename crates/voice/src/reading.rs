//! How a written word is read out: web addresses, times, signs and glued units become words the lexicon knows.
//!
//! Plain numbers, prices, ordinals, years and abbreviations are left to `misaki-rs`, which reads them well.

/// Longest run of letters handed on in one piece; longer ones are no words, and patterns take long over them.
const MAX_RUN: usize = 24;

/// Marks at the edges of a word that shape how it is spoken; all others there are dropped.
const SPOKEN_MARKS: &str = ".,!?;:—…\"“”()";

/// Most marks kept at one edge of a word: enough for `.”)` and `...`.
const MAX_MARKS: usize = 4;

/// Last labels by which a bare `name.tld` is known to be an address and not a missing space.
const TOP_DOMAINS: [&str; 20] = [
    "com", "org", "net", "io", "ai", "dev", "app", "co", "uk", "de", "edu", "gov", "tv", "me",
    "info", "eu", "us", "ca", "fr", "rs",
];

/// Units glued to a number, with what is said for one and for more.
const UNITS: [(&str, &str, &str); 22] = [
    ("km", "kilometer", "kilometers"),
    ("m", "meter", "meters"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("kg", "kilogram", "kilograms"),
    ("g", "gram", "grams"),
    ("mg", "milligram", "milligrams"),
    ("ml", "milliliter", "milliliters"),
    ("mph", "mile per hour", "miles per hour"),
    ("kmh", "kilometer per hour", "kilometers per hour"),
    ("ms", "millisecond", "milliseconds"),
    ("min", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("kb", "kilobyte", "kilobytes"),
    ("mb", "megabyte", "megabytes"),
    ("gb", "gigabyte", "gigabytes"),
    ("tb", "terabyte", "terabytes"),
    ("hz", "hertz", "hertz"),
    ("khz", "kilohertz", "kilohertz"),
    ("ghz", "gigahertz", "gigahertz"),
    ("x", "times", "times"),
    ("k", "thousand", "thousand"),
];

/// What is said for a written word; `next` is the word behind it. Empty if there is nothing to say.
pub(crate) fn reading(word: &str, next: Option<&str>, british: bool) -> String {
    let plain: String = word.chars().filter_map(plain).collect();
    let is_core = |c: char| c.is_alphanumeric() || "$£€#@&%+=°".contains(c);
    let Some(start) = plain.find(is_core) else {
        return marks(&plain);
    };
    let end = plain.rfind(is_core).map_or(plain.len(), |last| {
        last + plain[last..].chars().next().map_or(1, char::len_utf8)
    });
    // The last full stop of "p.m." or "U.S." belongs to the word.
    let inner = &plain[start..end];
    let dotted = inner.contains('.') && inner.split('.').all(|part| part.chars().count() == 1);
    let end = if dotted && plain[end..].starts_with('.') {
        end + 1
    } else {
        end
    };
    let core = core(&plain[start..end], next, british);
    let core = chunked(&core, MAX_RUN);
    format!(
        "{}{}{}",
        marks(&plain[..start]),
        core.trim(),
        marks(&plain[end..])
    )
}

/// One character in the alphabet of the reader; `None` for pictures, controls and what else has no sound.
fn plain(c: char) -> Option<char> {
    Some(match c {
        '’' | '‘' | '`' | '´' | 'ʼ' => '\'',
        '«' | '„' => '“',
        '»' => '”',
        '–' | '―' | '‒' => '–',
        '‐' | '‑' | '−' => '-',
        '。' => '.',
        '，' | '、' => ',',
        '！' | '¡' => '!',
        '？' | '¿' => '?',
        '；' => ';',
        '：' => ':',
        '[' | '{' | '（' => '(',
        ']' | '}' | '）' => ')',
        _ if c.is_alphanumeric() => c,
        _ if "'-_/.,!?;:—…\"“”()$£€#@&%+=°~*^|<>".contains(c) => c,
        _ => return None,
    })
}

fn marks(text: &str) -> String {
    let text = text.replace('–', "—").replace("--", "—");
    if text == "-" {
        return "—".to_owned();
    }
    // Rows of the same mark say no more than one, and the reader is slow on them.
    let mut marks = String::new();
    for c in text.chars().filter(|c| SPOKEN_MARKS.contains(*c)) {
        if marks.chars().count() < MAX_MARKS && (c == '.' || !marks.ends_with(c)) {
            marks.push(c);
        }
    }
    marks
}

fn core(core: &str, next: Option<&str>, british: bool) -> String {
    if let Some(address) = address(core) {
        return address;
    }
    if let Some(read) = date(core, british)
        .or_else(|| fraction(core))
        .or_else(|| telephone(core))
    {
        return read;
    }
    if let Some(time) = time(core, next) {
        return time;
    }
    if let Some(quantity) = quantity(core) {
        return quantity;
    }
    let mut spoken = String::with_capacity(core.len());
    let chars: Vec<char> = core.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1).copied();
        let between_digits =
            before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| c.is_ascii_digit());
        match c {
            '#' if after.is_some_and(|c| c.is_ascii_digit()) => spoken.push_str(" number "),
            '#' if after.is_some_and(char::is_alphabetic) => spoken.push_str(" hashtag "),
            '@' => spoken.push_str(" at "),
            '&' => spoken.push_str(" and "),
            '+' => spoken.push_str(" plus "),
            '=' => spoken.push_str(" equals "),
            '%' => spoken.push_str(" percent "),
            '°' => spoken.push_str(" degrees "),
            '-' | '–' if between_digits => spoken.push_str(" to "),
            '–' => spoken.push('-'),
            ':' if !between_digits => spoken.push_str(", "),
            _ if "/_~*^|<>#:()".contains(c) => spoken.push(' '),
            _ => spoken.push(c),
        }
    }
    spoken
}

/// `https://example.com/a-b?x=1` is read "example dot com slash a b", `me@site.org` "me at site dot org".
fn address(core: &str) -> Option<String> {
    let lower = core.to_lowercase();
    let rest = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    let rest = rest
        .strip_prefix("www.")
        .unwrap_or(rest)
        .split(['?', '#'])
        .next()?;
    let rest = rest.trim_end_matches(['/', '.']);
    let host = rest
        .split('/')
        .next()?
        .rsplit('@')
        .next()?
        .split(':')
        .next()?;
    let (name, top) = host.rsplit_once('.')?;
    let named = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '-' || c == '.')
        && name.chars().any(char::is_alphabetic)
        && name.chars().count() > 1;
    let known = lower.contains("://") || lower.starts_with("www.") || TOP_DOMAINS.contains(&top);
    if !(named && known) {
        return None;
    }
    let mut spoken = String::with_capacity(rest.len() * 2);
    for c in rest.chars() {
        match c {
            '.' => spoken.push_str(" dot "),
            '/' => spoken.push_str(" slash "),
            '@' => spoken.push_str(" at "),
            c if c.is_alphanumeric() => spoken.push(c),
            _ => spoken.push(' '),
        }
    }
    Some(spoken)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `2026-11-25` and `11/25/2026` (in Britain `25/11/2026`) are "November 25th, 2026".
fn date(core: &str, british: bool) -> Option<String> {
    let parts: Vec<u32> = core
        .split(['/', '-', '.'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (month, day, year) = match parts[..] {
        [year @ 1000..=2999, month, day] => (month, day, year),
        [first, second, year @ 1000..=2999] if british || first > 12 => (second, first, year),
        [first, second, year @ 1000..=2999] => (first, second, year),
        _ => return None,
    };
    let month = MONTHS.get(month.checked_sub(1)? as usize)?;
    let ending = match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, 1..=31) => "st",
        (2, 1..=31) => "nd",
        (3, 1..=31) => "rd",
        (_, 1..=31) => "th",
        _ => return None,
    };
    Some(format!("{month} {day}{ending}, {year}"))
}

/// `1/2` is "one half", `3/4` "three quarters"; `24/7` and other pairs are read as they stand.
fn fraction(core: &str) -> Option<String> {
    const PARTS: [(&str, &str); 9] = [
        ("half", "halves"),
        ("third", "thirds"),
        ("quarter", "quarters"),
        ("fifth", "fifths"),
        ("sixth", "sixths"),
        ("seventh", "sevenths"),
        ("eighth", "eighths"),
        ("ninth", "ninths"),
        ("tenth", "tenths"),
    ];
    const WORDS: [&str; 9] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    let (part, whole) = core.split_once('/')?;
    let (part, whole): (usize, usize) = (part.parse().ok()?, whole.parse().ok()?);
    let (one, many) = PARTS.get(whole.checked_sub(2)?).filter(|_| part < whole)?;
    let word = WORDS.get(part.checked_sub(1)?)?;
    Some(format!("{word} {}", if part == 1 { one } else { many }))
}

/// `555-0123` and `+1-202-555-0123` are read digit by digit, with a rest between the groups.
fn telephone(core: &str) -> Option<String> {
    let digits = core.chars().filter(char::is_ascii_digit).count();
    let only = core
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '+'));
    let grouped = core.contains('-') && !core.starts_with('-') && !core.contains("--");
    if !only || !(7..=15).contains(&digits) || !(grouped || core.starts_with('+')) {
        return None;
    }
    let group = |group: &str| {
        let digits: Vec<String> = group
            .chars()
            .map(|c| {
                if c == '+' {
                    "plus".to_owned()
                } else {
                    c.to_string()
                }
            })
            .collect();
        digits.join(" ")
    };
    Some(core.split('-').map(group).collect::<Vec<_>>().join(", "))
}

/// `7:30` is "7 30", `7:05` "7 oh 5", `7:00` "7 o'clock"; `am` and `pm` may be glued on.
fn time(core: &str, next: Option<&str>) -> Option<String> {
    let lower = core.to_lowercase();
    let half = ["a.m.", "p.m.", "am", "pm"]
        .into_iter()
        .find(|half| lower.ends_with(half));
    let clock = half.map_or(lower.as_str(), |half| &lower[..lower.len() - half.len()]);
    let half = half.map_or("", |half| {
        if half.starts_with('a') {
            " A M"
        } else {
            " P M"
        }
    });
    let (hours, minutes) = match clock.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes.parse::<u32>().ok()?),
        None if !half.is_empty() => (clock, 0),
        _ => return None,
    };
    let hours = if hours.len() <= 2 {
        hours.parse::<u32>().ok()?
    } else {
        return None;
    };
    if hours > 24 || minutes > 59 {
        return None;
    }
    let half_follows = next.is_some_and(|next| {
        let next = next.to_lowercase().replace('.', "");
        next.starts_with("am") && next.len() < 4 || next.starts_with("pm") && next.len() < 4
    });
    Some(match minutes {
        0 if half.is_empty() && !half_follows => format!("{hours} o'clock"),
        0 => format!("{hours}{half}"),
        1..=9 => format!("{hours} oh {minutes}{half}"),
        _ => format!("{hours} {minutes}{half}"),
    })
}

/// `5km` is "5 kilometers"; `B2B` and `GPT4` get a space between letters and digits.
fn quantity(core: &str) -> Option<String> {
    let digits = core.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')?;
    let (number, unit) = core.split_at(digits);
    if number.is_empty() {
        return None;
    }
    let unit = unit.to_lowercase();
    let (_, one, more) = UNITS.iter().find(|(short, ..)| *short == unit)?;
    Some(format!(
        "{number} {}",
        if number == "1" { one } else { more }
    ))
}

/// Breaks runs of letters or digits that are too long to be words: over `most` characters.
pub(crate) fn chunked(text: &str, most: usize) -> String {
    let mut run = 0;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        run = if c == ' ' { 0 } else { run + 1 };
        if run > most {
            out.push(' ');
            run = 1;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_read_as_people_say_them() {
        for (written, spoken) in [
            ("Hello,", "Hello,"),
            ("(“don’t”)", "(“don't”)"),
            ("$5.50", "$5.50"),
            (
                "https://www.example.com/a-b?x=1.",
                "example dot com slash a b.",
            ),
            ("me@site.org,", "me at site dot org,"),
            ("7:30", "7 30"),
            ("7:05pm", "7 oh 5 P M"),
            ("12:00", "12 o'clock"),
            ("5km", "5 kilometers"),
            ("10–20", "10 to 20"),
            ("R&D", "R and D"),
            ("#1", "number 1"),
            ("90%", "90 percent"),
            ("and/or", "and or"),
            ("-", "—"),
            ("😀", ""),
            ("**bold**", "bold"),
            ("p.m.", "p.m."),
            ("U.S.", "U.S."),
            ("3.14", "3.14"),
            ("2026-11-25", "November 25th, 2026"),
            ("11/03/2026,", "November 3rd, 2026,"),
            ("25/11/2026", "November 25th, 2026"),
            ("1/2", "one half"),
            ("3/4.", "three quarters."),
            ("24/7", "24 7"),
            ("555-0123", "5 5 5, 0 1 2 3"),
        ] {
            assert_eq!(reading(written, None, false), spoken, "{written}");
        }
    }

    #[test]
    fn endless_words_are_broken() {
        let spoken = reading(&"a".repeat(5000), None, true);
        assert!(spoken.split(' ').all(|run| run.len() <= MAX_RUN));
        assert_eq!(spoken.chars().filter(|c| *c == 'a').count(), 5000);
    }

    proptest! {
        #[test]
        fn any_word_can_be_read(word in "\\PC{0,60}", next in proptest::option::of("\\PC{0,5}")) {
            let spoken = reading(&word, next.as_deref(), false);
            prop_assert!(spoken.len() <= word.len() * 12 + 32);
        }
    }
}
