//! Looks: reading, listing and deleting.

use likeness_domain::avatar::{Look, LookType};
use likeness_domain::id::{GroupId, LookId};
use likeness_domain::page::{Ownership, Page, PageRequest};

use crate::error::Missing;
use crate::{App, Caller, Error};

/// Which looks a list shows.
#[derive(Debug, Clone)]
pub struct LookFilter {
    pub group_id: Option<GroupId>,
    pub look_type: Option<LookType>,
    pub ownership: Ownership,
}

pub async fn get(app: &App, caller: &Caller, id: &LookId) -> Result<Look, Error> {
    app.store()
        .get_look(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Look))
}

pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &LookFilter,
    page: &PageRequest,
) -> Result<Page<Look>, Error> {
    Ok(app
        .store()
        .list_looks(
            &caller.workspace_id,
            filter.group_id.as_ref(),
            filter.look_type,
            filter.ownership,
            page,
        )
        .await?)
}

/// Deletes a look; the last one takes its group along.
pub async fn delete(app: &App, caller: &Caller, id: &LookId) -> Result<(), Error> {
    let look = get(app, caller, id).await?;
    if look.is_public {
        return Err(Error::Forbidden(
            "Public avatars cannot be changed.".to_owned(),
        ));
    }
    if look.look_type == LookType::StudioAvatar {
        return Err(Error::invalid("look_id", "Studio looks cannot be deleted."));
    }
    let orphans = app
        .store()
        .delete_look(&caller.workspace_id, id, app.now())
        .await
        .map_err(Error::or_missing(Missing::Look))?;
    app.blobs().delete(&orphans).await?;
    Ok(())
}
