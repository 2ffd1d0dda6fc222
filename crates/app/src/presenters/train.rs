//! Training of a prompt look: references measured, the presenter drawn and filmed.

use std::sync::Arc;

use anyhow::Context as _;
use image::RgbImage;
use likeness_domain::avatar::Look;

use super::plan::{Head, Plan, gender};
use super::reference;
use crate::rendering::Persona;
use crate::training::{
    Made, PREVIEW_IMAGE_SIDE, TrainError, Trained, decode, keep, preview_request, preview_video,
};
use crate::{App, Engines};

/// Makes the look of its plan.
pub(crate) async fn train(
    app: &App,
    look: &Look,
    plan: Plan,
    cancelled: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Trained, TrainError> {
    let Plan {
        mut head,
        references,
    } = plan;
    let mut pictures = Vec::new();
    for (bytes, number) in references.into_iter().zip(1..) {
        match decode(app, bytes).await {
            Ok(picture) => pictures.push((number, picture)),
            Err(TrainError::Unusable(failure)) => {
                let note = format!("Reference image {number} was not used: {}", failure.message);
                head.notes.push(note);
            }
            Err(error) => return Err(error),
        }
    }
    let engines = app.engines().clone();
    let encoding = app.settings().encoding.clone();
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let dir = scratch.path().to_owned();
    let look_id = look.id.clone();
    let work = tokio::task::spawn_blocking(move || {
        measure(&engines, &mut head, &pictures)?;
        let gender = gender(&head.attributes);
        let voice = engines.voices().default_for(Some(gender)).id.clone();
        let image = still(&engines, &head)?;
        let persona = Arc::new(Persona::Presenter(Box::new(head.attributes.clone())));
        let request = preview_request(&look_id, &voice, image.dimensions());
        let video = preview_video(&engines, &request, persona, &encoding, &dir, &cancelled)?;
        let jpeg = likeness_media::encode_jpeg(&image, 90).context("preview picture")?;
        let made = Made {
            puppet: head.attributes.to_bytes(),
            jpeg,
            video,
        };
        Ok::<_, TrainError>((made, gender, voice, head))
    });
    let (made, gender, voice, head) = work.await.context("training stopped")??;
    let size = (head.width, head.height);
    keep(app, look, made, (gender, voice), size, Some(head.notes)).await
}

/// Takes the colours of the reference pictures over.
fn measure(
    engines: &Engines,
    head: &mut Head,
    pictures: &[(i32, RgbImage)],
) -> Result<(), TrainError> {
    let mut attributes = head.attributes.clone();
    for (number, picture) in pictures {
        let faces = engines
            .faces()?
            .analyse(picture)
            .context("the face networks failed")?;
        let landmarks = faces.first().map(|face| &face.landmarks[..]);
        if let Some(note) = reference::take_over(head, &mut attributes, picture, landmarks) {
            head.notes.push(format!("Reference image {number} {note}"));
        }
    }
    head.attributes = attributes;
    Ok(())
}

/// The preview picture, in the look's shape.
fn still(engines: &Engines, head: &Head) -> anyhow::Result<RgbImage> {
    let longer = head.width.max(head.height);
    let side = |side: u32| ((side * PREVIEW_IMAGE_SIDE / longer) & !1) as usize;
    let portrait = likeness_presenters::Portrait::new(
        engines.head()?,
        &head.attributes,
        side(head.width),
        side(head.height),
        likeness_presenters::Ground::Own,
    );
    Ok(portrait.still().clone())
}
