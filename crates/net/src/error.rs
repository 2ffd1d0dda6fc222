//! Why a URL was not fetched, in words for the person who gave it.

use crate::address::Forbidden;

/// Messages name hosts and numbers but never the path or query, which may carry secrets.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not a URL at all.
    #[error("the URL cannot be read: {0}")]
    InvalidUrl(#[from] url::ParseError),
    /// Another scheme than `https` (or `http` where allowed).
    #[error("{scheme} URLs are not fetched; use https")]
    Scheme {
        /// The scheme that was given.
        scheme: String,
    },
    /// `user:password@` in the URL.
    #[error("a URL with a user name or password is not fetched")]
    Credentials,
    /// The host is, or resolves only to, an address outside the public internet.
    #[error("{host} is {} address; only public addresses are fetched", reason.name())]
    Forbidden {
        /// Host as written in the URL.
        host: String,
        /// The kind of address.
        reason: Forbidden,
    },
    /// The name has no address.
    #[error("the host {host} could not be found")]
    NotFound {
        /// Host as written in the URL.
        host: String,
    },
    /// No connection, or no valid certificate.
    #[error("could not connect to {host}")]
    Connect {
        /// Host as written in the URL.
        host: String,
        /// What the connection died of.
        source: reqwest::Error,
    },
    /// The connect or the total time ran out.
    #[error("{host} did not answer in time")]
    Timeout {
        /// Host as written in the URL.
        host: String,
    },
    /// More redirects than allowed, or one without a usable target.
    #[error("{0}")]
    Redirect(&'static str),
    /// An answer other than 2xx.
    #[error("{host} answered with status {status}")]
    Status {
        /// Host as written in the URL.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// A web page where a file was expected; often a login or a preview page.
    #[error("{host} sent a web page, not a file; give the direct link to the file")]
    WebPage {
        /// Host as written in the URL.
        host: String,
    },
    /// The body, announced or real, is above the limit.
    #[error("the file is larger than {max_bytes} bytes")]
    TooLarge {
        /// The limit that applied.
        max_bytes: u64,
    },
    /// A 2xx answer without a body.
    #[error("{host} sent an empty file")]
    Empty {
        /// Host as written in the URL.
        host: String,
    },
    /// The body broke off.
    #[error("the transfer from {host} broke off")]
    Transfer {
        /// Host as written in the URL.
        host: String,
        /// What the transfer died of.
        source: reqwest::Error,
    },
    /// The TLS set-up of this machine is unusable.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
}

impl FetchError {
    /// Stable word for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl(_) => "invalid_url",
            Self::Scheme { .. } => "scheme_not_allowed",
            Self::Credentials => "credentials_in_url",
            Self::Forbidden { .. } => "address_not_public",
            Self::NotFound { .. } => "host_not_found",
            Self::Connect { .. } => "connect_failed",
            Self::Timeout { .. } => "timeout",
            Self::Redirect(_) => "bad_redirect",
            Self::Status { .. } => "bad_status",
            Self::WebPage { .. } => "web_page",
            Self::TooLarge { .. } => "too_large",
            Self::Empty { .. } => "empty",
            Self::Transfer { .. } => "transfer_failed",
            Self::Setup(_) => "setup_failed",
        }
    }

    /// Whether the same URL may work a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout { .. } | Self::Transfer { .. } => true,
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}
