//! A public-domain reading by a human, and sounds that are no speech.

use std::path::Path;

use likeness_hearing::{Hearing, HearingError, SAMPLE_RATE_HZ, Wanted, word_error_rate};

fn hearing() -> Hearing {
    let dir = likeness_models::default_dir();
    assert!(
        likeness_models::is_complete(&dir),
        "the models are not installed in {}: run `cargo xtask setup`",
        dir.display()
    );
    Hearing::new(&dir)
}

/// "He was not an ill-disposed young man.", at 16 kHz.
fn reading() -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/recordings/sense_and_sensibility.wav");
    let bytes = std::fs::read(path).unwrap();
    let samples = bytes[44..].as_chunks::<2>().0.iter();
    samples
        .map(|b| f32::from(i16::from_le_bytes(*b)) / 32768.0)
        .collect()
}

#[test]
fn sounds_and_words_of_a_human_are_heard_with_their_times() {
    let hearing = hearing();
    let samples = reading();
    // Two seconds of silence in front move everything by as much.
    let mut recording = vec![0.0; 2 * SAMPLE_RATE_HZ as usize];
    recording.extend(&samples);
    let mut shares = Vec::new();
    let timing = hearing
        .listen(
            &mut &recording[..],
            Wanted::SoundsAndWords,
            &|_, _| None,
            &mut |share| {
                shares.push(share);
                Ok(())
            },
        )
        .unwrap();
    let text: Vec<&str> = timing.words.iter().map(|w| w.text.as_str()).collect();
    let text = text.join(" ");
    let errors = word_error_rate("He was not an ill-disposed young man.", &text);
    assert!(errors < 0.3, "{text}");
    assert!(
        timing.words[0].start_s > 1.9 && timing.words[0].start_s < 2.6,
        "{:?}",
        timing.words
    );
    for pair in timing.words.windows(2) {
        assert!(pair[0].start_s <= pair[1].start_s, "{pair:?}");
    }
    assert!(timing.words.last().unwrap().end_s <= timing.duration_s);
    assert!(shares.is_sorted() && *shares.last().unwrap() > 0.99);

    let heard: String = timing.phonemes.iter().map(|p| p.symbol).collect();
    for part in ["nɑt", "d", "s", "j", "mæn"] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    for phoneme in &timing.phonemes {
        assert!(
            phoneme.symbol == ' ' || phoneme.start_s > 1.9,
            "{phoneme:?}"
        );
    }
    assert_eq!(
        timing.envelope.len(),
        timing
            .phonemes
            .last()
            .map_or(0, |p| (p.end_s * 100.0).round() as usize)
    );
}

#[test]
fn silence_noise_and_nothing_move_no_lips() {
    let phonemes = hearing().phonemes().unwrap();
    let hiss: Vec<f32> = (0..32_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 * 1e-4)
        .collect();
    for samples in [
        vec![],
        vec![0.0; 10],
        vec![0.0; 48_000],
        vec![f32::NAN; 4000],
        hiss,
    ] {
        let sounds = phonemes.recognise(&samples).unwrap();
        assert!(sounds.iter().all(|p| p.symbol == ' '), "{sounds:?}");
    }
}

#[test]
fn the_work_stops_when_it_is_told_to() {
    let samples = reading();
    let stopped = hearing().listen(&mut &samples[..], Wanted::Sounds, &|_, _| None, &mut |_| {
        Err(HearingError::Cancelled)
    });
    assert!(matches!(stopped, Err(HearingError::Cancelled)));
}
