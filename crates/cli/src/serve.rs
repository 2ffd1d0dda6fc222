//! `likeness serve`: wires the parts together and runs them until told to stop.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::http::HeaderValue;
use clap::Args;
use likeness_app::consent::{ConsentSettings, Policy, Thresholds};
use likeness_app::housekeeping::{self, Keep};
use likeness_app::links::Links;
use likeness_app::oidc::{Oidc, OidcSettings};
use likeness_app::webhooks::EndpointSecrets;
use likeness_app::{App, Engines, Settings, presenters, work};
use likeness_blobs::Blobs;
use likeness_domain::time::Clock;
use likeness_jobs::{Worker, WorkerConfig};
use likeness_media::child::WorkerCommand;
use likeness_media::encode::EncodeSettings;
use likeness_media::ffmpeg::Ffmpeg;
use likeness_media::image::{DecodeLimits, ImageDecoder};
use likeness_net::{Guarded, NetConfig};
use likeness_server::{ServerSettings, ServerState, router};
use likeness_store::{Lane, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ConsentPolicy};
use crate::{Common, MEDIA_WORKER, log};

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    common: Common,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "LIKENESS_LISTEN")]
    listen: Option<String>,
}

/// File in the data folder that holds the address in use while the server runs.
const ADDRESS_FILE: &str = "listen.addr";

/// Calls to webhook endpoints under way at once.
const DELIVERIES_AT_ONCE: usize = 16;

/// Jobs of test workspaces under way at once. Most of them wait, or run a child for a moment.
const TEST_JOBS_AT_ONCE: usize = 8;

/// How long answers in flight may take when the server stops.
const DRAIN: Duration = Duration::from_secs(20);

pub(crate) fn run(args: &ServeArgs) -> Result<()> {
    let config = args
        .common
        .load(&[("server.listen", args.listen.clone())])?;
    let _log = log::start(&config)?;
    let data_dir = std::fs::canonicalize(&args.common.data_dir)?;
    tokio::runtime::Runtime::new()?.block_on(serve(&config, &data_dir))
}

async fn serve(config: &Config, data_dir: &Path) -> Result<()> {
    let listen = &config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    let shutdown = CancellationToken::new();
    stop_on_signals(&shutdown)?;

    let clock = Clock::system();
    let store = Store::connect(&config.database_url(data_dir))
        .await
        .context("database")?;
    let public_url = match config.server.public_url.trim_end_matches('/') {
        "" => format!("http://{address}"),
        url => url.to_owned(),
    };
    let app = build_app(config, data_dir, store.clone(), clock.clone(), public_url).await?;
    if config.presenters.library {
        presenters::library::install(&app)
            .await
            .context("library of presenters")?;
    }
    let worker = |lane: Lane, slots: usize| {
        let handlers = match lane {
            Lane::Work | Lane::Test => work::handlers(&app),
            Lane::Delivery => work::delivery_handlers(&app),
        };
        let settings = WorkerConfig {
            lane,
            slots,
            lease: Duration::from_secs(config.worker.lease_s),
            grace: Duration::from_secs(config.worker.grace_s),
            ..WorkerConfig::default()
        };
        Worker::new(
            store.clone(),
            handlers,
            settings,
            clock.clone(),
            app.wake(lane),
        )
    };
    let workers = [
        worker(Lane::Work, config.worker.slots),
        worker(Lane::Test, TEST_JOBS_AT_ONCE),
        worker(Lane::Delivery, DELIVERIES_AT_ONCE),
    ];
    let mut working = JoinSet::new();
    for worker in workers {
        let shutdown = shutdown.clone();
        working.spawn(async move { worker.run(shutdown).await });
    }

    {
        let (app, shutdown) = (app.clone(), shutdown.clone());
        working.spawn(async move { housekeeping::run(&app, shutdown).await });
    }

    let settings = ServerSettings {
        requests_per_second: config.server.requests_per_second,
        burst: config.server.burst,
        request_timeout: Duration::from_secs(config.server.request_timeout_s),
        cors_origins: cors_origins(config)?,
        bare_body_bytes: config.server.bare_body_bytes,
        scratch_dir: app.settings().scratch_dir.clone(),
    };
    let secret = store.get_or_insert_secret("page-tokens", random()?).await?;
    let oidc = oidc(config).context("oidc")?;
    let routes = router(ServerState::new(app, settings, secret, oidc));
    // Written under another name first: a reader never sees half an address.
    let (written, address_file) = (data_dir.join("listen.tmp"), data_dir.join(ADDRESS_FILE));
    std::fs::write(&written, address.to_string())?;
    std::fs::rename(&written, &address_file)?;
    tracing::info!("listening on http://{address}");

    let server = axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        outcome = server => outcome?,
        () = drained => tracing::warn!("answers in flight were given up"),
    }
    shutdown.cancel();
    while working.join_next().await.is_some() {}
    store.close().await;
    std::fs::remove_file(address_file).ok();
    tracing::info!("stopped");
    Ok(())
}

