//! What a video shows beside the person who speaks: a background, a watermark, captions drawn in, or nothing at all
//! behind.

use bytes::Bytes;
use likeness_blobs::keys;
use likeness_domain::id::VideoId;
use likeness_domain::video::{
    Background, Corner, Fit, Music, OutputFormat, Picture, SceneRequest, VideoRequest, Watermark,
};

use crate::error::sentence;
use crate::files::{self, FileSource};
use crate::{App, Caller, Error};

/// Types of pictures that are taken.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];
/// Those that the contract names for a watermark.
const MARKS: [&str; 2] = ["image/png", "image/jpeg"];

/// As a request asks for it.
#[derive(Debug, Clone, Default)]
pub struct Dressing {
    pub background: Option<NewBackground>,
    /// Whether the picture's own background is taken away. Left open, it is where something else is to be seen.
    pub remove_background: Option<bool>,
    pub output: OutputFormat,
    pub burn_captions: bool,
    pub watermark: Option<NewWatermark>,
    pub music: Option<Music>,
}

/// What is to be seen behind.
#[derive(Debug, Clone)]
pub enum NewBackground {
    /// Red, green, blue.
    Colour([u8; 3]),
    Image(FileSource),
}

/// A picture to lay over the video.
#[derive(Debug, Clone)]
pub struct NewWatermark {
    pub image: FileSource,
    pub corner: Corner,
    /// -1 to 1.
    pub offset_x: f32,
    /// -1 to 1.
    pub offset_y: f32,
    /// Above 0, up to 2.
    pub scale: f32,
    /// 0 to 1.
    pub opacity: f32,
}

impl Dressing {
    /// What contradicts itself.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.output != OutputFormat::TransparentWebm {
            return Ok(());
        }
        if self.background.is_some() {
            let message = "A webm video is transparent; it takes no background.";
            return Err(Error::invalid("background", message));
        }
        if self.remove_background == Some(false) {
            let message = "A webm video is transparent; its background cannot stay.";
            return Err(Error::invalid("remove_background", message));
        }
        Ok(())
    }

    /// Whether the person is cut out.
    fn cuts_out(&self) -> bool {
        match self.remove_background {
            Some(wish) => wish,
            None => self.background.is_some() || self.output == OutputFormat::TransparentWebm,
        }
    }
}

/// Puts what was asked for into the request of the video `id`. Pictures are read, checked and stored; their keys are added
/// to `stored`, for a caller who cannot use them after all.
pub(crate) async fn dress(
    app: &App,
    caller: &Caller,
    id: &VideoId,
    dressing: &Dressing,
    fit: Option<Fit>,
    request: &mut VideoRequest,
    stored: &mut Vec<String>,
) -> Result<(), Error> {
    dressing.check()?;
    request.output = dressing.output;
    request.burn_captions = dressing.burn_captions;
    if let Some(music) = &dressing.music {
        check_music(music)?;
        request.music = Some(music.clone());
    }
    let cut_out = dressing.cuts_out();
    let background = match &dressing.background {
        None => None,
        Some(NewBackground::Colour(colour)) => Some(Background::Colour(*colour)),
        Some(NewBackground::Image(_)) if !cut_out => {
            let message = "A background image is seen behind a person that is cut out; do not set this to false.";
            return Err(Error::invalid("remove_background", message));
        }
        Some(NewBackground::Image(source)) => {
            let bytes = read(app, caller, source, "background", &PICTURES).await?;
            let key = keys::video_picture(id, "background", bytes.mime_type);
            stored.push(key.clone());
            app.blobs().put_bytes(&key, bytes.bytes).await?;
            Some(Background::Image { key })
        }
    };
    if let Some(mark) = &dressing.watermark {
        let bytes = read(app, caller, &mark.image, "watermark.image", &MARKS).await?;
        let key = keys::video_picture(id, "watermark", bytes.mime_type);
        stored.push(key.clone());
        app.blobs().put_bytes(&key, bytes.bytes).await?;
        request.watermark = Some(Watermark {
            key,
            corner: mark.corner,
            offset_x: mark.offset_x,
            offset_y: mark.offset_y,
            scale: mark.scale,
            opacity: mark.opacity,
        });
    }
    for scene in &mut request.scenes {
        dress_scene(scene, cut_out, background.clone(), fit);
    }
    Ok(())
}

fn check_music(music: &Music) -> Result<(), Error> {
    let found = likeness_sounds::catalogue().find(|sound| sound.id == music.sound_id);
    let message = match found.map(|sound| sound.kind) {
        Some(likeness_sounds::Kind::Music) => return Ok(()),
        Some(likeness_sounds::Kind::Effect) => "This sound is an effect, not music.",
        None => "The audio library has no such sound.",
    };
    Err(Error::invalid("background_music.sound_id", message))
}

/// Puts a person before something else; scenes without one stay as they are.
pub(crate) fn dress_scene(
    scene: &mut SceneRequest,
    cut_out: bool,
    background: Option<Background>,
    fit: Option<Fit>,
) {
    if !matches!(scene.picture, Picture::Look(_) | Picture::Face { .. }) {
        return;
    }
    scene.cut_out = cut_out;
    scene.fit_by_person = cut_out && fit.is_none();
    // A colour that nobody sees would be ignored silently: it asks for a photo that does not fill the frame.
    scene.fit = fit.unwrap_or(if background.is_some() {
        Fit::Contain
    } else {
        Fit::Cover
    });
    scene.background = background;
}

/// A picture that can be decoded.
async fn read(
    app: &App,
    caller: &Caller,
    source: &FileSource,
    param: &str,
    accepted: &[&str],
) -> Result<files::SourceFile, Error> {
    let file = files::read_as_named(
        app,
        caller,
        source,
        param,
        accepted,
        app.settings().max_file_bytes,
    )
    .await?;
    let decoded = app.decoder().decode(Bytes::clone(&file.bytes)).await;
    match decoded {
        Ok(_) => Ok(file),
        Err(error) if error.is_file_fault() => Err(Error::invalid(param, sentence(&error))),
        Err(error) => Err(Error::Internal(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_cut_out_where_something_else_is_to_be_seen() {
        let colour = || Some(NewBackground::Colour([1, 2, 3]));
        for (background, remove_background, output, cut_out) in [
            (None, None, OutputFormat::Mp4, false),
            (None, Some(true), OutputFormat::Mp4, true),
            (colour(), None, OutputFormat::Mp4, true),
            (colour(), Some(false), OutputFormat::Mp4, false),
            (None, None, OutputFormat::TransparentWebm, true),
        ] {
            let dressing = Dressing {
                background,
                remove_background,
                output,
                ..Dressing::default()
            };
            assert!(dressing.check().is_ok());
            assert_eq!(dressing.cuts_out(), cut_out, "{dressing:?}");
        }
    }

    #[test]
    fn transparent_videos_have_no_background() {
        let webm = Dressing {
            output: OutputFormat::TransparentWebm,
            ..Dressing::default()
        };
        let refused = |dressing: Dressing| match dressing.check() {
            Err(Error::Invalid { param, .. }) => param,
            other => panic!("{other:?}"),
        };
        let coloured = Dressing {
            background: Some(NewBackground::Colour([0; 3])),
            ..webm.clone()
        };
        assert_eq!(refused(coloured), "background");
        let kept = Dressing {
            remove_background: Some(false),
            ..webm
        };
        assert_eq!(refused(kept), "remove_background");
    }
}
