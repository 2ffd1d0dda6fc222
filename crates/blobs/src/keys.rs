//! The name of every object, by what is stored.

use likeness_domain::id::{AssetId, LookId, RecordingId, VideoId, VoiceId};

/// MIME types that the server stores, and the ending that tells them apart in a folder.
const ENDINGS: &[(&str, &str)] = &[
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/webp", "webp"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
    ("video/quicktime", "mov"),
    ("audio/mpeg", "mp3"),
    ("audio/wav", "wav"),
    ("audio/flac", "flac"),
    ("audio/ogg", "ogg"),
    ("audio/mp4", "m4a"),
    ("application/pdf", "pdf"),
    ("application/x-subrip", "srt"),
];

fn ending(mime_type: &str) -> &'static str {
    ENDINGS
        .iter()
        .find(|(mime, _)| *mime == mime_type)
        .map_or("bin", |(_, ending)| ending)
}

/// The MIME type that an object is served with, by its key's ending.
pub fn mime_type(key: &str) -> &'static str {
    let found = key
        .rsplit_once('.')
        .and_then(|(_, end)| ENDINGS.iter().find(|(_, e)| *e == end));
    found.map_or("application/octet-stream", |(mime, _)| mime)
}

/// An uploaded file.
pub fn asset(id: &AssetId, mime_type: &str) -> String {
    format!("assets/{id}.{}", ending(mime_type))
}

/// Bytes that arrived for an upload; `arrival` tells those apart that were sent again.
pub fn asset_bytes(id: &AssetId, arrival: &AssetId, mime_type: &str) -> String {
    format!("assets/{id}/{arrival}.{}", ending(mime_type))
}

/// The photo or footage that a look is made from.
pub fn look_source(id: &LookId, mime_type: &str) -> String {
    format!("looks/{id}/source.{}", ending(mime_type))
}

/// A person who gives consent.
pub fn consent_recording(id: &RecordingId, mime_type: &str) -> String {
    format!("consent/{id}.{}", ending(mime_type))
}

/// The trained form of a look.
pub fn puppet(id: &LookId) -> String {
    format!("looks/{id}/puppet.bin")
}

/// A sound of the audio library, which all workspaces share.
pub fn library_sound(revision: u32, id: &str) -> String {
    format!("sounds/{revision}/{id}.mp3")
}

/// The id of the sound that a key of [`library_sound`] names.
pub fn library_sound_id(key: &str, revision: u32) -> Option<&str> {
    let rest = key.strip_prefix("sounds/")?.strip_suffix(".mp3")?;
    let (of, id) = rest.split_once('/')?;
    (of == revision.to_string()).then_some(id)
}

pub fn preview_image(id: &LookId) -> String {
    format!("looks/{id}/preview.jpg")
}

pub fn preview_video(id: &LookId) -> String {
    format!("looks/{id}/preview.mp4")
}

pub fn video(id: &VideoId) -> String {
    format!("videos/{id}/video.mp4")
}

/// The same as transparent WebM.
pub fn transparent_video(id: &VideoId) -> String {
    format!("videos/{id}/video.webm")
}

/// The video with captions drawn into it, of the same kind as the one without, whose key is given.
pub fn captioned_video(id: &VideoId, plain: &str) -> String {
    format!("videos/{id}/captioned.{}", ending(mime_type(plain)))
}

/// A picture that was given for this video alone, such as its background.
pub fn video_picture(id: &VideoId, name: &str, mime_type: &str) -> String {
    format!("videos/{id}/{name}.{}", ending(mime_type))
}

/// A file that was sent for one video alone; `index` is its place among them.
pub fn video_input(id: &VideoId, index: usize, mime_type: &str) -> String {
    format!("videos/{id}/input-{index}.{}", ending(mime_type))
}

pub fn thumbnail(id: &VideoId) -> String {
    format!("videos/{id}/thumbnail.jpg")
}

/// The recording that a voice is cloned from.
pub fn voice_source(id: &VoiceId, mime_type: &str) -> String {
    format!("voices/{id}/source.{}", ending(mime_type))
}

/// Speech on its own; `digest` is of everything that decides its sound.
pub fn speech(digest: &str) -> String {
    format!("speech/{digest}.mp3")
}

/// The words of a speech with their times.
pub fn speech_words(digest: &str) -> String {
    format!("speech/{digest}.json")
}

/// The sound and the timing of a kept speech.
pub fn kept_speech(digest: &str) -> [String; 2] {
    [format!("kept/{digest}.wav"), format!("kept/{digest}.json")]
}

/// How the keys of what can be watched of a video begin; `attempt` tells those apart that began anew.
pub fn live(id: &VideoId, attempt: &str) -> String {
    format!("live/{id}/{attempt}")
}

/// One part of what can be watched, from 0.
pub fn live_part(prefix: &str, index: u64) -> String {
    format!("{prefix}/{index:05}.mp4")
}

pub fn subtitles(id: &VideoId) -> String {
    format!("videos/{id}/subtitles.srt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_type_is_served_as_itself() {
        let id = AssetId::new();
        for (mime, _) in ENDINGS {
            assert_eq!(mime_type(&asset(&id, mime)), *mime);
        }
        assert_eq!(
            mime_type(&asset(&id, "text/plain")),
            "application/octet-stream"
        );
        assert_eq!(mime_type("no-ending"), "application/octet-stream");
    }
}
