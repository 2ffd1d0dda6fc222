//! Recorded audio that drives a face: heard for its sounds and words, and taken over as it is.

use std::path::{Path, PathBuf};

use likeness_domain::speech::SpeechTiming;
use likeness_domain::video::AudioFile;
use likeness_hearing::{HearingError, PcmFile, Wanted};
use likeness_media::ffmpeg::Ffmpeg;
use likeness_media::film::Playback;
use likeness_media::listen::{SoundReader, SoundSpec};
use likeness_voice::{SAMPLE_RATE_HZ, SpeakOptions, WavWriter};

use super::sound::samples_of;
use super::{ClipInputs, Progress, SpeakError};
use crate::Engines;

/// Where the job puts the object of an audio file, and [`super::make_clip`] looks for it.
pub fn file(dir: &Path, audio: &AudioFile) -> PathBuf {
    let name = audio.key.rsplit('/').next().unwrap_or_default();
    dir.join(format!("heard-{name}"))
}

/// Writes the audio as the WAV file `out`, and tells what is said in it when.
pub(super) fn hear(
    inputs: &ClipInputs<'_>,
    audio: &AudioFile,
    out: &Path,
    progress: &Progress<'_>,
) -> Result<SpeechTiming, SpeakError> {
    let ffmpeg = &inputs.encoding.ffmpeg;
    let source = file(inputs.dir, audio);
    let mut recording = ear(
        ffmpeg,
        &source,
        audio.duration_s,
        &inputs.dir.join("heard.pcm"),
        progress,
    )?;
    let pronounce = |language: &str, text: &str| pronounce(inputs.engines, language, text);
    let mut report = |share: f64| {
        progress.report(share);
        if progress.is_cancelled() {
            Err(HearingError::Cancelled)
        } else {
            Ok(())
        }
    };
    let hearing = inputs.engines.hearing();
    let timing = hearing.listen(
        &mut recording,
        Wanted::SoundsAndWords,
        &pronounce,
        &mut report,
    );
    let timing = match timing {
        Err(HearingError::Cancelled) => return Err(SpeakError::Cancelled),
        other => other?,
    };
    let mut wav = WavWriter::create(out)?;
    let mut written = 0;
    let spec = sound_of(&source, audio.duration_s, SAMPLE_RATE_HZ);
    decode(ffmpeg, &spec, progress, |block| {
        written += block.len() as u64;
        wav.write(block)
    })?;
    // The timing goes in whole steps; the sound is as long.
    wav.write_silence(samples_of(timing.duration_s).saturating_sub(written))?;
    wav.finish()?;
    Ok(timing)
}

/// The sound of a file as the recognisers take it, as the file `out`, so that its length takes no memory.
pub(crate) fn ear(
    ffmpeg: &Ffmpeg,
    source: &Path,
    duration_s: f64,
    out: &Path,
    progress: &Progress<'_>,
) -> Result<PcmFile, SpeakError> {
    let mut pcm = std::io::BufWriter::new(std::fs::File::create(out)?);
    let spec = sound_of(source, duration_s, likeness_hearing::SAMPLE_RATE_HZ);
    decode(ffmpeg, &spec, progress, |block| {
        let samples = block.iter().flat_map(|sample| {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
            let sample = (sample.clamp(-1.0, 1.0) * 32767.0).round() as i16;
            sample.to_le_bytes()
        });
        std::io::Write::write_all(&mut pcm, &samples.collect::<Vec<u8>>())
    })?;
    std::io::Write::flush(&mut pcm)?;
    drop(pcm);
    Ok(PcmFile::open(out)?)
}

fn sound_of(source: &Path, duration_s: f64, rate_hz: u32) -> SoundSpec {
    SoundSpec {
        file: source.to_owned(),
        playback: Playback::Freeze,
        rate_hz,
        length_s: duration_s,
    }
}

/// Decodes sound block by block, so that its length takes no memory.
fn decode(
    ffmpeg: &Ffmpeg,
    spec: &SoundSpec,
    progress: &Progress<'_>,
    mut take: impl FnMut(&[f32]) -> std::io::Result<()>,
) -> Result<(), SpeakError> {
    let mut reader = SoundReader::start(ffmpeg, spec)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "audio lasts half an hour at most"
    )]
    let mut left = (spec.length_s * f64::from(spec.rate_hz)).round() as usize;
    let mut block = vec![0.0; spec.rate_hz as usize];
    while left > 0 {
        if progress.is_cancelled() {
            return Err(SpeakError::Cancelled);
        }
        let block = &mut block[..left.min(spec.rate_hz as usize)];
        block.fill(0.0);
        reader.add(block, 1.0)?;
        take(block)?;
        left -= block.len();
    }
    Ok(())
}

/// How English words sound, by the reading of our own voices; other languages are left to the ear.
fn pronounce(engines: &Engines, language: &str, text: &str) -> Option<Vec<char>> {
    if language != "en" {
        return None;
    }
    let voices = engines.voices();
    let mut english = voices
        .voices()
        .iter()
        .filter(|voice| voice.locale.starts_with("en"));
    let speaker = voices.speaker(&english.next()?.id).ok()?;
    let utterances = speaker.prepare(text, SpeakOptions::default()).ok()?;
    let mut symbols = Vec::new();
    for utterance in utterances {
        symbols.push(' ');
        symbols.extend(utterance.phonemes().chars());
    }
    Some(symbols)
}
