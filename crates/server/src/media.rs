//! Signed links to objects, with ranges, as players want them.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use likeness_api::error::ErrorCode;
use likeness_app::{presenters, voices};
use likeness_blobs::{Object, keys};

use crate::error::ApiError;
use crate::extract::Query;
use crate::state::ServerState;

/// `GET` and `HEAD /media/{key}?expires=…&signature=…`.
pub(crate) async fn media(
    State(state): State<ServerState>,
    Path(key): Path<String>,
    query: Query,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let refused = |message: String| ApiError::saying(ErrorCode::LinkNotValid, message);
    let expires = query.text("expires").and_then(|text| text.parse().ok());
    let (expires, signature) = expires
        .zip(query.text("signature"))
        .ok_or_else(|| refused("This link is not complete.".to_owned()))?;
    let app = &state.app;
    app.links()
        .verify(&key, expires, signature, app.now())
        .map_err(|error| refused(error.to_string()))?;
    likeness_app::sounds::make_if_missing(app, &key).await?;
    // A voice's sample is made when somebody first listens.
    voices::make_preview(app, &key).await?;
    // So is a stock look's clip.
    presenters::make_preview(app, &key).await?;
    let object = app
        .blobs()
        .head(&key)
        .await
        .map_err(likeness_app::Error::from)?;

    let wanted = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let range = wanted
        .filter(|_| if_range_holds(&headers, &object))
        .map(|text| parse_range(text, object.size_bytes));
    let (status, range) = match range {
        None | Some(RangeRequest::Ignored) => (StatusCode::OK, 0..object.size_bytes),
        Some(RangeRequest::Within(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(RangeRequest::Outside) => return Ok(outside(&object)),
    };
    let mut response = if method == Method::HEAD || range.is_empty() {
        Body::empty().into_response()
    } else {
        let bytes = app
            .blobs()
            .stream(&key, range.clone())
            .await
            .map_err(likeness_app::Error::from)?;
        Body::from_stream(bytes).into_response()
    };
    *response.status_mut() = status;
    describe(response.headers_mut(), &key, &object, status, &range);
    Ok(response)
}

fn describe(
    headers: &mut HeaderMap,
    key: &str,
    object: &Object,
    status: StatusCode,
    range: &Range<u64>,
) {
    let kind = HeaderValue::from_static(keys::mime_type(key));
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(range.end - range.start),
    );
    // A stored file must never run as a page of this server's origin.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(etag) = etag(object) {
        headers.insert(header::ETAG, etag);
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!(
            "bytes {}-{}/{}",
            range.start,
            range.end - 1,
            object.size_bytes
        );
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header::CONTENT_RANGE, value);
        }
    }
}

fn etag(object: &Object) -> Option<HeaderValue> {
    let text = object.etag.as_deref()?.trim_matches('"').to_owned();
    HeaderValue::from_str(&format!("\"{text}\"")).ok()
}

fn outside(object: &Object) -> Response {
    let mut response = ApiError::new(ErrorCode::RangeNotSatisfiable).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{}", object.size_bytes)) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// A range that was meant for another version of the file is not served (RFC 9110, section 13.1.5).
fn if_range_holds(headers: &HeaderMap, object: &Object) -> bool {
    headers
        .get(header::IF_RANGE)
        .is_none_or(|given| etag(object).as_ref() == Some(given))
}

#[derive(Debug, PartialEq, Eq)]
enum RangeRequest {
    Within(Range<u64>),
    Outside,
    /// Not in bytes, of several parts, or malformed: RFC 9110 lets a server send the whole.
    Ignored,
}

/// `bytes=first-last`, `bytes=first-` or `bytes=-length` (RFC 9110, section 14.1.2).
fn parse_range(text: &str, size: u64) -> RangeRequest {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|r| r.split_once('-'))
        .filter(|_| !text.contains(','))
    else {
        return RangeRequest::Ignored;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(length)) if first.is_empty() => size.saturating_sub(length)..size,
        _ => return RangeRequest::Ignored,
    };
    if range.start < range.end {
        RangeRequest::Within(range)
    } else {
        RangeRequest::Outside
    }
}

#[cfg(test)]
mod tests {
    use super::RangeRequest::*;
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (text, expected) in [
            ("bytes=0-0", Within(0..1)),
            ("bytes=2-4", Within(2..5)),
            ("bytes=90-1000", Within(90..100)),
            ("bytes=95-", Within(95..100)),
            ("bytes=-10", Within(90..100)),
            ("bytes=-1000", Within(0..100)),
            ("bytes=100-", Outside),
            ("bytes=-0", Outside),
            ("bytes=5-2", Ignored),
            ("bytes=0-1,3-4", Ignored),
            ("bytes=a-b", Ignored),
            ("bytes=-", Ignored),
            ("seconds=0-1", Ignored),
            ("bytes=18446744073709551615-18446744073709551615", Outside),
        ] {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
    }
}
