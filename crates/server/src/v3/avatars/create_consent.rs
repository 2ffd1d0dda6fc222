//! `POST /v3/avatars/{group_id}/consent`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::avatars::{CreateAvatarConsentRequest, CreateAvatarConsentResponse};
use likeness_api::error::ErrorBody;
use likeness_app::consent::{self, NewConsent};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Authenticated, JsonBody, PathParam};
use crate::state::ServerState;

/// Starts consent for a group; answers a page link, or submits a recorded video.
#[utoipa::path(
    post,
    path = "/v3/avatars/{group_id}/consent",
    operation_id = "createAvatarConsent",
    tag = "Avatars",
    params(
        ("group_id" = String, Path, description = "Avatar group id"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "Repeats within 24 hours answer the first result."),
    ),
    request_body = Option<CreateAvatarConsentRequest>,
    responses(
        (status = 200, description = "Successful response", body = Data<CreateAvatarConsentResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 404, description = "Resource not found", body = ErrorBody),
        (status = 409, description = "Conflict with the present state", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn create_avatar_consent(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
    path: PathParam,
    body: JsonBody,
) -> Result<Json<Data<CreateAvatarConsentResponse>>, ApiError> {
    let id = path.id("group_id")?;
    let request: CreateAvatarConsentRequest = body.typed()?;
    let new = match request.consent_video {
        Some(_) if request.consent_text.is_some() || request.reroute_url.is_some() => {
            let message = "A recorded video excludes consent_text and reroute_url.";
            return Err(ApiError::invalid("consent_video", message));
        }
        Some(video) => NewConsent::Recording(convert::file_source(video, "consent_video")?),
        None => NewConsent::Page {
            text: request.consent_text,
            reroute_url: request.reroute_url,
        },
    };
    let (group, page) = consent::create(&state.app, &caller, &id, new).await?;
    let (url, statement) = page.map(|page| (page.url, page.statement)).unzip();
    Ok(Json(Data {
        data: CreateAvatarConsentResponse {
            avatar_group: convert::group(&state.app, group),
            url,
            statement,
        },
    }))
}
