//! The worker loop on both databases, with handlers that do what handlers may do.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what the tests share fails the test by panicking, and says where it was"
)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use likeness_domain::avatar::Failure;
use likeness_domain::id::{JobId, LookId, VideoId, WorkspaceId};
use likeness_domain::time::{Clock, UnixMillis};
use likeness_domain::video::{SceneRequest, Script, Video, VideoRequest, VideoStatus};
use likeness_jobs::{Done, Handler, JobContext, JobError, Worker, WorkerConfig};
use likeness_store::{FileLinks, Lane, NewJob, RenderedVideo, Store, StoreError};
use likeness_testkit::Backend;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the handler does with its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Finish,
    FailInPassing,
    FailOnce,
    /// More often than there are attempts.
    WaitFourTimes,
    Panic,
    /// Works until it is told to stop.
    Linger,
    /// Works for longer than a lease, then finishes.
    Slow,
}

struct Acting {
    store: Store,
    way: Way,
    runs: AtomicUsize,
    stops: AtomicUsize,
}

impl Acting {
    async fn act(&self, job: JobContext) -> Result<Done, JobError> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        let cause = || anyhow::anyhow!("the disk is full");
        let after = Duration::from_millis(10);
        match self.way {
            Way::Panic => panic!("a handler's own fault"),
            Way::FailInPassing => {
                return Err(JobError::Retry {
                    after,
                    cause: cause(),
                });
            }
            Way::FailOnce if run == 1 => {
                return Err(JobError::Retry {
                    after,
                    cause: cause(),
                });
            }
            Way::WaitFourTimes if run <= 4 => return Err(JobError::NotYet { after }),
            Way::Linger => {
                job.stopped().await;
                self.stops.fetch_add(1, Ordering::SeqCst);
                job.checkpoint()?;
            }
            Way::Slow => tokio::time::sleep(LEASE * 3).await,
            Way::Finish | Way::FailOnce | Way::WaitFourTimes => {}
        }
        let id: VideoId = job.subject_id().parse().unwrap();
        let rendered = RenderedVideo {
            duration_s: 1.0,
            video_key: "v".to_owned(),
            thumbnail_key: "t".to_owned(),
            subtitle_key: "s".to_owned(),
            stored_bytes: 2000,
            spoken_characters: 30,
            film_digest: None,
        };
        let links = FileLinks {
            video: "link",
            captioned: None,
        };
        let now = UnixMillis::now();
        match self
            .store
            .complete_video(job.lease(), &id, &rendered, links, now)
            .await
        {
            Ok(()) => Ok(Done),
            Err(StoreError::LeaseLost) => Err(JobError::Stopped),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Handler for Acting {
    fn run(&self, job: JobContext) -> BoxFuture<'_, Result<Done, JobError>> {
        self.act(job).boxed()
    }

    fn give_up(&self, job: JobContext, failure: Failure) -> BoxFuture<'_, ()> {
        async move {
            let id: VideoId = job.subject_id().parse().unwrap();
            let now = UnixMillis::now();
            self.store
                .fail_video(job.lease(), &id, &failure, now)
                .await
                .unwrap();
        }
        .boxed()
    }
}

const LEASE: Duration = Duration::from_millis(600);

/// A worker at work on a fresh database.
struct Stage {
    _backend: Backend,
    store: Store,
    workspace: WorkspaceId,
    handler: Arc<Acting>,
    worker: Worker,
    wake: Arc<Notify>,
    shutdown: CancellationToken,
}

impl Stage {
    async fn new(backend: Backend, way: Way, lease: Duration) -> Self {
        println!("on {}", backend.name);
        let store = Store::connect(&backend.database_url).await.unwrap();
        let workspace = WorkspaceId::new();
        store
            .ensure_workspace(&workspace, "Test", UnixMillis(0))
            .await
            .unwrap();
        let handler = Arc::new(Acting {
            store: store.clone(),
            way,
            runs: AtomicUsize::new(0),
            stops: AtomicUsize::new(0),
        });
        let handlers = HashMap::from([("test", handler.clone() as Arc<dyn Handler>)]);
        let wake = Arc::new(Notify::new());
        let config = WorkerConfig {
            lane: Lane::Work,
            slots: 2,
            lease,
            poll: Duration::from_millis(50),
            grace: Duration::from_secs(5),
        };
        let worker = Worker::new(
            store.clone(),
            handlers,
            config,
            Clock::system(),
            wake.clone(),
        );
        Self {
            _backend: backend,
            store,
            workspace,
            handler,
            worker,
            wake,
            shutdown: CancellationToken::new(),
        }
    }

    fn start(&self) -> tokio::task::JoinHandle<()> {
        let (worker, shutdown) = (self.worker.clone(), self.shutdown.clone());
        tokio::spawn(async move { worker.run(shutdown).await })
    }

    async fn enqueue(&self, kind: &'static str) -> VideoId {
        let now = UnixMillis::now();
        let video = Video {
            id: VideoId::new(),
            workspace_id: self.workspace.clone(),
            title: None,
            folder_id: None,
            callback_id: None,
            callback_url: None,
            batch: None,
            request: VideoRequest::of_scene(
                1280,
                720,
                SceneRequest::of_look(
                    LookId::new(),
                    Script::new(
                        "Hello.",
                        "0123456789abcdef0123456789abcdef".parse().unwrap(),
                    ),
                ),
            ),
            status: VideoStatus::Pending,
            progress: 0.0,
            failure: None,
            duration_s: None,
            video_key: None,
            thumbnail_key: None,
            subtitle_key: None,
            created_at: now,
            completed_at: None,
        };
        let job = NewJob {
            id: JobId::new(),
            kind,
            lane: Lane::Work,
            payload: "{}".to_owned(),
            workspace_id: self.workspace.clone(),
            key_id: None,
            subject_id: video.id.as_str().to_owned(),
            max_attempts: 3,
            run_at: now,
            limit: None,
        };
        self.store.insert_video(&video, job).await.unwrap();
        self.wake.notify_one();
        video.id
    }

