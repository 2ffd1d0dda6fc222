//! Where frames go: into the file that was asked for, and into a second one with captions drawn in. What lies over all
//! frames is laid over a copy, as the frames themselves are drawn on.

use std::path::PathBuf;

use likeness_media::encode::{EncodeError, EncodeSpec, EncodedFile, Encoder};
use likeness_media::live::Live;
use likeness_render::{Frame, Overlay};
use likeness_text::Lettering;
use likeness_voice::Caption;

use super::FPS;

/// Captions and how they are written.
#[derive(Debug)]
pub(crate) struct CaptionTrack {
    captions: Vec<Caption>,
    lettering: Lettering,
    /// Number of the caption that was drawn last, and its picture; none if it has nothing to see.
    drawn: Option<(usize, Option<Overlay>)>,
}

impl CaptionTrack {
    /// `captions` follow each other in time.
    pub(crate) fn new(captions: Vec<Caption>, lettering: Lettering) -> Self {
        Self {
            captions,
            lettering,
            drawn: None,
        }
    }

    /// The caption that stands in a frame, drawn once.
    fn at(&mut self, frame: u64) -> Option<&Overlay> {
        let now_ms = frame * 1000 / u64::from(FPS);
        let next = self.captions.partition_point(|c| c.start_ms <= now_ms);
        let index = next.checked_sub(1)?;
        let caption = self.captions.get(index).filter(|c| now_ms < c.end_ms)?;
        if self.drawn.as_ref().is_none_or(|(drawn, _)| *drawn != index) {
            let overlay = self
                .lettering
                .draw(&caption.text)
                .map(|drawn| Overlay::new(&drawn.picture, drawn.left, drawn.top, 1.0));
            self.drawn = Some((index, overlay));
        }
        self.drawn.as_ref()?.1.as_ref()
    }
}

/// What is made of the frames beyond the plain file.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub watermark: Option<Overlay>,
    /// The captions, and the file that has them.
    pub captions: Option<(CaptionTrack, PathBuf)>,
}

/// The encoders of one video.
#[derive(Debug)]
pub(crate) struct Outputs {
    plain: Encoder,
    captioned: Option<(CaptionTrack, Encoder)>,
    watermark: Option<Overlay>,
    /// Frames are laid over here.
    scratch: Option<Frame>,
}

impl Outputs {
    /// Starts the encoders.
    pub(crate) fn start(spec: &EncodeSpec, extras: Extras) -> Result<Self, EncodeError> {
        let captioned = extras
            .captions
            .map(|(track, out)| {
                let spec = EncodeSpec {
                    out,
                    ..spec.clone()
                };
                Ok::<_, EncodeError>((track, Encoder::start(&spec)?))
            })
            .transpose()?;
        Ok(Self {
            plain: Encoder::start(spec)?,
            captioned,
            watermark: extras.watermark,
            scratch: None,
        })
    }

    /// Starts the encoder of a video that is watched while it is made.
    pub(crate) fn start_live(
        spec: &EncodeSpec,
        live: Live,
        watermark: Option<Overlay>,
    ) -> Result<Self, EncodeError> {
        Ok(Self {
            plain: Encoder::start_live(spec, live)?,
            captioned: None,
            watermark,
            scratch: None,
        })
    }

    /// Writes one frame into every file.
    pub(crate) fn write(&mut self, frame: &Frame) -> Result<(), EncodeError> {
        let Self {
            plain,
            captioned,
            watermark,
            scratch,
        } = self;
        let number = plain.frames();
        let mut captioned = captioned
            .as_mut()
            .map(|(track, encoder)| (track.at(number), encoder));
        let has_caption = matches!(captioned, Some((Some(_), _)));
        if watermark.is_none() && !has_caption {
            plain.write_frame(frame.as_bytes())?;
            return captioned.map_or(Ok(()), |(_, encoder)| encoder.write_frame(frame.as_bytes()));
        }
        let scratch = scratch.get_or_insert_with(|| frame.picture());
        scratch.copy_picture(frame);
        if let Some(watermark) = watermark {
            watermark.draw(scratch);
        }
        plain.write_frame(scratch.as_bytes())?;
        if let Some((caption, encoder)) = &mut captioned {
            if let Some(caption) = caption {
                caption.draw(scratch);
            }
            encoder.write_frame(scratch.as_bytes())?;
        }
        Ok(())
    }

    /// Ends the files; tells about the plain one.
    pub(crate) fn finish(self) -> Result<EncodedFile, EncodeError> {
        if let Some((_, captioned)) = self.captioned {
            captioned.finish()?;
        }
        self.plain.finish()
    }
}
