//! Numbers in Chinese characters: `2026年`, `7:30`, `50%`, `¥12.5`, `1/2`, telephone numbers.

use crate::cjk::{joined, number_length};

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// A number at the start of a text, with the sign or unit that is read with it: its length in bytes and its characters.
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
            '$' | '＄' => "美元",
            '€' => "欧元",
            '£' => "英镑",
            _ => "元",
        };
        return Some((skip + length, amount(number) + unit));
    }
    if let Some(sign) = behind.chars().next().filter(|c| "%％".contains(*c)) {
        let read = format!("百分之{}", amount(number));
        return Some((length + sign.len_utf8(), read));
    }
    for (sign, unit) in [
        ("°C", "摄氏度"),
        ("℃", "摄氏度"),
        ("°", "度"),
        ("km", "公里"),
        ("kg", "公斤"),
        ("cm", "厘米"),
        ("mm", "毫米"),
        ("ml", "毫升"),
    ] {
        if behind.starts_with(sign) {
            return Some((length + sign.len(), amount(number) + unit));
        }
    }
    // A year is read digit by digit.
    if behind.starts_with('年') && number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit())
    {
        return Some((length + "年".len(), digits(number) + "年"));
    }
    Some((length, grouped(number).unwrap_or_else(|| amount(number))))
}

/// A word with its numbers written out.
pub(crate) fn spelled(word: &str) -> String {
    let mut spelled = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        if let Some((length, read)) = read(rest) {
            spelled.push_str(&read);
            rest = &rest[length..];
        } else {
            spelled.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    spelled
}

/// Times, dates, fractions, ranges and telephone numbers.
fn grouped(number: &str) -> Option<String> {
    let parts = |mark: char| joined(number, mark);
    match parts(':').as_deref() {
        Some([hours, 0]) => return Some(format!("{}点", hour(*hours))),
        Some([hours, minutes @ 1..=9]) => {
            return Some(format!("{}点零{}分", hour(*hours), whole(*minutes)));
        }
        Some([hours, minutes]) => {
            return Some(format!("{}点{}分", hour(*hours), whole(*minutes)));
        }
        _ => {}
    }
    for mark in ['/', '-'] {
        match parts(mark).as_deref() {
            Some([year @ 1000..=9999, month @ 1..=12, day @ 1..=31]) => {
                let year = digits(&year.to_string());
                return Some(format!("{year}年{}月{}日", whole(*month), whole(*day)));
            }
            Some([part, of]) if mark == '/' => {
                return Some(format!("{}分之{}", whole(*of), whole(*part)));
            }
            _ => {}
        }
    }
    let telephone = number.contains(['-', '/', ':']);
    let long = number.len() >= 8 && number.bytes().all(|b| b.is_ascii_digit());
    let zero = number.len() > 1 && number.starts_with('0') && !number.contains('.');
    (telephone || long || zero).then(|| {
        let groups: Vec<String> = number.split(['-', '/', ':']).map(digits).collect();
        groups.join("，")
    })
}

fn hour(hours: u64) -> String {
    if hours == 2 {
        "两".to_owned()
    } else {
        whole(hours)
    }
}

fn amount(number: &str) -> String {
    let plain = number.replace(',', "");
    let (integer, part) = plain
        .split_once('.')
        .map_or((plain.as_str(), None), |(integer, part)| {
            (integer, Some(part))
        });
    let integer = integer.parse().map_or_else(|_| digits(integer), whole);
    match part {
        Some(part) => format!("{integer}点{}", digits(part)),
        None => integer,
    }
}

fn digits(text: &str) -> String {
    let digit = |c: char| c.to_digit(10).map(|digit| DIGITS[digit as usize]);
    text.chars().filter_map(digit).collect()
}

/// A whole number.
fn whole(value: u64) -> String {
    const GROUPS: [&str; 4] = ["", "万", "亿", "万亿"];
    if value == 0 {
        return "零".to_owned();
    }
    if value >= 10_u64.pow(16) {
        return digits(&value.to_string());
    }
    let mut read = String::new();
    let mut gap = false;
    for (index, group) in GROUPS.iter().enumerate().rev() {
        let part = value / 10_000_u64.pow(index as u32) % 10_000;
        if part == 0 {
            gap = !read.is_empty();
            continue;
        }
        if !read.is_empty() && (gap || part < 1000) {
            read.push('零');
        }
        read.push_str(&thousands(part));
        read.push_str(group);
        gap = false;
    }
    // Ten is not "one ten" at the start of a number.
    match read.strip_prefix("一十") {
        Some(rest) => format!("十{rest}"),
        None => read,
    }
}

/// 1 to 9999.
fn thousands(value: u64) -> String {
    const UNITS: [&str; 4] = ["", "十", "百", "千"];
    let mut read = String::new();
    let mut gap = false;
    for (index, unit) in UNITS.iter().enumerate().rev() {
        let digit = value / 10_u64.pow(index as u32) % 10;
        if digit == 0 {
            gap = !read.is_empty();
            continue;
        }
        if gap {
            read.push('零');
        }
        gap = false;
        read.push(DIGITS[digit as usize]);
        read.push_str(unit);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_out() {
        for (written, expected) in [
            ("2026年11月25日", "二零二六年十一月二十五日"),
            ("7:30", "七点三十分"),
            ("2:05", "两点零五分"),
            ("50%", "百分之五十"),
            ("¥12.5", "十二点五元"),
            ("1/2", "二分之一"),
            ("10086人", "一万零八十六人"),
            ("3.14", "三点一四"),
            ("$1,000", "一千美元"),
            ("13800138000", "一三八零零一三八零零零"),
            ("010-1234", "零一零，一二三四"),
            ("100000", "十万"),
            ("1500000", "一百五十万"),
            ("25°C", "二十五摄氏度"),
            ("2026-11-25", "二零二六年十一月二十五日"),
        ] {
            assert_eq!(spelled(written), expected, "{written}");
        }
        assert_eq!(read("元"), None);
    }
}
