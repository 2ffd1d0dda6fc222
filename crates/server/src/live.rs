//! `GET /live/{video_id}?expires=…&signature=…`: a video while it is made, for a player as it stands.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use likeness_api::error::ErrorCode;
use likeness_app::preview::{self, Watch};
use likeness_domain::id::VideoId;

use crate::error::ApiError;
use crate::extract::{Query, parse_id};
use crate::state::ServerState;

/// Sends what there is and what comes, until the video is finished; one that is already is at another place.
pub(crate) async fn live(
    State(state): State<ServerState>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let id: VideoId = parse_id(&id, "video_id")?;
    let expires = query.text("expires").and_then(|text| text.parse().ok());
    let (expires, signature) = expires
        .zip(query.text("signature"))
        .ok_or_else(|| ApiError::saying(ErrorCode::LinkNotValid, "This link is not complete."))?;
    let app = &state.app;
    app.links()
        .verify_live(&id, expires, signature, app.now())
        .map_err(|error| ApiError::saying(ErrorCode::LinkNotValid, error.to_string()))?;
    let bytes = match preview::watch(app, &id).await? {
        Watch::Finished(key) => return Ok(Redirect::temporary(&app.link(&key)).into_response()),
        Watch::Live(bytes) => bytes,
    };
    let mut response = (StatusCode::OK, Body::from_stream(bytes)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    // It is another file each time, and has no length yet.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response)
}
