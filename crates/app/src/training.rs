//! The `train_look` job: photo → face → puppet → previews.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use image::RgbImage;
use likeness_blobs::keys;
use likeness_domain::avatar::{Failure, Gender, Look};
use likeness_domain::id::VoiceId;
use likeness_domain::video::{SceneRequest, Script, VideoRequest};
use likeness_infer::Face;
use likeness_media::encode::EncodeSettings;
use likeness_render::Puppet;

use crate::error::sentence;
use crate::presenters::{self, Plan};
use crate::rendering::{self, ClipInputs, Material, Persona, Pictures, Progress, RenderError};
use crate::{App, Engines};

/// What the presenter says in the preview video.
pub(crate) const PREVIEW_SCRIPT: &str = "Hello! It is good to meet you.";

/// Longer side of the preview picture, in pixels.
pub(crate) const PREVIEW_IMAGE_SIDE: u32 = 1280;

/// Shorter side of the preview video, in pixels.
const PREVIEW_VIDEO_SHORT_SIDE: f64 = 480.0;

/// The photo cannot become an avatar, or the work was interrupted.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The photo's own fault: trying again would end the same way.
    #[error("{}", .0.message)]
    Unusable(Failure),
    #[error("cancelled")]
    Cancelled,
    /// The server's fault: trying again may help.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl TrainError {
    pub(crate) fn unusable(code: &str, message: &impl ToString) -> Self {
        Self::Unusable(Failure {
            code: code.to_owned(),
            message: sentence(message),
        })
    }
}

/// What training found and made. The objects are stored already.
#[derive(Debug)]
pub(crate) struct Trained {
    pub puppet_key: String,
    pub preview_image_key: String,
    pub preview_video_key: String,
    pub gender: Gender,
    pub default_voice_id: VoiceId,
    pub image_width: u32,
    pub image_height: u32,
    /// Bytes of the objects above.
    pub stored_bytes: i64,
    /// What could not be done as asked, if training has found more than the request did.
    pub notes: Option<Vec<String>>,
    /// Whether a twin's footage offered mouths of the person's own.
    pub own_mouths: bool,
}

