//! What the readings of Japanese and Mandarin share: how numbers are written, and punctuation.

/// Length in bytes of the number at the start of a text: digits, with what may join them, as in 1,000 3.14 7:30 1/2
/// 03-1234-5678. 0 if there is none.
pub(crate) fn number_length(text: &str) -> usize {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut length = 0;
    while digit(length)
        || (length > 0
            && digit(length + 1)
            && matches!(
                text.as_bytes().get(length),
                Some(b',' | b'.' | b':' | b'/' | b'-')
            ))
    {
        length += 1;
    }
    length
}

/// The whole numbers that a mark joins; `None` where it joins none, or something else.
pub(crate) fn joined(number: &str, mark: char) -> Option<Vec<u64>> {
    let parts: Vec<&str> = number.split(mark).collect();
    let numbers = parts.iter().map(|part| part.parse().ok()).collect();
    if parts.len() > 1 { numbers } else { None }
}

/// Punctuation, wide or not, in the alphabet of the engines.
pub(crate) fn mark(c: char) -> Option<&'static str> {
    Some(match c {
        '。' | '．' | '.' => ".",
        '、' | '，' | ',' => ",",
        '？' | '?' => "?",
        '！' | '!' => "!",
        '：' | ':' => ":",
        '；' | ';' => ";",
        '「' | '『' | '“' | '《' | '【' => "“",
        '」' | '』' | '”' | '》' | '】' => "”",
        '（' | '(' => "(",
        '）' | ')' => ")",
        '～' | '〜' | '—' | '―' => "—",
        '…' => "…",
        _ => return None,
    })
}
