//! A file's type from its first bytes. Names and declared types are hearsay.

/// The MIME type that the first bytes show; 4 KB are enough. `None` where nothing known is recognised.
pub fn sniff(head: &[u8]) -> Option<&'static str> {
    by_prefix(head)
        .or_else(|| riff(head))
        .or_else(|| iso_media(head))
        .or_else(|| matroska(head))
        .or_else(|| mpeg_audio(head))
        .or_else(|| subtitles(head))
}

/// Formats whose first bytes never differ.
const PREFIXES: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
];

fn by_prefix(head: &[u8]) -> Option<&'static str> {
    PREFIXES
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, mime)| *mime)
}

fn riff(head: &[u8]) -> Option<&'static str> {
    if !head.starts_with(b"RIFF") {
        return None;
    }
    match head.get(8..12)? {
        b"WEBP" => Some("image/webp"),
        b"WAVE" => Some("audio/wav"),
        b"AVI " => Some("video/x-msvideo"),
        _ => None,
    }
}

/// ISO base media: the brand after `ftyp` tells still pictures, sound and film apart.
fn iso_media(head: &[u8]) -> Option<&'static str> {
    match head.get(4..8)? {
        b"ftyp" => {}
        // Old QuickTime files begin without a brand.
        b"moov" | b"mdat" | b"wide" | b"free" if head.len() > 8 => return Some("video/quicktime"),
        _ => return None,
    }
    Some(match head.get(8..12)? {
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " => "audio/mp4",
        b"heic" | b"heix" | b"mif1" | b"msf1" | b"hevc" => "image/heic",
        b"avif" | b"avis" => "image/avif",
        b"crx " => return None,
        _ => "video/mp4",
    })
}

/// EBML: the document type is one of the first elements, within the first 64 bytes in practice.
fn matroska(head: &[u8]) -> Option<&'static str> {
    if !head.starts_with(b"\x1a\x45\xdf\xa3") {
        return None;
    }
    let start = head.get(..head.len().min(64))?;
    let names = |word: &[u8]| start.windows(word.len()).any(|w| w == word);
    if names(b"webm") {
        Some("video/webm")
    } else if names(b"matroska") {
        Some("video/x-matroska")
    } else {
        None
    }
}

/// A bare MPEG audio frame: sync word, then version, layer, rate and frequency that are not reserved. The sync word
/// alone is common in other data, so a second frame must follow where the first one ends.
fn mpeg_audio(head: &[u8]) -> Option<&'static str> {
    let length = mpeg_frame_bytes(head)?;
    match head.get(length..) {
        // The head is shorter than one frame: believe the first.
        None | Some([]) => Some("audio/mpeg"),
        Some(next) => mpeg_frame_bytes(next).map(|_| "audio/mpeg"),
    }
}

/// Length of the layer III frame that starts here (ISO 11172-3, 2.4.3.1 and ISO 13818-3).
fn mpeg_frame_bytes(at: &[u8]) -> Option<usize> {
    const RATES_1: [usize; 14] = [
        32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ];
    const RATES_2: [usize; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    const HERTZ: [usize; 3] = [44_100, 48_000, 32_000];
    let &[a, b, c, _, ..] = at else { return None };
    let version = (b >> 3) & 3;
    if a != 0xff || b & 0xe0 != 0xe0 || version == 1 || (b >> 1) & 3 != 1 {
        return None;
    }
    let rate_index = usize::from(c >> 4).checked_sub(1)?;
    let hertz = HERTZ.get(usize::from((c >> 2) & 3))?;
    let padding = usize::from((c >> 1) & 1);
    Some(match version {
        3 => 144_000 * RATES_1.get(rate_index)? / hertz + padding,
        2 => 72_000 * RATES_2.get(rate_index)? / (hertz / 2) + padding,
        _ => 72_000 * RATES_2.get(rate_index)? / (hertz / 4) + padding,
    })
}

/// Text formats, after an optional byte order mark and blank lines.
fn subtitles(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // A multi-byte character may be cut at the end of the head; only the first lines matter.
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    let mut lines = text
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty());
    let first = lines.next()?;
    if first == "WEBVTT" || first.starts_with("WEBVTT ") || first.starts_with("WEBVTT\t") {
        return Some("text/vtt");
    }
    let numbered = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    (numbered && is_srt_timing(lines.next()?)).then_some("application/x-subrip")
}

/// `00:00:01,000 --> 00:00:02,500`, with the point that some writers use, and hours of any width.
fn is_srt_timing(line: &str) -> bool {
    let is_time = |part: &str| {
        let part = part.trim();
        part.contains(':')
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || b":,.".contains(&b))
    };
    line.split_once("-->").is_some_and(|(from, rest)| {
        is_time(from) && rest.split_whitespace().next().is_some_and(is_time)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_known_by_its_bytes() {
        let mut mp3 = vec![0u8; 417 + 4];
        mp3[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        mp3[417..].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        let cases: &[(&[u8], &str)] = &[
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0..JFIF", "image/jpeg"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", "video/mp4"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/mp4"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
            (
                b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm",
                "video/webm",
            ),
            (
                b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska",
                "video/x-matroska",
            ),
            (b"ID3\x04\0\0", "audio/mpeg"),
            (&mp3, "audio/mpeg"),
            (b"%PDF-1.7", "application/pdf"),
            (b"PK\x03\x04\x14", "application/zip"),
            (
                b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n",
                "application/x-subrip",
            ),
            (
                b"\n\n12\n0:01:02.5 --> 0:01:03.0 X1:0\nHi",
                "application/x-subrip",
            ),
            (b"WEBVTT\n\n", "text/vtt"),
        ];
        for (bytes, mime) in cases {
            assert_eq!(
                sniff(bytes),
                Some(*mime),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn what_only_resembles_a_format_is_unknown() {
        for bytes in [
            b"".as_slice(),
            b"\xff",
            b"\xff\xfb",
            b"RIFF\x10\0\0\0",
            b"RIFF\x10\0\0\0XXXX",
            b"PK",
            b"1\nhello --> world\n",
            b"1 2 3\n00:00:01,000 --> 00:00:02,000\n",
            b"<html><body>",
            b"#!/bin/sh\nexit",
            b"\0\0\0\x20ftyp",
            // A sync word with no second frame behind the first.
            &[&[0xff, 0xfb, 0x90, 0x00][..], &[0x55; 600]].concat(),
        ] {
            assert_eq!(sniff(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, start in 0usize..12) {
            sniff(&bytes);
            let magic: [&[u8]; 12] = [
                b"RIFF", b"\0\0\0\x20ftyp", b"\x1a\x45\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"\xff\xe3",
                b"1\n", b"\xef\xbb\xbf", b"WEBVTT", b"PK", b"\xff\xd8", b"ID",
            ];
            sniff(&[magic[start], &bytes].concat());
        }
    }
}
