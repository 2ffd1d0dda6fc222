//! `POST /v3/avatars`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::{
    CreateAvatarRequestBody, CreateAvatarResponse, CreateDigitalTwinRequest,
    CreatePhotoAvatarRequest,
};
use likeness_api::error::ErrorBody;
use likeness_app::avatars::{self, MadeFrom, NewAvatar};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, parse_id, typed};
use crate::state::ServerState;

/// Starts making an avatar from a photo or from footage of a person.
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
    let (kind, fields) = body.variant(&["photo", "digital_twin"], &["prompt"])?;
    let (made_from, name, file, group_id) = if kind == "digital_twin" {
        let request: CreateDigitalTwinRequest = typed(fields)?;
        (
            MadeFrom::Footage,
            request.name,
            request.file,
            request.avatar_group_id,
        )
    } else {
        let request: CreatePhotoAvatarRequest = typed(fields)?;
        (
            MadeFrom::Photo,
            request.name,
            request.file,
            request.avatar_group_id,
        )
    };
    let new = NewAvatar {
        made_from,
        name,
        file: convert::file_source(file, "file")?,
        group_id: group_id
            .map(|id| parse_id(&id, "avatar_group_id"))
            .transpose()?,
    };
    let (group, look) = avatars::create(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: CreateAvatarResponse {
            avatar_item: Some(convert::look(&state.app, look)),
            avatar_group: Some(convert::group(&state.app, group)),
        },
    }))
}
