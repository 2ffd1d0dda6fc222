//! Records to write, as small as they come.

use likeness_domain::avatar::{AvatarGroup, AvatarStatus, Failure, Gender, Look, LookType};
use likeness_domain::id::{GroupId, JobId, LookId, VideoId, WorkspaceId};
use likeness_domain::page::{Cursor, PageRequest};
use likeness_domain::time::UnixMillis;
use likeness_domain::video::{Background, SceneRequest, Script, Video, VideoRequest, VideoStatus};
use likeness_store::{ClaimedJob, Lane, NewJob, Store, TrainedLook};

pub(crate) const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
pub(crate) const LEASE_MS: i64 = 30_000;

pub(crate) async fn workspace(store: &Store) -> WorkspaceId {
    let id = WorkspaceId::new();
    store.ensure_workspace(&id, "Test", NOW).await.unwrap();
    id
}

pub(crate) fn group(workspace: &WorkspaceId, created_at: i64) -> AvatarGroup {
    AvatarGroup {
        id: GroupId::new(),
        workspace_id: workspace.clone(),
        is_public: false,
        name: "Anna".to_owned(),
        gender: None,
        default_voice_id: None,
        consent_status: None,
        status: AvatarStatus::Processing,
        error: None,
        preview_image_key: None,
        preview_video_key: None,
        looks_count: 1,
        created_at: UnixMillis(created_at),
    }
}

pub(crate) fn look(group: &AvatarGroup, created_at: i64) -> Look {
    let id = LookId::new();
    Look {
        source_key: format!("looks/{id}/source.png"),
        id,
        group_id: group.id.clone(),
        workspace_id: group.workspace_id.clone(),
        is_public: group.is_public,
        name: "Look".to_owned(),
        look_type: LookType::PhotoAvatar,
        status: AvatarStatus::Processing,
        error: None,
        gender: None,
        default_voice_id: None,
        puppet_key: None,
        preview_image_key: None,
        preview_video_key: None,
        image_width: None,
        image_height: None,
        stored_bytes: 1000,
        progress: 0.0,
        notes: Vec::new(),
        own_mouths: false,
        created_at: UnixMillis(created_at),
    }
}

pub(crate) fn job(workspace: &WorkspaceId, subject: &str) -> NewJob {
    NewJob {
        id: JobId::new(),
        kind: "test",
        lane: Lane::Work,
        payload: "{}".to_owned(),
        workspace_id: workspace.clone(),
        key_id: None,
        subject_id: subject.to_owned(),
        max_attempts: 2,
        run_at: NOW,
        limit: None,
    }
}

/// A new group with one look, whose job waits.
pub(crate) async fn new_avatar(store: &Store, workspace: &WorkspaceId) -> (AvatarGroup, Look) {
    let group = group(workspace, NOW.0);
    let look = look(&group, NOW.0);
    let job = job(workspace, look.id.as_str());
    store.insert_look(Some(&group), &look, job).await.unwrap();
    (group, look)
}

/// One more look of the group, whose job waits.
pub(crate) async fn add_look(store: &Store, group: &AvatarGroup, created_at: i64) -> Look {
    let look = look(group, created_at);
    let job = job(&group.workspace_id, look.id.as_str());
    store.insert_look(None, &look, job).await.unwrap();
    look
}

pub(crate) async fn claim(store: &Store) -> Option<ClaimedJob> {
    let until = NOW.plus_millis(LEASE_MS);
    store.claim_job(Lane::Work, NOW, until).await.unwrap()
}

/// Claims until the job on `subject` is had.
pub(crate) async fn claim_of(store: &Store, subject: &str) -> ClaimedJob {
    loop {
        let job = claim(store).await.expect("no job is left");
        if job.subject_id == subject {
            return job;
        }
    }
}

pub(crate) fn trained(look: &Look) -> TrainedLook {
    TrainedLook {
        puppet_key: format!("looks/{}/puppet.bin", look.id),
        preview_image_key: format!("looks/{}/preview.jpg", look.id),
        preview_video_key: format!("looks/{}/preview.mp4", look.id),
        gender: Some(Gender::Female),
        default_voice_id: Some("0123456789abcdef0123456789abcdef".parse().unwrap()),
        image_width: 640,
        image_height: 480,
        stored_bytes: 500,
        notes: None,
        own_mouths: true,
    }
}

pub(crate) fn failure(code: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        message: "It did not work.".to_owned(),
    }
}

pub(crate) fn video(workspace: &WorkspaceId, title: Option<&str>, created_at: i64) -> Video {
    Video {
        id: VideoId::new(),
        workspace_id: workspace.clone(),
        title: title.map(str::to_owned),
        folder_id: None,
        callback_id: None,
        callback_url: None,
        batch: None,
        request: VideoRequest::of_scene(
            1280,
            720,
            SceneRequest {
                background: Some(Background::Colour([1, 2, 3])),
                ..SceneRequest::of_look(
                    LookId::new(),
                    Script::new(
                        "Hello.",
                        "0123456789abcdef0123456789abcdef".parse().unwrap(),
                    ),
                )
            },
        ),
        status: VideoStatus::Pending,
        progress: 0.0,
        failure: None,
        duration_s: None,
        video_key: None,
        thumbnail_key: None,
        subtitle_key: None,
        created_at: UnixMillis(created_at),
        completed_at: None,
    }
}

pub(crate) async fn new_video(store: &Store, video: &Video) {
    let job = job(&video.workspace_id, video.id.as_str());
    store.insert_video(video, job).await.unwrap();
}

pub(crate) fn first(limit: u32) -> PageRequest {
    PageRequest { limit, after: None }
}

pub(crate) fn next(limit: u32, after: Option<Cursor>) -> PageRequest {
    PageRequest { limit, after }
}
