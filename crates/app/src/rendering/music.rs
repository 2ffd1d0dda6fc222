//! Music of the library under the sound of a video.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use likeness_domain::video::Music;
use likeness_media::mastering::Bed;
use likeness_sounds::SAMPLE_RATE_HZ as BED_RATE_HZ;
use likeness_voice::SAMPLE_RATE_HZ;

use super::sound::Soundtrack;
use super::{ClipInputs, RenderError};
use crate::sounds::write_pcm;

/// The file with the music laid under the sound in `file`.
pub(super) fn under(
    inputs: &ClipInputs<'_>,
    music: &Music,
    file: &Path,
    sound: &Soundtrack,
) -> Result<PathBuf, RenderError> {
    // Checked when the video was asked for; only a newer program's library could have lost it.
    let track = likeness_sounds::render(&music.sound_id)
        .with_context(|| format!("the library has no sound {}", music.sound_id))?;
    let pcm = inputs.dir.join("music.pcm");
    write_pcm(&track, &pcm).context("the music cannot be kept")?;
    let mixed = inputs.dir.join("mixed.wav");
    let bed = Bed {
        pcm: &pcm,
        rate_hz: BED_RATE_HZ,
        volume: f64::from(music.volume),
        duration_s: sound.timing().duration_s,
    };
    let ffmpeg = &inputs.encoding.ffmpeg;
    ffmpeg
        .lay_under(file, &bed, &mixed, SAMPLE_RATE_HZ)
        .map_err(RenderError::Master)?;
    Ok(mixed)
}
