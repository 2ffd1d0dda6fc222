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

/// Renames a photo avatar or digital twin.
pub async fn rename(app: &App, caller: &Caller, id: &LookId, name: &str) -> Result<Look, Error> {
    let look = get(app, caller, id).await?;
    if look.is_public {
        return Err(Error::Forbidden("Cannot update public avatar.".to_owned()));
    }
    if look.look_type == LookType::StudioAvatar {
        let message = "Only photo avatar and digital twin looks can be renamed.";
        return Err(Error::invalid("look_id", message));
    }
    let name = crate::avatars::check_name(name)?;
    app.store()
        .rename_look(&caller.workspace_id, id, name)
        .await
        .map_err(Error::or_missing(Missing::Look))
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
        .delete_look(
            &caller.workspace_id,
            id,
            &crate::consent::actor(caller),
            app.now(),
        )
        .await
        .map_err(Error::or_missing(Missing::Look))?;
    app.blobs().delete(&orphans).await?;
    Ok(())
}
