//! The page on which a person gives consent: beyond the contract, past keys, opened by a signed link.
//!
//! **Invariant:** nothing on it comes from elsewhere, and nothing of it goes elsewhere but the browser itself, at the end.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use futures::StreamExt as _;
use likeness_api::Data;
use likeness_api::error::ErrorCode;
use likeness_app::consent::{self, MAX_RECORDING_BYTES};
use likeness_domain::consent::ConsentLink;
use likeness_domain::id::ConsentLinkId;
use serde::Serialize;

use crate::error::ApiError;
use crate::extract::{Query, parse_id};
use crate::receive::{Arrived, Receiver};
use crate::state::ServerState;

/// How long the bytes may take.
const UPLOAD_TIME: Duration = Duration::from_mins(10);

const PAGE: &str = include_str!("page.html");
const MESSAGE: &str = include_str!("message.html");

/// Only this server's own script and style; the preview plays what the page itself has recorded.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     media-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// The page and what it asks for.
pub(crate) fn routes() -> Router<ServerState> {
    Router::new()
        .route("/consent/assets/page.js", get(script))
        .route("/consent/assets/page.css", get(style))
        .route("/consent/{link_id}", get(page))
        .route("/consent/{link_id}/status", get(status))
}

/// Has a time limit of its own, as lines may be slow.
pub(crate) fn uploads() -> Router<ServerState> {
    Router::new().route("/consent/{link_id}/recording", put(receive))
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(self), microphone=(self)"),
        ),
    ] {
        headers.insert(name, value);
    }
    response
}

fn text_of(kind: &'static str, text: &'static str) -> Response {
    guarded(([(header::CONTENT_TYPE, kind)], text).into_response())
}

async fn script() -> Response {
    text_of("text/javascript; charset=utf-8", include_str!("page.js"))
}

async fn style() -> Response {
    text_of("text/css; charset=utf-8", include_str!("page.css"))
}

/// The link that the request's signature opens.
async fn opened(state: &ServerState, id: &str, query: &Query) -> Result<ConsentLink, ApiError> {
    let id: ConsentLinkId = parse_id(id, "link_id")?;
    let expires = query.text("expires").and_then(|text| text.parse().ok());
    let (expires, signature) = expires
        .zip(query.text("signature"))
        .ok_or_else(|| ApiError::saying(ErrorCode::LinkNotValid, "This link is not complete."))?;
    Ok(consent::open(&state.app, &id, expires, signature).await?)
}

/// The page, or a sentence where there is none: a person reads it.
async fn page(State(state): State<ServerState>, Path(id): Path<String>, query: Query) -> Response {
    let shown = async {
        let link = opened(&state, &id, &query).await?;
        let app = &state.app;
        let name = consent::name_of(app, &link.workspace_id, &link.group_id).await?;
        let taken = consent::recording(app, &link).await?.is_some();
        if !taken {
            consent::check_open(app, &link)?;
        }
        let filled = PAGE
            .replace("{state}", if taken { "verifying" } else { "open" })
            .replace(
                "{reroute}",
                &escaped(link.reroute_url.as_deref().unwrap_or("")),
            )
            .replace("{name}", &escaped(&name))
            .replace("{statement}", &escaped(&link.statement));
        Ok::<_, ApiError>(filled)
    };
    match shown.await {
        Ok(filled) => guarded(Html(filled).into_response()),
        Err(error) => {
            let status = error.clone().into_response().status();
            let message = MESSAGE.replace("{message}", &escaped(&error.message));
            guarded((status, Html(message)).into_response())
        }
    }
}

/// Text as it may stand in HTML, also in an attribute. Braces too, so that no text is taken for a place to be filled.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '{' => out.push_str("&#123;"),
            '}' => out.push_str("&#125;"),
            other => out.push(other),
        }
    }
    out
}

/// What the page is told of its recording.
#[derive(Debug, Serialize)]
struct Told {
    /// `none`, `verifying`, `approved`, `needs_review` or `rejected`.
    verdict: &'static str,
    reasons: Vec<String>,
    /// The reasons as sentences.
    messages: Vec<&'static str>,
}

async fn status(
    State(state): State<ServerState>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let link = opened(&state, &id, &query).await?;
    let recording = consent::recording(&state.app, &link).await?;
    let reasons = recording.as_ref().map(|made| made.reasons.clone());
    let reasons = reasons.unwrap_or_default();
    let data = Told {
        verdict: recording.map_or("none", |made| made.verdict.as_str()),
        messages: reasons.iter().map(|code| consent::words_of(code)).collect(),
        reasons,
    };
    Ok(guarded(Json(Data { data }).into_response()))
}

/// Takes the recording. Bytes that do not arrive whole, or are no film, leave the page open.
async fn receive(
    State(state): State<ServerState>,
    Path(id): Path<String>,
    query: Query,
    request: Request,
) -> Result<Response, ApiError> {
    let link = opened(&state, &id, &query).await?;
    consent::check_open(&state.app, &link)?;
    check_length(request.headers())?;
    let receiving = tokio::time::timeout(UPLOAD_TIME, arrive(&state, request.into_body()));
    let arrived = receiving
        .await
        .map_err(|_| ApiError::new(ErrorCode::RequestTimeout))??;
    consent::receive(&state.app, &link, arrived.file("recording")).await?;
    let data = Told {
        verdict: "verifying",
        reasons: Vec::new(),
        messages: Vec::new(),
    };
    Ok(guarded(
        (StatusCode::OK, Json(Data { data })).into_response(),
    ))
}

fn too_large() -> ApiError {
    let message = format!("A recording has at most {MAX_RECORDING_BYTES} bytes.");
    ApiError::saying(ErrorCode::PayloadTooLarge, message)
}

/// Refuses a body that is too large before it is read.
fn check_length(headers: &HeaderMap) -> Result<(), ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|text| text.to_str().ok()?.parse().ok());
    match announced {
        Some(length) if length > MAX_RECORDING_BYTES => Err(too_large()),
        _ => Ok(()),
    }
}

async fn arrive(state: &ServerState, body: Body) -> Result<Arrived, ApiError> {
    let mut receiver = Receiver::new(state).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece =
            piece.map_err(|_| ApiError::invalid("body", "The body broke off before its end."))?;
        if receiver.take(&piece).await? > MAX_RECORDING_BYTES {
            return Err(too_large());
        }
    }
    receiver.finish().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page() {
        let name = "<img src=x onerror=\"a('b')\"> {statement} & co";
        let safe = escaped(name);
        assert!(!safe.contains(['<', '>', '"', '\'', '{', '}']), "{safe}");
        assert!(safe.contains("&amp; co"), "{safe}");
    }

    #[test]
    fn the_page_names_no_other_place() {
        for text in [PAGE, include_str!("page.js"), include_str!("page.css")] {
            assert!(!text.contains("//cdn") && !text.contains("http"), "{text}");
        }
        assert!(!PAGE.contains("<style") && !PAGE.contains("onclick"));
    }
}
