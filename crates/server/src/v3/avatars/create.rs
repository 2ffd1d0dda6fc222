//! `POST /v3/avatars`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::{
    CreateAvatarRequestBody, CreateAvatarResponse, CreatePhotoAvatarRequest,
};
use likeness_api::error::ErrorBody;
use likeness_app::avatars::{self, NewPhotoAvatar};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, parse_id, typed};
use crate::state::ServerState;

/// Starts making an avatar from a photo.
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
    let (_, fields) = body.variant(&["photo"], &["digital_twin", "prompt"])?;
    let request: CreatePhotoAvatarRequest = typed(fields)?;
    let group_id = request
        .avatar_group_id
        .map(|id| parse_id(&id, "avatar_group_id"))
        .transpose()?;
    let new = NewPhotoAvatar {
        name: request.name,
        file: convert::file_source(request.file, "file")?,
        group_id,
    };
    let (group, look) = avatars::create_photo(&state.app, &caller, new).await?;
    Ok(Json(Data {
        data: CreateAvatarResponse {
            avatar_item: Some(convert::look(&state.app, look)),
            avatar_group: Some(convert::group(&state.app, group)),
        },
    }))
}
