//! Endpoints that are told of events, and the telling.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use hmac::{Hmac, KeyInit as _, Mac as _};
use likeness_domain::avatar::Failure;
use likeness_domain::id::{EndpointId, EventId};
use likeness_domain::page::{Page, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::webhook::{Endpoint, Event};
use likeness_jobs::{Done, Handler, JobContext, JobError, Stopped};
use likeness_store::{Delivery, Lane, StoreError};
use sha2::Sha256;

use crate::error::Missing;
use crate::test_mode::{self, BrokenWebhook};
use crate::{App, Caller, Error};

/// How long an endpoint may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Pauses before the second and each later try, in seconds: about a day in all.
const PAUSES_S: [u64; 15] = [
    5, 15, 60, 180, 600, 1200, 1800, 3600, 7200, 10_800, 10_800, 10_800, 10_800, 14_400, 14_400,
];

/// How long no call may have succeeded before an endpoint is turned off, once an event was given up.
const FAILING_FOR_MS: i64 = 3 * 24 * 3600 * 1000;

/// Makes the secrets of endpoints, so that none is stored.
#[derive(Clone)]
pub struct EndpointSecrets([u8; 32]);

impl std::fmt::Debug for EndpointSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EndpointSecrets")
    }
}

impl EndpointSecrets {
    pub fn new(server_secret: [u8; 32]) -> Self {
        Self(server_secret)
    }

    /// `whsec_` and HMAC-SHA256 over id and generation, so each rotation ends the secret before.
    pub fn secret(&self, endpoint: &Endpoint) -> String {
        self.of_generation(&endpoint.id, endpoint.generation)
    }

    fn of_generation(&self, id: &EndpointId, generation: i64) -> String {
        let mut mac = mac(&self.0);
        mac.update(id.as_str().as_bytes());
        mac.update(&generation.to_be_bytes());
        format!("whsec_{}", hex::encode(mac.finalize().into_bytes()))
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// What `POST /v3/webhooks/endpoints` asks for.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    pub url: String,
    pub events: Option<Vec<String>>,
    pub entity_id: Option<String>,
}

/// What becomes of an endpoint's list of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventsChange {
    Keep,
    All,
    Only(Vec<String>),
}

/// Registers an endpoint; gives it with its secret, which is never shown again.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewEndpoint,
) -> Result<(Endpoint, String), Error> {
    check_url(app, &new.url, "url")?;
    let endpoint = Endpoint {
        id: EndpointId::new(),
        workspace_id: caller.workspace_id.clone(),
        url: new.url,
        events: new.events,
        entity_id: new.entity_id,
        enabled: true,
        failing: None,
        generation: 0,
        created_at: app.now(),
    };
    app.store().insert_endpoint(&endpoint).await?;
    let secret = app.endpoint_secrets().secret(&endpoint);
    Ok((endpoint, secret))
}

pub async fn list(app: &App, caller: &Caller, page: &PageRequest) -> Result<Page<Endpoint>, Error> {
    Ok(app
        .store()
        .list_endpoints(&caller.workspace_id, page)
        .await?)
}

/// Changes URL and events, each if it is given, and turns the endpoint on again: its owner has seen to it.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: &EndpointId,
    url: Option<String>,
    events: EventsChange,
) -> Result<Endpoint, Error> {
    let mut endpoint = get(app, caller, id).await?;
    if let Some(url) = url {
        check_url(app, &url, "url")?;
        endpoint.url = url;
    }
    match events {
        EventsChange::Keep => {}
        EventsChange::All => endpoint.events = None,
        EventsChange::Only(events) => endpoint.events = Some(events),
    }
    endpoint.enabled = true;
    endpoint.failing = None;
    write(app, &endpoint).await?;
    Ok(endpoint)
}

/// A secret, and what it can be made from again.
#[derive(Clone, PartialEq, Eq)]
pub struct Rotated {
    pub secret: String,
    /// Count of the rotations.
    pub generation: i64,
}

impl std::fmt::Debug for Rotated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rotated")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// Ends the endpoint's secret at once; gives the new one.
pub async fn rotate_secret(app: &App, caller: &Caller, id: &EndpointId) -> Result<Rotated, Error> {
    let mut endpoint = get(app, caller, id).await?;
    endpoint.generation += 1;
    write(app, &endpoint).await?;
    Ok(Rotated {
        secret: app.endpoint_secrets().secret(&endpoint),
        generation: endpoint.generation,
    })
}

