//! A video's request as it is kept in its row.

use likeness_domain::id::{LookId, VoiceId};
use likeness_domain::video::{Background, Fit, SceneRequest, Script, VideoRequest};
use serde::Deserialize;

use crate::StoreError;

/// The shape that requests had before there were scenes.
#[derive(Deserialize)]
struct OneLook {
    look_id: LookId,
    script: String,
    voice_id: VoiceId,
    speed: f32,
    volume: f32,
    width: u32,
    height: u32,
    fit: Fit,
    background: Option<[u8; 3]>,
}

impl From<OneLook> for VideoRequest {
    fn from(kept: OneLook) -> Self {
        let script = Script {
            speed: kept.speed,
            volume: kept.volume,
            ..Script::new(kept.script, kept.voice_id)
        };
        let scene = SceneRequest {
            fit: kept.fit,
            background: kept.background.map(Background::Colour),
            ..SceneRequest::of_look(kept.look_id, script)
        };
        Self::of_scene(kept.width, kept.height, scene)
    }
}

/// Reads a request in whichever shape it was kept.
pub(crate) fn read(kept: &str) -> Result<VideoRequest, StoreError> {
    serde_json::from_str(kept)
        .or_else(|_| serde_json::from_str::<OneLook>(kept).map(Into::into))
        .map_err(|_| StoreError::Corrupt("video request"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_kept_before_there_were_scenes_are_read() {
        let (look, voice) = (LookId::new(), "0123456789abcdef0123456789abcdef");
        let kept = format!(
            r#"{{"look_id":"{look}","script":"Hello.","voice_id":"{voice}","speed":1.5,
                "volume":0.5,"width":1280,"height":720,"fit":"contain","background":[1,2,3]}}"#
        );
        let request = read(&kept).unwrap();
        let script = Script {
            speed: 1.5,
            volume: 0.5,
            ..Script::new("Hello.", voice.parse().unwrap())
        };
        let scene = SceneRequest {
            fit: Fit::Contain,
            background: Some(Background::Colour([1, 2, 3])),
            ..SceneRequest::of_look(look, script)
        };
        assert_eq!(request, VideoRequest::of_scene(1280, 720, scene));
        let written = serde_json::to_string(&request).unwrap();
        assert_eq!(read(&written).unwrap(), request);
        assert!(read("{}").is_err());
    }
}
