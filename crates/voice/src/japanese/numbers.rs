//! How Japanese numbers are read with what is counted: kana for `7:30`, `2026年`, `3本`, `¥500`.

use crate::cjk::{joined, number_length};

/// Digits by themselves.
const DIGITS: [&str; 10] = [
    "ゼロ",
    "イチ",
    "ニ",
    "サン",
    "ヨン",
    "ゴ",
    "ロク",
    "ナナ",
    "ハチ",
    "キュー",
];

/// How a counter changes with the number before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// 1, 6, 8 and 10 double the consonant: イッコ, ロッコ, ハッコ, ジュッコ.
    Double,
    /// 1, 8 and 10 do: イッサイ.
    DoubleS,
    /// Doubled with p, and after 3 with b: イッポン, サンボン.
    Hon,
    /// Doubled with p, and after 3 and 4 too: イップン, サンプン.
    Fun,
    /// 4, 7 and 9 have their old names: シガツ, シチガツ, クガツ.
    Month,
    /// 4, 7 and 9 as of the clock: ヨジ, シチジ, クジ.
    Clock,
    /// Only 4 is short: ヨエン.
    Four,
}

/// What is counted, and its kana.
const COUNTERS: [(&str, &str, Change); 47] = [
    ("時間", "ジカン", Change::Clock),
    ("週間", "シューカン", Change::DoubleS),
    ("年間", "ネンカン", Change::Four),
    ("ヶ月", "カゲツ", Change::Double),
    ("か月", "カゲツ", Change::Double),
    ("カ月", "カゲツ", Change::Double),
    ("ヵ月", "カゲツ", Change::Double),
    ("分間", "フンカン", Change::Fun),
    ("キロ", "キロ", Change::None),
    ("ドル", "ドル", Change::None),
    ("ユーロ", "ユーロ", Change::None),
    ("パーセント", "パーセント", Change::None),
    ("km", "キロメートル", Change::None),
    ("cm", "センチメートル", Change::None),
    ("mm", "ミリメートル", Change::None),
    ("kg", "キログラム", Change::None),
    ("GB", "ギガバイト", Change::None),
    ("MB", "メガバイト", Change::None),
    ("m", "メートル", Change::None),
    ("g", "グラム", Change::None),
    ("％", "パーセント", Change::None),
    ("%", "パーセント", Change::None),
    ("℃", "ド", Change::None),
    ("°", "ド", Change::None),
    ("年", "ネン", Change::Four),
    ("月", "ガツ", Change::Month),
    ("時", "ジ", Change::Clock),
    ("分", "フン", Change::Fun),
    ("秒", "ビョー", Change::None),
    ("円", "エン", Change::Four),
    ("個", "コ", Change::Double),
    ("回", "カイ", Change::Double),
    ("階", "カイ", Change::Double),
    ("件", "ケン", Change::Double),
    ("本", "ホン", Change::Hon),
    ("杯", "ハイ", Change::Hon),
    ("匹", "ヒキ", Change::Hon),
    ("歳", "サイ", Change::DoubleS),
    ("才", "サイ", Change::DoubleS),
    ("冊", "サツ", Change::DoubleS),
    ("点", "テン", Change::DoubleS),
    ("枚", "マイ", Change::None),
    ("台", "ダイ", Change::None),
    ("番", "バン", Change::None),
    ("度", "ド", Change::None),
    ("倍", "バイ", Change::None),
    ("名", "メー", Change::None),
];

/// Numbers of days and of people that have names of their own.
const DAYS: [(u64, &str); 13] = [
    (1, "ツイタチ"),
    (2, "フツカ"),
    (3, "ミッカ"),
    (4, "ヨッカ"),
    (5, "イツカ"),
    (6, "ムイカ"),
    (7, "ナノカ"),
    (8, "ヨーカ"),
    (9, "ココノカ"),
    (10, "トーカ"),
    (14, "ジューヨッカ"),
    (20, "ハツカ"),
    (24, "ニジューヨッカ"),
];
const THINGS: [&str; 9] = [
    "ヒトツ",
    "フタツ",
    "ミッツ",
    "ヨッツ",
    "イツツ",
    "ムッツ",
    "ナナツ",
    "ヤッツ",
    "ココノツ",
];

