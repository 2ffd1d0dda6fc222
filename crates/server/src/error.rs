//! From what went wrong to the envelope.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use likeness_api::error::{ErrorBody, ErrorCode};
use likeness_app::{Error, Missing, NotUsable};

/// An error answer.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub code: ErrorCode,
    pub message: String,
    pub param: Option<String>,
    /// Whole seconds for `Retry-After`.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// With the code's own message.
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self::saying(code, code.default_message())
    }

    pub(crate) fn saying(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
            retry_after: None,
        }
    }

    pub(crate) fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::saying(ErrorCode::InvalidParameter, message)
        }
    }

    /// A part of the contract that this server does not do yet.
    pub(crate) fn unsupported(param: &str) -> Self {
        Self::invalid(param, "This server does not support this yet.")
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { param, message } => Self::invalid(param, message),
            Error::NotUsable {
                code,
                param,
                message,
            } => {
                let code = match code {
                    NotUsable::Avatar => ErrorCode::AvatarNotUsable,
                    NotUsable::ConsentRequired => ErrorCode::AvatarConsentRequired,
                    NotUsable::Voice => ErrorCode::VoiceUnavailable,
                    NotUsable::ScriptTooShort => ErrorCode::ScriptTooShort,
                    NotUsable::VoiceForAvatar => ErrorCode::VoiceNotUsable,
                    NotUsable::Text => ErrorCode::TtsTextInvalid,
                    NotUsable::NotReady => ErrorCode::ResourceNotReady,
                };
                Self {
                    param: Some(param),
                    ..Self::saying(code, message)
                }
            }
            Error::NotFound(missing) => Self::new(match missing {
                Missing::Group => ErrorCode::AvatarGroupNotFound,
                Missing::Avatar => ErrorCode::AvatarNotFound,
                Missing::Asset => ErrorCode::AssetNotFound,
                Missing::Voice => ErrorCode::VoiceNotFound,
                Missing::Video => ErrorCode::VideoNotFound,
                Missing::Endpoint => ErrorCode::WebhookNotFound,
                // The contract gives these no codes of their own.
                Missing::Look | Missing::Object | Missing::Batch | Missing::Event => {
                    ErrorCode::NotFound
                }
            }),
            Error::Forbidden(message) => Self::saying(ErrorCode::Forbidden, message),
            Error::LimitReached(message) => Self::saying(ErrorCode::ResourceLimitReached, message),
            Error::AccessDenied(message) => Self::saying(ErrorCode::ResourceAccessDenied, message),
            Error::Conflict(message) => Self::saying(ErrorCode::Conflict, message),
            Error::Link(cause) => Self::saying(ErrorCode::LinkNotValid, cause.to_string()),
            Error::TooLarge(message) => Self::saying(ErrorCode::PayloadTooLarge, message),
            Error::DownloadFailed { param, message } => Self {
                param: Some(param),
                ..Self::saying(ErrorCode::DownloadFailed, message)
            },
            Error::TooManyJobs { active, limit } => Self {
                retry_after: Some(10),
                ..Self::saying(
                    ErrorCode::RateLimitExceeded,
                    format!("{active} jobs are waiting or running; {limit} are allowed at once."),
                )
            },
            Error::Unavailable(cause) => {
                tracing::error!(
                    error = format!("{cause:#}"),
                    "a part of the server is unavailable"
                );
                Self {
                    retry_after: Some(5),
                    ..Self::new(ErrorCode::ServiceUnavailable)
                }
            }
            Error::Internal(cause) => {
                tracing::error!(error = format!("{cause:#}"), "internal error");
                Self::new(ErrorCode::InternalError)
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ErrorBody::new(self.code, self.message, self.param);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
