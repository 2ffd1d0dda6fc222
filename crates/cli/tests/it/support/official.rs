//! A client that behaves as the official command-line client does, with a clock that runs faster.
//!
//! Its limits: at most 2 retries; 429 on any method, 500, 502, 503, 504 and network faults where a repeat changes nothing;
//! pauses from 1 s up to 30 s with a jitter of 0.75 to 1.25, or as `Retry-After` says if that is longer, cut to 30 s; jobs
//! are asked after every 2 s rising to 30 s, for 20 minutes; every status but the two ends is "still going"; a download
//! that answers 403 or 404 has expired, and reading the resource again must give a fresh link.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::answer::text;
use super::{Answer, Client};

/// How much faster than the official client's clock this one's runs where it waits by itself.
const HURRY: u32 = 50;

/// What the client ends with.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The API's own error, as its user sees it.
    Api {
        status: StatusCode,
        code: String,
        request_id: String,
    },
    LinkExpired,
    /// The job has not ended in 20 minutes of the client's clock.
    TimedOut,
}

#[derive(Debug, Clone)]
pub(crate) struct OfficialClient {
    client: Client,
    http: reqwest::Client,
    /// Pauses so far, by the client's own clock.
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl OfficialClient {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            // 30 s is what it gives a read.
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            pauses: Arc::default(),
        }
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }

    async fn pause(&self, time: Duration) {
        self.pauses.lock().unwrap().push(time);
        tokio::time::sleep(time / HURRY).await;
    }

    /// One call with its retries. `first` are headers of the first try only: what a fault on the way does to it.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        first: &[(&str, &str)],
    ) -> Result<Value, Fault> {
        let repeatable = method != Method::POST && method != Method::PATCH;
        let mut pause = Duration::from_secs(1);
        for attempt in 0.. {
            let mut request = self.client.request(method.clone(), path);
            request = request
                .header("User-Agent", "heygen-cli/1.0")
                .header("X-HeyGen-Source", "cli");
            if let Some(body) = body {
                request = request.json(body);
            }
            for (name, value) in first.iter().filter(|_| attempt == 0) {
                request = request.header(*name, *value);
            }
            let answer = self.client.send(request).await;
            let status = answer.status;
            if status.is_success() {
                return Ok(answer.body["data"].clone());
            }
            let passing = matches!(status.as_u16(), 500 | 502 | 503 | 504) && repeatable;
            if attempt == 2 || !(passing || status == 429) {
                return Err(fault(&answer));
            }
            match retry_after(&answer.headers) {
                // The server's own clock is not hurried.
                Some(told) if told >= pause => tokio::time::sleep(told).await,
                _ => self.pause(pause).await,
            }
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        unreachable!("the third attempt ends above")
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Fault> {
        self.call(Method::GET, path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    /// Waits as `--wait` does; gives the resource at its end and the statuses on the way.
    pub(crate) async fn wait(&self, path: &str) -> Result<(Value, Vec<String>), Fault> {
        let (mut pause, mut waited) = (Duration::from_secs(2), Duration::ZERO);
        let mut seen = Vec::new();
        while waited < Duration::from_mins(20) {
            let resource = self.get(path).await?;
            let status = text(&resource, "/status");
            seen.push(status.clone());
            if status == "completed" || status == "failed" {
                return Ok((resource, seen));
            }
            self.pause(pause).await;
            waited += pause;
            pause = (pause.mul_f64(1.5)).min(Duration::from_secs(30));
        }
        Err(Fault::TimedOut)
    }

    /// Downloads a link as it stands: no key goes with it.
    pub(crate) async fn download(&self, link: &Value) -> Result<Vec<u8>, Fault> {
        let answer = self.http.get(link.as_str().unwrap()).send().await.unwrap();
        match answer.status().as_u16() {
            200 => Ok(answer.bytes().await.unwrap().to_vec()),
            403 | 404 => Err(Fault::LinkExpired),
            other => panic!("{link}: {other}"),
        }
    }
}

/// What the client reads of an error: code, and the id from `X-Request-Id`.
fn fault(answer: &Answer) -> Fault {
    Fault::Api {
        status: answer.status,
        code: text(&answer.body, "/error/code"),
        request_id: answer.header("x-request-id").to_owned(),
    }
}

/// Seconds, or a date as HTTP writes it, from now; at most 30 s.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let told = headers.get("retry-after")?.to_str().unwrap();
    let seconds = told.parse().unwrap_or_else(|_| {
        let then = jiff::fmt::rfc2822::parse(told).unwrap().timestamp();
        let left = then.as_second() - jiff::Timestamp::now().as_second();
        u64::try_from(left).unwrap_or(0)
    });
    Some(Duration::from_secs(seconds.min(30)))
}
