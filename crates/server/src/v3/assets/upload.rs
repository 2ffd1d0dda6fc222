//! `POST /v3/assets`

use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use likeness_api::Data;
use likeness_api::assets::{UploadAssetForm, UploadAssetV3Response};
use likeness_api::error::{ErrorBody, ErrorCode};
use likeness_app::Caller;
use likeness_app::assets;

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::receive::Receiver;
use crate::state::ServerState;

/// Longest file name that is kept, in characters.
const MAX_NAME_CHARS: usize = 255;

/// Stores one file of at most 32 MB.
#[utoipa::path(
    post,
    path = "/v3/assets",
    operation_id = "uploadAsset",
    tag = "Assets",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body(content = UploadAssetForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Successful response", body = Data<UploadAssetV3Response>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 413, description = "File too large", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn upload_asset(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Result<Json<Data<UploadAssetV3Response>>, ApiError> {
    let mut form = Multipart::from_request(request, &state)
        .await
        .map_err(|rejection| ApiError::invalid("file", format!("{}.", rejection.body_text())))?;
    let field = form
        .next_field()
        .await
        .map_err(|e| broken(&e))?
        .ok_or_else(|| ApiError::invalid("file", "The form has no field called file."))?;
    if field.name() != Some("file") {
        let name = field.name().unwrap_or("").to_owned();
        return Err(ApiError::invalid(
            name,
            "The form has one field, called file.",
        ));
    }
    Ok(Json(Data {
        data: receive(&state, &caller, field).await?,
    }))
}

async fn receive(
    state: &ServerState,
    caller: &Caller,
    mut field: Field<'_>,
) -> Result<UploadAssetV3Response, ApiError> {
    let limit = state.app.settings().max_file_bytes;
    let name: String = field
        .file_name()
        .unwrap_or("upload")
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME_CHARS)
        .collect();
    let mut receiver = Receiver::new(state).await?;
    while let Some(piece) = field.chunk().await.map_err(|e| broken(&e))? {
        if receiver.take(&piece).await? > limit {
            let message = format!("The file has more than {limit} bytes.");
            return Err(ApiError {
                param: Some("file".to_owned()),
                ..ApiError::saying(ErrorCode::PayloadTooLarge, message)
            });
        }
    }
    let arrived = receiver.finish().await?;
    let asset = assets::upload(&state.app, caller, arrived.file(&name)).await?;
    Ok(UploadAssetV3Response {
        url: state.app.link(&asset.object_key),
        asset_id: asset.id.into(),
        mime_type: asset.mime_type,
        size_bytes: asset.size_bytes,
    })
}

fn broken(error: &MultipartError) -> ApiError {
    if error.status() == 413 {
        ApiError::new(ErrorCode::PayloadTooLarge)
    } else {
        ApiError::invalid(
            "file",
            format!("The form cannot be read: {}.", error.body_text()),
        )
    }
}
