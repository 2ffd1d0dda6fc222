//! The application: what every use case needs, and the settings it obeys.

use std::sync::Arc;

use likeness_blobs::Blobs;
use likeness_domain::id::{KeyId, WorkspaceId};
use likeness_domain::time::{Clock, UnixMillis};
use likeness_media::image::ImageDecoder;
use likeness_net::Guarded;
use likeness_store::{Lane, Store};
use tokio::sync::{Notify, Semaphore};

use crate::engines::Engines;
use crate::links::Links;
use crate::webhooks::EndpointSecrets;

/// Speeches made at the same time while their callers wait.
const SPEECHES_AT_ONCE: usize = 2;

/// Who calls: a workspace, through one of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub workspace_id: WorkspaceId,
    pub key_id: KeyId,
}

/// Limits and places that an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Largest file an operation takes, in bytes. The contract says 32 MB.
    pub max_file_bytes: u64,
    /// Largest file that may be sent to a slot of its own, in bytes.
    pub max_upload_bytes: u64,
    /// Jobs a workspace may have waiting or running at once.
    pub max_active_jobs: u64,
    /// How videos are encoded.
    pub encoding: likeness_media::encode::EncodeSettings,
    /// How long things are kept that are forgotten by themselves.
    pub keep: crate::housekeeping::Keep,
    /// How people agree to their likeness.
    pub consent: crate::consent::ConsentSettings,
    /// Folder for the scratch files of running jobs.
    pub scratch_dir: std::path::PathBuf,
}

/// Cheap to clone; has no setters.
#[derive(Debug, Clone)]
pub struct App {
    inner: Arc<Inner>,
}

/// One for the workers of each lane.
#[derive(Debug, Default)]
struct Wakes {
    work: Arc<Notify>,
    test: Arc<Notify>,
    delivery: Arc<Notify>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    blobs: Blobs,
    net: Guarded,
    decoder: ImageDecoder,
    engines: Engines,
    links: Links,
    endpoint_secrets: EndpointSecrets,
    settings: Settings,
    clock: Clock,
    wakes: Wakes,
    speaking: Semaphore,
    sounding: Semaphore,
    filming: Semaphore,
}

impl App {
    #[expect(
        clippy::too_many_arguments,
        reason = "the composition root names every part once"
    )]
    pub fn new(
        store: Store,
        blobs: Blobs,
        net: Guarded,
        decoder: ImageDecoder,
        engines: Engines,
        links: Links,
        endpoint_secrets: EndpointSecrets,
        settings: Settings,
        clock: Clock,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                blobs,
                net,
                decoder,
                engines,
                links,
                endpoint_secrets,
                settings,
                clock,
                wakes: Wakes::default(),
                speaking: Semaphore::new(SPEECHES_AT_ONCE),
                sounding: Semaphore::new(1),
                filming: Semaphore::new(1),
            }),
        }
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    pub fn engines(&self) -> &Engines {
        &self.inner.engines
    }

    pub fn links(&self) -> &Links {
        &self.inner.links
    }

    pub(crate) fn endpoint_secrets(&self) -> &EndpointSecrets {
        &self.inner.endpoint_secrets
    }

    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub fn now(&self) -> UnixMillis {
        self.inner.clock.now()
    }

    /// Notified when a job of the lane was enqueued, so that a worker in this process starts at once.
    pub fn wake(&self, lane: Lane) -> Arc<Notify> {
        let wakes = &self.inner.wakes;
        match lane {
            Lane::Work => &wakes.work,
            Lane::Test => &wakes.test,
            Lane::Delivery => &wakes.delivery,
        }
        .clone()
    }

    /// A fresh signed link to an object.
    pub fn link(&self, key: &str) -> String {
        self.inner.links.url(key, self.now())
    }

    /// Turns of speech that callers wait for.
    pub(crate) fn speaking(&self) -> &Semaphore {
        &self.inner.speaking
    }

    /// The turn of making sounds of the library.
    pub(crate) fn sounding(&self) -> &Semaphore {
        &self.inner.sounding
    }

    /// The turn of filming stock looks.
    pub(crate) fn filming(&self) -> &Semaphore {
        &self.inner.filming
    }

    pub(crate) fn net(&self) -> &Guarded {
        &self.inner.net
    }

    pub(crate) fn decoder(&self) -> &ImageDecoder {
        &self.inner.decoder
    }

    /// Refuses new work while the workspace has as many active jobs as it may, before anything is fetched for it. The
    /// store counts again when the job is written.
    pub(crate) async fn check_job_limit(&self, caller: &Caller) -> Result<(), crate::Error> {
        let limit = self.settings().max_active_jobs;
        let active = self.store().active_jobs(&caller.workspace_id).await?;
        if active < limit {
            Ok(())
        } else {
            Err(crate::Error::TooManyJobs { active, limit })
        }
    }
}
