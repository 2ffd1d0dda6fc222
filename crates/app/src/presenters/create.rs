//! `POST /v3/avatars` with `type: prompt`.

use bytes::Bytes;
use likeness_blobs::keys;
use likeness_domain::avatar::{AvatarGroup, Look, LookType};
use likeness_domain::id::{GroupId, LookId};
use likeness_presenters::Attributes;
use likeness_presenters::prompt::{self, MAX_PROMPT_CHARS};

use super::plan::{Head, Plan};
use crate::avatars::{self, Added, PHOTO_TYPES, check_name, own_group};
use crate::error::{Missing, NotUsable};
use crate::files::{self, FileSource};
use crate::{App, Caller, Error, test_mode};

/// Most reference pictures of a request.
const MAX_REFERENCES: usize = 3;

/// Shape of the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Aspect {
    #[default]
    Landscape,
    Portrait,
    Square,
    FourToFive,
    FiveToFour,
}

impl Aspect {
    /// Pixels, both even.
    fn size(self) -> (u32, u32) {
        match self {
            Self::Landscape => (1920, 1080),
            Self::Portrait => (1080, 1920),
            Self::Square => (1080, 1080),
            Self::FourToFive => (1080, 1350),
            Self::FiveToFour => (1350, 1080),
        }
    }
}

/// What the request asks for.
#[derive(Debug, Clone)]
pub struct NewPromptAvatar {
    pub name: String,
    pub prompt: String,
    pub references: Vec<FileSource>,
    /// A look to go by.
    pub look_id: Option<LookId>,
    /// Group to add the look to.
    pub group_id: Option<GroupId>,
    pub aspect: Aspect,
}

/// Reads the prompt and queues the look's training; answers at once with status `processing`.
///
/// Without a group of its own the look joins the group of the look it goes by, if that is the caller's; a look of the
/// public library cannot be added to, so a new group is made then.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewPromptAvatar,
) -> Result<(AvatarGroup, Look), Error> {
    let name = check(caller, &new)?;
    let prompt = new.prompt.trim();
    let mut group = match &new.group_id {
        Some(id) => Some(own_group(app, caller, id).await?),
        None => None,
    };
    let model = match &new.look_id {
        Some(id) => Some(model_look(app, caller, id, group.as_ref()).await?),
        None => None,
    };
    if let Some(look) = model
        .as_ref()
        .filter(|look| group.is_none() && !look.is_public)
    {
        group = Some(own_group(app, caller, &look.group_id).await?);
    }
    app.check_job_limit(caller).await?;

    let (references, base) = gather(app, caller, &new, model.as_ref()).await?;
    let reading = prompt::read(prompt, base.as_ref());
    let (width, height) = new.aspect.size();
    let plan = Plan {
        head: Head {
            v: 1,
            attributes: reading.attributes,
            said: reading
                .said
                .iter()
                .map(|kind| format!("{kind:?}"))
                .collect(),
            notes: reading.notes.clone(),
            width,
            height,
            lengths: references.iter().map(Bytes::len).collect(),
        },
        references,
    };
    let bytes = plan.to_bytes().map_err(Error::Internal)?;
    let look_id = LookId::new();
    let source_key = keys::look_source(&look_id, "application/octet-stream");
    let stored_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    app.blobs()
        .put_bytes(&source_key, Bytes::from(bytes))
        .await?;

    let added = Added {
        id: look_id,
        name,
        look_type: LookType::PhotoAvatar,
        source_key,
        stored_bytes,
        notes: reading.notes,
    };
    avatars::add(app, caller, group, added).await
}

/// Checks what needs no look-up; gives the name.
fn check<'a>(caller: &Caller, new: &'a NewPromptAvatar) -> Result<&'a str, Error> {
    let name = check_name(&new.name)?;
    test_mode::check(caller, name, "name")?;
    if new.prompt.trim().is_empty() {
        return Err(Error::invalid("prompt", "The prompt must not be empty."));
    }
    if new.prompt.chars().count() > MAX_PROMPT_CHARS {
        let message = format!("The prompt must have at most {MAX_PROMPT_CHARS} characters.");
        return Err(Error::invalid("prompt", message));
    }
    if new.references.len() > MAX_REFERENCES {
        let message = format!("At most {MAX_REFERENCES} reference images can be used.");
        return Err(Error::invalid("reference_images", message));
    }
    Ok(name)
}

/// The pictures to go by, and the attributes to start from.
async fn gather(
    app: &App,
    caller: &Caller,
    new: &NewPromptAvatar,
    model: Option<&Look>,
) -> Result<(Vec<Bytes>, Option<Attributes>), Error> {
    let mut references = Vec::new();
    for (k, source) in new.references.iter().enumerate() {
        let param = format!("reference_images[{k}]");
        references.push(
            files::read(app, caller, source, &param, PHOTO_TYPES)
                .await?
                .bytes,
        );
    }
    let mut base = None;
    if let Some(look) = model {
        match model_of(app, look).await? {
            Model::Attributes(attributes) => base = Some(*attributes),
            Model::Picture(picture) => references.push(picture),
        }
    }
    Ok((references, base))
}

/// The look that a new one goes by.
async fn model_look(
    app: &App,
    caller: &Caller,
    id: &LookId,
    group: Option<&AvatarGroup>,
) -> Result<Look, Error> {
    let look = app
        .store()
        .get_look(&caller.workspace_id, id)
        .await
        .map_err(Error::or_missing(Missing::Avatar))?;
    if group.is_some_and(|group| group.id != look.group_id) {
        let message = "The reference look is not in the group of avatar_group_id.";
        return Err(Error::invalid("avatar_id", message));
    }
    if look.preview_image_key.is_none() {
        return Err(Error::NotUsable {
            code: NotUsable::Avatar,
            param: "avatar_id".to_owned(),
            message: "The reference look has no image.".to_owned(),
        });
    }
    Ok(look)
}

/// What can be taken over from a look.
enum Model {
    Attributes(Box<Attributes>),
    Picture(Bytes),
}

async fn model_of(app: &App, look: &Look) -> Result<Model, Error> {
    if let Some(key) = &look.puppet_key {
        let trained = app.blobs().get(key).await?;
        if let Ok(attributes) = Attributes::from_bytes(&trained) {
            return Ok(Model::Attributes(Box::new(attributes)));
        }
    }
    let source = app.blobs().get(&look.source_key).await?;
    Ok(match Plan::from_bytes(&source) {
        Some(plan) => Model::Attributes(Box::new(plan.head.attributes)),
        None => Model::Picture(source),
    })
}
