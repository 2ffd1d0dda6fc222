//! One fetch: check, dial, follow, read.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use url::{Host, Url};

use crate::address::forbidden;
use crate::error::FetchError;
use crate::resolve::{NoAddress, NoPublicAddress, PublicOnly};

/// Redirects followed for one URL.
const MAX_REDIRECTS: usize = 5;

/// What the client may do. The default is for a server on the internet.
#[derive(Debug, Clone)]
pub struct NetConfig {
    /// Dial any address, and plain `http` with it: for tests and closed networks.
    pub allow_private_hosts: bool,
    /// Allow `http` URLs to public hosts.
    pub allow_http: bool,
    /// Hosts (names or literal addresses, without port) that are exempt from both rules.
    pub trusted_hosts: Vec<String>,
    /// Upper bound of any fetch; a call may ask for less.
    pub max_bytes: u64,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time for the whole fetch, redirects and body included.
    pub total_timeout: Duration,
}

impl Default for NetConfig {
    fn default() -> Self {
        Self {
            allow_private_hosts: false,
            allow_http: false,
            trusted_hosts: Vec::new(),
            max_bytes: 200 * 1024 * 1024,
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_mins(1),
        }
    }
}

/// A fetched file.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The body as sent.
    pub bytes: Bytes,
    /// The server's word on the type, lower case and without parameters. Trust the bytes instead.
    pub content_type: Option<String>,
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guarded {
    client: reqwest::Client,
    config: Arc<NetConfig>,
}

impl Guarded {
    /// Sets the client up; fails only where the machine's TLS roots cannot be read.
    pub fn new(mut config: NetConfig) -> Result<Self, FetchError> {
        for host in &mut config.trusted_hosts {
            host.make_ascii_lowercase();
        }
        let resolver = PublicOnly {
            allow_private_hosts: config.allow_private_hosts,
            trusted_hosts: config.trusted_hosts.clone().into(),
        };
        let client = reqwest::Client::builder()
            .user_agent(concat!("likeness/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(resolver)
            // A proxy would dial for us, past the resolver.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A kept connection was checked when dialled, but nothing is gained by keeping it.
            .pool_max_idle_per_host(0)
            .connect_timeout(config.connect_timeout)
            .build()
            .map_err(FetchError::Setup)?;
        Ok(Self {
            client,
            config: Arc::new(config),
        })
    }

    /// Fetches a user's URL, at most `max_bytes` (and at most the configured bound) of it.
    pub async fn fetch(&self, url: &str, max_bytes: u64) -> Result<Fetched, FetchError> {
        let url = Url::parse(url.trim())?;
        let host = host_of(&url);
        let max_bytes = max_bytes.min(self.config.max_bytes);
        tokio::time::timeout(self.config.total_timeout, self.follow(url, max_bytes))
            .await
            .unwrap_or(Err(FetchError::Timeout { host }))
    }

    /// Whether a URL may be called, as far as its text tells; names are judged when they are dialled.
    pub fn check_url(&self, url: &str) -> Result<(), FetchError> {
        self.check(&Url::parse(url.trim())?)
    }

    /// Posts JSON to a user's URL and waits for its status; a redirect is no answer. The body that comes back is not
    /// read.
    pub async fn post_json(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        timeout: Duration,
    ) -> Result<(), FetchError> {
        let url = Url::parse(url.trim())?;
        self.check(&url)?;
        let host = host_of(&url);
        let mut request = self
            .client
            .post(url)
            .timeout(timeout)
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request
            .body(body)
            .send()
            .await
            .map_err(|e| explain_send(e.without_url(), &host))?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(FetchError::Status {
                host,
                status: response.status().as_u16(),
            })
        }
    }

    async fn follow(&self, mut url: Url, max_bytes: u64) -> Result<Fetched, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            self.check(&url)?;
            let host = host_of(&url);
            let response = self
                .client
                .get(url.clone())
                .send()
                .await
                .map_err(|e| explain_send(e.without_url(), &host))?;
            if response.status().is_redirection() {
                url = redirect_target(&url, &response)?;
                continue;
            }
            if !response.status().is_success() {
                return Err(FetchError::Status {
                    host,
                    status: response.status().as_u16(),
                });
            }
            return read(response, &host, max_bytes).await;
        }
        Err(FetchError::Redirect("the URL redirects too many times"))
    }

    /// What can be judged from the URL alone; names are judged by the resolver when dialled.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        let host = host_of(url);
        let trusted = self.config.allow_private_hosts || self.is_trusted(&host);
        match url.scheme() {
            "https" => {}
            "http" if trusted || self.config.allow_http => {}
            scheme => {
                return Err(FetchError::Scheme {
                    scheme: scheme.to_owned(),
                });
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials);
        }
        // The parser has already turned forms like `0x7f.1` and `2130706433` into addresses.
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(Host::Domain(_)) | None => None,
        };
        match literal.and_then(forbidden) {
            Some(reason) if !trusted => Err(FetchError::Forbidden { host, reason }),
            _ => Ok(()),
        }
    }

    fn is_trusted(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.config.trusted_hosts.iter().any(|h| h == bare)
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn redirect_target(from: &Url, response: &reqwest::Response) -> Result<Url, FetchError> {
    let target = response
        .headers()
        .get(LOCATION)
        .and_then(|v| v.to_str().ok())
        .ok_or(FetchError::Redirect(
            "the URL redirects without saying where to",
        ))?;
    from.join(target)
        .map_err(|_| FetchError::Redirect("the URL redirects to something unreadable"))
}

async fn read(
    mut response: reqwest::Response,
    host: &str,
    max_bytes: u64,
) -> Result<Fetched, FetchError> {
    let content_type = content_type(&response);
    if content_type
        .as_deref()
        .is_some_and(|t| t == "text/html" || t == "application/xhtml+xml")
    {
        return Err(FetchError::WebPage {
            host: host.to_owned(),
        });
    }
    if response
        .content_length()
        .is_some_and(|length| length > max_bytes)
    {
        return Err(FetchError::TooLarge { max_bytes });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| explain_read(e, host))? {
        if (body.len() + chunk.len()) as u64 > max_bytes {
            return Err(FetchError::TooLarge { max_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    if body.is_empty() {
        return Err(FetchError::Empty {
            host: host.to_owned(),
        });
    }
    Ok(Fetched {
        bytes: body.freeze(),
        content_type,
    })
}

fn content_type(response: &reqwest::Response) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim();
    (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
}

fn explain_read(error: reqwest::Error, host: &str) -> FetchError {
    let host = host.to_owned();
    if error.is_timeout() {
        FetchError::Timeout { host }
    } else {
        FetchError::Transfer {
            host,
            source: error.without_url(),
        }
    }
}

fn explain_send(error: reqwest::Error, host: &str) -> FetchError {
    let host = host.to_owned();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(NoPublicAddress(reason)) = inner.downcast_ref() {
            return FetchError::Forbidden {
                host,
                reason: *reason,
            };
        }
        if inner.is::<NoAddress>() {
            return FetchError::NotFound { host };
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        FetchError::Timeout { host }
    } else {
        FetchError::Connect {
            host,
            source: error,
        }
    }
}
