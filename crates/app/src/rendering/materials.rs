//! What the scenes of a video are made from: fetched, decoded and trained before anything is spoken or drawn.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use likeness_blobs::BlobError;
use likeness_domain::id::LookId;
use likeness_domain::video::{FilmPicture, LookPicture, Picture, SceneRequest, Video};
use likeness_store::StoreError;

use super::Material;
use super::job::{RenderJobError, gone};
use super::shots::canvas;
use crate::App;
use crate::training::{self, TrainError};

/// Gets what the scenes are made from into `dir`: files, so that memory does not grow with the number of scenes.
pub(super) async fn gather(
    app: &App,
    video: &Video,
    dir: &Path,
) -> Result<Vec<Material>, RenderJobError> {
    let mut gathering = Gathering {
        app,
        video,
        dir,
        files: HashMap::new(),
    };
    for audio in video.request.audio() {
        let got = app
            .blobs()
            .download(&audio.key, &super::audio::file(dir, audio))
            .await;
        got.context("the audio of the video cannot be read")?;
    }
    let scenes = &video.request.scenes;
    let mut materials = Vec::with_capacity(scenes.len());
    for (index, scene) in scenes.iter().enumerate() {
        let material = gathering.material(scene, index).await;
        materials.push(if scenes.len() > 1 {
            material.map_err(|error| error.in_scene(index + 1))?
        } else {
            material?
        });
    }
    Ok(materials)
}

struct Gathering<'a> {
    app: &'a App,
    video: &'a Video,
    dir: &'a Path,
    /// Downloaded objects, by key: several scenes may show one look.
    files: HashMap<String, PathBuf>,
}

impl Gathering<'_> {
    async fn material(
        &mut self,
        scene: &SceneRequest,
        index: usize,
    ) -> Result<Material, RenderJobError> {
        match &scene.picture {
            Picture::Look(LookPicture { look_id, mouths_of }) => {
                let look = self.trained(look_id).await?;
                let Some(other) = mouths_of else {
                    return Ok(Material::Trained(look));
                };
                let mouths = self.trained(other).await?;
                Ok(Material::OwnMouths { twin: look, mouths })
            }
            Picture::Face { key } => {
                let (app, image) = (self.app, self.decoded(key).await?);
                let engines = app.engines().clone();
                let file = self.dir.join(format!("face-{index}"));
                let training = tokio::task::spawn_blocking(move || {
                    let (puppet, _) = training::puppet(&engines, &image)?;
                    std::fs::write(&file, puppet.to_bytes())
                        .context("a trained face cannot be kept")?;
                    Ok::<_, TrainError>(file)
                });
                let file = training.await.context("training stopped")?;
                Ok(Material::Trained(file.map_err(untrained)?))
            }
            Picture::Still { key } => {
                let image = self.decoded(key).await?;
                let (width, height) = canvas(&self.video.request, scene);
                let file = self.dir.join(format!("still-{index}.png"));
                let cutting = tokio::task::spawn_blocking(move || {
                    let filled = likeness_render::fill(&image, width, height);
                    let png = likeness_media::encode_png(&filled).context("a still scene")?;
                    std::fs::write(&file, png).context("a still scene cannot be kept")?;
                    Ok::<_, anyhow::Error>(file)
                });
                Ok(Material::Still(cutting.await.context("decoding stopped")??))
            }
            Picture::Film(FilmPicture { key, .. }) => {
                Ok(Material::Film(self.download(key.clone()).await?))
            }
        }
    }

    /// The object that training made.
    async fn trained(&mut self, look_id: &LookId) -> Result<PathBuf, RenderJobError> {
        let look = self
            .app
            .store()
            .get_look(&self.video.workspace_id, look_id)
            .await
            .map_err(|error| match error {
                StoreError::NotFound => gone(),
                other => RenderJobError::Other(other.into()),
            })?;
        let key = look.puppet_key.ok_or_else(gone)?;
        self.download(key).await
    }

    async fn download(&mut self, key: String) -> Result<PathBuf, RenderJobError> {
        let name = format!("object-{}", self.files.len());
        let file = match self.files.entry(key) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(absent) => {
                let file = self.dir.join(name);
                match self.app.blobs().download(absent.key(), &file).await {
                    Ok(()) => absent.insert(file),
                    Err(BlobError::NotFound { .. }) => return Err(gone()),
                    Err(error) => return Err(RenderJobError::Other(error.into())),
                }
            }
        };
        Ok(file.clone())
    }

    /// A picture that was sent, decoded in the limited child.
    async fn decoded(&self, key: &str) -> Result<image::RgbImage, RenderJobError> {
        let bytes = self.app.blobs().get(key).await;
        let bytes = bytes.context("a picture of the video cannot be read")?;
        training::decode(self.app, bytes).await.map_err(untrained)
    }
}

fn untrained(error: TrainError) -> RenderJobError {
    match error {
        TrainError::Unusable(failure) => RenderJobError::Unusable(failure),
        TrainError::Cancelled => RenderJobError::Cancelled,
        TrainError::Other(error) => RenderJobError::Other(error),
    }
}