    async fn ended(&self, id: &VideoId) -> Video {
        let ending = async {
            loop {
                let video = self.store.get_video(&self.workspace, id).await.unwrap();
                if matches!(video.status, VideoStatus::Completed | VideoStatus::Failed) {
                    return video;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ending)
            .await
            .expect("it does not end")
    }

    async fn until(&self, reached: impl Fn(&Acting) -> bool) {
        let reaching = async {
            while !reached(&self.handler) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reaching)
            .await
            .expect("it is not reached");
    }

    async fn idle(&self) {
        let idling = async {
            while self.store.active_jobs(&self.workspace).await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, idling)
            .await
            .expect("a job stays");
    }

    fn runs(&self) -> usize {
        self.handler.runs.load(Ordering::SeqCst)
    }
}

async fn stages(way: Way) -> Vec<Stage> {
    let mut stages = Vec::new();
    for backend in likeness_testkit::backends().await.unwrap() {
        stages.push(Stage::new(backend, way, LEASE).await);
    }
    stages
}

#[tokio::test]
async fn jobs_are_done_each_once_by_workers_together() {
    for stage in stages(Way::Finish).await {
        let workers = [stage.start(), stage.start()];
        let mut ids = Vec::new();
        for _ in 0..20 {
            ids.push(stage.enqueue("test").await);
        }
        for id in &ids {
            assert_eq!(stage.ended(id).await.status, VideoStatus::Completed);
        }
        assert_eq!(stage.runs(), 20);
        stage.shutdown.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_failed_in_passing_is_tried_again() {
    for stage in stages(Way::FailOnce).await {
        let _worker = stage.start();
        let id = stage.enqueue("test").await;
        assert_eq!(stage.ended(&id).await.status, VideoStatus::Completed);
        assert_eq!(stage.runs(), 2);
        stage.shutdown.cancel();
    }
}

#[tokio::test]
async fn waiting_for_another_job_is_no_attempt() {
    for stage in stages(Way::WaitFourTimes).await {
        let _worker = stage.start();
        let id = stage.enqueue("test").await;
        assert_eq!(stage.ended(&id).await.status, VideoStatus::Completed);
        assert_eq!(stage.runs(), 5);
        stage.shutdown.cancel();
    }
}

#[tokio::test]
async fn what_keeps_failing_ends_with_its_reason() {
    for (way, reason) in [
        (Way::FailInPassing, "the disk is full"),
        (Way::Panic, "a fault of its own"),
    ] {
        for stage in stages(way).await {
            let _worker = stage.start();
            let id = stage.enqueue("test").await;
            let failed = stage.ended(&id).await;
            assert_eq!(failed.status, VideoStatus::Failed);
            let message = failed.failure.unwrap().message;
            assert!(message.contains(reason), "{message}");
            assert_eq!(stage.runs(), 3);
            stage.shutdown.cancel();
        }
    }
}

#[tokio::test]
async fn long_work_keeps_its_lease() {
    for stage in stages(Way::Slow).await {
        let _worker = stage.start();
        let id = stage.enqueue("test").await;
        assert_eq!(stage.ended(&id).await.status, VideoStatus::Completed);
        assert_eq!(stage.runs(), 1, "nobody took it over");
        stage.shutdown.cancel();
    }
}

#[tokio::test]
async fn shutdown_hands_jobs_back_untouched() {
    for stage in stages(Way::Linger).await {
        let worker = stage.start();
        stage.enqueue("test").await;
        stage
            .until(|handler| handler.runs.load(Ordering::SeqCst) == 1)
            .await;
        stage.shutdown.cancel();
        tokio::time::timeout(PATIENCE, worker)
            .await
            .unwrap()
            .unwrap();
        let now = UnixMillis::now();
        let job = stage
            .store
            .claim_job(Lane::Work, now, now.plus_millis(1000))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(job.attempt, 1, "the attempt did not count");
    }
}

/// However long its lease is.
#[tokio::test]
async fn a_cancelled_job_stops_and_makes_room() {
    for backend in likeness_testkit::backends().await.unwrap() {
        let stage = Stage::new(backend, Way::Linger, Duration::from_hours(1)).await;
        let _worker = stage.start();
        let id = stage.enqueue("test").await;
        stage
            .until(|handler| handler.runs.load(Ordering::SeqCst) == 1)
            .await;
        let now = UnixMillis::now();
        stage
            .store
            .delete_video(&stage.workspace, &id, now)
            .await
            .unwrap();
        stage
            .until(|handler| handler.stops.load(Ordering::SeqCst) == 1)
            .await;
        stage.idle().await;
        stage.shutdown.cancel();
    }
}

#[tokio::test]
async fn an_unknown_kind_is_left_for_a_server_that_knows_it() {
    for stage in stages(Way::Finish).await {
        let worker = stage.start();
        stage.enqueue("from the future").await;
        let known = stage.enqueue("test").await;
        assert_eq!(stage.ended(&known).await.status, VideoStatus::Completed);
        stage.shutdown.cancel();
        worker.await.unwrap();
        assert_eq!(stage.store.active_jobs(&stage.workspace).await.unwrap(), 1);
    }
}
