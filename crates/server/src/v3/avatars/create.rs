//! `POST /v3/avatars`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::{
    CreateAvatarRequestBody, CreateAvatarResponse, CreateDigitalTwinRequest,
    CreatePhotoAvatarRequest, CreatePromptAvatarRequest, PromptAspectRatio,
};
use likeness_api::error::ErrorBody;
use likeness_app::avatars::{self, MadeFrom, NewAvatar};
use likeness_app::presenters::{self, Aspect, NewPromptAvatar};
use likeness_domain::id::GroupId;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, parse_id, typed};
use crate::state::ServerState;

/// Starts making an avatar from a photo, from footage of a person, or from a prompt.
#[utoipa::path(
    post,
    path = "/v3/avatars",
    operation_id = "createAvatar",
    tag = "Avatars",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = CreateAvatarRequestBody,
    responses(
        (status = 200, description = "Successful response", body = Data<CreateAvatarResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 403, description = "Forbidden", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 413, description = "File too large", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_avatar(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    body: JsonBody,
) -> Result<Json<Data<CreateAvatarResponse>>, ApiError> {
    let (kind, fields) = body.variant(&["photo", "digital_twin", "prompt"], &[])?;
    let app = &state.app;
    let (group, look) = match kind {
        "photo" => avatars::create(app, &caller, photo(typed(fields)?)?).await?,
        "digital_twin" => avatars::create(app, &caller, footage(typed(fields)?)?).await?,
        _ => presenters::create(app, &caller, prompt(typed(fields)?)?).await?,
    };
    Ok(Json(Data {
        data: CreateAvatarResponse {
            avatar_item: Some(convert::look(&state.app, look)),
            avatar_group: Some(convert::group(&state.app, group)),
        },
    }))
}

fn photo(request: CreatePhotoAvatarRequest) -> Result<NewAvatar, ApiError> {
    Ok(NewAvatar {
        made_from: MadeFrom::Photo,
        name: request.name,
        file: convert::file_source(request.file, "file")?,
        group_id: group(request.avatar_group_id)?,
    })
}

fn footage(request: CreateDigitalTwinRequest) -> Result<NewAvatar, ApiError> {
    Ok(NewAvatar {
        made_from: MadeFrom::Footage,
        name: request.name,
        file: convert::file_source(request.file, "file")?,
        group_id: group(request.avatar_group_id)?,
    })
}

fn group(id: Option<String>) -> Result<Option<GroupId>, ApiError> {
    id.map(|id| parse_id(&id, "avatar_group_id")).transpose()
}

fn prompt(request: CreatePromptAvatarRequest) -> Result<NewPromptAvatar, ApiError> {
    let references = request.reference_images.unwrap_or_default();
    let references = references
        .into_iter()
        .enumerate()
        .map(|(k, file)| convert::file_source(file, &format!("reference_images[{k}]")))
        .collect::<Result<_, _>>()?;
    Ok(NewPromptAvatar {
        name: request.name,
        prompt: request.prompt,
        references,
        look_id: request
            .avatar_id
            .map(|id| parse_id(&id, "avatar_id"))
            .transpose()?,
        group_id: group(request.avatar_group_id)?,
        aspect: match request.aspect_ratio {
            None | Some(PromptAspectRatio::Auto | PromptAspectRatio::Landscape) => {
                Aspect::Landscape
            }
            Some(PromptAspectRatio::Portrait) => Aspect::Portrait,
            Some(PromptAspectRatio::Square) => Aspect::Square,
            Some(PromptAspectRatio::FourToFive) => Aspect::FourToFive,
            Some(PromptAspectRatio::FiveToFour) => Aspect::FiveToFour,
        },
    })
}
