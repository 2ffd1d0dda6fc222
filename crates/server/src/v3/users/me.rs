//! `GET /v3/users/me`

use axum::Json;
use axum::extract::State;
use likeness_api::Data;
use likeness_api::error::ErrorBody;
use likeness_api::users::{BillingType, UsageBasedInfo, UsageFigures, UserInfoResponse};
use likeness_app::usage;

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::state::ServerState;

/// The account. A workspace stands for its one user, and nothing is billed: no cap, nothing spent.
#[utoipa::path(
    get,
    path = "/v3/users/me",
    operation_id = "getCurrentUser",
    tag = "User",
    responses(
        (status = 200, description = "Successful response", body = Data<UserInfoResponse>),
        (status = 400, description = "Invalid request parameters", body = ErrorBody),
        (status = 401, description = "Authentication failed", body = ErrorBody),
        (status = 429, description = "Rate limit exceeded", body = ErrorBody,
            headers(("Retry-After" = i32, description = "Seconds to wait before retrying"))),
    )
)]
pub(super) async fn get_current_user(
    State(state): State<ServerState>,
    Authenticated(caller): Authenticated,
) -> Result<Json<Data<UserInfoResponse>>, ApiError> {
    let (since, usage) = usage::this_month(&state.app, &caller).await?;
    Ok(Json(Data {
        data: UserInfoResponse {
            usage: UsageFigures {
                period_start: since.seconds(),
                video_seconds: usage.video_seconds,
                spoken_characters: usage.spoken_characters,
                stored_bytes: usage.stored_bytes,
            },
            username: caller.workspace_id.into(),
            email: None,
            first_name: None,
            last_name: None,
            billing_type: Some(BillingType::UsageBased),
            usage_based: Some(UsageBasedInfo {
                spending_current_usd: Some(0.0),
                ..UsageBasedInfo::default()
            }),
            wallet: None,
            subscription: None,
        },
    }))
}