/// The secret that an earlier rotation gave: what is kept of its answer is the generation only.
pub fn secret_of(app: &App, id: &EndpointId, generation: i64) -> String {
    app.endpoint_secrets().of_generation(id, generation)
}

pub async fn delete(app: &App, caller: &Caller, id: &EndpointId) -> Result<(), Error> {
    app.store()
        .delete_endpoint(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Endpoint))
}

/// What has happened, newest first.
pub async fn events(
    app: &App,
    caller: &Caller,
    kind: Option<&str>,
    entity_id: Option<&str>,
    page: &PageRequest,
) -> Result<Page<Event>, Error> {
    Ok(app
        .store()
        .list_events(&caller.workspace_id, kind, entity_id, page)
        .await?)
}

/// Tells an event once more: to the endpoint named, or to all that want it now. Gives how many are told.
pub async fn redeliver(
    app: &App,
    caller: &Caller,
    event: &EventId,
    endpoint: Option<&EndpointId>,
) -> Result<usize, Error> {
    if let Some(endpoint) = endpoint
        && !get(app, caller, endpoint).await?.enabled
    {
        let message = "The endpoint is disabled; change it to turn it on again.";
        return Err(Error::Conflict(message.to_owned()));
    }
    let told = app
        .store()
        .redeliver(&caller.workspace_id, event, endpoint, app.now())
        .await
        .map_err(Error::or_missing(Missing::Event))?;
    app.wake(Lane::Delivery).notify_one();
    Ok(told)
}

/// Refuses a URL that would never be called.
pub(crate) fn check_url(app: &App, url: &str, param: &str) -> Result<(), Error> {
    app.net().check_url(url).map_err(|error| {
        let reason = crate::error::sentence(&error);
        let message = format!("'{param}' must be a publicly accessible HTTPS URL. {reason}");
        Error::invalid(param, message)
    })
}

async fn get(app: &App, caller: &Caller, id: &EndpointId) -> Result<Endpoint, Error> {
    app.store()
        .get_endpoint(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Endpoint))
}

async fn write(app: &App, endpoint: &Endpoint) -> Result<(), Error> {
    app.store()
        .update_endpoint(endpoint)
        .await
        .map_err(Error::or_missing(Missing::Endpoint))
}

/// The time as the contract writes it in events.
pub fn iso_8601(time: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(time.0).map_or_else(|_| String::new(), |t| t.to_string())
}

/// The job that tells one event to one place.
#[derive(Debug)]
pub(crate) struct DeliverEvent {
    pub(crate) app: App,
}

/// Where an event goes.
struct Target {
    url: String,
    /// Of an endpoint; a `callback_url` has none.
    secret: Option<String>,
}

impl DeliverEvent {
    async fn work(&self, job: &JobContext) -> Result<Done, JobError> {
        let store = self.app.store();
        let delivery: Delivery = serde_json::from_str(job.payload()).map_err(|_| Stopped)?;
        let id: EventId = job.subject_id().parse().map_err(|_| Stopped)?;
        let event = store.get_event(job.workspace_id(), &id).await;
        let target = self.target(job, delivery).await;
        let (event, mut target) = match (event, target) {
            (Ok(event), Ok(target)) => (event, target),
            // Nobody wants it any more.
            (Err(StoreError::NotFound), _) | (_, Err(StoreError::NotFound)) => {
                return self.end(job).await;
            }
            (Err(error), _) | (_, Err(error)) => return Err(retry(job, error.into())),
        };
        let broken = if job.workspace_id().is_test() {
            let asked_for = test_mode::webhook_of(&self.app, &event).await;
            asked_for.map_err(|error| retry(job, error.into()))?
        } else {
            None
        };
        match broken {
            Some(BrokenWebhook::Fail) => {
                let failure = Failure {
                    code: "delivery_failed".to_owned(),
                    message: "This failure was asked for by a trigger of test mode.".to_owned(),
                };
                self.note_failure(job, &failure.message).await;
                // As if it had failed for days.
                self.give_up(job, &failure, self.app.now()).await;
                return Ok(Done);
            }
            Some(BrokenWebhook::None) => return self.end(job).await,
            Some(BrokenWebhook::Twice) => {
                let first = self.send(&event, &target).await;
                first.map_err(|cause| retry(job, cause))?;
            }
            Some(BrokenWebhook::Forged) => {
                let forged = target.secret.map(|secret| format!("not {secret}"));
                target.secret = forged;
            }
            None => {}
        }
        match self.send(&event, &target).await {
            Ok(()) => {
                let endpoint = endpoint_of(job);
                let now = self.app.now();
                let store = self.app.store();
                ended(
                    job,
                    store.delivered(job.lease(), endpoint.as_ref(), now).await,
                )
            }
            Err(cause) => {
                self.note_failure(job, &crate::error::sentence(&cause))
                    .await;
                Err(retry(job, cause))
            }
        }
    }

