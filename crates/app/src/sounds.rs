//! The audio library: searching it, and making its files when they are first asked for.

use std::path::Path;

use anyhow::Context as _;
use likeness_blobs::keys;
use likeness_domain::page::{Cursor, Page, PageRequest};
use likeness_domain::time::UnixMillis;
pub use likeness_sounds::Kind;
use likeness_sounds::{REVISION, SAMPLE_RATE_HZ, Sound, Track};

use crate::{App, Error};

/// A sound that a search found.
#[derive(Debug, Clone, Copy)]
pub struct FoundSound {
    pub sound: Sound,
    /// 0 to 1.
    pub score: f32,
}

impl FoundSound {
    /// Key of the MP3, which exists once it was asked for.
    pub fn audio_key(&self) -> String {
        keys::library_sound(REVISION, self.sound.id)
    }
}

/// Scores are told, compared and paged by in thousandths.
const STEPS: f32 = 1000.0;

/// Sounds ranked by what the query means, best first, none below `least_score`.
pub async fn search(
    app: &App,
    query: &str,
    kind: Kind,
    least_score: f32,
    request: &PageRequest,
) -> Result<Page<FoundSound>, Error> {
    let (engines, query) = (app.engines().clone(), query.to_owned());
    let ranking = tokio::task::spawn_blocking(move || {
        engines
            .meaning()?
            .rank(&query, kind)
            .map_err(anyhow::Error::from)
    });
    let ranked = ranking
        .await
        .map_err(anyhow::Error::from)
        .and_then(|ranked| ranked)
        .map_err(Error::Internal)?;
    let found = ranked
        .into_iter()
        .filter(|(_, score)| *score >= least_score);
    Ok(page(
        found
            .map(|(sound, score)| FoundSound {
                sound,
                score: (score * STEPS).round() / STEPS,
            })
            .collect(),
        request,
    ))
}

/// The page after the cursor, which holds a score in place of a time.
fn page(mut found: Vec<FoundSound>, request: &PageRequest) -> Page<FoundSound> {
    #[expect(clippy::cast_possible_truncation, reason = "a score is 0 to 1")]
    let place = |found: &FoundSound| ((found.score * STEPS).round() as i64, found.sound.id);
    found.sort_by(|a, b| place(b).cmp(&place(a)));
    if let Some(after) = &request.after {
        found.retain(|sound| place(sound) < (after.created_at.0, after.id.as_str()));
    }
    let more = found.len() > request.limit as usize;
    found.truncate(request.limit as usize);
    let next = found.last().filter(|_| more).map(|last| Cursor {
        created_at: UnixMillis(place(last).0),
        id: last.sound.id.to_owned(),
    });
    Page { items: found, next }
}

/// Makes the object of a sound of the library, if the key names one that is not there yet. A sound is made once in the
/// life of a store: a second or two for music.
pub async fn make_if_missing(app: &App, key: &str) -> Result<(), Error> {
    let Some(id) = keys::library_sound_id(key, REVISION) else {
        return Ok(());
    };
    if app.blobs().head(key).await.is_ok() {
        return Ok(());
    }
    // One at a time: whoever asks for the same sound meanwhile finds it made.
    let _turn = app.sounding().acquire().await;
    if app.blobs().head(key).await.is_ok() {
        return Ok(());
    }
    let (making, id) = (app.clone(), id.to_owned());
    let made = tokio::task::spawn_blocking(move || make(&making, &id));
    let made = made
        .await
        .map_err(anyhow::Error::from)
        .and_then(|made| made)
        .map_err(Error::Internal)?;
    if let Some((dir, mp3)) = made {
        app.blobs().put_file(key, &mp3).await?;
        drop(dir);
    }
    Ok(())
}

fn make(app: &App, id: &str) -> anyhow::Result<Option<(tempfile::TempDir, std::path::PathBuf)>> {
    let Some(track) = likeness_sounds::render(id) else {
        return Ok(None);
    };
    let dir = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let (pcm, mp3) = (dir.path().join("sound.pcm"), dir.path().join("sound.mp3"));
    write_pcm(&track, &pcm).context("write the sound")?;
    app.settings()
        .encoding
        .ffmpeg
        .encode_stereo_mp3(&pcm, SAMPLE_RATE_HZ, &mp3)
        .context("encode the sound")?;
    Ok(Some((dir, mp3)))
}

/// Writes interleaved 16-bit samples.
pub(crate) fn write_pcm(track: &Track, path: &Path) -> std::io::Result<()> {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
    let pcm = |sample: &f32| (sample.clamp(-1.0, 1.0) * 32767.0).round() as i16;
    let pairs = track.left.iter().zip(&track.right);
    let bytes: Vec<u8> = pairs
        .flat_map(|(left, right)| [pcm(left).to_le_bytes(), pcm(right).to_le_bytes()])
        .flatten()
        .collect();
    std::fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_ranking_meet_without_gap() {
        let found: Vec<FoundSound> = likeness_sounds::catalogue()
            .zip([0.9_f32, 0.9, 0.9, 0.8, 0.75, 0.7, 0.7])
            .map(|(sound, score)| FoundSound { sound, score })
            .collect();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let shown = page(found.clone(), &PageRequest { limit: 2, after });
            seen.extend(shown.items.iter().map(|found| found.sound.id));
            after = shown.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 7);
        assert_eq!(seen[3], found[3].sound.id);
    }
}
