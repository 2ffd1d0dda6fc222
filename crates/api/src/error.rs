//! Error codes: one table of code, status and default message.

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    ($($variant:ident = $code:literal, $status:literal, $message:literal;)*) => {
        /// Every code that the server answers with. Clients may rely on the names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $code, "`: ", $message)] $variant,)*
        }

        impl ErrorCode {
            /// All codes, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status that the code goes with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// What is said when there is nothing more precise to say.
            pub fn default_message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

codes! {
    InvalidParameter = "invalid_parameter", 400, "A request parameter is not valid.";
    AvatarNotUsable = "avatar_not_usable", 400, "This avatar cannot be rendered.";
    AvatarConsentRequired = "avatar_consent_required", 400, "This avatar's consent has not been approved.";
    VoiceUnavailable = "voice_unavailable", 400, "This voice is not available.";
    TtsTextInvalid = "tts_text_invalid", 400, "The text has nothing to speak.";
    ScriptTooShort = "script_too_short", 400, "The script has nothing to speak.";
    ResourceLimitReached = "resource_limit_reached", 400, "There are as many of these as there may be.";
    DownloadFailed = "download_failed", 400, "The given URL could not be fetched.";
    AuthenticationFailed = "authentication_failed", 401, "Invalid or expired API key. Verify your x-api-key header.";
    LinkNotValid = "link_not_valid", 403, "This link is not valid.";
    InsufficientApiKeyScope = "insufficient_api_key_scope", 403, "The key lacks the scope of this operation.";
    VoiceNotUsable = "voice_not_usable", 403, "The voice cannot be used by the caller.";
    ResourceAccessDenied = "resource_access_denied", 403, "This resource belongs to somebody else.";
    Forbidden = "forbidden", 403, "This resource cannot be changed.";
    NotFound = "not_found", 404, "Not found.";
    AvatarGroupNotFound = "avatar_group_not_found", 404, "Avatar group not found.";
    AvatarNotFound = "avatar_not_found", 404, "Avatar not found.";
    AssetNotFound = "asset_not_found", 404, "Asset not found.";
    VoiceNotFound = "voice_not_found", 404, "Voice not found.";
    WebhookNotFound = "webhook_not_found", 404, "Webhook endpoint not found.";
    VideoNotFound = "video_not_found", 404, "Video not found.";
    MethodNotAllowed = "method_not_allowed", 405, "This path does not take this method.";
    RequestTimeout = "request_timeout", 408, "The request was not received in time.";
    ResourceNotReady = "resource_not_ready", 409, "The avatar is not ready.";
    Conflict = "conflict", 409, "The resource is in a state that does not allow this.";
    RequestInProgress = "request_in_progress", 409, "A request with this Idempotency-Key is still being processed.";
    PayloadTooLarge = "payload_too_large", 413, "The request body is too large.";
    UnsupportedMediaType = "unsupported_media_type", 415, "The request body is of a type that this operation does not take.";
    RangeNotSatisfiable = "range_not_satisfiable", 416, "The range lies outside the file.";
    RateLimitExceeded = "rate_limit_exceeded", 429, "Too many requests. Retry after the duration specified in the Retry-After header.";
    InternalError = "internal_error", 500, "Internal error.";
    NotImplemented = "not_implemented", 501, "This server does not do this operation yet.";
    ServiceUnavailable = "service_unavailable", 503, "The service is temporarily unavailable. Try again.";
}

/// The body of every error answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorBody {
    pub error: StandardAPIError,
}

/// What went wrong, for a program (`code`, `param`) and for a person (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StandardAPIError {
    /// Machine-readable error code.
    #[schema(example = "invalid_parameter")]
    pub code: String,
    /// Human-readable error message.
    #[schema(example = "Video not found")]
    pub message: String,
    /// Which request field caused the error.
    #[schema(required = false)]
    pub param: Option<String>,
    /// Link to error documentation.
    #[schema(required = false)]
    pub doc_url: Option<String>,
}

impl ErrorBody {
    pub fn new(code: ErrorCode, message: impl Into<String>, param: Option<String>) -> Self {
        Self {
            error: StandardAPIError {
                code: code.as_str().to_owned(),
                message: message.into(),
                param,
                doc_url: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_clear_of_the_clients_own() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        for name in &names {
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{name}"
            );
            assert!(!name.starts_with("cli_") && *name != "error", "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }
}

/// What went wrong with one item of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    pub code: String,
    pub message: String,
}