    /// So that the endpoint's owner can read why nothing arrives.
    async fn note_failure(&self, job: &JobContext, why: &str) {
        let Some(endpoint) = endpoint_of(job) else {
            return;
        };
        let store = self.app.store();
        if let Err(error) = store.note_failure(&endpoint, why, self.app.now()).await {
            let error: &dyn std::error::Error = &error;
            tracing::error!(endpoint.id = %endpoint, error, "the failure could not be noted");
        }
    }

    async fn target(&self, job: &JobContext, delivery: Delivery) -> Result<Target, StoreError> {
        if let Some(url) = delivery.callback_url {
            return Ok(Target { url, secret: None });
        }
        let id = delivery.endpoint_id.ok_or(StoreError::NotFound)?;
        let store = self.app.store();
        let endpoint = store.get_endpoint(job.workspace_id(), &id).await?;
        if !endpoint.enabled {
            return Err(StoreError::NotFound);
        }
        Ok(Target {
            secret: Some(self.app.endpoint_secrets().secret(&endpoint)),
            url: endpoint.url,
        })
    }

    async fn send(&self, event: &Event, target: &Target) -> anyhow::Result<()> {
        let data: serde_json::Value = serde_json::from_str(&event.data)?;
        // The official n8n trigger reads `event`, everybody else `event_type`.
        let body = serde_json::json!({
            "event_id": event.id.as_str(),
            "event_type": event.kind,
            "event": event.kind,
            "event_data": data,
            "created_at": iso_8601(event.created_at),
        })
        .to_string();
        let mut headers = vec![
            ("Heygen-Event-Id", event.id.as_str().to_owned()),
            ("Heygen-Timestamp", self.app.now().seconds().to_string()),
        ];
        if let Some(secret) = &target.secret {
            let mut mac = mac(secret.as_bytes());
            mac.update(body.as_bytes());
            let signature = hex::encode(mac.finalize().into_bytes());
            headers.push(("Heygen-Signature", signature.clone()));
            // The older name of the same.
            headers.push(("Signature", signature));
        }
        let net = self.app.net();
        net.post_json(&target.url, &headers, body, ANSWER_TIME)
            .await?;
        Ok(())
    }

    async fn end(&self, job: &JobContext) -> Result<Done, JobError> {
        let store = self.app.store();
        ended(job, store.end_delivery(job.lease(), self.app.now()).await)
    }

    /// `failing_from` is when the endpoint must have begun to fail to be turned off.
    async fn give_up(&self, job: &JobContext, failure: &Failure, failing_from: UnixMillis) {
        let endpoint = endpoint_of(job);
        let (store, now) = (self.app.store(), self.app.now());
        let written = store
            .give_up_delivery(job.lease(), endpoint.as_ref(), failing_from, failure, now)
            .await;
        if let Err(error) = written {
            let error: &dyn std::error::Error = &error;
            tracing::error!(job.id = %job.lease().job_id, error, "the failure could not be written");
        }
    }
}

/// The endpoint that the job tells; `None` for a `callback_url`.
fn endpoint_of(job: &JobContext) -> Option<EndpointId> {
    let delivery: Delivery = serde_json::from_str(job.payload()).ok()?;
    delivery.endpoint_id
}

fn ended(job: &JobContext, written: Result<(), StoreError>) -> Result<Done, JobError> {
    match written {
        Ok(()) => Ok(Done),
        Err(StoreError::LeaseLost) => Err(JobError::Stopped),
        Err(error) => Err(retry(job, error.into())),
    }
}

fn retry(job: &JobContext, cause: anyhow::Error) -> JobError {
    let tried = usize::try_from(job.attempt() - 1).unwrap_or(0);
    let pause = PAUSES_S.get(tried).or(PAUSES_S.last()).copied();
    JobError::Retry {
        after: Duration::from_secs(pause.unwrap_or(60)),
        cause,
    }
}

impl Handler for DeliverEvent {
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>> {
        async move { self.work(&job).await }.boxed()
    }

    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()> {
        async move {
            let failing_from = self.app.now().plus_millis(-FAILING_FOR_MS);
            self.give_up(&job, &failure, failing_from).await;
        }
        .boxed()
    }
}