/// Trains the look.
pub(crate) async fn train(
    app: &App,
    look: &Look,
    cancelled: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Trained, TrainError> {
    let source = app
        .blobs()
        .get(&look.source_key)
        .await
        .context("the photo cannot be read")?;
    if let Some(plan) = Plan::from_bytes(&source) {
        return presenters::train(app, look, plan, cancelled).await;
    }
    let image = decode(app, source).await?;

    let engines = app.engines().clone();
    let encoding = app.settings().encoding.clone();
    let scratch = tempfile::tempdir_in(&app.settings().scratch_dir).context("no scratch folder")?;
    let dir = scratch.path().to_owned();
    let look_id = look.id.clone();
    let work = tokio::task::spawn_blocking(move || {
        let (mut puppet, face) = puppet(&engines, &image)?;
        rendering::cut_out(&engines, &mut puppet)?;
        let gender = if face.gender.female >= 0.5 {
            Gender::Female
        } else {
            Gender::Male
        };
        let voice = engines.voices().default_for(Some(gender)).id.clone();
        let bytes = puppet.to_bytes();
        let persona = Arc::new(Persona::Photo(puppet));
        let request = preview_request(&look_id, &voice, image.dimensions());
        let video = preview_video(&engines, &request, persona, &encoding, &dir, &cancelled)?;
        let preview = likeness_media::thumbnail(&image, PREVIEW_IMAGE_SIDE);
        let jpeg = likeness_media::encode_jpeg(&preview, 90).context("preview picture")?;
        let made = Made {
            puppet: bytes,
            jpeg,
            video,
        };
        Ok::<_, TrainError>((made, gender, voice, image.dimensions()))
    });
    let (made, gender, voice, size) = work.await.context("training stopped")??;
    keep(app, look, made, (gender, voice), size, None).await
}

/// What training makes of a look, before it is stored.
pub(crate) struct Made {
    pub puppet: Vec<u8>,
    pub jpeg: Vec<u8>,
    pub video: PathBuf,
}

/// Makes the clip in which the trained look introduces itself.
pub(crate) fn preview_video(
    engines: &Engines,
    request: &VideoRequest,
    persona: Arc<Persona>,
    encoding: &EncodeSettings,
    dir: &Path,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<PathBuf, TrainError> {
    let inputs = ClipInputs {
        engines,
        request,
        materials: &[Material::Persona(persona)],
        pictures: &Pictures::default(),
        encoding,
        dir,
        shelf: None,
        parts: None,
    };
    let clip = rendering::make_clip(&inputs, &Progress::new(&|_| {}, cancelled));
    clip.map(|clip| clip.video).map_err(|error| match error {
        error if error.is_cancelled() => TrainError::Cancelled,
        RenderError::Other(error) => TrainError::Other(error),
        error => TrainError::Other(error.into()),
    })
}

/// Stores what was made.
pub(crate) async fn keep(
    app: &App,
    look: &Look,
    made: Made,
    (gender, default_voice_id): (Gender, VoiceId),
    (image_width, image_height): (u32, u32),
    notes: Option<Vec<String>>,
) -> Result<Trained, TrainError> {
    let Made {
        puppet,
        jpeg,
        video,
    } = made;
    let trained = Trained {
        puppet_key: keys::puppet(&look.id),
        preview_image_key: keys::preview_image(&look.id),
        preview_video_key: keys::preview_video(&look.id),
        gender,
        default_voice_id,
        image_width,
        image_height,
        stored_bytes: crate::files::bytes_of(&[&video])
            .saturating_add(size(puppet.len()))
            .saturating_add(size(jpeg.len())),
        notes,
        own_mouths: false,
    };
    let blobs = app.blobs();
    let store = async {
        blobs
            .put_bytes(&trained.puppet_key, Bytes::from(puppet))
            .await?;
        blobs
            .put_bytes(&trained.preview_image_key, Bytes::from(jpeg))
            .await?;
        blobs.put_file(&trained.preview_video_key, &video).await
    };
    store.await.context("the trained look cannot be stored")?;
    Ok(trained)
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Decodes a photo in the limited child process.
pub(crate) async fn decode(app: &App, source: Bytes) -> Result<RgbImage, TrainError> {
    let decoded = app.decoder().decode(source).await.map_err(|error| {
        if error.is_file_fault() {
            TrainError::unusable(error.code(), &error)
        } else {
            TrainError::Other(error.into())
        }
    })?;
    Ok(decoded.image)
}

/// Finds the face of a photo and makes it ready to be moved.
pub(crate) fn puppet(engines: &Engines, image: &RgbImage) -> Result<(Puppet, Face), TrainError> {
    let face = find_face(engines, image)?;
    let puppet = Puppet::train(image, &face.landmarks)
        .map_err(|e| TrainError::unusable("photo_not_usable", &e))?;
    Ok((puppet, face))
}

fn find_face(engines: &Engines, image: &RgbImage) -> Result<Face, TrainError> {
    let mut faces = engines
        .faces()?
        .analyse(image)
        .context("the face networks failed")?;
    let chosen = likeness_infer::judge(&faces, image)
        .map_err(|unusable| TrainError::unusable(unusable.code(), &unusable))?;
    Ok(faces.swap_remove(chosen))
}

/// The preview shows the whole picture of such a size, small.
pub(crate) fn preview_request(
    look_id: &likeness_domain::id::LookId,
    voice: &VoiceId,
    (width, height): (u32, u32),
) -> VideoRequest {
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = PREVIEW_VIDEO_SHORT_SIDE / width.min(height);
    // A panorama is cut to 16:9 rather than made into a strip.
    let long_cap = PREVIEW_VIDEO_SHORT_SIDE * 16.0 / 9.0;
    VideoRequest::of_scene(
        crate::videos::even((width * scale).min(long_cap)),
        crate::videos::even((height * scale).min(long_cap)),
        SceneRequest::of_look(look_id.clone(), Script::new(PREVIEW_SCRIPT, voice.clone())),
    )
}
