//! `PUT /uploads/{asset_id}`: the bytes of a file that was announced before, at a signed link.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use futures::StreamExt as _;
use likeness_api::error::ErrorCode;
use likeness_app::uploads;
use likeness_domain::id::AssetId;

use crate::error::ApiError;
use crate::extract::{Query, parse_id};
use crate::receive::Receiver;
use crate::state::ServerState;

/// How long the bytes may take: what the official client grants an upload.
const UPLOAD_TIME: Duration = Duration::from_mins(10);

/// Takes the raw bytes. Nothing of them is seen until they are whole, and of several arrivals the last counts.
pub(crate) async fn put(
    State(state): State<ServerState>,
    Path(id): Path<String>,
    query: Query,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let id: AssetId = parse_id(&id, "asset_id")?;
    let expires = query.text("expires").and_then(|text| text.parse().ok());
    let (expires, signature) = expires
        .zip(query.text("signature"))
        .ok_or_else(|| ApiError::saying(ErrorCode::LinkNotValid, "This link is not complete."))?;
    let upload = uploads::open(&state.app, &id, expires, signature).await?;
    let expected = u64::try_from(upload.size_bytes).unwrap_or(0);
    check_length(request.headers(), expected)?;
    let receiving =
        tokio::time::timeout(UPLOAD_TIME, receive(&state, request.into_body(), expected));
    let arrived = receiving
        .await
        .map_err(|_| ApiError::new(ErrorCode::RequestTimeout))??;
    uploads::receive(&state.app, &upload, arrived.file(&upload.name)).await?;
    Ok(StatusCode::OK)
}

/// Refuses a body of another length before it is read.
fn check_length(headers: &HeaderMap, expected: u64) -> Result<(), ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|text| text.to_str().ok()?.parse().ok());
    match announced {
        Some(length) if length != expected => Err(wrong_size(expected)),
        _ => Ok(()),
    }
}

async fn receive(
    state: &ServerState,
    body: Body,
    expected: u64,
) -> Result<crate::receive::Arrived, ApiError> {
    let mut receiver = Receiver::new(state).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece =
            piece.map_err(|_| ApiError::invalid("body", "The body broke off before its end."))?;
        if receiver.take(&piece).await? > expected {
            return Err(wrong_size(expected));
        }
    }
    receiver.finish().await
}

fn wrong_size(expected: u64) -> ApiError {
    let message = format!("The file was announced with {expected} bytes.");
    ApiError::invalid("size_bytes", message)
}