/// A number at the start of a text, with what it counts: its length in bytes and its kana.
pub(crate) fn read(text: &str) -> Option<(usize, String)> {
    let money = text.chars().next().filter(|c| "$＄¥￥€£".contains(*c));
    let skip = money.map_or(0, char::len_utf8);
    let rest = &text[skip..];
    let length = number_length(rest);
    if length == 0 {
        return None;
    }
    let (number, behind) = rest.split_at(length);
    if let Some(money) = money {
        let unit = match money {
            '$' | '＄' => "ドル",
            '€' => "ユーロ",
            '£' => "ポンド",
            _ => "エン",
        };
        return Some((skip + length, format!("{}{unit}", amount(number))));
    }
    if let Some(read) = grouped(number) {
        return Some((length, read));
    }
    let (counter, kana) = counted(number, behind);
    Some((length + counter, kana))
}

/// Times, dates, fractions and telephone numbers.
fn grouped(number: &str) -> Option<String> {
    let parts = |mark: char| joined(number, mark);
    if let Some([hours, minutes]) = parts(':').as_deref() {
        let hours = with_counter(*hours, "ジ", Change::Clock);
        return Some(match minutes {
            0 => hours,
            _ => hours + &with_counter(*minutes, "フン", Change::Fun),
        });
    }
    for mark in ['/', '-'] {
        match parts(mark).as_deref() {
            Some([year @ 1000..=9999, month @ 1..=12, day @ 1..=31]) => {
                let year = with_counter(*year, "ネン", Change::Four);
                let month = with_counter(*month, "ガツ", Change::Month);
                return Some(format!("{year}{month}{}", days(*day)));
            }
            Some([part, whole]) if mark == '/' => {
                return Some(format!("{}ブンノ{}", kana(*whole), kana(*part)));
            }
            _ => {}
        }
    }
    if number.contains(['-', '/', ':']) {
        let groups: Vec<String> = number.split(['-', '/', ':']).map(digits).collect();
        return Some(groups.join("ノ"));
    }
    None
}

/// A number and the counter behind it, if there is one; gives the counter's length and the kana of both.
fn counted(number: &str, behind: &str) -> (usize, String) {
    let plain = number.replace(',', "");
    let Ok(value) = plain.parse::<u64>() else {
        let found = COUNTERS
            .iter()
            .find(|(counter, ..)| behind.starts_with(counter));
        return match found {
            Some((counter, kana, _)) => (counter.len(), amount(number) + kana),
            None => (0, amount(number)),
        };
    };
    if plain.len() > 1 && plain.starts_with('0') {
        return (0, digits(&plain));
    }
    if behind.starts_with('日') && !behind.starts_with("日本") {
        return ("日".len(), days(value));
    }
    if behind.starts_with('人') {
        let kana = match value {
            1 => "ヒトリ".to_owned(),
            2 => "フタリ".to_owned(),
            _ => with_counter(value, "ニン", Change::Four),
        };
        return ("人".len(), kana);
    }
    if behind.starts_with('つ') && (1..=9).contains(&value) {
        return ("つ".len(), THINGS[value as usize - 1].to_owned());
    }
    match COUNTERS
        .iter()
        .find(|(counter, ..)| behind.starts_with(counter))
    {
        Some((counter, kana, change)) => (counter.len(), with_counter(value, kana, *change)),
        None => (0, kana(value)),
    }
}

fn days(day: u64) -> String {
    let named = DAYS.iter().find(|(number, _)| *number == day);
    named.map_or_else(|| kana(day) + "ニチ", |(_, name)| (*name).to_owned())
}

fn with_counter(value: u64, counter: &str, change: Change) -> String {
    let mut number = kana(value);
    let mut counter = counter.to_owned();
    let last = value % 10;
    let swap = |number: &mut String, from: &str, to: &str| {
        if let Some(stem) = number.strip_suffix(from) {
            *number = format!("{stem}{to}");
        }
    };
    match change {
        Change::None => {}
        Change::Four | Change::Clock | Change::Month => {
            let four = if change == Change::Month {
                "シ"
            } else {
                "ヨ"
            };
            match last {
                4 => swap(&mut number, "ヨン", four),
                7 if change != Change::Four => swap(&mut number, "ナナ", "シチ"),
                9 if change != Change::Four => swap(&mut number, "キュー", "ク"),
                _ => {}
            }
        }
        Change::Double | Change::DoubleS | Change::Hon | Change::Fun => {
            let doubled = match last {
                1 => Some(("イチ", "イッ")),
                6 if change != Change::DoubleS => Some(("ロク", "ロッ")),
                8 => Some(("ハチ", "ハッ")),
                0 if value > 0 => Some(("ジュー", "ジュッ")),
                _ => None,
            };
            if let Some((from, to)) = doubled {
                swap(&mut number, from, to);
            }
            let p = matches!(change, Change::Hon | Change::Fun)
                && (number.ends_with('ッ') || change == Change::Fun && matches!(last, 3 | 4));
            if p {
                counter = voiced(
                    &counter,
                    &[('ホ', 'ポ'), ('ハ', 'パ'), ('ヒ', 'ピ'), ('フ', 'プ')],
                );
            } else if change == Change::Hon && last == 3 {
                counter = voiced(&counter, &[('ホ', 'ボ'), ('ハ', 'バ'), ('ヒ', 'ビ')]);
            }
        }
    }
    number + &counter
}