async fn build_app(
    config: &Config,
    data_dir: &Path,
    store: Store,
    clock: Clock,
    public_url: String,
) -> Result<App> {
    let models = config.models_dir();
    let engines = Engines::open(&models).with_context(|| {
        format!(
            "no models in {}; `cargo xtask setup` brings them",
            models.display()
        )
    })?;
    let worker = WorkerCommand::this_program(MEDIA_WORKER);
    let ffmpeg = Ffmpeg::find()
        .context("ffmpeg is not installed")?
        .with_worker(worker.clone());
    let secret = store.get_or_insert_secret("links", random()?).await?;
    let webhook_secret = store.get_or_insert_secret("webhooks", random()?).await?;
    let scratch_dir = data_dir.join("scratch");
    // What a killed server left behind: no job knows these files any more.
    if scratch_dir.exists() {
        std::fs::remove_dir_all(&scratch_dir)?;
    }
    std::fs::create_dir_all(&scratch_dir)?;
    let net = NetConfig {
        allow_private_hosts: config.net.allow_private_hosts,
        allow_http: config.net.allow_private_hosts,
        ..NetConfig::default()
    };
    Ok(App::new(
        store,
        Blobs::open(&config.blob_config(data_dir)).context("object store")?,
        Guarded::new(net)?,
        ImageDecoder::new(worker, DecodeLimits::default()),
        engines,
        Links::new(
            public_url,
            secret,
            Duration::from_secs(config.server.link_lifetime_s),
        ),
        EndpointSecrets::new(webhook_secret),
        Settings {
            max_file_bytes: config.server.max_file_bytes,
            max_upload_bytes: config.server.max_upload_bytes,
            max_active_jobs: config.server.max_active_jobs,
            encoding: EncodeSettings {
                preset: config.video.preset.name().to_owned(),
                crf: config.video.crf,
                ..EncodeSettings::new(ffmpeg)
            },
            keep: Keep {
                events: days(config.keep.events_days),
                jobs: days(config.keep.jobs_days),
                results: days(config.keep.results_days),
                results_bytes: config.keep.results_bytes,
            },
            consent: consent(config),
            scratch_dir,
        },
        clock,
    ))
}

fn consent(config: &Config) -> ConsentSettings {
    let policy = match config.consent.policy {
        ConsentPolicy::Verified => Policy::Verified,
        ConsentPolicy::Attested => Policy::Attested,
        ConsentPolicy::Trusted => {
            tracing::warn!(
                "consent.policy is trusted: digital twins can be used without their person's consent; \
                 for development only"
            );
            Policy::Trusted
        }
    };
    let set = &config.consent;
    ConsentSettings {
        policy,
        thresholds: Thresholds {
            same_face: set.same_face,
            other_face: set.other_face,
            statement_share: set.statement_share,
            lips_follow: set.lips_follow,
            lips_apart: set.lips_apart,
            missing_share: set.missing_share,
            others_share: set.others_share,
        },
    }
}

fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 24 * 3600)
}

fn cors_origins(config: &Config) -> Result<Vec<HeaderValue>> {
    let origins = config.server.cors_origins.iter();
    let parsed = origins.map(|origin| HeaderValue::from_str(origin).context("server.cors_origins"));
    parsed.collect()
}

/// What checks the tokens of the operator's issuer, if there is one.
fn oidc(config: &Config) -> Result<Option<Oidc>> {
    let settings = &config.oidc;
    if settings.issuer.is_empty() {
        return Ok(None);
    }
    let known_scopes = likeness_server::known_scopes();
    Ok(Some(Oidc::new(OidcSettings {
        issuer: settings.issuer.clone(),
        audience: settings.audience.clone(),
        jwks_url: settings.jwks_url.clone(),
        clock_skew_s: settings.clock_skew_s,
        workspace_claim: settings.workspace_claim.clone(),
        scope_claim: settings.scope_claim.clone(),
        require_scopes: settings.require_scopes,
        known_scopes: known_scopes.into_iter().map(str::to_owned).collect(),
    })?))
}

fn random() -> Result<[u8; 32]> {
    likeness_app::keys::random_secret()
}

/// The first SIGTERM or SIGINT asks everything to stop.
fn stop_on_signals(shutdown: &CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        shutdown.cancel();
    });
    Ok(())
}
