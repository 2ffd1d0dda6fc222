//! What follows for a group's consent when footage of a person was trained.

use likeness_domain::consent::{Act, ConsentStatus, LedgerEntry};
use likeness_domain::id::{GroupId, WorkspaceId};
use likeness_infer::FaceEmbedding;

use super::Policy;
use crate::error::Missing;
use crate::{App, Error};

/// Faces kept of a group; later ones replace the oldest.
const MAX_FACES: usize = 128;

/// Whether `faces`, of new footage, are of the person whom the group's earlier footage shows. True for its first footage.
/// Training should fail where it is not: one person's consent must not let another be used.
pub async fn shows_the_same_person(
    app: &App,
    workspace: &WorkspaceId,
    group: &GroupId,
    faces: &[FaceEmbedding],
) -> Result<bool, Error> {
    let known = group_faces(app, workspace, group).await?;
    Ok(same_person(&known, faces))
}

fn same_person(known: &[FaceEmbedding], faces: &[FaceEmbedding]) -> bool {
    match (FaceEmbedding::mean(known), FaceEmbedding::mean(faces)) {
        (Some(known), Some(new)) => known.is_same_person(&new),
        (None, _) => true,
        (Some(_), None) => false,
    }
}

/// The faces that the group's footage shows.
pub(crate) async fn group_faces(
    app: &App,
    workspace: &WorkspaceId,
    group: &GroupId,
) -> Result<Vec<FaceEmbedding>, Error> {
    let rows = app.store().group_faces(workspace, group).await?;
    let faces: Option<Vec<_>> = rows.iter().map(|row| FaceEmbedding::of(row)).collect();
    faces.ok_or_else(|| Error::Internal(anyhow::anyhow!("a kept face is no embedding")))
}

/// To be called when a twin of the group has been trained, before its look is completed, with the faces of several frames
/// of the footage. Keeps them for comparing with recordings of consent. Consent that stood is taken back when they are of
/// somebody else; under [`Policy::Trusted`] consent is granted. Doing it again changes nothing.
pub async fn after_training(
    app: &App,
    workspace: &WorkspaceId,
    group: &GroupId,
    faces: &[FaceEmbedding],
) -> Result<(), Error> {
    let store = app.store();
    let standing = store
        .get_group(workspace, group)
        .await
        .map_err(Error::or_missing(Missing::Group))?
        .consent_status;
    let mut known = group_faces(app, workspace, group).await?;
    let same = same_person(&known, faces);
    known.retain(|face| !faces.contains(face));
    known.extend_from_slice(faces);
    let rows: Vec<Vec<f32>> = known
        .iter()
        .skip(known.len().saturating_sub(MAX_FACES))
        .map(|face| face.values().to_vec())
        .collect();
    store
        .put_group_faces(workspace, group, &rows, app.now())
        .await
        .map_err(Error::or_missing(Missing::Group))?;
    let entry = |act, actor: &str| LedgerEntry {
        at: app.now(),
        workspace_id: workspace.clone(),
        group_id: group.clone(),
        act,
        actor: actor.to_owned(),
        recording_sha256: None,
        detail: "{}".to_owned(),
    };
    if standing == Some(ConsentStatus::Approved) && !same {
        let entry = entry(Act::FootageChanged, "server");
        store
            .set_consent(ConsentStatus::Pending, &entry, None)
            .await?;
    } else if standing != Some(ConsentStatus::Approved)
        && app.settings().consent.policy == Policy::Trusted
    {
        let entry = entry(Act::Granted, "policy:trusted");
        store
            .set_consent(ConsentStatus::Approved, &entry, None)
            .await?;
    }
    Ok(())
}
