//! Files made to harm: each ends in a typed error, soon, and the next picture decodes as if nothing had been.

use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat};
use likeness_media::child::WorkerCommand;
use likeness_media::image::{DecodeError, DecodeLimits, ImageDecoder};

use super::pictures::{encoded, quarters};
use super::{decoder, noise, worker};

const FORMATS: [ImageFormat; 3] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];

fn good(format: ImageFormat) -> Vec<u8> {
    encoded(&DynamicImage::ImageRgb8(quarters()), format)
}

/// A decode that may succeed or be refused, but only for the file's sake.
fn survive(decoder: &ImageDecoder, bytes: &[u8], what: &str) {
    match decoder.decode_blocking(bytes) {
        Ok(decoded) => assert!(decoded.image.width() <= 4096, "{what}"),
        Err(error) => assert!(error.is_file_fault(), "{what}: {error}"),
    }
}

#[test]
fn truncated_files_are_refused_or_shown_as_far_as_they_go() {
    let decoder = decoder();
    for format in FORMATS {
        let bytes = good(format);
        for length in [4, 13, 20, bytes.len() / 4, bytes.len() / 2, bytes.len() - 1] {
            survive(
                &decoder,
                &bytes[..length],
                &format!("{format:?} of {length} bytes"),
            );
        }
        let error = decoder.decode_blocking(&bytes[..30]).unwrap_err();
        assert_eq!(error.code(), "image_damaged", "{format:?}: {error}");
    }
}

#[test]
fn flipped_bits_and_garbage_behind_a_magic_are_survived() {
    let decoder = decoder();
    for (round, format) in FORMATS.iter().cycle().take(60).enumerate() {
        let mut bytes = good(*format);
        let mut random = noise(round as u64 + 1);
        for _ in 0..=round / 6 {
            let place = random
                .by_ref()
                .take(4)
                .fold(0, |n, b| n * 256 + usize::from(b));
            let bit = random.next().unwrap() % 8;
            let length = bytes.len();
            bytes[place % length] ^= 1 << bit;
        }
        survive(&decoder, &bytes, &format!("{format:?} round {round}"));
    }
    for format in FORMATS {
        for keep in [12, 16, 40] {
            let mut bytes = good(format);
            bytes.truncate(keep);
            bytes.extend(noise(keep as u64).take(5000));
            survive(
                &decoder,
                &bytes,
                &format!("{format:?} garbage after {keep}"),
            );
        }
    }
    assert_eq!(
        decoder
            .decode_blocking(&good(ImageFormat::Png))
            .unwrap()
            .image,
        quarters()
    );
}

#[test]
fn a_header_that_promises_gigapixels_is_refused_at_once() {
    let mut png = good(ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let crc = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&crc);
    let mut jpeg = good(ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    // A VP8L header with 14 bits each of width-1 and height-1.
    let mut webp = b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f".to_vec();
    webp.extend((0x3ffe_u32 | 0x3ffe << 14).to_le_bytes());
    webp.extend([0; 16]);
    for (name, bytes) in [("png", png), ("jpeg", jpeg), ("webp", webp)] {
        let started = Instant::now();
        let error = decoder().decode_blocking(&bytes).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooManyPixels { .. }),
            "{name}: {error}"
        );
        assert!(started.elapsed() < Duration::from_secs(2), "{name}");
    }
}

#[test]
fn a_bomb_within_the_pixel_limit_ends_at_the_memory_limit() {
    // 49 megapixels of zeros from some 50 KB: 147 MB of pixels, where the worker gets less.
    let bomb = encoded(&DynamicImage::new_rgb8(7000, 7000), ImageFormat::Png);
    assert!(bomb.len() < 1_000_000, "{}", bomb.len());
    let limits = DecodeLimits {
        memory_bytes: 150 << 20,
        ..DecodeLimits::default()
    };
    let error = ImageDecoder::new(worker(), limits)
        .decode_blocking(&bomb)
        .unwrap_err();
    assert_eq!(error.code(), "image_hostile", "{error}");
    let decoded = decoder().decode_blocking(&bomb).unwrap();
    assert_eq!(decoded.source_size, (7000, 7000));
    assert_eq!(decoded.image.dimensions(), (4096, 4096));
}

#[test]
fn the_file_size_and_the_type_are_checked_before_a_process_is_started() {
    let nowhere = WorkerCommand {
        program: "/nonexistent".into(),
        args: Vec::new(),
    };
    let limits = DecodeLimits {
        max_bytes: 1000,
        ..DecodeLimits::default()
    };
    let decoder = ImageDecoder::new(nowhere, limits);
    for (bytes, code) in [
        (vec![0xff; 1001], "image_too_large"),
        (b"GIF89a\x01\0\x01\0".to_vec(), "image_format_unknown"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "image_format_unknown",
        ),
        (Vec::new(), "image_format_unknown"),
        (good(ImageFormat::Png), "image_decoder_broken"),
    ] {
        assert_eq!(decoder.decode_blocking(&bytes).unwrap_err().code(), code);
    }
}

#[test]
fn a_worker_that_hangs_dies_or_lies_is_no_harm() {
    let picture = good(ImageFormat::Png);
    let limits = DecodeLimits {
        timeout: Duration::from_millis(300),
        ..DecodeLimits::default()
    };
    for (script, code) in [
        ("exec /bin/sleep 60", "image_timeout"),
        ("kill -SEGV $$", "image_hostile"),
        ("kill -ABRT $$", "image_hostile"),
        ("exit 101", "image_hostile"),
        ("exit 2", "image_decoder_broken"),
        ("echo hello", "image_decoder_broken"),
        (
            r#"echo '{"Decoded":{"width":4000000000,"height":4000000000,"format":"png","source_size":[1,1],"oriented":false,"had_alpha":false,"confined":true}}'"#,
            "image_decoder_broken",
        ),
    ] {
        let worker = WorkerCommand {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
        };
        let started = Instant::now();
        let decoder = ImageDecoder::new(worker, limits.clone());
        let error = decoder.decode_blocking(&picture).unwrap_err();
        assert_eq!(error.code(), code, "{script}: {error}");
        assert!(started.elapsed() < Duration::from_secs(3), "{script}");
    }
}

/// CRC-32 of ISO 3309, as PNG chunks carry it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| {
            if c & 1 == 1 {
                0xedb8_8320 ^ (c >> 1)
            } else {
                c >> 1
            }
        })
    })
}
