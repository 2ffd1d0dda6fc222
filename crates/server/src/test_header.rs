//! `X-Likeness-Test`: a test caller asks for an answer that is hard to bring about otherwise.

use std::time::Duration;

use axum::http::HeaderName;
use axum::http::request::Parts;
use likeness_api::error::ErrorCode;
use likeness_app::Caller;

use crate::error::ApiError;

const HEADER: HeaderName = HeaderName::from_static("x-likeness-test");

/// What is said in `Retry-After` where the asked-for error has one.
const RETRY_AFTER_S: u64 = 1;

/// Longest wait that can be asked for, in milliseconds.
const MAX_DELAY_MS: u64 = 60_000;

/// What the header asks for: `error=CODE`, `delay=MILLISECONDS`, or both with a `;` between them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    delay: Duration,
    error: Option<ErrorCode>,
}

/// Does what the header asks for. Runs once the caller is known; callers that are no tests have no such header.
pub(crate) async fn grant(request: &Parts) -> Result<(), ApiError> {
    let caller = request.extensions.get::<Caller>();
    let is_test = caller.is_some_and(|caller| caller.workspace_id.is_test());
    let Some(text) = request.headers.get(&HEADER).filter(|_| is_test) else {
        return Ok(());
    };
    let wish = read(text.to_str().unwrap_or("")).ok_or_else(|| {
        let message = "It has error=CODE, delay=MILLISECONDS, or both with a ';' between them.";
        ApiError::invalid("X-Likeness-Test", message)
    })?;
    tokio::time::sleep(wish.delay).await;
    match wish.error {
        Some(code) => Err(ApiError {
            retry_after: matches!(code.status(), 429 | 503).then_some(RETRY_AFTER_S),
            ..ApiError::new(code)
        }),
        None => Ok(()),
    }
}

fn read(text: &str) -> Option<Wish> {
    let mut wish = Wish::default();
    for part in text.split(';') {
        match part.trim().split_once('=')? {
            ("error", name) => {
                let mut codes = ErrorCode::ALL.iter();
                wish.error = Some(*codes.find(|code| code.as_str() == name)?);
            }
            ("delay", number) => {
                let delay = number.parse().ok().filter(|&ms| ms <= MAX_DELAY_MS)?;
                wish.delay = Duration::from_millis(delay);
            }
            _ => return None,
        }
    }
    Some(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_errors_and_delays() {
        let wish = read("delay=20; error=rate_limit_exceeded").unwrap();
        assert_eq!(wish.delay, Duration::from_millis(20));
        assert_eq!(wish.error, Some(ErrorCode::RateLimitExceeded));
        for wrong in [
            "",
            "error=",
            "error=lunch",
            "delay=-1",
            "delay=60001",
            "wish=x",
            "error",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