fn voiced(counter: &str, pairs: &[(char, char)]) -> String {
    let mut chars = counter.chars();
    let first = chars.next().unwrap_or_default();
    let first = pairs
        .iter()
        .find(|(from, _)| *from == first)
        .map_or(first, |(_, to)| *to);
    std::iter::once(first).chain(chars).collect()
}

/// A number with grouping commas or a decimal point.
fn amount(number: &str) -> String {
    let plain = number.replace(',', "");
    let (whole, part) = plain
        .split_once('.')
        .map_or((plain.as_str(), None), |(w, p)| (w, Some(p)));
    let whole = whole.parse().map_or_else(|_| digits(whole), kana);
    match part {
        Some(part) => format!("{whole}テン{}", digits(part)),
        None => whole,
    }
}

/// Digit by digit.
fn digits(text: &str) -> String {
    let digit = |c: char| c.to_digit(10).map(|digit| DIGITS[digit as usize]);
    text.chars().filter_map(digit).collect()
}

/// A whole number.
pub(crate) fn kana(value: u64) -> String {
    const GROUPS: [&str; 5] = ["", "マン", "オク", "チョー", "ケー"];
    if value == 0 {
        return DIGITS[0].to_owned();
    }
    let mut rest = value;
    let mut parts: Vec<String> = Vec::new();
    for group in GROUPS {
        let part = rest % 10_000;
        if part > 0 {
            let mut read = thousands(part, !group.is_empty());
            if group == "チョー" {
                for (from, to) in [("イチ", "イッ"), ("ハチ", "ハッ"), ("ジュー", "ジュッ")]
                {
                    if let Some(stem) = read.strip_suffix(from) {
                        read = format!("{stem}{to}");
                    }
                }
            }
            parts.push(read + group);
        }
        rest /= 10_000;
    }
    if rest > 0 {
        return digits(&value.to_string());
    }
    parts.reverse();
    parts.concat()
}

/// 1 to 9999; `full` says the one of a single thousand (イッセンマン).
fn thousands(value: u64, full: bool) -> String {
    let with = |digit: u64, unit: &str, own: &[(u64, &str)]| match digit {
        0 => String::new(),
        1 => unit.to_owned(),
        digit => own.iter().find(|(n, _)| *n == digit).map_or_else(
            || format!("{}{unit}", DIGITS[digit as usize]),
            |(_, read)| (*read).to_owned(),
        ),
    };
    let mut read = match value / 1000 {
        1 if full => "イッセン".to_owned(),
        digit => with(digit, "セン", &[(3, "サンゼン"), (8, "ハッセン")]),
    };
    let hundreds = [(3, "サンビャク"), (6, "ロッピャク"), (8, "ハッピャク")];
    read += &with(value / 100 % 10, "ヒャク", &hundreds);
    read += &with(value / 10 % 10, "ジュー", &[]);
    if !value.is_multiple_of(10) {
        read.push_str(DIGITS[(value % 10) as usize]);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_what_they_count() {
        for (text, kana, rest) in [
            ("2026年11月", "ニセンニジューロクネン", "11月"),
            ("4月", "シガツ", ""),
            ("20日", "ハツカ", ""),
            ("25日です", "ニジューゴニチ", "です"),
            ("3本", "サンボン", ""),
            ("10分", "ジュップン", ""),
            ("7:30に", "シチジサンジュップン", "に"),
            ("¥1,500", "センゴヒャクエン", ""),
            ("3.14", "サンテンイチヨン", ""),
            ("50%", "ゴジューパーセント", ""),
            ("2人", "フタリ", ""),
            ("800円", "ハッピャクエン", ""),
            ("1/2", "ニブンノイチ", ""),
            (
                "2026-11-25",
                "ニセンニジューロクネンジューイチガツニジューゴニチ",
                "",
            ),
            ("03-1234", "ゼロサンノイチニサンヨン", ""),
            ("12000", "イチマンニセン", ""),
            ("007", "ゼロゼロナナ", ""),
        ] {
            let (length, read) = read(text).unwrap();
            assert_eq!((read.as_str(), &text[length..]), (kana, rest), "{text}");
        }
        assert_eq!(read("円"), None);
        assert_eq!(read("$"), None);
    }
}
